//! By what right AWS is asked: keys or the machine's own role, and from there the role of each account.

use std::sync::Arc;

use aws_config::sts::AssumeRoleProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_types::retry::RetryConfig;
use farthing_types::SourceName;
use serde::Deserialize;
use tokio::sync::Mutex;

use super::connector::Connector;
use crate::source::{CollectError, Endpoint, Http, Secrets};

/// How AWS is logged in to. Fields of every AWS source.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Login {
    /// The name of the secret with the access key; default `AWS_ACCESS_KEY_ID`. Where it is not set, the role of the machine or the
    /// container is used, as AWS gives it.
    pub access_key_id: String,
    /// The name of the secret with the secret key; default `AWS_SECRET_ACCESS_KEY`.
    pub secret_access_key: String,
    /// The name of the secret with a session's token; default `AWS_SESSION_TOKEN`.
    pub session_token: String,
    /// Where the Security Token Service is, if not where AWS has it.
    pub sts_endpoint: Option<Endpoint>,
}

impl Default for Login {
    fn default() -> Self {
        let [access_key_id, secret_access_key, session_token] =
            ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"].map(str::to_owned);
        Self { access_key_id, secret_access_key, session_token, sts_endpoint: None }
    }
}

/// An account that is read by a role in it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// What it is called here: the part's name is the source's, a dash, and this.
    pub name: String,
    /// The role: `arn:aws:iam::111122223333:role/FarthingReader`.
    pub role_arn: String,
    /// What the role's trust demands to be told, so that nobody else's request uses it.
    pub external_id: Option<String>,
}

/// One part: an account with the way into it.
#[derive(Debug)]
pub struct Aws {
    /// The part's name.
    pub part: SourceName,
    account: Option<Account>,
    region: Region,
    login: Login,
    keys: Option<Credentials>,
    http: Http,
    /// Made at the first call and made anew where its credentials expired.
    config: Mutex<Option<Arc<SdkConfig>>>,
}

impl Aws {
    /// The account of a part of a source.
    ///
    /// # Errors
    /// When none of them is it.
    pub fn of_part<'a>(accounts: &'a [Self], part: &SourceName) -> Result<&'a Self, CollectError> {
        let found = accounts.iter().find(|account| account.part == *part);
        found.ok_or_else(|| CollectError::Config(format!("{part} is no part of this source")))
    }

    /// The parts of a source: its accounts, or what its own credentials can see.
    ///
    /// # Errors
    /// When a secret cannot be read or a name makes no part.
    pub fn parts(
        name: &SourceName,
        accounts: &[Account],
        login: &Login,
        region: &str,
        endpoint: Option<&Endpoint>,
        secrets: &Secrets,
    ) -> Result<Vec<Self>, CollectError> {
        let keys = match secrets.find(&login.access_key_id)? {
            Some(id) => {
                let (secret, token) = (secrets.get(&login.secret_access_key)?, secrets.find(&login.session_token)?);
                Some(Credentials::new(id, secret, token, None, "settings"))
            }
            None => None,
        };
        let http = match endpoint {
            Some(endpoint) => Http::of(endpoint)?,
            None => Http::of(&Endpoint::public("https://amazonaws.com")?)?,
        };
        let part = |account: Option<&Account>| {
            let part = match account {
                Some(account) => format!("{name}-{}", account.name).parse(),
                None => Ok(name.clone()),
            };
            let part = part.map_err(|error: farthing_types::IdError| CollectError::Config(error.to_string()))?;
            let (account, region) = (account.cloned(), Region::new(region.to_owned()));
            let (login, keys, http) = (login.clone(), keys.clone(), http.clone());
            Ok(Self { part, account, region, login, keys, http, config: Mutex::new(None) })
        };
        match accounts {
            [] => Ok(vec![part(None)?]),
            several => several.iter().map(|account| part(Some(account))).collect(),
        }
    }

    /// What clients of services are made from.
    ///
    /// # Errors
    /// When the machine's own credentials cannot be asked for.
    pub async fn config(&self) -> Result<Arc<SdkConfig>, CollectError> {
        let mut held = self.config.lock().await;
        if let Some(config) = &*held {
            return Ok(config.clone());
        }
        let base = self.base().await?;
        let config = Arc::new(match &self.account {
            None => base,
            Some(account) => self.with_role(base, account).await?,
        });
        *held = Some(config.clone());
        Ok(config)
    }

    /// Forgets credentials that the service no longer takes: the next call gets new ones.
    pub async fn forget_credentials(&self) {
        *self.config.lock().await = None;
    }

    async fn base(&self) -> Result<SdkConfig, CollectError> {
        // Repetitions are counted and paid for in one place, which is not the SDK's.
        let loader =
            aws_config::defaults(BehaviorVersion::latest()).region(self.region.clone()).retry_config(RetryConfig::disabled());
        let loaded = match &self.keys {
            Some(keys) => loader.http_client(Connector(self.http.clone())).credentials_provider(keys.clone()).load().await,
            None => loader.http_client(Connector(Http::for_credentials()?)).load().await,
        };
        Ok(loaded.to_builder().http_client(Connector(self.http.clone())).build())
    }

    async fn with_role(&self, base: SdkConfig, account: &Account) -> Result<SdkConfig, CollectError> {
        let mut for_sts = base.to_builder();
        if let Some(endpoint) = &self.login.sts_endpoint {
            for_sts = for_sts.endpoint_url(endpoint.as_str()).http_client(Connector(Http::of(endpoint)?));
        }
        let mut role = AssumeRoleProvider::builder(&account.role_arn).session_name("farthing").configure(&for_sts.build());
        if let Some(id) = &account.external_id {
            role = role.external_id(id);
        }
        let provider = match base.credentials_provider() {
            Some(credentials) => role.build_from_provider(credentials).await,
            None => role.build().await,
        };
        Ok(base.to_builder().credentials_provider(SharedCredentialsProvider::new(provider)).build())
    }
}
