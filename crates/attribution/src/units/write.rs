//! A units document as text.

use std::fmt::Write;

use serde::Serialize;
use serde_json::Value;

use super::csv_rows::guarded;
use super::read::FIELDS;
use super::{UnitSpan, UnitsDocument};

/// The document as JSON has it.
#[derive(Serialize)]
struct Written<'a> {
    version: u32,
    units: &'a [UnitSpan],
}

impl UnitsDocument {
    /// As JSON: what is kept. The same units are the same text.
    pub fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(&Written { version: 1, units: &self.spans });
        text.expect("names are texts and there is nothing that JSON does not know") + "\n"
    }

    /// As YAML. Every text is in quotes, so that nothing is taken for a number or a truth value.
    pub fn to_yaml(&self) -> String {
        let mut text = "version: 1\nunits:\n".to_owned();
        for span in &self.spans {
            let fields = fields(span);
            for (at, (name, value)) in fields.iter().enumerate() {
                let lead = if at == 0 { "  - " } else { "    " };
                // JSON is YAML, as long as it stands on one line.
                writeln!(text, "{lead}{name}: {value}").expect("writing to a text never fails");
            }
        }
        text
    }

    /// As the rows of CSV, the header first. What a spreadsheet would run as a formula has an apostrophe before it, which the reader
    /// takes away again.
    pub fn to_rows(&self) -> Vec<Vec<String>> {
        let mut rows = vec![FIELDS.map(str::to_owned).to_vec()];
        for span in &self.spans {
            let fields = fields(span);
            let cell = |name: &str| match fields.iter().find(|(field, _)| *field == name) {
                None => String::new(),
                Some((_, Value::Array(items))) => {
                    items.iter().filter_map(Value::as_str).map(guarded).collect::<Vec<_>>().join("; ")
                }
                Some((_, value)) => guarded(value.as_str().unwrap_or_default()),
            };
            rows.push(FIELDS.iter().map(|name| cell(name)).collect());
        }
        rows
    }
}

/// The fields of an entry that say something, as JSON.
fn fields(span: &UnitSpan) -> Vec<(&'static str, Value)> {
    let value = serde_json::to_value(span).expect("an entry is a table of texts");
    let said = |name: &'static str| {
        let value = value.get(name)?;
        let is_empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        (!is_empty).then(|| (name, value.clone()))
    };
    FIELDS.into_iter().filter_map(said).collect()
}
