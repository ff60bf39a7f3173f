use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Query, State};
use farthing_application::{RuleCoverage, RulesPreview, StartingRules};
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::Problem;
use crate::chargeback::{cost_of, selection_of};
use crate::state::Api;
use crate::status::json;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Parameters {
    /// The billing period, as `2026-05`. This or `window`.
    #[param(pattern = r"^\d{4}-\d{2}$", example = "2026-05")]
    period: Option<String>,
    /// Days, as `2026-05-01/2026-06-01`.
    window: Option<String>,
    /// `billed`, `effective` (the default), `contracted` or `list`.
    cost: Option<String>,
    /// As it was at this moment, RFC 3339; as it is now without it.
    #[param(format = DateTime, example = "2026-06-03T04:00:00Z")]
    as_of: Option<String>,
}

/// What share of a bill is attributed by which rule, and why the rest is not
///
/// One entry a currency: `Σ rules + Σ unattributed = billed_total`.
#[utoipa::path(
    get, path = "/v1/rules/coverage", tag = "reports", params(Parameters),
    responses(
        (status = 200, description = "The coverage, by currency", body = [RuleCoverage]),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such charges", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn coverage(
    State(api): State<Api>,
    query: Result<Query<Parameters>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(parameters) = query?;
    let selection = selection_of(parameters.period.as_deref(), parameters.window.as_deref())?;
    let cost = cost_of(parameters.cost.as_deref())?;
    json(&api.as_of(parameters.as_of.as_deref())?.rule_coverage(selection, cost).await?)
}

/// A draft of the rules.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Draft {
    /// The rule file, TOML.
    rules: String,
    /// The billing period whose charges it is tried on.
    #[schema(pattern = r"^\d{4}-\d{2}$", example = "2026-05")]
    period: String,
}

/// The money that a draft of the rules would move
///
/// Beside the published rules, on the charges of a period; nothing is published.
#[utoipa::path(
    post, path = "/v1/rules/preview", tag = "reports", request_body = Draft,
    responses(
        (status = 200, description = "What each rule would move, and every unit whose amounts would change", body = RulesPreview),
        (status = 400, description = "The draft or a value makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such charges", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body is none of these", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn preview(State(api): State<Api>, body: Result<Json<Draft>, JsonRejection>) -> Result<Json<Value>, Problem> {
    let Json(draft) = body?;
    let period = draft.period.parse()?;
    json(&api.farthing.preview_rules(&draft.rules, "draft", period).await?)
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Month {
    /// The billing period whose bill the rules are made from.
    #[param(pattern = r"^\d{4}-\d{2}$", example = "2026-05")]
    period: String,
}

/// Rules to begin with: rule files made from the accounts, tags and providers of a bill, with the money that each unit would take
///
/// Nothing is published.
#[utoipa::path(
    get, path = "/v1/rules/start", tag = "reports", params(Month),
    responses(
        (status = 200, description = "The ways to tell the charges apart, the one that attributes most first", body = StartingRules),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such charges", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn start(State(api): State<Api>, query: Result<Query<Month>, QueryRejection>) -> Result<Json<Value>, Problem> {
    let Query(Month { period }) = query?;
    json(&api.farthing.starting_rules(period.parse()?).await?)
}
