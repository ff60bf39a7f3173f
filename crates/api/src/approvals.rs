//! What becomes of a recommendation: a route a step, and where it stands.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use farthing_application::{Applied, PlanExport, PlanFile, RecommendationAction as Action, RecommendationStanding};
use farthing_types::{Amount, UnitId};
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::Problem;
use crate::auth::Acting;
use crate::state::Api;
use crate::status::{AsOf, json};

/// Who does it, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RecommendationStepRequest)]
pub(crate) struct Saying {
    /// Why; needed of all but an approval.
    #[serde(default)]
    reason: String,
    /// Who does it: for an approval somebody else than who made the plan.
    ///
    /// Whoever asks, where people log in: then it may be left out.
    by: Option<String>,
}

/// What is applied.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RecommendationPhaseRequest)]
pub(crate) struct Applying {
    /// The units of this phase; all that are left without any.
    #[serde(default)]
    units: Vec<String>,
    /// The form of the files: `terraform`, `keda`, `hpa`, `karpenter`, `app-autoscaling`, `cloudformation`, `pull-request`,
    /// `focus-recommendation` or `s3-lifecycle`. The one that is usual for the kind of plan without it.
    form: Option<String>,
    /// Why, for the record.
    #[serde(default)]
    reason: String,
    /// Who applies it.
    ///
    /// Whoever asks, where people log in: then it may be left out.
    by: Option<String>,
}

/// What it brought.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RecommendationVerificationRequest)]
pub(crate) struct Verifying {
    /// What was saved in a month, in the plan's currency. Without it bills say what the plan's units cost before and after.
    saved: Option<Amount>,
    /// What it rests on, for the record.
    #[serde(default)]
    reason: String,
    /// Who verified it: somebody else than who made the plan.
    ///
    /// Whoever asks, where people log in: then it may be left out.
    by: Option<String>,
}

/// Where a recommendation stands
///
/// What is still needed, who may approve it, whether it is stale, and what was done with it, in order.
#[utoipa::path(
    get, path = "/v1/recommendations/{id}/standing", tag = "plans",
    params(("id" = String, Path, description = "Its id"), AsOf),
    responses(
        (status = 200, description = "Where it stands, with its history", body = RecommendationStanding),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such plan is kept", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn standing(
    Acting(api): Acting,
    Path(id): Path<String>,
    query: Result<Query<AsOf>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    json(&AsOf::of(query, &api)?.recommendation_standing(&id).await?)
}

/// The form of the files.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct InForm {
    /// `terraform`, `keda`, `hpa`, `karpenter`, `app-autoscaling`, `cloudformation`, `pull-request`, `focus-recommendation` or
    /// `s3-lifecycle`.
    #[param(example = "terraform")]
    form: String,
}

