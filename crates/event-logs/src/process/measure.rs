//! One case, measured.

use std::collections::{BTreeMap, BTreeSet};

use super::Analysis;
use crate::{Case, Event, Instance, Interval, Kind, Role, instances};

/// A run with what an analysis makes of it.
pub(super) struct Run<'a> {
    pub instance: Instance<'a>,
    /// A machine did it.
    pub automatic: bool,
    /// The activity ended in this case before, and is not one that may.
    pub repeated: bool,
    /// Work on the activity was measured in this case before.
    pub reworked: bool,
    /// Its time at work; none where the log does not show it.
    pub handling: Option<i64>,
    /// Its time at work is longer than any that is believed.
    pub too_long: bool,
    /// From its schedule to its start.
    pub waiting: Option<i64>,
    /// Since the event before its end, where no start is known.
    pub since_previous: Option<i64>,
}

impl Run<'_> {
    /// True where it came to an end.
    pub fn ended(&self) -> bool {
        matches!(self.instance.kind, Kind::Measured | Kind::EndOnly)
    }
}

/// A case with what an analysis makes of it.
pub(super) struct Measure<'a> {
    pub case: &'a Case,
    pub outcome: Option<&'a str>,
    /// From its first event to its last.
    pub throughput: i64,
    pub runs: Vec<Run<'a>>,
    /// People's time at work, added up over runs.
    pub handling: i64,
    /// The part of it that is for repeated runs.
    pub rework: i64,
    /// Time in which anybody or anything was at work: runs side by side count once.
    pub busy: i64,
}

impl<'a> Measure<'a> {
    /// Runs by people that happened.
    pub fn by_people(&self) -> impl Iterator<Item = &Run<'a>> {
        self.runs.iter().filter(|run| !run.automatic && run.instance.happened())
    }

    /// True where the time of at least one run by a person is known.
    pub fn is_measured(&self) -> bool {
        self.by_people().any(|run| run.handling.is_some())
    }

    /// True where no person did anything.
    pub fn is_automatic(&self) -> bool {
        self.by_people().next().is_none() && self.runs.iter().any(|run| run.automatic)
    }

    /// What was done, in the order in which it ended.
    pub fn course(&self) -> impl Iterator<Item = &'a Event> + use<'a> {
        let ends = |event: &&Event| matches!(event.role(), Some(Role::Complete | Role::Abort));
        self.case.events.iter().filter(ends)
    }
}

/// Time between two moments, as the analysis counts it.
pub(super) fn time(analysis: &Analysis, from: i64, to: i64) -> i64 {
    match &analysis.calendar {
        Some(calendar) => calendar.between(from, to),
        None => (to - from).max(0),
    }
}

pub(super) fn measure<'a>(case: &'a Case, analysis: &'a Analysis) -> Measure<'a> {
    let mut ended: BTreeMap<&str, u32> = BTreeMap::new();
    let mut worked_on: BTreeSet<&str> = BTreeSet::new();
    let mut runs = Vec::new();
    for instance in instances(case) {
        let automatic = instance.resource.is_some_and(|resource| analysis.automatic.iter().any(|pattern| pattern.fits(resource)));
        let measured = instance.kind == Kind::Measured;
        let worked: i64 = instance.work.iter().map(|interval| time(analysis, interval.from, interval.to)).sum();
        let too_long = measured && analysis.longest_handling_ms.is_some_and(|longest| worked > longest);
        let (mut repeated, mut reworked) = (false, false);
        if matches!(instance.kind, Kind::Measured | Kind::EndOnly) {
            let before = ended.entry(instance.activity).or_default();
            repeated = *before > 0 && !analysis.repeatable.iter().any(|pattern| pattern.fits(instance.activity));
            *before += 1;
        }
        let handling = (measured && !too_long).then_some(worked);
        // Whether an end without a start was work at all is not known: only time after time that was measured is time spent again.
        if handling.is_some() {
            reworked = !worked_on.insert(instance.activity) && repeated;
        }
        let waiting = instance.scheduled.zip(instance.started()).map(|(from, to)| time(analysis, from, to));
        // The event before its end stands before it in the case, whatever its moment.
        let previous = (instance.kind == Kind::EndOnly).then(|| instance.last_at.checked_sub(1)).flatten();
        let since_previous = previous.map(|before| time(analysis, case.events[before].millis(), instance.last));
        runs.push(Run { instance, automatic, repeated, reworked, handling, too_long, waiting, since_previous });
    }
    let work = |wanted: &dyn Fn(&&Run<'_>) -> bool| runs.iter().filter(wanted).filter_map(|run| run.handling).sum::<i64>();
    let intervals = runs.iter().filter(|run| run.handling.is_some()).flat_map(|run| run.instance.work.iter().copied());
    Measure {
        case,
        outcome: analysis.outcome.outcome(case),
        throughput: time(analysis, case.first(), case.last()),
        handling: work(&|run| !run.automatic),
        rework: work(&|run| !run.automatic && run.reworked),
        busy: covered(intervals.collect(), analysis),
        runs,
    }
}

/// The time that intervals cover together.
pub(super) fn covered(mut intervals: Vec<Interval>, analysis: &Analysis) -> i64 {
    intervals.sort_by_key(|interval| (interval.from, interval.to));
    let (mut sum, mut reached) = (0, i64::MIN);
    for interval in intervals {
        let from = interval.from.max(reached);
        if interval.to > from {
            sum += time(analysis, from, interval.to);
            reached = interval.to;
        }
    }
    sum
}
