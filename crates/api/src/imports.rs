//! Files that are sent to be imported.

use axum::Json;
use axum::body::Body;
use axum::extract::Query;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use farthing_application::{AskedImport, JobReport, LARGEST_UPLOAD, Uploaded};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use crate::Problem;
use crate::auth::Acting;
use crate::status::json;

/// The route that takes files, whose bodies are larger than others.
pub(crate) const UPLOADS: &str = "/v1/uploads";

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Named {
    /// The name of the file, as findings call it.
    #[param(example = "bill-2026-05.csv.gz")]
    name: String,
}

/// Send a file that is to be imported
///
/// The body is the file as it is, up to a gigabyte: text, gzip, Zstandard or Parquet. It lies in the home for a day, or until it is imported;
/// nothing of it is in any figure before.
#[utoipa::path(
    post, path = "/v1/uploads", tag = "facts", params(Named),
    request_body(content_type = "application/octet-stream", content = Vec<u8>),
    responses(
        (status = 201, description = "The file, by the id that an import names it by", body = Uploaded),
        (status = 400, description = "The name is none, or the file is empty, too large or broke off; nothing was kept", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The file is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is in another form", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn upload(
    Acting(api): Acting,
    query: Result<Query<Named>, QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let Query(Named { name }) = query?;
    let number = |name| headers.get(name)?.to_str().ok()?.parse::<u64>().ok();
    if number(header::CONTENT_LENGTH).is_some_and(|bytes| bytes > LARGEST_UPLOAD) {
        let detail = format!("{name}: it is larger than {} MiB; put it on the server or into a bucket", LARGEST_UPLOAD >> 20);
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
    }
    let sent = headers.get(header::CONTENT_TYPE).and_then(|sent| sent.to_str().ok()).unwrap_or_default();
    if sent != "application/octet-stream" {
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send the file as application/octet-stream"));
    }
    Ok((StatusCode::CREATED, json(&api.farthing.receive_upload(&name, body.into_data_stream()).await?)?))
}

/// Import files that were sent, or be told what that would bring
///
/// A worker does it; `Location` is where to look how far it is. Where it was a check, the run's result says by file and billing period what was
/// found, and nothing is imported. Files on the server and in buckets are imported by `POST /v1/jobs`.
#[utoipa::path(
    post, path = "/v1/imports", tag = "facts", request_body = AskedImport,
    responses(
        (status = 202, description = "The run, which waits for a worker", body = JobReport, headers(("Location" = String, description = "Where the run is"))),
        (status = 400, description = "The request makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such file any more", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "The same was asked for at the same moment", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is in another form", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body lacks something", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn import(
    Acting(api): Acting,
    body: Result<Json<AskedImport>, JsonRejection>,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<Value>), Problem> {
    let Json(asked) = body?;
    let run = api.farthing.ask_import(&asked).await?;
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, format!("/v1/jobs/{}", run.id))], json(&run)?))
}
