//! CSV to charges, a part of a file at a time.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BinaryArray, BinaryBuilder, Decimal128Builder, StringArray, TimestampMicrosecondBuilder, new_null_array,
};
use arrow::error::ArrowError;
use csv::ByteRecord;
use farthing_types::{Cost, SCALE};

use crate::cell::{self, CostCell};
use crate::charges::{Charges, Draft, RowNumbers, cost_columns};
use crate::column::Kind;
use crate::finding::{self, Findings};
use crate::from_arrow::ArrowDecoder;
use crate::header::{Header, Target};

/// Decodes parts of a CSV file whose header is known. Parts can be decoded at the same time on several threads.
#[derive(Clone, Debug)]
pub struct CsvDecoder {
    /// The fields as the text has them.
    header: Header,
    /// What makes FOCUS columns of them, where they are a provider's own.
    mapped: Option<ArrowDecoder>,
    separator: u8,
    costs: Vec<usize>,
}

/// The end of the last whole record in `bytes`: a line end that is in no quoted field. `None` where there is none.
///
/// `bytes` begins at the start of a record.
pub fn record_boundary(bytes: &[u8]) -> Option<usize> {
    let mut quoted = memchr::memchr_iter(b'"', bytes).count() % 2 == 1;
    for at in memchr::memrchr2_iter(b'"', b'\n', bytes) {
        if bytes[at] == b'"' {
            quoted = !quoted;
        } else if !quoted {
            return Some(at + 1);
        }
    }
    None
}

impl CsvDecoder {
    /// A decoder for files with this header and `separator` between the fields.
    pub fn new(header: Header, separator: u8) -> Self {
        match header.mapping().cloned() {
            None => Self { costs: cost_columns(&header), header, mapped: None, separator },
            Some(bound) => {
                let mapped = Some(ArrowDecoder::new(header));
                // No field of the text is a cost before it is mapped.
                Self { header: Header::of_sources(&bound), mapped, separator, costs: Vec::new() }
            }
        }
    }

    /// Decodes whole records. `first_row` is the file's row number of the first of them; the header is row 1.
    ///
    /// # Errors
    /// Only when the columns cannot be put together, which is a mistake of this program.
    pub fn decode(&self, bytes: &[u8], first_row: u64) -> Result<Charges, ArrowError> {
        let mut part = Part::new(self, bytes.len());
        let mut reader = reader(bytes, self.separator);
        let mut record = ByteRecord::with_capacity(1024, self.header.targets.len());
        let mut row = first_row;
        let mut from = 0;
        // Reading from memory cannot fail, and `flexible` leaves the number of fields to us.
        while reader.read_byte_record(&mut record).unwrap_or(false) {
            let to = reader.position().byte() as usize;
            let lines = part.record(&record, &bytes[from..to], row);
            row += lines;
            from = to;
        }
        part.finish()
    }
}

enum Builder {
    Text(BinaryBuilder),
    Decimal(Decimal128Builder),
    Moment { builder: TimestampMicrosecondBuilder, last: Vec<u8>, micros: Option<(i64, bool)> },
}

/// A part of a file while it is decoded.
struct Part<'a> {
    decoder: &'a CsvDecoder,
    builders: Vec<Builder>,
    kept: Vec<bool>,
    numbers: Vec<u64>,
    residues: Vec<(usize, Cost, i128)>,
    findings: Findings,
    broken: u64,
    /// How often each field lacked a zone or held a literal null: too common to note one by one.
    unzoned: Vec<(u64, u64)>,
    nulls: Vec<(u64, u64)>,
}

impl<'a> Part<'a> {
    fn new(decoder: &'a CsvDecoder, bytes: usize) -> Self {
        let rows = bytes / 512;
        let builder = |target: &Target| match target.kind {
            Kind::Text => Builder::Text(BinaryBuilder::with_capacity(rows, rows * 16)),
            Kind::Decimal => Builder::Decimal(Decimal128Builder::with_capacity(rows).with_data_type(Kind::Decimal.data_type())),
            Kind::Moment => Builder::Moment {
                builder: TimestampMicrosecondBuilder::with_capacity(rows).with_timezone("UTC"),
                last: Vec::new(),
                micros: None,
            },
        };
        let fields = decoder.header.targets.len();
        Self {
            decoder,
            builders: decoder.header.targets.iter().map(builder).collect(),
            kept: Vec::with_capacity(rows),
            numbers: Vec::with_capacity(rows),
            residues: Vec::new(),
            findings: Findings::default(),
            broken: 0,
            unzoned: vec![(0, 0); fields],
            nulls: vec![(0, 0); fields],
        }
    }

