use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use farthing_application::CheckedCertificate;
use farthing_types::BillingPeriod;
use serde_json::Value;

use crate::Problem;
use crate::state::Api;
use crate::status::{AsOf, json};

/// The certificate of a closed billing period, held against what is rendered now
///
/// What the period's statements were made of, what they come to, and the digests of their bytes. `differences` is empty where
/// everything is rendered as it was.
#[utoipa::path(
    get, path = "/v1/periods/{period}/certificate", tag = "reports",
    params(("period" = String, Path, description = "The billing period", example = "2026-05"), AsOf),
    responses(
        (status = 200, description = "The certificate", body = CheckedCertificate),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The period has no certificate", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn certificate(
    State(api): State<Api>,
    Path(period): Path<String>,
    query: Result<Query<AsOf>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let period: BillingPeriod = period.parse()?;
    json(&AsOf::of(query, &api)?.certificate(period).await?)
}
