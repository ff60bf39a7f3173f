use std::collections::HashMap;
use std::io::{self, Read};

use super::{Row, normalised};
use crate::finding::shown;
use crate::{DecodeError, DecodeReport, Effect, Finding, Limits};

/// The columns of a CSV file.
pub(crate) struct Header {
    names: Vec<String>,
    by_name: HashMap<String, usize>,
    tags: Vec<(String, usize)>,
}

impl Header {
    fn new(record: &csv::ByteRecord) -> Result<Self, DecodeError> {
        let names: Vec<String> = record.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect();
        let mut by_name = HashMap::new();
        let mut tags = Vec::new();
        for (index, name) in names.iter().enumerate() {
            // An index column without a name, as data frames write it, is nobody's.
            if name.is_empty() {
                continue;
            }
            if let Some(key) = name.strip_prefix("tag:") {
                tags.push((key.to_owned(), index));
            }
            if by_name.insert(normalised(name), index).is_some() {
                return Err(DecodeError::DuplicateColumn(shown(name)));
            }
        }
        Ok(Self { names, by_name, tags })
    }

    pub fn index(&self, normalised_name: &str) -> Option<usize> {
        self.by_name.get(normalised_name).copied()
    }

    pub fn name(&self, index: usize) -> &str {
        &self.names[index]
    }

    pub fn tags(&self) -> &[(String, usize)] {
        &self.tags
    }

    /// Refuses a file that has none of `names`.
    pub fn require(&self, names: &[&str], wanted: &str) -> Result<(), DecodeError> {
        if names.iter().any(|name| self.index(name).is_some()) {
            return Ok(());
        }
        let found = self.names.iter().take(40).map(|name| shown(name)).collect::<Vec<_>>().join(", ");
        Err(DecodeError::MissingColumn { wanted: wanted.to_owned(), found })
    }
}

/// Stops a row that does not end. The reader asks for a buffer at a time, so the bound holds within one buffer.
struct Bounded<R> {
    inner: R,
    since_row: usize,
    limit: usize,
}

/// Marks the error that [`Bounded`] raises, so that it is told from those of the file.
#[derive(Debug, thiserror::Error)]
#[error("a row is longer than the limit")]
struct TooLong;

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.since_row > self.limit {
            return Err(io::Error::other(TooLong));
        }
        let count = self.inner.read(buffer)?;
        self.since_row += count;
        Ok(count)
    }
}

pub(super) fn for_each_csv_row<E: From<DecodeError>>(
    input: impl Read,
    limits: &Limits,
    report: &mut DecodeReport,
    check: impl FnOnce(&Header) -> Result<(), DecodeError>,
    each: &mut impl FnMut(&Row<'_>, u64, &mut DecodeReport) -> Result<(), E>,
) -> Result<(), E> {
    let bounded = Bounded { inner: input, since_row: 0, limit: limits.row_bytes };
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bounded);
    let failed = |row: u64, error: csv::Error| -> DecodeError {
        match error.into_kind() {
            csv::ErrorKind::Io(e) if e.get_ref().is_some_and(|inner| inner.is::<TooLong>()) => {
                DecodeError::RowTooLong { row, limit: limits.row_bytes }
            }
            csv::ErrorKind::Io(source) => DecodeError::Read { row, source },
            other => DecodeError::Read { row, source: io::Error::other(format!("{other:?}")) },
        }
    };
    let mut record = csv::ByteRecord::new();
    if !reader.read_byte_record(&mut record).map_err(|e| failed(1, e))? {
        return Err(DecodeError::Empty.into());
    }
    let header = Header::new(&record)?;
    check(&header)?;
    let mut number = 1;
    loop {
        reader.get_mut().since_row = 0;
        if !reader.read_byte_record(&mut record).map_err(|e| failed(number + 1, e))? {
            return Ok(());
        }
        number += 1;
        report.rows += 1;
        match unusable(&header, &record) {
            Some((rule, message)) => {
                report.findings.add(Finding { row: number, column: String::new(), rule, effect: Effect::SetAside, message });
            }
            None => each(&Row::Csv { header: &header, record: &record }, number, report)?,
        }
    }
}

fn unusable(header: &Header, record: &csv::ByteRecord) -> Option<(&'static str, String)> {
    if record.len() != header.names.len() {
        let (found, wanted) = (record.len(), header.names.len());
        let message =
            format!("{found} fields where the header has {wanted}; the row was set aside. Look for a missing quote or comma");
        return Some(("wrong-field-count", message));
    }
    let bad = record.iter().position(|cell| std::str::from_utf8(cell).is_err())?;
    let message = format!("column {} is not UTF-8; the row was set aside. Export the file as UTF-8", shown(header.name(bad)));
    Some(("not-utf8", message))
}
