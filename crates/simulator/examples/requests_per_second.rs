//! How fast the twin plays: `cargo run --release -p farthing-simulator --example requests_per_second`.

use std::time::Instant;

use farthing_simulator::twin::{HOUR, ReplicaClass, Scaling, Service, Sizes, Spread, Traffic, Workload};
use farthing_simulator::{Conditions, RequestSize, Sampling, ServiceLevel, ServiceTime, simulate};

fn workload(replicas: u32, rate: f64, service: Service, capacity: f64) -> Workload {
    let hours = 24;
    let class = ReplicaClass {
        type_id: "gpu".into(),
        service,
        capacity,
        max_queue: 1_000,
        replicas: vec![replicas; hours],
        is_spot: false,
    };
    let mean = RequestSize { input_tokens: 512.0, output_tokens: 128.0 };
    let rates = (0..hours).map(|hour| rate * (0.75 + 0.25 * (hour as f64 * 0.26).sin())).collect();
    Workload {
        id: "measured".into(),
        classes: vec![class],
        traffic: Traffic::Poisson { interval_seconds: HOUR, rates, sizes: Sizes { mean, spread: Spread::Exponential } },
        promise: ServiceLevel { time_to_first_token: Some(800.0), inter_token_latency: Some(60.0) },
        scaling: Scaling::Scheduled,
    }
}

fn main() {
    let time = ServiceTime::Iteration { alpha: 8.0, beta: 0.04, gamma: 0.0005 };
    let tokens = Service::Tokens { time, max_batch: 64 };
    let cases = [
        ("tokens, 8 replicas", workload(8, 50.0, tokens, 10.0)),
        ("tokens, 64 replicas", workload(64, 400.0, tokens, 10.0)),
        ("one by one, 8 replicas", workload(8, 60.0, Service::Single { mean_seconds: 0.1, squared_variation: 1.0 }, 10.0)),
        ("one by one, 64 replicas", workload(64, 500.0, Service::Single { mean_seconds: 0.1, squared_variation: 1.0 }, 10.0)),
    ];
    for (name, workload) in cases {
        let started = Instant::now();
        let replay = simulate(&workload, &Conditions::default(), &Sampling::default(), 1).expect("the scenario is sound");
        let seconds = started.elapsed().as_secs_f64();
        let (requests, first) = (replay.requests, replay.time_to_first_token_ms.map_or(0.0, |s| s.p99));
        let rate = requests as f64 / seconds / 1e6;
        println!(
            "{name}: {requests} requests in {seconds:.2} s, {rate:.2} million a second; utilisation {:.2}, p99 of the first token {first:.0} ms",
            replay.utilisation
        );
    }
}
