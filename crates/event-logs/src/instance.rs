//! Pieces of work: lifecycle transitions of one activity put together.
//!
//! How transitions pair, after the standard transactional life-cycle of XES (IEEE 1849-2016, lifecycle extension):
//!
//! - A *start* begins the work of the oldest scheduled run of its activity in the case, or of a run of its own.
//! - A *suspend* lets the oldest run at work rest, a *resume* takes up the oldest that rests.
//! - A *complete* (or an abort) ends the oldest run at work, else the oldest that rests, else the oldest that is scheduled, else it
//!   is a run by itself. First begun is first ended: a log without `concept:instance` does not say more.
//! - With `concept:instance`, only transitions of one instance pair.
//! - A run that completes without a start has no working time, and none is guessed. A run that starts and never ends has none either.

use std::collections::HashMap;
use std::sync::Arc;

use crate::{Case, Event, Role};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Its work began and ended: it has a working time.
    Measured,
    /// It ended and no event says when its work began.
    EndOnly,
    /// Its work began and no event says when it ended.
    Unended,
    /// It was scheduled, and no work on it began: withdrawn, skipped, or still waiting.
    NotBegun,
}

/// Time at work, without a rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// Milliseconds since 1970.
    pub from: i64,
    /// The same, not before.
    pub to: i64,
}

/// One run of an activity in a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance<'a> {
    /// Which activity.
    pub activity: &'a Arc<str>,
    /// Who began the work, or who ended it where nobody is named at its beginning.
    pub resource: Option<&'a Arc<str>>,
    /// Another named resource ended it than began it.
    pub handed_over: bool,
    /// When it was scheduled.
    pub scheduled: Option<i64>,
    /// The time at work; empty unless it is [`Kind::Measured`].
    pub work: Vec<Interval>,
    /// When its last event was.
    pub last: i64,
    /// The place of that event in the case.
    pub last_at: usize,
    /// How it ended.
    pub kind: Kind,
    /// How many events it is made of.
    pub events: u32,
}

impl Instance<'_> {
    /// True where something was done: it began or it ended.
    pub fn happened(&self) -> bool {
        self.kind != Kind::NotBegun
    }

    /// When its work began.
    pub fn started(&self) -> Option<i64> {
        self.work.first().map(|interval| interval.from)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Scheduled,
    AtWork,
    Resting,
    Ended,
}

struct Run<'a> {
    instance: Instance<'a>,
    state: State,
}

/// The runs of a case's activities, in the order in which their first events happened.
pub fn instances(case: &Case) -> Vec<Instance<'_>> {
    let mut runs: Vec<Run<'_>> = Vec::new();
    let mut open: HashMap<(&str, Option<&str>), Vec<usize>> = HashMap::new();
    for (at, event) in case.events.iter().enumerate() {
        let Some(role) = event.role() else { continue };
        let mine = open.entry((&event.activity, event.instance.as_deref())).or_default();
        step(&mut runs, mine, at, event, role);
        mine.retain(|run| runs[*run].state != State::Ended);
    }
    runs.into_iter().map(finished).collect()
}

fn step<'a>(runs: &mut Vec<Run<'a>>, open: &mut Vec<usize>, place: usize, event: &'a Event, role: Role) {
    let oldest = |runs: &[Run<'_>], state: State| open.iter().copied().find(|run| runs[*run].state == state);
    let at = event.millis();
    let found = match role {
        Role::Schedule => None,
        Role::Start | Role::Withdraw | Role::Skip => oldest(runs, State::Scheduled),
        Role::Suspend => oldest(runs, State::AtWork),
        Role::Resume => oldest(runs, State::Resting),
        Role::Complete | Role::Abort => {
            [State::AtWork, State::Resting, State::Scheduled].into_iter().find_map(|s| oldest(runs, s))
        }
        Role::Assign => oldest(runs, State::Scheduled).or_else(|| oldest(runs, State::AtWork)),
    };
    let run = match (found, role) {
        (Some(run), _) => run,
        (None, Role::Schedule | Role::Start | Role::Complete | Role::Abort) => {
            runs.push(begun(event));
            open.push(runs.len() - 1);
            runs.len() - 1
        }
        // Nothing that could rest, go on, be given to somebody or be taken back.
        (None, Role::Suspend | Role::Resume | Role::Withdraw | Role::Skip | Role::Assign) => return,
    };
    let run = &mut runs[run];
    (run.instance.last, run.instance.last_at) = (at, place);
    run.instance.events += 1;
    match role {
        Role::Schedule => run.instance.scheduled = Some(at),
        Role::Assign => {}
        Role::Start | Role::Resume => {
            run.instance.work.push(Interval { from: at, to: at });
            run.state = State::AtWork;
            if role == Role::Start {
                run.instance.resource = event.resource.as_ref();
                run.instance.kind = Kind::Unended;
            }
        }
        Role::Suspend => {
            rest(run, at);
            run.state = State::Resting;
        }
        Role::Withdraw | Role::Skip => run.state = State::Ended,
        Role::Complete | Role::Abort => {
            let began = !run.instance.work.is_empty();
            if run.state == State::AtWork {
                rest(run, at);
            }
            run.state = State::Ended;
            run.instance.kind = if began { Kind::Measured } else { Kind::EndOnly };
            end_by(&mut run.instance, event);
        }
    }
}

