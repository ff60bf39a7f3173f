//! How often somebody may ask: each caller has buckets of its own, so that one that asks without end takes nothing from the others. What is left
//! is said in every answer (draft-ietf-httpapi-ratelimit-headers-10). Buckets are this process's own.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use farthing_application::{Means, Principal};

use crate::Problem;
use crate::forwarded::Origin;
use crate::rate::{Rate, seconds};

/// How many requests somebody may send.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Of a person or a service in a minute.
    pub per_minute: u64,
    /// Of a person or a service in a day.
    pub per_day: u64,
    /// Of an address in a minute, where nobody is known by the request: logins, and tokens that are none.
    pub unknown_per_minute: u64,
    /// In a minute of whoever is at the machine, where nobody has to log in.
    pub local_per_minute: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { per_minute: 6_000, per_day: 1_000_000, unknown_per_minute: 1_200, local_per_minute: 1_200_000 }
    }
}

const MINUTE: u64 = 60;
const DAY: u64 = 24 * 60 * MINUTE;
/// The most callers that are remembered; who is forgotten has full buckets again.
const MOST_CALLERS: usize = 20_000;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STANDING: HeaderName = HeaderName::from_static("ratelimit");

/// Whose buckets a request is taken from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Caller {
    /// Whoever is at the machine, where nobody has to log in.
    Machine,
    /// A person who logged in.
    Person(String),
    /// Whoever has a token: each has its own.
    Token(String),
    /// Nobody who is known, from an address.
    Address(IpAddr),
}

impl Caller {
    pub fn of(principal: &Principal) -> Self {
        match &principal.means {
            Means::Machine => Self::Machine,
            Means::Session => Self::Person(principal.name.clone()),
            Means::Token(token) => Self::Token(token.clone()),
        }
    }

    /// Where a request comes from. Of IPv6 a network is one caller: whoever has one has all of its addresses.
    pub fn unknown(parts: &Parts) -> Self {
        let from = parts.extensions.get::<Origin>().and_then(|origin| origin.address);
        Self::Address(match from {
            Some(IpAddr::V6(address)) => IpAddr::V6((u128::from(address) >> 64 << 64).into()),
            Some(address) => address,
            None => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        })
    }
}

/// The buckets of all callers.
pub(crate) struct Callers {
    limits: Limits,
    began: Instant,
    /// When each bucket of a caller is full again.
    full_at: Mutex<HashMap<Caller, [u64; 2]>>,
}

/// What a caller has left of each of their rates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Standing(Vec<(Rate, u64, u64)>);

/// A caller who asked too often.
#[derive(Debug)]
pub(crate) struct TooOften {
    rate: Rate,
    wait_seconds: u64,
    standing: Standing,
}

impl Callers {
    pub fn new(limits: Limits) -> Self {
        Self { limits, began: Instant::now(), full_at: Mutex::default() }
    }

    fn rates(&self, caller: &Caller) -> Vec<Rate> {
        let Limits { per_minute, per_day, unknown_per_minute, local_per_minute } = self.limits;
        let minute = |requests| Rate { name: "minute", requests, seconds: MINUTE };
        match caller {
            Caller::Machine => vec![minute(local_per_minute)],
            Caller::Address(_) => vec![minute(unknown_per_minute)],
            Caller::Person(_) | Caller::Token(_) => {
                vec![minute(per_minute), Rate { name: "day", requests: per_day, seconds: DAY }]
            }
        }
    }

