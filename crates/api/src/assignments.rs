//! Who is to deal with a recommendation, and recommendations that run in shadow.

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use farthing_application::{Observation, PlanInShadow, RecommendationStanding};
use farthing_types::{Amount, parse_moment};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::Problem;
use crate::auth::Acting;
use crate::state::Api;
use crate::status::{AsOf, json};

/// Who is to deal with it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RecommendationAssignmentRequest)]
pub(crate) struct Assigning {
    /// Who; nobody any more without it.
    to: Option<String>,
    /// Until when, RFC 3339.
    #[schema(format = DateTime)]
    until: Option<String>,
    /// Why, for the record.
    #[serde(default)]
    reason: String,
    /// Who says so.
    ///
    /// Whoever asks, where people log in: then it may be left out.
    by: Option<String>,
}

/// How long it runs in shadow.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RecommendationShadowRequest)]
pub(crate) struct Shadowing {
    /// Until when, RFC 3339; until it is taken out of it without it.
    #[schema(format = DateTime)]
    until: Option<String>,
    /// Why, for the record.
    #[serde(default)]
    reason: String,
    /// Who does it.
    ///
    /// Whoever asks, where people log in: then it may be left out.
    by: Option<String>,
}

/// Why it is taken out of shadow.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RecommendationResumptionRequest)]
pub(crate) struct Resuming {
    /// Why, for the record.
    #[serde(default)]
    reason: String,
    /// Who does it.
    ///
    /// Whoever asks, where people log in: then it may be left out.
    by: Option<String>,
}

/// What was done while it ran in shadow: what is given, or without any figure what bills and decisions say.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RecommendationObservationRequest)]
pub(crate) struct Observing {
    /// From when on, RFC 3339; since it runs in shadow without it.
    #[schema(format = DateTime)]
    from: Option<String>,
    /// The first moment after it, RFC 3339; as long as it ran in shadow without it.
    #[schema(format = DateTime)]
    until: Option<String>,
    /// What is counted: `hours`, `decisions`; hours without it.
    counted: Option<String>,
    /// How many were looked at.
    of: Option<Amount>,
    /// In how many of them it was as planned.
    agreed: Option<Amount>,
    /// What was paid in that time, in the plan's currency.
    cost: Option<Amount>,
    /// What it rests on, for the record.
    #[serde(default)]
    reason: String,
    /// Who says so: somebody else than who made the plan.
    ///
    /// Whoever asks, where people log in: then it may be left out.
    by: Option<String>,
}

fn moment(name: &str, text: Option<&str>) -> Result<Option<DateTime<Utc>>, Problem> {
    let moment = text.map(parse_moment).transpose();
    moment.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, format!("{name}: {error}")))
}

/// Give a recommendation to somebody to deal with
///
/// It is listed as theirs, and channels that want to hear of approvals are told. Who may decide on it stays as it is.
#[utoipa::path(
    post, path = "/v1/recommendations/{id}/assignment", tag = "plans", request_body = Assigning,
    params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "Where it stands now", body = RecommendationStanding),
        (status = 400, description = "It is over, or a value makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such plan is kept, or nobody of that name is known", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Others were first, again and again", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body is none of these", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn assign(
    Acting(api): Acting,
    Path(id): Path<String>,
    body: Result<Json<Assigning>, JsonRejection>,
) -> Result<Json<Value>, Problem> {
    let Json(Assigning { to, until, reason, by }) = body?;
    let (until, by) = (moment("until", until.as_deref())?, api.by(by.as_deref())?);
    json(&api.farthing.assign_recommendation(&id, to.as_deref(), until, &reason, by).await?)
}

/// Let a recommendation run in shadow
///
/// Nothing of it is applied. What it would have done is held beside what is done, see `/v1/recommendations/{id}/agreement`.
#[utoipa::path(
    post, path = "/v1/recommendations/{id}/shadow", tag = "plans", request_body = Shadowing,
    params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "Where it stands now", body = RecommendationStanding),
        (status = 400, description = "Something of it is applied, it is over, or a value makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such plan is kept", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Others were first, again and again", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "It has expired: plan again", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body is none of these", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn shadow(
    Acting(api): Acting,
    Path(id): Path<String>,
    body: Result<Json<Shadowing>, JsonRejection>,
) -> Result<Json<Value>, Problem> {
    let Json(Shadowing { until, reason, by }) = body?;
    let (until, by) = (moment("until", until.as_deref())?, api.by(by.as_deref())?);
    json(&api.farthing.shadow_recommendation(&id, until, &reason, by).await?)
}

/// Take a recommendation out of shadow
///
/// What was found until then is put on record, and it waits for approval again.
#[utoipa::path(
    post, path = "/v1/recommendations/{id}/resumption", tag = "plans", request_body = Resuming,
    params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "Where it stands now", body = RecommendationStanding),
        (status = 400, description = "It is not in shadow", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such plan is kept", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Others were first, again and again", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "It has expired: plan again", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body is none of these", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn resume(
    Acting(api): Acting,
    Path(id): Path<String>,
    body: Result<Json<Resuming>, JsonRejection>,
) -> Result<Json<Value>, Problem> {
    let Json(Resuming { reason, by }) = body?;
    json(&api.farthing.resume_recommendation(&id, &reason, api.by(by.as_deref())?).await?)
}

/// Put on record what was done while a recommendation ran in shadow
///
/// What is given, or, where no figure is, what bills and decisions say at this moment. Never by who made the plan.
#[utoipa::path(
    post, path = "/v1/recommendations/{id}/observations", tag = "plans", request_body = Observing,
    params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "Where it stands now; the last step has the figures", body = RecommendationStanding),
        (status = 400, description = "It never ran in shadow, by who made the plan, or a value makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such plan is kept", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Others were first, again and again", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "It is not on record who made the plan", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body is none of these", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn observe(
    Acting(api): Acting,
    Path(id): Path<String>,
    body: Result<Json<Observing>, JsonRejection>,
) -> Result<Json<Value>, Problem> {
    let Json(Observing { from, until, counted, of, agreed, cost, reason, by }) = body?;
    let is_given = of.is_some() || agreed.is_some() || cost.is_some();
    let (from, until) = (moment("from", from.as_deref())?, moment("until", until.as_deref())?);
    let given = is_given.then_some(Observation { from, until, counted, of, agreed, cost });
    json(&api.farthing.observe_recommendation(&id, given.as_ref(), &reason, api.by(by.as_deref())?).await?)
}

/// What a recommendation would have done beside what was done
///
/// How far both agree, what each costs, and what cannot be told, of the time in which it ran in shadow.
#[utoipa::path(
    get, path = "/v1/recommendations/{id}/agreement", tag = "plans",
    params(("id" = String, Path, description = "Its id"), AsOf),
    responses(
        (status = 200, description = "What was found, and what was put on record", body = PlanInShadow),
        (status = 400, description = "It never ran in shadow, or a parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such plan is kept", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn agreement(
    State(api): State<Api>,
    Path(id): Path<String>,
    query: Result<Query<AsOf>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    json(&AsOf::of(query, &api)?.shadow_report(&id).await?)
}
