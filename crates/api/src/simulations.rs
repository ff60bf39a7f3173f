use std::io::{Cursor, Read};

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use farthing_application::{Conditions, Reactive, Sampling, Simulation, SimulationQuery, Spread, simulate_plan};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::Problem;
use crate::state::Api;
use crate::status::json;

/// Most requests that are played for one answer: about a minute and a half on one processor.
const MOST_REQUESTS: f64 = 1e8;

/// A plan and what it is replayed with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SimulationRequest {
    /// The plan, as `POST /v1/plans/fleet` or `/v1/plans/fleet/solve` answers.
    plan: Value,
    /// The instance that it was solved for; demand and capacities are taken from it where the plan has none.
    #[serde(default)]
    instance: Option<Value>,
    /// The fleet profile, as TOML; with its fitted parameters latencies are replayed.
    #[serde(default)]
    profile: Option<String>,
    /// Recorded traffic, as the CSV of a request trace.
    #[serde(default)]
    trace: Option<String>,
    /// What everything is drawn from. Default 1.
    #[serde(default = "one")]
    seed: u64,
    /// What is assumed.
    #[serde(default)]
    conditions: Conditions,
    /// How much of each hour is played; without it about 2,000 requests, and at least 600 seconds.
    #[serde(default)]
    sampling: Option<Sampling>,
    /// How generated requests differ in size.
    #[serde(default)]
    sizes: Spread,
    /// An autoscaler on top of the plan's hours, or in their place.
    #[serde(default)]
    reactive: Option<Reactive>,
}

const fn one() -> u64 {
    1
}

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
    State(api): State<Api>,
    body: Result<Json<SimulationRequest>, JsonRejection>,
) -> Result<Json<Value>, Problem> {
    let Json(request) = body?;
    let _turn = api.solving.try_acquire().map_err(|_| crate::plans::busy())?;
    let mut query = SimulationQuery::of(("the plan".to_owned(), request.plan.to_string()));
    query.instance = request.instance.map(|instance| ("the instance".to_owned(), instance.to_string()));
    query.profile = request.profile.map(|profile| ("the fleet profile".to_owned(), profile));
    query.trace =
        request.trace.map(|trace| ("the trace".to_owned(), Box::new(Cursor::new(trace.into_bytes())) as Box<dyn Read + Send>));
    query.seed = request.seed;
    query.conditions = request.conditions;
    query.sampling = request.sampling.unwrap_or(query.sampling);
    query.spread = request.sizes;
    if request.reactive.is_some_and(|r| !(r.target > 0.0 && r.target.is_finite()) || r.max_replicas == Some(0)) {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "target and max_replicas of reactive are above 0"));
    }
    query.reactive = request.reactive;
    query.max_requests = Some(MOST_REQUESTS);
    let simulation = tokio::task::spawn_blocking(move || simulate_plan(query))
        .await
        .map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    json(&simulation?)
}
