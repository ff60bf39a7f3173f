//! The document of alerts: whom to tell of what, on which way. `crates/alerts/README.md` has its form.

use std::fmt;

use crate::{Preferences, Topic};

/// All that is said of alerts.
#[derive(Clone, Debug)]
pub struct AlertsDocument {
    /// So many minutes lie between two looks for events.
    pub look_minutes: u32,
    /// So many days after the end of a month that is still open somebody is reminded of it.
    pub close_after_days: Vec<u32>,
    /// So many days before it should not be followed any more a plan is close to its end.
    pub plan_days: u32,
    /// The server that takes mail.
    pub smtp: Option<Smtp>,
    /// Who is told, in the order of their names.
    pub channels: Vec<Channel>,
}

/// Somebody, or something, that is told.
#[derive(Clone, Debug)]
pub struct Channel {
    /// Its name.
    pub name: String,
    /// Of what, and when.
    pub preferences: Preferences,
    /// On which way.
    pub destination: Destination,
    /// How often a message is tried before it stays failed.
    pub attempts: u64,
    /// The wait after the first failure, in seconds; it doubles with each.
    pub retry_seconds: u64,
}

/// The way to a channel.
#[derive(Clone, Debug)]
pub enum Destination {
    /// By mail.
    Email {
        /// To whom.
        to: Vec<String>,
    },
    /// To an address.
    Http {
        /// What is sent.
        form: Form,
        /// Where to.
        address: Address,
        /// The keys that messages are signed with.
        signing_key: Option<SecretName>,
        /// What is sent as the header `authorization`.
        authorization: Option<SecretName>,
    },
}

/// What is sent to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The events as JSON, as Standard Webhooks has it.
    Webhook,
    /// A message of Slack.
    Slack,
    /// An adaptive card of Microsoft Teams.
    Teams,
    /// A ticket as JSON; one an event.
    Ticket,
}

/// Where a message is sent to, and what more than the public network may be called for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The address.
    pub url: Url,
    /// Without encryption.
    pub allow_http: bool,
    /// This machine.
    pub allow_loopback: bool,
    /// The networks of organisations.
    pub allow_private: bool,
    /// Where machines get their credentials.
    pub allow_link_local: bool,
}

/// An address that may be read by everybody, or one that is a secret by itself, as Slack's are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Url {
    /// As it stands in the document.
    Plain(String),
    /// What the named secret holds.
    Secret(SecretName),
}

/// The name of the variable that holds a secret, or, with `_FILE` after it, the path of a file that does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretName(String);

/// A server that takes mail.
#[derive(Clone, Debug)]
pub struct Smtp {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted.
    pub encryption: Encryption,
    /// Who logs in, and the secret that proves it.
    pub login: Option<(String, SecretName)>,
    /// Whom mail is from.
    pub from: String,
    /// See [`Address`].
    pub allow_loopback: bool,
    /// See [`Address`].
    pub allow_private: bool,
}

/// How a connection to a mail server is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// From its beginning (port 465).
    Tls,
    /// From the command STARTTLS on, without which nothing is sent (port 587).
    StartTls,
    /// Not at all.
    None,
}

impl SecretName {
    /// A name as variables of the environment have it. Whatever else is written here may be the secret itself, and is not repeated.
    pub(crate) fn read(text: &str) -> Result<Self, &'static str> {
        let mut letters = text.chars();
        let begins = letters.next().is_some_and(|letter| letter.is_ascii_uppercase());
        let is_name = begins && letters.all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_');
        match is_name && text.len() <= 100 {
            true => Ok(Self(text.to_owned())),
            false => {
                Err("it is the name of a variable, such as OPS_KEY, that holds the secret; the secret itself does not stand here")
            }
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Channel {
    /// The kind of its destination, as documents have it.
    pub fn kind(&self) -> &'static str {
        match &self.destination {
            Destination::Email { .. } => "email",
            Destination::Http { form: Form::Webhook, .. } => "webhook",
            Destination::Http { form: Form::Slack, .. } => "slack",
            Destination::Http { form: Form::Teams, .. } => "teams",
            Destination::Http { form: Form::Ticket, .. } => "ticket",
        }
    }

    /// True where a message holds one event and no more.
    pub fn is_one_each(&self) -> bool {
        matches!(&self.destination, Destination::Http { form: Form::Ticket, .. })
    }
}

impl AlertsDocument {
    /// The channel of a name.
    pub fn channel(&self, name: &str) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.name == name)
    }

    /// True where any channel wants to hear of it.
    pub fn is_wanted(&self, topic: Topic) -> bool {
        self.channels.iter().any(|channel| channel.preferences.topics.contains(&topic))
    }

    /// In one sentence.
    pub fn summary(&self) -> String {
        match self.channels.as_slice() {
            [] => "nobody is told of anything".to_owned(),
            several => {
                let named: Vec<String> = several.iter().map(|channel| format!("{} ({})", channel.name, channel.kind())).collect();
                format!("who is told: {}", named.join(", "))
            }
        }
    }
}
