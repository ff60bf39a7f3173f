//! Scenarios against the fake endpoint.

use farthing_testkit::{Metric, Misbehaviour, Scenario};

use crate::source::testing::Bench;
use crate::source::{CollectError, SourcesFile};

/// 2026-10-01T00:00:00Z.
const OCTOBER: i64 = 1_790_812_800;
/// 2026-11-02T10:00:00Z.
const NOW: i64 = 1_793_613_600;

fn metric(namespace: &str, name: &str, dimensions: &[(&str, &str)], samples: Vec<(i64, f64)>) -> Metric {
    let dimensions = dimensions.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Metric { namespace: namespace.into(), name: name.into(), dimensions, samples }
}

/// Every ten minutes of `hours` hours, the same value.
fn steady(hours: i64, value: f64) -> Vec<(i64, f64)> {
    (0..hours * 6).map(|number| (OCTOBER + number * 600, value)).collect()
}

/// A model that is called by both of Bedrock's endpoints, and an endpoint of SageMaker.
fn metrics() -> Vec<Metric> {
    let (model, both) = ([("ModelId", "anthropic.claude")], [("EndpointName", "score"), ("VariantName", "a")]);
    vec![
        metric("AWS/Bedrock", "Invocations", &model, steady(30, 2.0)),
        metric("AWS/Bedrock", "InvocationClientErrors", &model, steady(30, 1.0)),
        metric("AWS/Bedrock", "InputTokenCount", &model, steady(30, 100.0)),
        metric("AWS/Bedrock", "CacheReadInputTokenCount", &model, steady(30, 40.0)),
        metric("AWS/Bedrock", "OutputTokenCount", &model, steady(30, 7.0)),
        // The same calls of all models once more, which is no further usage.
        metric("AWS/Bedrock", "InputTokenCount", &[], steady(30, 100.0)),
        metric("AWS/BedrockMantle", "Inferences", &[("Model", "openai.gpt-oss")], steady(30, 1.0)),
        metric("AWS/BedrockMantle", "TotalInputTokens", &[("Model", "openai.gpt-oss")], steady(30, 9.0)),
        metric("AWS/BedrockMantle", "TotalInputTokens", &[("Project", "p")], steady(30, 9.0)),
        metric("AWS/BedrockMantle", "TotalInputTokens", &[], steady(30, 9.0)),
        metric("AWS/SageMaker", "Invocations", &both, steady(30, 5.0)),
        metric("AWS/SageMaker", "Invocation5XXErrors", &both, steady(30, 1.0)),
        metric("AWS/SageMaker", "ModelLatency", &both, steady(30, 250_000.0)),
        metric(
            "CWAgent",
            "nvidia_smi_utilization_gpu",
            &[("InstanceId", "i-1"), ("index", "0")],
            vec![(OCTOBER, 20.0), (OCTOBER + 60, 40.0)],
        ),
    ]
}

fn bench(scenario: Scenario) -> Bench {
    Bench::new("aws-cloudwatch", Scenario { metrics: metrics(), now: NOW, ..scenario })
}

/// The sum of a column over rows that hold `text`.
fn sum(csv: &str, column: &str, text: &str) -> f64 {
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let at = rows.headers().unwrap().iter().position(|name| name == column).unwrap();
    let rows = rows.records().map(Result::unwrap).filter(|row| row.iter().any(|cell| cell == text));
    rows.map(|row| row[at].parse::<f64>().unwrap_or(0.0)).sum()
}

#[tokio::test]
async fn both_endpoints_of_bedrock_are_counted_and_no_call_twice() {
    let outcome = bench(Scenario::default()).collect().await;
    outcome.collected.unwrap();
    let of = |column, model| sum(&outcome.text, column, model);
    assert_eq!((of("requests", "anthropic.claude"), of("errors", "anthropic.claude")), (540.0, 180.0));
    // Cached tokens are among the input.
    assert_eq!((of("input_tokens", "anthropic.claude"), of("cached_tokens", "anthropic.claude")), (25_200.0, 7_200.0));
    assert_eq!((of("requests", "openai.gpt-oss"), of("input_tokens", "openai.gpt-oss")), (180.0, 1_620.0));
    // 180 samples of 0.25 s.
    assert_eq!((of("requests", "score"), of("compute_seconds", "score")), (900.0, 45.0));
    assert_eq!(outcome.text.lines().count(), 1 + 3 * 30);
}

