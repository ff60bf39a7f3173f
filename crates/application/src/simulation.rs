//! A plan replayed on the digital twin. Needs no home: everything comes in files.

use std::collections::BTreeMap;
use std::io::Read;

use chrono::{DateTime, Utc};
use farthing_forecast::hour_index;
use farthing_optimizer::replay::{SAMPLING, SEED, UsedType, generated, replay_all, twin_of};
use farthing_optimizer::{FleetProfile, PlanDocument, PlannedWorkload, ServiceProfile, WorkloadProfile, fleet};
use farthing_simulator::RequestSize;
use farthing_simulator::twin::{Autoscaler, Conditions, HOUR, Replay, Sampling, Scaling, Signal, Spread, Traffic, Workload};
use farthing_types::Amount;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Error;
use crate::trace::{Trace, read_trace};

/// Hours of a week.
const WEEK: usize = 168;

/// What is replayed, and how. Texts come with their names, for errors.
pub struct SimulationQuery {
    /// The plan, as `plan fleet --format json` prints it.
    pub plan: (String, String),
    /// The instance that it was solved for, with demand, capacities and prices.
    pub instance: Option<(String, String)>,
    /// The fleet profile: how fast each workload is on each type, and prices.
    pub profile: Option<(String, String)>,
    /// Recorded traffic.
    pub trace: Option<(String, Box<dyn Read + Send>)>,
    /// What everything is drawn from.
    pub seed: u64,
    /// What is assumed.
    pub conditions: Conditions,
    /// How much of each hour is played.
    pub sampling: Sampling,
    /// How generated requests differ in size.
    pub spread: Spread,
    /// An autoscaler, on top of the plan's hours or in their place.
    pub reactive: Option<Reactive>,
    /// Most requests that are played, where there is a limit.
    pub max_requests: Option<f64>,
}

/// An autoscaler. Without the floor it starts from the plan's first hour and knows nothing else of it.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reactive {
    /// What it looks at.
    pub signal: ReactiveSignal,
    /// Requests in the system for each replica, or the share of the capacity within the promise that requests a second take: 1 for all of it.
    pub target: f64,
    /// Most replicas of a type; without it twice the most of the plan.
    #[serde(default)]
    pub max_replicas: Option<u32>,
    /// The plan's hours are the fewest replicas, and the autoscaler goes above them.
    #[serde(default)]
    pub floor: bool,
}

/// What an autoscaler looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReactiveSignal {
    /// Requests in the system.
    InSystem,
    /// Requests a second over the last minute.
    RequestRate,
}

impl Reactive {
    fn scaling(&self, min_replicas: u32, most_planned: u32) -> Scaling {
        let signal = match self.signal {
            ReactiveSignal::InSystem => Signal::InSystem { target: self.target },
            ReactiveSignal::RequestRate => Signal::request_rate(self.target),
        };
        let most = self.max_replicas.unwrap_or(most_planned.saturating_mul(2).max(1));
        match self.floor {
            true => Scaling::Floor(Autoscaler::usual(signal, 0, most)),
            false => Scaling::Reactive(Autoscaler::usual(signal, min_replicas, most)),
        }
    }
}

impl SimulationQuery {
    /// The replay that a plan has before it is published.
    pub fn of(plan: (String, String)) -> Self {
        Self {
            plan,
            instance: None,
            profile: None,
            trace: None,
            seed: SEED,
            conditions: Conditions::default(),
            sampling: SAMPLING,
            spread: Spread::default(),
            reactive: None,
            max_requests: None,
        }
    }
}

/// What a replay found.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Simulation {
    /// True where every workload kept its promise in every hour.
    pub keeps_promises: bool,
    /// Hours of workloads that missed one.
    pub missed_hours: u64,
    /// Everything was drawn from it: the same seed and files give the same answer.
    pub seed: u64,
    /// Hours replayed.
    pub hours: usize,
    /// The first of them, where traffic was recorded.
    pub from: Option<DateTime<Utc>>,
    /// Where traffic came from.
    pub traffic: TrafficSource,
    /// What was assumed.
    pub conditions: Conditions,
    /// How much of each hour was played.
    pub sampling: Sampling,
    /// What the figures rest on, in words.
    pub assumptions: Vec<String>,
    /// Instance hours over all workloads, and what they cost.
    pub types: Vec<SimulatedType>,
    /// The paid hours at on-demand prices, in the currency of the prices; none where a price is not known.
    pub on_demand_cost: Option<Amount>,
    /// By workload, hour by hour.
    pub workloads: Vec<Replay>,
}

