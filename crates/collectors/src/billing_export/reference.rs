//! The datasets beside Cost and Usage: contract commitments, lines of invoices, billing periods. They are small next to a bill
//! and are read whole.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::sync::atomic::Ordering;

use arrow::array::{AsArray, BooleanArray, RecordBatch};
use arrow::compute::{filter_record_batch, max};
use arrow::datatypes::TimestampMicrosecondType;
use camino::Utf8PathBuf;
use chrono::DateTime;
use farthing_focus::{ArrowDecoder, Charges, Conformity, CsvDecoder, Dataset, Header, JsonDecoder};
use farthing_lake::{LakeError, Staging, WrittenFile, describe_file, read_rows, write_rows};
use farthing_types::BillingPeriod;
use serde::{Deserialize, Serialize};

use super::import::{FileReport, ImportError, Opened, check_promise};
use super::parquet_file;
use super::text_file::{Dialect, header_end, without_mark};
use crate::masking::Mask;
use crate::{InputFile, Reading};

/// More text than this is no such dataset.
const LARGEST_TEXT: u64 = 256 << 20;

/// More rows than this are none either.
const MOST_ROWS: usize = 1_000_000;

/// A dataset's rows of one billing period, written and read back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StagedDataset {
    /// Which.
    pub dataset: Dataset,
    /// The billing period.
    pub period: BillingPeriod,
    /// The staged folder.
    pub folder: Utf8PathBuf,
    /// Its files.
    pub files: Vec<WrittenFile>,
}

/// What was read of the datasets, before it is known which billing period commitments belong to.
#[derive(Debug, Default)]
pub(crate) struct ReferenceFiles {
    read: Vec<(Dataset, RecordBatch)>,
}

impl ReferenceFiles {
    /// Reads a file.
    pub fn read(
        &mut self,
        file: &InputFile,
        opened: Opened,
        mask: Option<&Mask>,
        reading: &Reading,
    ) -> Result<FileReport, ImportError> {
        let Opened { header, mut findings, dialect } = opened;
        let (dataset, version, format) = (header.dataset(), header.version(), header.format());
        let decoded = match dialect {
            None => parquet_rows(file, header)?,
            Some(dialect) => vec![text_rows(file, header, &dialect, reading)?],
        };
        let (mut rows, mut set_aside) = (0, 0);
        for part in decoded {
            rows += part.rows_read;
            set_aside += part.set_aside;
            findings.append(part.findings);
            if part.rows.num_rows() > 0 {
                let rows = mask.map_or(Ok(part.rows.clone()), |mask| mask.rows(&part.rows)).map_err(LakeError::from)?;
                self.read.push((dataset, rows));
            }
        }
        if let Some(mask) = mask {
            mask.findings(&mut findings);
        }
        reading.rows.fetch_add(rows, Ordering::Relaxed);
        check_promise(file, rows)?;
        let (file, focus_version, findings) = (file.path.clone(), Some(version), findings.list());
        Ok(FileReport {
            file,
            dataset,
            focus_version,
            format,
            rows,
            set_aside,
            conformity: Conformity::default(),
            findings,
            passed_over: None,
        })
    }

    /// Writes what was read, apart by dataset and billing period.
    ///
    /// Commitments name no billing period. They belong to the newest one of the charges that came with them; alone, to the month
    /// in which one of them was last changed or began.
    pub fn finish(self, staging: &Staging, charged: Option<BillingPeriod>) -> Result<Vec<StagedDataset>, ImportError> {
        let mut newest = charged;
        if newest.is_none() {
            newest = self.read.iter().filter_map(|(dataset, rows)| newest_commitment(*dataset, rows)).max();
        }
        let mut staged: BTreeMap<(Dataset, BillingPeriod), StagedDataset> = BTreeMap::new();
        for (dataset, rows) in self.read {
            for (period, rows) in by_period(dataset, &rows, newest)? {
                let folder = staging.path().join(dataset.as_str()).join(period.to_string());
                let entry = staged.entry((dataset, period));
                let target = entry.or_insert_with(|| StagedDataset { dataset, period, folder, files: Vec::new() });
                target.files.push(write(target, &rows)?);
            }
        }
        Ok(staged.into_values().collect())
    }
}

