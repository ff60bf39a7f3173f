//! Versions of documents as entity tags: what is read has its version in `ETag`, what is written may ask for it with `If-Match`, and has to
//! where the settings say so.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::Problem;
use crate::state::Api;

/// The routes that write a document, and so heed `If-Match`.
pub(crate) const WRITES: [(&str, &str); 6] = [
    ("PUT", "/v1/documents/{kind}"),
    ("PUT", "/v1/units"),
    ("POST", "/v1/units"),
    ("PATCH", "/v1/units/{unit}"),
    ("PUT", "/v1/budgets"),
    ("PUT", "/v1/rates"),
];

/// The tag of a version of a kind of document, in quotes.
pub(crate) fn tag(kind: &str, version: u64) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("\"{kind}-v{version}\"")).ok()
}

/// An answer with the tag of its version, where it has one.
pub(crate) fn tagged(kind: &str, version: Option<u64>, body: Json<Value>) -> Response {
    let mut response = body.into_response();
    if let Some(tag) = version.and_then(|version| tag(kind, version)) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

impl Api {
    /// The version that the caller wants to change; `*` and no header are any.
    pub fn expected(&self, kind: &str, headers: &HeaderMap) -> Result<Option<u64>, Problem> {
        match headers.get(header::IF_MATCH) {
            Some(sent) => read(kind, sent),
            None if self.require_if_match => {
                let detail = "If-Match: say which version is replaced: the ETag that reading it answered with, or * for any";
                Err(Problem::new(StatusCode::PRECONDITION_REQUIRED, detail))
            }
            None => Ok(None),
        }
    }
}

fn read(kind: &str, sent: &HeaderValue) -> Result<Option<u64>, Problem> {
    let text = sent.to_str().unwrap_or_default();
    if text == "*" {
        return Ok(None);
    }
    let version = text.trim_matches('"').strip_prefix(kind).and_then(|rest| rest.strip_prefix("-v")?.parse().ok());
    version.map(Some).ok_or_else(|| {
        let detail = format!("If-Match: {text:?} is no tag of {kind}: give back the ETag that reading it answered with");
        Problem::new(StatusCode::BAD_REQUEST, detail)
    })
}
