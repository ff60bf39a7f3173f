//! What an import has to say about its rows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A rule that must hold is broken. Where the rule is one of the import, the row was set aside and its money is in no total.
    Error,
    /// The row was kept; a value of it was not, or a rule that should hold is broken.
    Warning,
    /// Everything was kept; something was understood in a way worth knowing.
    Note,
}

/// One kind of thing found in one column of one file, with how often and where first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// A stable name for the kind: `not-a-decimal`.
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// The file's column, or empty where the row or file as a whole is meant.
    pub column: String,
    /// How many rows.
    pub count: u64,
    /// The first rows, 1-based and counting the header; 0 where no row is meant.
    pub rows: Vec<u64>,
    /// The value in the first of them, cut to 120 characters.
    pub value: String,
    /// Cause and next step.
    pub message: String,
}

pub(crate) const ROWS_KEPT: usize = 5;

/// The findings of a file or of a part of it. Adding parts in the file's order gives the same answer as reading it whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    by_kind: BTreeMap<(Severity, &'static str, String), Seen>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    count: u64,
    rows: Vec<u64>,
    value: String,
    message: &'static str,
}

impl Findings {
    /// Notes one row. `row` counts the header as row 1; 0 where no row is meant.
    pub fn add(&mut self, kind: Rule, column: &str, row: u64, value: &[u8]) {
        self.add_many(kind, column, row, value, 1);
    }

    /// Notes `count` rows of which `row` is the first.
    pub fn add_many(&mut self, kind: Rule, column: &str, row: u64, value: &[u8], count: u64) {
        let seen = self.by_kind.entry((kind.severity, kind.name, column.to_owned())).or_default();
        if seen.count == 0 {
            seen.value = visible(value);
            seen.message = kind.message;
        }
        seen.count += count;
        if seen.rows.len() < ROWS_KEPT && row > 0 {
            seen.rows.push(row);
        }
    }

    /// Adds what a later part of the same file found.
    pub fn append(&mut self, later: Findings) {
        for (key, other) in later.by_kind {
            let seen = self.by_kind.entry(key).or_default();
            if seen.count == 0 {
                *seen = other;
                continue;
            }
            seen.count += other.count;
            let free = ROWS_KEPT.saturating_sub(seen.rows.len());
            seen.rows.extend(other.rows.into_iter().take(free));
        }
    }

    /// Moves the row numbers on: a part that was numbered from 1 begins after `offset` rows.
    pub fn shift_rows(&mut self, offset: u64) {
        for seen in self.by_kind.values_mut() {
            seen.rows.iter_mut().for_each(|row| *row += offset);
        }
    }

    /// Leaves out the values seen in the columns that are to be hidden; what was found in them, and where, stays.
    pub fn hide_values(&mut self, is_hidden: impl Fn(&str) -> bool) {
        for ((.., column), seen) in &mut self.by_kind {
            if !seen.value.is_empty() && is_hidden(column) {
                seen.value = "(masked)".to_owned();
            }
        }
    }

    /// True where there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.by_kind.is_empty()
    }

    /// Everything found, errors first.
    pub fn list(&self) -> Vec<Finding> {
        let finding = |((severity, rule, column), seen): (&(Severity, &str, String), &Seen)| Finding {
            rule: (*rule).to_owned(),
            severity: *severity,
            column: column.clone(),
            count: seen.count,
            rows: seen.rows.clone(),
            value: seen.value.clone(),
            message: seen.message.to_owned(),
        };
        self.by_kind.iter().map(finding).collect()
    }
}

/// A value made safe to print: cut, and with control and direction-changing characters shown as escapes.
fn visible(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(&value[..value.len().min(480)]);
    let hidden =
        |c: char| c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let shown = text.chars().take(120);
    shown.flat_map(|c| if hidden(c) { c.escape_unicode().collect::<Vec<_>>() } else { vec![c] }).collect()
}

/// A kind of finding: its stable name, severity, and what to tell the reader.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    pub(crate) name: &'static str,
    pub(crate) severity: Severity,
    pub(crate) message: &'static str,
}

