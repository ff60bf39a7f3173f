//! Decoded rows: checked, and without those that had to be set aside.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{Decimal128Type, TimestampMicrosecondType};
use arrow::error::ArrowError;
use farthing_types::{Cost, Currency};

use crate::column::column;
use crate::conformance::{Conformance, Conformity};
use crate::finding::{self, Findings};
use crate::{Dataset, Header};

/// A part of a file, decoded.
#[derive(Debug)]
pub struct Charges {
    /// The good rows, in the file's order, with the schema of the [`Header`](crate::Header).
    pub rows: RecordBatch,
    /// What rounding at 1e-18 left out: row of `rows`, cost, and the exact rest in units of 1e-36.
    pub residues: Vec<(usize, Cost, i128)>,
    /// Rows read.
    pub rows_read: u64,
    /// Rows set aside; the findings say why.
    pub set_aside: u64,
    /// How the rows kept stand to the rules of FOCUS.
    pub conformity: Conformity,
    /// What there is to say.
    pub findings: Findings,
}

/// The positions of the four cost columns in the facts' schema, in the order of [`Cost::ALL`].
pub fn money_columns() -> [usize; 4] {
    Cost::ALL.map(|cost| column(cost.column()).expect("every cost is a FOCUS column").0)
}

/// The positions of the costs without which a row is set aside; only charges have any.
pub(crate) fn cost_columns(header: &Header) -> Vec<usize> {
    if header.dataset() == Dataset::CostAndUsage { money_columns().to_vec() } else { Vec::new() }
}

/// Columns just read, before the rows are checked.
pub(crate) struct Draft {
    pub columns: Vec<ArrayRef>,
    /// For each row whether it is kept so far.
    pub kept: Vec<bool>,
    pub residues: Vec<(usize, Cost, i128)>,
    pub findings: Findings,
    /// The file's row number of each row.
    pub row_numbers: RowNumbers,
    /// Rows that never became one, for want of the right number of fields.
    pub broken: u64,
}

/// Which row of the file a decoded row came from.
pub(crate) enum RowNumbers {
    From(u64),
    Each(Vec<u64>),
}

impl RowNumbers {
    pub fn of(&self, row: usize) -> u64 {
        match self {
            Self::From(first) => first + row as u64,
            Self::Each(numbers) => numbers[row],
        }
    }
}

impl Draft {
    /// Checks what every charge must have, and sets aside the rows that do not. Rows of the other datasets need a
    /// billing period, where the dataset has one, and are kept as they are otherwise.
    pub fn finish(mut self, header: &Header) -> Result<Charges, ArrowError> {
        let are_charges = header.dataset() == Dataset::CostAndUsage;
        if are_charges {
            self.check_currency();
        }
        if let Some((at, _)) = header.dataset().column("BillingPeriodStart") {
            self.check_period(at);
        }
        if are_charges {
            self.check_costs();
        }
        let conformity = Conformance::new(header).check(&self.columns, &self.kept, &self.row_numbers, &mut self.findings);
        let rows = RecordBatch::try_new(header.schema().clone(), std::mem::take(&mut self.columns))?;
        let rows_read = rows.num_rows() as u64 + self.broken;
        let dropped = self.kept.iter().filter(|kept| !**kept).count();
        if dropped == 0 {
            let (residues, findings, set_aside) = (self.residues, self.findings, self.broken);
            return Ok(Charges { rows, residues, rows_read, set_aside, conformity, findings });
        }
        let mut places = 0..;
        let places: Vec<Option<usize>> = self.kept.iter().map(|&kept| if kept { places.next() } else { None }).collect();
        let residues = self.residues.iter().filter_map(|&(row, cost, rest)| places[row].map(|p| (p, cost, rest))).collect();
        let rows = filter_record_batch(&rows, &BooleanArray::from(self.kept))?;
        let set_aside = self.broken + dropped as u64;
        Ok(Charges { rows, residues, rows_read, set_aside, conformity, findings: self.findings })
    }

    fn set_aside(&mut self, row: usize, rule: finding::Rule, name: &str, value: &str) {
        if std::mem::replace(&mut self.kept[row], false) {
            self.findings.add(rule, name, self.row_numbers.of(row), value.as_bytes());
        }
    }

    fn check_currency(&mut self) {
        let name = "BillingCurrency";
        let array = self.columns[column(name).expect("a FOCUS column").0].clone();
        let currencies = array.as_string::<i32>();
        let mut last_good: &str = "";
        for row in 0..currencies.len() {
            let text = if currencies.is_null(row) { "" } else { currencies.value(row) };
            if text == last_good && !text.is_empty() {
                continue;
            }
            if text.parse::<Currency>().is_ok() {
                last_good = text;
            } else {
                self.set_aside(row, finding::NO_CURRENCY, name, text);
            }
        }
    }

    fn check_period(&mut self, at: usize) {
        let name = "BillingPeriodStart";
        let array = self.columns[at].clone();
        let starts = array.as_primitive::<TimestampMicrosecondType>();
        if starts.null_count() > 0 {
            for row in (0..starts.len()).filter(|&row| starts.is_null(row)) {
                self.set_aside(row, finding::NO_PERIOD, name, "");
            }
        }
    }

    fn check_costs(&mut self) {
        for (cost, at) in Cost::ALL.into_iter().zip(money_columns()) {
            let array = self.columns[at].clone();
            let amounts = array.as_primitive::<Decimal128Type>();
            if amounts.null_count() == 0 {
                continue;
            }
            for row in (0..amounts.len()).filter(|&row| amounts.is_null(row)) {
                if cost == Cost::Billed {
                    self.set_aside(row, finding::NO_COST, cost.column(), "");
                } else if self.kept[row] {
                    self.findings.add(finding::COST_MISSING, cost.column(), self.row_numbers.of(row), b"");
                }
            }
        }
    }
}
