use axum::Json;
use axum::extract::State;
use axum::extract::rejection::StringRejection;
use axum::http::{HeaderMap, StatusCode, header};
use farthing_application::{DocumentKind, Published, price_files};
use serde_json::Value;

use crate::Problem;
use crate::state::Api;
use crate::status::json;
use crate::units::BY;

/// A body that says that it is TOML, or does not say what it is.
fn toml_of(headers: &HeaderMap, body: Result<String, StringRejection>) -> Result<String, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("application/toml");
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/toml") {
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("{kind}: send it as application/toml")));
    }
    body.map_err(|rejection| Problem::new(rejection.status(), rejection.body_text()))
}

/// Publish prices of tokens in place of those before
#[utoipa::path(
    put, path = "/v1/prices", tag = "facts",
    request_body(content = String, content_type = "application/toml", description = "The price document"),
    responses(
        (status = 200, description = "The version", body = Published),
        (status = 400, description = "All that is wrong with it; nothing was published", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Somebody else published at the same time", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is in another form", body = Problem, content_type = "application/problem+json"),
        (status = 500, description = "Something broke", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn prices(
    State(api): State<Api>,
    headers: HeaderMap,
    body: Result<String, StringRejection>,
) -> Result<Json<Value>, Problem> {
    let files = price_files(&[("body".to_owned(), toml_of(&headers, body)?)], None)?;
    json(&api.farthing.publish_prices(&files, "body", BY).await?)
}

/// Publish what AI systems are made of, in place of what was published before
#[utoipa::path(
    put, path = "/v1/systems", tag = "facts",
    request_body(content = String, content_type = "application/toml", description = "The systems document"),
    responses(
        (status = 200, description = "The version", body = Published),
        (status = 400, description = "All that is wrong with it; nothing was published", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Somebody else published at the same time", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is in another form", body = Problem, content_type = "application/problem+json"),
        (status = 500, description = "Something broke", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn systems(
    State(api): State<Api>,
    headers: HeaderMap,
    body: Result<String, StringRejection>,
) -> Result<Json<Value>, Problem> {
    let text = toml_of(&headers, body)?;
    json(&api.farthing.publish_document(DocumentKind::Systems, &text, "body", BY).await?)
}
