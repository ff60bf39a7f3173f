use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{BufRead, Read};

use serde_json::value::RawValue;

use super::{Cell, Row, is_absent, normalised};
use crate::{DecodeError, DecodeReport, Effect, Finding, Limits};

/// One JSON object, its values as they are written: a number keeps every digit of its text.
pub(crate) struct JsonRow<'a> {
    fields: BTreeMap<String, (String, &'a RawValue)>,
    whole: &'a [u8],
}

impl<'a> JsonRow<'a> {
    fn parse(bytes: &'a [u8]) -> Result<Self, serde_json::Error> {
        let fields: BTreeMap<String, &RawValue> = serde_json::from_slice(bytes)?;
        let fields = fields.into_iter().map(|(name, value)| (normalised(&name), (name, value))).collect();
        Ok(Self { fields, whole: bytes })
    }

    pub fn get(&self, normalised_name: &str) -> Option<Cell<'_>> {
        let (column, value) = self.fields.get(normalised_name)?;
        let text = text_of(value)?;
        (!is_absent(&text)).then_some(Cell { column, text })
    }

    /// Fields named `tag:X`, and the members of an object named `tags`.
    pub fn tags(&self) -> Vec<(String, String)> {
        let mut tags = Vec::new();
        for (name, value) in self.fields.values() {
            if let (Some(key), Some(text)) = (name.strip_prefix("tag:"), text_of(value)) {
                tags.push((key.to_owned(), text.into_owned()));
            }
        }
        if let Some((_, value)) = self.fields.get("tags")
            && let Ok(members) = serde_json::from_str::<BTreeMap<String, &RawValue>>(value.get())
        {
            tags.extend(members.into_iter().filter_map(|(key, value)| Some((key, text_of(value)?.into_owned()))));
        }
        tags
    }

    /// The object as it is written.
    pub fn bytes(&self) -> &'a [u8] {
        self.whole
    }
}

/// A string without its quotes, anything else as it is written; `None` for null.
fn text_of(value: &RawValue) -> Option<Cow<'_, str>> {
    match value.get().as_bytes().first() {
        Some(b'"') => serde_json::from_str::<String>(value.get()).ok().map(|text| Cow::Owned(text.trim().to_owned())),
        Some(b'n') => None,
        _ => Some(Cow::Borrowed(value.get())),
    }
}

pub(super) fn for_each_json_row<E: From<DecodeError>>(
    mut input: impl BufRead,
    array: bool,
    limits: &Limits,
    report: &mut DecodeReport,
    each: &mut impl FnMut(&Row<'_>, u64, &mut DecodeReport) -> Result<(), E>,
) -> Result<(), E> {
    let mut piece = Vec::new();
    let mut number = 0;
    loop {
        piece.clear();
        let more = if array {
            next_element(&mut input, &mut piece, limits, number + 1)?
        } else {
            next_line(&mut input, &mut piece, limits, number + 1)?
        };
        if !more {
            return Ok(());
        }
        number += 1;
        let bytes = piece.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&piece).trim_ascii();
        if bytes.is_empty() {
            continue;
        }
        report.rows += 1;
        match JsonRow::parse(bytes) {
            Ok(row) => each(&Row::Json(row), number, report)?,
            Err(error) => {
                let rule = if error.is_eof() { "truncated-json" } else { "not-a-json-object" };
                let message = format!("not a whole JSON object ({error}); the row was set aside. Export it again");
                report.findings.add(Finding { row: number, column: String::new(), rule, effect: Effect::SetAside, message });
            }
        }
    }
}

fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>, limits: &Limits, row: u64) -> Result<bool, DecodeError> {
    let limit = limits.row_bytes;
    let count = input.take(limit as u64 + 1).read_until(b'\n', line).map_err(|source| DecodeError::Read { row, source })?;
    if count > limit {
        return Err(DecodeError::RowTooLong { row, limit });
    }
    Ok(count > 0)
}

