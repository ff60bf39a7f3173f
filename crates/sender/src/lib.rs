//! Sends messages to channels: over HTTP, by the client and the rules on addresses of the collectors, and by mail.
//!
//! **Architecture invariant:** it sends what it is given once, and says how that went; when it is tried again is told by others. What it
//! says holds no secret.

mod http;
mod letter;
mod mail;
mod smtp;

use std::time::Duration;

use chrono::{DateTime, Utc};
use farthing_alerts::{AlertsDocument, Channel, Destination, Message, SecretName, Smtp, Url};
use farthing_collectors::source::Secrets;

/// Sends messages.
#[derive(Clone, Debug)]
pub struct Sender {
    smtp: Option<Smtp>,
    secrets: Secrets,
}

/// Why a message was not delivered; nothing in it is a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undelivered {
    /// The next attempt may succeed, after this long where the receiver says so.
    Later {
        /// What was said.
        said: String,
        /// How long the receiver asks to wait.
        after: Option<Duration>,
    },
    /// None will.
    Never(String),
}

impl Undelivered {
    fn later(said: impl Into<String>) -> Self {
        Self::Later { said: said.into(), after: None }
    }

    /// What was said.
    pub fn said(&self) -> &str {
        match self {
            Self::Later { said, .. } | Self::Never(said) => said,
        }
    }
}

/// What came of a message that was delivered: nothing to say, or whom it did not reach.
pub type Delivered = Option<String>;

impl Sender {
    /// For the channels of a document, with the secrets that it names.
    pub fn of(document: &AlertsDocument, secrets: Secrets) -> Self {
        Self { smtp: document.smtp.clone(), secrets }
    }

    /// Sends a message once; `now` is signed with it.
    ///
    /// # Errors
    /// Where it was not delivered, or nobody knows whether it was.
    pub async fn send(&self, channel: &Channel, message: &Message, now: DateTime<Utc>) -> Result<Delivered, Undelivered> {
        match &channel.destination {
            Destination::Email { to } => {
                let smtp = self.smtp.as_ref().ok_or_else(|| Undelivered::later("no mail server is named in [smtp]"))?;
                mail::send(smtp, to, message, |name| self.secret(name)).await
            }
            Destination::Http { form, address, signing_key, authorization } => {
                let secret = |name: &Option<SecretName>| name.as_ref().map(|name| self.secret(name)).transpose();
                let keys = http::Keys { signing: secret(signing_key)?, authorization: secret(authorization)? };
                let url = match &address.url {
                    Url::Plain(url) => url.clone(),
                    Url::Secret(name) => self.secret(name)?,
                };
                http::send(*form, address, &url, &keys, message, now).await
            }
        }
    }

    /// A secret may be set later, so that its absence is no end.
    fn secret(&self, name: &SecretName) -> Result<String, Undelivered> {
        self.secrets.get(name.as_str()).map_err(|error| Undelivered::later(error.to_string()))
    }
}

/// The addresses of a document that may not be called, each with its channel. Those that are secrets are looked at when they are called.
pub fn problems(document: &AlertsDocument) -> Vec<String> {
    let problem = |channel: &Channel| match &channel.destination {
        Destination::Http { address, .. } => match &address.url {
            Url::Plain(url) => http::endpoint(address, url).err().map(|why| format!("channel {}: {why}", channel.name)),
            Url::Secret(_) => None,
        },
        Destination::Email { .. } => None,
    };
    document.channels.iter().filter_map(problem).collect()
}