/// Where traffic came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrafficSource {
    /// Generated at the plan's or the instance's demand.
    PlannedDemand,
    /// Request by request, as recorded.
    RecordedRequests,
    /// Generated at the rates that were recorded.
    RecordedRates,
}

/// Instance hours of a type.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct SimulatedType {
    /// The type.
    #[serde(rename = "type")]
    pub type_id: String,
    /// As planned.
    pub planned_hours: u64,
    /// As paid: with starts ahead of their hour, requests that finish after it, and what replaces losses. To a millionth.
    pub paid_hours: Amount,
    /// On-demand price of an hour, where known.
    pub price: Option<Amount>,
    /// Paid hours times price.
    pub on_demand_cost: Option<Amount>,
}

/// Replays a plan.
///
/// # Errors
/// When a file is not what it should be, or demand or capacity of a workload is nowhere stated.
pub fn simulate_plan(query: SimulationQuery) -> Result<Simulation, Error> {
    let (name, text) = &query.plan;
    let invalid = |name: &str| {
        let name = name.to_owned();
        move |error: &dyn std::fmt::Display| Error::Invalid(format!("{name}: {error}"))
    };
    let plan = PlanDocument::from_json(text).map_err(|error| invalid(name)(&error))?;
    let instance =
        query.instance.as_ref().map(|(name, text)| fleet::Instance::from_json(text).map_err(|error| invalid(name)(&error)));
    let profile = query.profile.as_ref().map(|(name, text)| FleetProfile::from_toml(text).map_err(|error| invalid(name)(&error)));
    let sources = Sources { instance: instance.transpose()?, profile: profile.transpose()?, plan };
    let trace = query.trace.map(|(name, file)| read_trace(file, &name, &sources.plan)).transpose()?;
    let mut stage =
        Stage { sources: &sources, trace: trace.as_ref(), spread: query.spread, reactive: query.reactive, said: Vec::new() };
    let (from_hour, hours) = stage.hours();
    let workloads = sources.plan.workloads.iter().map(|workload| stage.workload(workload, from_hour, hours));
    let workloads = workloads.collect::<Result<Vec<_>, _>>()?;
    if let Some(most) = query.max_requests {
        check_size(&workloads, &query.conditions, &query.sampling, most)?;
    }
    let replays = replay_all(&workloads, &query.conditions, &query.sampling, query.seed);
    let replays = replays.map_err(|error| Error::Invalid(error.to_string()))?;
    let types = types(&sources, &replays);
    let on_demand_cost =
        types.iter().map(|kind| kind.on_demand_cost).collect::<Option<Vec<_>>>().map(|costs| costs.into_iter().sum());
    let mut assumptions = stage.said;
    assumptions.extend(query.reactive.map(said_of_reactive));
    assumptions.extend(said_of(&query.conditions, &query.sampling, query.spread, trace.as_ref()));
    Ok(Simulation {
        keeps_promises: replays.iter().all(Replay::keeps_its_promise),
        missed_hours: replays.iter().map(|replay| u64::from(replay.missed_hours)).sum(),
        seed: query.seed,
        hours,
        from: trace.as_ref().map(|trace| trace.start),
        traffic: trace.as_ref().map_or(TrafficSource::PlannedDemand, Trace::source),
        conditions: query.conditions,
        sampling: query.sampling,
        assumptions,
        types,
        on_demand_cost,
        workloads: replays,
    })
}

/// The files that describe what is replayed.
struct Sources {
    plan: PlanDocument,
    instance: Option<fleet::Instance>,
    profile: Option<FleetProfile>,
}

impl Sources {
    fn profile_of(&self, id: &str) -> Option<&WorkloadProfile> {
        self.profile.as_ref()?.workloads.iter().find(|workload| workload.id.as_str() == id)
    }

    fn of_instance(&self, id: &str) -> Option<&fleet::Workload> {
        self.instance.as_ref()?.workloads().iter().find(|workload| workload.id == id)
    }

    fn price(&self, type_id: &str) -> Option<Amount> {
        let of_instance =
            || self.instance.as_ref()?.types().iter().find(|kind| kind.id == type_id).map(|kind| kind.on_demand_price);
        let of_profile = || self.profile.as_ref()?.instance_types.iter().find(|kind| kind.id == type_id).map(|kind| kind.price);
        of_instance().or_else(of_profile)
    }

