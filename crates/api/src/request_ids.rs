//! An id for every request: its answer says it and the log has it, so that whoever reports a failure can quote it.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::{Instrument, info_span};

const ID: HeaderName = HeaderName::from_static("x-request-id");

/// What tells the requests of this process from those of others.
static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().build_hasher().finish());
static ASKED: AtomicU64 = AtomicU64::new(0);

fn next_id() -> String {
    format!("{:x}-{:x}", *PROCESS, ASKED.fetch_add(1, Ordering::Relaxed))
}

/// Gives the request an id, under which what is logged of it stands.
pub(crate) async fn identified(request: Request, next: Next) -> Response {
    let id = next_id();
    let mut response = next.run(request).instrument(info_span!("request", id)).await;
    // Hexadecimal digits and a hyphen are visible letters.
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(ID, id);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_requests_have_one_id() {
        let (one, other) = (next_id(), next_id());
        assert!(one != other && HeaderValue::from_str(&one).is_ok(), "{one} {other}");
    }
}
