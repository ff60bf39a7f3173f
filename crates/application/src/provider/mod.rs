//! What providers themselves say of months beside their bills: how commitments were used, what they take for unusual, what they expect.
//! It stands beside our own figures and is in none of them.

mod anomalies;
mod commitments;
mod forecast;

use farthing_store::{ProviderReport, ReportKind};
use farthing_types::{BillingPeriod, SourceName};
use serde::de::DeserializeOwned;

use crate::{Error, Farthing};

pub use anomalies::{ProviderAnomalies, ProviderAnomaly};
pub use commitments::{CommitmentDayUse, CommitmentFigures, CommitmentMonth, CommitmentUse};
pub use forecast::{ForecastBeside, OwnForecast, ProviderForecasts};

/// Which reports of providers.
#[derive(Clone, Debug, Default)]
pub struct ProviderQuery {
    /// Of this month; of all without it.
    pub period: Option<BillingPeriod>,
    /// Of this source, or part of one; of all without it.
    pub source: Option<SourceName>,
}

impl Farthing {
    /// The reports of a kind that stand, read.
    async fn provider_said<T: DeserializeOwned>(
        &self,
        kind: ReportKind,
        query: &ProviderQuery,
    ) -> Result<Vec<(ProviderReport, T)>, Error> {
        let reports = self.store.provider_reports().standing(kind, query.period, self.moment).await?;
        let wanted = reports.into_iter().filter(|report| query.source.as_ref().is_none_or(|source| report.source == *source));
        let read = |report: ProviderReport| {
            let said = serde_json::from_str(&report.content).map_err(|error| {
                Error::Panicked(format!(
                    "the report of {} on {} is not as this program writes it: {error}",
                    report.source, report.period
                ))
            })?;
            Ok((report, said))
        };
        wanted.map(read).collect()
    }
}

/// Of several months of a source the newest, unless a month was asked for.
fn newest<T>(mut reports: Vec<(ProviderReport, T)>, query: &ProviderQuery) -> Vec<(ProviderReport, T)> {
    if query.period.is_none() {
        let last = |source: &SourceName, all: &[(ProviderReport, T)]| {
            all.iter().filter(|(report, _)| report.source == *source).map(|(report, _)| report.period).max()
        };
        let keep: Vec<bool> = reports.iter().map(|(report, _)| last(&report.source, &reports) == Some(report.period)).collect();
        let mut keep = keep.into_iter();
        reports.retain(|_| keep.next().unwrap_or_default());
    }
    reports
}

/// What to say where there is no report.
fn nothing(what: &str, word: &str, query: &ProviderQuery) -> Error {
    let of = |name: &str, value: Option<String>| value.map(|value| format!(" {name} {value}")).unwrap_or_default();
    let period = of("for", query.period.map(|period| period.to_string()));
    let source = of("of", query.source.as_ref().map(ToString::to_string));
    Error::Nothing(format!(
        "no provider has said anything of {what}{source}{period}. Name it in the document of sources (reports = [{word}] of a source of the \
         kind aws-cost-explorer) and collect: `farthing collect`"
    ))
}