    /// Takes one record and returns how many rows it stood for.
    ///
    /// A stray quote can make one record of many lines, even one with the right number of fields. Where a line of a record
    /// is a whole row by itself, or the number of fields is wrong, each line is read alone, so that the good rows among them
    /// are not lost.
    fn record(&mut self, record: &ByteRecord, raw: &[u8], row: u64) -> u64 {
        let fields = self.builders.len();
        let raw = raw.trim_ascii();
        let is_one_line = memchr::memchr(b'\n', raw).is_none();
        if record.len() == fields && (is_one_line || is_one_row(raw, self.decoder.separator, fields)) {
            self.row(record, row);
            return 1;
        }
        let mut taken = 0;
        for line in lines(raw) {
            let alone = fields_of(line, self.decoder.separator);
            if !is_one_line && alone.len() == fields {
                self.row(&alone, row + taken);
            } else {
                self.broken += 1;
                let found = if is_one_line { record.len() } else { alone.len() };
                let value = format!("{found} fields, the header has {fields}");
                self.findings.add(finding::FIELD_COUNT, "", row + taken, value.as_bytes());
            }
            taken += 1;
        }
        taken
    }

    fn row(&mut self, record: &ByteRecord, row: u64) {
        let place = self.kept.len();
        self.kept.push(true);
        self.numbers.push(row);
        for field in 0..self.builders.len() {
            let text = &record[field];
            if text.is_empty() {
                self.append_null(field);
            } else if matches!(text[0], b'N' | b'n' | b'(') && cell::is_literal_null(text) {
                count_first(&mut self.nulls[field], row);
                self.append_null(field);
            } else {
                self.append(field, text, place, row);
            }
        }
    }

    fn append_null(&mut self, field: usize) {
        match &mut self.builders[field] {
            Builder::Text(builder) => builder.append_null(),
            Builder::Decimal(builder) => builder.append_null(),
            Builder::Moment { builder, .. } => builder.append_null(),
        }
    }

    fn append(&mut self, field: usize, text: &[u8], place: usize, row: u64) {
        let target = self.decoder.header.targets[field];
        match &mut self.builders[field] {
            Builder::Text(builder) => builder.append_value(text),
            Builder::Moment { builder, last, micros } => {
                // Exports repeat the same moments row after row.
                if last != text {
                    last.clear();
                    last.extend_from_slice(text);
                    *micros = cell::moment(text);
                }
                match micros {
                    Some((micros, zoned)) => {
                        builder.append_value(*micros);
                        if !*zoned {
                            count_first(&mut self.unzoned[field], row);
                        }
                    }
                    None => {
                        builder.append_null();
                        self.findings.add(finding::NOT_A_MOMENT, &self.decoder.header.names[field], row, text);
                    }
                }
            }
            Builder::Decimal(builder) => {
                let cost = self.decoder.costs.iter().position(|&at| at == target.at);
                let rule = match cell::cost(text.trim_ascii()) {
                    CostCell::Amount(rounded) => {
                        builder.append_value(rounded.amount.atto());
                        if rounded.residue != 0
                            && let Some(cost) = cost
                        {
                            self.residues.push((place, Cost::ALL[cost], rounded.residue));
                            self.findings.add(finding::FINER_THAN_LEDGER, &self.decoder.header.names[field], row, text);
                        }
                        return;
                    }
                    CostCell::TooLarge if cost.is_some() => finding::COST_TOO_LARGE,
                    _ if cost.is_some() => finding::NOT_A_COST,
                    _ => finding::NOT_A_DECIMAL,
                };
                builder.append_null();
                self.findings.add(rule, &self.decoder.header.names[field], row, text);
                if cost.is_some() {
                    self.kept[place] = false;
                }
            }
        }
    }

