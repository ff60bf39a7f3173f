//! Work that takes its time. Whoever sends `Prefer: respond-async` (RFC 7240) need not wait for it: they get 202 and the address of a run,
//! which says how far it is, tells of it as it goes on, can be cancelled, and holds what the route would have answered.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;

use crate::Problem;
use crate::state::Api;
use crate::status::json;

const PREFER: HeaderName = HeaderName::from_static("prefer");
const APPLIED: HeaderName = HeaderName::from_static("preference-applied");
const ASYNC: &str = "respond-async";

/// The routes that heed it.
///
/// Reports over a window are none of them: they are answered from roll-ups within `query_seconds`, kept where they stand, and told apart by their
/// `ETag`. What has as many rows as there are facts is sent as it is found ([`charges`](crate::charges), [`sql`](crate::sql)).
pub(crate) const ROUTES: [(&str, &str); 11] = [
    ("POST", "/v1/plans/fleet"),
    ("POST", "/v1/plans/fleet/solve"),
    ("POST", "/v1/plans/{model}"),
    ("POST", "/v1/plans/{model}/solve"),
    ("POST", "/v1/plans/all"),
    ("POST", "/v1/simulations"),
    ("POST", "/v1/periods/{period}/closing"),
    ("GET", "/v1/lake/verification"),
    ("POST", "/v1/lake/compaction"),
    ("POST", "/v1/lake/retention"),
    ("POST", "/v1/lake/retention/people"),
];

/// The answer of whoever waited for it.
pub(crate) fn whole<T: Serialize>(answer: &T) -> Result<Response, Problem> {
    Ok(json(answer)?.into_response())
}

impl Api {
    /// Asks for the work as a run: the answer says where it is.
    pub async fn as_job(&self, kind: &str, with: Value) -> Result<Response, Problem> {
        let run = self.farthing.ask_work(kind, &with).await?;
        let address = format!("/v1/jobs/{}", run.id);
        let headers = [(header::LOCATION, address), (APPLIED, ASYNC.to_owned())];
        Ok((StatusCode::ACCEPTED, headers, json(&run)?).into_response())
    }
}

/// True where whoever asks will look for the answer later.
pub(crate) fn prefers_a_job(headers: &HeaderMap) -> bool {
    let sent = headers.get_all(PREFER).iter().filter_map(|value: &HeaderValue| value.to_str().ok());
    sent.flat_map(|value| value.split(',')).any(|one| {
        let preference = one.split(';').next().unwrap_or_default();
        preference.trim().eq_ignore_ascii_case(ASYNC)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preference_is_heard_among_others() {
        let sent = |text: &'static str| HeaderMap::from_iter([(PREFER, HeaderValue::from_static(text))]);
        assert!(prefers_a_job(&sent("respond-async")));
        assert!(prefers_a_job(&sent("wait=10, Respond-Async; x=1")));
        assert!(!prefers_a_job(&sent("return=minimal")) && !prefers_a_job(&HeaderMap::new()));
    }
}
