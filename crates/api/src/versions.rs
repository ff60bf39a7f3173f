//! Versions of documents as entity tags: what is read has its version in `ETag`, what is written may ask for it with `If-Match`.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use farthing_application::DocumentKind;
use serde_json::Value;

use crate::Problem;

/// The tag of a version, in quotes.
pub(crate) fn tag(kind: DocumentKind, version: u64) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("\"{}-v{version}\"", kind.name())).ok()
}

/// An answer with the tag of its version, where it has one.
pub(crate) fn tagged(kind: DocumentKind, version: Option<u64>, body: Json<Value>) -> Response {
    let mut response = body.into_response();
    if let Some(tag) = version.and_then(|version| tag(kind, version)) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// The version that the caller wants to change; `*` and no header are any.
pub(crate) fn expected(kind: DocumentKind, headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    if text == "*" {
        return Ok(None);
    }
    let kind = kind.name();
    let version = text.trim_matches('"').strip_prefix(kind).and_then(|rest| rest.strip_prefix("-v")?.parse().ok());
    version.map(Some).ok_or_else(|| {
        let detail = format!("If-Match: {text:?} is no tag of {kind}: give back the ETag that reading it answered with");
        Problem::new(StatusCode::BAD_REQUEST, detail)
    })
}
