//! What others wrote cannot drive a terminal: names, tags, values and messages of data are shown with escapes for what would.

use std::io::{self, Write};

/// Passes on text with what drives a terminal as escapes.
pub struct Visible<W> {
    out: W,
    show: fn(&str) -> String,
    /// The beginning of a character whose end has not come yet.
    rest: Vec<u8>,
}

impl<W: Write> Visible<W> {
    /// Shows text by one of this module's functions.
    pub fn of(out: W, show: fn(&str) -> String) -> Self {
        Self { out, show, rest: Vec::new() }
    }

    fn pass_on(&mut self, bytes: usize) -> io::Result<()> {
        let text = (self.show)(&String::from_utf8_lossy(&self.rest[..bytes]));
        self.rest.drain(..bytes);
        self.out.write_all(text.as_bytes())
    }
}

impl<W: Write> Write for Visible<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.rest.extend_from_slice(bytes);
        let whole = match std::str::from_utf8(&self.rest) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => self.rest.len(),
        };
        self.pass_on(whole).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pass_on(self.rest.len())?;
        self.out.flush()
    }
}

/// Controls, marks that turn the direction of text, separators of lines and paragraphs, and invisible tags. The joiners of
/// emoji and of scripts that need them are text.
fn drives(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
        || matches!(c, '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn escaped(text: &str, stays: impl Fn(char) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match drives(c) && !stays(c) {
            true => shown.extend(c.escape_unicode()),
            false => shown.push(c),
        }
    }
    shown
}

/// Text on one line.
pub fn visible(text: &str) -> String {
    escaped(text, |_| false)
}

/// Text that may have several lines, such as a list of problems.
pub fn visible_lines(text: &str) -> String {
    escaped(text, |c| c == '\n')
}

/// JSON that means the same, with `\u` escapes. Outside its strings there is nothing to escape.
pub fn visible_json(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for c in json.chars() {
        match drives(c) && c != '\n' {
            true => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| shown.push_str(&format!("\\u{unit:04x}"))),
            false => shown.push(c),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "a\u{1b}[31m\u{9b}2J\u{7f}\u{202e}\n\u{e0041}z";

    #[test]
    fn nothing_that_drives_is_left_and_the_rest_stays() {
        assert_eq!(visible(HOSTILE), "a\\u{1b}[31m\\u{9b}2J\\u{7f}\\u{202e}\\u{a}\\u{e0041}z");
        assert_eq!(visible_lines("one\ntwo\r"), "one\ntwo\\u{d}");
        let family = "Zürich 見 \u{1f468}\u{200d}\u{1f469}";
        assert_eq!(visible(family), family);
    }

    #[test]
    fn a_character_may_come_in_pieces() {
        let mut out = Visible::of(Vec::new(), visible_lines);
        HOSTILE.bytes().for_each(|byte| out.write_all(&[byte]).unwrap());
        out.write_all(b"\xff").unwrap();
        out.flush().unwrap();
        assert_eq!(String::from_utf8(out.out).unwrap(), format!("{}\u{fffd}", visible_lines(HOSTILE)));
    }

    #[test]
    fn json_means_the_same() {
        let json = serde_json::to_string_pretty(&serde_json::json!({ HOSTILE: [HOSTILE, 1] })).unwrap();
        let shown = visible_json(&json);
        assert!(!shown.chars().any(|c| drives(c) && c != '\n'), "{shown:?}");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&shown).unwrap(),
            serde_json::from_str::<serde_json::Value>(&json).unwrap()
        );
    }
}
