//! A report as rows and columns, before it has a form.

use farthing_types::Amount;

use super::{visible, visible_lines};

/// One column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its head.
    pub name: String,
    /// True for figures.
    pub right: bool,
}

/// One value: as people see it and as it is.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    /// Rounded, with separators.
    pub shown: String,
    /// Exact, for files.
    pub exact: String,
    /// A figure: never in need of protection against being read as a formula.
    pub is_number: bool,
}

impl Cell {
    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { shown: text.clone(), exact: text, is_number: false }
    }

    /// Money: two decimals for people, all of them in files.
    pub fn money(amount: Amount) -> Self {
        Self::amount(amount, 2)
    }

    /// An amount with this many decimals for people.
    pub fn amount(amount: Amount, decimals: u32) -> Self {
        Self { shown: grouped(&amount.to_fixed(decimals)), exact: amount.to_string(), is_number: true }
    }

    /// A count.
    pub fn count(count: u64) -> Self {
        Self { shown: grouped(&count.to_string()), exact: count.to_string(), is_number: true }
    }

    /// A figure in the words of people, with its exact text.
    pub fn figure(shown: impl Into<String>, exact: impl Into<String>) -> Self {
        Self { shown: shown.into(), exact: exact.into(), is_number: true }
    }

    /// Where a value does not apply.
    pub fn none() -> Self {
        Self { shown: "–".to_owned(), exact: String::new(), is_number: true }
    }
}

/// A comma between thousands.
pub fn grouped(number: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    let mut text = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// A report.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// The line above.
    pub title: String,
    /// Columns.
    pub columns: Vec<Column>,
    /// Rows.
    pub rows: Vec<Vec<Cell>>,
    /// A last row under a rule.
    pub total: Option<Vec<Cell>>,
    /// Sentences below; only for people.
    pub notes: Vec<String>,
}

impl Table {
    /// An empty table. A head that begins with `>` is that of a column of figures.
    pub fn new(title: impl Into<String>, heads: &[&str]) -> Self {
        let column = |head: &&str| match head.strip_prefix('>') {
            Some(name) => Column { name: name.to_owned(), right: true },
            None => Column { name: (*head).to_owned(), right: false },
        };
        Self { title: title.into(), columns: heads.iter().map(column).collect(), ..Self::default() }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// The same with all that could drive a terminal as escapes. What comes from outside may be anywhere in it.
    pub fn visible(&mut self) -> &Self {
        let cells = self.rows.iter_mut().chain(&mut self.total).flatten().map(|cell| &mut cell.shown);
        let heads = self.columns.iter_mut().map(|column| &mut column.name);
        cells.chain(heads).for_each(|text| *text = visible(text));
        self.notes.iter_mut().chain([&mut self.title]).for_each(|text| *text = visible_lines(text));
        self
    }

    /// Adds a sentence below, unless it is empty.
    pub fn note(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !text.is_empty() {
            self.notes.push(text);
        }
    }
}
