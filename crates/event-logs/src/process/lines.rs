//! The lines of the report: activities, variants, resources, outcomes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use farthing_types::Amount;
use serde::Serialize;
use utoipa::ToSchema;

use super::baseline::{MeanInterval, interval};
use super::measure::Measure;
use super::{Analysis, StudentQuantile, share};
use crate::{Durations, Kind};

/// One activity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ActivityLine {
    /// Its name.
    pub activity: String,
    /// Its events, of whatever transition.
    pub events: u64,
    /// How often it ended.
    pub ended: u64,
    /// In how many cases it ended.
    pub cases: u64,
    /// In how many of them it ended more than once.
    pub cases_repeated: u64,
    /// How often it ended again.
    pub repetitions: u64,
    /// The time at work of runs that show it, machines' too.
    pub handling: Option<Durations>,
    /// From schedule to start, of runs that show both.
    pub waiting: Option<Durations>,
    /// Since the event before it in the case, for runs that show no beginning: waiting and work together.
    pub since_previous: Option<Durations>,
}

/// A course that cases took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Variant {
    /// What was done, in the order in which it ended.
    pub activities: Vec<String>,
    /// How many cases.
    pub cases: u64,
    /// Which share of all.
    pub share: Amount,
    /// Their durations.
    pub throughput: Option<Durations>,
    /// People's time at work, of cases that show it.
    pub handling: Option<Durations>,
}

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ResourceLine {
    /// The name that the log has.
    pub resource: String,
    /// How many events.
    pub events: u64,
    /// In how many cases.
    pub cases: u64,
    /// Runs of which the time at work is known.
    pub measured: u64,
    /// That time.
    pub handling_ms: i64,
    /// Named as a machine.
    pub automatic: bool,
    /// Not named as one, and looks like one: many events, and never at work for any time in a log that shows work.
    pub looks_automatic: bool,
}

/// The cases that ended in one way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OutcomeLine {
    /// How; none where the log does not say.
    pub outcome: Option<String>,
    /// How many.
    pub cases: u64,
    /// Which share of all.
    pub share: Amount,
    /// Cases of which people's time at work is known.
    pub measured: u64,
    /// Cases that no person had a hand in.
    pub automatic: u64,
    /// From first to last event.
    pub throughput: Option<Durations>,
    /// People's time at work, of the measured cases.
    pub handling: Option<Durations>,
    /// The interval of its mean.
    pub handling_interval: Option<MeanInterval>,
    /// The part of that time that was spent again on an activity worked on before.
    pub rework_ms: i64,
}

/// What is done again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Rework {
    /// Cases in which an activity ended more than once.
    pub cases: u64,
    /// Which share of all.
    pub share: Amount,
    /// How often an activity ended again.
    pub repetitions: u64,
    /// Of those, how often right after itself.
    pub at_once: u64,
    /// How often after something else: a loop in the process.
    pub returned: u64,
}

/// Below this many events a resource without any work is no sign of a machine.
const MANY_EVENTS: u64 = 100;

#[derive(Default)]
struct Activity {
    events: u64,
    ended: u64,
    cases: u64,
    cases_repeated: u64,
    repetitions: u64,
    handling: Vec<i64>,
    waiting: Vec<i64>,
    since_previous: Vec<i64>,
}

