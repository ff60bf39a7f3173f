//! The plan on the digital twin, before anybody is told to apply it.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use farthing_simulator::twin::{
    Autoscaler, HOUR, Miss, Replay, ReplicaClass, Scaling, ScenarioError, Service, Signal, Sizes, Spread, Traffic, Workload,
};
use farthing_simulator::{Conditions, RequestSize, Sampling, ServiceLevel, Summary, simulate};
use farthing_solver_models::fleet::{self, Instance, Limits, Outcome, Plan, Progress};
use farthing_solver_models::to_f64;
use farthing_types::{Amount, WorkloadId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::PlanError;
use crate::capacity::{WorkloadDemand, request_size};
use crate::profile::{FleetProfile, ServiceProfile, ServicePromise, WorkloadProfile};

/// The seed of replays that nobody gave another for.
pub const SEED: u64 = 1;
/// Times that a plan is made again with more headroom where its replay missed.
const ROUNDS: u32 = 3;
/// What the demand of a missed hour is multiplied by, each time.
const HEADROOM: (i64, i64) = (108, 100);

/// Share of the capacity within the promise that the autoscaler on top of a plan aims at: it acts where more comes than was planned for.
pub const REACTIVE_TARGET: f64 = 1.0;

/// How a plan is meant to be run, and how it is replayed before it is told: its replicas by hour as the floor, and an autoscaler
/// by request rate on top, up to `most` replicas of a type.
pub fn recommended(most: u32) -> Scaling {
    Scaling::Floor(Autoscaler::usual(Signal::request_rate(REACTIVE_TARGET), 0, most))
}

/// Most replicas of a type for one workload: what the quota leaves beside the plan's own peak, else twice the workload's peak.
pub fn ceiling(most: u32, peak_of_type: u64, quota: Option<u32>) -> u32 {
    match quota {
        Some(quota) => most.saturating_add(quota.saturating_sub(u32::try_from(peak_of_type).unwrap_or(u32::MAX))),
        None => most.saturating_mul(2).max(1),
    }
}

/// How much of each hour is played before a plan is published: some two thousand requests, and at least ten minutes.
pub const SAMPLING: Sampling = Sampling { requests_per_hour: Some(2000.0), min_seconds: 600.0 };

/// What the replay of a plan found.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ReplayEvidence {
    /// True where every workload kept its promise in every hour.
    pub keeps_promises: bool,
    /// Everything was drawn from it.
    pub seed: u64,
    /// What was assumed.
    pub conditions: Conditions,
    /// How much of each hour was played.
    pub sampling: Sampling,
    /// Headroom that was added because a replay of an earlier plan missed.
    pub raised: Vec<Raised>,
    /// By workload.
    pub workloads: Vec<ReplayedWorkload>,
}

/// Demand that was planned higher than forecast, so that the replay keeps the promise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Raised {
    /// The workload.
    pub workload: String,
    /// Hours of the week in which it was raised.
    pub hours: Vec<usize>,
    /// Times that the plan was made again.
    pub rounds: u32,
}

/// What the replay found of a workload.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ReplayedWorkload {
    /// The workload.
    pub workload: String,
    /// Requests played.
    pub requests: u64,
    /// Hours that missed a promise.
    pub missed_hours: u32,
    /// The first of them, and what it missed.
    pub first_miss: Option<MissedHour>,
    /// Share of the served requests with a latency above what is promised as a mean.
    pub late_share: f64,
    /// Replica time with at least one request ÷ replica time.
    pub utilisation: f64,
    /// Time to first token; none where only a rate is known of every type.
    pub time_to_first_token_ms: Option<Summary>,
    /// Mean time between the tokens of a request.
    pub inter_token_latency_ms: Option<Summary>,
}

/// An hour that missed.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct MissedHour {
    /// The hour of the plan.
    pub hour: u32,
    /// What it missed.
    pub misses: Vec<Miss>,
}

impl ReplayedWorkload {
    fn of(replay: &Replay) -> Self {
        let first = replay.hours.iter().find(|hour| !hour.misses.is_empty());
        Self {
            workload: replay.workload.clone(),
            requests: replay.requests,
            missed_hours: replay.missed_hours,
            first_miss: first.map(|hour| MissedHour { hour: hour.hour, misses: hour.misses.clone() }),
            late_share: if replay.served > 0 { replay.late as f64 / replay.served as f64 } else { 0.0 },
            utilisation: replay.utilisation,
            time_to_first_token_ms: replay.time_to_first_token_ms,
            inter_token_latency_ms: replay.inter_token_latency_ms,
        }
    }
}

