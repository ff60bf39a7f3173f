use proptest::prelude::*;

use super::*;
use crate::{FiniteQueue, GeneralQueue, Mmc, PoissonGeneral, RequestSize, ServiceLevel, ServiceTime, TokenQueue};

const NO_PROMISE: ServiceLevel = ServiceLevel { time_to_first_token: None, inter_token_latency: None };
const SIZE: RequestSize = RequestSize { input_tokens: 128.0, output_tokens: 256.0 };
const LLAMA: ServiceTime = ServiceTime::Iteration { alpha: 16.78, beta: 0.073, gamma: 0.00228125 };

fn sizes() -> Sizes {
    Sizes { mean: SIZE, spread: Spread::Fixed }
}

/// c servers and one queue, served in the order of arrival.
fn servers(count: u32, hours: usize, mean_seconds: f64, squared_variation: f64, traffic: Traffic) -> Workload {
    let class = ReplicaClass {
        type_id: "server".into(),
        service: Service::Single { mean_seconds, squared_variation },
        capacity: 1.0 / mean_seconds,
        max_queue: u32::MAX,
        replicas: vec![count; hours],
        is_spot: false,
    };
    Workload { id: "checked".into(), classes: vec![class], traffic, promise: NO_PROMISE, scaling: Scaling::Scheduled }
}

fn poisson(rate: f64, hours: usize) -> Traffic {
    Traffic::Poisson { interval_seconds: HOUR, rates: vec![rate; hours], sizes: sizes() }
}

/// Tokens on `replicas` instances, the same in every hour.
fn tokens(id: &str, replicas: Vec<u32>, traffic: Traffic) -> Workload {
    let class = ReplicaClass {
        type_id: "gpu".into(),
        service: Service::Tokens { time: LLAMA, max_batch: 38 },
        capacity: 2.0,
        max_queue: 380,
        replicas,
        is_spot: true,
    };
    Workload { id: id.into(), classes: vec![class], traffic, promise: NO_PROMISE, scaling: Scaling::Scheduled }
}

/// Mean of `figure` over independent replications, and four standard errors: a sound model leaves that once in some 16,000 times,
/// and the seeds are fixed.
fn interval(workload: &Workload, replications: u64, figure: impl Fn(&Replay) -> f64) -> (f64, f64) {
    let found: Vec<f64> = (0..replications)
        .map(|seed| figure(&simulate(workload, &Conditions::default(), &Sampling::default(), seed).unwrap()))
        .collect();
    let count = replications as f64;
    let mean = found.iter().sum::<f64>() / count;
    let variance = found.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, 4.0 * (variance / count).sqrt())
}

fn covers((mean, half): (f64, f64), known: f64, what: &str) {
    assert!((mean - known).abs() <= half, "{what}: {mean} ± {half} does not hold {known}");
    assert!(half < 0.15 * known, "{what}: ± {half} says too little of {known}");
}

fn wait_seconds(replay: &Replay) -> f64 {
    replay.wait_ms.unwrap().mean / 1e3
}

#[test]
fn waits_are_those_of_erlang() {
    for (count, rate) in [(1, 0.6), (3, 2.0), (14, 10.0), (25, 20.0)] {
        let known = Mmc::new(count, rate, 1.0).unwrap();
        let workload = servers(count, 5, 1.0, 1.0, poisson(rate, 5));
        covers(interval(&workload, 12, wait_seconds), known.mean_wait(), "M/M/c wait");
        covers(interval(&workload, 12, |r| r.utilisation), known.utilisation(), "M/M/c utilisation");
    }
}

#[test]
fn waits_are_those_of_pollaczek_and_khinchine() {
    for variation in [0.0, 0.5, 2.0, 4.0] {
        let known = PoissonGeneral::new(0.7, 1.0, variation).unwrap();
        covers(interval(&servers(1, 8, 1.0, variation, poisson(0.7, 8)), 12, wait_seconds), known.mean_wait(), "M/G/1 wait");
    }
}

#[test]
fn what_finds_the_queue_full_is_lost_as_the_formula_says() {
    let mut workload = servers(1, 8, 1.0, 1.0, poisson(1.2, 8));
    workload.classes[0].max_queue = 4;
    let known = FiniteQueue::new(1.2, 1.0, 5).unwrap();
    covers(interval(&workload, 12, |r| r.lost as f64 / r.requests as f64), known.loss_probability(), "M/M/1/K loss");
    covers(interval(&workload, 12, wait_seconds), known.mean_wait(), "M/M/1/K wait");
}

