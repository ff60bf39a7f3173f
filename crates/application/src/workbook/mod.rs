//! Workbooks for spreadsheets (Office Open XML, ECMA-376): typed numbers with the exact decimal text in a column beside each.
//!
//! A spreadsheet's numbers are binary fractions of fifteen digits, so the number is for adding up in view and the text is what was
//! computed. Texts are stored as texts and marked as such: nothing in them is ever a formula. The same workbook has the same bytes.

mod archive;
mod xml;

use chrono::{DateTime, Utc};
use farthing_types::Amount;

use crate::Error;
use archive::Archive;

/// Rows of a sheet, as the format has them.
const MOST_ROWS: usize = 1 << 20;

/// A column of a sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    /// Money: two decimals in view, and a column of exact text.
    Money,
    /// Any other exact number, likewise.
    Number,
    /// A whole number.
    Count,
}

/// What a cell holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    Amount(Amount),
    Count(u64),
    Nothing,
}

impl Value {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub fn maybe(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Nothing, |text| Self::Text(text.into()))
    }
}

/// One sheet: heads and rows.
#[derive(Clone, Debug)]
pub(crate) struct Sheet<'a> {
    pub name: &'a str,
    pub columns: Vec<(&'a str, Kind)>,
    pub rows: Vec<Vec<Value>>,
}

/// Writes a workbook.
///
/// # Errors
/// When a sheet has more rows than the format allows.
pub(crate) fn workbook(title: &str, moment: DateTime<Utc>, sheets: &[Sheet<'_>]) -> Result<Vec<u8>, Error> {
    let mut archive = Archive::default();
    let mut add = |name: &str, content: String| archive.add(name, content.as_bytes()).map_err(Error::Unwritten);
    add("[Content_Types].xml", xml::content_types(sheets.len()))?;
    add("_rels/.rels", xml::ROOT_RELATIONS.to_owned())?;
    add("docProps/core.xml", xml::properties(title, moment))?;
    add("xl/workbook.xml", xml::book(sheets))?;
    add("xl/_rels/workbook.xml.rels", xml::relations(sheets.len()))?;
    add("xl/styles.xml", xml::STYLES.to_owned())?;
    for (at, sheet) in sheets.iter().enumerate() {
        if sheet.rows.len() >= MOST_ROWS {
            return Err(Error::Invalid(format!(
                "{} has {} rows, and a spreadsheet holds {MOST_ROWS} with its head: ask for csv or parquet",
                sheet.name,
                sheet.rows.len()
            )));
        }
        add(&format!("xl/worksheets/sheet{}.xml", at + 1), xml::sheet(sheet))?;
    }
    archive.finish().map_err(Error::Unwritten)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_workbook_has_the_same_bytes_and_no_formula() {
        let sheet = Sheet {
            name: "Statement",
            columns: vec![("Unit", Kind::Text), ("Total", Kind::Money), ("Charges", Kind::Count)],
            rows: vec![
                vec![Value::text("=1+1"), Value::Amount("-1.000000000000000001".parse().unwrap()), Value::Count(3)],
                vec![Value::text("a\u{1}<b> & _x0041_"), Value::Nothing, Value::Nothing],
            ],
        };
        let moment = "2026-06-03T04:00:00Z".parse().unwrap();
        let write = || workbook("A statement", moment, std::slice::from_ref(&sheet)).unwrap();
        assert_eq!(write(), write());
        let text = xml::sheet(&sheet);
        assert!(!text.contains("<f>"), "{text}");
        insta::assert_snapshot!(text);
    }
}
