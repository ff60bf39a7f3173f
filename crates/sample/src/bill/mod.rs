//! Writes the bill: one file a provider and period, then the restated delivery.

mod csv;
mod gzip;
mod parquet;

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use ::parquet::arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions};
use ::parquet::basic::Compression;
use ::parquet::file::properties::WriterProperties;
use farthing_types::{BillingPeriod, Currency, FourCosts};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::SampleError;
use crate::accounts::Provider;
use crate::calendar::PERIODS;
use crate::charge::Charge;
use crate::decimal;
use crate::layout::Layout;
use crate::organisation::Organisation;
use crate::sku::Category;
use crate::tags::NO_OWNER;
use csv::CsvWriter;
use parquet::BatchMaker;

/// Rows made at a time by one thread: some 8 MB of CSV.
const CHUNK: u64 = 8_192;
/// Rows of a Parquet row group.
const ROW_GROUP: usize = 131_072;

/// The format of the bill's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Comma-separated text.
    Csv,
    /// The same, in one gzip member.
    CsvGz,
    /// Parquet with Snappy pages.
    Parquet,
}

impl Format {
    /// The ending of a file's name.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::CsvGz => "csv.gz",
            Self::Parquet => "parquet",
        }
    }
}

/// How to write a bill.
#[derive(Clone, Copy, Debug)]
pub struct BillOptions {
    /// The format of its files.
    pub format: Format,
    /// Threads that make rows; the bytes do not depend on it.
    pub threads: usize,
}

/// A file of the bill, with what it must sum to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillFile {
    /// Its path below the folder, with `/`.
    pub path: String,
    /// Whose bill.
    pub provider: Provider,
    /// The source that it is imported as.
    pub source: String,
    /// The billing period.
    pub period: BillingPeriod,
    /// True for the later delivery that replaces an earlier file of the same source and period.
    pub restates: bool,
    /// The billing currency.
    pub currency: Currency,
    /// Charges.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
    /// The exact sums of the four costs, added from the charges and not from what was written.
    pub totals: FourCosts,
    /// Billed cost of usage in the clouds whose tags name no team.
    pub untagged: farthing_types::Amount,
}

/// Writes the bill of `organisation` below `dir`, one file after the other.
///
/// `progress` is told how many rows are done of how many, from any thread.
///
/// # Errors
/// [`SampleError::Io`] or [`SampleError::Parquet`] when a file cannot be written.
pub fn write_bill(
    organisation: &Organisation,
    dir: &Path,
    options: BillOptions,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Vec<BillFile>, SampleError> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(options.threads.max(1)).build();
    let pool = pool.map_err(|error| SampleError::Threads(error.to_string()))?;
    let done = AtomicU64::new(0);
    let total = organisation.layouts.iter().map(|layout| layout.rows).sum();
    let advance = |rows: u64| progress(done.fetch_add(rows, Ordering::Relaxed) + rows, total);
    let job = Job { organisation, dir, options, advance: &advance };
    pool.install(|| match options.format {
        // A Parquet file is made by one thread, so files go side by side; the largest are first of their provider.
        Format::Parquet => organisation.layouts.par_iter().with_max_len(1).map(|layout| job.write(layout)).collect(),
        Format::Csv | Format::CsvGz => organisation.layouts.iter().map(|layout| job.write(layout)).collect(),
    })
}

struct Job<'a> {
    organisation: &'a Organisation,
    dir: &'a Path,
    options: BillOptions,
    advance: &'a (dyn Fn(u64) + Sync),
}

/// Sums over charges, in 1e-16: billed, effective, contracted, list.
#[derive(Clone, Copy, Default)]
pub(crate) struct Sums {
    pub(crate) costs: [i128; 4],
    pub(crate) untagged: i128,
}

impl Sums {
    pub(crate) fn add(&mut self, organisation: &Organisation, charge: &Charge) {
        let of_charge = [charge.billed, charge.effective, charge.contracted, charge.list];
        for (sum, cost) in self.costs.iter_mut().zip(of_charge) {
            *sum += cost;
        }
        let sku = &organisation.skus[charge.sku as usize];
        let without_owner = NO_OWNER.contains(&(charge.tags as usize));
        if without_owner && sku.provider.is_cloud() && sku.category == Category::Usage && !charge.correction {
            self.untagged += charge.billed;
        }
    }

    fn join(mut self, other: &Self) -> Self {
        for (sum, cost) in self.costs.iter_mut().zip(other.costs) {
            *sum += cost;
        }
        self.untagged += other.untagged;
        self
    }
}

