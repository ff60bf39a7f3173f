//! Routes that will go: answered as before until their day, and said in every answer (RFC 9745 `Deprecation`, RFC 8594 `Sunset`) and in the
//! description. A route gets a row here a year before it goes; nothing else has to be done for it.

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
const SUNSET: HeaderName = HeaderName::from_static("sunset");

/// A route that will go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deprecation {
    method: &'static str,
    path: &'static str,
    /// Since which day it is not to be used any more.
    since: (i32, u32, u32),
    /// The first day on which it may be gone.
    until: (i32, u32, u32),
    /// What answers instead.
    successor: &'static str,
}

const DEPRECATED: &[Deprecation] = &[
    // It has the newest twenty and no more; those of every kind come in pages, and one by one with all that they say.
    Deprecation {
        method: "GET",
        path: "/v1/plans/fleet",
        since: (2026, 11, 23),
        until: (2027, 12, 1),
        successor: "/v1/recommendations?kind=fleet",
    },
];

impl Deprecation {
    /// That of a route, where it has one.
    pub fn of(method: &str, path: &str) -> Option<&'static Self> {
        DEPRECATED.iter().find(|deprecation| deprecation.method == method && deprecation.path == path)
    }

    /// What a route's description says, and that it will go.
    pub fn told(&self, description: Option<String>) -> String {
        let until = start(self.until).date_naive();
        let said = format!("Deprecated: it may be gone from {until} on. Use {} instead.", self.successor);
        description.into_iter().filter(|text| !text.is_empty()).chain([said]).collect::<Vec<_>>().join("\n\n")
    }

    fn headers(&self) -> [(HeaderName, String); 3] {
        [
            (DEPRECATION, format!("@{}", start(self.since).timestamp())),
            (SUNSET, start(self.until).format("%a, %d %b %Y %H:%M:%S GMT").to_string()),
            (header::LINK, format!("<{}>; rel=\"successor-version\"", self.successor)),
        ]
    }
}

/// The beginning of a day.
fn start((year, month, day): (i32, u32, u32)) -> DateTime<Utc> {
    let day = NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
    day.and_time(NaiveTime::MIN).and_utc()
}

/// Says in the answers of a route that it will go.
pub(crate) async fn said(request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>();
    let deprecation = path.and_then(|path| Deprecation::of(request.method().as_str(), path.as_str()));
    let mut response = next.run(request).await;
    for (name, value) in deprecation.into_iter().flat_map(Deprecation::headers) {
        // Days and addresses of ours are visible letters.
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use crate::access::ACCESS;

    use super::*;

    #[test]
    fn every_row_is_a_route_that_has_time_to_go() {
        for deprecation in DEPRECATED {
            let is_it = |method: &str, path: &str| ACCESS.iter().any(|access| access.method == method && access.path == path);
            assert!(is_it(deprecation.method, deprecation.path), "{deprecation:?}");
            let successor = deprecation.successor.split('?').next().unwrap();
            assert!(is_it(deprecation.method, successor), "{deprecation:?}");
            assert!(start(deprecation.until) - start(deprecation.since) >= chrono::TimeDelta::days(365), "{deprecation:?}");
        }
    }

    #[test]
    fn the_headers_are_as_their_standards_write_them() {
        let [deprecation, sunset, link] = Deprecation::of("GET", "/v1/plans/fleet").unwrap().headers().map(|(_, value)| value);
        assert_eq!((deprecation.as_str(), sunset.as_str()), ("@1795392000", "Wed, 01 Dec 2027 00:00:00 GMT"));
        assert_eq!(link, "</v1/recommendations?kind=fleet>; rel=\"successor-version\"");
    }
}