    /// Whether a type is spot capacity, by the instance or the profile.
    fn is_spot(&self, type_id: &str) -> bool {
        let of_instance =
            || self.instance.as_ref()?.types().iter().find(|kind| kind.id == type_id)?.terms.interruption.map(|_| ());
        let of_profile = || self.profile.as_ref()?.instance_types.iter().find(|kind| kind.id == type_id)?.spot.map(|_| ());
        of_instance().or_else(of_profile).is_some()
    }

    /// Requests a second of a replica: the plan's, the instance's, or the profile's measurement.
    fn capacity(&self, workload: &PlannedWorkload, type_id: &str, planned: Option<f64>) -> Option<f64> {
        let of_instance = || {
            let at = self.instance.as_ref()?.types().iter().position(|kind| kind.id == type_id)?;
            self.of_instance(&workload.id)?.capacity[at].map(farthing_optimizer::to_f64)
        };
        let of_profile = || match self.profile_of(&workload.id)?.profiles.get(type_id)? {
            ServiceProfile::Measured(measured) => Some(measured.requests_per_second),
            _ => None,
        };
        planned.or_else(of_instance).or_else(of_profile).filter(|rate| *rate > 0.0)
    }
}

/// What is played, as it is put together.
struct Stage<'a> {
    sources: &'a Sources,
    trace: Option<&'a Trace>,
    spread: Spread,
    reactive: Option<Reactive>,
    said: Vec<String>,
}

impl Stage<'_> {
    /// The first hour of the plan, and how many are played: the plan's, or those of the trace.
    fn hours(&self) -> (usize, usize) {
        let plan = self.sources.plan.hours;
        match self.trace {
            // A week of hours begins on Monday; another plan begins with its trace.
            Some(trace) if plan == WEEK => (hour_index(trace.start).rem_euclid(WEEK as i64) as usize, trace.hours),
            Some(trace) => (0, trace.hours),
            None => (0, plan),
        }
    }

    fn workload(&mut self, workload: &PlannedWorkload, from_hour: usize, hours: usize) -> Result<Workload, Error> {
        let (sources, plan_hours) = (self.sources, self.sources.plan.hours);
        let profile = sources.profile_of(&workload.id);
        let size = self.size(workload, profile);
        let mut used = Vec::new();
        for kind in &workload.types {
            let capacity = sources.capacity(workload, &kind.type_id, kind.rate()).ok_or_else(|| {
                Error::Invalid(format!(
                    "workload {}, type {}: no file says how much a replica serves; give --instance with the capacities or --profile",
                    workload.id, kind.type_id
                ))
            })?;
            let replicas = (0..hours).map(|hour| kind.replicas[(from_hour + hour) % plan_hours]).collect();
            let is_spot = self.sources.is_spot(&kind.type_id);
            used.push(UsedType { type_id: &kind.type_id, capacity, replicas, is_spot });
        }
        let traffic = self.traffic(workload, size, hours)?;
        let fitted = |kind: &str| profile.and_then(|profile| profile.profiles.get(kind)?.fitted()).is_some();
        if !workload.types.iter().all(|kind| fitted(&kind.type_id) && size.is_some()) {
            self.said.push(format!(
                "{}: of types without fitted parameters only the rate is known; an hour is held against that rate, not against latencies.",
                workload.id
            ));
        }
        let promise = if workload.slo == Default::default() { profile.map_or(workload.slo, |p| p.slo) } else { workload.slo };
        let mut twin = twin_of(&workload.id, used.into_iter(), profile, &promise, size, traffic);
        if let Some(reactive) = self.reactive {
            let min_replicas = profile.map_or(1, |profile| profile.min_replicas).max(1);
            let most_planned = workload.types.iter().map(farthing_optimizer::PlannedType::most).max().unwrap_or(1);
            twin.scaling = reactive.scaling(min_replicas, most_planned);
        }
        Ok(twin)
    }

    /// The mean request: of the plan, of the profile, or of the trace.
    fn size(&self, workload: &PlannedWorkload, profile: Option<&WorkloadProfile>) -> Option<RequestSize> {
        let of_trace = self.trace.and_then(|trace| trace.mean_size(&workload.id));
        let input = workload.input_tokens.or_else(|| profile?.input_tokens).or_else(|| of_trace.map(|size| size.input_tokens));
        let output =
            workload.output_tokens.or_else(|| profile?.output_tokens).or_else(|| of_trace.map(|size| size.output_tokens));
        Some(RequestSize { input_tokens: input?, output_tokens: output?.max(1.0) })
    }

    fn traffic(&self, workload: &PlannedWorkload, size: Option<RequestSize>, hours: usize) -> Result<Traffic, Error> {
        if let Some(trace) = self.trace {
            return Ok(trace.traffic(&workload.id, size, self.spread));
        }
        let of_instance = || {
            let demand = &self.sources.of_instance(&workload.id)?.demand;
            Some(demand.iter().map(|demand| farthing_optimizer::to_f64(*demand)).collect::<Vec<_>>())
        };
        let rates = Some(workload.demand.clone()).filter(|demand| !demand.is_empty()).or_else(of_instance).ok_or_else(|| {
            Error::Invalid(format!("workload {}: no file says what it is asked for; give --instance or --trace", workload.id))
        })?;
        if rates.len() != hours {
            return Err(Error::Invalid(format!(
                "workload {}: its demand has {} hours and the plan {hours}; give the instance that the plan was made for",
                workload.id,
                rates.len()
            )));
        }
        Ok(generated(rates, HOUR, size, self.spread))
    }
}