macro_rules! rules {
    ($($id:ident = $severity:ident $name:literal: $message:literal;)*) => {
        $(pub(crate) const $id: Rule = Rule { name: $name, severity: Severity::$severity, message: $message };)*
    };
}

rules! {
    FIELD_COUNT = Error "field-count": "the row has another number of fields than the header; the row was set aside. Look for a stray quote or separator in it";
    NOT_JSON = Error "not-json": "the line is no JSON object; it was set aside. Write one object a line";
    NOT_A_COST = Error "not-a-cost": "the cost is not a decimal number, so the row was set aside. Correct it in the file and import again";
    COST_TOO_LARGE = Error "cost-too-large": "the cost is beyond ±1e15, which no charge is; the row was set aside. Check the file's units";
    NO_COST = Error "no-billed-cost": "the row has no BilledCost, which FOCUS makes mandatory; the row was set aside";
    NO_CURRENCY = Error "no-currency": "BillingCurrency is not an ISO 4217 code such as USD; the row was set aside, because its money cannot be added to any total";
    NO_PERIOD = Error "no-billing-period": "BillingPeriodStart is not a moment such as 2026-05-01T00:00:00Z; the row was set aside, because it belongs to no month";
    NOT_UTF8 = Warning "not-utf-8": "the text is not UTF-8; the bytes that are not were replaced. Export the file as UTF-8";
    NOT_A_DECIMAL = Warning "not-a-decimal": "the value is not a decimal number and was left empty; the row and its costs were kept";
    NOT_A_MOMENT = Warning "not-a-moment": "the value is not a date and time such as 2026-05-01T00:00:00Z and was left empty; the row and its costs were kept";
    COST_MISSING = Warning "cost-missing": "the cost is empty and counts as zero. Reports on this cost are too low by what is missing; prefer another cost";
    FINER_THAN_LEDGER = Note "finer-than-1e-18": "the amount has more than 18 decimals: it was rounded half to even and the exact rest is recorded with the revision";
    NO_ZONE = Note "no-time-zone": "the times carry no zone and were read as UTC";
    LITERAL_NULL = Note "literal-null": "the text NULL or (null) was read as empty";
    NOT_LISTED = Note "value-not-in-mapping": "the mapping does not list this value, so what it says for other values holds. Add it to a mapping of your own if it matters";
    NOT_TAGS = Warning "not-tags": "the tags are neither a JSON object nor a list of keys and values and were left empty; the row and its costs were kept";
    KEPT_COLUMN = Note "kept-column": "FOCUS has no column for this; it was kept as text under its name with x_ before it";
    LEFT_OUT = Note "left-out-column": "the mapping leaves this column out, by its list leave_out; its values were not kept";
    UNKNOWN_COLUMN = Note "unknown-column": "this is no FOCUS column; it was kept under its name, as text";
    MISSING_COLUMN = Warning "missing-column": "FOCUS makes this column mandatory and the file does not have it; it was left empty";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_added_in_order_equal_the_whole() {
        let mut whole = Findings::default();
        let mut parts = Findings::default();
        for part in 0..3_u64 {
            let mut one = Findings::default();
            for row in part * 4..part * 4 + 4 {
                whole.add(NOT_A_DECIMAL, "ListUnitPrice", row + 2, b"n/a");
                one.add(NOT_A_DECIMAL, "ListUnitPrice", row + 2, b"n/a");
            }
            parts.append(one);
        }
        assert_eq!(whole, parts);
        let list = whole.list();
        assert_eq!((list[0].count, list[0].rows.as_slice()), (12, [2, 3, 4, 5, 6].as_slice()));
    }

    #[test]
    fn values_cannot_drive_the_terminal() {
        let mut findings = Findings::default();
        findings.add(NOT_A_DECIMAL, "X", 2, "\u{1b}[2J\u{202e}".as_bytes());
        assert_eq!(findings.list()[0].value, "\\u{1b}[2J\\u{202e}");
    }
}
