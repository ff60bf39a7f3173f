use std::sync::atomic::{AtomicU64, Ordering};

use farthing_testkit::{Cluster, FakeApi};
use farthing_usage::{Rollup, UsageHour, request_trace};

use crate::source::testing::{Outcome, collect_all, open};
use crate::source::{CollectError, SourcesFile};

/// The hours that a run of October 2026 gives.
fn hours(outcome: &Outcome) -> Vec<UsageHour> {
    let mut rollup = Rollup::with_limit(100_000);
    let options = request_trace::Options::of("it".parse().unwrap());
    let report = request_trace::decode(outcome.text.as_bytes(), &options, |record| {
        rollup.add(&record).unwrap();
        Ok::<(), farthing_usage::DecodeError>(())
    });
    let report = report.unwrap();
    assert_eq!(report.findings.rows_set_aside(), 0, "{:?}", report.findings);
    rollup.into_hours()
}

async fn collected(cluster: Cluster, settings: &str) -> Outcome {
    let api = cluster.start();
    collect_all(&*open("opencost", &api.address(), settings)).await
}

#[tokio::test]
async fn a_month_is_collected_hour_by_hour_and_its_money_adds_up() {
    let outcome = collected(Cluster::default(), "").await;
    assert!(outcome.collected.as_ref().unwrap().notes.is_empty());
    // A day a request, of each of the two.
    assert_eq!(outcome.calls, 62);
    let hours = hours(&outcome);
    let spend: Vec<_> = hours.iter().filter_map(|hour| hour.counts.spend).collect();
    let sum = spend.iter().fold(farthing_types::Amount::ZERO, |sum, spend| sum.checked_add(*spend).unwrap());
    assert_eq!((spend.len(), sum), (3 * 744, Cluster::default().costs(744)));
    let triage: Vec<_> = hours.iter().filter(|hour| hour.dimensions.workload.as_deref() == Some("triage")).collect();
    assert_eq!(triage.len(), 744);
    let of = &triage[0].dimensions;
    assert_eq!(
        (of.tags["cluster"].as_str(), of.tags["namespace"].as_str(), of.tags["controller_kind"].as_str()),
        ("one", "claims", "deployment")
    );
    // Two GPUs for an hour each hour.
    assert_eq!(triage[0].counts.compute_seconds.unwrap().to_string(), "7200");
    let model: Vec<_> = hours.iter().filter(|hour| hour.dimensions.model.is_some()).collect();
    assert_eq!(model.len(), 744);
    let counts = model[0].counts;
    assert_eq!((counts.input_tokens, counts.cached_input_tokens, counts.output_tokens), (1_200_000, 80_000, 300_000));
    assert_eq!((counts.requests, counts.spend), (0, None));
}

#[tokio::test]
async fn the_same_answer_in_another_order_is_the_same_file() {
    let one = collected(Cluster::default(), "").await;
    let other = collected(Cluster { reversed: true, ..Cluster::default() }, "").await;
    assert_eq!(one.text, other.text);
}

#[tokio::test]
async fn f16_what_may_pass_is_asked_again_and_half_a_document_is_no_answer() {
    let calm = collected(Cluster::default(), "").await;
    let asked = AtomicU64::new(0);
    let cluster = Cluster::default();
    let api = FakeApi::start(None, move |path| {
        let (status, body) = cluster.answer(path);
        match asked.fetch_add(1, Ordering::Relaxed) {
            3 => (503, "upstream connect error".to_owned()),
            7 => (429, "{}".to_owned()),
            11 => (status, body[..body.len() / 2].to_owned()),
            _ => (status, body),
        }
    });
    let outcome = collect_all(&*open("opencost", &api.address(), "")).await;
    outcome.collected.unwrap();
    assert_eq!((outcome.text, outcome.repeated), (calm.text, 3));
    let api = FakeApi::start(None, |_| (500, "{}".to_owned()));
    let error = collect_all(&*open("opencost", &api.address(), "")).await.collected.unwrap_err();
    assert!(matches!(error, CollectError::Unavailable { .. }), "{error}");
}

#[tokio::test]
async fn f19_a_day_that_lacks_an_hour_or_warns_gives_nothing() {
    let error = collected(Cluster { lacks_an_hour: true, ..Cluster::default() }, "").await.collected.unwrap_err();
    assert!(error.to_string().contains("23 hours came of the 24"), "{error}");
    let api = FakeApi::start(None, |path| {
        let (status, body) = Cluster::default().answer(path);
        (status, body.replacen("\"code\"", "\"warning\":\"Prometheus is behind\",\"code\"", 1))
    });
    let error = collect_all(&*open("opencost", &api.address(), "inference = false")).await.collected.unwrap_err();
    assert!(matches!(&error, CollectError::Incomplete { said, .. } if said == "Prometheus is behind"), "{error}");
}

#[tokio::test]
async fn an_opencost_without_inference_costs_gives_its_allocation_and_says_so() {
    let outcome = collected(Cluster { inference: false, ..Cluster::default() }, "").await;
    let notes = outcome.collected.as_ref().unwrap().notes.clone();
    assert!(notes[0].contains("INFERENCE_COST_ENABLED"), "{notes:?}");
    // It is asked once.
    assert_eq!((outcome.calls, hours(&outcome).len()), (32, 3 * 744));
}

#[tokio::test]
async fn f20_a_token_is_sent_where_there_is_one_and_who_is_denied_is_told() {
    let with = |settings: &'static str| async move {
        let api = FakeApi::start(Some(("authorization", "Bearer secret")), |path| Cluster::default().answer(path));
        collect_all(&*open("opencost", &api.address(), settings)).await.collected
    };
    with("bearer_token = \"OPENCOST_TOKEN\"").await.unwrap();
    let error = with("").await.unwrap_err();
    assert!(matches!(error, CollectError::Denied { .. }), "{error}");
}

#[tokio::test]
async fn kubecost_is_asked_at_its_path() {
    let api = Cluster { path: "/model/allocation", ..Cluster::default() }.start();
    let source = open("opencost", &api.address(), "allocation_path = \"model/allocation\"\ncurrency = \"EUR\"");
    let outcome = collect_all(&*source).await;
    assert!(hours(&outcome).iter().any(|hour| hour.dimensions.currency == Some(farthing_types::Currency::EUR)));
    let asked = &api.asked()[0];
    assert!(asked.starts_with("/model/allocation?window=2026-10-01T00%3A00%3A00Z%2C2026-10-02T00%3A00%3A00Z&step=1h"), "{asked}");
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    let text = "version = 1\n[source.o]\nkind = \"opencost\"\nendpoint = \"https://o.example\"\nallocation = false\ninference = false\n\
                allocation_path = \"../x?y\"";
    let problems = SourcesFile::parse(text).unwrap_err();
    assert!(problems[0].contains("both false") && problems[1].contains("no path"), "{problems:?}");
}