#[test]
fn general_queues_are_near_the_approximation() {
    for (arrivals, service) in [(0.5, 0.5), (1.0, 2.0), (2.0, 1.0)] {
        let traffic = Traffic::Renewal { mean_seconds: 1.0 / 3.2, squared_variation: arrivals, sizes: sizes() };
        let (mean, half) = interval(&servers(4, 8, 1.0, service, traffic), 12, wait_seconds);
        let known = GeneralQueue::new(4, 3.2, 1.0, arrivals, service).unwrap().mean_wait();
        // Allen and Cunneen approximate: within a fifth at this load.
        assert!((mean / known - 1.0).abs() < 0.2 + half / known, "c² {arrivals}, {service}: {mean} is far from {known}");
    }
}

/// ciw, another simulator, plays the same queues; see `tests/queueing/simulate.py`.
#[allow(clippy::disallowed_methods)]
#[test]
fn an_independent_simulator_finds_the_same_waits() {
    use std::io::Write;
    use std::process::{Command, Stdio};
    let Some(python) = std::env::var_os("FARTHING_TEST_PYTHON") else {
        println!("skipped: FARTHING_TEST_PYTHON is not set");
        return;
    };
    let cases = [(3, 2.0, 1.0, 1.0), (12, 10.5, 1.0, 1.0), (2, 1.5, 1.0, 3.0), (4, 3.4, 0.4, 0.3), (4, 3.0, 2.5, 1.0)];
    let asked = cases.map(|(servers, rate, arrivals, service)| {
        serde_json::json!({
            "servers": servers, "arrival_rate": rate, "service_rate": 1.0, "arrival_variation": arrivals, "service_variation": service,
            "warm_up": 500.0, "seconds": 3000.0, "replications": 10,
        })
    });
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/queueing/simulate.py");
    let mut program = Command::new(python).arg("-B").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    program.stdin.take().unwrap().write_all(serde_json::to_string(&asked).unwrap().as_bytes()).unwrap();
    let output = program.wait_with_output().unwrap();
    assert!(output.status.success(), "ciw is missing or failed; see tests/queueing/requirements.txt");
    let found: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found.len(), cases.len());
    for ((servers, rate, arrivals, service), theirs) in cases.into_iter().zip(found) {
        let traffic = Traffic::Renewal { mean_seconds: 1.0 / rate, squared_variation: arrivals, sizes: sizes() };
        let (mean, half) = interval(&servers_of(servers, service, traffic), 12, wait_seconds);
        let (their_mean, their_half) = (theirs["mean"].as_f64().unwrap(), theirs["half"].as_f64().unwrap());
        let what =
            format!("{servers} servers, {rate}, c² {arrivals} and {service}: {mean} ± {half}, ciw {their_mean} ± {their_half}");
        assert!((mean - their_mean).abs() <= half + their_half, "{what}");
        assert!(half + their_half < 0.5 * mean, "too little is said: {what}");
    }
}

/// Five hours of so many servers, each serving one a second.
fn servers_of(count: u32, squared_variation: f64, traffic: Traffic) -> Workload {
    servers(count, 5, 1.0, squared_variation, traffic)
}

/// The queue formula takes exponential requests and counts a request twice in its own iteration; the twin plays the iterations.
#[test]
fn a_batch_takes_the_time_of_the_token_queue() {
    let rate = 1.5;
    let known = TokenQueue::new(LLAMA, SIZE, 38).unwrap().analyze(rate).unwrap();
    let workload = tokens("batch", vec![1; 4], poisson(rate, 4));
    let (inter, _) = interval(&workload, 6, |r| r.inter_token_latency_ms.unwrap().mean);
    assert!(
        inter < known.inter_token_latency && inter > 0.93 * known.inter_token_latency,
        "{inter} {}",
        known.inter_token_latency
    );
    let (first, _) = interval(&workload, 6, |r| r.time_to_first_token_ms.unwrap().mean);
    assert!((first / known.time_to_first_token - 1.0).abs() < 0.25, "{first} {}", known.time_to_first_token);
}

