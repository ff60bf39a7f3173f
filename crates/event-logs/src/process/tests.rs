use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::{Event, cases};

/// The quantile for large samples is near enough for sums done by hand.
fn normal(_: f64, _: f64) -> Option<f64> {
    Some(1.96)
}

fn event(case: &str, minute: i64, activity: &str, transition: &str, resource: &str) -> Event {
    let some = |text: &str| (!text.is_empty()).then(|| Arc::from(text));
    Event {
        case: Arc::from(case),
        activity: Arc::from(activity),
        at: DateTime::from_timestamp(minute * 60, 0).unwrap(),
        transition: some(transition),
        instance: None,
        resource: some(resource),
        position: 0,
        attributes: Arc::default(),
        case_attributes: Arc::default(),
    }
}

/// A loan process: a machine takes requests in, people check them, some twice.
fn loans() -> Vec<Case> {
    let rows = [
        ("1", 0, "submit", "complete", "112"),
        ("1", 1, "check", "schedule", "112"),
        ("1", 60, "check", "start", "Ada"),
        ("1", 70, "check", "complete", "Ada"),
        ("1", 80, "check", "start", "Bob"),
        ("1", 100, "check", "complete", "Bob"),
        ("1", 100, "approved", "complete", "Bob"),
        ("2", 0, "submit", "complete", "112"),
        ("2", 10, "check", "start", "Ada"),
        ("2", 65, "check", "complete", "Ada"),
        ("2", 66, "declined", "complete", "Ada"),
        ("3", 5, "submit", "complete", "112"),
        ("3", 6, "declined", "complete", "112"),
        ("4", 5, "submit", "complete", "112"),
        ("4", 50, "note", "complete", "Ada"),
    ];
    cases(rows.map(|(case, minute, activity, transition, resource)| event(case, minute, activity, transition, resource)))
}

fn analysis() -> Analysis {
    let rule = [("approved", "approved"), ("declined", "declined")]
        .map(|(outcome, activity)| (outcome.to_owned(), vec![activity.to_owned()]));
    Analysis {
        automatic: vec![Pattern("112".to_owned())],
        outcome: OutcomeRule::of(&rule.into(), None).unwrap(),
        top: 2,
        ..Analysis::default()
    }
}

const MINUTE: i64 = 60_000;

#[test]
fn a_small_process_by_hand() {
    let report = process(&loans(), &analysis(), normal);
    assert_eq!((report.cases, report.events, report.distinct_variants, report.distinct_resources), (4, 15, 4, 3));
    let throughput = report.throughput.unwrap();
    assert_eq!((throughput.minimum_ms, throughput.maximum_ms), (MINUTE, 100 * MINUTE));
    let baseline = report.baseline;
    assert_eq!((baseline.measured_cases, baseline.automatic_cases, baseline.unmeasured_cases), (2, 1, 1));
    // Case 1: 10 + 20 minutes, 20 of them again; case 2: 55.
    let handling = baseline.handling.unwrap();
    assert_eq!((handling.count, handling.total_ms, handling.mean_ms), (2, 85 * MINUTE, 85 * MINUTE / 2));
    assert_eq!(
        (baseline.rework_ms, baseline.rework_cases, baseline.rework_share.to_string()),
        (20 * MINUTE, 1, "0.235294".to_owned())
    );
    assert_eq!((baseline.runs, baseline.measured_runs, baseline.measured_events), (6, 3, 7));
    // Ada has both cases open from minute 60 to 65.
    assert_eq!((baseline.overlapping_ms, baseline.unnamed_ms), (5 * MINUTE, 0));
    // s = 12.5·√2, s/√2 = 12.5: 42.5 ± 24.5 minutes.
    let interval = baseline.interval.unwrap();
    assert_eq!((interval.low_ms, interval.high_ms, interval.standard_error_ms), (18 * MINUTE, 67 * MINUTE, 12 * MINUTE + 30_000));
    assert_eq!(report.waiting.unwrap().total_ms, (100 - 30 + 66 - 55) * MINUTE);
    assert_eq!((report.rework.cases, report.rework.repetitions, report.rework.at_once, report.rework.returned), (1, 1, 1, 0));
    let outcomes: Vec<_> = report.outcomes.iter().map(|o| (o.outcome.as_deref(), o.cases, o.measured, o.automatic)).collect();
    assert_eq!(outcomes, [(Some("declined"), 2, 1, 1), (None, 1, 0, 0), (Some("approved"), 1, 1, 0)]);
    let check = report.activities.iter().find(|line| line.activity == "check").unwrap();
    assert_eq!((check.events, check.ended, check.cases, check.cases_repeated, check.repetitions), (7, 3, 2, 1, 1));
    assert_eq!(check.waiting.as_ref().unwrap().total_ms, 59 * MINUTE);
    let machine = report.resources.iter().find(|line| line.resource == "112").unwrap();
    assert_eq!((machine.automatic, machine.events, machine.cases), (true, 6, 4));
}

