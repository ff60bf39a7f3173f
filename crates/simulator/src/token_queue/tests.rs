use proptest::prelude::*;
use serde_json::Value;

use super::*;

const SIZE: RequestSize = RequestSize { input_tokens: 128.0, output_tokens: 1024.0 };

fn llama_13b() -> TokenQueue {
    TokenQueue::new(ServiceTime::Iteration { alpha: 16.78, beta: 0.073, gamma: 0.00228125 }, SIZE, 38).unwrap()
}

#[test]
fn with_a_batch_of_one_it_is_the_m_m_1_k_queue() {
    // alpha alone: each request takes 100 steps of 10 ms, so mu = 1 a second; K = 1 + 10.
    let service = ServiceTime::PrefillDecode { alpha: 10.0, beta: 0.0, gamma: 0.0, delta: 0.0 };
    let size = RequestSize { input_tokens: 0.0, output_tokens: 101.0 };
    let queue = TokenQueue::new(service, size, 1).unwrap();
    let found = queue.analyze(0.5).unwrap();
    // p(n) = 0.5^n·0.5 ÷ (1 − 0.5^12)
    let norm = 1.0 - 0.5_f64.powi(12);
    let p = |n: i32| 0.5_f64.powi(n) * 0.5 / norm;
    let in_system: f64 = (0..=11).map(|n| f64::from(n) * p(n)).sum();
    assert!((found.throughput - 0.5 * (1.0 - p(11))).abs() < 1e-12);
    assert!((found.response - 1000.0 * in_system / found.throughput).abs() < 1e-9);
    assert!((found.inter_token_latency - 10.0).abs() < 1e-9);
}

#[test]
fn a_promise_that_a_lone_request_breaks_is_unattainable() {
    let level = ServiceLevel { time_to_first_token: None, inter_token_latency: Some(10.0) };
    let error = max_rate_under_slo(&llama_13b(), &level).unwrap_err();
    assert!(matches!(error, SizingError::Unattainable { what: "inter-token latency", target: 10.0, .. }), "{error}");
}

#[test]
fn without_a_promise_the_limit_is_stability() {
    let level = ServiceLevel { time_to_first_token: None, inter_token_latency: None };
    let queue = llama_13b();
    assert_eq!(max_rate_under_slo(&queue, &level).unwrap().0, queue.max_rate());
}

#[test]
fn parameters_out_of_range_are_named() {
    let service = ServiceTime::Iteration { alpha: 1.0, beta: -1.0, gamma: 0.0 };
    assert!(TokenQueue::new(service, SIZE, 4).unwrap_err().to_string().starts_with("beta is -1"));
    let service = ServiceTime::Iteration { alpha: 1.0, beta: 1.0, gamma: 0.0 };
    assert!(TokenQueue::new(service, SIZE, 0).unwrap_err().to_string().starts_with("max batch is 0"));
    assert!(llama_13b().analyze(1e9).unwrap_err().to_string().starts_with("arrival rate"));
}

