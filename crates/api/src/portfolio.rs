use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use farthing_application::{Portfolio, PortfolioQuery, PortfolioReviewReport, PortfolioVerdict};
use farthing_types::ModelId;
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::Problem;
use crate::auth::Acting;
use crate::parameters::{id_of, period_of};
use crate::state::Api;
use crate::status::json;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Parameters {
    /// The month, as `2026-05`; the last one with charges without it.
    #[param(pattern = r"^\d{4}-\d{2}$", example = "2026-05")]
    period: Option<String>,
    /// As it was at this moment, RFC 3339; as it is now without it.
    #[param(format = DateTime, example = "2026-06-03T04:00:00Z")]
    as_of: Option<String>,
}

/// The portfolio of models: a scorecard each
#[utoipa::path(
    get, path = "/v1/portfolio", tag = "reports", params(Parameters),
    responses(
        (status = 200, description = "The scorecards, with the evidence they rest on", body = Portfolio),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No charges then, or no people file", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn portfolio(
    State(api): State<Api>,
    query: Result<Query<Parameters>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(parameters) = query?;
    let period = period_of(parameters.period.as_deref())?;
    json(&api.as_of(parameters.as_of.as_deref())?.portfolio(&PortfolioQuery { period }).await?)
}

/// The reviews of the portfolio, the newest quarter first
#[utoipa::path(
    get, path = "/v1/portfolio/reviews", tag = "reports",
    responses(
        (status = 200, description = "The reviews, without their scorecards", body = [PortfolioReviewReport])
    )
)]
pub(crate) async fn reviews(State(api): State<Api>) -> Result<Json<Value>, Problem> {
    json(&api.farthing.portfolio_reviews().await?)
}

/// A review of the portfolio
///
/// With its scorecards as they were, and whether they come out the same, byte for byte, when they are taken again as of then.
#[utoipa::path(
    get, path = "/v1/portfolio/reviews/{quarter}", tag = "reports",
    params(("quarter" = String, Path, pattern = r"^\d{4}-Q[1-4]$", example = "2026-Q2")),
    responses(
        (status = 200, description = "The review", body = PortfolioReviewReport),
        (status = 400, description = "That is no quarter", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "It has no review", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn review(State(api): State<Api>, Path(quarter): Path<String>) -> Result<Json<Value>, Problem> {
    json(&api.farthing.portfolio_review(&quarter, true).await?)
}

/// Who opens a review.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpeningReview {
    /// Who.
    ///
    /// Whoever asks, where people log in: then it may be left out.
    by: Option<String>,
}

/// Open the review of a quarter
///
/// Its scorecards are taken now and kept as they are.
#[utoipa::path(
    post, path = "/v1/portfolio/reviews/{quarter}", tag = "reports", request_body = OpeningReview,
    params(("quarter" = String, Path, pattern = r"^\d{4}-Q[1-4]$", example = "2026-Q2")),
    responses(
        (status = 200, description = "The review", body = PortfolioReviewReport),
        (status = 400, description = "That is no quarter, or it has a review", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No charges then, or no people file", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Somebody else opened it at the same moment", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body is none of these", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn open(
    Acting(api): Acting,
    Path(quarter): Path<String>,
    body: Result<Json<OpeningReview>, JsonRejection>,
) -> Result<Json<Value>, Problem> {
    let Json(body) = body?;
    json(&api.farthing.open_review(&quarter, api.by(body.by.as_deref())?).await?)
}

/// What is decided of a model.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModelDecision {
    /// The model.
    model: String,
    /// `keep`, `retrain`, `repurpose` or `retire`.
    decision: String,
    /// Why.
    reason: String,
    /// Who decides.
    ///
    /// Whoever asks, where people log in: then it may be left out.
    by: Option<String>,
}

/// Record what is decided of a model
///
/// What was decided before stays on record; the last decision holds.
#[utoipa::path(
    post, path = "/v1/portfolio/reviews/{quarter}/decisions", tag = "reports", request_body = ModelDecision,
    params(("quarter" = String, Path, pattern = r"^\d{4}-Q[1-4]$", example = "2026-Q2")),
    responses(
        (status = 200, description = "The review, without its scorecards", body = PortfolioReviewReport),
        (status = 400, description = "That is no quarter, no such decision, or no reason is given", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "It has no review, or the model is not in it", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Somebody else decided at the same moment", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body is none of these", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn decide(
    Acting(api): Acting,
    Path(quarter): Path<String>,
    body: Result<Json<ModelDecision>, JsonRejection>,
) -> Result<Json<Value>, Problem> {
    let Json(body) = body?;
    let model: Option<ModelId> = id_of("model", Some(&body.model))?;
    let wrong = |why: String| Problem::new(StatusCode::BAD_REQUEST, why);
    let model = model.ok_or_else(|| wrong("model: which one?".to_owned()))?;
    let decision: PortfolioVerdict = body.decision.parse().map_err(|error| wrong(format!("decision: {error}")))?;
    json(&api.farthing.record_decision(&quarter, &model, decision, &body.reason, api.by(body.by.as_deref())?).await?)
}