/// A recommendation as files for those who would carry it out
///
/// Nothing is applied, and nothing is put on record.
#[utoipa::path(
    get, path = "/v1/recommendations/{id}/files", tag = "plans",
    params(("id" = String, Path, description = "Its id"), InForm),
    responses(
        (status = 200, description = "The files", body = [PlanFile]),
        (status = 400, description = "There is no such form, or it is not for plans of this kind", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such plan is kept", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn files(
    State(api): State<Api>,
    Path(id): Path<String>,
    query: Result<Query<InForm>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(InForm { form }) = query?;
    json(&api.farthing.kept_plan_files(&id, named(&form)?, api.farthing.now()).await?)
}

fn named(form: &str) -> Result<PlanExport, Problem> {
    let unknown = || Problem::new(StatusCode::BAD_REQUEST, format!("form: there is no form {form:?}; /openapi.json lists them"));
    PlanExport::named(form).ok_or_else(unknown)
}

/// A route for each step that is nothing but said.
macro_rules! said {
    ($($(#[$doc:meta])* $name:ident = $action:ident at $path:literal;)+) => {
        $(
            $(#[$doc])*
            #[utoipa::path(
                post, path = $path, tag = "plans", request_body = Saying,
                params(("id" = String, Path, description = "Its id")),
                responses(
                    (status = 200, description = "Where it stands now", body = RecommendationStanding),
                    (status = 400, description = "It is not the time for it, not this person's, or a reason is missing", body = Problem, content_type = "application/problem+json"),
                    (status = 404, description = "No such plan is kept", body = Problem, content_type = "application/problem+json"),
                    (status = 409, description = "Others were first, again and again", body = Problem, content_type = "application/problem+json"),
                    (status = 412, description = "It is stale or expired: plan again", body = Problem, content_type = "application/problem+json"),
                    (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
                    (status = 422, description = "The body is none of these", body = Problem, content_type = "application/problem+json")
                )
            )]
            pub(crate) async fn $name(
                Acting(api): Acting,
                Path(id): Path<String>,
                body: Result<Json<Saying>, JsonRejection>,
            ) -> Result<Json<Value>, Problem> {
                let Json(Saying { reason, by }) = body?;
                json(&api.farthing.decide_recommendation(&id, Action::$action, &reason, api.by(by.as_deref())?).await?)
            }
        )+
    };
}

said!(
    /// Comment on a recommendation
    ///
    /// Changes nothing but its history.
    comment = Comment at "/v1/recommendations/{id}/comments";
    /// Challenge a recommendation
    ///
    /// What was approved before counts no more, and it waits for an answer or an override.
    challenge = Challenge at "/v1/recommendations/{id}/challenge";
    /// Answer the challenge of a recommendation
    ///
    /// It can be approved again.
    answer = Answer at "/v1/recommendations/{id}/answer";
    /// Approve a recommendation
    ///
    /// As many different people as the approvals document asks for, none of whom made the plan. An approval is bound to the hash of the plan
    /// and of what it was made from.
    approve = Approve at "/v1/recommendations/{id}/approval";
    /// Approve a recommendation in spite of a challenge
    ///
    /// By somebody else than who challenged it, with a reason.
    overrule = Override at "/v1/recommendations/{id}/override";
    /// Reject a recommendation for good
    reject = Reject at "/v1/recommendations/{id}/rejection";
);

/// Apply a phase of a recommendation
///
/// Marks these units as applied and answers with the files for whoever carries it out; nothing else is changed. Asked again it answers with the
/// same files.
#[utoipa::path(
    post, path = "/v1/recommendations/{id}/application", tag = "plans", request_body = Applying,
    params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "The phase with its files", body = Applied),
        (status = 400, description = "It is not approved, no change window is open, or a value makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such plan is kept", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Others were first, again and again", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "It is stale or expired: plan again", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body is none of these", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn apply(
    Acting(api): Acting,
    Path(id): Path<String>,
    body: Result<Json<Applying>, JsonRejection>,
) -> Result<Json<Value>, Problem> {
    let Json(Applying { units, form, reason, by }) = body?;
    let wrong = |why: String| Problem::new(StatusCode::BAD_REQUEST, why);
    let units = units.iter().map(|unit| unit.parse::<UnitId>()).collect::<Result<BTreeSet<_>, _>>();
    let units = units.map_err(|error| wrong(format!("units: {error}")))?;
    let form = form.as_deref().map(named).transpose()?;
    json(&api.farthing.apply_recommendation(&id, &units, form, &reason, api.by(by.as_deref())?).await?)
}

/// Say what an applied recommendation brought
#[utoipa::path(
    post, path = "/v1/recommendations/{id}/verification", tag = "plans", request_body = Verifying,
    params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "Where it stands now; the last step has the figures", body = RecommendationStanding),
        (status = 400, description = "It is not applied to all units, or by who made the plan", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such plan is kept, or no bill says what it brought", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Others were first, again and again", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "It is stale or expired: plan again", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body is none of these", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn verify(
    Acting(api): Acting,
    Path(id): Path<String>,
    body: Result<Json<Verifying>, JsonRejection>,
) -> Result<Json<Value>, Problem> {
    let Json(Verifying { saved, reason, by }) = body?;
    json(&api.farthing.verify_recommendation(&id, saved, &reason, api.by(by.as_deref())?).await?)
}

/// Take back an applied recommendation
///
/// Answers with the files of the recommendation of the same kind that was applied before, where there is one.
#[utoipa::path(
    post, path = "/v1/recommendations/{id}/rollback", tag = "plans", request_body = Saying,
    params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "What was taken back, with the files of before", body = Applied),
        (status = 400, description = "Nothing was applied, or a reason is missing", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such plan is kept", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Others were first, again and again", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "It is stale or expired: plan again", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body is none of these", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn roll_back(
    Acting(api): Acting,
    Path(id): Path<String>,
    body: Result<Json<Saying>, JsonRejection>,
) -> Result<Json<Value>, Problem> {
    let Json(Saying { reason, by }) = body?;
    json(&api.farthing.roll_back_recommendation(&id, &reason, api.by(by.as_deref())?).await?)
}
