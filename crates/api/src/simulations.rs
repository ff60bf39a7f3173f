use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use farthing_application::{Simulation, SimulationRequest, simulate_plan};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Problem;
use crate::auth::Acting;
use crate::long_work::{prefers_a_job, whole};

/// Replay a plan
///
/// Plays a fleet plan request by request on generated or recorded traffic. A plan that misses a promise is an answer: it says so.
#[utoipa::path(
    post, path = "/v1/simulations", tag = "plans", request_body = SimulationRequest,
    responses(
        (status = 200, description = "What the replay found, by workload and hour", body = Simulation),
        (status = 400, description = "The plan or one of the files makes no sense, or too much would be played", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has other fields", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "A plan is being solved or replayed", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn simulate(
    Acting(api): Acting,
    headers: HeaderMap,
    body: Result<Json<Value>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(body) = body?;
    let request = SimulationRequest::deserialize(&body);
    let request = request.map_err(|error| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string()))?;
    let query = request.query()?;
    if prefers_a_job(&headers) {
        return api.as_job("simulate", json!({ "request": body })).await;
    }
    let _turn = api.solving.try_acquire().map_err(|_| crate::plans::busy())?;
    let simulation = tokio::task::spawn_blocking(move || simulate_plan(query))
        .await
        .map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    whole(&simulation?)
}