#[tokio::test]
async fn pages_give_what_one_page_gives() {
    let whole = bench(Scenario::default()).collect().await;
    let paged = bench(Scenario { points_a_page: 37, ..Scenario::default() }).collect().await;
    assert_eq!(paged.text, whole.text);
    assert!(paged.calls > 5 && whole.calls == 1, "{} {}", paged.calls, whole.calls);
}

#[tokio::test]
async fn busy_gpus_are_seconds_of_an_hour() {
    let gpus = "services = []\ngpus = [{ namespace = \"CWAgent\", metric = \"nvidia_smi_utilization_gpu\", \
                dimensions = [\"InstanceId\", \"index\"], workload = \"InstanceId\" }]";
    let outcome = Bench { settings: gpus.into(), ..bench(Scenario::default()) }.collect().await;
    outcome.collected.unwrap();
    // A mean of 30 percent.
    assert_eq!(sum(&outcome.text, "compute_seconds", "i-1"), 1_080.0);
    assert!(outcome.text.contains("tag:index"));
}

#[tokio::test]
async fn latency_is_percentiles_by_hour_and_utilisation_a_share() {
    let endpoint = [("EndpointName", "score"), ("VariantName", "a")];
    // Ten calls in the first hour, of 0.1 s to 1 s; one in the second.
    let waited = (1..=10).map(|number| (OCTOBER + number * 60, f64::from(u32::try_from(number).unwrap()) * 100_000.0));
    let waited: Vec<_> = waited.chain([(OCTOBER + 3_600, 3_000_000.0)]).collect();
    let busy = vec![(OCTOBER, 120.0), (OCTOBER + 1_800, 180.0)];
    let all = vec![
        metric("AWS/SageMaker", "Invocations", &endpoint, waited.iter().map(|(at, _)| (*at, 1.0)).collect()),
        metric("AWS/SageMaker", "ModelLatency", &endpoint, waited),
        metric("/aws/sagemaker/Endpoints", "GPUUtilization", &endpoint, busy),
        metric("AWS/Bedrock", "Invocations", &[("ModelId", "m")], vec![(OCTOBER, 2.0)]),
        metric("AWS/Bedrock", "InvocationLatency", &[("ModelId", "m")], vec![(OCTOBER, 200.0), (OCTOBER + 1, 1_000.0)]),
        metric(
            "AWS/Lambda",
            "ProvisionedConcurrencyUtilization",
            &[("FunctionName", "f"), ("Resource", "f:1")],
            vec![(OCTOBER, 0.5)],
        ),
    ];
    let settings = |more: &str| format!("services = [\"bedrock\", \"sagemaker\", \"lambda\"]\n{more}");
    let bench = |more: &str| Bench { settings: settings(more), ..bench(Scenario { ..Scenario::default() }) };
    let measured = bench("");
    measured.fake.change(|scenario| scenario.metrics = all.clone());
    let outcome = measured.collect().await;
    outcome.collected.unwrap();
    let mut hours = Vec::new();
    let options = farthing_usage::request_trace::Options::of("it".parse().unwrap());
    let mut rollup = farthing_usage::Rollup::with_limit(100);
    let report = farthing_usage::request_trace::decode(outcome.text.as_bytes(), &options, |record| {
        rollup.add(&record).unwrap();
        Ok::<(), farthing_usage::DecodeError>(())
    });
    assert!(report.unwrap().findings.is_empty());
    for hour in rollup.into_hours() {
        let m = hour.counts.measured;
        let shown = [m.latency_p50_seconds, m.latency_p90_seconds, m.latency_p99_seconds, m.utilisation];
        let shown = shown.map(|figure| figure.map(|figure| figure.to_string()).unwrap_or_default()).join(" ");
        hours.push(format!("{} {} {shown}", hour.dimensions.provider.unwrap_or_default(), hour.counts.requests));
    }
    hours.sort();
    // An endpoint's calls and its GPUs are one hour of one endpoint.
    assert_eq!(
        hours,
        ["aws.bedrock 2 0.2 1 1 ", "aws.lambda 0    0.5", "aws.sagemaker 1 3 3 3 ", "aws.sagemaker 10 0.5 0.9 1 1.5"]
    );
    let without = bench("latency = false\nutilisation = false");
    without.fake.change(|scenario| scenario.metrics = all.clone());
    let outcome = without.collect().await;
    assert!(outcome.text.lines().skip(1).all(|line| line.contains(",,,,")), "{}", outcome.text);
}

