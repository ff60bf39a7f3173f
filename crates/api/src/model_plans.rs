//! The models beside the fleet: solved from the instance in the body, or planned from imported data; and all of them in one plan.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use farthing_application::{
    AllPlans, MEASURED_GAP, MeasuredPlan, Model, ModelInstance, ModelPlan, PlanAllQuery, ProgramLimits, Recommendation,
    RecommendationDetail, RecommendationsQuery,
};
use farthing_types::{Amount, BillingPeriod};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use crate::Problem;
use crate::auth::Acting;
use crate::long_work::{prefers_a_job, whole};
use crate::pages::{cursor_of, most, next_page, page_of, values_of};
use crate::plans::{busy, default_limits, solving};
use crate::status::{self, AsOf};

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
pub(crate) async fn solve_model(
    Acting(api): Acting,
    Path(model): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let model = named(&model)?;
    let text = String::from_utf8(body.into()).map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "the body is not UTF-8"))?;
    let (limits, name) = (default_limits()?, "the instance");
    if prefers_a_job(&headers) {
        ModelInstance::read(model, &text, name)?;
        return api.as_job("solve", solving(model.name(), &text, &limits)).await;
    }
    let _turn = api.solving.try_acquire().map_err(|_| busy())?;
    let limits = ProgramLimits { time_limit: limits.time_limit, ..ProgramLimits::default() };
    let work = move || ModelInstance::read(model, &text, name).and_then(|instance| instance.solve(&limits, name));
    let plan = tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    whole(&plan?)
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
    headers: HeaderMap,
    body: Result<Json<MeasuredRequest>, JsonRejection>,
) -> Result<Response, Problem> {
    let model = named(&model)?;
    let Json(request) = body?;
    // What is not kept is waited for.
    if prefers_a_job(&headers) && request.as_of.is_none() {
        let seconds = default_limits()?.time_limit.as_secs();
        let with = json!({"model": model.name(), "period": request.period, "time_limit_seconds": seconds});
        return api.as_job("plan-model", with).await;
    }
    let _turn = api.solving.try_acquire().map_err(|_| busy())?;
    let limits = ProgramLimits { time_limit: default_limits()?.time_limit, gap: MEASURED_GAP, ..ProgramLimits::default() };
    whole(&api.as_of(request.as_of.as_deref())?.plan_model(model, request.period, limits).await?)
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
pub(crate) async fn plan_all(
    Acting(api): Acting,
    headers: HeaderMap,
    body: Result<Json<AllRequest>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(request) = body?;
    if request.budget.is_some_and(|budget| budget < Amount::ZERO) {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "the budget is at least 0"));
    }
    if prefers_a_job(&headers) && request.as_of.is_none() {
        let seconds = default_limits()?.time_limit.as_secs();
        let with = json!({"period": request.period, "budget": request.budget, "time_limit_seconds": seconds});
        return api.as_job("plan-all", with).await;
    }
    let _turn = api.solving.try_acquire().map_err(|_| busy())?;
    let query = PlanAllQuery { period: request.period, budget: request.budget, time_limit: default_limits()?.time_limit };
    whole(&api.as_of(request.as_of.as_deref())?.plan_all(&query).await?)
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
    /// At most so many; 100 without it, and no more than 10,000.
    #[param(value_type = Option<u64>, minimum = 1, maximum = 10000)]
    limit: Option<u32>,
    /// Where the page before said that the next begins.
    cursor: Option<String>,
}

/// Plans that were kept, the newest first
///
/// Who is limited to units gets those that are about theirs, and of them what is about theirs. `Link` says where the next page is.
#[utoipa::path(
    get, path = "/v1/recommendations", tag = "plans", params(KeptQuery),
    responses(
        (status = 200, description = "The plans", body = [Recommendation], headers(("Link" = String, description = "The next page, where there is one"))),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn recommendations(
    Acting(api): Acting,
    uri: Uri,
    query: Result<Query<KeptQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(KeptQuery { kind, assigned_to, mine, as_of, limit, cursor }) = query?;
    let assigned_to = match (assigned_to, mine.unwrap_or(false)) {
        (Some(_), true) => {
            return Err(Problem::new(StatusCode::BAD_REQUEST, "mine and assigned_to: name one of them"));
        }
        (None, true) => Some(api.who().to_owned()),
        (named, false) => named,
    };
    let (after, limit) = (cursor.as_deref().map(values_of).transpose()?, most(limit)?);
    let query = RecommendationsQuery { kind, assigned_to };
    let found = api.as_of(as_of.as_deref())?.recommendation_page(&query, after, limit + 1).await?;
    let (page, next) = page_of(found, limit, |plan: &Recommendation| cursor_of(&(plan.created_at, &plan.id)));
    Ok((next.map(|next| next_page(&uri, &next)).unwrap_or_default(), status::json(&page)?).into_response())
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
    status::json(&AsOf::of(query, &api)?.recommendation(&id).await?)
}
