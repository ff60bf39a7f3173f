//! JSON lines to charges: one object a line, its nested objects taken apart into columns named `outer.inner`.
//!
//! Numbers are taken as the digits they are written in; lists stay JSON.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringBuilder};
use arrow::error::ArrowError;
use hashbrown::HashMap;

use crate::charges::{Charges, RowNumbers};
use crate::column::column;
use crate::finding::{self, Findings};
use crate::from_arrow::ArrowDecoder;
use crate::header::Header;
use crate::nested::quoted;

/// Objects go no deeper.
const DEEPEST: usize = 32;

/// The column for fields that the first rows of a file do not have.
const LATER: &str = "x_LaterFields";

/// The columns of JSON lines, from the first of them; a last line may be cut off.
pub fn json_names(lines: &[u8]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut known: HashMap<String, ()> = HashMap::new();
    for line in lines.split(|&b| b == b'\n') {
        let Ok(line) = std::str::from_utf8(line) else { continue };
        // A line that is no object is reported when it is decoded.
        let _ = fields(line, &mut |name, _| {
            if known.insert(name.to_owned(), ()).is_none() {
                names.push(name.to_owned());
            }
        });
    }
    if !names.is_empty() {
        names.push(LATER.to_owned());
    }
    names
}

/// Decodes parts of a file of JSON lines whose columns are known.
#[derive(Clone, Debug)]
pub struct JsonDecoder {
    places: HashMap<String, usize>,
    columns: usize,
    decoder: ArrowDecoder,
}

impl JsonDecoder {
    /// A decoder for files with these columns, which `header` was made of.
    pub fn new(header: Header, names: &[String]) -> Self {
        let places = names.iter().enumerate().map(|(at, name)| (name.clone(), at)).collect();
        Self { places, columns: names.len(), decoder: ArrowDecoder::new(header) }
    }

    /// Decodes whole lines. `first_row` is the file's number of the first of them, counted from 1.
    ///
    /// # Errors
    /// Only when the columns cannot be put together, which is a mistake of this program.
    pub fn decode(&self, bytes: &[u8], first_row: u64) -> Result<Charges, ArrowError> {
        let mut builders: Vec<StringBuilder> = (0..self.columns).map(|_| StringBuilder::new()).collect();
        let mut values: Vec<Option<String>> = vec![None; self.columns];
        let (mut numbers, mut findings, mut broken) = (Vec::new(), Findings::default(), 0);
        let mut row = first_row;
        for line in bytes.split(|&b| b == b'\n') {
            let line = line.trim_ascii();
            if line.is_empty() {
                continue;
            }
            let text = String::from_utf8_lossy(line);
            if matches!(text, Cow::Owned(_)) {
                findings.add(finding::NOT_UTF8, "", row, line);
            }
            let mut later = String::new();
            let read = fields(&text, &mut |name, value| match self.places.get(name) {
                Some(&at) => values[at] = Some(value.into_owned()),
                None => later += &format!("{}{}:{}", if later.is_empty() { "{" } else { "," }, quoted(name), quoted(&value)),
            });
            match read {
                Some(()) => {
                    if let (false, Some(&at)) = (later.is_empty(), self.places.get(LATER)) {
                        values[at] = Some(later + "}");
                    }
                    builders.iter_mut().zip(&mut values).for_each(|(builder, value)| builder.append_option(value.take()));
                    numbers.push(row);
                }
                None => {
                    values.iter_mut().for_each(|value| *value = None);
                    findings.add(finding::NOT_JSON, "", row, line);
                    broken += 1;
                }
            }
            row += 1;
        }
        let columns = builders.into_iter().map(|mut builder| Arc::new(builder.finish()) as ArrayRef).collect();
        let rows = numbers.len();
        self.decoder.decode_columns(columns, rows, RowNumbers::Each(numbers), findings, broken)
    }
}

