//! What the figures of a report rest on.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use farthing_application::{LineageQuery, ReportLineage};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use crate::Problem;
use crate::parameters::period_of;
use crate::state::Api;
use crate::status::json;

/// Which figures.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LineageParameters {
    /// The report: `chargeback`, `statement`, `journal`, `reconciliation`, `variance`, `coverage`, `budgets`, `forecast`, `anomalies`,
    /// `unit-cost`, `token-cost`, `tco`, `kpis`, `portfolio` or `sql`.
    report: String,
    /// The billing period that it is about; all that there are without one.
    #[param(example = "2026-05")]
    period: Option<String>,
    /// The question, of `sql`.
    sql: Option<String>,
    /// As it was at this moment, RFC 3339; as it is now without it.
    #[param(format = DateTime)]
    as_of: Option<String>,
}

/// What the figures of a report rest on
///
/// The question that gives them again, the versions of documents, the revisions of facts, and the files that these came in, each with its
/// SHA-256. `/v1/chargeback/explanation` says which charges a figure is made of.
#[utoipa::path(
    get, path = "/v1/lineage", tag = "audit", params(LineageParameters),
    responses(
        (status = 200, description = "What they rest on", body = ReportLineage),
        (status = 400, description = "There is no such report, or a parameter makes no sense", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn lineage(
    State(api): State<Api>,
    query: Result<Query<LineageParameters>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(LineageParameters { report, period, sql, as_of }) = query?;
    let query = LineageQuery { report, period: period_of(period.as_deref())?, sql };
    json(&api.as_of(as_of.as_deref())?.report_lineage(&query).await?)
}
