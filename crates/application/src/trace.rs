//! Recorded traffic for a replay, from a request trace: one row a request, or one a span of time with the requests summed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use farthing_optimizer::PlanDocument;
use farthing_optimizer::replay::generated;
use farthing_simulator::RequestSize;
use farthing_simulator::twin::{HOUR, MAX_HOURS, Request, Spread, Traffic};
use farthing_types::SourceName;
use farthing_usage::request_trace::{Options, decode};
use farthing_usage::{DecodeError, UsageRecord};

use crate::Error;
use crate::simulation::TrafficSource;

/// Most rows of a trace.
const MAX_ROWS: usize = 50_000_000;

/// What came, by workload of the plan.
pub(crate) struct Trace {
    /// The hour of the first row.
    pub start: DateTime<Utc>,
    /// Hours up to that of the last.
    pub hours: usize,
    /// Seconds of a span, where rows are sums.
    span: Option<f64>,
    workloads: BTreeMap<String, Vec<Row>>,
    /// Rows that belong to no workload of the plan, and rows that could not be read.
    strangers: u64,
    unusable: u64,
}

#[derive(Clone, Copy)]
struct Row {
    at: f64,
    requests: u64,
    input_tokens: u64,
    output_tokens: u64,
}

/// Reads a trace for the workloads of a plan. A row belongs to the workload that it names, else to the only one with its model,
/// else to the only one there is.
pub(crate) fn read_trace(file: Box<dyn Read + Send>, name: &str, plan: &PlanDocument) -> Result<Trace, Error> {
    let file: Box<dyn Read> = if name.ends_with(".gz") { Box::new(flate2::read::MultiGzDecoder::new(file)) } else { file };
    let source: SourceName = "trace".parse().expect("a word is a name");
    let (mut rows, mut strangers): (Vec<(String, DateTime<Utc>, Row)>, u64) = (Vec::new(), 0);
    let report = decode::<DecodeError>(file, &Options::of(source), |record| {
        match workload_of(plan, &record) {
            Some(id) if rows.len() < MAX_ROWS => rows.push((id.to_owned(), record.at, row(&record))),
            Some(_) => strangers = u64::MAX,
            None => strangers += u64::from(strangers < u64::MAX),
        }
        Ok(())
    });
    let report = report.map_err(|error| Error::Invalid(format!("{name}: {error}")))?;
    if strangers == u64::MAX {
        return Err(Error::Invalid(format!(
            "{name}: more than {MAX_ROWS} rows; sum the requests of spans of time, in a column `requests`"
        )));
    }
    rows.sort_by_key(|(_, at, _)| *at);
    let (Some((_, first, _)), Some((_, last, _))) = (rows.first(), rows.last()) else {
        let known: Vec<&str> = plan.workloads.iter().map(|workload| workload.id.as_str()).collect();
        return Err(Error::Invalid(format!("{name}: no row is of a workload of the plan ({})", known.join(", "))));
    };
    let start = first.duration_trunc(TimeDelta::hours(1)).expect("an hour divides every moment");
    let hours = (*last - start).num_hours() as usize + 1;
    if hours > MAX_HOURS {
        return Err(Error::Invalid(format!("{name}: {hours} hours from its first to its last row; {MAX_HOURS} are allowed")));
    }
    let span = if rows.iter().any(|(_, _, row)| row.requests != 1) { Some(span(&rows, name)?) } else { None };
    let mut workloads: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for (id, at, row) in rows {
        let at = (at - start).as_seconds_f64();
        workloads.entry(id).or_default().push(Row { at, ..row });
    }
    let unusable = report.findings.rows_set_aside();
    Ok(Trace { start, hours, span, workloads, strangers, unusable })
}

fn row(record: &UsageRecord) -> Row {
    let counts = &record.counts;
    Row { at: 0.0, requests: counts.requests, input_tokens: counts.input_tokens, output_tokens: counts.output_tokens }
}

fn workload_of<'a>(plan: &'a PlanDocument, record: &UsageRecord) -> Option<&'a str> {
    let ids = || plan.workloads.iter().map(|workload| workload.id.as_str());
    if let Some(named) = &record.dimensions.workload {
        return ids().find(|id| id == named);
    }
    if let Some(model) = &record.dimensions.model {
        let mut served = plan.workloads.iter().filter(|workload| workload.model.as_ref() == Some(model));
        let by_model = served.next().filter(|_| served.next().is_none()).map(|workload| workload.id.as_str());
        return by_model.or_else(|| ids().find(|id| *id == model.as_str()));
    }
    match plan.workloads.as_slice() {
        [only] => Some(&only.id),
        _ => None,
    }
}

/// The seconds of a span: the smallest distance between two rows' times.
fn span(rows: &[(String, DateTime<Utc>, Row)], name: &str) -> Result<f64, Error> {
    let times: BTreeSet<DateTime<Utc>> = rows.iter().map(|(_, at, _)| *at).collect();
    let gaps = times.iter().zip(times.iter().skip(1)).map(|(a, b)| (*b - *a).num_seconds());
    let span = gaps.min().unwrap_or(3600);
    if span >= 1 && 3600 % span == 0 {
        return Ok(span as f64);
    }
    Err(Error::Invalid(format!(
        "{name}: rows with sums of requests are {span} s apart, which is no whole part of an hour; use spans of 60, 300, 600 or 3600 s"
    )))
}

impl Trace {
    pub(crate) fn is_rates(&self) -> bool {
        self.span.is_some()
    }

    pub(crate) fn source(&self) -> TrafficSource {
        if self.is_rates() { TrafficSource::RecordedRates } else { TrafficSource::RecordedRequests }
    }

    /// Mean tokens of a workload's requests; none where it has none.
    pub(crate) fn mean_size(&self, workload: &str) -> Option<RequestSize> {
        let rows = self.workloads.get(workload)?;
        let sum = |of: fn(&Row) -> u64| rows.iter().map(of).sum::<u64>() as f64;
        let requests = sum(|row| row.requests);
        (requests > 0.0).then(|| RequestSize {
            input_tokens: sum(|row| row.input_tokens) / requests,
            output_tokens: (sum(|row| row.output_tokens) / requests).max(1.0),
        })
    }

    /// The traffic of a workload: its requests, or Poisson at its rates.
    pub(crate) fn traffic(&self, workload: &str, size: Option<RequestSize>, spread: Spread) -> Traffic {
        let rows = self.workloads.get(workload).map_or(&[][..], Vec::as_slice);
        let whole = |tokens: u64| u32::try_from(tokens).unwrap_or(u32::MAX);
        match self.span {
            None => {
                let request = |row: &Row| Request {
                    at: row.at,
                    input_tokens: whole(row.input_tokens),
                    output_tokens: whole(row.output_tokens),
                };
                Traffic::Recorded(rows.iter().map(request).collect())
            }
            Some(span) => {
                let mut rates = vec![0.0; self.hours * (HOUR / span) as usize];
                for row in rows {
                    rates[(row.at / span) as usize] += row.requests as f64 / span;
                }
                generated(rates, span, size, spread)
            }
        }
    }

    pub(crate) fn said(&self) -> Vec<String> {
        let mut said = vec![match self.span {
            None => "Requests come as they were recorded.".to_owned(),
            Some(span) => format!("Arrivals are Poisson at the rates of each {span:.0} s of the trace."),
        }];
        if self.strangers > 0 {
            said.push(format!("{} rows of the trace belong to no workload of the plan and were left out.", self.strangers));
        }
        if self.unusable > 0 {
            said.push(format!("{} rows of the trace could not be read and were left out.", self.unusable));
        }
        said
    }
}