/// Plans until the replay keeps every promise, at most [`ROUNDS`] times again: hours that missed are planned with 8 % more each
/// time. Traffic stays as forecast. The last plan is returned with what its replay found; an infeasible one has none.
pub(crate) fn solve_and_replay(
    profile: &FleetProfile,
    demand: &BTreeMap<WorkloadId, WorkloadDemand>,
    instance: &Instance,
    limits: &Limits,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<(Outcome, Option<ReplayEvidence>), PlanError> {
    let mut outcome = fleet::solve(instance, limits, progress)?;
    let mut raised: BTreeMap<usize, BTreeMap<usize, u32>> = BTreeMap::new();
    loop {
        let Some(plan) = &outcome.plan else { return Ok((outcome, None)) };
        let replays = replay_plan(profile, demand, instance, plan)?;
        let rounds = raised.values().flat_map(BTreeMap::values).copied().max().unwrap_or(0);
        let missed = replays.iter().enumerate().filter(|(_, replay)| !replay.keeps_its_promise());
        let missed: Vec<usize> = missed.map(|(index, _)| index).collect();
        let evidence = evidence(instance, &replays, &raised);
        if missed.is_empty() || rounds == ROUNDS {
            return Ok((outcome, Some(evidence)));
        }
        for index in missed {
            for hour in replays[index].hours.iter().filter(|hour| !hour.misses.is_empty()) {
                *raised.entry(index).or_default().entry(hour.hour as usize).or_default() += 1;
            }
        }
        let Some(higher) = with_headroom(instance, &raised) else { return Ok((outcome, Some(evidence))) };
        let next = fleet::solve(&higher, limits, progress)?;
        if next.plan.is_none() {
            // What would help does not fit the quotas: the plan before it stands, with its miss.
            return Ok((outcome, Some(evidence)));
        }
        outcome = next;
    }
}

/// The instance with the demand of some hours raised so many times.
fn with_headroom(instance: &Instance, raised: &BTreeMap<usize, BTreeMap<usize, u32>>) -> Option<Instance> {
    let mut workloads = instance.workloads().to_vec();
    for (index, hours) in raised {
        for (hour, rounds) in hours {
            for _ in 0..*rounds {
                let demand = &mut workloads[*index].demand[*hour];
                *demand = demand.mul_div(Amount::from_int(HEADROOM.0), Amount::from_int(HEADROOM.1))?;
            }
        }
    }
    instance.changed(|_, planned| *planned = workloads).ok()
}

fn evidence(instance: &Instance, replays: &[Replay], raised: &BTreeMap<usize, BTreeMap<usize, u32>>) -> ReplayEvidence {
    let raised = raised.iter().map(|(index, hours)| Raised {
        workload: instance.workloads()[*index].id.clone(),
        hours: hours.keys().copied().collect(),
        rounds: hours.values().copied().max().unwrap_or(0),
    });
    ReplayEvidence {
        keeps_promises: replays.iter().all(Replay::keeps_its_promise),
        seed: SEED,
        conditions: Conditions::default(),
        sampling: SAMPLING,
        raised: raised.collect(),
        workloads: replays.iter().map(ReplayedWorkload::of).collect(),
    }
}

/// Plays every workload at its planned demand, on as many threads as there are processors.
fn replay_plan(
    profile: &FleetProfile,
    demand: &BTreeMap<WorkloadId, WorkloadDemand>,
    instance: &Instance,
    plan: &Plan,
) -> Result<Vec<Replay>, PlanError> {
    let mut played = Vec::new();
    let peaks: Vec<u64> = plan.usage(instance).into_iter().map(|hours| hours.into_iter().max().unwrap_or(0).into()).collect();
    for ((workload, data), replicas) in profile.workloads.iter().zip(instance.workloads()).zip(&plan.replicas) {
        let size = demand.get(&workload.id).and_then(|demand| request_size(workload, demand).ok());
        let used = replicas.iter().map(|(index, hours)| UsedType {
            type_id: &instance.types()[*index].id,
            capacity: to_f64(data.capacity[*index].unwrap_or_default()),
            replicas: hours.clone(),
            is_spot: instance.types()[*index].terms.interruption.is_some(),
        });
        let rates = data.demand.iter().map(|demand| to_f64(*demand)).collect();
        let traffic = generated(rates, HOUR, size, Spread::Fixed);
        let mut twin = twin_of(workload.id.as_str(), used, Some(workload), &workload.slo, size, traffic);
        let most = replicas.iter().map(|(index, hours)| {
            let most = hours.iter().copied().max().unwrap_or(0);
            ceiling(most, peaks[*index], instance.types()[*index].quota)
        });
        twin.scaling = recommended(most.max().unwrap_or(1));
        played.push(twin);
    }
    replay_all(&played, &Conditions::default(), &SAMPLING, SEED).map_err(PlanError::Replay)
}

/// Replicas of one type, for the twin.
pub struct UsedType<'a> {
    /// The type.
    pub type_id: &'a str,
    /// Requests a second of a replica within the promise.
    pub capacity: f64,
    /// By hour.
    pub replicas: Vec<u32>,
    /// Whether it is spot capacity, which the conditions of a replay may take away.
    pub is_spot: bool,
}