    fn finish(mut self) -> Result<Charges, ArrowError> {
        let header = &self.decoder.header;
        let rows = self.kept.len();
        for field in 0..self.builders.len() {
            let name = &header.names[field];
            for (counted, rule) in [(self.unzoned[field], finding::NO_ZONE), (self.nulls[field], finding::LITERAL_NULL)] {
                if counted.0 > 0 {
                    self.findings.add_many(rule, name, counted.1, b"", counted.0);
                }
            }
        }
        let schema = header.schema();
        let mut columns: Vec<Option<ArrayRef>> = vec![None; schema.fields().len()];
        for (field, builder) in self.builders.into_iter().enumerate() {
            let array: ArrayRef = match builder {
                Builder::Text(mut builder) => {
                    Arc::new(text(builder.finish(), &header.names[field], &self.numbers, &mut self.findings))
                }
                Builder::Decimal(mut builder) => Arc::new(builder.finish().with_precision_and_scale(38, SCALE as i8)?),
                Builder::Moment { mut builder, .. } => Arc::new(builder.finish()),
            };
            columns[header.targets[field].at] = Some(array);
        }
        let absent = |(at, column): (usize, Option<ArrayRef>)| {
            column.unwrap_or_else(|| new_null_array(schema.field(at).data_type(), rows))
        };
        let columns = columns.into_iter().enumerate().map(absent).collect();
        if let Some(mapped) = &self.decoder.mapped {
            return mapped.decode_columns(columns, rows, RowNumbers::Each(self.numbers), self.findings, self.broken);
        }
        let draft = Draft {
            columns,
            kept: self.kept,
            residues: self.residues,
            findings: self.findings,
            row_numbers: RowNumbers::Each(self.numbers),
            broken: self.broken,
        };
        draft.finish(header)
    }
}

fn lines(raw: &[u8]) -> impl Iterator<Item = &[u8]> {
    raw.split(|&b| b == b'\n').filter(|line| !line.trim_ascii().is_empty())
}

fn reader(bytes: &[u8], separator: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(bytes)
}

/// True where a record of several lines is one row. A line within it that has as many fields is a row that a stray quote took in,
/// unless the record is quoted by the book and that line is not: then it is the end of one text and the beginning of another.
fn is_one_row(raw: &[u8], separator: u8, fields: usize) -> bool {
    let no_line = |is_row: &dyn Fn(&[u8]) -> bool| !lines(raw).skip(1).any(is_row);
    no_line(&|line| fields_of(line, separator).len() == fields)
        || (fields_by_the_book(raw, separator) == Some(fields)
            && no_line(&|line| fields_by_the_book(line, separator) == Some(fields)))
}

/// How many fields a text has that is quoted by the book: a quote begins and ends a field, or is doubled within one. `None` where
/// it is not.
fn fields_by_the_book(text: &[u8], separator: u8) -> Option<usize> {
    let mut rest = text;
    for fields in 1.. {
        let end = match rest.strip_prefix(b"\"") {
            Some(quoted) => closing_quote(quoted)? + 2,
            None => memchr::memchr2(separator, b'"', rest).unwrap_or(rest.len()),
        };
        match rest.get(end) {
            None => return Some(fields),
            Some(&byte) if byte == separator => rest = &rest[end + 1..],
            Some(_) => return None,
        }
    }
    None
}

/// Where a quoted field ends: at the first quote that is not doubled.
fn closing_quote(quoted: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + memchr::memchr(b'"', &quoted[from..])?;
        if quoted.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        from = at + 2;
    }
}

fn fields_of(line: &[u8], separator: u8) -> ByteRecord {
    let mut record = ByteRecord::new();
    // Reading from memory cannot fail; an empty line leaves the record empty.
    let _ = reader(line, separator).read_byte_record(&mut record);
    record
}

fn count_first(counted: &mut (u64, u64), row: u64) {
    if counted.0 == 0 {
        counted.1 = row;
    }
    counted.0 += 1;
}

/// Checks a whole column's bytes at once, and only where that fails row by row.
fn text(bytes: BinaryArray, name: &str, rows: &[u64], findings: &mut Findings) -> StringArray {
    if let Ok(good) = StringArray::try_from_binary(bytes.clone()) {
        return good;
    }
    let repaired = (0..bytes.len()).map(|row| {
        bytes.is_valid(row).then(|| {
            let value = bytes.value(row);
            if std::str::from_utf8(value).is_err() {
                findings.add(finding::NOT_UTF8, name, rows[row], value);
            }
            String::from_utf8_lossy(value).into_owned()
        })
    });
    repaired.collect()
}

#[cfg(test)]
mod tests {
    use arrow::array::AsArray;
    use arrow::datatypes::Decimal128Type;

