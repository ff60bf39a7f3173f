use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use farthing_application::PeriodLine;
use serde_json::Value;

use crate::Problem;
use crate::state::Api;
use crate::status::{AsOf, json};

/// The billing periods of each source, and which of them are closed
#[utoipa::path(
    get, path = "/v1/periods", tag = "facts", params(AsOf),
    responses(
        (status = 200, description = "One entry a period and source", body = [PeriodLine]),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 500, description = "Something broke", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn periods(State(api): State<Api>, query: Result<Query<AsOf>, QueryRejection>) -> Result<Json<Value>, Problem> {
    json(&AsOf::of(query, &api)?.periods().await?)
}