type Emit<'e> = &'e mut dyn FnMut(&str, Cow<'_, str>);

/// Calls `emit` with each field of a JSON object that has a value; `None` where the text is no JSON object.
fn fields(text: &str, emit: Emit<'_>) -> Option<()> {
    let mut scanner = Scanner { text, at: 0 };
    scanner.blanks();
    scanner.object("", 0, emit)?;
    scanner.blanks();
    (scanner.at == text.len()).then_some(())
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Scanner<'t> {
    fn next(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while self.next().is_some_and(|b| b.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// Takes this byte, with the blanks around it.
    fn take(&mut self, byte: u8) -> Option<()> {
        self.blanks();
        (self.next()? == byte).then(|| self.at += 1)?;
        self.blanks();
        Some(())
    }

    fn object(&mut self, prefix: &str, depth: usize, emit: Emit<'_>) -> Option<()> {
        self.take(b'{')?;
        if self.take(b'}').is_some() {
            return Some(());
        }
        loop {
            let name = format!("{prefix}{}", self.string()?);
            self.take(b':')?;
            match self.next()? {
                // A FOCUS column that is an object, such as Tags, is one value.
                b'{' if depth < DEEPEST && column(&name).is_none() => self.object(&format!("{name}."), depth + 1, emit)?,
                b'{' | b'[' => emit(&name, self.nested()?.into()),
                b'"' => emit(&name, self.string()?),
                _ => match self.word()? {
                    "null" => {}
                    word => emit(&name, word.into()),
                },
            }
            if self.take(b',').is_none() {
                return self.take(b'}');
            }
        }
    }

    fn string(&mut self) -> Option<Cow<'t, str>> {
        let from = self.at;
        if self.next()? != b'"' {
            return None;
        }
        self.at += 1;
        let mut escaped = false;
        loop {
            match self.next()? {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    self.at += 2;
                }
                _ => self.at += 1,
            }
        }
        self.at += 1;
        let whole = self.text.get(from..self.at)?;
        if escaped {
            serde_json::from_str::<String>(whole).ok().map(Cow::Owned)
        } else {
            Some(Cow::Borrowed(&whole[1..whole.len() - 1]))
        }
    }

    /// A number, `true`, `false` or `null`, as it is written.
    fn word(&mut self) -> Option<&'t str> {
        let from = self.at;
        while self.next().is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.')) {
            self.at += 1;
        }
        self.text.get(from..self.at).filter(|word| !word.is_empty())
    }

    /// A list or an object, as it is written.
    fn nested(&mut self) -> Option<&'t str> {
        let from = self.at;
        let mut depth = 0_usize;
        loop {
            match self.next()? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return self.text.get(from..self.at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::AsArray;
    use arrow::datatypes::Decimal128Type;

    use super::*;
    use crate::{Format, money_columns};

    const LINE: &str = r#"{"BilledCost": 0.1000000000000000000001, "BillingCurrency":"USD","BillingPeriodStart":"2026-05-01T00:00:00Z","Tags":{"team":"a"},"x":{"y":[1,{"z":"}"}]},"n":null}"#;

    fn decode(text: &str) -> Charges {
        let names = json_names(text.as_bytes());
        let (header, _) = Header::of_names(&names, &Format::Auto).unwrap();
        JsonDecoder::new(header, &names).decode(text.as_bytes(), 1).unwrap()
    }

    #[test]
    fn objects_are_taken_apart_and_numbers_keep_their_digits() {
        let charges = decode(&format!("{LINE}\n\n{LINE}\n"));
        assert_eq!((charges.rows.num_rows(), charges.set_aside), (2, 0));
        let billed = charges.rows.column(money_columns()[0]).as_primitive::<Decimal128Type>();
        assert_eq!((billed.value(0), charges.residues[0].2), (100_000_000_000_000_000, 100_000_000_000_000));
        let text = |name: &str| charges.rows.column_by_name(name).unwrap().as_string::<i32>().value(0).to_owned();
        assert_eq!((text("Tags"), text("x.y")), (r#"{"team":"a"}"#.into(), r#"[1,{"z":"}"}]"#.into()));
    }

    #[test]
    fn a_broken_line_is_set_aside_and_later_fields_are_kept() {
        let broken = decode(&format!("{LINE}\n{{\"BilledCost\": 1\n{LINE}"));
        assert_eq!((broken.rows.num_rows(), broken.set_aside), (2, 1));
        assert_eq!(broken.findings.list()[0].rule, "not-json");
        let names = json_names(LINE.as_bytes());
        let (header, _) = Header::of_names(&names, &Format::Auto).unwrap();
        let line = LINE.replacen("\"n\":null", "\"new\":\"v\"", 1);
        let charges = JsonDecoder::new(header, &names).decode(line.as_bytes(), 1).unwrap();
        assert_eq!(charges.rows.column_by_name(LATER).unwrap().as_string::<i32>().value(0), r#"{"new":"v"}"#);
    }

    #[test]
    fn what_is_no_object_is_none() {
        for text in
            ["", "[]", "{", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{\"a\":1} x", "{\"a\":\"\\u12\"}", "{\"a\":[}", "{\"a\":1}}"]
        {
            assert!(fields(text, &mut |_, _| {}).is_none(), "{text}");
        }
    }
}
