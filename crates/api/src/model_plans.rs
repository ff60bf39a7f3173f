//! The models beside the fleet: solved from the instance in the body, or planned from imported data; and all of them in one plan.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use farthing_application::{
    AllPlans, MEASURED_GAP, MeasuredPlan, Model, ModelInstance, ModelPlan, PlanAllQuery, ProgramLimits, Recommendation,
    RecommendationDetail, RecommendationsQuery,
};
use farthing_types::{Amount, BillingPeriod};
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::Problem;
use crate::auth::Acting;
use crate::plans::{busy, default_limits};
use crate::state::Api;
use crate::status::{AsOf, json};

/// Solve an instance of a model
///
/// Takes an instance in the format of the model's MODEL.md and answers with its plan. An infeasible instance is an answer: its
/// status says so, and its relaxations what is the least that helps.
#[utoipa::path(
    post, path = "/v1/plans/{model}/solve", tag = "plans", request_body(content = Value, content_type = "application/json"),
    params(("model" = String, Path, description = "commitments, contracts, storage, portfolio or routing")),
    responses(
        (status = 200, description = "The plan", body = ModelPlan),
        (status = 400, description = "The body is no instance", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such model", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Another plan is being solved", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn solve_model(State(api): State<Api>, Path(model): Path<String>, body: Bytes) -> Result<Json<Value>, Problem> {
    let model = named(&model)?;
    let _turn = api.solving.try_acquire().map_err(|_| busy())?;
    let text = String::from_utf8(body.into()).map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "the body is not UTF-8"))?;
    let limits = ProgramLimits { time_limit: default_limits()?.time_limit, ..ProgramLimits::default() };
    let name = "the instance";
    let work = move || ModelInstance::read(model, &text, name).and_then(|instance| instance.solve(&limits, name));
    let plan = tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    json(&plan?)
}

fn named(model: &str) -> Result<Model, Problem> {
    Model::named(model).ok_or_else(|| {
        let why = format!("there is no model {model}; the models are commitments, contracts, storage, portfolio and routing");
        Problem::new(StatusCode::NOT_FOUND, why)
    })
}

/// What a plan from imported data rests on.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct MeasuredRequest {
    /// The month whose facts it rests on, as 2026-05; the newest one without it.
    #[schema(value_type = Option<String>, example = "2026-05")]
    period: Option<BillingPeriod>,
    /// Plan from the facts and documents of this moment, RFC 3339; such a plan is not kept.
    #[schema(format = DateTime)]
    as_of: Option<String>,
}

/// Plan a model from imported data
///
/// Rests on the facts of a month and on the planning document, and keeps the plan.
#[utoipa::path(
    post, path = "/v1/plans/{model}", tag = "plans", request_body = MeasuredRequest,
    params(("model" = String, Path, description = "commitments, contracts, storage, portfolio or routing")),
    responses(
        (status = 200, description = "The plan, with today's cost beside it", body = MeasuredPlan),
        (status = 400, description = "The planning document makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such model, or facts or parts of the planning document are missing", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has other fields", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Another plan is being solved", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn plan_model(
    Acting(api): Acting,
    Path(model): Path<String>,
    body: Result<Json<MeasuredRequest>, JsonRejection>,
) -> Result<Json<Value>, Problem> {
    let model = named(&model)?;
    let Json(request) = body?;
    let _turn = api.solving.try_acquire().map_err(|_| busy())?;
    let limits = ProgramLimits { time_limit: default_limits()?.time_limit, gap: MEASURED_GAP, ..ProgramLimits::default() };
    json(&api.as_of(request.as_of.as_deref())?.plan_model(model, request.period, limits).await?)
}

/// What the plan of plans rests on.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AllRequest {
    /// The month whose facts it rests on, as 2026-05; the newest one without it.
    #[schema(value_type = Option<String>, example = "2026-05")]
    period: Option<BillingPeriod>,
    /// Choose the steps that save the most for this much spent once.
    budget: Option<Amount>,
    /// Plan from the facts and documents of this moment, RFC 3339; such a plan is not kept.
    #[schema(format = DateTime)]
    as_of: Option<String>,
}

/// Plan everything
///
/// Each step plans for what the steps before leave: fleet, commitments, storage, routing, contracts, portfolio. Savings add up.
#[utoipa::path(
    post, path = "/v1/plans/all", tag = "plans", request_body = AllRequest,
    responses(
        (status = 200, description = "The steps, and what they save together", body = AllPlans),
        (status = 400, description = "A document or the budget makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There are no charges", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has other fields", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Another plan is being solved", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn plan_all(Acting(api): Acting, body: Result<Json<AllRequest>, JsonRejection>) -> Result<Json<Value>, Problem> {
    let Json(request) = body?;
    if request.budget.is_some_and(|budget| budget < Amount::ZERO) {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "the budget is at least 0"));
    }
    let _turn = api.solving.try_acquire().map_err(|_| busy())?;
    let query = PlanAllQuery { period: request.period, budget: request.budget, time_limit: default_limits()?.time_limit };
    json(&api.as_of(request.as_of.as_deref())?.plan_all(&query).await?)
}

/// Which kept plans.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct KeptQuery {
    /// Only of this kind: fleet, commitments, contracts, storage, routing, portfolio or all.
    kind: Option<String>,
    /// Only those that this person is to deal with: assigned to them, or gone to them or to a role of theirs, and not over.
    assigned_to: Option<String>,
    /// Only those that whoever asks is to deal with.
    mine: Option<bool>,
    /// As it was at this moment, RFC 3339; as it is now without it.
    #[param(format = DateTime)]
    as_of: Option<String>,
}

/// Plans that were kept
///
/// Who is limited to units gets those that are about theirs, and of them what is about theirs.
#[utoipa::path(
    get, path = "/v1/recommendations", tag = "plans", params(KeptQuery),
    responses(
        (status = 200, description = "Up to 50 of a kind, the newest first", body = [Recommendation]),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn recommendations(
    Acting(api): Acting,
    query: Result<Query<KeptQuery>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(KeptQuery { kind, assigned_to, mine, as_of }) = query?;
    let assigned_to = match (assigned_to, mine.unwrap_or(false)) {
        (Some(_), true) => {
            return Err(Problem::new(StatusCode::BAD_REQUEST, "mine and assigned_to: name one of them"));
        }
        (None, true) => Some(api.who().to_owned()),
        (named, false) => named,
    };
    json(&api.as_of(as_of.as_deref())?.recommendations(&RecommendationsQuery { kind, assigned_to }).await?)
}

/// A kept plan
#[utoipa::path(
    get, path = "/v1/recommendations/{id}", tag = "plans",
    params(("id" = String, Path, description = "Its id"), AsOf),
    responses(
        (status = 200, description = "The plan as it was made", body = RecommendationDetail),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such plan is kept", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn recommendation(
    Acting(api): Acting,
    Path(id): Path<String>,
    query: Result<Query<AsOf>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    json(&AsOf::of(query, &api)?.recommendation(&id).await?)
}