#[test]
fn windows_outcomes_calendars_and_limits_narrow_it() {
    let from = DateTime::from_timestamp(66 * 60, 0).unwrap();
    let later = Analysis { window: Some(Window { from, to: from + chrono::Duration::hours(1) }), ..analysis() };
    assert_eq!(process(&loans(), &later, normal).cases, 2);
    let approved = Analysis { only_outcomes: vec!["approved".to_owned()], ..analysis() };
    assert_eq!(process(&loans(), &approved, normal).baseline.handling.unwrap().mean_ms, 30 * MINUTE);
    // 1 January 1970 was a Thursday; only its second hour is worked.
    let hour = Analysis { calendar: Some(Calendar::new("thu 01:00-02:00", &[], "").unwrap()), ..analysis() };
    assert_eq!(process(&loans(), &hour, normal).baseline.handling.unwrap().total_ms, (10 + 20 + 5) * MINUTE);
    let short = Analysis { longest_handling_ms: Some(30 * MINUTE), ..analysis() };
    let report = process(&loans(), &short, normal);
    assert_eq!((report.baseline.measured_cases, report.baseline.unmeasured_cases), (1, 2));
    assert!(report.cannot_show.iter().any(|says| says.contains("longer than the longest")));
    let repeatable = Analysis { repeatable: vec![Pattern("ch*".to_owned())], ..analysis() };
    assert_eq!(process(&loans(), &repeatable, normal).baseline.rework_ms, 0);
}

#[test]
fn a_log_without_lifecycle_has_no_handling_time() {
    let log = cases([("1", 0, "open"), ("1", 9, "close")].map(|(case, minute, activity)| event(case, minute, activity, "", "")));
    let report = process(&log, &Analysis { top: 10, ..Analysis::default() }, normal);
    assert_eq!((report.handling, report.baseline.handling, report.baseline.measured_cases), (None, None, 0));
    assert_eq!(report.activities[0].since_previous.as_ref().map(|d| d.total_ms), Some(9 * MINUTE));
    let says = report.cannot_show.join("\n");
    assert!(
        says.contains("no lifecycle transition")
            && says.contains("no event names a resource")
            && says.contains("how a case ended"),
        "{says}"
    );
}

proptest! {
    #[test]
    fn every_case_event_and_minute_is_in_one_line(rows in prop::collection::vec((0_u8..6, 0_i64..300, 0_usize..3, 0_usize..5, 0_usize..3), 1..80), top in 0_usize..4) {
        let transitions = ["schedule", "start", "complete", "suspend", "resume"];
        let (activities, resources) = (["a", "approved", "declined"], ["112", "Ada", ""]);
        let log = cases(rows.iter().map(|(case, minute, activity, transition, resource)| {
            event(&case.to_string(), *minute, activities[*activity], transitions[*transition], resources[*resource])
        }));
        let report = process(&log, &Analysis { top, ..analysis() }, normal);
        prop_assert_eq!(report.events, rows.len() as u64);
        prop_assert_eq!(report.variants.iter().map(|v| v.cases).sum::<u64>() + report.cases_of_other_variants, report.cases);
        let named: u64 = report.resources.iter().map(|r| r.events).sum();
        prop_assert_eq!(named + report.events_of_other_resources + report.events_without_resource, report.events);
        prop_assert_eq!(report.outcomes.iter().map(|o| o.cases).sum::<u64>(), report.cases);
        prop_assert_eq!(report.activities.iter().map(|a| a.events).sum::<u64>(), report.events);
        let baseline = &report.baseline;
        prop_assert_eq!(baseline.measured_cases + baseline.automatic_cases + baseline.unmeasured_cases, report.cases);
        let total = baseline.handling.as_ref().map_or(0, |handling| handling.total_ms);
        prop_assert_eq!(report.outcomes.iter().filter_map(|o| o.handling.as_ref()).map(|h| h.total_ms).sum::<i64>(), total);
        prop_assert!(baseline.rework_ms <= total && baseline.overlapping_ms <= total && baseline.overlapping_ms >= 0);
        prop_assert_eq!(report.outcomes.iter().map(|o| o.rework_ms).sum::<i64>(), baseline.rework_ms);
        prop_assert!(report.rework.at_once <= report.rework.repetitions);
    }
}