fn begun(event: &Event) -> Run<'_> {
    let instance = Instance {
        activity: &event.activity,
        resource: None,
        handed_over: false,
        scheduled: None,
        work: Vec::new(),
        last: event.millis(),
        last_at: 0,
        kind: Kind::NotBegun,
        events: 0,
    };
    Run { instance, state: State::Scheduled }
}

fn rest(run: &mut Run<'_>, at: i64) {
    if let Some(interval) = run.instance.work.last_mut() {
        interval.to = at;
    }
}

fn end_by<'a>(instance: &mut Instance<'a>, event: &'a Event) {
    match (instance.resource, &event.resource) {
        (Some(began), Some(ended)) => instance.handed_over = began != ended,
        (None, ended) => instance.resource = ended.as_ref(),
        (Some(_), None) => {}
    }
}

fn finished(run: Run<'_>) -> Instance<'_> {
    let mut instance = run.instance;
    if instance.kind == Kind::Unended {
        // What was worked until a rest is known, and how much came after it is not: none of it is taken for the whole.
        instance.work.clear();
    }
    instance
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cases;

    fn event(minute: i64, activity: &str, transition: &str, resource: &str, instance: &str) -> Event {
        let some = |text: &str| (!text.is_empty()).then(|| Arc::from(text));
        Event {
            case: Arc::from("1"),
            activity: Arc::from(activity),
            at: chrono::DateTime::from_timestamp(minute * 60, 0).unwrap(),
            transition: some(transition),
            instance: some(instance),
            resource: some(resource),
            position: u64::try_from(minute).unwrap_or_default(),
            attributes: Arc::default(),
            case_attributes: Arc::default(),
        }
    }

    fn case(events: &[(i64, &str, &str, &str)]) -> Case {
        cases(events.iter().map(|(minute, activity, transition, resource)| event(*minute, activity, transition, resource, "")))
            .remove(0)
    }

    fn minutes(instance: &Instance<'_>) -> i64 {
        instance.work.iter().map(|interval| interval.to - interval.from).sum::<i64>() / 60_000
    }

    #[test]
    fn schedule_start_suspend_resume_complete() {
        let case = case(&[
            (0, "a", "schedule", "112"),
            (10, "a", "start", "Ada"),
            (15, "a", "suspend", "Ada"),
            (20, "a", "resume", "Ada"),
            (22, "a", "complete", "Bob"),
            (30, "a", "start", "Ada"),
            (31, "b", "complete", "Cy"),
            (40, "c", "schedule", "112"),
        ]);
        let runs = instances(&case);
        let seen: Vec<_> = runs.iter().map(|run| (&**run.activity, run.kind, minutes(run))).collect();
        assert_eq!(seen, [("a", Kind::Measured, 7), ("a", Kind::Unended, 0), ("b", Kind::EndOnly, 0), ("c", Kind::NotBegun, 0)]);
        assert_eq!((runs[0].scheduled, runs[0].started(), runs[0].events), (Some(0), Some(600_000), 5));
        assert_eq!((runs[0].resource.map(|r| &**r), runs[0].handed_over), (Some("Ada"), true));
        assert_eq!(runs[2].resource.map(|r| &**r), Some("Cy"));
    }

    #[test]
    fn first_begun_is_first_ended_unless_instances_are_named() {
        let plain = case(&[(0, "a", "start", ""), (1, "a", "start", ""), (5, "a", "complete", ""), (9, "a", "complete", "")]);
        assert_eq!(instances(&plain).iter().map(minutes).collect::<Vec<_>>(), [5, 8]);
        let events = [(0, "start", "x"), (1, "start", "y"), (5, "complete", "y"), (9, "complete", "x")];
        let named = cases(events.map(|(minute, transition, instance)| event(minute, "a", transition, "", instance))).remove(0);
        assert_eq!(instances(&named).iter().map(minutes).collect::<Vec<_>>(), [9, 4]);
    }

    #[test]
    fn events_without_lifecycle_have_no_working_time() {
        let case = case(&[(0, "a", "", "Ada"), (5, "a", "", "Ada"), (6, "b", "strange", "Ada")]);
        let runs = instances(&case);
        assert_eq!(runs.iter().map(|run| run.kind).collect::<Vec<_>>(), [Kind::EndOnly, Kind::EndOnly]);
    }

    proptest! {
        #[test]
        fn work_lies_within_the_case_and_no_event_counts_twice(steps in prop::collection::vec((0_i64..50, 0_usize..2, 0_usize..10), 1..40)) {
            let transitions = ["schedule", "start", "suspend", "resume", "complete", "withdraw", "assign", "ate_abort", "autoskip", ""];
            let events = steps.iter().map(|(minute, activity, step)| event(*minute, ["a", "b"][*activity], transitions[*step], "", ""));
            let case = cases(events).remove(0);
            let runs = instances(&case);
            prop_assert!(runs.iter().map(|run| run.events as usize).sum::<usize>() <= case.events.len());
            for interval in runs.iter().flat_map(|run| &run.work) {
                prop_assert!(interval.from <= interval.to && interval.from >= case.first() && interval.to <= case.last());
            }
            for run in &runs {
                prop_assert_eq!(run.kind == Kind::Measured, !run.work.is_empty());
            }
        }
    }
}
