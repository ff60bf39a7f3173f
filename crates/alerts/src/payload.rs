//! The forms in which events go out. What comes from bills (names of units, values of tags) stays text in each of them: it is no markup,
//! calls nobody and ends no line.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::{Event, Form, Topic};

/// The most events that a person is shown in one message; machines get all of them.
const MOST_SHOWN: usize = 20;
/// The most letters of a text in a chat: Slack takes 3,000 in a block.
const MOST_LETTERS: usize = 1_000;

/// What goes out to one channel at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its id: the same however often it is sent, so that who gets it twice can tell.
    pub id: String,
    /// The channel.
    pub channel: String,
    /// When its first event was found.
    pub created_at: DateTime<Utc>,
    /// What it tells of, the oldest first.
    pub events: Vec<Event>,
}

/// A message as it is sent to an address: the same bytes for the same message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body(pub Vec<u8>);

/// A message as it is sent by mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// One line.
    pub subject: String,
    /// Plain text, lines ended by a line feed.
    pub text: String,
}

impl Message {
    /// The body in one of the forms.
    pub fn body(&self, form: Form) -> Body {
        let value = match form {
            Form::Webhook => self.webhook(),
            Form::Slack => self.slack(),
            Form::Teams => self.teams(),
            Form::Ticket => self.ticket(),
        };
        Body(value.to_string().into_bytes())
    }

    /// The mail.
    pub fn mail(&self) -> Mail {
        let mut text = String::new();
        for event in self.shown() {
            text.push_str(&format!("{}\n{}\n\n", line(&event.title), plain(&event.text)));
        }
        if let Some(rest) = self.rest() {
            text.push_str(&format!("{rest}\n\n"));
        }
        text.push_str(&format!("Sent to the channel {} by Farthing. Message {}.\n", line(&self.channel), self.id));
        Mail { subject: format!("[Farthing] {}", self.headline()), text }
    }

    /// The message in one line.
    pub fn headline(&self) -> String {
        match self.events.as_slice() {
            [] => "nothing".to_owned(),
            [one] => line(&one.title),
            [first, others @ ..] => format!("{} and {} more", line(&first.title), others.len()),
        }
    }

    fn webhook(&self) -> Value {
        let kind = if self.is_test() { "farthing.test" } else { "farthing.alerts" };
        json!({"type": kind, "timestamp": self.moment(), "data": {"message": self.id, "channel": self.channel, "events": self.events}})
    }

    fn slack(&self) -> Value {
        // Of these fields only `text`, which notifications show, is read as markup.
        let text = self.headline().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let plain_text = |text: String| json!({"type": "plain_text", "text": text, "emoji": false});
        let section = |event: &Event| json!({"type": "section", "text": plain_text(cut(&format!("{}\n{}", line(&event.title), plain(&event.text))))});
        let mut blocks: Vec<Value> = self.shown().map(section).collect();
        blocks.extend(self.rest().map(|rest| json!({"type": "context", "elements": [plain_text(rest)]})));
        json!({"text": text, "blocks": blocks})
    }

    fn teams(&self) -> Value {
        // Runs of rich text are not read as Markdown, text blocks would be.
        let rich = |text: String, bold: bool| {
            let weight = if bold { "Bolder" } else { "Default" };
            json!({"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, "weight": weight}]})
        };
        let mut body = Vec::new();
        for event in self.shown() {
            body.push(rich(cut(&line(&event.title)), true));
            body.push(rich(cut(&plain(&event.text)), false));
        }
        body.extend(self.rest().map(|rest| rich(rest, false)));
        let card = json!({
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4",
            "fallbackText": cut(&self.headline()), "body": body,
        });
        let attachment = json!({"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": null, "content": card});
        json!({"type": "message", "attachments": [attachment]})
    }

    fn ticket(&self) -> Value {
        let first = self.events.first();
        let mut labels = vec!["farthing".to_owned()];
        labels.extend(first.map(|event| event.topic.to_string()));
        labels.extend(first.and_then(|event| event.units.first()).map(ToString::to_string));
        let description = self.shown().map(|event| plain(&event.text)).collect::<Vec<_>>().join("\n\n");
        json!({
            "id": self.id, "created_at": self.moment(), "title": self.headline(), "description": description, "labels": labels,
            // The same for the same event: who opens tickets can tell that there is one.
            "key": first.map(|event| event.key.as_str()),
            "events": self.events,
        })
    }

    fn is_test(&self) -> bool {
        self.events.iter().any(|event| event.topic == Topic::Test)
    }

    fn moment(&self) -> String {
        self.created_at.to_rfc3339_opts(SecondsFormat::Micros, true)
    }

    fn shown(&self) -> impl Iterator<Item = &Event> {
        self.events.iter().take(MOST_SHOWN)
    }

    fn rest(&self) -> Option<String> {
        let rest = self.events.len().saturating_sub(MOST_SHOWN);
        (rest > 0).then(|| format!("And {rest} more: `farthing alerts list` shows them."))
    }
}

/// A text without what ends lines or drives a terminal.
fn line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// A text whose lines may end, and nothing else.
fn plain(text: &str) -> String {
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MOST_LETTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(events: usize) -> Message {
        let event = |number: usize| Event {
            key: format!("budget/{number}"),
            topic: Topic::Budget,
            title: format!("<!channel> & *claims* [{number}](https://evil.example)\r\nBcc: x@y"),
            text: "first\nsecond\u{1b}[31m".to_owned(),
            units: vec!["claims".parse().unwrap()],
            source: None,
            period: None,
            money: None,
        };
        let created_at = "2026-06-08T10:00:00Z".parse().unwrap();
        Message { id: "m".to_owned(), channel: "ops".to_owned(), created_at, events: (0..events).map(event).collect() }
    }

    fn json(message: &Message, form: Form) -> Value {
        serde_json::from_slice(&message.body(form).0).unwrap()
    }

    #[test]
    fn f46_what_bills_hold_is_text_in_chats_and_mail() {
        let one = message(1);
        let slack = json(&one, Form::Slack);
        assert!(slack["text"].as_str().unwrap().starts_with("&lt;!channel&gt; &amp; "), "{slack:#}");
        assert_eq!(slack["blocks"][0]["text"]["type"], "plain_text");
        let card = &json(&one, Form::Teams)["attachments"][0]["content"];
        assert!(card["body"].as_array().unwrap().iter().all(|block| block["type"] == "RichTextBlock"), "{card:#}");
        let mail = one.mail();
        assert!(!mail.subject.contains(['\r', '\n']) && !mail.text.contains(['\r', '\u{1b}']), "{mail:?}");
        assert!(mail.text.contains("first\nsecond"));
    }

    #[test]
    fn machines_get_all_events_and_people_the_first_of_them() {
        let many = message(25);
        assert_eq!(json(&many, Form::Webhook)["data"]["events"].as_array().unwrap().len(), 25);
        assert_eq!(json(&many, Form::Slack)["blocks"].as_array().unwrap().len(), MOST_SHOWN + 1);
        assert!(many.mail().text.contains("And 5 more") && many.mail().subject.ends_with("and 24 more"));
        assert_eq!(many.body(Form::Webhook), message(25).body(Form::Webhook));
    }

    #[test]
    fn a_ticket_names_what_it_is_about() {
        let ticket = json(&message(1), Form::Ticket);
        assert_eq!((&ticket["key"], &ticket["id"]), (&"budget/0".into(), &"m".into()));
        assert_eq!(ticket["labels"], json!(["farthing", "budget", "claims"]));
    }
}
