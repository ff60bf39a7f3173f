//! The human baseline: what a case takes people, and which part of the log that rests on.

use std::collections::BTreeMap;

use farthing_types::Amount;
use serde::Serialize;
use utoipa::ToSchema;

use super::measure::{Measure, covered};
use super::{Analysis, StudentQuantile, share};
use crate::{Durations, Moments};

/// The interval of a mean over cases, which are taken as independent of each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MeanInterval {
    /// The lower bound.
    pub low_ms: i64,
    /// The upper bound.
    pub high_ms: i64,
    /// The standard error of the mean.
    pub standard_error_ms: i64,
    /// The level: 0.95.
    pub level: Amount,
    /// Over how many cases.
    pub cases: u64,
}

/// What a case takes people, as far as the log shows it. Machines' work is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Baseline {
    /// Cases with at least one run by a person whose time at work is known: what the figures rest on.
    pub measured_cases: u64,
    /// Which share of all cases.
    pub measured_share: Amount,
    /// Cases that no person had a hand in.
    pub automatic_cases: u64,
    /// Cases in which people acted and no time at work is known.
    pub unmeasured_cases: u64,
    /// Runs by people.
    pub runs: u64,
    /// Those of which the time at work is known; the others have an end and no start, or a start and no end.
    pub measured_runs: u64,
    /// Events of the measured runs.
    pub measured_events: u64,
    /// Which share of all events.
    pub measured_events_share: Amount,
    /// People's time at work for each measured case.
    pub handling: Option<Durations>,
    /// The interval of its mean.
    pub interval: Option<MeanInterval>,
    /// The part of that time that was spent again on an activity which had been worked on in the case before; all cases together.
    pub rework_ms: i64,
    /// Which share of the time.
    pub rework_share: Amount,
    /// Measured cases with such time.
    pub rework_cases: u64,
    /// The part of people's time at which the same person was at work on something else too: it counts more than once.
    pub overlapping_ms: i64,
    /// People's time of which the log names nobody.
    pub unnamed_ms: i64,
}

const LEVEL: f64 = 0.95;

pub(super) fn of(measures: &[Measure<'_>], analysis: &Analysis, student: StudentQuantile) -> Baseline {
    let measured: Vec<&Measure<'_>> = measures.iter().filter(|measure| measure.is_measured()).collect();
    let automatic = measures.iter().filter(|measure| measure.is_automatic()).count() as u64;
    let runs = || measures.iter().flat_map(Measure::by_people);
    let known = || runs().filter(|run| run.handling.is_some());
    let handling = Durations::of(measured.iter().map(|measure| measure.handling).collect());
    let (rework_ms, total_ms): (i64, i64) =
        (measured.iter().map(|measure| measure.rework).sum(), measured.iter().map(|measure| measure.handling).sum());
    let measured_events = known().map(|run| u64::from(run.instance.events)).sum();
    let events = measures.iter().map(|measure| measure.case.events.len() as u64).sum();
    let (cases, measured_cases) = (measures.len() as u64, measured.len() as u64);
    Baseline {
        measured_cases,
        measured_share: share(measured_cases, cases),
        automatic_cases: automatic,
        unmeasured_cases: cases - measured_cases - automatic,
        runs: runs().count() as u64,
        measured_runs: known().count() as u64,
        measured_events,
        measured_events_share: share(measured_events, events),
        interval: handling.as_ref().and_then(|handling| interval(&handling.moments, student)),
        handling,
        rework_ms,
        rework_share: share(rework_ms.unsigned_abs(), total_ms.unsigned_abs()),
        rework_cases: measured.iter().filter(|measure| measure.by_people().any(|run| run.reworked)).count() as u64,
        overlapping_ms: overlapping(measures, analysis),
        unnamed_ms: known().filter(|run| run.instance.resource.is_none()).filter_map(|run| run.handling).sum(),
    }
}

/// How much of the time of each person's runs lies within other runs of the same person.
fn overlapping(measures: &[Measure<'_>], analysis: &Analysis) -> i64 {
    let mut by_person: BTreeMap<&str, (i64, Vec<crate::Interval>)> = BTreeMap::new();
    for run in measures.iter().flat_map(Measure::by_people) {
        if let (Some(resource), Some(handling)) = (run.instance.resource, run.handling) {
            let (sum, intervals) = by_person.entry(resource).or_default();
            *sum += handling;
            intervals.extend(run.instance.work.iter().copied());
        }
    }
    by_person.into_values().map(|(sum, intervals)| sum - covered(intervals, analysis)).sum()
}

/// Mean ± t·s/√n; none for fewer than two cases.
pub(super) fn interval(moments: &Moments, student: StudentQuantile) -> Option<MeanInterval> {
    if moments.count < 2 {
        return None;
    }
    let n = moments.count as f64;
    // n·Σx² − (Σx)² is exact before it becomes a float; it fits: durations of a century have 42 bits.
    let spread = i128::from(moments.count).checked_mul(moments.squares)?.checked_sub(moments.sum.checked_mul(moments.sum)?)?;
    let variance = spread as f64 / (n * (n - 1.0));
    let error = (variance / n).sqrt();
    let reach = student(1.0 - (1.0 - LEVEL) / 2.0, n - 1.0)? * error;
    let mean = moments.sum as f64 / n;
    let whole = |value: f64| value.round() as i64;
    Some(MeanInterval {
        low_ms: whole((mean - reach).max(0.0)),
        high_ms: whole(mean + reach),
        standard_error_ms: whole(error),
        level: "0.95".parse().expect("a decimal"),
        cases: moments.count,
    })
}
