//! More than can be worked on at once is refused at once, so that what was taken is done, and whoever watches over the process is answered.

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::Problem;
use crate::state::Api;

/// Requests that are worked on at once; each may hold a part of a report in memory.
pub(crate) const MOST_AT_ONCE: usize = 256;
/// Asked by whoever watches over the process, and hardly any work.
pub(crate) const ALWAYS: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// Lets a request through where there is room for it.
pub(crate) async fn shed(State(api): State<Api>, request: Request, next: Next) -> Response {
    let always = request.extensions().get::<MatchedPath>().is_some_and(|path| ALWAYS.contains(&path.as_str()));
    let Ok(_room) = api.working.try_acquire() else {
        if always {
            return next.run(request).await;
        }
        let detail = format!("{MOST_AT_ONCE} requests are worked on at this moment; nothing was done, ask again in a second");
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail);
        return ([(header::RETRY_AFTER, HeaderValue::from_static("1"))], problem).into_response();
    };
    next.run(request).await
}