    /// Takes a request from each bucket of a caller, or from none.
    ///
    /// # Errors
    /// One is empty.
    pub fn take(&self, caller: Caller) -> Result<Standing, TooOften> {
        self.take_at(caller, u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }

    fn take_at(&self, caller: Caller, now: u64) -> Result<Standing, TooOften> {
        let rates = self.rates(&caller);
        // What is behind the lock is whole at any moment.
        let mut known = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_CALLERS && !known.contains_key(&caller) {
            known.retain(|_, full_at| full_at.iter().any(|full_at| *full_at > now));
            if known.len() >= MOST_CALLERS {
                known.clear();
            }
        }
        let full_at = known.entry(caller).or_insert([now; 2]);
        let standing = |full_at: &[u64; 2]| {
            Standing(
                rates
                    .iter()
                    .zip(full_at)
                    .map(|(rate, full_at)| (*rate, rate.left(*full_at, now), full_at.saturating_sub(now)))
                    .collect(),
            )
        };
        let mut taken = *full_at;
        for (rate, bucket) in rates.iter().zip(&mut taken) {
            match rate.take(*bucket, now) {
                Ok(next) => *bucket = next,
                Err(wait) => return Err(TooOften { rate: *rate, wait_seconds: seconds(wait), standing: standing(full_at) }),
            }
        }
        *full_at = taken;
        Ok(standing(full_at))
    }
}

impl Standing {
    /// Says in an answer what is left.
    pub fn said(&self, mut response: Response) -> Response {
        let list = |item: fn(&(Rate, u64, u64)) -> String| self.0.iter().map(item).collect::<Vec<_>>().join(", ");
        let policy = list(|(rate, ..)| format!("\"{}\";q={};w={}", rate.name, rate.requests, rate.seconds));
        let standing = list(|(rate, left, wait)| format!("\"{}\";r={left};t={}", rate.name, seconds(*wait)));
        for (name, value) in [(POLICY, policy), (STANDING, standing)] {
            // Names and numbers are visible letters.
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

impl IntoResponse for TooOften {
    fn into_response(self) -> Response {
        let Self { rate: Rate { name, requests, .. }, wait_seconds, standing } = self;
        let detail = format!(
            "{requests} requests a {name} are what is let through of whoever asks; nothing was done, ask again in {wait_seconds} s"
        );
        let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, detail);
        standing.said(([(header::RETRY_AFTER, HeaderValue::from(wait_seconds))], problem).into_response())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn callers() -> Callers {
        Callers::new(Limits { per_minute: 2, per_day: 3, unknown_per_minute: 1, local_per_minute: 100 })
    }

    fn token(name: &str) -> Caller {
        Caller::Token(name.to_owned())
    }

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn each_caller_has_buckets_of_their_own() {
        let callers = callers();
        for _ in 0..2 {
            callers.take_at(token("a"), 0).unwrap();
        }
        let refused = callers.take_at(token("a"), 0).unwrap_err();
        assert_eq!((refused.rate.name, refused.wait_seconds), ("minute", 30));
        callers.take_at(token("b"), 0).unwrap();
        callers.take_at(Caller::Person("a".to_owned()), 0).unwrap();
        callers.take_at(Caller::Machine, 0).unwrap();
    }

    #[test]
    fn what_one_bucket_refuses_is_taken_from_none() {
        let callers = callers();
        for at in [0, 0, 60 * SECOND] {
            callers.take_at(token("a"), at).unwrap();
        }
        let day = callers.take_at(token("a"), 60 * SECOND).unwrap_err();
        assert_eq!(day.rate.name, "day");
        assert_eq!(
            day.standing.0.iter().map(|(rate, left, _)| (rate.name, *left)).collect::<Vec<_>>(),
            [("minute", 1), ("day", 0)]
        );
    }

    #[test]
    fn what_is_left_is_said() {
        let said = callers().take_at(token("a"), 0).unwrap().said(Response::default());
        assert_eq!(said.headers()["ratelimit-policy"], "\"minute\";q=2;w=60, \"day\";q=3;w=86400");
        assert_eq!(said.headers()["ratelimit"], "\"minute\";r=1;t=30, \"day\";r=2;t=28800");
        let callers = callers();
        let from = Caller::Address([192, 0, 2, 1].into());
        callers.take_at(from.clone(), 0).unwrap();
        let refused = callers.take_at(from, 0).unwrap_err().into_response();
        assert_eq!(
            (refused.status(), &refused.headers()["retry-after"]),
            (StatusCode::TOO_MANY_REQUESTS, &HeaderValue::from(60))
        );
    }

    #[test]
    fn callers_without_end_are_forgotten() {
        let callers = callers();
        for number in 0..(2 * MOST_CALLERS) {
            callers.take_at(token(&number.to_string()), 0).unwrap();
        }
        assert!(callers.full_at.lock().unwrap().len() <= MOST_CALLERS);
    }
}