/// Generated traffic. Sizes do not matter where only rates are known of every type.
pub fn generated(rates: Vec<f64>, interval_seconds: f64, size: Option<RequestSize>, spread: Spread) -> Traffic {
    let mean = size.unwrap_or(RequestSize { input_tokens: 1.0, output_tokens: 1.0 });
    Traffic::Poisson { interval_seconds, rates, sizes: Sizes { mean, spread } }
}

/// A workload of a plan as the twin plays it. Types that `profile` has fitted parameters of generate tokens; of the others only
/// the rate is known.
pub fn twin_of<'a>(
    id: &str,
    types: impl Iterator<Item = UsedType<'a>>,
    profile: Option<&WorkloadProfile>,
    promise: &ServicePromise,
    size: Option<RequestSize>,
    traffic: Traffic,
) -> Workload {
    let class = |used: UsedType<'_>| {
        let fitted = profile.and_then(|profile| profile.profiles.get(used.type_id)?.fitted());
        let queued = profile.and_then(|profile| match profile.profiles.get(used.type_id) {
            Some(ServiceProfile::Queued(queued)) => Some(*queued),
            _ => None,
        });
        if let Some(queued) = queued {
            // Servers of a replica are played as so many replicas behind the same queue.
            let service = Service::Single { mean_seconds: queued.service_seconds, squared_variation: queued.squared_variation };
            let replicas = used.replicas.iter().map(|n| n.saturating_mul(queued.servers)).collect();
            let (type_id, capacity) = (used.type_id.to_owned(), used.capacity / f64::from(queued.servers));
            return ReplicaClass { type_id, service, capacity, max_queue: u32::MAX, replicas, is_spot: used.is_spot };
        }
        let fitted = fitted.zip(size).map(|(fitted, size)| (fitted, fitted.batch_for(&size)));
        let (service, max_queue) = match fitted {
            Some((fitted, max_batch)) => {
                let queue = max_batch.saturating_mul(farthing_simulator::token_queue::QUEUE_PER_BATCH);
                (Service::Tokens { time: fitted.service_time(), max_batch }, queue)
            }
            None => (Service::Single { mean_seconds: 1.0 / used.capacity, squared_variation: 0.0 }, u32::MAX),
        };
        let (type_id, capacity, is_spot) = (used.type_id.to_owned(), used.capacity, used.is_spot);
        ReplicaClass { type_id, service, capacity, max_queue, replicas: used.replicas, is_spot }
    };
    Workload {
        id: id.to_owned(),
        classes: types.map(class).collect(),
        traffic,
        promise: ServiceLevel {
            time_to_first_token: promise.time_to_first_token_ms,
            inter_token_latency: promise.inter_token_latency_ms,
        },
        scaling: Scaling::Scheduled,
    }
}

/// Plays workloads side by side; the result does not depend on how many threads there are.
///
/// # Errors
/// The first workload's, in their order, that cannot be played.
pub fn replay_all(
    workloads: &[Workload],
    conditions: &Conditions,
    sampling: &Sampling,
    seed: u64,
) -> Result<Vec<Replay>, ScenarioError> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(workloads.len().max(1));
    let next = std::sync::atomic::AtomicUsize::new(0);
    let turn = || next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let work = || {
        let mut done = Vec::new();
        let mut at = turn();
        while at < workloads.len() {
            done.push((at, simulate(&workloads[at], conditions, sampling, seed)));
            at = turn();
        }
        done
    };
    let mut replays: Vec<(usize, Result<Replay, ScenarioError>)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a replay does not panic")).collect()
    });
    replays.sort_by_key(|(at, _)| *at);
    replays.into_iter().map(|(_, replay)| replay).collect()
}
