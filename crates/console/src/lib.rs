//! The web console: the built single-page application of `web/`, embedded in the program and served in front of the API.
//!
//! **Architecture invariant:** the console knows the API only as its pages do, through `/v1`. Nothing here reads a report.

mod asset;

use axum::Router;
use axum::extract::Request;
use axum::http::{Method, header};
use axum::response::IntoResponse;
use tower::ServiceExt;

use asset::Asset;

/// Paths that are the API's, whoever asks.
const OF_THE_API: [&str; 4] = ["/openapi.json", "/healthz", "/readyz", "/metrics"];

/// The console in front of `api`, which keeps its own paths and every request that no browser makes for a page.
pub fn around(api: Router) -> Router {
    Router::new().fallback(move |request: Request| {
        let api = api.clone();
        async move {
            match page_or_file(&request) {
                Some(asset) => asset.answer(request.headers()),
                None => api.oneshot(request).await.into_response(),
            }
        }
    })
}

/// The file that is asked for, or for a page's address the application, which knows its pages itself.
fn page_or_file(request: &Request) -> Option<Asset> {
    let path = request.uri().path();
    let reading = [Method::GET, Method::HEAD].contains(request.method());
    if !reading || path.starts_with("/v1/") || path == "/v1" || OF_THE_API.contains(&path) {
        return None;
    }
    Asset::named(path.trim_start_matches('/')).or_else(|| wants_page(request).then(Asset::application).flatten())
}

/// A browser names HTML when it goes to a page; scripts, pictures and other clients do not, and get the API's problem document.
fn wants_page(request: &Request) -> bool {
    let accepted = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|forms| forms.contains("text/html")) || request.uri().path() == "/"
}

#[cfg(test)]
mod tests;
