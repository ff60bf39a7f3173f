use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use farthing_application::answer_rows;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::Problem;
use crate::state::Api;
use crate::status::json;

/// A question.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Question {
    /// One SELECT over the tables `focus`, `usage` and `decisions`.
    #[schema(example = "SELECT ServiceName, SUM(BilledCost) AS cost FROM focus GROUP BY ServiceName ORDER BY cost DESC")]
    query: String,
    /// Only the facts of this billing period.
    period: Option<String>,
    /// The facts as they were at this moment, RFC 3339.
    #[schema(format = DateTime)]
    as_of: Option<String>,
}

/// Read-only SQL over the facts
///
/// An array of objects, one a row, in column order; decimals are strings, times RFC 3339.
#[utoipa::path(
    post, path = "/v1/sql", tag = "facts", request_body = Question,
    responses(
        (status = 200, description = "The rows", body = [Value]),
        (status = 400, description = "No SELECT, or it makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has other fields, or the query needs too much time or memory", body = Problem, content_type = "application/problem+json"),
        (status = 500, description = "Something broke", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn sql(State(api): State<Api>, body: Result<Json<Question>, JsonRejection>) -> Result<Json<Value>, Problem> {
    let Json(question) = body?;
    let period = question.period.as_deref().map(str::parse).transpose();
    let period = period.map_err(|error: farthing_types::PeriodError| Problem::new(StatusCode::BAD_REQUEST, error.to_string()))?;
    let answer = api.as_of(question.as_of.as_deref())?.sql(&question.query, period).await?;
    json(&answer_rows(&answer)?)
}
