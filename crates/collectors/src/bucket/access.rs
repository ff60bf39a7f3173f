//! How an object store is reached.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::{ClientOptions, RetryConfig};

use super::{BucketAddress, BucketError};

/// How long one request may take; an object is read in pieces, each a request.
const REQUEST: Duration = Duration::from_secs(120);
/// How long a request is repeated that the store refuses for the moment.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the object store is and by what right it is read. Nothing of it is ever shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct BucketAccess {
    /// The store's address where it is not AWS: `https://minio.example:9000`.
    pub endpoint: Option<String>,
    /// The region; without one `us-east-1`.
    pub region: Option<String>,
    /// The access key. Without one the rights of the machine or the container are used, as AWS gives them.
    pub access_key_id: Option<String>,
    /// The secret that belongs to it.
    pub secret_access_key: Option<String>,
    /// A session's token, for keys that expire.
    pub session_token: Option<String>,
    /// Read public buckets: requests are not signed.
    pub anonymous: bool,
    /// Allow an endpoint without encryption that is not this machine.
    pub allow_http: bool,
    /// How a workload in AWS proves who it is: the `AWS_…` variables that its environment gives, by name.
    pub workload_identity: Vec<(String, String)>,
    /// The most bytes of one delivery; 0 is none at all.
    pub most_bytes: u64,
}

impl fmt::Debug for BucketAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (endpoint, region) = (&self.endpoint, &self.region);
        f.debug_struct("BucketAccess").field("endpoint", endpoint).field("region", region).finish_non_exhaustive()
    }
}

impl BucketAccess {
    /// The variables of the environment that [`workload_identity`](Self::workload_identity) may hold.
    pub const WORKLOAD_IDENTITY: [&str; 7] = [
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_ROLE_ARN",
        "AWS_ROLE_SESSION_NAME",
        "AWS_ENDPOINT_URL_STS",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    ];

    /// A client of a bucket. Nothing is sent yet.
    pub(super) fn open(&self, address: &BucketAddress) -> Result<AmazonS3, BucketError> {
        let plain = self.endpoint.as_deref().map(|endpoint| self.check_endpoint(endpoint)).transpose()?.unwrap_or_default();
        let retry = RetryConfig { max_retries: 8, retry_timeout: PATIENCE, ..RetryConfig::default() };
        let mut builder = AmazonS3Builder::new()
            .with_client_options(ClientOptions::new().with_timeout(REQUEST).with_allow_http(plain))
            .with_retry(retry)
            .with_bucket_name(address.bucket())
            .with_skip_signature(self.anonymous);
        for (name, value) in &self.workload_identity {
            if let Ok(key) = name.to_ascii_lowercase().parse() {
                builder = builder.with_config(key, value);
            }
        }
        if let Some(endpoint) = &self.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        if let Some(region) = &self.region {
            builder = builder.with_region(region);
        }
        if let Some(id) = &self.access_key_id {
            builder = builder.with_access_key_id(id);
        }
        if let Some(secret) = &self.secret_access_key {
            builder = builder.with_secret_access_key(secret);
        }
        if let Some(token) = &self.session_token {
            builder = builder.with_token(token);
        }
        builder.build().map_err(|error| BucketError::Settings { address: address.to_string(), said: error.to_string() })
    }

    /// Looks at the endpoint before anything is sent to it. True where it has no encryption and may have none.
    fn check_endpoint(&self, endpoint: &str) -> Result<bool, BucketError> {
        let wrong = || BucketError::Endpoint { endpoint: without_secrets(endpoint) };
        let (scheme, rest) = endpoint.split_once("://").ok_or_else(wrong)?;
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        // A password in an address ends up in messages and logs.
        if authority.is_empty() || authority.contains('@') || rest.contains(['?', '#']) {
            return Err(wrong());
        }
        match scheme.to_ascii_lowercase().as_str() {
            "https" => Ok(false),
            "http" if self.allow_http || is_this_machine(authority) => Ok(true),
            "http" => Err(BucketError::PlainHttp { endpoint: endpoint.to_owned() }),
            _ => Err(wrong()),
        }
    }
}

/// An endpoint as it may be shown: whatever stands before an `@` is left out.
fn without_secrets(endpoint: &str) -> String {
    match endpoint.rsplit_once('@') {
        Some((_, host)) => format!("…@{host}"),
        None => endpoint.to_owned(),
    }
}

/// True for `localhost` and addresses that never leave the machine.
fn is_this_machine(authority: &str) -> bool {
    let host = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, _)) => host,
        None => authority.split(':').next().unwrap_or_default(),
    };
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
