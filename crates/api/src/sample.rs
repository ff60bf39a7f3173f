use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderName, StatusCode, header};
use farthing_application::JobReport;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::Problem;
use crate::auth::Acting;
use crate::status::json;

/// How large a sample organisation is wanted
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SampleRequest)]
pub(crate) struct Wanted {
    /// About so many charges; 20,000 without it.
    #[schema(minimum = 1000, maximum = 10000000)]
    charges: Option<u64>,
}

/// Load a sample organisation: bills, usage, decisions, rules, people, a fleet and a plan for it
///
/// Only where there are no bills, since its figures would stand among them. A worker takes the run; `Location` is where to look how far it is.
/// A run that was cancelled or failed can be asked for again, and goes on where it was.
#[utoipa::path(
    post, path = "/v1/sample", tag = "jobs", request_body = Wanted,
    responses(
        (status = 202, description = "The run, which waits for a worker", body = JobReport, headers(("Location" = String, description = "Where the run is"))),
        (status = 400, description = "The size makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "There are bills, or it is being loaded; nothing was done", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "The same was asked for at the same moment", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is in another form", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body says something else", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn load(
    Acting(api): Acting,
    body: Result<Json<Wanted>, JsonRejection>,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<Value>), Problem> {
    let Json(Wanted { charges }) = body?;
    let run = api.farthing.ask_sample(charges).await?;
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, format!("/v1/jobs/{}", run.id))], json(&run)?))
}
