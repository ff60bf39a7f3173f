//! Usage that CloudWatch measured, over a whole month.

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use farthing_testkit::{FakeAws, Metric, Scenario};

use super::collect_window;
use crate::support::{Home, NewHome, list, on_both_databases, text};

on_both_databases!(a_month_that_cloudwatch_measured_is_the_month_that_is_imported_from_files);

/// The month before the present one, which CloudWatch still knows whenever this runs.
pub(super) fn last_month(home: &Home) -> (DateTime<Utc>, DateTime<Utc>, DateTime<Utc>) {
    let now: DateTime<Utc> = text(&home.json(&["status"]), "as_of").parse().expect("a moment");
    let this = now.date_naive().with_day(1).expect("every month has a first").and_time(chrono::NaiveTime::MIN).and_utc();
    let before = (this - TimeDelta::days(1)).date_naive().with_day(1).expect("so has the one before");
    (before.and_time(chrono::NaiveTime::MIN).and_utc(), this, now)
}

/// What an hour of the model was: calls, failed calls, tokens, and how long each of three samples took, in milliseconds.
fn of_hour(hour: i64) -> (i64, i64, i64, i64, [i64; 3]) {
    (3 + hour % 17, hour % 3, 1_000_003 * (1 + hour % 11), 7 + hour % 29, [100 + hour % 900, 50, 2_000])
}

pub(super) fn metrics(from: DateTime<Utc>, hours: i64) -> Vec<Metric> {
    let metric = |name: &str, samples: Vec<(i64, f64)>| Metric {
        namespace: "AWS/Bedrock".into(),
        name: name.into(),
        dimensions: vec![("ModelId".into(), "anthropic.claude".into())],
        samples,
    };
    let at = |hour: i64| from.timestamp() + hour * 3_600;
    // Counts come in two samples an hour, whose sum is exact.
    let counted = |name: &str, of: fn(i64) -> i64| {
        let halves = |hour: i64| [(at(hour), (of(hour) / 2) as f64), (at(hour) + 1_800, (of(hour) - of(hour) / 2) as f64)];
        metric(name, (0..hours).flat_map(halves).collect())
    };
    let waited = |hour: i64| of_hour(hour).4.map(|millis| (at(hour) + 60, millis as f64));
    vec![
        counted("Invocations", |hour| of_hour(hour).0),
        counted("InvocationClientErrors", |hour| of_hour(hour).1),
        counted("InputTokenCount", |hour| of_hour(hour).2),
        counted("OutputTokenCount", |hour| of_hour(hour).3),
        metric("InvocationLatency", (0..hours).flat_map(waited).collect()),
    ]
}

/// The same month as somebody would write it down who knows nothing of CloudWatch.
fn trace(from: DateTime<Utc>, hours: i64) -> String {
    let mut text = "time,model,provider,requests,errors,input_tokens,output_tokens,latency_p50_seconds,latency_p90_seconds,\
                    latency_p99_seconds,tag:region\n"
        .to_owned();
    for hour in 0..hours {
        let (calls, failed, input, output, mut waited) = of_hour(hour);
        waited.sort_unstable();
        let seconds = |millis: i64| format!("{}.{:03}", millis / 1_000, millis % 1_000);
        let [_, middle, longest] = waited.map(seconds);
        let at = (from + TimeDelta::hours(hour)).format("%Y-%m-%dT%H:%M:%SZ");
        let requests = calls + failed;
        text += &format!(
            "{at},anthropic.claude,aws.bedrock,{requests},{failed},{input},{output},{middle},{longest},{longest},us-east-1\n"
        );
    }
    text
}

const ALL: &str = "SELECT \"Hour\", \"Model\", \"Provider\", \"Tags\", \"Requests\", \"Errors\", \"InputTokens\", \"OutputTokens\", \
                   \"LatencyP50Seconds\", \"LatencyP90Seconds\", \"LatencyP99Seconds\" FROM usage ORDER BY \"Hour\", \"Model\"";

fn a_month_that_cloudwatch_measured_is_the_month_that_is_imported_from_files(new: NewHome<'_>) {
    let collected = new();
    let (from, to, now) = last_month(&collected);
    let hours = (to - from).num_hours();
    let scenario = Scenario { metrics: metrics(from, hours), now: now.timestamp(), points_a_page: 500, ..Scenario::default() };
    // What happens on the way changes nothing.
    let fake = FakeAws::start(scenario.fails("GetMetricData", 3..5, 400, "Throttling"));
    let endpoint = format!("{{ url = \"{}\", allow_loopback = true }}", fake.address());
    let document =
        format!("version = 1\n[source.aws]\nkind = \"aws-cloudwatch\"\nservices = [\"bedrock\"]\nendpoint = {endpoint}\n");
    let collected = collected.file("sources.toml", document);
    collected.run(&["sources", "publish", "sources.toml"]).exits(0);
    let window = format!("{}/{}", from.format("%Y-%m-%d"), to.format("%Y-%m-%d"));
    let report = collect_window(&collected, &window, &[]).exits(0).json();
    let month = &list(&list(&list(&report, "sources")[0], "parts")[0], "months")[0];
    assert_eq!(text(month, "outcome"), "imported", "{report:#}");
    assert!(fake.calls().len() > 10, "{}", fake.calls().len());

    let imported = new().file("trace.csv", trace(from, hours)).ingest_trace("trace.csv", "aws", &[]);
    let rows = |home: &Home| home.run(&["--format", "csv", "sql", ALL]).exits(0).stdout;
    assert_eq!(rows(&collected), rows(&imported));
    assert_eq!(rows(&collected).lines().count() as i64, 1 + hours);
    // The same answer again changes nothing.
    let before = collected.state();
    let again = collect_window(&collected, &window, &[]).exits(0).json();
    assert_eq!(text(&list(&list(&list(&again, "sources")[0], "parts")[0], "months")[0], "outcome"), "unchanged", "{again:#}");
    assert_eq!(collected.state(), before);
}
