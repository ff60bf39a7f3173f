//! `Idempotency-Key`: whoever is not sure that a request arrived sends it again under the same key, and gets the same answer.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use farthing_application::{Claim, KeptAnswer, KeyedRequest, Principal};

use crate::imports::UPLOADS;
use crate::state::Api;
use crate::{LARGEST_BODY, Problem, otlp};

/// The header of a request (IETF draft-ietf-httpapi-idempotency-key-header).
pub(crate) const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The header of an answer that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// The longest key; a UUID has 36 letters.
const LONGEST_KEY: usize = 255;

/// True of a route that heeds keys.
pub(crate) fn heeds(path: &str) -> bool {
    !is_secret(path) && !otlp::PATHS.contains(&path) && path != UPLOADS
}

/// True of a route whose answer or request holds a secret, of which nothing may be kept.
fn is_secret(path: &str) -> bool {
    ["/v1/session", "/v1/users", "/v1/tokens"].iter().any(|secret| path.starts_with(secret))
}

/// Lets a request through once for each key, and answers it again as it was answered.
pub(crate) async fn once(State(api): State<Api>, request: Request, next: Next) -> Response {
    let principal = request.extensions().get::<Principal>().map(|principal| principal.name.clone());
    let (Some(actor), true, Some(key)) = (principal, request.method() == Method::POST, request.headers().get(&KEY)) else {
        return next.run(request).await;
    };
    let key = plain(key);
    let path = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str).unwrap_or_default();
    if is_secret(path) {
        let detail = format!("idempotency-key: {path} is about secrets, of which nothing is kept; leave the key out");
        return Problem::new(StatusCode::BAD_REQUEST, detail).into_response();
    }
    if !heeds(path) {
        return next.run(request).await;
    }
    let key = match key {
        Ok(key) => key,
        Err(problem) => return problem.into_response(),
    };
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return Problem::new(StatusCode::PAYLOAD_TOO_LARGE, format!("the body has more than {LARGEST_BODY} bytes"))
            .into_response();
    };
    match api.farthing.claim_key(&actor, &key, &all_of(&parts, &body)).await {
        Ok((keyed, Claim::Ours)) => {
            // Whoever asked may have gone; what was begun is ended, and its answer kept for when they ask again.
            let work = tokio::spawn(answered(api, keyed, next.run(Request::from_parts(parts, Body::from(body)))));
            work.await.unwrap_or_else(|_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the request broke").into_response())
        }
        Ok((_, Claim::Answered(answer))) => again(answer),
        Ok((_, Claim::UnderWay)) => {
            let detail = "idempotency-key: the request is worked on at this moment; ask again in a second";
            let problem = Problem::new(StatusCode::CONFLICT, detail);
            ([(header::RETRY_AFTER, HeaderValue::from_static("1"))], problem).into_response()
        }
        Ok((_, Claim::OfAnother)) => {
            let detail =
                "idempotency-key: it was used with another request in the last 24 hours; each request has a key of its own";
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail).into_response()
        }
        Err(error) => Problem::from(error).into_response(),
    }
}

fn plain(key: &HeaderValue) -> Result<String, Problem> {
    let key = key.to_str().ok().map(str::trim).filter(|key| !key.is_empty() && key.len() <= LONGEST_KEY);
    let detail = || format!("idempotency-key: use 1 to {LONGEST_KEY} visible letters, such as those of a UUID");
    key.map(str::to_owned).ok_or_else(|| Problem::new(StatusCode::BAD_REQUEST, detail()))
}

/// Every part of a request that its answer may depend on, each with its length before it, so that no two are the same text.
fn all_of(parts: &Parts, body: &Bytes) -> Vec<u8> {
    let header = |name: HeaderName| parts.headers.get(name).map(|value| value.as_bytes()).unwrap_or_default();
    let parts = [
        parts.uri.path_and_query().map(|path| path.as_str().as_bytes()).unwrap_or_default(),
        header(header::CONTENT_TYPE),
        header(header::ACCEPT),
        header(header::IF_MATCH),
        body,
    ];
    parts.into_iter().flat_map(|part| [&(part.len() as u64).to_be_bytes()[..], part].concat()).collect()
}

/// Works on a request, and keeps its answer where it is one: what broke, met somebody else's work or was too much is asked anew.
async fn answered(api: Api, keyed: KeyedRequest, work: impl Future<Output = Response>) -> Response {
    let (parts, body) = work.await.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the answer broke off").into_response();
    };
    let is_final =
        !parts.status.is_server_error() && ![StatusCode::CONFLICT, StatusCode::TOO_MANY_REQUESTS].contains(&parts.status);
    // A file is no text, and only asked for: asking again makes it again.
    let kept = match std::str::from_utf8(&body) {
        Ok(text) if is_final => {
            let headers = parts.headers.iter().filter(|(name, _)| **name != header::CONTENT_LENGTH);
            let headers = headers.filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned()))).collect();
            let answer = KeptAnswer { status: parts.status.as_u16(), headers, body: text.to_owned() };
            api.farthing.keep_answer(&keyed, &answer).await
        }
        _ => api.farthing.give_key_back(&keyed).await,
    };
    if let Err(error) = kept {
        tracing::error!("the answer of a request could not be kept under its key: {error}");
    }
    Response::from_parts(parts, Body::from(body))
}

fn again(answer: KeptAnswer) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers {
        // What was a header is one again.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}
