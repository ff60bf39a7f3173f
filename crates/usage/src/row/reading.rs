use chrono::{DateTime, Utc};
use farthing_types::{Amount, AmountError, Rounded};

use super::{Cell, Row};
use crate::finding::shown;
use crate::{Effect, Finding, Findings, parse_moment};

/// The longest text kept as a name, in bytes: what ids allow.
const LONGEST_NAME: usize = 256;

/// The row cannot be used; a finding says why.
#[derive(Debug)]
pub(crate) struct SetAside;

/// Reads the columns of one row, noting a finding for each that cannot be read.
pub(crate) struct Reading<'a> {
    row: &'a Row<'a>,
    number: u64,
    findings: &'a mut Findings,
}

impl<'a> Reading<'a> {
    pub fn new(row: &'a Row<'a>, number: u64, findings: &'a mut Findings) -> Self {
        Self { row, number, findings }
    }

    pub fn cell(&self, names: &[&str]) -> Option<Cell<'a>> {
        self.row.find(names)
    }

    pub fn set_aside(&mut self, column: &str, rule: &'static str, message: String) -> SetAside {
        self.note(Effect::SetAside, column, rule, format!("{message} The row was set aside."));
        SetAside
    }

    pub fn keep(&mut self, column: &str, rule: &'static str, message: String) {
        self.note(Effect::Kept, column, rule, message);
    }

    fn note(&mut self, effect: Effect, column: &str, rule: &'static str, message: String) {
        let column: String = column.chars().filter(|c| !c.is_control()).take(80).collect();
        self.findings.add(Finding { row: self.number, column, rule, effect, message });
    }

    /// A column without which the row means nothing.
    pub fn required<T>(&mut self, value: Option<T>, column: &str) -> Result<T, SetAside> {
        value.ok_or_else(|| self.set_aside(column, "missing", format!("No {column}. Fill it in and import the file again.")))
    }

    /// A name that people gave: visible text of at most 256 bytes.
    pub fn name(&mut self, names: &[&str]) -> Result<Option<String>, SetAside> {
        let Some(cell) = self.cell(names) else { return Ok(None) };
        if let Some(name) = clean_name(&cell.text) {
            return Ok(Some(name));
        }
        let message = format!("{} is no name: at most 256 bytes of visible text.", shown(&cell.text));
        Err(self.set_aside(cell.column, "not-a-name", message))
    }

    /// A name with a type of its own.
    pub fn id<T: std::str::FromStr>(&mut self, names: &[&str]) -> Result<Option<T>, SetAside>
    where
        T::Err: std::fmt::Display,
    {
        let Some(cell) = self.cell(names) else { return Ok(None) };
        match cell.text.parse() {
            Ok(id) => Ok(Some(id)),
            Err(error) => Err(self.set_aside(cell.column, "not-a-name", format!("{error}."))),
        }
    }

    /// A count: a whole number that is not negative. `12.0`, as data frames write it, is whole.
    pub fn count(&mut self, names: &[&str]) -> Result<Option<u64>, SetAside> {
        let Some(cell) = self.cell(names) else { return Ok(None) };
        match whole(&cell.text) {
            Some(count) => Ok(Some(count)),
            None => {
                let message = format!("{} is no count: write a whole number from 0 on.", shown(&cell.text));
                Err(self.set_aside(cell.column, "not-a-count", message))
            }
        }
    }

    /// A decimal, with what rounding it to 1e-18 left out.
    pub fn decimal(&mut self, names: &[&str]) -> Result<Option<Rounded>, SetAside> {
        let Some(cell) = self.cell(names) else { return Ok(None) };
        match Amount::parse(cell.text.as_bytes()) {
            Ok(rounded) => Ok(Some(rounded)),
            Err(error) => {
                let cause = match error {
                    AmountError::NotADecimal(_) => "is not a decimal: write it with a point and without separators",
                    AmountError::OutOfRange => "does not fit 38 digits with 18 decimals",
                };
                Err(self.set_aside(cell.column, "not-a-decimal", format!("{} {cause}.", shown(&cell.text))))
            }
        }
    }

    /// A decimal from 0 on.
    pub fn quantity(&mut self, names: &[&str]) -> Result<Option<Amount>, SetAside> {
        let Some(read) = self.decimal(names)? else { return Ok(None) };
        if read.amount.is_negative() {
            let (column, text) = self.cell(names).map_or(("", String::new()), |c| (c.column, shown(&c.text)));
            return Err(self.set_aside(column, "negative", format!("{text} is below zero.")));
        }
        Ok(Some(read.amount))
    }

    pub fn moment(&mut self, names: &[&str]) -> Result<Option<DateTime<Utc>>, SetAside> {
        let Some(cell) = self.cell(names) else { return Ok(None) };
        match parse_moment(&cell.text) {
            Some(moment) => Ok(Some(moment)),
            None => {
                let message = format!(
                    "{} is no time from 2000 to 2100: write RFC 3339, YYYY-MM-DD HH:MM:SS (UTC), or Unix time.",
                    shown(&cell.text)
                );
                Err(self.set_aside(cell.column, "not-a-time", message))
            }
        }
    }

    /// The columns `tag:X`; a tag that is no visible text is left out with a finding.
    pub fn tags(&mut self) -> std::collections::BTreeMap<String, String> {
        let mut tags = std::collections::BTreeMap::new();
        for (key, value) in self.row.tags() {
            self.add_tag(&mut tags, &key, &value);
        }
        tags
    }

    /// The members of a column that holds an object, as texts; none where there is no such column.
    pub fn members(&self, name: &str) -> Vec<(String, String)> {
        let Some(cell) = self.cell(&[&super::normalised(name)]) else { return Vec::new() };
        let Ok(members) = serde_json::from_str::<std::collections::BTreeMap<String, &serde_json::value::RawValue>>(&cell.text)
        else {
            return Vec::new();
        };
        let text = |value: &serde_json::value::RawValue| match value.get().as_bytes().first() {
            Some(b'"') => serde_json::from_str::<String>(value.get()).ok(),
            Some(b'n') | None => None,
            _ => Some(value.get().to_owned()),
        };
        members.into_iter().filter_map(|(key, value)| Some((key, text(value)?))).collect()
    }

    pub fn add_tag(&mut self, tags: &mut std::collections::BTreeMap<String, String>, key: &str, value: &str) {
        match (clean_name(key), value.is_empty(), clean_name(value)) {
            (Some(key), true, _) => drop(tags.insert(key, String::new())),
            (Some(key), false, Some(value)) => drop(tags.insert(key, value)),
            _ => {
                let message = format!("tag {} = {} is no visible text of 256 bytes; it was left out", shown(key), shown(value));
                self.keep("tags", "not-a-tag", message);
            }
        }
    }
}

fn clean_name(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty() && text.len() <= LONGEST_NAME && !text.chars().any(char::is_control)).then(|| text.to_owned())
}

/// `text` as a count.
pub(crate) fn whole(text: &str) -> Option<u64> {
    if let Ok(count) = text.parse::<u64>() {
        return Some(count);
    }
    let read = Amount::parse(text.as_bytes()).ok()?;
    let one = Amount::ONE.atto();
    let is_whole = read.residue == 0 && read.amount.atto() % one == 0;
    is_whole.then(|| u64::try_from(read.amount.atto() / one).ok()).flatten()
}
