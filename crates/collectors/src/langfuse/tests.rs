use std::sync::atomic::{AtomicU64, Ordering};

use farthing_testkit::FakeApi;

use crate::source::CollectError;
use crate::source::testing::{collect_all, open};

/// A page of two observations, of `total` in all.
fn page(number: u64, total: u64) -> String {
    let one = |at: u64| {
        format!(
            "{{\"id\":\"o{at}\",\"type\":\"GENERATION\",\"startTime\":\"2026-10-02T08:00:00Z\",\"usageDetails\":{{\"input\":1}}}}"
        )
    };
    let first = (number - 1) * 2;
    let items: Vec<String> = (first..total.min(first + 2)).map(one).collect();
    format!("{{\"data\":[{}],\"meta\":{{\"page\":{number},\"totalItems\":{total}}}}}", items.join(","))
}

fn number_of(path: &str) -> u64 {
    path.rsplit("&page=").next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn all_pages_are_collected() {
    // secret:secret
    let api = FakeApi::start(Some(("authorization", "Basic c2VjcmV0OnNlY3JldA==")), |path| (200, page(number_of(path), 5)));
    let outcome = collect_all(&*open("langfuse", &api.address(), "")).await;
    outcome.collected.unwrap();
    assert_eq!((outcome.calls, outcome.text.matches("\"id\"").count()), (3, 5));
    assert!(api.asked()[0].contains("fromStartTime=2026-10-01T00%3A00%3A00.000Z"), "{}", api.asked()[0]);
}

#[tokio::test]
async fn f17_pages_that_shift_under_way_are_begun_anew() {
    let asked = AtomicU64::new(0);
    // One observation more from the second call on.
    let api = FakeApi::start(None, move |path| {
        let total = if asked.fetch_add(1, Ordering::Relaxed) == 0 { 4 } else { 5 };
        (200, page(number_of(path), total))
    });
    let outcome = collect_all(&*open("langfuse", &api.address(), "")).await;
    outcome.collected.unwrap();
    assert_eq!((outcome.calls, outcome.text.matches("\"id\"").count()), (5, 5));
    let asked = AtomicU64::new(4);
    let api = FakeApi::start(None, move |path| (200, page(number_of(path), asked.fetch_add(1, Ordering::Relaxed))));
    let error = collect_all(&*open("langfuse", &api.address(), "")).await.collected.unwrap_err();
    assert!(matches!(error, CollectError::Incomplete { .. }), "{error}");
}

#[tokio::test]
async fn observations_that_do_not_come_are_missed() {
    let api = FakeApi::start(None, |path| match number_of(path) {
        1 => (200, page(1, 5)),
        number => (200, format!("{{\"data\":[],\"meta\":{{\"page\":{number},\"totalItems\":5}}}}")),
    });
    let error = collect_all(&*open("langfuse", &api.address(), "")).await.collected.unwrap_err();
    assert!(error.to_string().contains("2 of 5"), "{error}");
}
