//! Rows of CSV, JSON lines and JSON arrays, read alike: a row is a set of named texts.

mod csv_rows;
mod json_rows;
mod nested;
mod reading;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};

pub(crate) use csv_rows::Header;
use csv_rows::for_each_csv_row;
use json_rows::{JsonRow, for_each_json_row};
pub(crate) use nested::{Members, elements, members, row_of};
pub(crate) use reading::{Reading, SetAside, whole};

use crate::{DecodeError, DecodeReport, Findings, Limits};

/// How the rows of a file are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// By the first byte: `{` or `[` is JSON, anything else CSV.
    #[default]
    Auto,
    /// Comma-separated, with a header.
    Csv,
    /// One object a line, or one array of objects.
    Json,
    /// Objects one after the other or in arrays, each over as many lines as it likes.
    Documents,
}

/// One row.
pub(crate) enum Row<'a> {
    Csv { header: &'a Header, record: &'a csv::ByteRecord },
    Json(JsonRow<'a>),
    Fields(FieldsRow),
    Named(NamedRow<'a>),
}

/// A row of texts that lie elsewhere, by names that are asked for as they stand: for what comes span by span.
pub(crate) struct NamedRow<'a>(pub Vec<(&'a str, &'a str)>);

/// A row put together by a decoder: by normalised name, the source's own name and the text.
pub(crate) struct FieldsRow {
    fields: BTreeMap<String, (String, String)>,
}

impl FieldsRow {
    pub fn new(fields: BTreeMap<String, (String, String)>) -> Self {
        Self { fields }
    }
}

/// A value with the name that the file gives its column.
pub(crate) struct Cell<'a> {
    pub column: &'a str,
    pub text: Cow<'a, str>,
}

impl Row<'_> {
    /// The first of `names` that has a value here. Names are in [`normalised`] form.
    pub fn find(&self, names: &[&str]) -> Option<Cell<'_>> {
        names.iter().find_map(|name| match self {
            Row::Csv { header, record } => {
                let index = header.index(name)?;
                let text = std::str::from_utf8(record.get(index)?).ok()?.trim();
                (!is_absent(text)).then(|| Cell { column: header.name(index), text: Cow::Borrowed(text) })
            }
            Row::Json(row) => row.get(name),
            Row::Fields(row) => row.fields.get(*name).map(|(column, text)| Cell { column, text: Cow::Borrowed(text.trim()) }),
            Row::Named(row) => {
                let (column, text) = row.0.iter().find(|(column, _)| column == name)?;
                Some(Cell { column, text: Cow::Borrowed(text.trim()) })
            }
        })
    }

    /// The columns named `tag:X`, as (X, value).
    pub fn tags(&self) -> Vec<(String, String)> {
        match self {
            Row::Csv { header, record } => {
                let cells = header.tags().iter().filter_map(|(key, index)| {
                    let text = std::str::from_utf8(record.get(*index)?).ok()?.trim();
                    (!is_absent(text)).then(|| (key.clone(), text.to_owned()))
                });
                cells.collect()
            }
            Row::Json(row) => row.tags(),
            Row::Fields(_) | Row::Named(_) => Vec::new(),
        }
    }
}

/// True for the ways in which exports write "no value".
fn is_absent(text: &str) -> bool {
    matches!(text, "" | "NULL" | "null" | "\\N" | "(null)")
}

/// A column's name without case, blanks, `_`, `-` and `.`: `ContextTokens`, `context_tokens` and `context.tokens` are one.
pub(crate) fn normalised(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, ' ' | '_' | '-' | '.')).flat_map(char::to_lowercase).collect()
}

/// Reads `input` row by row. `check` sees the header of a CSV before its first row; `each` sees every row that can be taken apart.
pub(crate) fn for_each_row<E: From<DecodeError>>(
    input: impl Read,
    format: Format,
    limits: &Limits,
    report: &mut DecodeReport,
    check: impl FnOnce(&Header) -> Result<(), DecodeError>,
    mut each: impl FnMut(&Row<'_>, u64, &mut DecodeReport) -> Result<(), E>,
) -> Result<(), E> {
    report.findings = Findings::with_limit(limits.findings);
    let mut input = BufReader::with_capacity(1 << 16, input);
    let start = input.fill_buf().map_err(|source| DecodeError::Read { row: 1, source })?;
    let first = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).iter().find(|b| !b.is_ascii_whitespace()).copied();
    let json = match format {
        Format::Auto => matches!(first, Some(b'{' | b'[')),
        Format::Csv => false,
        Format::Json | Format::Documents => true,
    };
    if start.is_empty() {
        return Err(DecodeError::Empty.into());
    }
    if json {
        for_each_json_row(input, first == Some(b'[') || format == Format::Documents, limits, report, &mut each)
    } else {
        for_each_csv_row(input, limits, report, check, &mut each)
    }
}
