//! A bill made at random, with its sums known before anybody reads it.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;

use crate::dice::Dice;

/// The sums of the good rows by period and currency, in units of 1e-18, and how many rows they are.
pub type Sums = BTreeMap<(String, String), (i128, u64)>;

pub struct Bill {
    columns: Vec<&'static str>,
    rows: Vec<Vec<String>>,
    /// What the good rows sum to.
    pub sums: Sums,
    good: u64,
}

/// The essential ones first.
const COLUMNS: [&str; 18] = [
    "BilledCost",
    "BillingCurrency",
    "BillingPeriodStart",
    "EffectiveCost",
    "ContractedCost",
    "ListCost",
    "BillingAccountId",
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "ServiceName",
    "ChargeCategory",
    "InvoiceId",
    "AllocatedMethodId",
    "ProviderName",
    "Tags",
    "ResourceId",
    "x_Own",
    "x_Ünïcode",
];

const TEXTS: [&str; 10] =
    ["plain", "", "NULL", "with,comma", "with \"quotes\"", "two\nlines", "\u{202e}x", "{\"team\":\"a\"}", "1e5", "=1+1"];

impl Bill {
    pub fn of(dice: &mut Dice) -> Self {
        let mut columns: Vec<&str> = COLUMNS[..3].to_vec();
        columns.extend(COLUMNS[3..].iter().filter(|_| dice.below(4) > 0));
        for at in (1..columns.len()).rev() {
            columns.swap(at, dice.below(at + 1));
        }
        let mut bill = Self { columns, rows: Vec::new(), sums: Sums::new(), good: 0 };
        for _ in 0..dice.below(200) + 1 {
            bill.add(dice);
        }
        bill
    }

    fn add(&mut self, dice: &mut Dice) {
        let (atto, mut cost) = amount(dice);
        let mut currency = (*dice.one_of(&["USD", "EUR", "JPY"])).to_owned();
        let month = *dice.one_of(&["2026-04", "2026-05", "2026-12"]);
        let mut start = format!("{month}-01T00:00:00Z");
        match dice.below(30) {
            0 => cost = (*dice.one_of(&["N/A", "NaN", "", "null", "1e30", "12,5"])).to_owned(),
            1 => currency = (*dice.one_of(&["", "usd!", "Dollars", "US"])).to_owned(),
            2 => start = (*dice.one_of(&["", "May", "2026-13-01", "0000-00-00T00:00:00Z"])).to_owned(),
            _ => {
                let (sum, rows) = self.sums.entry((month.to_owned(), currency.clone())).or_default();
                (*sum, *rows) = (*sum + atto, *rows + 1);
                self.good += 1;
            }
        }
        let row = self.columns.iter().map(|column| match *column {
            "BilledCost" => cost.clone(),
            "BillingCurrency" => currency.clone(),
            "BillingPeriodStart" => start.clone(),
            "EffectiveCost" | "ContractedCost" | "ListCost" => amount(dice).1,
            "ChargePeriodStart" => format!("{month}-{:02}T00:00:00Z", 1 + dice.below(28)),
            "ChargePeriodEnd" => format!("{month}-28T01:02:03Z"),
            _ => (*dice.one_of(&TEXTS)).to_owned(),
        });
        let row = row.collect();
        self.rows.push(row);
    }

    pub fn rows(&self) -> u64 {
        self.rows.len() as u64
    }

    /// How many rows cannot be used.
    pub fn bad(&self) -> u64 {
        self.rows() - self.good
    }

    pub fn csv(&self) -> Vec<u8> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&self.columns).unwrap();
        self.rows.iter().for_each(|row| writer.write_record(row).unwrap());
        writer.into_inner().unwrap()
    }

    pub fn gzip(&self) -> Vec<u8> {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&self.csv()).unwrap();
        gzip.finish().unwrap()
    }

    pub fn zstd(&self) -> Vec<u8> {
        zstd::encode_all(self.csv().as_slice(), 1).unwrap()
    }

    /// All columns as text, as exports of text files are converted.
    pub fn parquet(&self) -> Vec<u8> {
        let column = |at: usize| -> ArrayRef {
            let values = self.rows.iter().map(|row| Some(row[at].as_str()).filter(|text| !text.is_empty()));
            Arc::new(values.collect::<StringArray>())
        };
        let columns = self.columns.iter().enumerate().map(|(at, name)| (*name, column(at), true));
        let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
        let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.into_inner().unwrap()
    }
}

/// An amount in units of 1e-18 and as text: zero, tiny, large, negative, with and without an exponent.
fn amount(dice: &mut Dice) -> (i128, String) {
    let size = 10_i128.pow(dice.below(30) as u32);
    let atto = (i128::from(dice.next()) % size) * if dice.below(4) == 0 { -1 } else { 1 };
    let (sign, digits) = (if atto < 0 { "-" } else { "" }, format!("{:019}", atto.unsigned_abs()));
    let (whole, fraction) = digits.split_at(digits.len() - 18);
    match dice.below(5) {
        0 => (atto, format!("{sign}{}e-18", atto.unsigned_abs())),
        1 => (atto, format!("{sign}{whole}.{fraction}")),
        2 if fraction.trim_end_matches('0').is_empty() => (atto, format!("{sign}{whole}")),
        _ => (
            atto,
            format!(
                "{sign}{whole}.{}",
                if fraction.trim_end_matches('0').is_empty() { "0" } else { fraction.trim_end_matches('0') }
            ),
        ),
    }
}