/// Iterations one by one, by the definition, against the runs of them that the twin plays at once.
#[test]
fn a_recorded_burst_is_played_iteration_by_iteration() {
    let at = |at: f64| Request { at, input_tokens: 100, output_tokens: 50 };
    let requests = vec![at(0.0), at(0.5), at(0.5), at(1.7)];
    let mut workload = tokens("burst", vec![1], Traffic::Recorded(requests.clone()));
    workload.classes[0].service = Service::Tokens { time: LLAMA, max_batch: 2 };
    let replay = simulate(&workload, &Conditions::default(), &Sampling::default(), 0).unwrap();
    let (mut clock, mut next, mut batch, mut waiting) = (0.0, 0, Vec::<(usize, u32)>::new(), Vec::new());
    let mut responses = vec![0.0; requests.len()];
    let mut served = 0;
    while served < requests.len() {
        while next < requests.len() && requests[next].at <= clock {
            waiting.push(next);
            next += 1;
        }
        while batch.len() < 2 && !waiting.is_empty() {
            batch.push((waiting.remove(0), 0));
        }
        if batch.is_empty() {
            clock = requests[next].at;
            continue;
        }
        let time =
            |done: u32| if done == 0 { 100.0 * (0.073 + 0.00228125) } else { 0.073 + 0.00228125 * (100.5 + f64::from(done - 1)) };
        clock += 1e-3 * (16.78 + batch.iter().map(|(_, done)| time(*done)).sum::<f64>());
        batch.iter_mut().for_each(|(_, done)| *done += 1);
        for (id, _) in batch.extract_if(.., |(_, done)| *done == 51) {
            responses[id] = 1e3 * (clock - requests[id].at);
            served += 1;
        }
    }
    let found = replay.response_ms.unwrap();
    let known = responses.iter().sum::<f64>() / 4.0;
    assert!((found.mean / known - 1.0).abs() < 1e-9, "{} is not {known}", found.mean);
    assert!((found.max / responses.iter().copied().fold(0.0, f64::max) - 1.0).abs() < 1e-9);
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let conditions =
        Conditions { failures_per_hour: 0.5, burst_variation: 0.3, spot_interruptions_per_hour: 0.5, ..Conditions::default() };
    let workload = tokens("same", vec![3, 4, 5, 2], poisson(4.0, 4));
    let bytes = |seed| serde_json::to_string(&simulate(&workload, &conditions, &Sampling::default(), seed).unwrap()).unwrap();
    assert_eq!(bytes(5), bytes(5));
    assert_ne!(bytes(5), bytes(6));
}

#[test]
fn replicas_asked_for_in_time_are_there_when_the_hour_begins() {
    let workload = tokens("steps", vec![2, 6, 2], poisson(2.0, 3));
    let play = |lead_seconds| {
        simulate(&workload, &Conditions { lead_seconds, ..Conditions::default() }, &Sampling::default(), 1).unwrap()
    };
    let (in_time, late) = (play(210.0), play(0.0));
    assert!((in_time.hours[1].replicas - 6.0).abs() < 1e-9);
    // 30 s of delay and 180 s of start are missing from the hour for each of four.
    assert!((late.hours[1].replicas - (6.0 - 4.0 * 210.0 / 3600.0)).abs() < 1e-9);
    let [hours] = in_time.types.as_slice() else { panic!("one type") };
    // Paid from the start of the instance: 180 s ahead for each of four, and while the last requests of what goes are finished.
    let beyond = hours.paid_hours - hours.planned_hours as f64 - 4.0 * 180.0 / 3600.0;
    assert!(hours.planned_hours == 10 && (0.0..0.05).contains(&beyond), "{hours:?}");
}

#[test]
fn a_promotion_day_that_nobody_planned_for_is_a_miss() {
    let mut workload = tokens("promotion", vec![2; 3], poisson(2.5, 3));
    workload.promise = ServiceLevel { time_to_first_token: Some(1000.0), inter_token_latency: Some(60.0) };
    let usual = simulate(&workload, &Conditions::default(), &Sampling::default(), 1).unwrap();
    assert!(usual.keeps_its_promise(), "{:?}", usual.hours);
    let surges = vec![Surge { from_hour: 1, until_hour: 2, factor: 4.0 }];
    let replay = simulate(&workload, &Conditions { surges, ..Conditions::default() }, &Sampling::default(), 1).unwrap();
    assert!(replay.hours[0].misses.is_empty() && !replay.hours[1].misses.is_empty());
    assert!(replay.hours[1].misses.iter().any(|miss| matches!(miss, Miss::TimeToFirstToken { promised_ms: 1000.0, .. })));
    assert!((replay.hours[1].demand - 10.0).abs() < 1e-9 && replay.late > 0);
}

