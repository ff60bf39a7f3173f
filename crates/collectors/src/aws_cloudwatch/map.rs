//! Figures → rows of usage.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;

use camino::Utf8Path;
use chrono::{DateTime, SecondsFormat};

use super::client::{METRICS, Point, Series};
use super::families::{Count, Family, Figure, Percentile};
use crate::FileError;
use crate::source::CollectError;

/// The columns that are always written; a tag each follows.
const COLUMNS: [&str; 15] = [
    "time",
    "model",
    "workload",
    "provider",
    "requests",
    "errors",
    "input_tokens",
    "cached_tokens",
    "cache_write_tokens",
    "output_tokens",
    "compute_seconds",
    "latency_p50_seconds",
    "latency_p90_seconds",
    "latency_p99_seconds",
    "utilisation",
];

/// The series of one set of dimensions, each as far as it is not written yet.
struct Group<'a> {
    family: &'a Family,
    values: &'a [String],
    series: Vec<(&'a Figure, &'a [Point])>,
}

/// An hour of one set of dimensions.
#[derive(Clone, Debug, Default, PartialEq)]
struct Row {
    requests: u64,
    errors: u64,
    uncached: u64,
    cache_read: u64,
    cache_write: u64,
    output: u64,
    compute_seconds: Option<f64>,
    latency: [Option<f64>; 3],
    utilisation: Option<f64>,
}

/// Writes the series, laid beside each other, as a trace of requests by hour, in an order of its own: the same answer is the same file.
/// Gives the number of rows. It holds one row at a time.
///
/// # Errors
/// When a count is no whole number, or the file cannot be written.
pub(super) fn write(families: &[Family], series: &[Series], region: &str, path: &Utf8Path) -> Result<u64, CollectError> {
    let mut groups = groups(families, series);
    let names = |group: &Group<'_>| group.tags(region).map(|(name, _)| name.to_owned()).collect::<Vec<_>>();
    let tags: BTreeSet<String> = groups.iter().flat_map(names).collect();
    let failed = |error: csv::Error| FileError::io(path)(std::io::Error::other(error));
    let mut file = csv::Writer::from_path(path).map_err(failed)?;
    let heads = COLUMNS.iter().map(|name| (*name).to_owned()).chain(tags.iter().map(|tag| format!("tag:{tag}")));
    file.write_record(heads).map_err(failed)?;
    let mut rows = 0;
    while let Some(hour) = groups.iter().filter_map(Group::next_hour).min() {
        let moment = DateTime::from_timestamp(hour, 0).map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true));
        let moment =
            moment.ok_or_else(|| CollectError::Nonsense { call: METRICS, said: format!("{hour} is beyond the calendar") })?;
        for group in &mut groups {
            if let Some(row) = group.take(hour)? {
                write_row(&mut file, &moment, group, &row, (region, &tags)).map_err(failed)?;
                rows += 1;
            }
        }
    }
    file.flush().map_err(FileError::io(path))?;
    Ok(rows)
}

/// By family, then by the values of its dimensions.
fn groups<'a>(families: &'a [Family], series: &'a [Series]) -> Vec<Group<'a>> {
    let mut groups: BTreeMap<(usize, &[String]), Group<'_>> = BTreeMap::new();
    for one in series {
        let family = &families[one.family];
        let group =
            groups.entry((one.family, &one.values)).or_insert_with(|| Group { family, values: &one.values, series: Vec::new() });
        group.series.push((&family.figures[one.figure], &one.points));
    }
    groups.into_values().collect()
}

