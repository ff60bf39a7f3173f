//! A message as mail is written (RFC 5322): one part of plain text, in base64, so that no line of it is too long or ends the message.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use farthing_alerts::{Mail, Message};

/// Bytes of a text in one encoded word: 64 letters, so that with `Subject: ` before it a line stays within the 76 of RFC 2047.
const WORD: usize = 39;
/// The most letters of a subject.
const LONGEST_SUBJECT: usize = 200;
/// Letters in a line of base64 (RFC 2045).
const LINE: usize = 76;

/// The letter from somebody to others. Its id is the message's, so that who gets it twice can tell.
pub(crate) fn letter(message: &Message, from: &str, to: &[String]) -> String {
    let Mail { subject, text } = message.mail();
    let host = from.rsplit('@').next().unwrap_or_default();
    let body = STANDARD.encode(text.replace('\n', "\r\n"));
    // Base64 is ASCII: any place of it may be cut.
    let lines = body.as_bytes().chunks(LINE).map(|line| String::from_utf8_lossy(line).into_owned());
    let head = [
        format!("From: Farthing <{from}>"),
        format!("To: {}", to.join(",\r\n ")),
        format!("Subject: {}", encoded(&subject)),
        format!("Date: {}", message.created_at.to_rfc2822()),
        format!("Message-ID: <{}@{host}>", message.id),
        "Auto-Submitted: auto-generated".to_owned(),
        "MIME-Version: 1.0".to_owned(),
        "Content-Type: text/plain; charset=utf-8".to_owned(),
        "Content-Transfer-Encoding: base64".to_owned(),
        String::new(),
    ];
    head.into_iter().chain(lines).map(|line| line + "\r\n").collect()
}

/// A text in a header, as encoded words.
fn encoded(text: &str) -> String {
    let (mut words, mut word) = (Vec::new(), String::new());
    for letter in text.chars().take(LONGEST_SUBJECT) {
        if word.len() + letter.len_utf8() > WORD {
            words.push(std::mem::take(&mut word));
        }
        word.push(letter);
    }
    words.push(word);
    words.iter().map(|word| format!("=?utf-8?B?{}?=", STANDARD.encode(word))).collect::<Vec<_>>().join("\r\n ")
}

#[cfg(test)]
mod tests {
    use farthing_alerts::{Event, Topic};

    use super::*;

    #[test]
    fn nothing_in_a_message_is_a_header_or_its_end() {
        let event = Event {
            key: String::new(),
            topic: Topic::Anomaly,
            title: format!("Größe\r\nBcc: x@y {}", "long ".repeat(100)),
            text: "\r\n.\r\nQUIT\r\n".repeat(50),
            units: Vec::new(),
            source: None,
            period: None,
            money: None,
        };
        let created_at = "2026-06-08T10:00:00Z".parse().unwrap();
        let message = Message { id: "m1".to_owned(), channel: "ops".to_owned(), created_at, events: vec![event] };
        let letter = letter(&message, "f@example.org", &["a@example.org".to_owned(), "b@example.org".to_owned()]);
        assert!(
            letter.is_ascii() && letter.split("\r\n").all(|line| line.len() <= 78 && line != "." && !line.starts_with("Bcc"))
        );
        assert!(
            letter.contains("Message-ID: <m1@example.org>\r\n")
                && letter.contains("\r\nDate: Mon, 8 Jun 2026 10:00:00 +0000\r\n")
        );
        let (head, body) = letter.split_once("\r\n\r\n").unwrap();
        assert!(head.contains("To: a@example.org,\r\n b@example.org\r\n") && !body.contains("\r\n\r\n"));
        let text = String::from_utf8(STANDARD.decode(body.replace("\r\n", "")).unwrap()).unwrap();
        assert!(text.contains("QUIT") && text.contains("Größe"));
    }
}
