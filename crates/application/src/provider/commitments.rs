//! How commitments were used and what they covered, as the provider reckons it.

use chrono::{DateTime, NaiveDate, Utc};
use farthing_collectors::source::{CommitmentReport, Coverage, Utilisation};
use farthing_store::{ProviderReport, ReportKind};
use farthing_types::{Amount, BillingPeriod, SourceName};
use serde::Serialize;
use utoipa::ToSchema;

use super::{ProviderQuery, nothing};
use crate::{Error, Farthing};

/// How commitments were used and what they covered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CommitmentUse {
    /// The moment that it shows.
    pub as_of: DateTime<Utc>,
    /// Each source, month and kind of commitment.
    pub months: Vec<CommitmentMonth>,
}

/// The commitments of one kind in a month. Every figure is the provider's; percentages are worked out from its figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CommitmentMonth {
    /// The source, or part of one.
    pub source: SourceName,
    /// The month.
    pub period: BillingPeriod,
    /// `savings-plans` or `reservations`.
    pub kind: &'static str,
    /// Of what the figures are: `USD`, or `hours` of reserved machines.
    pub unit: String,
    /// When the provider first said this.
    pub stated_at: DateTime<Utc>,
    /// The sums of the days.
    #[serde(flatten)]
    pub figures: CommitmentFigures,
    /// Each day.
    pub days: Vec<CommitmentDayUse>,
}

/// Figures of a day or a month; none where the provider does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct CommitmentFigures {
    /// What is paid for, used or not.
    #[schema(value_type = Option<String>)]
    pub committed: Option<Amount>,
    /// What of it was used.
    #[schema(value_type = Option<String>)]
    pub used: Option<Amount>,
    /// What was not: `used + unused = committed`.
    #[schema(value_type = Option<String>)]
    pub unused: Option<Amount>,
    /// `used` in percent of `committed`, to two decimals.
    #[schema(value_type = Option<String>)]
    pub utilisation_percent: Option<Amount>,
    /// What of the use that commitments could cover they covered.
    #[schema(value_type = Option<String>)]
    pub covered: Option<Amount>,
    /// What of it was paid on demand.
    #[schema(value_type = Option<String>)]
    pub on_demand: Option<Amount>,
    /// `covered` in percent of both, to two decimals.
    #[schema(value_type = Option<String>)]
    pub coverage_percent: Option<Amount>,
    /// What was saved against prices on demand, in US dollars, by the provider's reckoning; below zero where commitments lost.
    #[schema(value_type = Option<String>)]
    pub net_savings: Option<Amount>,
}

/// A day of commitments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CommitmentDayUse {
    /// The day, in UTC.
    pub day: NaiveDate,
    /// Its figures.
    #[serde(flatten)]
    pub figures: CommitmentFigures,
}

impl Farthing {
    /// How commitments were used and what they covered, as providers reckon it: the newest month of each source without a period.
    ///
    /// # Errors
    /// Where no provider says anything of it.
    pub async fn provider_commitments(&self, query: &ProviderQuery) -> Result<CommitmentUse, Error> {
        let mut months = Vec::new();
        for kind in [ReportKind::SavingsPlans, ReportKind::Reservations] {
            for (report, said) in super::newest(self.provider_said::<CommitmentReport>(kind, query).await?, query) {
                months.push(month(&report, said)?);
            }
        }
        if months.is_empty() {
            return Err(nothing("commitments", "\"savings-plans\", \"reservations\"", query));
        }
        months.sort_by(|a, b| (&a.source, a.period, a.kind).cmp(&(&b.source, b.period, b.kind)));
        Ok(CommitmentUse { as_of: self.stated_moment(), months })
    }
}

fn month(report: &ProviderReport, said: CommitmentReport) -> Result<CommitmentMonth, Error> {
    let unfit = || Error::Invalid(format!("the commitments of {} in {} do not fit ±1e20", report.source, report.period));
    let (mut used, mut covered): (Option<Utilisation>, Option<Coverage>) = (None, None);
    let mut days = Vec::with_capacity(said.days.len());
    for day in said.days {
        days.push(CommitmentDayUse { day: day.day, figures: figures(day.utilisation.as_ref(), day.coverage.as_ref()) });
        if let Some(more) = day.utilisation {
            used = Some(used.map_or(Some(more.clone()), |sum| add_use(&sum, &more)).ok_or_else(unfit)?);
        }
        if let Some(more) = day.coverage {
            covered = Some(covered.map_or(Some(more.clone()), |sum| add_coverage(&sum, &more)).ok_or_else(unfit)?);
        }
    }
    Ok(CommitmentMonth {
        source: report.source.clone(),
        period: report.period,
        kind: report.kind.as_str(),
        unit: said.unit,
        stated_at: report.stated_at,
        figures: figures(used.as_ref(), covered.as_ref()),
        days,
    })
}

fn add_use(a: &Utilisation, b: &Utilisation) -> Option<Utilisation> {
    Some(Utilisation {
        committed: a.committed.checked_add(b.committed)?,
        used: a.used.checked_add(b.used)?,
        unused: a.unused.checked_add(b.unused)?,
        net_savings: a.net_savings.checked_add(b.net_savings)?,
    })
}

fn add_coverage(a: &Coverage, b: &Coverage) -> Option<Coverage> {
    Some(Coverage {
        covered: a.covered.checked_add(b.covered)?,
        on_demand: a.on_demand.checked_add(b.on_demand)?,
        total: a.total.checked_add(b.total)?,
    })
}

fn figures(used: Option<&Utilisation>, covered: Option<&Coverage>) -> CommitmentFigures {
    CommitmentFigures {
        committed: used.map(|used| used.committed),
        used: used.map(|used| used.used),
        unused: used.map(|used| used.unused),
        utilisation_percent: used.and_then(|used| percent(used.used, used.committed)),
        covered: covered.map(|covered| covered.covered),
        on_demand: covered.map(|covered| covered.on_demand),
        coverage_percent: covered.and_then(|covered| percent(covered.covered, covered.total)),
        net_savings: used.map(|used| used.net_savings),
    }
}

/// `None` of nothing.
fn percent(part: Amount, whole: Amount) -> Option<Amount> {
    Some(part.mul_div(Amount::from_int(100), whole)?.round(2)).filter(|_| !whole.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_of_the_sums_and_nothing_of_nothing() {
        let amount = |text: &str| text.parse::<Amount>().unwrap();
        assert_eq!(percent(amount("1"), amount("3")), Some(amount("33.33")));
        assert_eq!(percent(Amount::ZERO, Amount::ZERO), None);
        let day = |used: &str| Utilisation {
            committed: amount("10"),
            used: amount(used),
            unused: amount("10").checked_sub(amount(used)).unwrap(),
            net_savings: amount("-1"),
        };
        let both = add_use(&day("10"), &day("2.5")).unwrap();
        let figures = figures(Some(&both), None);
        assert_eq!(figures.utilisation_percent, Some(amount("62.5")));
        assert_eq!((figures.unused, figures.coverage_percent), (Some(amount("7.5")), None));
    }
}
