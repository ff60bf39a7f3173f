//! A CSV file, cut into parts at the ends of records.

use std::io::Read;

use farthing_focus::{CsvDecoder, Findings, Header, record_boundary};
use farthing_lake::{ChargeEncoder, ChargeWriter};

use super::import::ImportError;
use super::pipeline::{Feed, Outcome, run};
use crate::{InputFile, Reading};

/// How much text is decoded at a time, and becomes a row group. Larger groups compress better, smaller ones need less memory.
const PART_BYTES: usize = 24 << 20;

/// A header or a record that does not end within this is no CSV.
const LONGEST_RECORD: usize = 64 << 20;

/// Reads the column names.
pub(crate) fn header(file: &InputFile) -> Result<(Header, Findings), ImportError> {
    let reading = Reading::default();
    let text = file.open_text(&reading)?.take(1 << 20);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
    let mut record = csv::ByteRecord::new();
    reader.read_byte_record(&mut record).map_err(|error| ImportError::unreadable(file, 1, error))?;
    let names: Vec<String> = record.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
    Header::read(&names).map_err(|source| ImportError::Header { file: file.path.clone(), source })
}

pub(crate) fn import(
    file: &InputFile,
    header: Header,
    writer: &mut ChargeWriter<'_>,
    reading: &Reading,
) -> Result<Outcome, ImportError> {
    let encoder = ChargeEncoder::new(header.schema().clone())?;
    let decoder = CsvDecoder::new(header);
    let text = file.open_text(reading)?;
    run(
        writer,
        &encoder,
        reading,
        1,
        |feed| cut(file, text, &feed),
        |part: &Vec<u8>| Ok(decoder.decode(part, 1).map_err(farthing_lake::LakeError::from)?),
    )
}

/// Reads the text and feeds it in parts of whole records, the header left out.
fn cut(file: &InputFile, mut text: Box<dyn Read + Send + '_>, feed: &Feed<Vec<u8>>) -> Result<(), ImportError> {
    let mut rest: Vec<u8> = Vec::new();
    let mut header_seen = false;
    let mut unpacked: u64 = 0;
    for index in 0.. {
        let mut part = std::mem::take(&mut rest);
        part.reserve_exact(PART_BYTES + 1);
        let room = PART_BYTES.saturating_sub(part.len()).max(PART_BYTES / 2);
        let read = (&mut text).take(room as u64).read_to_end(&mut part);
        unpacked += read.map_err(|error| ImportError::unreadable(file, unpacked, error))? as u64;
        if part.is_empty() {
            return Ok(());
        }
        let at_end = part.len() < room;
        if !header_seen {
            part.drain(..header_end(&part));
            header_seen = true;
        }
        if !at_end {
            // After a stray quote no line end lies outside quotes: the last line end is then the best place to cut.
            let boundary = record_boundary(&part).or_else(|| memchr_last_line(&part)).unwrap_or(0);
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

fn memchr_last_line(part: &[u8]) -> Option<usize> {
    part.iter().rposition(|&b| b == b'\n').map(|at| at + 1)
}

/// Where the first record ends.
fn header_end(part: &[u8]) -> usize {
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