#[test]
fn measured_rates_are_held_against_what_comes() {
    let workload = servers(2, 2, 1.0, 0.0, poisson(2.3, 2));
    let replay = simulate(&workload, &Conditions::default(), &Sampling::default(), 1).unwrap();
    assert!(matches!(replay.hours[0].misses.as_slice(), [Miss::Capacity { capacity, .. }, ..] if (*capacity - 2.0).abs() < 1e-9));
    let fits = simulate(&servers(3, 2, 1.0, 0.0, poisson(2.3, 2)), &Conditions::default(), &Sampling::default(), 1).unwrap();
    assert!(fits.keeps_its_promise());
}

#[test]
fn lost_instances_begin_their_requests_anew_and_are_replaced() {
    let conditions = Conditions { failures_per_hour: 2.0, spot_interruptions_per_hour: 2.0, ..Conditions::default() };
    let replay = simulate(&tokens("losses", vec![4; 6], poisson(4.0, 6)), &conditions, &Sampling::default(), 1).unwrap();
    assert!(replay.retried > 0 && replay.lost == 0 && replay.unserved == 0);
    let up: f64 = replay.hours.iter().map(|hour| hour.replicas).sum();
    // Each replica is away for four minutes about four times an hour.
    assert!(up > 0.6 * 24.0 && up < 0.95 * 24.0, "{up}");
}

#[test]
fn an_autoscaler_follows_its_load() {
    let mut workload = tokens(
        "reactive",
        vec![2; 4],
        Traffic::Poisson { interval_seconds: HOUR, rates: vec![1.0, 12.0, 12.0, 1.0], sizes: sizes() },
    );
    workload.scaling = Scaling::Reactive(Autoscaler::usual(Signal::InSystem { target: 12.0 }, 1, 50));
    let replay = simulate(&workload, &Conditions::default(), &Sampling::default(), 1).unwrap();
    let replicas: Vec<f64> = replay.hours.iter().map(|hour| hour.replicas).collect();
    assert!(replicas[0] < 3.0 && replicas[2] > 4.0 && replicas[3] < replicas[2], "{replicas:?}");
    // Scaling after the fact is late: some find the queue full.
    assert!(replay.lost > 0 && replay.lost < replay.requests / 100 && replay.unserved == 0, "{}", replay.lost);
}

#[test]
fn an_autoscaler_by_request_rate_follows_it_too() {
    let traffic = Traffic::Poisson { interval_seconds: HOUR, rates: vec![1.0, 6.0, 6.0, 1.0], sizes: sizes() };
    let mut workload = tokens("reactive", vec![1; 4], traffic);
    let share = 0.8;
    workload.scaling = Scaling::Reactive(Autoscaler::usual(Signal::request_rate(share), 1, 50));
    let replay = simulate(&workload, &Conditions::default(), &Sampling::default(), 1).unwrap();
    let needed = (6.0 / (share * workload.classes[0].capacity)).ceil();
    let replicas: Vec<f64> = replay.hours.iter().map(|hour| hour.replicas).collect();
    assert!((replicas[2] - needed).abs() < 1.0 && replicas[3] < replicas[2], "{replicas:?}, {needed}");
}

#[test]
fn on_a_floor_the_plan_is_the_fewest_and_the_autoscaler_catches_the_rest() {
    let planned = vec![2, 4, 4, 2];
    let play = |rates: Vec<f64>, scaling: Scaling| {
        let mut workload = tokens("floor", planned.clone(), Traffic::Poisson { interval_seconds: HOUR, rates, sizes: sizes() });
        workload.scaling = scaling;
        let capacity = workload.classes[0].capacity;
        (simulate(&workload, &Conditions::default(), &Sampling::default(), 1).unwrap(), capacity)
    };
    let floor = Scaling::Floor(Autoscaler::usual(Signal::request_rate(1.0), 1, 50));
    let (_, capacity) = play(vec![1.0; 4], Scaling::Scheduled);
    // As planned: nothing is added, and the same is paid.
    let as_planned: Vec<f64> = planned.iter().map(|n| 0.8 * capacity * f64::from(*n)).collect();
    let (scheduled, _) = play(as_planned.clone(), Scaling::Scheduled);
    let (kept, _) = play(as_planned, floor);
    assert!((scheduled.types[0].paid_hours - kept.types[0].paid_hours).abs() < 0.2);
    // Twice as much: tokens of the plan alone come late, and on top of it replicas are added.
    let twice: Vec<f64> = planned.iter().map(|n| 1.6 * capacity * f64::from(*n)).collect();
    let (alone, _) = play(twice.clone(), Scaling::Scheduled);
    let (caught, _) = play(twice, floor);
    let between_tokens = |replay: &Replay| replay.inter_token_latency_ms.unwrap().mean;
    assert!(between_tokens(&caught) < 0.9 * between_tokens(&alone), "{} {}", between_tokens(&caught), between_tokens(&alone));
    for (hour, planned) in caught.hours.iter().zip(&planned) {
        assert!(hour.replicas + 0.01 >= f64::from(*planned), "hour {}", hour.hour);
    }
    assert!(caught.hours[2].replicas > 5.5, "{:?}", caught.hours[2].replicas);
}

