use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use farthing_application::{ArmsBy, Cluster, Experiment, ExperimentQuery, ShadowQuery, ShadowReport};
use farthing_types::WorkflowId;
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use crate::Problem;
use crate::chargeback::cost_of;
use crate::parameters::id_of;
use crate::state::Api;
use crate::status::json;

fn wrong(name: &str, why: impl std::fmt::Display) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, format!("{name}: {why}"))
}

fn workflow_of(text: &str) -> Result<WorkflowId, Problem> {
    id_of("workflow", Some(text))?.ok_or_else(|| wrong("workflow", "which one?"))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Comparing {
    /// The workflow.
    workflow: String,
    /// Whole months, as `2026-04-01/2026-06-01`; the last month with charges without it.
    window: Option<String>,
    /// `billed`, `effective` (the default), `contracted` or `list`.
    cost: Option<String>,
    /// What arms are told apart by: `model` (the default), `version`, `actor` or `tag:NAME`.
    by: Option<String>,
    /// The first arm's value; where there are just two, neither need be named.
    first: Option<String>,
    /// The second arm's value.
    second: Option<String>,
    /// What is independent of each other: `decision` (the default) or `day`.
    cluster: Option<String>,
    /// How many of these are planned: chosen before the experiment.
    #[param(minimum = 1)]
    planned: Option<u64>,
    /// As it was at this moment, RFC 3339; as it is now without it.
    #[param(format = DateTime, example = "2026-06-03T04:00:00Z")]
    as_of: Option<String>,
}

/// Two arms of a workflow side by side
///
/// The difference in cost per decision and in error rate, each with an interval that holds at every look, and whether it is shown.
#[utoipa::path(
    get, path = "/v1/experiments/comparison", tag = "reports", params(Comparing),
    responses(
        (status = 200, description = "The comparison", body = Experiment),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such arm, no charges, or no people file", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn comparison(
    State(api): State<Api>,
    query: Result<Query<Comparing>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(parameters) = query?;
    let by = parameters.by.as_deref().map_or(Ok(ArmsBy::Model), str::parse).map_err(|error| wrong("by", error))?;
    let cluster = parameters.cluster.as_deref().map_or(Ok(Cluster::Decision), str::parse);
    let arms = match (parameters.first, parameters.second) {
        (Some(first), Some(second)) => Some([first, second]),
        (None, None) => None,
        _ => return Err(wrong("first, second", "name both arms, or neither")),
    };
    let query = ExperimentQuery {
        workflow: workflow_of(&parameters.workflow)?,
        window: parameters.window.as_deref().map(str::parse).transpose()?,
        cost: cost_of(parameters.cost.as_deref())?,
        by,
        arms,
        cluster: cluster.map_err(|error| wrong("cluster", error))?,
        planned: parameters.planned.filter(|planned| *planned > 0),
    };
    json(&api.as_of(parameters.as_of.as_deref())?.experiment(&query).await?)
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Shadowing {
    /// The workflow.
    workflow: String,
    /// Days, as `2026-05-01/2026-06-01`.
    window: String,
    /// How many pairs are planned: chosen before.
    #[param(minimum = 1)]
    planned: Option<u64>,
    /// As it was at this moment, RFC 3339; as it is now without it.
    #[param(format = DateTime, example = "2026-06-03T04:00:00Z")]
    as_of: Option<String>,
}

/// Models in shadow beside what took effect
///
/// How often each agrees, with an interval that holds at every look, and where it differs.
#[utoipa::path(
    get, path = "/v1/experiments/shadow", tag = "reports", params(Shadowing),
    responses(
        (status = 200, description = "One entry a model and version in shadow", body = [ShadowReport]),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "Nothing ran in shadow", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn shadow(
    State(api): State<Api>,
    query: Result<Query<Shadowing>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(parameters) = query?;
    let (workflow, window) = (workflow_of(&parameters.workflow)?, parameters.window.parse()?);
    let query = ShadowQuery { workflow, window, planned: parameters.planned.filter(|planned| *planned > 0) };
    json(&api.as_of(parameters.as_of.as_deref())?.shadows(&query).await?)
}