    use super::*;
    use crate::money_columns;

    const HEADER: [&str; 7] =
        ["BilledCost", "BillingCurrency", "BillingPeriodStart", "ListUnitPrice", "Tags", "ChargePeriodStart", "x_Note"];

    fn decode(text: &str) -> Charges {
        let (header, _) = Header::read(&HEADER).unwrap();
        CsvDecoder::new(header, b',').decode(text.as_bytes(), 2).unwrap()
    }

    fn billed(charges: &Charges) -> i128 {
        charges.rows.column(money_columns()[0]).as_primitive::<Decimal128Type>().iter().flatten().sum()
    }

    const GOOD: &str = "1.5,USD,2026-05-01T00:00:00Z,0.1,\"{\"\"app\"\":\"\"x\"\"}\",2026-05-02 00:00:00,\n";

    #[test]
    fn a_bad_cost_sets_its_row_aside_and_no_other() {
        let charges = decode(&format!("{GOOD}N/A,USD,2026-05-01T00:00:00Z,,,,\n{GOOD}"));
        assert_eq!((charges.rows.num_rows(), charges.rows_read, charges.set_aside), (2, 3, 1));
        assert_eq!(billed(&charges), 3_000_000_000_000_000_000);
        let found = charges.findings.list();
        assert_eq!((found[0].rule.as_str(), found[0].column.as_str(), found[0].rows[0]), ("not-a-cost", "BilledCost", 3));
    }

    #[test]
    fn a_stray_quote_loses_one_row_and_no_more() {
        let stray = "2,USD,2026-05-01T00:00:00Z,,\"open,,\n";
        let charges = decode(&format!("{GOOD}{stray}{GOOD}{GOOD}"));
        assert_eq!((charges.rows.num_rows(), charges.set_aside), (3, 1));
        let found = charges.findings.list();
        assert_eq!((found[0].rule.as_str(), found[0].rows.as_slice()), ("field-count", [3].as_slice()));
    }

    #[test]
    fn texts_of_several_lines_are_told_from_stray_quotes() {
        let fields = |text: &str| fields_by_the_book(text.as_bytes(), b',');
        assert_eq!(
            (fields("a,\"b,\n\"\"c\",d"), fields("a,,"), fields("a\"b,c"), fields("\"a\"b,c"), fields("\"a")),
            (Some(3), Some(3), None, None, None)
        );
        assert!(is_one_row(b"\"two\nlines\",1,2", b',', 3), "the first text has two lines");
        assert!(is_one_row(b"\"two\nlines\",1,\"and\ntwo\"", b',', 3), "the first and the last have");
        assert!(!is_one_row(b"a,1,\"open\nb,2,3\nc,3,close\"", b',', 3), "a row lies between two stray quotes");
        assert!(!is_one_row(b"a,1,\"open\nb,\"2\",3", b',', 3), "a quote within a text that is not doubled");
    }

    #[test]
    fn dirt_is_understood_and_said() {
        let charges =
            decode("0.0000000000000000001,USD,2026-05-01,NULL,(null),4/1/25,é\n-5,usd,2026-05-01,,,,\n,USD,2026-05-01,,,,\n");
        assert_eq!((charges.rows.num_rows(), charges.set_aside), (1, 2));
        assert_eq!(charges.residues, [(0, Cost::Billed, 100_000_000_000_000_000)]);
        let rules: Vec<String> = charges.findings.list().into_iter().map(|f| format!("{} {}", f.rule, f.column)).collect();
        for expected in ["no-currency BillingCurrency", "no-billed-cost BilledCost", "not-a-moment ChargePeriodStart"] {
            assert!(rules.contains(&expected.to_owned()), "{expected} in {rules:?}");
        }
        for expected in
            ["literal-null ListUnitPrice", "literal-null Tags", "finer-than-1e-18 BilledCost", "no-time-zone BillingPeriodStart"]
        {
            assert!(rules.contains(&expected.to_owned()), "{expected} in {rules:?}");
        }
    }

    #[test]
    fn boundaries_lie_outside_quotes() {
        assert_eq!(record_boundary(b"a,b\nc,\"d\ne"), Some(4));
        assert_eq!(record_boundary(b"a,\"b\nc\"\nd"), Some(8));
        assert_eq!(record_boundary(b"a,b"), None);
    }
}