/// The next element of a top-level array, found by counting brackets outside strings; its grammar is checked by the parser.
/// Arrays that follow one another, as a gateway's posts do in a log, are read as one.
fn next_element(input: &mut impl BufRead, element: &mut Vec<u8>, limits: &Limits, row: u64) -> Result<bool, DecodeError> {
    let mut cutter = Cutter::default();
    loop {
        let buffer = input.fill_buf().map_err(|source| DecodeError::Read { row, source })?;
        if buffer.is_empty() {
            return Ok(!element.is_empty());
        }
        let mut used = 0;
        let mut done = false;
        for &byte in buffer {
            match cutter.step(byte, element.is_empty()) {
                Step::Skip => used += 1,
                Step::Take => {
                    used += 1;
                    element.push(byte);
                }
                Step::TakeLast => {
                    used += 1;
                    element.push(byte);
                    done = true;
                }
                Step::EndBefore => done = true,
            }
            if done {
                break;
            }
        }
        input.consume(used);
        if element.len() > limits.row_bytes {
            return Err(DecodeError::RowTooLong { row, limit: limits.row_bytes });
        }
        if done {
            return Ok(true);
        }
    }
}

#[derive(Default)]
struct Cutter {
    depth: u32,
    in_string: bool,
    escaped: bool,
}

enum Step {
    Skip,
    Take,
    TakeLast,
    EndBefore,
}

impl Cutter {
    fn step(&mut self, byte: u8, at_start: bool) -> Step {
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return Step::Take;
        }
        if at_start && (byte.is_ascii_whitespace() || matches!(byte, b'[' | b']' | b',' | 0xef | 0xbb | 0xbf)) {
            return Step::Skip;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' if self.depth > 1 => self.depth -= 1,
            b'}' | b']' if self.depth == 1 => return Step::TakeLast,
            b',' | b']' if self.depth == 0 => return Step::EndBefore,
            _ => {}
        }
        Step::Take
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, array: bool) -> (Vec<(u64, String)>, DecodeReport) {
        let mut report = DecodeReport { findings: crate::Findings::with_limit(10), ..DecodeReport::default() };
        let mut seen = Vec::new();
        // A buffer of three bytes cuts everything in the middle.
        let input = std::io::BufReader::with_capacity(3, text.as_bytes());
        for_each_json_row::<DecodeError>(input, array, &Limits::default(), &mut report, &mut |row, number, _| {
            seen.push((number, row.find(&["a"]).map_or_else(|| "none".to_owned(), |cell| cell.text.into_owned())));
            Ok(())
        })
        .unwrap();
        (seen, report)
    }

    #[test]
    fn elements_are_cut_outside_strings_only() {
        let (seen, report) = rows(r#" [ {"a":"]},{\"[","b":[{}]} , 7, {"A":0.10}, {"a":null} ][{"a":true}]"#, true);
        let expected = [(1, "]},{\"["), (3, "0.10"), (4, "none"), (5, "true")];
        assert_eq!(seen, expected.map(|(n, t)| (n, t.to_owned())));
        assert_eq!((report.rows, report.findings.count()), (5, 1));
        assert_eq!(report.findings.first()[0].row, 2);
    }

    #[test]
    fn a_broken_line_does_not_lose_the_next() {
        let (seen, report) = rows("{\"a\":1}\n\n{\"a\":\n{\"a\":2}\n{\"a\":\"x", false);
        assert_eq!(seen, [(1, "1".to_owned()), (4, "2".to_owned())]);
        assert_eq!(
            report.findings.first().iter().map(|f| (f.row, f.rule)).collect::<Vec<_>>(),
            [(3, "truncated-json"), (5, "truncated-json")]
        );
    }

    #[test]
    fn an_array_cut_short_is_a_finding() {
        let (seen, report) = rows(r#"[{"a":1},{"a":"#, true);
        assert_eq!(seen.len(), 1);
        assert_eq!(report.findings.first()[0].rule, "truncated-json");
    }
}
