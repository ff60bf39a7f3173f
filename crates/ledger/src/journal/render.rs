//! The file that the books import.

use farthing_types::Amount;

use super::layout::{JournalLayout, Piece};
use super::{Entry, Journal, JournalLine};

/// The columns where the layout names none.
const OWN: [&str; 12] =
    ["journal", "line", "date", "entry", "account", "cost_center", "unit", "text", "currency", "debit", "credit", "amount"];

impl JournalLayout {
    /// Writes journals as the layout says: one line each, quoted where they hold a delimiter, a quote or a line end.
    ///
    /// Text from outside that a spreadsheet would run as a formula is given an apostrophe; figures stay as they are.
    pub fn render(&self, journals: &[Journal]) -> String {
        let own = || OWN.map(|name| (name.to_owned(), vec![Piece::Name(name)])).to_vec();
        let columns: Vec<(String, Vec<Piece>)> = match self.columns.as_slice() {
            [] => own(),
            named => {
                let pieces = |column: &super::LayoutColumn| column.pieces().expect("a layout is checked when it is read");
                named.iter().map(|column| (column.name.clone(), pieces(column))).collect()
            }
        };
        let mut text = String::new();
        if self.header {
            self.row(&mut text, columns.iter().map(|(name, _)| name.clone()));
        }
        for journal in journals {
            for line in &journal.lines {
                self.row(&mut text, columns.iter().map(|(_, pieces)| self.value(pieces, journal, line)));
            }
        }
        text
    }

    fn row(&self, text: &mut String, values: impl Iterator<Item = String>) {
        for (at, value) in values.enumerate() {
            if at > 0 {
                text.push(self.delimiter);
            }
            let quoted = value.contains([self.delimiter, '"', '\n', '\r']);
            text.push_str(&if quoted { format!("\"{}\"", value.replace('"', "\"\"")) } else { value });
        }
        text.push_str("\r\n");
    }

    fn value(&self, pieces: &[Piece], journal: &Journal, line: &JournalLine) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Name(name) => self.named(name, journal, line),
        };
        let value: String = pieces.iter().map(piece).collect();
        let is_figure = matches!(pieces, [Piece::Name("debit" | "credit" | "amount" | "line")]);
        if !is_figure && value.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{value}") } else { value }
    }

    fn named(&self, name: &str, journal: &Journal, line: &JournalLine) -> String {
        let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
        match name {
            "journal" => journal.id.clone(),
            "line" => line.line.to_string(),
            "date" => journal.date.format(&self.date_format).to_string(),
            "period" => journal.period.to_string(),
            "entry" => line.entry.as_str().to_owned(),
            "account" => line.account.clone(),
            "cost_center" => text(line.cost_center.as_deref()),
            "unit" => text(line.unit.as_ref().map(|unit| unit.as_str())),
            "text" => line.text.clone(),
            "currency" => journal.currency.to_string(),
            "debit" => self.amount(line.debit, journal, line.debit.is_zero()),
            "credit" => self.amount(line.credit, journal, line.credit.is_zero()),
            "amount" => self.amount(line.debit - line.credit, journal, false),
            "side" => if line.credit.is_zero() { "D" } else { "C" }.to_owned(),
            _ => unreachable!("a layout is checked when it is read"),
        }
    }

    /// The side that has nothing stays empty.
    fn amount(&self, amount: Amount, journal: &Journal, empty: bool) -> String {
        if empty {
            return String::new();
        }
        let text = amount.to_fixed(journal.decimals);
        if self.decimal_comma { text.replace('.', ",") } else { text }
    }
}

impl Journal {
    /// The rounding line, where there is one.
    pub fn rounding_line(&self) -> Option<&JournalLine> {
        self.lines.iter().find(|line| line.entry == Entry::Rounding)
    }
}
