//! What a plan would have done beside what was done, while it ran in shadow.

use chrono::{DateTime, Utc};
use farthing_types::{Amount, Money};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A plan that runs, or ran, in shadow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RecommendationShadow)]
pub struct Shadow {
    /// Who put it there.
    pub by: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Until when it was to; none where nobody said.
    pub until: Option<DateTime<Utc>>,
    /// When it was taken out of it; none where it still is in it.
    pub ended: Option<DateTime<Utc>>,
}

impl Shadow {
    /// The first moment that it was not in shadow any more; the present while it is.
    pub fn end(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        [self.until, self.ended].into_iter().flatten().fold(now, DateTime::min)
    }
}

/// How far what was done is what a plan would have done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ShadowAgreement)]
pub struct Agreement {
    /// `bills` or `decisions` where it was computed from these, `given` where somebody says so, `nothing` where nothing can be told.
    pub basis: String,
    /// What was compared, in words.
    pub compared: String,
    /// From when on.
    pub from: DateTime<Utc>,
    /// The first moment after it.
    pub until: DateTime<Utc>,
    /// What is counted: `replica-hours` of a type, `decisions`.
    pub counted: String,
    /// How many of them were compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<Amount>,
    /// How many of them both agree on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreed: Option<Amount>,
    /// Agreed ÷ compared, to six digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Amount>,
    /// What was paid for what was done, in the time that was compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_done: Option<Money>,
    /// What the plan would have cost in the same time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_planned: Option<Money>,
    /// Done less planned: what following it would have saved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<Money>,
    /// What both would have done, each thing by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub lines: Vec<AgreementLine>,
    /// What cannot be told, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub untold: Vec<String>,
}

/// One thing that a plan decides on: a type of instance, who handles a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ShadowAgreementLine)]
pub struct AgreementLine {
    /// What.
    pub name: String,
    /// In how many hours, or of how many decisions of its kind, it was compared.
    pub compared: u64,
    /// In how many of them both are the same.
    pub same: u64,
    /// How much of it was done.
    pub done: Amount,
    /// How much the plan would have.
    pub planned: Amount,
    /// How much of it both have.
    pub agreed: Amount,
}

/// What was counted of one thing at one time: how much the plan would have done, and how much was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beside {
    /// The plan.
    pub planned: Amount,
    /// What was done.
    pub done: Amount,
}

/// Puts together what was counted, by name. Of two counts the smaller is agreed on, of what either says the larger is compared: a share of 1
/// says that they were the same at all times.
pub fn agreement_of(counts: impl IntoIterator<Item = (String, Beside)>) -> (Vec<AgreementLine>, Option<(Amount, Amount)>) {
    let mut lines: std::collections::BTreeMap<String, AgreementLine> = std::collections::BTreeMap::new();
    let (mut of, mut agreed) = (Amount::ZERO, Amount::ZERO);
    for (name, Beside { planned, done }) in counts {
        let line = lines.entry(name.clone()).or_insert_with(|| AgreementLine {
            name,
            compared: 0,
            same: 0,
            done: Amount::ZERO,
            planned: Amount::ZERO,
            agreed: Amount::ZERO,
        });
        line.compared += 1;
        line.same += u64::from(planned == done);
        line.done += done;
        line.planned += planned;
        line.agreed += planned.min(done);
        of += planned.max(done);
        agreed += planned.min(done);
    }
    let sums = (!lines.is_empty()).then_some((agreed, of));
    (lines.into_values().collect(), sums)
}

/// The share to six digits; of nothing there is none.
pub fn share(agreed: Amount, of: Amount) -> Option<Amount> {
    agreed.checked_div(of).map(|share| share.round(6))
}