#[tokio::test]
async fn f19_an_hour_that_comes_on_two_pages_with_two_values_gives_nothing() {
    let twice = metric("AWS/Bedrock", "Invocations", &[("ModelId", "m")], vec![(OCTOBER, 2.0)]);
    let other = metric("AWS/Bedrock", "Invocations", &[("ModelId", "m")], vec![(OCTOBER, 3.0)]);
    let bench = bench(Scenario { points_a_page: 1, ..Scenario::default() });
    bench.fake.change(|scenario| scenario.metrics = vec![twice.clone(), twice.clone()]);
    let outcome = bench.collect().await;
    outcome.collected.unwrap();
    assert_eq!(sum(&outcome.text, "requests", "m"), 2.0, "the same point twice is one point");
    bench.fake.change(|scenario| scenario.metrics = vec![twice, other]);
    let error = bench.collect().await.collected.unwrap_err();
    assert!(matches!(error, CollectError::Incomplete { said, .. } if said.contains("two values")));
}

#[tokio::test]
async fn f16_throttling_and_broken_answers_are_repeated() {
    let operation = "GetMetricData";
    for scenario in [
        Scenario::default().fails(operation, 1..3, 400, "Throttling"),
        Scenario::default().fails(operation, 1..3, 503, "ServiceUnavailable"),
        Scenario::default().breaks(operation, 1..2, Misbehaviour::Half),
        Scenario::default().breaks(operation, 1..2, Misbehaviour::Reset),
    ] {
        let outcome = bench(scenario).collect().await;
        outcome.collected.unwrap();
        assert_eq!(sum(&outcome.text, "requests", "score"), 900.0);
    }
}

#[tokio::test]
async fn f17_pages_that_lead_in_a_circle_give_nothing() {
    let outcome = bench(Scenario { points_a_page: 37, circular_pages: true, ..Scenario::default() }).collect().await;
    assert!(matches!(outcome.collected.unwrap_err(), CollectError::Incomplete { said, .. } if said.contains("circle")));
    assert!(outcome.text.is_empty());
}

#[tokio::test]
async fn f19_figures_that_stay_partial_give_nothing() {
    let outcome = bench(Scenario { partial_data: true, ..Scenario::default() }).collect().await;
    assert!(matches!(outcome.collected.unwrap_err(), CollectError::Incomplete { said, .. } if said.contains("partial")));
    assert!(outcome.text.is_empty());
}

#[tokio::test]
async fn f21_half_a_cent_a_page_stops_at_the_budget() {
    let bench = Bench { budget: Some("0.01"), ..bench(Scenario { points_a_page: 37, ..Scenario::default() }) };
    let outcome = bench.collect().await;
    assert!(matches!(outcome.collected.unwrap_err(), CollectError::Budget { .. }));
    assert_eq!(bench.fake.calls().len(), 2);
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    let problems = |settings: &str| {
        SourcesFile::parse(&format!("version = 1\n[source.aws]\nkind = \"aws-cloudwatch\"\n{settings}")).unwrap_err()
    };
    assert!(problems("services = []")[0].contains("nothing to ask for"));
    assert!(
        problems("gpus = [{ namespace = \"A\", metric = \"m'\", dimensions = [\"d\"], workload = \"d\" }]")[0].contains("m'")
    );
    assert!(
        problems("gpus = [{ namespace = \"A\", metric = \"m\", dimensions = [\"d\"], workload = \"e\" }]")[0]
            .contains("none of its dimensions")
    );
}
