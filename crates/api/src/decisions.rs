use axum::Json;
use axum::body::Bytes;
use axum::extract::Query;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use farthing_application::DecisionsTaken;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Problem;
use crate::auth::Acting;
use crate::parameters::source_of;
use crate::status::json;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Parameters {
    /// The system that the decisions come from; ids are unique within it.
    source: String,
}

/// Send decisions
///
/// A JSON array, or one object a line (NDJSON). An id is one decision: the same content again is known and changes nothing. What is found
/// out later (an error and its cost, a reason to override, a review) is the whole row again, with a later `updated_at` or
/// `error_found_at`: the later statement stands, in whatever order they come, and the earlier one stays in the earlier revision. Who
/// decided, in which workflow and when does not change: such a row is refused, as are one of a closed month and one that makes no sense.
/// What is refused keeps no other row out.
#[utoipa::path(
    post, path = "/v1/decisions", tag = "facts", params(Parameters),
    request_body(
        content(
            (serde_json::Value = "application/json"),
            (String = "application/x-ndjson")
        ),
        description = "`id`, `decided_at`, `workflow`, `actor` (ai, person, ai_then_person), `outcome` (accepted, overridden, wrong, \
                       escalated); and where known `unit`, `model`, `model_version`, `answer`, `confidence`, `override_reason`, \
                       `error_found_at`, `updated_at`, `error_cost` with `currency`, `handling_seconds`, `review_seconds`, `requests`, `shadow_of`, `tags`"
    ),
    responses(
        (status = 200, description = "Every row is there now", body = DecisionsTaken),
        (status = 400, description = "The body or a parameter makes no sense; nothing was taken", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Somebody else wrote at the same time: send it again, what was taken is known", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is in another form", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Rows were refused, and here is which and why; the others were taken", body = DecisionsTaken)
    )
)]
pub(crate) async fn take(
    Acting(api): Acting,
    query: Result<Query<Parameters>, QueryRejection>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let Query(parameters) = query?;
    let source =
        source_of(Some(&parameters.source))?.ok_or_else(|| Problem::new(StatusCode::BAD_REQUEST, "source: which one?"))?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("application/json");
    let kind_itself = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if !["application/json", "application/x-ndjson", "application/jsonl"].contains(&kind_itself.as_str()) {
        let message = format!("{kind}: send decisions as application/json or application/x-ndjson");
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
    }
    let body = body.map_err(|rejection| Problem::new(rejection.status(), rejection.body_text()))?;
    let taken = api.farthing.take_decisions(&source, body.to_vec()).await?;
    let status = if taken.refused.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let body: Json<serde_json::Value> = json(&taken)?;
    Ok((status, body).into_response())
}