fn text_rows(file: &InputFile, header: Header, dialect: &Dialect, reading: &Reading) -> Result<Charges, ImportError> {
    let mut text = Vec::new();
    let read = file.open_text(reading)?.take(LARGEST_TEXT + 1).read_to_end(&mut text);
    let length = read.map_err(|error| ImportError::unreadable(file, text.len() as u64, error))? as u64;
    if length > LARGEST_TEXT {
        let cause = format!("more than {} MiB are no {} dataset", LARGEST_TEXT >> 20, header.dataset().title());
        return Err(ImportError::unreadable(file, length, cause));
    }
    let text = without_mark(&text);
    let decoded = match dialect {
        Dialect::Csv { separator } => CsvDecoder::new(header, *separator).decode(&text[header_end(text)..], 2),
        Dialect::JsonLines { names } => JsonDecoder::new(header, names).decode(text, 1),
    };
    Ok(decoded.map_err(LakeError::from)?)
}

fn parquet_rows(file: &InputFile, header: Header) -> Result<Vec<Charges>, ImportError> {
    let decoder = ArrowDecoder::new(header);
    let batches = parquet_file::open(file)?.build().map_err(|error| ImportError::unreadable(file, 0, error))?;
    let (mut decoded, mut rows) = (Vec::new(), 0);
    for batch in batches {
        let batch = batch.map_err(|error| ImportError::unreadable(file, rows as u64, error))?;
        decoded.push(decoder.decode(&batch, rows as u64 + 1).map_err(LakeError::from)?);
        rows += batch.num_rows();
        if rows > MOST_ROWS {
            return Err(ImportError::unreadable(file, rows as u64, format!("more than {MOST_ROWS} rows are no such dataset")));
        }
    }
    Ok(decoded)
}

fn moments<'a>(
    dataset: Dataset,
    rows: &'a RecordBatch,
    name: &str,
) -> Option<&'a arrow::array::PrimitiveArray<TimestampMicrosecondType>> {
    dataset.column(name).map(|(at, _)| rows.column(at).as_primitive::<TimestampMicrosecondType>())
}

fn newest_commitment(dataset: Dataset, rows: &RecordBatch) -> Option<BillingPeriod> {
    let newest = |name| moments(dataset, rows, name).and_then(max);
    let micros = newest("ContractCommitmentLastUpdated").or_else(|| newest("ContractCommitmentPeriodStart"))?;
    DateTime::from_timestamp_micros(micros).and_then(BillingPeriod::of)
}

fn by_period(
    dataset: Dataset,
    rows: &RecordBatch,
    newest: Option<BillingPeriod>,
) -> Result<Vec<(BillingPeriod, RecordBatch)>, ImportError> {
    let Some(starts) = moments(dataset, rows, "BillingPeriodStart") else {
        let Some(period) = newest else { return Ok(Vec::new()) };
        return Ok(vec![(period, rows.clone())]);
    };
    let period = |row: usize| DateTime::from_timestamp_micros(starts.value(row)).and_then(BillingPeriod::of);
    let of_row: Vec<Option<BillingPeriod>> = (0..starts.len()).map(period).collect();
    let periods: BTreeSet<BillingPeriod> = of_row.iter().flatten().copied().collect();
    let part = |wanted: BillingPeriod| {
        let mask: BooleanArray = of_row.iter().map(|found| Some(*found == Some(wanted))).collect();
        Ok((wanted, filter_record_batch(rows, &mask).map_err(LakeError::from)?))
    };
    periods.into_iter().map(part).collect()
}

fn write(target: &StagedDataset, rows: &RecordBatch) -> Result<WrittenFile, ImportError> {
    std::fs::create_dir_all(&target.folder).map_err(|source| LakeError::Io { path: target.folder.clone(), source })?;
    let path = target.folder.join(format!("{}-{:04}.parquet", target.dataset.as_str(), target.files.len()));
    write_rows(&path, rows)?;
    let (written, read) = (rows.num_rows(), read_rows(&path)?.num_rows());
    if written != read {
        let (written, read) = (written.to_string(), read.to_string());
        return Err(LakeError::ReadBack { path, what: "rows".to_owned(), written, read }.into());
    }
    Ok(describe_file(&path, written as u64)?)
}
