//! One HTTP client for every source: no redirects, no forbidden addresses, bounded answers.

use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Method, StatusCode, Url};

use super::endpoint::Allow;
use super::{CollectError, Endpoint, Failure};

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a request may take.
const REQUEST: Duration = Duration::from_secs(120);
/// The largest answer that is read.
const LARGEST_ANSWER: usize = 64 << 20;
/// The same where there is little to say.
const LARGEST_BRIEF_ANSWER: usize = 64 << 10;

/// A client for the addresses that an endpoint allows.
#[derive(Clone, Debug)]
pub struct Http {
    client: Client,
    largest_answer: usize,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, whole.
    pub body: Vec<u8>,
}

impl Http {
    /// A client for an endpoint.
    ///
    /// # Errors
    /// When the system's certificates cannot be read.
    pub fn of(endpoint: &Endpoint) -> Result<Self, CollectError> {
        Self::with(endpoint.allow, REQUEST)
    }

    /// A client for an endpoint that has no more than `time` to answer, and little to say.
    ///
    /// # Errors
    /// When the system's certificates cannot be read.
    pub fn brief(endpoint: &Endpoint, time: Duration) -> Result<Self, CollectError> {
        Ok(Self { largest_answer: LARGEST_BRIEF_ANSWER, ..Self::with(endpoint.allow, time)? })
    }

    /// A client for the addresses from which machines get their credentials, which nobody's settings name.
    ///
    /// # Errors
    /// When the system's certificates cannot be read.
    pub(crate) fn for_credentials() -> Result<Self, CollectError> {
        Self::with(Allow { loopback: true, link_local: true, private: true }, REQUEST)
    }

    fn with(allow: Allow, request: Duration) -> Result<Self, CollectError> {
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT)
            .timeout(request)
            .user_agent(concat!("farthing/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Arc::new(Guarded(allow)))
            .build();
        let client = client.map_err(|error| CollectError::Config(format!("no HTTP client can be made: {error}")))?;
        Ok(Self { client, largest_answer: LARGEST_ANSWER })
    }

    /// Sends a request and reads its answer, whatever its status.
    ///
    /// # Errors
    /// What the network says, as text, with true where the answer was too slow.
    pub async fn send(&self, method: Method, url: Url, headers: HeaderMap, body: Vec<u8>) -> Result<Answer, (String, bool)> {
        let said = |error: reqwest::Error| (described(&error), error.is_timeout());
        let mut answer = self.client.request(method, url).headers(headers).body(body).send().await.map_err(said)?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(said)? {
            if body.len() + piece.len() > self.largest_answer {
                return Err((format!("the answer is larger than {} bytes", self.largest_answer), false));
            }
            body.extend_from_slice(&piece);
        }
        Ok(Answer { status, headers, body })
    }

    /// Tells an endpoint something, whatever it answers. What headers hold is not shown.
    ///
    /// # Errors
    /// As [`send`](Self::send), and where a header holds what none may.
    pub async fn post(
        &self,
        endpoint: &Endpoint,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
    ) -> Result<Answer, (String, bool)> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let value = HeaderValue::from_str(value);
            let mut value =
                value.map_err(|_| (format!("the value of the header {name} has letters that no header may"), false))?;
            value.set_sensitive(true);
            map.insert(HeaderName::from_static(name), value);
        }
        self.send(Method::POST, endpoint.url(), map, body).await
    }

    /// Asks an endpoint for JSON, whatever it answers.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn get(&self, endpoint: &Endpoint) -> Result<Answer, (String, bool)> {
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]);
        self.send(Method::GET, endpoint.url(), headers, Vec::new()).await
    }

    /// Sends one attempt of a call whose answer is JSON, and tells a failure that may pass from one that will not.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn json(
        &self,
        call: &'static str,
        method: Method,
        url: Url,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Result<Vec<u8>, Failure> {
        let answer = self.send(method, url, headers, body).await;
        let answer = answer.map_err(|(said, _)| Failure::Again { said, after: None })?;
        match answer.failure(call) {
            Some(failure) => Err(failure),
            // Half a document is a connection that broke off behind a proxy's back.
            None => match serde_json::from_slice::<serde::de::IgnoredAny>(&answer.body) {
                Ok(_) => Ok(answer.body),
                Err(error) => Err(Failure::Again { said: format!("its answer is no whole JSON: {error}"), after: None }),
            },
        }
    }
}

impl Answer {
    /// How long the service asks to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        let text = self.headers.get(RETRY_AFTER)?.to_str().ok()?;
        text.trim().parse().ok().map(Duration::from_secs)
    }

    /// What an answer that is no success means.
    pub fn failure(&self, call: &'static str) -> Option<Failure> {
        if self.status.is_success() {
            return None;
        }
        let text = String::from_utf8_lossy(&self.body);
        let text: String = text.chars().filter(|c| !c.is_control()).take(300).collect();
        let said = format!("{}: {text}", self.status.as_u16());
        Some(match self.status.as_u16() {
            401 | 403 => CollectError::Denied { call, said }.into(),
            408 | 425 | 429 | 500.. => Failure::Again { said, after: self.retry_after() },
            300..=399 => CollectError::Refused { call, said: format!("{said} a redirect, which is not followed") }.into(),
            _ => CollectError::Refused { call, said }.into(),
        })
    }
}

/// The error with its causes, without the address, which may hold what is nobody's business.
fn described(error: &reqwest::Error) -> String {
    let mut said = match (error.is_timeout(), error.is_connect()) {
        (true, _) => "it took too long".to_owned(),
        (_, true) => "no connection".to_owned(),
        _ => "the connection broke off".to_owned(),
    };
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        let text = next.to_string();
        if !said.contains(&text) {
            said = format!("{said}: {text}");
        }
        cause = next.source();
    }
    said
}

/// Names are looked up here, so that what is connected to is what was looked at: a name that leads elsewhere the second time gains
/// nothing.
#[derive(Debug)]
struct Guarded(Allow);

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let allow = self.0;
        Box::pin(async move {
            let found = allow.addresses(name.as_str(), 0).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