#[test]
fn part_of_an_hour_stands_for_it() {
    let workload = tokens("sampled", vec![4; 8], poisson(6.0, 8));
    let sampling = Sampling { requests_per_hour: Some(3600.0), min_seconds: 300.0 };
    let (whole, part) = (
        simulate(&workload, &Conditions::default(), &Sampling::default(), 1).unwrap(),
        simulate(&workload, &Conditions::default(), &sampling, 1).unwrap(),
    );
    assert!((part.hours[3].seconds_played - 600.0).abs() < 1e-9 && part.requests < whole.requests / 5);
    let (a, b) = (whole.inter_token_latency_ms.unwrap().mean, part.inter_token_latency_ms.unwrap().mean);
    assert!((a / b - 1.0).abs() < 0.02, "{a} {b}");
    assert!((part.types[0].paid_hours - 32.0).abs() < 1e-6);
}

#[test]
fn errors_name_workload_type_and_field() {
    let message =
        |workload: &Workload| simulate(workload, &Conditions::default(), &Sampling::default(), 1).unwrap_err().to_string();
    let mut workload = tokens("wrong", vec![1, 1], poisson(1.0, 3));
    assert_eq!(message(&workload), "workload wrong: demand has 3 values and 2 are needed: one for every hour of the plan");
    workload.traffic = poisson(f64::NAN, 2);
    assert!(message(&workload).starts_with("workload wrong: demand is NaN"));
    workload.traffic = Traffic::Recorded(vec![
        Request { at: 2.0, input_tokens: 1, output_tokens: 1 },
        Request { at: 1.0, input_tokens: 1, output_tokens: 1 },
    ]);
    assert!(message(&workload).contains("request 1 comes 1 s after the start, before the one above it"));
    workload.classes[0].capacity = 0.0;
    assert!(message(&workload).starts_with("workload wrong, type gpu: capacity is 0"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// What comes is served, lost or left over, in whatever world, and Little's law holds.
    #[test]
    fn nothing_is_lost_unseen(
        replicas in prop::collection::vec(0_u32..6, 3), rate in 0.0..8.0_f64, max_queue in 0_u32..50, max_batch in 1_u32..40,
        failures in 0.0..3.0_f64, bursts in 0.0..2.0_f64, exponential in any::<bool>(), prefill in any::<bool>(), seed in any::<u64>(),
    ) {
        let mut workload = tokens("any", replicas, poisson(rate, 3));
        workload.classes[0].max_queue = max_queue;
        let four = ServiceTime::PrefillDecode { alpha: 15.0, beta: 0.4, gamma: 10.0, delta: 0.1 };
        workload.classes[0].service = Service::Tokens { time: if prefill { four } else { LLAMA }, max_batch };
        let spread = if exponential { Spread::Exponential } else { Spread::Fixed };
        workload.traffic = Traffic::Poisson { interval_seconds: 600.0, rates: vec![rate; 18], sizes: Sizes { mean: SIZE, spread } };
        let conditions = Conditions {
            failures_per_hour: failures, spot_interruptions_per_hour: failures, burst_variation: bursts, ..Conditions::default()
        };
        let replay = simulate(&workload, &conditions, &Sampling { requests_per_hour: Some(2000.0), min_seconds: 900.0 }, seed).unwrap();
        prop_assert_eq!(replay.requests, replay.served + replay.lost + replay.unserved);
        prop_assert_eq!(replay.requests, replay.hours.iter().map(|hour| hour.requests).sum::<u64>());
        for hour in &replay.hours {
            prop_assert!(hour.utilisation <= 1.0 + 1e-9 && hour.in_service <= f64::from(max_batch) * 20.0);
            prop_assert!(hour.queue >= 0.0 && hour.replicas >= -1e-9 && hour.capacity >= -1e-9);
        }
        if let (Some(first), Some(response)) = (replay.time_to_first_token_ms, replay.response_ms) {
            prop_assert!(first.mean <= response.mean && first.max <= response.max);
        }
    }
}
