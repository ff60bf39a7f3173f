//! Days that cost what their history did not let expect.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use farthing_forecast::daily::{Anomaly, anomalies};
use farthing_types::{Amount, BillingPeriod, Cost, Currency};
use serde::Serialize;
use utoipa::ToSchema;

use super::SeriesBy;
use super::series::{Days, added, daily, last_day, rounded, to_float, together};
use crate::home::blocking;
use crate::{Error, Farthing};

/// Months before the one that is looked at.
const MONTHS_BEFORE: usize = 4;
/// How many causes are named.
const MOST_CAUSES: usize = 3;
/// The weeks before that say what a cause usually costs on a weekday.
const WEEKS: u64 = 4;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct AnomaliesQuery {
    /// The billing period; the newest that has charges without it.
    pub period: Option<BillingPeriod>,
    /// Which of the four costs.
    pub cost: Cost,
    /// What costs are told apart by.
    pub by: SeriesBy,
    /// From how many deviations on.
    pub deviations: f64,
    /// From how much money on, either way.
    pub least: Amount,
}

/// What stood out in a month.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Anomalies {
    /// The moment whose facts and documents it rests on.
    pub as_of: DateTime<Utc>,
    /// The month.
    pub period: BillingPeriod,
    /// The last day that was looked at: a day that may get more charges is not.
    pub through: Option<NaiveDate>,
    /// Which of the four costs.
    pub cost: Cost,
    /// What costs are told apart by.
    #[schema(value_type = String, examples("unit", "ServiceName"))]
    pub by: SeriesBy,
    /// From how many deviations on.
    pub deviations: String,
    /// How many series were looked at.
    pub judged: u64,
    /// Those that have fewer than three weeks of history, of which nothing can be said.
    pub too_short: Vec<String>,
    /// What stood out, the most money first.
    pub anomalies: Vec<CostAnomaly>,
}

/// Days in a row that cost more, or less, than was to be expected.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CostAnomaly {
    /// The unit, or the value of the column; `(none)` where charges have none.
    pub name: String,
    /// The currency.
    pub currency: Currency,
    /// The first of the days.
    pub first: NaiveDate,
    /// The last.
    pub last: NaiveDate,
    /// What they cost: the sum of their charges.
    pub actual: Amount,
    /// What was expected of them, from the days before each: a statistic, to the cent.
    pub expected: Amount,
    /// `actual − expected`.
    pub impact: Amount,
    /// How far the day furthest off was from what was expected, in deviations.
    pub deviations: String,
    /// What moved most, each beside the weeks before.
    pub causes: Vec<AnomalyCause>,
}

/// A part of what stood out.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AnomalyCause {
    /// The service of a unit, the unit of anything else.
    pub name: String,
    /// What it cost on these days.
    pub actual: Amount,
    /// Less what the same weekdays of the four weeks before cost in the mean: a statistic, to the cent.
    pub impact: Amount,
}

impl Farthing {
    /// What stood out in a month, from the days before each day alone: what is said of a day does not change with those that follow.
    ///
    /// # Errors
    /// When there are no such charges, or the published rules cannot be used.
    pub async fn anomalies(&self, query: &AnomaliesQuery) -> Result<Anomalies, Error> {
        let as_of = self.stated_moment();
        let period = match query.period {
            Some(period) => period,
            None => self.newest_charged().await?,
        };
        let (_, series) = self.series(period, MONTHS_BEFORE, &query.by, query.cost).await?;
        let complete = self.complete_through(period, last_day(&series), None, as_of);
        let through = complete.or_else(|| period.end().date_naive().pred_opt());
        let (by, deviations, least, cost) = (query.by.clone(), query.deviations, query.least, query.cost);
        blocking(move || {
            let (mut found, mut judged, mut too_short) = (Vec::new(), 0, Vec::new());
            for ((name, currency), causes) in &series {
                let Some(last) = through else { continue };
                match in_series(name, *currency, causes, period, last, deviations)? {
                    Some(anomalies) => {
                        judged += 1;
                        found.extend(anomalies);
                    }
                    None => too_short.push(name.clone()),
                }
            }
            let size = |one: &CostAnomaly| to_float(one.impact).abs();
            found.retain(|one| size(one) >= to_float(least));
            found.sort_by(|a, b| size(b).total_cmp(&size(a)).then_with(|| (&a.name, a.first).cmp(&(&b.name, b.first))));
            let deviations = format!("{deviations:.1}");
            Ok(Anomalies { as_of, period, through, cost, by, deviations, judged, too_short, anomalies: found })
        })
        .await
    }
}

/// What stood out in one series; `None` where its history is too short.
fn in_series(
    name: &str,
    currency: Currency,
    causes: &BTreeMap<String, Days>,
    period: BillingPeriod,
    last: NaiveDate,
    limit: f64,
) -> Result<Option<Vec<CostAnomaly>>, Error> {
    let days = together(causes.values())?;
    let Some(series) = daily(&days, last) else { return Ok(Some(Vec::new())) };
    let found = anomalies(&series, period.start().date_naive(), limit).map_err(|error| Error::Invalid(error.to_string()))?;
    let Some(found) = found else { return Ok(None) };
    let told = |one: Anomaly| -> Result<Option<CostAnomaly>, Error> {
        let actual = sum(&days, one.first, one.last)?;
        let Some(expected) = rounded(one.expected) else { return Ok(None) };
        let Some(impact) = actual.checked_sub(expected) else { return Ok(None) };
        let causes = causes_of(causes, &one, impact)?;
        let (name, deviations) = (name.to_owned(), format!("{:.1}", one.deviations));
        Ok(Some(CostAnomaly { name, currency, first: one.first, last: one.last, actual, expected, impact, deviations, causes }))
    };
    Ok(Some(found.into_iter().filter_map(|one| told(one).transpose()).collect::<Result<_, _>>()?))
}

fn sum(days: &Days, first: NaiveDate, last: NaiveDate) -> Result<Amount, Error> {
    days.range(first..=last).try_fold(Amount::ZERO, |sum, (_, amount)| added(sum, *amount))
}

/// What moved most in the direction of the whole.
fn causes_of(causes: &BTreeMap<String, Days>, one: &Anomaly, whole: Amount) -> Result<Vec<AnomalyCause>, Error> {
    let mut found = Vec::new();
    for (name, days) in causes {
        let usual: f64 = one.first.iter_days().take_while(|day| *day <= one.last).map(|day| usually(days, day)).sum();
        let actual = sum(days, one.first, one.last)?;
        let Some(impact) = rounded(usual).and_then(|usual| actual.checked_sub(usual)) else { continue };
        if !impact.is_zero() && impact.is_negative() == whole.is_negative() {
            found.push(AnomalyCause { name: name.clone(), actual, impact });
        }
    }
    found.sort_by(|a, b| to_float(b.impact).abs().total_cmp(&to_float(a.impact).abs()));
    found.truncate(MOST_CAUSES);
    Ok(found)
}

/// What the same weekday of the weeks before cost in the mean.
fn usually(days: &Days, day: NaiveDate) -> f64 {
    let before = (1..=WEEKS).filter_map(|week| day.checked_sub_days(chrono::Days::new(7 * week)));
    before.map(|day| days.get(&day).copied().map_or(0.0, to_float)).sum::<f64>() / WEEKS as f64
}
