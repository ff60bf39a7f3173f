use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use farthing_application::{PeriodChange, PeriodLine};
use farthing_types::BillingPeriod;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::Problem;
use crate::auth::Acting;
use crate::long_work::{prefers_a_job, whole};
use crate::parameters::source_of;
use crate::state::Api;
use crate::status::{self, AsOf};

/// The billing periods of each source, and which of them are closed
#[utoipa::path(
    get, path = "/v1/periods", tag = "facts", params(AsOf),
    responses(
        (status = 200, description = "One entry a period and source", body = [PeriodLine]),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn periods(State(api): State<Api>, query: Result<Query<AsOf>, QueryRejection>) -> Result<Json<Value>, Problem> {
    status::json(&AsOf::of(query, &api)?.periods().await?)
}

/// Who closes, and what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Closing {
    /// Only this source; all of them without it, those too that have nothing in the period yet.
    source: Option<String>,
    /// Why, for the record.
    #[serde(default)]
    reason: String,
    /// Who closes it.
    ///
    /// Whoever asks, where people log in: then it may be left out.
    by: Option<String>,
}

/// Close a billing period
///
/// What reports read of it stays, and later deliveries are refused or become adjustments.
#[utoipa::path(
    post, path = "/v1/periods/{period}/closing", tag = "operations", request_body = Closing,
    params(("period" = String, Path, pattern = r"^\d{4}-\d{2}$", example = "2026-05")),
    responses(
        (status = 200, description = "The period as it is now, and its certificate where the last source was closed", body = PeriodChange),
        (status = 400, description = "The period is not over, or a value makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There are no facts of it", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body is none of these", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn close(
    Acting(api): Acting,
    Path(period): Path<String>,
    headers: HeaderMap,
    body: Result<Json<Closing>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(body) = body?;
    let (period, source, by) =
        (period.parse::<BillingPeriod>()?, source_of(body.source.as_deref())?, api.by(body.by.as_deref())?);
    if prefers_a_job(&headers) {
        let with = json!({"period": period, "source": source, "reason": body.reason, "by": by});
        return api.as_job("close-period", with).await;
    }
    whole(&api.farthing.close_period(period, source.as_ref(), &body.reason, by).await?)
}

/// Who asks to reopen, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asking {
    /// Only this source.
    source: Option<String>,
    /// Why.
    reason: String,
    /// Who asks.
    ///
    /// Whoever asks, where people log in: then it may be left out.
    by: Option<String>,
}

/// Ask to open a closed billing period again
///
/// It stays closed until somebody else decides.
#[utoipa::path(
    post, path = "/v1/periods/{period}/reopening", tag = "operations", request_body = Asking,
    params(("period" = String, Path, pattern = r"^\d{4}-\d{2}$", example = "2026-05")),
    responses(
        (status = 200, description = "The period as it is now, with what waits for a decision", body = PeriodChange),
        (status = 400, description = "No reason is given, or it was adjusted in a later period", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There are no facts of it", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body is none of these", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn ask_to_reopen(
    Acting(api): Acting,
    Path(period): Path<String>,
    body: Result<Json<Asking>, JsonRejection>,
) -> Result<Json<Value>, Problem> {
    let Json(body) = body?;
    let source = source_of(body.source.as_deref())?;
    status::json(&api.farthing.ask_to_reopen(period.parse()?, source.as_ref(), &body.reason, api.by(body.by.as_deref())?).await?)
}

/// Who decides, and how.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Decision {
    /// The source that was named when it was asked, where one was.
    source: Option<String>,
    /// True to open the period.
    granted: bool,
    /// Who decides: somebody else than who asked.
    ///
    /// Whoever asks, where people log in: then it may be left out.
    by: Option<String>,
}

/// Decide whether a closed billing period is opened again
#[utoipa::path(
    post, path = "/v1/periods/{period}/reopening/decision", tag = "operations", request_body = Decision,
    params(("period" = String, Path, pattern = r"^\d{4}-\d{2}$", example = "2026-05")),
    responses(
        (status = 200, description = "The period as it is now", body = PeriodChange),
        (status = 400, description = "Who asked would decide, or a value makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "Nobody asked", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Somebody else decided at the same moment", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body is none of these", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn decide_reopening(
    Acting(api): Acting,
    Path(period): Path<String>,
    body: Result<Json<Decision>, JsonRejection>,
) -> Result<Json<Value>, Problem> {
    let Json(body) = body?;
    let source = source_of(body.source.as_deref())?;
    status::json(
        &api.farthing.decide_reopening(period.parse()?, source.as_ref(), body.granted, api.by(body.by.as_deref())?).await?,
    )
}
