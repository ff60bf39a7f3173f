//! Entity tags of reports: whoever has an answer asks whether it still stands, which costs no computing.
//!
//! A tag names what the answer rests on and not its bytes: how far the catalogue had grown, the day, what was asked and what whoever asks
//! may see. It is weak, as two answers of one state differ in the moment that they name. Tags are this process's own: what it was
//! started with shapes answers too.
//!
//! What stands is remembered by its tag, so that whoever asks without one costs no computing either; `Cache-Control: no-cache` has it
//! computed all the same.

use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use farthing_application::{Digest, Principal};

use crate::Problem;
use crate::answers::LARGEST;
use crate::state::Api;

/// Reports that rest on revisions, documents and what became of periods, and on nothing else.
pub(crate) const REPORTS: [&str; 8] = [
    "/v1/chargeback",
    "/v1/chargeback/explanation",
    "/v1/statements/{unit}",
    "/v1/journal",
    "/v1/accruals",
    "/v1/variance",
    "/v1/rules/coverage",
    "/v1/budgets",
];

/// Answers that nothing has changed where nothing has, and tags what is answered otherwise.
pub(crate) async fn unchanged(State(api): State<Api>, request: Request, next: Next) -> Response {
    let is_report = request.extensions().get::<MatchedPath>().is_some_and(|path| REPORTS.contains(&path.as_str()));
    if !is_report || request.method() != Method::GET {
        return next.run(request).await;
    }
    // A database that does not answer is the report's to tell.
    let Some(mark) = api.catalogue_mark().await else { return next.run(request).await };
    let tag = tag(&api, mark, &request);
    if is_known(request.headers(), &tag) {
        return tagged(StatusCode::NOT_MODIFIED.into_response(), &tag);
    }
    if !wants_it_computed(request.headers())
        && let Some(remembered) = api.answers.of(&tag)
    {
        return remembered;
    }
    let response = next.run(request).await;
    // What was published meanwhile may be in the answer or not.
    let stands = response.status() == StatusCode::OK && api.catalogue_mark().await == Some(mark);
    if stands { remembered(&api, mark, &tag, tagged(response, &tag)).await } else { response }
}

/// The same answer, which is remembered where it is whole and not too large.
async fn remembered(api: &Api, mark: u64, tag: &HeaderValue, response: Response) -> Response {
    let is_small = response.body().size_hint().upper().is_some_and(|bytes| bytes <= LARGEST as u64);
    if !is_small {
        return response;
    }
    let (parts, body) = response.into_parts();
    match to_bytes(body, LARGEST).await {
        Ok(body) => {
            api.answers.remember(mark, tag, &parts.headers, &body);
            Response::from_parts(parts, Body::from(body))
        }
        Err(error) => {
            let detail = format!("the answer broke off: {error}");
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail).into_response()
        }
    }
}

/// True where whoever asks will have nothing that was computed before (RFC 9111, section 5.2.1.4).
fn wants_it_computed(headers: &HeaderMap) -> bool {
    let sent = headers.get_all(header::CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    sent.flat_map(|value| value.split(','))
        .any(|one| ["no-cache", "no-store"].contains(&one.trim().to_ascii_lowercase().as_str()))
}

fn tag(api: &Api, mark: u64, request: &Request) -> HeaderValue {
    let accept = request.headers().get(header::ACCEPT);
    let grant = request.extensions().get::<Principal>().map(|principal| format!("{:?}", principal.grant));
    let rests_on = format!(
        "{} {mark} {} {grant:?} {:?} {accept:?}",
        api.started_at,
        api.farthing.now().date_naive(),
        request.uri().path_and_query(),
    );
    let digest = Digest::of(rests_on.as_bytes()).to_string();
    HeaderValue::from_str(&format!("W/\"{}\"", &digest[..32])).expect("a tag is quoted hexadecimal")
}

/// True where one of the tags of `If-None-Match` is this one (RFC 9110, section 13.1.2).
fn is_known(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let sent = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let tag = tag.to_str().map(opaque).unwrap_or_default();
    sent.flat_map(|value| value.split(',')).any(|one| opaque(one) == tag)
}

/// Browsers keep it and ask before they show it again.
fn tagged(mut response: Response, tag: &HeaderValue) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::ETAG, tag.clone());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.append(header::VARY, HeaderValue::from_static("accept, authorization, cookie"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_known_among_others_whether_weak_or_not() {
        let tag = HeaderValue::from_static("W/\"abc\"");
        let sent = |text: &'static str| HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_static(text))]);
        assert!(is_known(&sent("\"x\", W/\"abc\""), &tag));
        assert!(is_known(&sent("\"abc\""), &tag));
        assert!(!is_known(&sent("\"abcd\""), &tag));
        assert!(!is_known(&HeaderMap::new(), &tag));
    }
}
