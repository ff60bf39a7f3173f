//! Accounts, and the columns of the file that the books import.

use std::collections::BTreeMap;

use farthing_types::{Currency, SourceName, UnitId};
use serde::Deserialize;

/// How a journal is posted and written: a TOML file.
///
/// ```toml
/// version = 1
/// journal = "CLOUD"          # the beginning of its name
/// decimals = 2               # of the books; without it those of the currency
/// delimiter = ";"            # between columns
/// decimal_comma = true       # 12,50 instead of 12.50
/// date_format = "%d.%m.%Y"   # as strftime has it
///
/// [accounts]
/// expense = "640000"         # debited for what units owe
/// clearing = "160000"        # credited for what was billed
/// unattributed = "649000"    # debited for what belongs to no unit
/// rounding = "658000"
/// accrued = "229000"         # credited for what is not billed yet
/// units = { payments = "641000" }     # instead of `expense`
/// sources = { aws = "160010" }        # instead of `clearing`
///
/// [[columns]]                # the columns of the file; {names} below
/// name = "Posting date"
/// value = "{date}"
/// ```
///
/// Names: `journal line date period entry account cost_center unit text currency debit credit amount side`. `amount` has
/// a minus for credits, `side` is `D` or `C`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JournalLayout {
    /// The version of this format: 1.
    pub version: u32,
    /// The beginning of the journal's name.
    #[serde(default = "journal")]
    pub journal: String,
    /// The decimals of the books; those of the currency without it.
    #[serde(default)]
    pub decimals: Option<u32>,
    /// What stands between columns: one character.
    #[serde(default = "delimiter")]
    pub delimiter: char,
    /// A comma before the decimals.
    #[serde(default)]
    pub decimal_comma: bool,
    /// How dates are written.
    #[serde(default = "date_format")]
    pub date_format: String,
    /// A first line with the columns' names.
    #[serde(default = "yes")]
    pub header: bool,
    /// The accounts.
    #[serde(default)]
    pub accounts: Accounts,
    /// The columns of the file; the journal's own without any.
    #[serde(default)]
    pub columns: Vec<LayoutColumn>,
}

/// The accounts of the books.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Accounts {
    /// Debited for what units owe.
    pub expense: String,
    /// Credited for what sources billed.
    pub clearing: String,
    /// Debited for what belongs to no unit.
    pub unattributed: String,
    /// Takes what rounding leaves over.
    pub rounding: String,
    /// Credited for what is not billed yet.
    pub accrued: String,
    /// By unit, instead of `expense`.
    pub units: BTreeMap<UnitId, String>,
    /// By source, instead of `clearing`.
    pub sources: BTreeMap<SourceName, String>,
}

/// A column of the file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayoutColumn {
    /// Its head.
    pub name: String,
    /// Text with `{names}`.
    pub value: String,
}

/// Why a layout cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// Not TOML, or not this format.
    #[error("{0}")]
    Unreadable(String),
    /// Another version.
    #[error("version = {0}: this program reads version 1 of the journal layout")]
    Version(u32),
    /// More decimals than the ledger has.
    #[error("decimals = {0}: there are 0 to 18")]
    Decimals(u32),
    /// A delimiter that cannot stand between columns.
    #[error(
        "delimiter = {0:?}: it is one character, such as ; or a tab, and none of a quote, a line end, a digit, a letter or a point"
    )]
    Delimiter(char),
    /// A comma in amounts between commas.
    #[error(
        "decimal_comma and the delimiter \",\" do not go together: amounts would fall into two columns; choose delimiter = \";\""
    )]
    Comma,
    /// A date that cannot be written.
    #[error("date_format = {0:?} is no format of dates: write for example \"%Y-%m-%d\" or \"%d.%m.%Y\"")]
    DateFormat(String),
    /// A name in a column that means nothing.
    #[error("column {column:?}: {{{name}}} is nothing that a line has; there are {}", NAMES.join(", "))]
    Name {
        /// The column.
        column: String,
        /// The name.
        name: String,
    },
    /// A brace without its other.
    #[error("column {column:?}: {value:?} has a brace without its other; write {{{{ and }}}} for braces that are text")]
    Brace {
        /// The column.
        column: String,
        /// The text.
        value: String,
    },
}

