//! Preferences as they are written, and a document in which those of one channel are changed while everything else stays as it is.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveTime, Weekday};
use farthing_types::{Amount, UnitId};
use serde::{Deserialize, Serialize};
use toml::{Table, Value};
use utoipa::ToSchema;

use crate::{Channel, Digest, Preferences, Topic};

/// What a channel wants to hear of, and when, as the document of alerts writes it
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AlertPreferences)]
pub struct WrittenPreferences {
    /// Of which events.
    pub events: Vec<String>,
    /// Of these units and those below them alone; of all where there are none.
    #[schema(value_type = Vec<String>)]
    pub units: BTreeSet<UnitId>,
    /// By currency, from how much money on.
    #[schema(value_type = BTreeMap<String, String>)]
    pub least: BTreeMap<String, Amount>,
    /// `none`, `daily` or `weekly`.
    pub digest: String,
    /// At what time a digest goes out.
    #[schema(example = "08:00")]
    pub digest_at: Option<String>,
    /// On which day a weekly one does.
    #[schema(example = "MON")]
    pub digest_on: Option<String>,
    /// From what time on the channel is left alone.
    pub quiet_from: Option<String>,
    /// Until what time.
    pub quiet_to: Option<String>,
    /// On which days it is left alone.
    pub quiet_days: Vec<String>,
    /// The time zone of all of these.
    #[schema(example = "Europe/Berlin")]
    pub time_zone: String,
}

/// What a channel's table says of its preferences.
const KEYS: [&str; 10] =
    ["events", "units", "least", "digest", "digest_at", "digest_on", "quiet_from", "quiet_to", "quiet_days", "time_zone"];
const DAYS: [Weekday; 7] = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

fn time(time: NaiveTime) -> String {
    time.format("%H:%M").to_string()
}

fn day(day: Weekday) -> String {
    day.to_string().to_ascii_uppercase()
}

impl From<&Preferences> for WrittenPreferences {
    fn from(preferences: &Preferences) -> Self {
        let (digest, digest_at, digest_on) = match preferences.digest {
            Digest::None => ("none", None, None),
            Digest::Daily { at } => ("daily", Some(time(at)), None),
            Digest::Weekly { on, at } => ("weekly", Some(time(at)), Some(day(on))),
        };
        let quiet = preferences.quiet.as_ref();
        let hours = quiet.and_then(|quiet| quiet.hours);
        let is_quiet = |day: &Weekday| quiet.is_some_and(|quiet| quiet.days.contains(&crate::Quiet::number(*day)));
        Self {
            events: preferences.topics.iter().map(|topic| topic.as_str().to_owned()).collect(),
            units: preferences.units.clone(),
            least: preferences.least.iter().map(|(currency, amount)| (currency.to_string(), *amount)).collect(),
            digest: digest.to_owned(),
            digest_at,
            digest_on,
            quiet_from: hours.map(|(from, _)| time(from)),
            quiet_to: hours.map(|(_, to)| time(to)),
            quiet_days: DAYS.into_iter().filter(is_quiet).map(day).collect(),
            time_zone: preferences.zone.to_string(),
        }
    }
}

impl Channel {
    /// Its preferences as they are written.
    pub fn written(&self) -> WrittenPreferences {
        (&self.preferences).into()
    }
}

impl WrittenPreferences {
    /// What a channel may hear of.
    pub fn topics() -> impl Iterator<Item = &'static str> {
        Topic::ALL.iter().filter(|topic| **topic != Topic::Test).map(|topic| topic.as_str())
    }

    /// The text of a document in which a channel has these preferences. Everything outside the channel's own table stays letter by letter,
    /// and so do comments on lines of their own within it.
    ///
    /// # Errors
    /// When there is no such channel, or the text is written in a way that cannot be changed like this.
    pub fn within(&self, document: &str, channel: &str) -> Result<String, String> {
        let other_way = || format!("the document writes channel {channel} in a way that cannot be changed here; change its text");
        let mut wanted: Table = toml::from_str(document).map_err(|error| error.to_string())?;
        let table = wanted.get_mut("channel").and_then(|all| all.get_mut(channel)).and_then(Value::as_table_mut);
        let table = table.ok_or_else(|| format!("there is no channel {channel:?} in the document"))?;
        table.retain(|key, _| !KEYS.contains(&key));
        let own = Table::try_from(self).map_err(|error| error.to_string())?;
        let says = |value: &Value| {
            !matches!(value, Value::Array(list) if list.is_empty()) && !matches!(value, Value::Table(all) if all.is_empty())
        };
        // No event at all is said; no unit and no least amount need not be.
        table.extend(own.into_iter().filter(|(key, value)| key == "events" || says(value)));
        let one = Table::from_iter([(channel.to_owned(), Value::Table(table.clone()))]);
        let section =
            toml::to_string(&Table::from_iter([("channel".to_owned(), Value::Table(one))])).map_err(|e| e.to_string())?;
        let text = replaced(document, channel, &section).ok_or_else(other_way)?;
        // What is said of the others is what was said of them before.
        match toml::from_str::<Table>(&text) {
            Ok(found) if found == wanted => Ok(text),
            _ => Err(other_way()),
        }
    }
}