impl Group<'_> {
    /// The value of the dimension that has a place of its own.
    fn named(&self, dimension: Option<&String>) -> &str {
        let at = dimension.and_then(|name| self.family.dimensions.iter().position(|other| other == name));
        at.map_or("", |at| &self.values[at])
    }

    /// The other dimensions, and the region.
    fn tags<'a>(&'a self, region: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let Family { model, workload, dimensions, .. } = self.family;
        let pairs = dimensions.iter().zip(self.values);
        let others = pairs.filter(move |(name, _)| model.as_ref() != Some(name) && workload.as_ref() != Some(name));
        std::iter::once(("region", region)).chain(others.map(|(name, value)| (name.as_str(), value.as_str())))
    }

    /// The first hour that is not written yet.
    fn next_hour(&self) -> Option<i64> {
        self.series.iter().filter_map(|(_, points)| Some(points.first()?.0)).min()
    }

    /// What the series say of an hour; nothing where none does.
    fn take(&mut self, hour: i64) -> Result<Option<Row>, CollectError> {
        let mut row: Option<Row> = None;
        for (figure, points) in &mut self.series {
            let Some((_, rest)) = points.split_first().filter(|((at, _), _)| *at == hour) else { continue };
            row.get_or_insert_default().add(figure.count, points[0].1)?;
            *points = rest;
        }
        Ok(row)
    }
}

impl Row {
    fn add(&mut self, count: Count, value: f64) -> Result<(), CollectError> {
        let mut seconds = |more: f64| self.compute_seconds = Some(self.compute_seconds.unwrap_or(0.0) + more);
        match count {
            Count::Compute { per_second } => seconds(value / f64::from(per_second)),
            Count::Busy => {
                seconds(value / 100.0 * 3_600.0);
                self.utilisation = Some(value / 100.0);
            }
            Count::Requests => self.requests += whole(value)?,
            Count::Errors => self.errors += whole(value)?,
            Count::FailedRequests => {
                self.requests += whole(value)?;
                self.errors += whole(value)?;
            }
            Count::InputTokens => self.uncached += whole(value)?,
            Count::CacheReadTokens => self.cache_read += whole(value)?,
            Count::CacheWriteTokens => self.cache_write += whole(value)?,
            Count::OutputTokens => self.output += whole(value)?,
            Count::Latency { percentile, per_second } => {
                let at = match percentile {
                    Percentile::P50 => 0,
                    Percentile::P90 => 1,
                    Percentile::P99 => 2,
                };
                self.latency[at] = Some(value / f64::from(per_second));
            }
            Count::Utilisation { whole } => self.utilisation = Some(value / f64::from(whole)),
        }
        Ok(())
    }
}

/// A count, which a binary fraction holds exactly up to 2⁵³.
fn whole(value: f64) -> Result<u64, CollectError> {
    let is_count = value.fract() == 0.0 && (0.0..9_007_199_254_740_992.0).contains(&value);
    match is_count {
        true => Ok(value as u64),
        false => Err(CollectError::Nonsense { call: METRICS, said: format!("{value} is no count") }),
    }
}

fn write_row(
    file: &mut csv::Writer<File>,
    moment: &str,
    group: &Group<'_>,
    row: &Row,
    (region, tags): (&str, &BTreeSet<String>),
) -> Result<(), csv::Error> {
    // Input has the cached tokens among it, as in every other source.
    let input = row.uncached.saturating_add(row.cache_read).saturating_add(row.cache_write);
    let counts = [row.requests, row.errors, input, row.cache_read, row.cache_write, row.output].map(|count| count.to_string());
    let [p50, p90, p99] = row.latency;
    let measured = [row.compute_seconds, p50, p90, p99, row.utilisation];
    let measured = measured.map(|figure| figure.map(|figure| format!("{figure:.6}")).unwrap_or_default());
    let family = group.family;
    for cell in [moment, group.named(family.model.as_ref()), group.named(family.workload.as_ref()), family.provider.unwrap_or("")]
    {
        file.write_field(cell)?;
    }
    for cell in counts.iter().chain(&measured) {
        file.write_field(cell)?;
    }
    let of: BTreeMap<&str, &str> = group.tags(region).collect();
    for tag in tags {
        file.write_field(of.get(tag.as_str()).copied().unwrap_or_default())?;
    }
    file.write_record(None::<&[u8]>)
}