/// What stands in braces.
pub(super) const NAMES: [&str; 14] = [
    "journal",
    "line",
    "date",
    "period",
    "entry",
    "account",
    "cost_center",
    "unit",
    "text",
    "currency",
    "debit",
    "credit",
    "amount",
    "side",
];

fn journal() -> String {
    "FARTHING".to_owned()
}

fn delimiter() -> char {
    ','
}

fn date_format() -> String {
    "%Y-%m-%d".to_owned()
}

fn yes() -> bool {
    true
}

impl Default for Accounts {
    fn default() -> Self {
        Self {
            expense: "expense".to_owned(),
            clearing: "clearing".to_owned(),
            unattributed: "unattributed".to_owned(),
            rounding: "rounding".to_owned(),
            accrued: "accrued".to_owned(),
            units: BTreeMap::new(),
            sources: BTreeMap::new(),
        }
    }
}

impl Accounts {
    pub(super) fn of_unit(&self, unit: &UnitId) -> &str {
        self.units.get(unit).unwrap_or(&self.expense)
    }

    pub(super) fn of_source(&self, source: &SourceName) -> &str {
        self.sources.get(source).unwrap_or(&self.clearing)
    }
}

impl Default for JournalLayout {
    fn default() -> Self {
        Self {
            version: 1,
            journal: journal(),
            decimals: None,
            delimiter: delimiter(),
            decimal_comma: false,
            date_format: date_format(),
            header: true,
            accounts: Accounts::default(),
            columns: Vec::new(),
        }
    }
}

impl JournalLayout {
    /// Reads and checks a layout.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, LayoutError> {
        let layout: Self = toml::from_str(text).map_err(|error| LayoutError::Unreadable(error.to_string()))?;
        layout.check()?;
        Ok(layout)
    }

    fn check(&self) -> Result<(), LayoutError> {
        if self.version != 1 {
            return Err(LayoutError::Version(self.version));
        }
        if let Some(decimals) = self.decimals.filter(|decimals| *decimals > farthing_types::SCALE) {
            return Err(LayoutError::Decimals(decimals));
        }
        let c = self.delimiter;
        if c.is_alphanumeric() || matches!(c, '"' | '\n' | '\r' | '.' | '-') || (c.is_control() && c != '\t') {
            return Err(LayoutError::Delimiter(c));
        }
        if self.decimal_comma && c == ',' {
            return Err(LayoutError::Comma);
        }
        let items = chrono::format::StrftimeItems::new(&self.date_format);
        if items.clone().any(|item| matches!(item, chrono::format::Item::Error)) || !is_of_dates(&self.date_format) {
            return Err(LayoutError::DateFormat(self.date_format.clone()));
        }
        self.columns.iter().try_for_each(|column| column.pieces().map(|_| ()))
    }

    /// The decimals of the books.
    pub(super) fn decimals_of(&self, currency: Currency) -> u32 {
        self.decimals.unwrap_or_else(|| currency.decimals())
    }
}

/// True where a day can be written by it: times and zones cannot.
fn is_of_dates(format: &str) -> bool {
    use std::fmt::Write;
    let day = chrono::NaiveDate::from_ymd_opt(2026, 5, 31).expect("a day of the calendar");
    write!(String::new(), "{}", day.format(format)).is_ok()
}

/// A piece of a column's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    Name(&'static str),
}

impl LayoutColumn {
    /// The text cut at its braces.
    pub(super) fn pieces(&self) -> Result<Vec<Piece>, LayoutError> {
        let brace = || LayoutError::Brace { column: self.name.clone(), value: self.value.clone() };
        let mut pieces = Vec::new();
        let mut text = String::new();
        let mut chars = self.value.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '{' | '}' if chars.peek() == Some(&c) => {
                    chars.next();
                    text.push(c);
                }
                '{' => {
                    let mut name = String::new();
                    loop {
                        match chars.next() {
                            Some('}') => break,
                            Some(c) if c != '{' => name.push(c),
                            _ => return Err(brace()),
                        }
                    }
                    let known = NAMES.into_iter().find(|known| *known == name);
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                    pieces.push(Piece::Name(known.ok_or(LayoutError::Name { column: self.name.clone(), name })?));
                }
                '}' => return Err(brace()),
                c => text.push(c),
            }
        }
        pieces.push(Piece::Text(text));
        pieces.retain(|piece| *piece != Piece::Text(String::new()));
        Ok(pieces)
    }
}