/// A document with another section in the place of a channel's.
fn replaced(document: &str, channel: &str, section: &str) -> Option<String> {
    let lines: Vec<&str> = document.lines().collect();
    let own = |line: &str| of_channel(line).is_some_and(|name| name == channel);
    let first = lines.iter().position(|line| own(line))?;
    let mut kept: Vec<&str> = lines[..first].to_vec();
    let mut at = first;
    let mut comments: Vec<&str> = Vec::new();
    let mut rest: Vec<&str> = Vec::new();
    while at < lines.len() {
        let ends = (at + 1..lines.len()).find(|next| is_header(lines[*next])).unwrap_or(lines.len());
        match own(lines[at]) {
            true => comments.extend(lines[at..ends].iter().filter(|line| line.trim_start().starts_with('#'))),
            false => rest.extend(&lines[at..ends]),
        }
        at = ends;
    }
    let (head, body) = section[section.find("[channel.")?..].split_once('\n')?;
    kept.push(head);
    kept.extend(comments);
    kept.extend(body.trim_end().lines());
    if !rest.is_empty() {
        kept.push("");
        kept.extend(rest);
    }
    Some(kept.join("\n") + "\n")
}

fn is_header(line: &str) -> bool {
    line.trim_start().starts_with('[')
}

/// The channel whose table, or table within it, begins at a line.
fn of_channel(line: &str) -> Option<String> {
    if !is_header(line) {
        return None;
    }
    let table: Table = toml::from_str(line).ok()?;
    table.get("channel")?.as_table()?.keys().next().cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AlertsDocument;

    const DOCUMENT: &str = r#"# Who is told.
version = 1
[smtp] # ours
host = "smtp.example.org"
from = "farthing@example.org"

[channel.ada]
# asked for by mail
kind = "email"
to = ["ada@example.org"]
events = [
  "budget",
  "anomaly",
]
quiet_days = ["SAT"]

[channel.ada.least]
USD = "1000"

[channel."ops team"] # keep
kind = "slack"
url_from = "SLACK_URL"
"#;

    fn wanted() -> WrittenPreferences {
        let mut wanted = AlertsDocument::parse(DOCUMENT).unwrap().channel("ada").unwrap().written();
        assert_eq!((wanted.events.join(" "), wanted.least["USD"].to_string()), ("budget anomaly".to_owned(), "1000".to_owned()));
        assert_eq!(wanted.quiet_days, ["SAT"]);
        wanted.least.clear();
        wanted.digest = "weekly".to_owned();
        (wanted.digest_at, wanted.digest_on) = (Some("09:30".to_owned()), Some("TUE".to_owned()));
        wanted.time_zone = "Europe/Berlin".to_owned();
        wanted
    }

    #[test]
    fn one_channel_is_changed_and_nothing_else() {
        let wanted = wanted();
        let text = wanted.within(DOCUMENT, "ada").unwrap();
        assert_eq!(AlertsDocument::parse(&text).unwrap().channel("ada").unwrap().written(), wanted);
        for kept in [
            "# Who is told.",
            "[smtp] # ours",
            "# asked for by mail",
            "[channel.\"ops team\"] # keep",
            "url_from = \"SLACK_URL\"",
        ] {
            assert!(text.contains(kept), "{kept}: {text}");
        }
        assert!(!text.contains("least"), "{text}");
        // The same again is the same text.
        assert_eq!(wanted.within(&text, "ada").unwrap(), text);
        let ops = WrittenPreferences { events: Vec::new(), ..wanted };
        let text = ops.within(&text, "ops team").unwrap();
        assert!(AlertsDocument::parse(&text).unwrap().channel("ops team").unwrap().preferences.topics.is_empty());
    }

    #[test]
    fn what_cannot_be_changed_like_this_is_left_alone() {
        let wanted = wanted();
        assert!(wanted.within(DOCUMENT, "bob").unwrap_err().contains("no channel \"bob\""));
        let dotted = "version = 1\nchannel.ada.kind = \"slack\"\nchannel.ada.url_from = \"S\"\n";
        assert!(wanted.within(dotted, "ada").unwrap_err().contains("cannot be changed here"));
        let hidden = format!("note = \"\"\"\n[channel.ada]\n\"\"\"\n{DOCUMENT}");
        assert!(wanted.within(&hidden, "ada").is_err());
    }
}
