//! Charges to Parquet pages, on any number of threads.

use std::collections::BTreeSet;

use arrow::array::{AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{SchemaRef, TimestampMicrosecondType};
use chrono::DateTime;
use farthing_focus::{Charges, column};
use farthing_types::{BillingPeriod, Cost};
use parquet::arrow::arrow_writer::ArrowColumnChunk;
use parquet::basic::Compression;
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use crate::by_dictionary::by_dictionary;
use crate::rollup::{Rollup, roll_up};
use crate::row_group::RowGroups;
use crate::row_hash::row_hashes;
use crate::{LakeError, Totals};

/// Turns decoded charges into the pages of a row group and their roll-up. Shared by the threads of an import.
pub struct ChargeEncoder {
    groups: RowGroups,
}

/// The rows of one billing period of a part of a file, ready to be appended.
pub struct EncodedPart {
    pub(crate) period: BillingPeriod,
    pub(crate) columns: Vec<ArrowColumnChunk>,
    pub(crate) rollup: Rollup,
    pub(crate) totals: Totals,
    pub(crate) hashes: Vec<u128>,
    /// What rounding left out: the row's place in the part, cost and rest.
    pub(crate) residues: Vec<(usize, Cost, i128)>,
}

/// Rows of a page at most: what a filter that matches one row makes a reader decode.
const PAGE_ROWS: usize = 8_192;

/// How every file of the lake is written.
pub(crate) fn properties() -> WriterProperties {
    WriterProperties::builder()
        .set_compression(Compression::LZ4_RAW)
        // Statistics of row groups and, in the page index, of pages: a reader skips what its filter cannot match.
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_created_by(concat!("farthing ", env!("CARGO_PKG_VERSION")).to_owned())
        .build()
}

impl ChargeEncoder {
    /// An encoder for rows of this schema.
    ///
    /// # Errors
    /// When Parquet cannot hold the schema.
    pub fn new(schema: SchemaRef) -> Result<Self, LakeError> {
        Ok(Self { groups: RowGroups::new(schema, properties())? })
    }

    pub(crate) fn schema(&self) -> &SchemaRef {
        self.groups.schema()
    }

    /// Encodes the rows, apart by billing period.
    ///
    /// # Errors
    /// When a sum does not fit or the rows are not of the encoder's schema.
    pub fn encode(&self, charges: &Charges) -> Result<Vec<EncodedPart>, LakeError> {
        let mut parts = Vec::new();
        for (period, rows, residues) in by_period(charges)? {
            let coded = by_dictionary(&rows)?;
            let (rollup, totals) = roll_up(&coded, period, &residues)?;
            let hashes = row_hashes(&coded, |_| true)?;
            parts.push(EncodedPart { period, columns: self.pages_of(&rows)?, rollup, totals, hashes, residues });
        }
        Ok(parts)
    }

    fn pages_of(&self, rows: &RecordBatch) -> Result<Vec<ArrowColumnChunk>, LakeError> {
        let mut group = self.groups.begin()?;
        group.write(rows)?;
        group.finish()
    }
}

type PeriodRows = (BillingPeriod, RecordBatch, Vec<(usize, Cost, i128)>);

/// The rows of each billing period, in the file's order. Nearly every file has one.
fn by_period(charges: &Charges) -> Result<Vec<PeriodRows>, LakeError> {
    let starts = charges.rows.column(column("BillingPeriodStart").expect("a FOCUS column").0);
    let starts = starts.as_primitive::<TimestampMicrosecondType>();
    let mut periods = BTreeSet::new();
    let mut last: Option<(i64, BillingPeriod)> = None;
    let mut of_row = Vec::with_capacity(starts.len());
    for row in 0..starts.len() {
        let micros = starts.value(row);
        let period = match last {
            Some((same, period)) if same == micros => period,
            _ => period_of(micros),
        };
        last = Some((micros, period));
        of_row.push(period);
        periods.insert(period);
    }
    if periods.len() == 1 {
        let period = *periods.first().expect("there is one");
        return Ok(vec![(period, charges.rows.clone(), charges.residues.clone())]);
    }
    let mut parts = Vec::new();
    for period in periods {
        let mask: BooleanArray = of_row.iter().map(|p| Some(*p == period)).collect();
        let rows = filter_record_batch(&charges.rows, &mask)?;
        let place = |row: usize| of_row[..row].iter().filter(|p| **p == period).count();
        let mine = charges.residues.iter().filter(|(row, ..)| of_row[*row] == period);
        let residues = mine.map(|&(row, cost, rest)| (place(row), cost, rest)).collect();
        parts.push((period, rows, residues));
    }
    Ok(parts)
}

fn period_of(micros: i64) -> BillingPeriod {
    let moment = DateTime::from_timestamp_micros(micros).and_then(BillingPeriod::of);
    moment.expect("decoded moments lie between 1970 and 9998")
}
