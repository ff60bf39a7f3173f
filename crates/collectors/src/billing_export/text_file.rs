//! A text file, CSV or JSON lines, cut into parts at the ends of records.

use std::io::Read;

use farthing_focus::{Charges, CsvDecoder, Findings, Format, Header, JsonDecoder, json_names, record_boundary};
use farthing_lake::{ChargeEncoder, ChargeWriter};

use super::import::ImportError;
use super::pipeline::{Feed, Outcome, run};
use crate::masking::Mask;
use crate::{InputFile, Reading};

/// A decoder of parts of a text.
type Decode = dyn Fn(&[u8]) -> Result<Charges, arrow::error::ArrowError> + Sync;

/// How much text is decoded at a time, and becomes a row group. Larger groups compress better, smaller ones need less memory.
const PART_BYTES: usize = 24 << 20;

/// A header or a record that does not end within this is no CSV.
const LONGEST_RECORD: usize = 64 << 20;

/// How much of a file tells what its columns are.
const SAMPLE_BYTES: u64 = 1 << 20;

/// How the records of a text are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Fields with this byte between them.
    Csv { separator: u8 },
    /// One object a line, with these columns.
    JsonLines { names: Vec<String> },
}

/// Reads the column names.
pub(crate) fn header(file: &InputFile, format: &Format) -> Result<(Header, Findings, Dialect), ImportError> {
    let reading = Reading::default();
    let mut sample = Vec::new();
    let text = file.open_text(&reading)?;
    text.take(SAMPLE_BYTES)
        .read_to_end(&mut sample)
        .map_err(|error| ImportError::unreadable(file, sample.len() as u64, error))?;
    let text = without_mark(&sample);
    refuse_utf16(file, text)?;
    let (names, dialect) = match text.trim_ascii_start().first() {
        Some(b'{') => {
            let names = json_names(text);
            (names.clone(), Dialect::JsonLines { names })
        }
        Some(b'[') => return Err(ImportError::JsonArray(file.path.clone())),
        _ => {
            if sample.len() as u64 == SAMPLE_BYTES && header_end(text) == text.len() {
                return Err(ImportError::absurd(file, "its first row does not end within 1 MiB"));
            }
            let separator = separator(text);
            (csv_names(file, text, separator)?, Dialect::Csv { separator })
        }
    };
    let read = Header::of_names(&names, format);
    let (header, findings) = read.map_err(|source| ImportError::Header { file: file.path.clone(), source })?;
    Ok((header, findings, dialect))
}

/// The text without the mark that some programs write before UTF-8.
pub(crate) fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text)
}

/// Text in UTF-16 has a mark, or a zero byte in each of its plain letters.
fn refuse_utf16(file: &InputFile, text: &[u8]) -> Result<(), ImportError> {
    match text {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..] => Err(ImportError::Utf16(file.path.clone())),
        _ => Ok(()),
    }
}

/// The separator that the header has most of, outside quotes.
fn separator(text: &[u8]) -> u8 {
    let header = &text[..header_end(text)];
    let mut quoted = false;
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0), (b'|', 0)];
    for byte in header {
        match byte {
            b'"' => quoted = !quoted,
            _ if quoted => {}
            byte => counts.iter_mut().filter(|(separator, _)| separator == byte).for_each(|(_, count)| *count += 1),
        }
    }
    // Of two that are as frequent the one that is named first.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(separator, _)| *separator)
}

fn csv_names(file: &InputFile, text: &[u8], separator: u8) -> Result<Vec<String>, ImportError> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(text);
    let mut record = csv::ByteRecord::new();
    reader.read_byte_record(&mut record).map_err(|error| ImportError::unreadable(file, 1, error))?;
    Ok(record.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect())
}

pub(crate) fn import(
    file: &InputFile,
    header: Header,
    dialect: Dialect,
    mask: Option<&Mask>,
    writer: &mut ChargeWriter<'_>,
    reading: &Reading,
) -> Result<Outcome, ImportError> {
    let encoder = ChargeEncoder::new(header.schema().clone())?;
    let text = file.open_text(reading)?;
    let is_csv = matches!(dialect, Dialect::Csv { .. });
    let decode: Box<Decode> = match dialect {
        Dialect::Csv { separator } => {
            let decoder = CsvDecoder::new(header, separator);
            Box::new(move |part| decoder.decode(part, 1))
        }
        Dialect::JsonLines { names } => {
            let decoder = JsonDecoder::new(header, &names);
            Box::new(move |part| decoder.decode(part, 1))
        }
    };
    // The header of a CSV is its first row; JSON lines have none.
    let rows_before = u64::from(is_csv);
    run(
        writer,
        &encoder,
        mask,
        reading,
        rows_before,
        |feed| cut(file, text, is_csv, &feed),
        |part: &Vec<u8>| Ok(decode(part).map_err(farthing_lake::LakeError::from)?),
    )
}

/// Reads the text and feeds it in parts of whole records, the header of a CSV left out.
fn cut(file: &InputFile, mut text: Box<dyn Read + Send + '_>, is_csv: bool, feed: &Feed<Vec<u8>>) -> Result<(), ImportError> {
    let mut rest: Vec<u8> = Vec::new();
    let mut begun = false;
    let mut unpacked: u64 = 0;
    for index in 0.. {
        let mut part = std::mem::take(&mut rest);
        part.reserve_exact(PART_BYTES + 1);
        let room = PART_BYTES.saturating_sub(part.len()).max(PART_BYTES / 2);
        let read = (&mut text).take(room as u64).read_to_end(&mut part);
        let read = read.map_err(|error| ImportError::reading(file, unpacked, error))?;
        unpacked += read as u64;
        if part.is_empty() {
            return Ok(());
        }
        // Not by the part's length: what was left of the part before may be longer than what there was room for.
        let at_end = read < room;
        if !begun {
            let before = if is_csv { header_end(&part) } else { part.len() - without_mark(&part).len() };
            part.drain(..before);
            begun = true;
        }
        if !at_end {
            // After a stray quote no line end lies outside quotes: the last line end is then the best place to cut.
            let of_record = if is_csv { record_boundary(&part) } else { None };
            let boundary = of_record.or_else(|| last_line_end(&part)).unwrap_or(0);
            if boundary == 0 && part.len() > LONGEST_RECORD {
                return Err(ImportError::unreadable(file, unpacked, "a row does not end; this is no CSV file"));
            }
            rest = part.split_off(boundary);
        }
        if feed.send((index, part)).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

fn last_line_end(part: &[u8]) -> Option<usize> {
    part.iter().rposition(|&b| b == b'\n').map(|at| at + 1)
}

/// Where the first record ends.
pub(crate) fn header_end(part: &[u8]) -> usize {
    let mut quoted = false;
    for (at, &byte) in part.iter().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => return at + 1,
            _ => {}
        }
    }
    part.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_separator_is_what_the_header_has_most_of() {
        assert_eq!(separator(b"a,b,c\n1;2;3;4;5\n"), b',');
        assert_eq!(separator(b"a;\"b,c,d\";e\n"), b';');
        assert_eq!(separator(b"a\tb\tc"), b'\t');
        assert_eq!(separator(b"a|b"), b'|');
        assert_eq!(separator(b"alone\n"), b',');
    }
}
