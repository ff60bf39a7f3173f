//! What providers take for unusual.

use chrono::{DateTime, NaiveDate, Utc};
use farthing_collectors::source::AnomalyReport;
use farthing_store::ReportKind;
use farthing_types::{Amount, BillingPeriod, SourceName};
use serde::Serialize;
use utoipa::ToSchema;

use super::{ProviderQuery, nothing};
use crate::{Error, Farthing};

/// What providers take for unusual.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProviderAnomalies {
    /// The moment that it shows.
    pub as_of: DateTime<Utc>,
    /// The months and sources that were asked about, those without anomalies among them.
    pub looked_at: Vec<String>,
    /// The largest impact first.
    pub anomalies: Vec<ProviderAnomaly>,
}

/// Costs that a provider takes for unusual. Every figure is the provider's estimate, in US dollars, and part of no statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProviderAnomaly {
    /// The source, or part of one.
    pub source: SourceName,
    /// The month that it was reported for: that of its last day.
    pub period: BillingPeriod,
    /// The provider's id of it.
    pub id: String,
    /// The first day.
    pub from: Option<NaiveDate>,
    /// The last day so far.
    pub to: Option<NaiveDate>,
    /// What its monitor looks at: a service, an account, a tag's value.
    pub about: String,
    /// What was spent beyond what was expected.
    #[schema(value_type = String)]
    pub impact: Amount,
    /// What was spent.
    #[schema(value_type = Option<String>)]
    pub actual: Option<Amount>,
    /// What was expected.
    #[schema(value_type = Option<String>)]
    pub expected: Option<Amount>,
    /// Where it comes from: service, region, account, type of usage.
    pub causes: Vec<String>,
    /// What somebody told the provider of it: `YES`, `NO`, `PLANNED_ACTIVITY`.
    pub feedback: Option<String>,
}

impl Farthing {
    /// What providers take for unusual: of every month without a period.
    ///
    /// # Errors
    /// Where no provider was asked.
    pub async fn provider_anomalies(&self, query: &ProviderQuery) -> Result<ProviderAnomalies, Error> {
        let reports = self.provider_said::<AnomalyReport>(ReportKind::Anomalies, query).await?;
        if reports.is_empty() {
            return Err(nothing("anomalies", "\"anomalies\"", query));
        }
        let looked_at = reports.iter().map(|(report, _)| format!("{} {}", report.source, report.period)).collect();
        let mut anomalies = Vec::new();
        for (report, said) in reports {
            anomalies.extend(said.anomalies.into_iter().map(|one| ProviderAnomaly {
                source: report.source.clone(),
                period: report.period,
                id: one.id,
                from: one.from,
                to: one.to,
                about: one.about,
                impact: one.impact,
                actual: one.actual,
                expected: one.expected,
                causes: one.causes,
                feedback: one.feedback,
            }));
        }
        anomalies.sort_by(|a, b| b.impact.cmp(&a.impact).then_with(|| (&a.source, &a.id).cmp(&(&b.source, &b.id))));
        Ok(ProviderAnomalies { as_of: self.stated_moment(), looked_at, anomalies })
    }
}
