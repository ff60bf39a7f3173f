use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, NaiveDateTime, Utc};
use farthing_testkit::FakeApi;

use crate::source::CollectError;
use crate::source::testing::{collect_all, open};

/// Moments at which calls began.
fn moments(texts: &[&str]) -> Vec<DateTime<Utc>> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

/// What the proxy answers to a path, of these calls; it counts to `cap`.
fn answer(calls: &[DateTime<Utc>], path: &str, cap: usize) -> (u16, String) {
    let query = path.split_once('?').unwrap().1;
    let asked: BTreeMap<&str, String> = query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(key, value)| (key, value.replace('+', " ").replace("%3A", ":")))
        .collect();
    let moment = |key| NaiveDateTime::parse_from_str(&asked[key], "%Y-%m-%d %H:%M:%S").unwrap().and_utc();
    let (from, to) = (moment("start_date"), moment("end_date"));
    // Both ends are in it, as the proxy has it.
    let found: Vec<(usize, &DateTime<Utc>)> = calls.iter().enumerate().filter(|(_, at)| (from..=to).contains(*at)).collect();
    let first = (asked["page"].parse::<usize>().unwrap() - 1) * 100;
    let one = |(id, at): &(usize, &DateTime<Utc>)| {
        format!(
            r#"{{"request_id":"r{id}","startTime":"{}","spend":0.25,"prompt_tokens":7,"completion_tokens":1}}"#,
            at.to_rfc3339()
        )
    };
    let rows: Vec<String> = found.iter().skip(first).take(100).map(one).collect();
    let (total, capped) = (found.len().min(cap), found.len() > cap);
    (
        200,
        format!(
            r#"{{"data":[{}],"total":{total},"page":1,"page_size":100,"total_pages":1,"total_is_capped":{capped}}}"#,
            rows.join(",")
        ),
    )
}

#[tokio::test]
async fn every_call_of_the_month_is_collected_once() {
    // At the ends of days, and of the month: the last is another month's.
    let calls = moments(&[
        "2026-10-01T00:00:00Z",
        "2026-10-01T23:59:59.700Z",
        "2026-10-02T00:00:00Z",
        "2026-10-31T23:59:59Z",
        "2026-11-01T00:00:00Z",
    ]);
    let api = FakeApi::start(Some(("authorization", "Bearer secret")), move |path| answer(&calls, path, 10_000));
    let outcome = collect_all(&*open("litellm", &api.address(), "")).await;
    outcome.collected.unwrap();
    let told: Vec<&str> = outcome.text.lines().map(|line| &line[15..17]).collect();
    assert_eq!(told, ["r0", "r1", "r2", "r3"], "{}", outcome.text);
    assert_eq!(outcome.calls, 31);
}

#[tokio::test]
async fn a_day_with_more_calls_than_are_counted_is_asked_for_in_halves() {
    let begin: DateTime<Utc> = "2026-10-05T08:00:00Z".parse().unwrap();
    let calls: Vec<DateTime<Utc>> = (0..950).map(|second| begin + chrono::TimeDelta::seconds(second)).collect();
    let api = FakeApi::start(None, move |path| answer(&calls, path, 300));
    let outcome = collect_all(&*open("litellm", &api.address(), "")).await;
    outcome.collected.unwrap();
    assert_eq!(outcome.text.lines().count(), 950);
    // A moment with more than that cannot be told apart.
    let at_once = vec![begin; 301];
    let api = FakeApi::start(None, move |path| answer(&at_once, path, 300));
    let error = collect_all(&*open("litellm", &api.address(), "")).await.collected.unwrap_err();
    assert!(error.to_string().contains("than LiteLLM counts"), "{error}");
}

#[tokio::test]
async fn f17_calls_that_come_under_way_are_begun_anew_and_those_that_do_not_come_are_missed() {
    let asked = AtomicU64::new(0);
    let begin: DateTime<Utc> = "2026-10-01T08:00:00Z".parse().unwrap();
    let of = move |count: i64| (0..count).map(|second| begin + chrono::TimeDelta::seconds(second)).collect::<Vec<_>>();
    // One call more from the second page on.
    let api = FakeApi::start(None, move |path| {
        answer(&of(if asked.fetch_add(1, Ordering::Relaxed) == 0 { 150 } else { 151 }), path, 10_000)
    });
    let outcome = collect_all(&*open("litellm", &api.address(), "")).await;
    outcome.collected.unwrap();
    assert_eq!(outcome.text.lines().count(), 151);
    let api = FakeApi::start(None, |_| (200, r#"{"data":[],"total":5,"page":1,"page_size":100,"total_pages":1}"#.to_owned()));
    let error = collect_all(&*open("litellm", &api.address(), "")).await.collected.unwrap_err();
    assert!(matches!(error, CollectError::Incomplete { .. }) && error.to_string().contains("0 of 5"), "{error}");
}

#[tokio::test]
async fn f16_and_f20_a_proxy_that_is_busy_is_asked_again_and_a_wrong_key_is_not() {
    let asked = AtomicU64::new(0);
    let api = FakeApi::start(None, move |path| match asked.fetch_add(1, Ordering::Relaxed) {
        0 => (503, "{}".to_owned()),
        _ => answer(&[], path, 10_000),
    });
    let outcome = collect_all(&*open("litellm", &api.address(), "")).await;
    assert!(outcome.collected.unwrap().deliveries.is_empty());
    assert_eq!(outcome.repeated, 1);
    let api = FakeApi::start(Some(("authorization", "Bearer other")), |path| answer(&[], path, 10_000));
    let outcome = collect_all(&*open("litellm", &api.address(), "")).await;
    assert_eq!((outcome.collected.is_err(), outcome.calls), (true, 1));
}
