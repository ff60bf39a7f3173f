use axum::Json;
use axum::extract::State;
use farthing_application::ScheduleStatus;
use serde_json::Value;

use crate::Problem;
use crate::state::Api;
use crate::status::json;

/// The schedules: when each is next due, how fresh what it makes is, its last error
#[utoipa::path(
    get, path = "/v1/schedules", tag = "jobs",
    responses(
        (status = 200, description = "Each schedule by name", body = Vec<ScheduleStatus>)
    )
)]
pub(crate) async fn list(State(api): State<Api>) -> Result<Json<Value>, Problem> {
    json(&api.farthing.schedules().await?)
}
