//! Messages to an address.

use std::time::Duration;

use chrono::{DateTime, Utc};
use farthing_alerts::{Address, Form, Message, SigningKeys, Url};
use farthing_collectors::source::{Allow, Answer, Endpoint, Http};

use crate::{Delivered, Undelivered};

/// How long a receiver may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// How much of what a receiver says is repeated.
const MOST_LETTERS: usize = 200;

/// What a receiver knows the sender by.
pub(crate) struct Keys {
    pub signing: Option<String>,
    pub authorization: Option<String>,
}

/// The address as the client takes it, or why it may not be called.
pub(crate) fn endpoint(address: &Address, url: &str) -> Result<Endpoint, String> {
    let Address { allow_loopback: loopback, allow_private: private, allow_link_local: link_local, .. } = *address;
    let secret = match &address.url {
        Url::Plain(_) => None,
        Url::Secret(name) => Some(name.as_str()),
    };
    let allow = Allow { loopback, link_local, private };
    Endpoint::outward(url, secret, address.allow_http, allow).map_err(|error| error.to_string())
}

pub(crate) async fn send(
    form: Form,
    address: &Address,
    url: &str,
    keys: &Keys,
    message: &Message,
    now: DateTime<Utc>,
) -> Result<Delivered, Undelivered> {
    let endpoint = endpoint(address, url).map_err(Undelivered::Never)?;
    let body = message.body(form).0;
    let mut headers = vec![("content-type", "application/json".to_owned())];
    if let Some(key) = &keys.signing {
        let keys = SigningKeys::read(key).map_err(|problem| Undelivered::later(format!("signing_key: {problem}")))?;
        headers.push(("webhook-timestamp", now.timestamp().to_string()));
        headers.push(("webhook-signature", keys.sign(&message.id, now.timestamp(), &body)));
    }
    headers.push(("webhook-id", message.id.clone()));
    headers.extend(keys.authorization.iter().map(|value| ("authorization", value.clone())));
    let http = Http::brief(&endpoint, PATIENCE).map_err(|error| Undelivered::later(error.to_string()))?;
    let answer = http.post(&endpoint, &headers, body).await.map_err(|(said, _)| Undelivered::later(said))?;
    let is_secret = matches!(address.url, Url::Secret(_));
    judge(&answer, |text| if is_secret { String::new() } else { without(text, keys) })
}

/// What an answer means. That somebody is not let in, or nobody is there, is the settings' fault more often than the message's: they may
/// be corrected before the last attempt.
fn judge(answer: &Answer, shown: impl Fn(&str) -> String) -> Result<Delivered, Undelivered> {
    let status = answer.status.as_u16();
    let text = String::from_utf8_lossy(&answer.body);
    let text: String = text.chars().filter(|letter| !letter.is_control()).take(MOST_LETTERS).collect();
    let text = shown(&text);
    let said = format!("it answered {status}{}{text}", if text.is_empty() { "" } else { ": " });
    match status {
        200..=299 => Ok(None),
        300..=399 => {
            Err(Undelivered::Never(format!("it answered {status}, a redirect, which is not followed: name the address itself")))
        }
        400 | 405 | 406 | 410 | 411 | 413 | 415 | 422 => Err(Undelivered::Never(said)),
        _ => Err(Undelivered::Later { said, after: answer.retry_after() }),
    }
}

/// A text without the secrets that a receiver may have repeated.
fn without(text: &str, keys: &Keys) -> String {
    let secrets = keys.signing.iter().chain(&keys.authorization).flat_map(|secret| secret.split_whitespace());
    secrets.filter(|secret| secret.len() > 3).fold(text.to_owned(), |text, secret| text.replace(secret, "(not shown)"))
}