impl Job<'_> {
    fn write(&self, layout: &Layout) -> Result<BillFile, SampleError> {
        let period = PERIODS[layout.period];
        let source = layout.provider.source();
        let delivery = if layout.restated { "restated" } else { "first" };
        let path = format!("bill/{delivery}/{source}-{period}.{}", self.options.format.extension());
        let full = self.dir.join(&path);
        let fail = |error| SampleError::Io { path: full.clone(), error };
        if let Some(parent) = full.parent() {
            fs::create_dir_all(parent).map_err(fail)?;
        }
        let file = File::create(&full).map_err(fail)?;
        let sums = match self.options.format {
            Format::Csv => self.write_text(layout, file, false).map_err(fail)?,
            Format::CsvGz => self.write_text(layout, file, true).map_err(fail)?,
            Format::Parquet => {
                self.write_parquet(layout, file).map_err(|error| SampleError::Parquet { path: full.clone(), error })?
            }
        };
        let [billed, effective, contracted, list] = sums.costs.map(decimal::amount);
        Ok(BillFile {
            path,
            provider: layout.provider,
            source: source.to_owned(),
            period,
            restates: layout.restated,
            currency: Currency::USD,
            rows: layout.rows,
            bytes: fs::metadata(&full).map_err(fail)?.len(),
            totals: FourCosts { billed, effective, contracted, list },
            untagged: decimal::amount(sums.untagged),
        })
    }

    /// Chunks are made side by side and written in order; while some are written the next are made.
    fn write_text(&self, layout: &Layout, file: File, compressed: bool) -> std::io::Result<Sums> {
        let writer = CsvWriter::new(self.organisation);
        let mut out = BufWriter::with_capacity(1 << 20, file);
        let mut sums = Sums::default();
        let mut trailer = gzip::Trailer::default();
        if compressed {
            out.write_all(&gzip::HEADER)?;
        }
        let make = |index: u64| self.text_chunk(&writer, layout, index, compressed);
        let chunks = layout.rows.div_ceil(CHUNK).max(1);
        let together = 2 * rayon::current_num_threads() as u64;
        let batch = |first: u64| -> Vec<Chunk> { (first..(first + together).min(chunks)).into_par_iter().map(make).collect() };
        let mut ready = batch(0);
        let mut next = together;
        while !ready.is_empty() {
            let (written, made) = rayon::join(
                || {
                    ready.iter().try_for_each(|chunk| {
                        sums = sums.join(&chunk.sums);
                        match &chunk.body {
                            Body::Plain(bytes) => out.write_all(bytes),
                            Body::Deflated(deflated) => {
                                trailer.add(deflated);
                                out.write_all(&deflated.bytes)
                            }
                        }
                    })
                },
                || if next < chunks { batch(next) } else { Vec::new() },
            );
            written?;
            ready = made;
            next += together;
        }
        if compressed {
            out.write_all(&trailer.finish())?;
        }
        out.flush()?;
        Ok(sums)
    }

    fn text_chunk(&self, writer: &CsvWriter<'_>, layout: &Layout, index: u64, compressed: bool) -> Chunk {
        let (first, last) = (index * CHUNK, ((index + 1) * CHUNK).min(layout.rows));
        let mut sums = Sums::default();
        let mut text = Vec::with_capacity((last - first) as usize * 1_024 + 2_048);
        if index == 0 {
            text.extend(CsvWriter::header());
        }
        for row in first..last {
            let charge = layout.charge(self.organisation, row);
            sums.add(self.organisation, &charge);
            writer.write(&mut text, &charge, layout.period);
        }
        (self.advance)(last - first);
        let body = if compressed { Body::Deflated(gzip::deflate(&text)) } else { Body::Plain(text) };
        Chunk { sums, body }
    }

    fn write_parquet(&self, layout: &Layout, file: File) -> ::parquet::errors::Result<Sums> {
        let maker = BatchMaker::new(self.organisation);
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_max_row_group_row_count(Some(ROW_GROUP))
            .set_created_by("northmoor billing export".to_owned())
            .build();
        // Without Arrow's own schema in the footer, readers see plain text columns, as in any provider's export.
        let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        let mut writer = ArrowWriter::try_new_with_options(file, maker.schema(), options)?;
        let mut sums = Sums::default();
        let mut charges = Vec::with_capacity(CHUNK as usize);
        let mut first = 0;
        while first < layout.rows {
            let last = (first + CHUNK).min(layout.rows);
            charges.clear();
            for row in first..last {
                let charge = layout.charge(self.organisation, row);
                sums.add(self.organisation, &charge);
                charges.push(charge);
            }
            writer.write(&maker.batch(&charges, layout.period))?;
            (self.advance)(last - first);
            first = last;
        }
        writer.close()?;
        Ok(sums)
    }
}

struct Chunk {
    sums: Sums,
    body: Body,
}

enum Body {
    Plain(Vec<u8>),
    Deflated(gzip::Deflated),
}
