//! What documents of many results have in common: reports by spans of time, pages of observations.

use std::io::Read;

use farthing_types::SourceName;

use crate::finding::shown;
use crate::row::{Format, Members, Reading, Row, SetAside, elements, for_each_row, members, row_of};
use crate::{DecodeError, DecodeReport, Effect, Finding, Limits, Seen, SeenIds, UsageRecord};

/// What such a document does not say by itself.
#[derive(Clone, Debug)]
pub struct Options {
    /// The source the records belong to.
    pub source: SourceName,
    /// Bounds; `row_bytes` is that of one page.
    pub limits: Limits,
}

impl Options {
    /// Nothing but the source.
    pub fn of(source: SourceName) -> Self {
        Self { source, limits: Limits { row_bytes: 64 << 20, ..Limits::default() } }
    }
}

/// A result that was read: the record, what it is known by, and what rounding its spend left out.
pub(crate) struct Taken {
    pub record: UsageRecord,
    pub id: Option<String>,
    pub residue: i128,
}

impl From<UsageRecord> for Taken {
    /// Known by whose usage and of when it is: a report has one result for each.
    fn from(record: UsageRecord) -> Self {
        let id = Some(format!("{} {:?} {:?}", record.at.timestamp(), record.grain, record.dimensions));
        Self { record, id, residue: 0 }
    }
}

/// Reads documents, one a line, one an element of an array, or one a file; `results` takes the results out of one, and `read` makes a
/// record of each, or none where it is no usage.
pub(crate) fn decode<E: From<DecodeError>>(
    input: impl Read,
    options: &Options,
    seen: &mut SeenIds,
    wanted: &str,
    results: impl for<'a> Fn(&Members<'a>) -> Option<Vec<(Members<'a>, Members<'a>)>>,
    read: impl Fn(&mut Reading<'_>, &Options) -> Result<Option<Taken>, SetAside>,
    mut each: impl FnMut(UsageRecord) -> Result<(), E>,
) -> Result<DecodeReport, E> {
    let mut report = DecodeReport::default();
    for_each_row::<E>(
        input,
        Format::Documents,
        &options.limits,
        &mut report,
        |_| Ok(()),
        |row, number, report| {
            let Row::Json(json) = row else { return Ok(()) };
            let document = serde_json::from_slice::<&serde_json::value::RawValue>(json.bytes()).ok().and_then(members);
            let Some(found) = document.as_ref().and_then(&results) else {
                let message = format!("this is no {wanted}; it was set aside. Check the format that the file is read as");
                report.findings.add(Finding {
                    row: number,
                    column: String::new(),
                    rule: "not-this-format",
                    effect: Effect::SetAside,
                    message,
                });
                return Ok(());
            };
            // The document was counted as a row; its results are what counts.
            report.rows -= 1;
            for (around, result) in found {
                report.rows += 1;
                let row = Row::Fields(row_of(&[&around, &result]));
                let mut reading = Reading::new(&row, number, &mut report.findings);
                let Ok(one) = read(&mut reading, options) else { continue };
                let Some(Taken { record, id, residue }) = one else {
                    report.skipped += 1;
                    continue;
                };
                if let Some(id) = &id {
                    let limit = options.limits.ids;
                    match seen.observe(id, format!("{record:?}").as_bytes(), limit) {
                        None => return Err(DecodeError::TooManyIds { row: number, limit }.into()),
                        Some(Seen::New) => {}
                        Some(Seen::Same) => {
                            report.duplicates += 1;
                            continue;
                        }
                        Some(Seen::Conflicting) => {
                            let message = format!(
                                "{} was read before with other values; the first stands. Import the right one alone",
                                shown(id)
                            );
                            reading.keep("id", "conflicting-duplicate", message);
                            report.duplicates += 1;
                            continue;
                        }
                    }
                }
                report.records += 1;
                report.spend_residue += residue;
                each(record)?;
            }
            Ok(())
        },
    )?;
    Ok(report)
}

/// The results of a page of buckets, or of one bucket: what stands in the first list of a bucket that it has of `lists`, each with the
/// bucket's own members whose names end in `times`.
pub(crate) fn in_buckets<'a>(document: &Members<'a>, lists: &[&str], times: &str) -> Option<Vec<(Members<'a>, Members<'a>)>> {
    let buckets = match document.get("data") {
        Some(data) => elements(data)?.into_iter().map(members).collect::<Option<Vec<_>>>()?,
        None => vec![document.clone()],
    };
    let mut found = Vec::new();
    for bucket in buckets {
        for result in elements(lists.iter().find_map(|list| bucket.get(*list))?)? {
            let around = bucket.iter().filter(|(name, _)| name.ends_with(times)).map(|(name, value)| (name.clone(), *value));
            found.push((around.collect(), members(result)?));
        }
    }
    Some(found)
}

#[cfg(test)]
pub(crate) mod tests {
    /// What a decoder makes of a text.
    macro_rules! decoded_by {
        ($text:expr, $decode:path) => {{
            let mut records: Vec<$crate::UsageRecord> = Vec::new();
            let options = $crate::ReportOptions::of("s".parse().unwrap());
            let report = $decode(AsRef::<str>::as_ref(&$text).as_bytes(), &options, &mut $crate::SeenIds::default(), |record| {
                records.push(record);
                Ok::<(), $crate::DecodeError>(())
            });
            (records, report.unwrap())
        }};
    }
    pub(crate) use decoded_by;
}
