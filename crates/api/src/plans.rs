use std::ops::ControlFlow;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::{DateTime, Utc};
use farthing_application::{FleetPlan, PlannedFleet, SolveLimits, fleet, read_fleet_instance, solve_fleet_instance};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use crate::Problem;
use crate::auth::Acting;
use crate::long_work::{prefers_a_job, whole};
use crate::state::Api;
use crate::status::{self, AsOf};

/// The longest that a request may keep the solver.
const LONGEST_SOLVE_SECONDS: u64 = 120;

/// When to stop.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Limits {
    /// Seconds, 1 to 120.
    #[schema(minimum = 1, maximum = 120, default = 30)]
    time_limit_seconds: u64,
    /// Proven relative gap that is good enough: 0.01 is one percent.
    #[schema(minimum = 0, exclusive_maximum = 1, default = 0.01)]
    gap: f64,
    /// Plan from the profile, rules and usage of this moment, RFC 3339; such a plan is not kept.
    #[schema(format = DateTime)]
    as_of: Option<String>,
    /// Also say what binds, what other limits, promises and choices cost, and how far the choice stands; it takes about twice the time
    /// limit more.
    #[schema(default = false)]
    explain: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time_limit_seconds: 30, gap: 0.01, as_of: None, explain: false }
    }
}

impl Limits {
    fn checked(&self) -> Result<SolveLimits, Problem> {
        if !(1..=LONGEST_SOLVE_SECONDS).contains(&self.time_limit_seconds) || !(0.0..1.0).contains(&self.gap) {
            let why = format!("time_limit_seconds lies between 1 and {LONGEST_SOLVE_SECONDS}, gap between 0 and 1 (1 left out)");
            return Err(Problem::new(StatusCode::BAD_REQUEST, why));
        }
        Ok(SolveLimits { time_limit: Duration::from_secs(self.time_limit_seconds), gap: self.gap, ..SolveLimits::default() })
    }
}

/// What a request's solve may take where it does not say.
pub(crate) fn default_limits() -> Result<SolveLimits, Problem> {
    Limits::default().checked()
}

pub(crate) fn busy() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "another plan is being solved; try again when it is ready")
}

/// How to solve an instance.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Solving {
    /// Also say what binds, what other limits and choices cost, and how far the choice stands.
    explain: bool,
}

/// A plan that was kept.
#[derive(Serialize, ToSchema)]
struct KeptPlan {
    /// Its id.
    id: String,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// The moment from which it should no longer be applied.
    expires_at: DateTime<Utc>,
    /// What the solver could say about it.
    status: &'static str,
    /// The plan as it was made.
    #[schema(value_type = FleetPlan)]
    plan: Value,
}

/// The newest fleet plans
#[utoipa::path(
    get, path = "/v1/plans/fleet", tag = "plans", params(AsOf),
    responses(
        (status = 200, description = "Up to 20 plans, the newest first", body = [KeptPlan]),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn list(State(api): State<Api>, query: Result<Query<AsOf>, QueryRejection>) -> Result<Json<Value>, Problem> {
    let plans = AsOf::of(query, &api)?.fleet_plans(20).await?;
    let shown = plans.iter().map(|kept| KeptPlan {
        id: kept.id.to_string(),
        created_at: kept.created_at,
        expires_at: kept.expires_at,
        status: kept.status.as_str(),
        plan: serde_json::from_str(&kept.content).unwrap_or(Value::Null),
    });
    status::json(&shown.collect::<Vec<_>>())
}

/// Plan the fleet for the measured demand
#[utoipa::path(
    post, path = "/v1/plans/fleet", tag = "plans", request_body = Limits,
    responses(
        (status = 200, description = "The plan, with status, bound and gap, and today's cost beside it", body = PlannedFleet),
        (status = 400, description = "The limits or the fleet profile make no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No fleet profile or no usage", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has other fields", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Another plan is being solved", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn plan(
    Acting(api): Acting,
    headers: HeaderMap,
    body: Result<Json<Limits>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(limits) = body?;
    let checked = limits.checked()?;
    // What is not kept is waited for.
    if prefers_a_job(&headers) && limits.as_of.is_none() {
        let with = json!({"time_limit_seconds": limits.time_limit_seconds, "gap": limits.gap, "explain": limits.explain});
        return api.as_job("plan-fleet", with).await;
    }
    let (as_of, explain, limits) = (limits.as_of, limits.explain, checked);
    let _turn = api.solving.try_acquire().map_err(|_| busy())?;
    whole(&api.as_of(as_of.as_deref())?.plan_fleet(limits, explain, |_| ControlFlow::Continue(())).await?)
}

/// Solve a fleet instance
///
/// Takes an instance in the neutral format and answers with the plan file. An infeasible instance is an answer: its status says so.
#[utoipa::path(
    post, path = "/v1/plans/fleet/solve", tag = "plans", params(Solving), request_body(content = Value, content_type = "application/json"),
    responses(
        (status = 200, description = "The plan file", body = fleet::Outcome),
        (status = 400, description = "The body is no instance", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Another plan is being solved", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn solve(
    Acting(api): Acting,
    query: Result<Query<Solving>, QueryRejection>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let Query(Solving { explain }) = query?;
    let text = String::from_utf8(body.into()).map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "the body is not UTF-8"))?;
    let (limits, name) = (default_limits()?, "the instance");
    if prefers_a_job(&headers) && !explain {
        read_fleet_instance(&text, name)?;
        return api.as_job("solve", solving("fleet", &text, &limits)).await;
    }
    let _turn = api.solving.try_acquire().map_err(|_| busy())?;
    let work = move || {
        let instance = read_fleet_instance(&text, name)?;
        solve_fleet_instance(&instance, name, &limits, explain, &mut |_| ControlFlow::Continue(()))
    };
    let outcome = tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    whole(&outcome?)
}

/// What a run that solves an instance is told.
pub(crate) fn solving(model: &str, instance: &str, limits: &SolveLimits) -> Value {
    json!({"model": model, "instance": instance, "time_limit_seconds": limits.time_limit.as_secs(), "gap": limits.gap})
}
