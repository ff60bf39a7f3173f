//! What people publish, as they wrote it: rules, prices, people's rates and the others, by the name of their kind.

use axum::Json;
use axum::extract::rejection::{QueryRejection, StringRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use farthing_application::{DocumentKind, DocumentVersion, Published};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use crate::Problem;
use crate::auth::Acting;
use crate::state::Api;
use crate::status::{AsOf, json};
use crate::versions::{tag, tagged};

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Publishing {
    /// True to be told what is wrong with it or what it holds; nothing is published.
    #[serde(default)]
    dry_run: bool,
}

fn kind_of(name: &str) -> Result<DocumentKind, Problem> {
    DocumentKind::named(name).ok_or_else(|| {
        let kinds = DocumentKind::ALL.map(DocumentKind::name).join(", ");
        Problem::new(StatusCode::NOT_FOUND, format!("there are no documents of the kind {name:?}; the kinds are {kinds}"))
    })
}

/// How documents of a kind are written.
fn form_of(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Metrics => "text/csv",
        DocumentKind::Units => "application/json",
        _ => "application/toml",
    }
}

/// The documents in force
///
/// One entry for each kind of which there is one. Units that the rules list themselves have no document.
#[utoipa::path(
    get, path = "/v1/documents", tag = "facts", params(AsOf),
    responses(
        (status = 200, description = "Their versions", body = [DocumentVersion]),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn list(State(api): State<Api>, query: Result<Query<AsOf>, QueryRejection>) -> Result<Json<Value>, Problem> {
    json(&AsOf::of(query, &api)?.documents().await?)
}

/// The document of a kind that is in force, as it was written
///
/// Its version is in `ETag`.
#[utoipa::path(
    get, path = "/v1/documents/{kind}", tag = "facts",
    params(("kind" = String, Path, description = "The kind, such as `rules`"), AsOf),
    responses(
        (status = 200, description = "The text", content((String = "application/toml"), (String = "text/csv"), (Value = "application/json"))),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such kind, or none of it", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn one(
    State(api): State<Api>,
    Path(kind): Path<String>,
    query: Result<Query<AsOf>, QueryRejection>,
) -> Result<Response, Problem> {
    let (farthing, kind) = (AsOf::of(query, &api)?, kind_of(&kind)?);
    let document = farthing.document(kind).await?;
    let mut response = document.content.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(form_of(kind)));
    if let Some(tag) = tag(kind.name(), document.version) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

/// Publish a document in place of the one before
///
/// TOML; metrics are CSV. With `If-Match` only where the document is still that of the tag. Units have routes of their own.
#[utoipa::path(
    put, path = "/v1/documents/{kind}", tag = "facts",
    params(("kind" = String, Path, description = "The kind, such as `rules`"), Publishing),
    request_body(content((String = "application/toml"), (String = "text/csv"))),
    responses(
        (status = 200, description = "The version, what it holds, and what is odd about it", body = Published),
        (status = 400, description = "All that is wrong with it; nothing was published", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such kind", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Somebody else published at the same time", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "The document is not that of If-Match any more", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is in another form", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn replace(
    Acting(api): Acting,
    Path(kind): Path<String>,
    query: Result<Query<Publishing>, QueryRejection>,
    headers: HeaderMap,
    body: Result<String, StringRejection>,
) -> Result<Response, Problem> {
    let (Query(publishing), kind) = (query?, kind_of(&kind)?);
    if kind == DocumentKind::Units {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "units come in several forms: PUT /v1/units takes all of them"));
    }
    let form = form_of(kind);
    let sent = headers.get(header::CONTENT_TYPE).and_then(|sent| sent.to_str().ok()).unwrap_or(form);
    if !sent.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(form) {
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("{sent}: send it as {form}")));
    }
    let text = body.map_err(|rejection| Problem::new(rejection.status(), rejection.body_text()))?;
    let expected = api.expected(kind.name(), &headers)?;
    let published = api.farthing.replace_document(kind, &text, api.who(), expected, publishing.dry_run).await?;
    Ok(tagged(kind.name(), published.version, json(&published)?))
}
