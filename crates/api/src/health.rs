use axum::extract::State;
use axum::http::StatusCode;

use crate::Problem;
use crate::state::Api;

/// The process is alive
#[utoipa::path(get, path = "/healthz", tag = "operations", responses((status = 200, description = "Alive", body = String, content_type = "text/plain")))]
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// The process can serve requests
#[utoipa::path(
    get, path = "/readyz", tag = "operations",
    responses(
        (status = 200, description = "Database and facts are there", body = String, content_type = "text/plain"),
        (status = 503, description = "Something is missing", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn readyz(State(api): State<Api>) -> Result<&'static str, Problem> {
    let needed = ["database", "lake", "facts"];
    let broken: Vec<String> = api
        .farthing
        .doctor()
        .await
        .into_iter()
        .filter(|check| !check.ok && needed.contains(&check.what.as_str()))
        .map(|check| format!("{}: {}", check.what, check.found))
        .collect();
    if broken.is_empty() { Ok("ready\n") } else { Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, broken.join("; "))) }
}
