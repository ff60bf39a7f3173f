//! Reading the document.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveTime, Weekday};
use farthing_types::{Amount, Currency, UnitId};
use serde::Deserialize;

use crate::document::{Address, AlertsDocument, Channel, Destination, Encryption, Form, SecretName, Smtp, Url};
use crate::{Digest, Preferences, Quiet, Topic};

/// The most channels in a document.
const MOST_CHANNELS: usize = 1_000;
/// The most addresses of a channel.
const MOST_ADDRESSES: usize = 50;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenFile {
    version: u64,
    #[serde(default = "quarter")]
    look_minutes: u32,
    #[serde(default = "third_and_fifth")]
    close_after_days: Vec<u32>,
    #[serde(default = "two")]
    plan_days: u32,
    smtp: Option<WrittenSmtp>,
    #[serde(default)]
    channel: BTreeMap<String, toml::Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSmtp {
    host: String,
    port: Option<u16>,
    #[serde(default = "starttls")]
    encryption: String,
    user: Option<String>,
    password: Option<String>,
    from: String,
    #[serde(default)]
    allow_loopback: bool,
    #[serde(default)]
    allow_private: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenChannel {
    kind: String,
    #[serde(default)]
    to: Vec<String>,
    url: Option<String>,
    url_from: Option<String>,
    signing_key: Option<String>,
    authorization: Option<String>,
    #[serde(default)]
    allow_http: bool,
    #[serde(default)]
    allow_loopback: bool,
    #[serde(default)]
    allow_private: bool,
    #[serde(default)]
    allow_link_local: bool,
    events: Option<Vec<String>>,
    #[serde(default)]
    units: BTreeSet<UnitId>,
    #[serde(default)]
    least: BTreeMap<String, Amount>,
    #[serde(default = "none")]
    digest: String,
    #[serde(default = "eight")]
    digest_at: String,
    #[serde(default = "monday")]
    digest_on: String,
    quiet_from: Option<String>,
    quiet_to: Option<String>,
    #[serde(default)]
    quiet_days: Vec<String>,
    #[serde(default = "utc")]
    time_zone: String,
    #[serde(default = "twelve")]
    attempts: u64,
    #[serde(default = "half_a_minute")]
    retry_seconds: u64,
}

fn quarter() -> u32 {
    15
}

fn third_and_fifth() -> Vec<u32> {
    vec![3, 5]
}

fn two() -> u32 {
    2
}

fn twelve() -> u64 {
    12
}

fn half_a_minute() -> u64 {
    30
}

fn starttls() -> String {
    "starttls".to_owned()
}

fn none() -> String {
    "none".to_owned()
}

fn eight() -> String {
    "08:00".to_owned()
}

fn monday() -> String {
    "MON".to_owned()
}

fn utc() -> String {
    "UTC".to_owned()
}

impl AlertsDocument {
    /// Reads a document (TOML).
    ///
    /// # Errors
    /// All that is wrong with it, each with the channel that it is about.
    pub fn parse(text: &str) -> Result<Self, Vec<String>> {
        let file: WrittenFile = toml::from_str(text).map_err(|error| vec![error.to_string().trim_end().to_owned()])?;
        if file.version != 1 {
            return Err(vec![format!("version = {}: this program reads version 1", file.version)]);
        }
        let mut problems = Vec::new();
        if !(1..=1_440).contains(&file.look_minutes) {
            problems.push(format!("look_minutes = {}: it lies from 1 to 1440", file.look_minutes));
        }
        if file.plan_days > 365 || file.close_after_days.iter().any(|days| *days > 365) {
            problems.push("plan_days and close_after_days: at most 365".to_owned());
        }
        if file.channel.len() > MOST_CHANNELS {
            problems.push(format!("{} channels: {MOST_CHANNELS} is the most", file.channel.len()));
        }
        let smtp = file.smtp.map(smtp_of).transpose().unwrap_or_else(|why| {
            problems.push(format!("smtp: {why}"));
            None
        });
        let mut channels = Vec::new();
        for (name, table) in file.channel {
            match channel_of(&name, table) {
                Ok(channel) if smtp.is_none() && matches!(channel.destination, Destination::Email { .. }) => {
                    problems.push(format!("channel {name}: mail needs a server: say which in [smtp]"));
                }
                Ok(channel) => channels.push(channel),
                Err(found) => {
                    let shown: String = name.chars().take(100).collect();
                    problems.extend(found.into_iter().map(|why| format!("channel {shown}: {why}")));
                }
            }
        }
        let mut close_after_days = file.close_after_days;
        close_after_days.sort_unstable();
        close_after_days.dedup();
        let (look_minutes, plan_days) = (file.look_minutes, file.plan_days);
        if problems.is_empty() { Ok(Self { look_minutes, close_after_days, plan_days, smtp, channels }) } else { Err(problems) }
    }
}

fn smtp_of(written: WrittenSmtp) -> Result<Smtp, String> {
    let (encryption, usual) = match written.encryption.as_str() {
        "tls" => (Encryption::Tls, 465),
        "starttls" => (Encryption::StartTls, 587),
        "none" => (Encryption::None, 25),
        other => return Err(format!("encryption = {other:?}: it is tls, starttls or none")),
    };
    let is_host = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | ':');
    if written.host.is_empty() || !written.host.chars().all(is_host) {
        return Err("host: the name or address of the server, and nothing else".to_owned());
    }
    let login = match (written.user, written.password) {
        (None, None) => None,
        (Some(_), Some(_)) if encryption == Encryption::None => {
            return Err("a password is not sent without encryption: use tls or starttls".to_owned());
        }
        (Some(user), Some(name)) => Some((user, secret("password", &name)?)),
        _ => return Err("user and password go together".to_owned()),
    };
    Ok(Smtp {
        host: written.host,
        port: written.port.unwrap_or(usual),
        encryption,
        login,
        from: mailbox(&written.from).map_err(|why| format!("from: {why}"))?,
        allow_loopback: written.allow_loopback,
        allow_private: written.allow_private,
    })
}

fn channel_of(name: &str, table: toml::Table) -> Result<Channel, Vec<String>> {
    let fits = !name.is_empty() && name.len() <= 100 && name.trim() == name && !name.chars().any(char::is_control);
    let written: WrittenChannel = table.try_into().map_err(|error: toml::de::Error| vec![error.message().to_owned()])?;
    let mut problems = Vec::new();
    if !fits {
        problems.push("a name is 1 to 100 visible characters without blanks at the ends".to_owned());
    }
    for (what, number, bounds) in [("attempts", written.attempts, 1..=100), ("retry_seconds", written.retry_seconds, 1..=21_600)]
    {
        if !bounds.contains(&number) {
            problems.push(format!("{what} = {number}: it lies from {} to {}", bounds.start(), bounds.end()));
        }
    }
    let preferences = preferences_of(&written).map_err(|why| problems.push(why)).ok();
    let (attempts, retry_seconds) = (written.attempts, written.retry_seconds);
    let destination = destination_of(written).map_err(|why| problems.push(why)).ok();
    match (preferences, destination) {
        (Some(preferences), Some(destination)) if problems.is_empty() => {
            let channel = Channel { name: name.to_owned(), preferences, destination, attempts, retry_seconds };
            match channel.is_one_each() && channel.preferences.digest != Digest::None {
                true => Err(vec!["a ticket is about one event: leave digest out".to_owned()]),
                false => Ok(channel),
            }
        }
        _ => Err(problems),
    }
}

fn destination_of(written: WrittenChannel) -> Result<Destination, String> {
    let form = match written.kind.as_str() {
        "email" => {
            if written.url.is_some()
                || written.url_from.is_some()
                || written.signing_key.is_some()
                || written.authorization.is_some()
            {
                return Err("email has to = [\"…\"], and neither url nor keys".to_owned());
            }
            if written.to.is_empty() || written.to.len() > MOST_ADDRESSES {
                return Err(format!("to: name 1 to {MOST_ADDRESSES} addresses"));
            }
            let to = written.to.iter().map(|to| mailbox(to)).collect::<Result<_, _>>();
            return Ok(Destination::Email { to: to.map_err(|why| format!("to: {why}"))? });
        }
        "webhook" => Form::Webhook,
        "slack" => Form::Slack,
        "teams" => Form::Teams,
        "ticket" => Form::Ticket,
        other => return Err(format!("kind = {other:?}: it is email, webhook, slack, teams or ticket")),
    };
    if !written.to.is_empty() {
        return Err("to goes with kind = \"email\" alone".to_owned());
    }
    let url = match (written.url, written.url_from) {
        (Some(url), None) => Url::Plain(url),
        (None, Some(name)) => Url::Secret(secret("url_from", &name)?),
        _ => {
            return Err("write url, or url_from with the name of the variable that holds an address which is a secret".to_owned());
        }
    };
    let named = |what: &str, name: Option<String>| name.map(|name| secret(what, &name)).transpose();
    let signing_key = named("signing_key", written.signing_key)?;
    let authorization = named("authorization", written.authorization)?;
    match form {
        Form::Webhook if signing_key.is_none() => {
            return Err("signing_key: webhooks are signed; name the variable that holds the key".to_owned());
        }
        Form::Slack | Form::Teams if signing_key.is_some() || authorization.is_some() => {
            return Err("Slack and Teams take no keys: their addresses are secrets, which url_from is for".to_owned());
        }
        _ => {}
    }
    let WrittenChannel { allow_http, allow_loopback, allow_private, allow_link_local, .. } = written;
    let address = Address { url, allow_http, allow_loopback, allow_private, allow_link_local };
    Ok(Destination::Http { form, address, signing_key, authorization })
}

fn preferences_of(written: &WrittenChannel) -> Result<Preferences, String> {
    let topics = match &written.events {
        // Checkpoints are for machines that keep them: nobody reads one an hour.
        None => Topic::ALL.iter().copied().filter(|topic| !matches!(topic, Topic::Test | Topic::Checkpoint)).collect(),
        Some(words) => words.iter().map(|word| topic(word)).collect::<Result<_, _>>()?,
    };
    let mut least = BTreeMap::new();
    for (currency, amount) in &written.least {
        let currency: Currency = currency.parse().map_err(|error| format!("least: {error}"))?;
        least.insert(currency, *amount);
    }
    let at = time("digest_at", &written.digest_at)?;
    let digest = match written.digest.as_str() {
        "none" => Digest::None,
        "daily" => Digest::Daily { at },
        "weekly" => Digest::Weekly { on: weekday("digest_on", &written.digest_on)?, at },
        other => return Err(format!("digest = {other:?}: it is none, daily or weekly")),
    };
    let hours = match (&written.quiet_from, &written.quiet_to) {
        (None, None) => None,
        (Some(from), Some(to)) => Some((time("quiet_from", from)?, time("quiet_to", to)?)),
        _ => return Err("quiet_from and quiet_to go together".to_owned()),
    };
    let days = written.quiet_days.iter().map(|day| weekday("quiet_days", day).map(Quiet::number));
    let days: BTreeSet<u8> = days.collect::<Result<_, _>>()?;
    if days.len() == 7 {
        return Err("quiet_days: with all seven nothing would ever go out; leave the channel out instead".to_owned());
    }
    let quiet = (hours.is_some() || !days.is_empty()).then_some(Quiet { hours, days });
    let zone = written.time_zone.parse();
    let zone =
        zone.map_err(|_| format!("time_zone = {:?}: no zone of the IANA database, such as Europe/Berlin", written.time_zone))?;
    Ok(Preferences { topics, units: written.units.clone(), least, digest, quiet, zone })
}

fn topic(word: &str) -> Result<Topic, String> {
    let known = || Topic::ALL.iter().filter(|topic| **topic != Topic::Test);
    known().copied().find(|topic| topic.as_str() == word).ok_or_else(|| {
        let words: Vec<&str> = known().map(|topic| topic.as_str()).collect();
        format!("events: there is no {word:?}; there are {}", words.join(", "))
    })
}

fn time(what: &str, text: &str) -> Result<NaiveTime, String> {
    NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| format!("{what} = {text:?}: write a time as 08:00"))
}

