//! The models beside the fleet, solved from the instance in the body.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use farthing_application::{Model, ModelInstance, ModelPlan, ProgramLimits};
use serde_json::Value;

use crate::Problem;
use crate::plans::{busy, default_limits};
use crate::state::Api;
use crate::status::json;

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
        (status = 500, description = "Something broke", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Another plan is being solved", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn solve_model(State(api): State<Api>, Path(model): Path<String>, body: Bytes) -> Result<Json<Value>, Problem> {
    let Some(model) = Model::named(&model) else {
        let why = format!("there is no model {model}; the models are commitments, contracts, storage, portfolio and routing");
        return Err(Problem::new(StatusCode::NOT_FOUND, why));
    };
    let _turn = api.solving.try_acquire().map_err(|_| busy())?;
    let text = String::from_utf8(body.into()).map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "the body is not UTF-8"))?;
    let limits = ProgramLimits { time_limit: default_limits()?.time_limit, gap: 0.0 };
    let name = "the instance";
    let work = move || ModelInstance::read(model, &text, name).and_then(|instance| instance.solve(&limits, name));
    let plan = tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    json(&plan?)
}
