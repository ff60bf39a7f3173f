//! What a recommendation brought, beside what it promised.

use chrono::{DateTime, Utc};
use farthing_types::{BillingPeriod, Money};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What it brought in a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RealisedSaving)]
pub struct Realised {
    /// `bills` where it was computed from bills, `given` where somebody says so.
    pub basis: String,
    /// What was compared, in words.
    pub compared: String,
    /// The month before it was applied.
    pub before: Option<BillingPeriod>,
    /// The month after.
    pub after: Option<BillingPeriod>,
    /// What the units cost in the month before, brought to as many days as the one after has.
    pub cost_before: Option<Money>,
    /// What they cost in the month after.
    pub cost_after: Option<Money>,
    /// Before less after: what was saved in that month.
    pub saved: Money,
    /// The lower end of its interval (95 %): less what the cost of such a month may differ by itself, which the forecast from the days before says.
    /// None where these are too few, or somebody gave the figure.
    pub low: Option<Money>,
    /// The upper end.
    pub high: Option<Money>,
    /// What the plan promised for a month.
    pub promised: Option<Money>,
}

/// The months to compare: the newest one that was over when it was applied, and the newest one that began after it was applied to the last
/// unit and is over. `None` where there is no charge of one of them.
pub fn months(
    (first, last): (DateTime<Utc>, DateTime<Utc>),
    charged: impl IntoIterator<Item = BillingPeriod> + Clone,
    now: DateTime<Utc>,
) -> Option<(BillingPeriod, BillingPeriod)> {
    let before = charged.clone().into_iter().filter(|month| month.end() <= first).max()?;
    let after = charged.into_iter().filter(|month| month.start() >= last && month.end() <= now).max()?;
    Some((before, after))
}