fn weekday(what: &str, text: &str) -> Result<Weekday, String> {
    text.parse().map_err(|_| format!("{what}: {text:?} is no day; write MON, TUE, WED, THU, FRI, SAT or SUN"))
}

fn secret(what: &str, name: &str) -> Result<SecretName, String> {
    SecretName::read(name).map_err(|why| format!("{what}: {why}"))
}

/// An address of mail as it goes into commands and headers as it is: nothing in it can end a line or begin another address.
fn mailbox(text: &str) -> Result<String, String> {
    let part = |part: &str| {
        !part.is_empty()
            && part.len() <= 200
            && part.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c))
    };
    let fits = text.split_once('@').is_some_and(|(name, host)| part(name) && part(host));
    fits.then(|| text.to_owned()).ok_or_else(|| format!("{text:?} is no address such as somebody@example.org"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        version = 1
        [smtp]
        host = "smtp.example.org"
        user = "farthing"
        password = "SMTP_PASSWORD"
        from = "farthing@example.org"
        [channel.finance]
        kind = "email"
        to = ["cfo@example.org"]
        events = ["budget", "anomaly"]
        units = ["claims"]
        least = { USD = "1000" }
        digest = "weekly"
        digest_on = "TUE"
        quiet_from = "20:00"
        quiet_to = "07:00"
        quiet_days = ["SAT", "SUN"]
        time_zone = "Europe/Berlin"
        [channel.chat]
        kind = "slack"
        url_from = "SLACK_URL"
        [channel.ops]
        kind = "webhook"
        url = "https://ops.example.org/farthing"
        signing_key = "OPS_KEY"
    "#;

    #[test]
    fn a_document_says_who_is_told_of_what() {
        let document = AlertsDocument::parse(GOOD).unwrap();
        assert_eq!(document.summary(), "who is told: chat (slack), finance (email), ops (webhook)");
        assert_eq!((document.look_minutes, document.close_after_days.as_slice(), document.plan_days), (15, [3, 5].as_slice(), 2));
        let finance = document.channel("finance").unwrap();
        assert_eq!(finance.preferences.digest, Digest::Weekly { on: Weekday::Tue, at: time("", "08:00").unwrap() });
        assert_eq!(finance.preferences.zone, chrono_tz::Europe::Berlin);
        assert!(document.is_wanted(Topic::Close) && !document.is_wanted(Topic::Test));
        let smtp = document.smtp.unwrap();
        assert_eq!((smtp.port, smtp.encryption, smtp.login.unwrap().1.as_str()), (587, Encryption::StartTls, "SMTP_PASSWORD"));
    }

    #[test]
    fn all_that_is_wrong_is_said_and_no_secret_repeated() {
        for (from, to, said) in [
            ("version = 1", "version = 2", "version 1"),
            ("\"budget\",", "\"budgets\",", "there is no \"budgets\"; there are budget, anomaly"),
            ("\"cfo@example.org\"", "\"cfo@example.org\\r\\nBcc: x@y\"", "is no address"),
            ("from = \"farthing@example.org\"", "from = \"farthing\"", "smtp: from"),
            ("\"SLACK_URL\"", "\"https://hooks.slack.com/hidden\"", "url_from: it is the name of a variable"),
            ("signing_key = \"OPS_KEY\"", "", "webhooks are signed"),
            ("\"OPS_KEY\"", "\"whsec_hidden\"", "signing_key: it is the name of a variable"),
            ("\"Europe/Berlin\"", "\"Berlin\"", "no zone"),
            ("\"20:00\"", "\"8 pm\"", "quiet_from"),
            ("\"SAT\"", "\"Samstag\"", "MON, TUE"),
            ("\"weekly\"", "\"monthly\"", "none, daily or weekly"),
            ("kind = \"webhook\"", "kind = \"ticket\"\ndigest = \"daily\"", "one event"),
            ("user = \"farthing\"", "encryption = \"none\"\nuser = \"farthing\"", "not sent without encryption"),
            ("kind = \"slack\"", "kind = \"slack\"\nsigning_key = \"K\"", "take no keys"),
            ("kind = \"slack\"", "kind = \"slack\"\nattemps = 3", "attemps"),
            ("kind = \"slack\"", "kind = \"slack\"\nattempts = 0", "attempts = 0"),
            ("USD = \"1000\"", "dollars = \"1000\"", "least"),
            ("[smtp]", "[smtps]", "smtps"),
        ] {
            let text = GOOD.replacen(from, to, 1);
            assert_ne!(text, GOOD, "{from}");
            let problems = AlertsDocument::parse(&text).unwrap_err().join("\n");
            assert!(problems.contains(said) && !problems.contains("hidden"), "{said}: {problems}");
        }
        let two = GOOD.replace("\"SLACK_URL\"", "\"slack\"").replace("\"08:00\"", "\"8\"").replace("\"weekly\"", "\"x\"");
        assert_eq!(AlertsDocument::parse(&two).unwrap_err().len(), 2);
        let no_server = "version = 1\n[channel.a]\nkind = \"email\"\nto = [\"a@b\"]\n";
        assert!(AlertsDocument::parse(no_server).unwrap_err()[0].contains("[smtp]"));
    }
}