#[test]
fn three_parameters_or_four_are_read_from_the_same_field() {
    let three: ServiceTime = serde_json::from_str(r#"{"alpha":1,"beta":2,"gamma":3}"#).unwrap();
    let four: ServiceTime = serde_json::from_str(r#"{"alpha":1,"beta":2,"gamma":3,"delta":4}"#).unwrap();
    assert!(matches!(three, ServiceTime::Iteration { .. }));
    assert!(matches!(four, ServiceTime::PrefillDecode { .. }));
    assert!(serde_json::from_str::<ServiceTime>(r#"{"alpha":1,"beta":2}"#).is_err());
}

proptest! {
    /// Little's law, conservation of flow, and latencies that only grow with the rate.
    #[test]
    fn the_steady_state_is_consistent(share in 0.01..0.99, batch in 1_u32..80, alpha in 1.0..50.0, beta in 0.0..1.0, gamma in 0.0..0.05) {
        let queue = TokenQueue::new(ServiceTime::Iteration { alpha, beta, gamma }, SIZE, batch).unwrap();
        let rate = share * queue.max_rate();
        let at = queue.analyze(rate).unwrap();
        prop_assert!(at.throughput <= rate * (1.0 + 1e-12) && at.throughput > 0.0);
        prop_assert!(at.batch <= f64::from(batch) * (1.0 + 1e-12));
        let service = at.response - at.wait;
        prop_assert!((at.throughput * service / 1000.0 - at.batch).abs() <= 1e-9 * at.batch);
        let more = queue.analyze((rate * 1.005).min(queue.max_rate())).unwrap();
        prop_assert!(more.time_to_first_token >= at.time_to_first_token * (1.0 - 1e-9));
        // The published formula takes prefill at the mean batch, so the split between the two moves by a hair.
        prop_assert!(more.inter_token_latency >= at.inter_token_latency * (1.0 - 1e-3));
    }

    #[test]
    fn the_rate_found_keeps_both_promises(ttft in 200.0..4000.0, itl in 25.0..200.0) {
        let level = ServiceLevel { time_to_first_token: Some(ttft), inter_token_latency: Some(itl) };
        let (rate, at) = max_rate_under_slo(&llama_13b(), &level).unwrap();
        prop_assert!(rate <= llama_13b().max_rate());
        prop_assert!(at.time_to_first_token <= ttft && at.inter_token_latency <= itl);
    }
}

/// The folder of real data, where there is one.
#[allow(clippy::disallowed_methods)]
fn shared() -> Option<std::path::PathBuf> {
    let folder = std::env::var_os("FARTHING_SHARED");
    if folder.is_none() {
        println!("skipped: FARTHING_SHARED is not set");
    }
    folder.map(Into::into)
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn find<'a>(list: &'a Value, field: &str, name: &str) -> &'a Value {
    list.as_array().unwrap().iter().find(|entry| entry[field] == name).unwrap()
}

/// llm-inferno's instance of fifteen servers.
struct Inferno {
    models: Value,
    classes: Value,
    servers: Value,
    accelerators: Value,
}

impl Inferno {
    fn read(folder: &std::path::Path) -> Self {
        let (models, classes, servers) =
            (json(folder, "model-data"), json(folder, "serviceclass-data"), json(folder, "server-data"));
        Self { models, classes, servers, accelerators: json(folder, "accelerator-data") }
    }

    /// A server on an accelerator: replicas, batch, cost, greatest rate of a replica, and the steady state under the server's load.
    fn allocate(&self, name: &str, accelerator: &str) -> (f64, f64, f64, f64, Performance) {
        let server = find(&self.servers["servers"], "name", name);
        let model_name = server["model"].as_str().unwrap();
        let class = find(&self.classes["serviceClasses"], "name", server["class"].as_str().unwrap());
        let target = find(&class["modelTargets"], "model", model_name);
        let models = self.models["models"].as_array().unwrap();
        let model = models.iter().find(|m| m["name"] == model_name && m["acc"] == accelerator).unwrap();
        let load = &server["currentAlloc"]["load"];
        let size = RequestSize { input_tokens: number(&load["AvgInTokens"]), output_tokens: number(&load["AvgOutTokens"]) };
        let parameter = |name: &str| number(&model["perfParms"][name]);
        let service = ServiceTime::Iteration { alpha: parameter("alpha"), beta: parameter("beta"), gamma: parameter("gamma") };
        let batch = (number(&model["maxBatchSize"]) * number(&model["atTokens"]) / size.output_tokens).floor().max(1.0);
        let queue = TokenQueue::new(service, size, batch as u32).unwrap();
        let promise = |field: &str| Some(number(&target[field]));
        let level = ServiceLevel { time_to_first_token: promise("slo-ttft"), inter_token_latency: promise("slo-itl") };
        let (rate, _) = max_rate_under_slo(&queue, &level).unwrap();
        let arrivals = number(&load["arrivalRate"]) / 60.0;
        let replicas = (arrivals / rate).ceil();
        let units = number(&model["accCount"]) * replicas;
        let cost = units * number(&find(&self.accelerators["accelerators"], "name", accelerator)["cost"]);
        (replicas, batch, cost, rate, queue.analyze(arrivals / replicas).unwrap())
    }
}

fn json(folder: &std::path::Path, name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap()).unwrap()
}

fn near(found: f64, known: &Value, tolerance: f64, what: &str) {
    let known = number(known);
    assert!((found / known - 1.0).abs() < tolerance, "{what}: {found} is not {known}");
}

/// For fifteen servers the accelerator chosen, replicas, batch and cost are published exactly, and both latencies in single
/// precision: within 4.8e-5.
#[test]
fn the_published_allocations_are_reproduced() {
    let Some(folder) = shared().map(|shared| shared.join("data/solver/inferno/small")) else { return };
    let (inferno, solution) = (Inferno::read(&folder), json(&folder, "solution-data"));
    let allocations = solution["allocations"].as_object().unwrap();
    assert_eq!(allocations.len(), 15);
    for (name, published) in allocations {
        let (replicas, batch, cost, _, at) = inferno.allocate(name, published["accelerator"].as_str().unwrap());
        let exact = ["numReplicas", "maxBatch", "cost"].map(|field| number(&published[field]));
        assert_eq!([replicas, batch, cost], exact, "{name}");
        near(at.inter_token_latency, &published["itlAverage"], 4.8e-5, name);
        near(at.time_to_first_token, &published["ttftAverage"], 4.8e-5, name);
    }
}

/// Every other pair of server and accelerator was computed by an independent program, rounded to nine places.
#[test]
fn every_pair_of_server_and_accelerator_is_as_computed_elsewhere() {
    let Some(folder) = shared().map(|shared| shared.join("data/solver/inferno/small")) else { return };
    let (inferno, derived) = (Inferno::read(&folder), json(&folder, "derived_candidates_and_milp"));
    let candidates = derived["candidates"].as_array().unwrap();
    assert!(candidates.len() > 30);
    for candidate in candidates {
        let (server, accelerator) = (candidate["server"].as_str().unwrap(), candidate["accelerator"].as_str().unwrap());
        let (replicas, batch, cost, rate, at) = inferno.allocate(server, accelerator);
        let what = format!("{server} on {accelerator}");
        assert_eq!([replicas, batch, cost], ["n", "N", "cost"].map(|field| number(&candidate[field])), "{what}");
        near(rate, &candidate["rate"], 1e-6, &what);
        near(at.inter_token_latency, &candidate["itl"], 1e-6, &what);
        near(at.time_to_first_token, &candidate["ttft"], 1e-6, &what);
    }
}
