//! A table as somebody has it before them, as a file: a workbook, or pages that can be printed. Needs no home.
//!
//! What is shown is printed as it is shown, so that a file and the page that it was made from say the same; a workbook has the exact figures
//! behind them, as every workbook of this program has.

use chrono::{DateTime, Utc};
use farthing_types::Amount;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::print::{PaperSize, print_table};
use crate::workbook::{Kind, Sheet, Value, workbook};
use crate::{Error, Farthing};

/// Rows of a printed table: some hundred pages.
const MOST_PRINTED: usize = 10_000;
/// Characters of a sheet's name, as the format has them.
const LONGEST_NAME: usize = 31;

/// A table to be made a file.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShownTable {
    /// What it is called.
    #[schema(example = "Cost by service")]
    pub title: String,
    /// What its figures are: currency, kind of cost, period.
    #[serde(default)]
    #[schema(example = "USD, effective cost, May 2026")]
    pub dek: String,
    /// What all of it rests on, for the head of each page.
    #[serde(default)]
    pub basis: String,
    /// Its columns.
    pub columns: Vec<ShownColumn>,
    /// Its rows, each with a cell a column; cells that are left out at the end are empty.
    pub rows: Vec<ShownRow>,
}

/// A column.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShownColumn {
    /// Its head.
    pub label: String,
    /// It holds figures, which stand at its right.
    #[serde(default)]
    pub figures: bool,
}

/// A row.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShownRow {
    /// What it is among the others.
    #[serde(default)]
    pub kind: RowKind,
    /// Its cells.
    pub cells: Vec<ShownCell>,
}

/// What a row is among the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ShownRowKind)]
pub enum RowKind {
    /// One of them.
    #[default]
    Line,
    /// The name of those that follow.
    Group,
    /// One of a group, or below another.
    Within,
    /// The sum of those before.
    Sum,
    /// The last sum of all.
    Total,
}

/// A cell.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShownCell {
    /// As it is shown.
    #[serde(default)]
    pub shown: String,
    /// The figure behind it, a plain decimal; as it is shown without one.
    pub exact: Option<String>,
}

impl ShownTable {
    /// The cell of a row; nothing where it has none.
    pub(crate) fn cell(row: &ShownRow, column: usize) -> &ShownCell {
        const NOTHING: &ShownCell = &ShownCell { shown: String::new(), exact: None };
        row.cells.get(column).unwrap_or(NOTHING)
    }

    fn checked(&self) -> Result<(), Error> {
        let wrong = |why: String| Err(Error::Invalid(why));
        if self.columns.is_empty() {
            return wrong("the table has no columns".to_owned());
        }
        match self.rows.iter().position(|row| row.cells.len() > self.columns.len()) {
            Some(at) => wrong(format!(
                "row {} of the table has {} cells for {} columns",
                at + 1,
                self.rows[at].cells.len(),
                self.columns.len()
            )),
            None => Ok(()),
        }
    }

    /// What a column is in a workbook: figures where each of its cells is one.
    fn kind(&self, column: usize) -> Kind {
        let cells = || self.rows.iter().map(|row| Self::cell(row, column)).filter(|cell| !plain(cell).is_empty());
        if !self.columns[column].figures || cells().next().is_none() {
            return Kind::Text;
        }
        if cells().all(|cell| cell.exact.is_some() && plain(cell).parse::<u64>().is_ok()) {
            return Kind::Count;
        }
        match cells().all(|cell| cell.exact.is_some() && plain(cell).parse::<Amount>().is_ok()) {
            true if cells().all(|cell| has_cents(&cell.shown)) => Kind::Money,
            true => Kind::Number,
            false => Kind::Text,
        }
    }
}

/// The figure of a cell, else what is shown; a dash stands for none.
fn plain(cell: &ShownCell) -> &str {
    cell.exact.as_deref().unwrap_or(if cell.shown == "\u{2013}" { "" } else { &cell.shown })
}

/// Two decimals are shown, whatever separates them.
fn has_cents(shown: &str) -> bool {
    let mut end = shown.trim_end_matches(')').chars().rev();
    let mut digit = || end.next().is_some_and(|character| character.is_ascii_digit());
    digit() && digit() && end.next().is_some_and(|character| matches!(character, '.' | ','))
}

impl Farthing {
    /// The table as a workbook, with a sheet that says what it is.
    ///
    /// # Errors
    /// When a row has more cells than there are columns, or there are more rows than a sheet holds.
    pub fn table_workbook(table: &ShownTable, now: DateTime<Utc>) -> Result<Vec<u8>, Error> {
        table.checked()?;
        let kinds: Vec<Kind> = (0..table.columns.len()).map(|column| table.kind(column)).collect();
        let value = |cell: &ShownCell, kind: Kind| match (kind, plain(cell)) {
            (_, "") => Value::Nothing,
            (Kind::Count, text) => text.parse().map_or_else(|_| Value::text(text), Value::Count),
            (Kind::Money | Kind::Number, text) => text.parse().map_or_else(|_| Value::text(text), Value::Amount),
            (Kind::Text, _) => Value::text(&cell.shown),
        };
        let rows = table
            .rows
            .iter()
            .map(|row| kinds.iter().enumerate().map(|(at, kind)| value(ShownTable::cell(row, at), *kind)).collect());
        let columns = table.columns.iter().zip(&kinds).map(|(column, kind)| (column.label.as_str(), *kind)).collect();
        let moment = now.format("%Y-%m-%d %H:%M UTC").to_string();
        let about = [("Table", table.title.as_str()), ("Figures", &table.dek), ("Basis", &table.basis), ("Made", &moment)];
        let about = about.map(|(what, text)| vec![Value::text(what), Value::text(text)]).to_vec();
        let name = sheet_name(&table.title);
        let sheets = [
            Sheet { name: &name, columns, rows: rows.collect() },
            Sheet {
                name: if name == "About" { "About it" } else { "About" },
                columns: vec![("What", Kind::Text), ("Says", Kind::Text)],
                rows: about,
            },
        ];
        workbook(&table.title, now, &sheets)
    }

    /// The table on paper.
    ///
    /// # Errors
    /// When a row has more cells than there are columns, there are too many rows, or a typeface of the program is damaged.
    pub fn print_table(table: &ShownTable, size: PaperSize, now: DateTime<Utc>) -> Result<Vec<u8>, Error> {
        table.checked()?;
        if table.rows.len() > MOST_PRINTED {
            let rows = table.rows.len();
            return Err(Error::Invalid(format!(
                "the table has {rows} rows, and at most {MOST_PRINTED} are printed: take it as CSV or XLSX"
            )));
        }
        print_table(table, size, now).map_err(|error| Error::Invalid(error.to_string()))
    }
}

/// A title as the name of a sheet, which has no brackets, colons and slashes, no apostrophe at its ends, and is short.
fn sheet_name(title: &str) -> String {
    let allowed = |character: &char| {
        !matches!(character, '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\'' | '"' | '<' | '>' | '&') && !character.is_control()
    };
    let name: String = title.chars().filter(allowed).take(LONGEST_NAME).collect();
    let name = name.trim().to_owned();
    if name.is_empty() { "Table".to_owned() } else { name }
}

#[cfg(test)]
mod tests;
