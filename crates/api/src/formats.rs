//! What can be read, and how files are written that say so.

use axum::Json;
use axum::extract::Path;
use axum::extract::rejection::StringRejection;
use axum::http::{HeaderName, StatusCode, header};
use farthing_application::{FormatLine, bill_format_text, bill_formats, check_mapping, mapping_schema, rule_file_schema};
use serde_json::Value;

use crate::Problem;
use crate::status::json;

/// The formats of bills that can be read
#[utoipa::path(
    get, path = "/v1/formats", tag = "facts",
    responses((status = 200, description = "One entry a format", body = [FormatLine]))
)]
pub(crate) async fn list() -> Result<Json<Value>, Problem> {
    json(&bill_formats())
}

/// Say what a mapping of one's own would read
///
/// Nothing is kept: `farthing ingest billing --mapping` takes the file.
#[utoipa::path(
    post, path = "/v1/formats", tag = "facts", request_body(content((String = "application/toml"), (String = "text/plain"))),
    responses(
        (status = 200, description = "What it reads and fills", body = FormatLine),
        (status = 400, description = "All that is wrong with it", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no text", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn check(body: Result<String, StringRejection>) -> Result<Json<Value>, Problem> {
    let text = body.map_err(|rejection| Problem::new(rejection.status(), rejection.body_text()))?;
    json(&check_mapping("mapping", &text)?)
}

/// The mapping that a format is read with
///
/// A changed copy is what `farthing ingest billing --mapping` takes.
#[utoipa::path(
    get, path = "/v1/formats/{name}", tag = "facts",
    params(("name" = String, Path, description = "The format's name")),
    responses(
        (status = 200, description = "The mapping", content_type = "application/toml", body = String),
        (status = 400, description = "There is none of this name, or it needs none", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn one(Path(name): Path<String>) -> Result<([(HeaderName, &'static str); 1], &'static str), Problem> {
    Ok(([(header::CONTENT_TYPE, "application/toml")], bill_format_text(&name)?))
}

/// The JSON Schema of a kind of file that people write
///
/// For editors that check while one types.
#[utoipa::path(
    get, path = "/v1/schemas/{name}", tag = "facts",
    params(("name" = String, Path, description = "`rules`, or `mapping` for a format of bills")),
    responses(
        (status = 200, description = "The schema", body = Value, content_type = "application/schema+json"),
        (status = 404, description = "There is no such schema", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn schema(Path(name): Path<String>) -> Result<([(HeaderName, &'static str); 1], String), Problem> {
    let schema = match name.as_str() {
        "rules" => rule_file_schema(),
        "mapping" => mapping_schema(),
        _ => {
            return Err(Problem::new(
                StatusCode::NOT_FOUND,
                format!("there is no schema {name:?}; the schemas are rules and mapping"),
            ));
        }
    };
    Ok(([(header::CONTENT_TYPE, "application/schema+json")], format!("{schema:#}\n")))
}
