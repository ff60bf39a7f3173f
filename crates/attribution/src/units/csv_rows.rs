//! CSV to tables, one a row.

use super::node::{Node, Table, Unreadable};
use super::read::{FIELDS, LISTS};

/// Reads rows under a header. Lists have `;` between their items; empty cells are left out.
pub(super) fn read(text: &str) -> Result<Vec<Table>, Unreadable> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let failed = |error: csv::Error| {
        let line = error.position().map_or(1, |position| position.line() as usize);
        let message = match error.kind() {
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                format!("the row has {len} cells and the header has {expected_len}: quote cells that hold a comma")
            }
            _ => format!("this is not CSV that can be read: {error}"),
        };
        Unreadable { line, message }
    };
    let heads: Vec<String> = reader.headers().map_err(failed)?.iter().map(head).collect();
    if let Some(twice) = heads.iter().enumerate().find_map(|(at, name)| heads[..at].contains(name).then_some(name)) {
        return Err(Unreadable { line: 1, message: format!("the column {twice:?} stands twice in the header") });
    }
    let mut tables = Vec::new();
    for record in reader.records() {
        let record = record.map_err(failed)?;
        let line = record.position().map_or(0, |position| position.line() as usize);
        let cells = heads.iter().zip(&record).filter(|(_, cell)| !cell.is_empty());
        let fields = cells.map(|(name, cell)| (name.clone(), value(name, cell))).collect();
        tables.push(Table { line, fields });
    }
    Ok(tables)
}

/// A column's name as the other forms have it: `Cost centre` is `cost_center`.
fn head(text: &str) -> String {
    let name = text.to_lowercase().replace([' ', '-'], "_").replace("centre", "center");
    match name.as_str() {
        "unit" => "id".to_owned(),
        "below" => "parent".to_owned(),
        "owner" => "owners".to_owned(),
        _ if FIELDS.contains(&name.as_str()) => name,
        _ => text.to_owned(),
    }
}

fn value(name: &str, cell: &str) -> Node {
    let item = |text: &str| Node::Text(unguarded(text.trim()).to_owned());
    match LISTS.contains(&name) {
        true => Node::List(cell.split(';').filter(|text| !text.trim().is_empty()).map(item).collect()),
        false => item(cell),
    }
}

/// What a spreadsheet takes for the beginning of a formula; the wide forms too where it speaks Chinese, Japanese or Korean.
const SIGNS: [char; 8] = ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').trim_start().starts_with(SIGNS)
}

/// Text with an apostrophe before what a spreadsheet would run as a formula.
pub(super) fn guarded(text: &str) -> String {
    if is_formula(text) { format!("'{text}") } else { text.to_owned() }
}

/// Text without the apostrophe that [`guarded`] puts there.
fn unguarded(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(text)
}
