//! What a log says of its process, and of the time that its people take for a case.

mod baseline;
mod limits;
mod lines;
mod measure;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use farthing_types::{Amount, Window};
use serde::Serialize;
use utoipa::ToSchema;

pub use self::baseline::{Baseline, MeanInterval};
pub use self::lines::{ActivityLine, OutcomeLine, ResourceLine, Rework, Variant};

use self::measure::{Measure, measure};
use crate::{Calendar, Case, Durations, OutcomeRule, Pattern};

/// What a log is asked, and what it has to be told.
#[derive(Clone, Debug, Default)]
pub struct Analysis {
    /// Only cases whose last event lies in it; all without it.
    pub window: Option<Window>,
    /// Resources that are machines: what they do is nobody's work.
    pub automatic: Vec<Pattern>,
    /// How a case's outcome is told.
    pub outcome: OutcomeRule,
    /// Only cases that ended so; all where it is empty.
    pub only_outcomes: Vec<String>,
    /// The hours worked: all durations are then working time. Without it they are time on the clock.
    pub calendar: Option<Calendar>,
    /// Working times longer than this are taken for ones that nobody ended, and are not measured.
    pub longest_handling_ms: Option<i64>,
    /// Activities that belong to a case more than once, and are no rework.
    pub repeatable: Vec<Pattern>,
    /// How many variants and resources are listed; the others are counted.
    pub top: usize,
}

/// The quantile of Student's t for a probability and degrees of freedom; handed in by who has one.
pub type StudentQuantile = fn(f64, f64) -> Option<f64>;

/// What a log says: `process --format json` prints it. Durations are whole milliseconds, shares are between 0 and 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Process {
    /// How many cases.
    pub cases: u64,
    /// How many events they have.
    pub events: u64,
    /// The moment of the first event.
    pub first: Option<DateTime<Utc>>,
    /// The moment of the last one.
    pub last: Option<DateTime<Utc>>,
    /// Whether durations are working time of a calendar, or time on the clock.
    pub working_time: bool,
    /// From a case's first event to its last.
    pub throughput: Option<Durations>,
    /// People's time at work in a case, of cases that show it.
    pub handling: Option<Durations>,
    /// Time of the same cases in which nobody was at work on them.
    pub waiting: Option<Durations>,
    /// What is done again.
    pub rework: Rework,
    /// The activities, the most frequent first.
    pub activities: Vec<ActivityLine>,
    /// How many different courses cases took.
    pub distinct_variants: u64,
    /// The most frequent of them.
    pub variants: Vec<Variant>,
    /// The cases of all the others.
    pub cases_of_other_variants: u64,
    /// How many different resources there are.
    pub distinct_resources: u64,
    /// Those with most events.
    pub resources: Vec<ResourceLine>,
    /// The events of all the others.
    pub events_of_other_resources: u64,
    /// Events that name no resource.
    pub events_without_resource: u64,
    /// The cases by how they ended; those of which the log does not say it have no name.
    pub outcomes: Vec<OutcomeLine>,
    /// What a case takes people.
    pub baseline: Baseline,
    /// What this log cannot show, and what would make it.
    pub cannot_show: Vec<String>,
}

/// The statistics of cases under an analysis.
pub fn process(cases: &[Case], analysis: &Analysis, student: StudentQuantile) -> Process {
    let measures: Vec<Measure<'_>> = cases
        .iter()
        .filter(|case| {
            let ended = case.events.last().map(|event| event.at);
            ended.is_some_and(|ended| analysis.window.is_none_or(|window| window.contains(ended)))
        })
        .map(|case| measure(case, analysis))
        .filter(|measure| {
            analysis.only_outcomes.is_empty()
                || measure.outcome.is_some_and(|outcome| analysis.only_outcomes.iter().any(|wanted| wanted == outcome))
        })
        .collect();
    let events = || measures.iter().flat_map(|measure| &measure.case.events);
    let shown: Vec<&Measure<'_>> = measures.iter().filter(|measure| measure.is_measured()).collect();
    let (variants, distinct_variants, cases_of_other_variants) = lines::variants(&measures, analysis.top);
    let (resources, distinct_resources, events_of_other_resources) = lines::resources(&measures, analysis);
    Process {
        cases: measures.len() as u64,
        events: measures.iter().map(|measure| measure.case.events.len() as u64).sum(),
        first: events().map(|event| event.at).min(),
        last: events().map(|event| event.at).max(),
        working_time: analysis.calendar.is_some(),
        throughput: Durations::of(measures.iter().map(|measure| measure.throughput).collect()),
        handling: Durations::of(shown.iter().map(|measure| measure.handling).collect()),
        waiting: Durations::of(shown.iter().map(|measure| measure.throughput - measure.busy).collect()),
        rework: lines::rework(&measures),
        activities: lines::activities(&measures),
        distinct_variants,
        variants,
        cases_of_other_variants,
        distinct_resources,
        resources,
        events_of_other_resources,
        events_without_resource: events().filter(|event| event.resource.is_none()).count() as u64,
        outcomes: lines::outcomes(&measures, analysis, student),
        baseline: baseline::of(&measures, analysis, student),
        cannot_show: limits::cannot_show(&measures, analysis),
    }
}

/// `part` of `whole`, at 1e-6; 0 of nothing.
fn share(part: u64, whole: u64) -> Amount {
    let amount = |count: u64| Amount::from_int(i64::try_from(count).unwrap_or(i64::MAX));
    amount(part).checked_div(amount(whole)).map_or(Amount::ZERO, |share| share.round(6))
}