/// Refuses what would be played for too long.
fn check_size(workloads: &[Workload], conditions: &Conditions, sampling: &Sampling, most: f64) -> Result<(), Error> {
    let requests: f64 = workloads.iter().map(|workload| workload.expected_requests(conditions, sampling)).sum();
    if requests <= most {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "about {requests:.0} requests would be played and {most:.0} are allowed here; lower sampling.requests_per_hour and min_seconds, or use the command line"
    )))
}

fn types(sources: &Sources, replays: &[Replay]) -> Vec<SimulatedType> {
    let mut sums: BTreeMap<&str, (u64, f64)> = BTreeMap::new();
    for kind in replays.iter().flat_map(|replay| &replay.types) {
        let sum = sums.entry(&kind.type_id).or_default();
        *sum = (sum.0 + kind.planned_hours, sum.1 + kind.paid_hours);
    }
    let row = |(type_id, (planned_hours, paid)): (&str, (u64, f64))| {
        let paid_hours = Amount::from_atto((paid * 1e6).round() as i128 * 10_i128.pow(12)).unwrap_or_default();
        let price = sources.price(type_id);
        let on_demand_cost = price.and_then(|price| price.checked_mul(paid_hours));
        SimulatedType { type_id: type_id.to_owned(), planned_hours, paid_hours, price, on_demand_cost }
    };
    sums.into_iter().map(row).collect()
}

fn said_of_reactive(reactive: Reactive) -> String {
    let by = match reactive.signal {
        ReactiveSignal::InSystem => format!("{} requests in the system for each replica", reactive.target),
        ReactiveSignal::RequestRate => {
            format!("{} % of the capacity in requests a second of the last minute", 100.0 * reactive.target)
        }
    };
    let how = if reactive.floor { "on top of the plan's hours" } else { "in place of the plan's hours" };
    format!("An autoscaler {how} aims at {by}, looks every 15 s, and takes nothing away that it wanted in the last five minutes.")
}

fn said_of(conditions: &Conditions, sampling: &Sampling, spread: Spread, trace: Option<&Trace>) -> Vec<String> {
    let mut said = vec![format!(
        "Replicas are asked for {:.0} s ahead of their hour and are ready {:.0} s after they are asked for.",
        conditions.lead_seconds,
        conditions.scale_delay_seconds + conditions.cold_start_seconds
    )];
    match trace {
        Some(trace) => said.extend(trace.said()),
        None => said.push(
            match spread {
                Spread::Fixed => "Arrivals are Poisson within the hour, and every request is the mean one.",
                Spread::Exponential => "Arrivals are Poisson within the hour, and sizes of requests are exponential.",
            }
            .to_owned(),
        ),
    }
    if let (Some(requests), true) = (sampling.requests_per_hour, trace.is_none_or(Trace::is_rates)) {
        let seconds = sampling.min_seconds;
        said.push(format!(
            "Of each hour about {requests:.0} requests are played, and at least {seconds:.0} s; they stand for the whole."
        ));
    }
    let tolerance = conditions.tolerance * 100.0;
    said.push(format!("An hour misses a promise where its mean lies more than {tolerance:.0} % above."));
    said
}