pub(super) fn activities(measures: &[Measure<'_>]) -> Vec<ActivityLine> {
    let mut found: BTreeMap<&str, Activity> = BTreeMap::new();
    for measure in measures {
        let mut ended: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for event in &measure.case.events {
            found.entry(&event.activity).or_default().events += 1;
        }
        for run in &measure.runs {
            let activity = found.entry(run.instance.activity).or_default();
            activity.handling.extend(run.handling);
            activity.waiting.extend(run.waiting);
            activity.since_previous.extend(run.since_previous);
            if run.ended() {
                let (times, again) = ended.entry(run.instance.activity).or_default();
                *times += 1;
                *again += u64::from(run.repeated);
            }
        }
        for (name, (times, again)) in ended {
            let activity = found.entry(name).or_default();
            activity.ended += times;
            activity.cases += 1;
            activity.cases_repeated += u64::from(again > 0);
            activity.repetitions += again;
        }
    }
    let line = |(name, a): (&str, Activity)| ActivityLine {
        activity: name.to_owned(),
        events: a.events,
        ended: a.ended,
        cases: a.cases,
        cases_repeated: a.cases_repeated,
        repetitions: a.repetitions,
        handling: Durations::of(a.handling),
        waiting: Durations::of(a.waiting),
        since_previous: Durations::of(a.since_previous),
    };
    let mut lines: Vec<ActivityLine> = found.into_iter().map(line).collect();
    lines.sort_by(|a, b| b.events.cmp(&a.events).then_with(|| a.activity.cmp(&b.activity)));
    lines
}

pub(super) fn rework(measures: &[Measure<'_>]) -> Rework {
    let (mut cases, mut repetitions, mut at_once) = (0, 0, 0);
    for measure in measures {
        let again: Vec<&str> = measure.runs.iter().filter(|run| run.repeated).map(|run| &**run.instance.activity).collect();
        cases += u64::from(!again.is_empty());
        repetitions += again.len() as u64;
        let course: Vec<&str> = measure.course().map(|event| &*event.activity).collect();
        at_once += course.windows(2).filter(|pair| pair[0] == pair[1] && again.contains(&pair[0])).count() as u64;
    }
    Rework { cases, share: share(cases, measures.len() as u64), repetitions, at_once, returned: repetitions - at_once }
}

/// The most frequent variants, how many there are, and the cases of those that are not listed.
pub(super) fn variants(measures: &[Measure<'_>], top: usize) -> (Vec<Variant>, u64, u64) {
    let mut found: HashMap<Vec<&str>, Vec<&Measure<'_>>> = HashMap::new();
    for measure in measures {
        found.entry(measure.course().map(|event| &*event.activity).collect()).or_default().push(measure);
    }
    let distinct = found.len() as u64;
    let mut ranked: Vec<(Vec<&str>, Vec<&Measure<'_>>)> = found.into_iter().collect();
    ranked.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then_with(|| a.0.cmp(&b.0)));
    let others = ranked.iter().skip(top).map(|(_, cases)| cases.len() as u64).sum();
    let variant = |(course, cases): (Vec<&str>, Vec<&Measure<'_>>)| Variant {
        activities: course.into_iter().map(str::to_owned).collect(),
        cases: cases.len() as u64,
        share: share(cases.len() as u64, measures.len() as u64),
        throughput: Durations::of(cases.iter().map(|case| case.throughput).collect()),
        handling: handling_of(cases.iter().copied()),
    };
    (ranked.into_iter().take(top).map(variant).collect(), distinct, others)
}

fn handling_of<'m, 'a: 'm>(cases: impl Iterator<Item = &'m Measure<'a>>) -> Option<Durations> {
    Durations::of(cases.filter(|case| case.is_measured()).map(|case| case.handling).collect())
}

#[derive(Default)]
struct Resource {
    events: u64,
    cases: u64,
    begun: u64,
    measured: u64,
    handling: i64,
}

/// The resources with most events, how many there are, and the events of those that are not listed.
pub(super) fn resources(measures: &[Measure<'_>], analysis: &Analysis) -> (Vec<ResourceLine>, u64, u64) {
    let mut found: BTreeMap<&str, Resource> = BTreeMap::new();
    let mut shows_work = false;
    for measure in measures {
        let named = measure.case.events.iter().filter_map(|event| event.resource.as_deref());
        let mut of_case = BTreeSet::new();
        for resource in named {
            found.entry(resource).or_default().events += 1;
            of_case.insert(resource);
        }
        for resource in of_case {
            found.entry(resource).or_default().cases += 1;
        }
        for run in &measure.runs {
            let begun = matches!(run.instance.kind, Kind::Measured | Kind::Unended);
            shows_work |= begun;
            let Some(resource) = run.instance.resource else { continue };
            let resource = found.entry(resource).or_default();
            resource.begun += u64::from(begun);
            resource.measured += u64::from(run.handling.is_some());
            resource.handling += run.handling.unwrap_or_default();
        }
    }
    let line = |(name, r): (&str, Resource)| {
        let automatic = analysis.automatic.iter().any(|pattern| pattern.fits(name));
        ResourceLine {
            resource: name.to_owned(),
            events: r.events,
            cases: r.cases,
            measured: r.measured,
            handling_ms: r.handling,
            automatic,
            looks_automatic: !automatic && shows_work && r.events >= MANY_EVENTS && r.handling == 0,
        }
    };
    let mut lines: Vec<ResourceLine> = found.into_iter().map(line).collect();
    lines.sort_by(|a, b| b.events.cmp(&a.events).then_with(|| a.resource.cmp(&b.resource)));
    let distinct = lines.len() as u64;
    let others = lines.iter().skip(analysis.top).map(|line| line.events).sum();
    lines.truncate(analysis.top);
    (lines, distinct, others)
}

pub(super) fn outcomes(measures: &[Measure<'_>], analysis: &Analysis, student: StudentQuantile) -> Vec<OutcomeLine> {
    if analysis.outcome == crate::OutcomeRule::None {
        return Vec::new();
    }
    let mut found: BTreeMap<Option<&str>, Vec<&Measure<'_>>> = BTreeMap::new();
    for measure in measures {
        found.entry(measure.outcome).or_default().push(measure);
    }
    let line = |(outcome, cases): (Option<&str>, Vec<&Measure<'_>>)| {
        let handling = handling_of(cases.iter().copied());
        OutcomeLine {
            outcome: outcome.map(str::to_owned),
            cases: cases.len() as u64,
            share: share(cases.len() as u64, measures.len() as u64),
            measured: cases.iter().filter(|case| case.is_measured()).count() as u64,
            automatic: cases.iter().filter(|case| case.is_automatic()).count() as u64,
            throughput: Durations::of(cases.iter().map(|case| case.throughput).collect()),
            handling_interval: handling.as_ref().and_then(|handling| interval(&handling.moments, student)),
            handling,
            rework_ms: cases.iter().map(|case| case.rework).sum(),
        }
    };
    let mut lines: Vec<OutcomeLine> = found.into_iter().map(line).collect();
    lines.sort_by(|a, b| b.cases.cmp(&a.cases).then_with(|| a.outcome.cmp(&b.outcome)));
    lines
}
