//! What each unit, or each value of a column, cost on each day: exact sums of charges.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use farthing_attribution::{Assigner, Assignment};
use farthing_forecast::daily::DailySeries;
use farthing_types::{Amount, BillingPeriod, Cost, Currency, Selection};
use serde::Serialize;

use crate::chargeback::Attributed;
use crate::home::blocking;
use crate::{Error, Farthing};

/// What costs are told apart by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub enum SeriesBy {
    /// The unit that rules send charges to; what pools share moves money between units and costs nothing.
    Unit,
    /// A column of the bill.
    Column(String),
}

impl SeriesBy {
    /// The column that is read, where it is one.
    pub(super) fn column(&self) -> Option<&str> {
        match self {
            Self::Unit => None,
            Self::Column(column) => Some(column),
        }
    }

    /// What explains a change of it: the services of a unit, the units of anything else.
    pub(super) fn cause(&self) -> Self {
        match self {
            Self::Unit => Self::Column("ServiceName".to_owned()),
            Self::Column(_) => Self::Unit,
        }
    }
}

impl FromStr for SeriesBy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "unit" => Ok(Self::Unit),
            "service" => Ok(Self::Column("ServiceName".to_owned())),
            "account" => Ok(Self::Column("SubAccountName".to_owned())),
            "region" => Ok(Self::Column("RegionId".to_owned())),
            "provider" => Ok(Self::Column("ProviderName".to_owned())),
            column if column.starts_with(|first: char| first.is_ascii_uppercase()) => Ok(Self::Column(column.to_owned())),
            other => Err(format!("{other:?} is none of unit, service, account, region, provider, and no column")),
        }
    }
}

impl fmt::Display for SeriesBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.column().unwrap_or("unit"))
    }
}

impl From<SeriesBy> for String {
    fn from(by: SeriesBy) -> Self {
        by.to_string()
    }
}

/// Days of one name, told apart once more by what may explain them.
pub(super) type Days = BTreeMap<NaiveDate, Amount>;
/// By name and currency, then by cause.
pub(super) type Series = BTreeMap<(String, Currency), BTreeMap<String, Days>>;

/// What charges without a value are listed as.
const NONE: &str = "(none)";

impl Farthing {
    /// The days of a month and of as many months before it as there are, without a gap between them.
    pub(super) async fn series(
        &self,
        last: BillingPeriod,
        months: usize,
        by: &SeriesBy,
        cost: Cost,
    ) -> Result<(BillingPeriod, Series), Error> {
        let (cause, mut series, mut first) = (by.cause(), Series::new(), last);
        let also: Vec<&str> = [by.column(), cause.column()].into_iter().flatten().collect();
        for (before, period) in std::iter::successors(Some(last), |month| Some(month.previous())).take(months + 1).enumerate() {
            let attributed = match self.attributed(Selection::Period(period), &also).await {
                // Bills need not reach back so far.
                Err(Error::Nothing(_)) if before > 0 => break,
                attributed => attributed?,
            };
            let (by, cause) = (by.clone(), cause.clone());
            series = blocking(move || with_month(series, &attributed, &by, &cause, cost)).await?;
            first = period;
        }
        Ok((first, series))
    }
}

/// Adds the charges of a month that are of its own days; corrections of earlier days say nothing of these.
fn with_month(mut series: Series, attributed: &Attributed, by: &SeriesBy, cause: &SeriesBy, cost: Cost) -> Result<Series, Error> {
    let charges = &attributed.charges;
    let (first, after) = (charges.window.from.date_naive(), charges.window.to.date_naive());
    let mut assigner = Assigner::new(&attributed.rules, &charges.keys)?;
    let place = |by: &SeriesBy| by.column().and_then(|column| charges.keys.column(column));
    let places = (place(by), place(cause));
    for group in charges.groups.iter().filter(|group| first <= group.day && group.day < after) {
        let unit = match assigner.assign(group.key, group.day) {
            Some(Assignment::Unit { unit, .. }) => unit.to_string(),
            Some(Assignment::Unattributed { .. }) | None => NONE.to_owned(),
        };
        let name = |by: &SeriesBy, place: Option<_>| match by {
            SeriesBy::Unit => unit.clone(),
            SeriesBy::Column(_) => place.and_then(|at| charges.keys.value(group.key, at)).unwrap_or(NONE).to_owned(),
        };
        let (name, cause) = (name(by, places.0), name(cause, places.1));
        let sum = series.entry((name, group.currency)).or_default().entry(cause).or_default().entry(group.day).or_default();
        *sum = added(*sum, group.costs[cost])?;
    }
    Ok(series)
}

pub(super) fn added(sum: Amount, more: Amount) -> Result<Amount, Error> {
    sum.checked_add(more).ok_or_else(|| Error::Invalid("the cost of a day does not fit ±1e20".to_owned()))
}

/// All of them together.
pub(super) fn together<'a>(parts: impl IntoIterator<Item = &'a Days>) -> Result<Days, Error> {
    let mut all = Days::new();
    for (day, amount) in parts.into_iter().flatten() {
        let sum = all.entry(*day).or_default();
        *sum = added(*sum, *amount)?;
    }
    Ok(all)
}

/// A statistic: here money becomes a binary fraction, and only what is expected comes of it.
pub(super) fn to_float(amount: Amount) -> f64 {
    amount.atto() as f64 / 1e18
}

/// A statistic to the cent: more digits would say more than is known.
pub(super) fn rounded(value: f64) -> Option<Amount> {
    format!("{value:.2}").parse().ok()
}

/// The days from the first that costs anything to `last`; `None` where none does. Before its first charge nothing was there.
pub(super) fn daily(days: &Days, last: NaiveDate) -> Option<DailySeries> {
    let first = days.iter().find(|(_, amount)| !amount.is_zero()).map(|(day, _)| *day)?;
    let values = first.iter_days().take_while(|day| *day <= last).map(|day| days.get(&day).copied().map_or(0.0, to_float));
    let values: Vec<f64> = values.collect();
    (!values.is_empty()).then_some(DailySeries { first, values })
}

/// The last day of the series that has charges.
pub(super) fn last_day(series: &Series) -> Option<NaiveDate> {
    series.values().flat_map(BTreeMap::values).filter_map(|days| days.keys().next_back()).max().copied()
}
