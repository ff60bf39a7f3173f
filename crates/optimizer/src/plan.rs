//! Demand and profile in, verified and priced plan out.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use farthing_solver_models::fleet::{self, Instance, Limits, Outcome, Plan, Priced, Progress};
use farthing_solver_models::to_f64;
use farthing_types::{Amount, Currency, Money, WorkloadId};
use sha2::{Digest, Sha256};

use crate::PlanError;
use crate::capacity::{WorkloadDemand, build, request_size};
use crate::profile::{FleetProfile, ServiceProfile, WorkloadProfile};
use crate::replay::{ReplayEvidence, solve_and_replay};
use crate::report::{Commitment, FleetPlan, PromisePoint, Purchase, TypeMix, TypePurchase, WorkloadPlan};
use crate::{scenarios, today};

/// Plans the fleet of `profile` for the weekly `demand` of its workloads.
///
/// `explain` asks for what binds, what other limits and choices cost, and how far the choice stands: many shorter solves.
/// `progress` may stop the search; the best plan so far is returned then. Demand of workloads that the profile does not list is
/// left alone and said in the assumptions.
///
/// # Errors
/// [`PlanError`], naming the workload, type and field. An infeasible plan is an answer: its status says so.
pub fn plan_fleet(
    profile: &FleetProfile,
    demand: &BTreeMap<WorkloadId, WorkloadDemand>,
    limits: &Limits,
    explain: bool,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<FleetPlan, PlanError> {
    let built = build(profile, demand)?;
    let deployed = today::deployment(profile, &built.instance);
    let now = deployed.as_ref().map(|plan| today::price(&built.instance, plan)).transpose()?;
    let (mut outcome, replay) = solve_and_replay(profile, demand, &built.instance, limits, progress)?;
    let promise_curve = if explain {
        outcome.explanation = fleet::explain(&built.instance, &outcome, limits, progress)?.map(Box::new);
        promise_curve(profile, demand, limits)?
    } else {
        Vec::new()
    };
    // The solver verified its plan; it is verified again here, because this is where its price becomes money.
    let planned = outcome.plan.as_ref().map(|plan| verified(&built.instance, plan)).transpose()?;
    let money = |amount: Amount| Money::new(amount, profile.currency);
    let (cost_now, cost_planned) = (now.map(|p| p.total), planned.as_ref().map(|p| p.total));
    let saved = cost_now.zip(cost_planned).and_then(|(now, planned)| now.checked_sub(planned));
    let share = cost_now.zip(saved).filter(|(now, _)| !now.is_zero()).map(|(now, saved)| to_f64(saved) / to_f64(now));
    // What is said hour by hour is said of the most likely scenario; costs are those of all.
    let shown = outcome.plan.as_ref().map(|plan| scenarios::shown(profile, &built.instance, plan)).transpose()?;
    let shown = shown.map(|(instance, plan)| price_as_is(&instance, &plan).map(|priced| (instance, plan, priced))).transpose()?;
    let (shown, deployed) = (shown.as_ref(), deployed.map(|plan| scenarios::shown(profile, &built.instance, &plan)).transpose()?);
    Ok(FleetPlan {
        status: outcome.status,
        objective: cost_planned.map(money),
        bound: outcome.bound,
        gap: outcome.gap,
        seconds: outcome.seconds,
        currency: profile.currency,
        hours: built.instance.slots().paid_hours() as usize,
        cost_now: cost_now.map(money),
        cost_planned: cost_planned.map(money),
        saved: saved.map(money),
        saved_share: share,
        purchase: planned.as_ref().map(|p| Purchase {
            commitments: money(p.commitments),
            spend: money(p.spend),
            on_demand: money(p.on_demand),
            penalties: money(p.penalties),
        }),
        workloads: shown.map_or_else(Vec::new, |(instance, plan, _)| workload_rows(profile, demand, instance, plan)),
        commitments: shown.map_or_else(Vec::new, |(instance, plan, priced)| commitments(profile, instance, plan, priced)),
        types: shown.map_or_else(Vec::new, |(instance, plan, priced)| type_rows(instance, plan, priced)),
        today_shortfalls: deployed.map_or_else(Vec::new, |(instance, plan)| today::shortfalls(profile, &instance, &plan)),
        assumptions: assumptions(profile, demand, &outcome, replay.as_ref()),
        recommended: replay.as_ref().is_some_and(|replay| replay.keeps_promises),
        replay,
        promise_curve,
        input_hash: input_hash(profile, &built.instance, limits),
        excluded: built.excluded,
        shortages: outcome.shortages.clone(),
        model: fleet::MODEL,
        solver: fleet::SOLVER,
        plan: outcome,
    })
}

/// What the promised latencies are multiplied by.
const PROMISES: [f64; 4] = [0.8, 0.9, 1.1, 1.25];
/// Share of the time limit for each of them.
const PROMISE_SHARE: f64 = 0.05;
/// Rounds of search for each of them.
const PROMISE_ROUNDS: u32 = 3;

/// The cost of the service level: the least cost where every promised latency is another. None where nothing is promised.
fn promise_curve(
    profile: &FleetProfile,
    demand: &BTreeMap<WorkloadId, WorkloadDemand>,
    limits: &Limits,
) -> Result<Vec<PromisePoint>, PlanError> {
    let rounds = if limits.rounds > 0 { PROMISE_ROUNDS } else { 0 };
    let limits = Limits { time_limit: limits.time_limit.mul_f64(PROMISE_SHARE), gap: limits.gap, rounds };
    let promises = |w: &WorkloadProfile| w.slo.time_to_first_token_ms.is_some() || w.slo.inter_token_latency_ms.is_some();
    let mut points = Vec::new();
    for factor in PROMISES.into_iter().filter(|_| profile.workloads.iter().any(promises)) {
        let mut other = profile.clone();
        for latency in
            other.workloads.iter_mut().flat_map(|w| [&mut w.slo.time_to_first_token_ms, &mut w.slo.inter_token_latency_ms])
        {
            *latency = latency.map(|ms| ms * factor);
        }
        let nothing = |reason| PromisePoint { factor, cost: None, gap: None, reason: Some(reason) };
        points.push(match build(&other, demand) {
            Err(unattainable @ PlanError::NoUsableType { .. }) => nothing(unattainable.to_string()),
            Err(error) => return Err(error),
            Ok(built) => match fleet::solve(&built.instance, &limits, &mut |_| ControlFlow::Continue(())) {
                Err(fleet::SolveError::OutOfTime(_)) => continue,
                Err(error) => return Err(error.into()),
                Ok(outcome) => {
                    let cost = outcome.objective.map(|cost| Money::new(cost, profile.currency));
                    PromisePoint { factor, cost, gap: outcome.gap, reason: outcome.reasons().into_iter().next() }
                }
            },
        });
    }
    Ok(points)
}

fn verified(instance: &Instance, plan: &Plan) -> Result<Priced, PlanError> {
    fleet::verify(instance, plan).map_err(refused)
}

/// The plan for one scenario: it was verified with all of them, and what it is short of by itself is no part of that.
fn price_as_is(instance: &Instance, plan: &Plan) -> Result<Priced, PlanError> {
    fleet::price_as_is(instance, plan).map_err(refused)
}

fn refused(broken: Vec<fleet::Violation>) -> PlanError {
    let first = broken.first().cloned().expect("a refusal names a violation");
    PlanError::Solve(fleet::SolveError::Refused { count: broken.len(), first })
}

fn workload_rows(
    profile: &FleetProfile,
    demand: &BTreeMap<WorkloadId, WorkloadDemand>,
    instance: &Instance,
    plan: &Plan,
) -> Vec<WorkloadPlan> {
    let rows = profile.workloads.iter().enumerate().map(|(index, workload)| {
        let size = demand.get(&workload.id).and_then(|demand| request_size(workload, demand).ok());
        WorkloadPlan {
            input_tokens: size.map(|size| size.input_tokens),
            output_tokens: size.map(|size| size.output_tokens),
            ..workload_row(profile, workload, instance, plan, index)
        }
    });
    rows.collect()
}

fn workload_row(
    profile: &FleetProfile,
    workload: &WorkloadProfile,
    instance: &Instance,
    plan: &Plan,
    index: usize,
) -> WorkloadPlan {
    let (data, replicas) = (&instance.workloads()[index], &plan.replicas[index]);
    let capacity = |i: usize| data.capacity[i].unwrap_or_default();
    let mut types: Vec<TypeMix> = replicas
        .iter()
        .map(|(&i, hours)| TypeMix {
            type_id: instance.types()[i].id.clone(),
            replica_hours: hours.iter().map(|n| u64::from(*n)).sum(),
            min_replicas: hours.iter().copied().min().unwrap_or(0),
            max_replicas: hours.iter().copied().max().unwrap_or(0),
            capacity: capacity(i),
            replicas: hours.clone(),
        })
        .collect();
    types.sort_by(|a, b| b.replica_hours.cmp(&a.replica_hours).then(a.type_id.cmp(&b.type_id)));
    let total = |hour: usize| replicas.values().map(|hours| hours[hour]).sum::<u32>();
    let served = |hour: usize| replicas.iter().map(|(i, hours)| to_f64(capacity(*i)) * f64::from(hours[hour])).sum::<f64>();
    let asked = |hour: usize| to_f64(data.demand[hour]);
    let used = |hour: usize| if asked(hour) > 0.0 { asked(hour) / served(hour) } else { 0.0 };
    let hours = || 0..instance.hours();
    let value = replicas.iter().map(|(i, hours)| {
        let count = hours.iter().map(|n| i64::from(*n)).sum::<i64>();
        instance.types()[*i].on_demand_price.checked_mul(Amount::from_int(count)).unwrap_or_default()
    });
    WorkloadPlan {
        workload: workload.id.clone(),
        model: workload.model.clone(),
        unit: workload.unit.clone(),
        slo: workload.slo,
        min_replicas: hours().map(total).min().unwrap_or(0),
        max_replicas: hours().map(total).max().unwrap_or(0),
        peak_demand: hours().map(asked).fold(0.0, f64::max),
        peak_utilisation: hours().map(used).fold(0.0, f64::max),
        demand: hours().map(asked).collect(),
        input_tokens: None,
        output_tokens: None,
        today: workload.today.clone(),
        on_demand_value: Money::new(value.sum(), profile.currency),
        types,
    }
}

fn commitments(profile: &FleetProfile, instance: &Instance, plan: &Plan, priced: &Priced) -> Vec<Commitment> {
    let currency: Currency = profile.currency;
    let money = |amount| Money::new(amount, currency);
    let over = |price: Amount, count: u32| {
        let hours = i64::try_from(instance.hours()).unwrap_or(0) * i64::from(count);
        money(price.checked_mul(Amount::from_int(hours)).expect("the verifier priced it"))
    };
    let mut list = Vec::new();
    for ((kind, &count), hours) in instance.types().iter().zip(&plan.commit).zip(&priced.types) {
        if let (Some(price), 1..) = (kind.commit_price, count) {
            let (type_id, cost) = (kind.id.clone(), over(price, count));
            list.push(Commitment::Instances { type_id, count, hourly_price: money(price), cost, idle_hours: hours.idle });
        }
    }
    if !plan.spend.is_zero() {
        list.push(Commitment::Spend { hourly: money(plan.spend), cost: over(plan.spend, 1) });
    }
    list
}

fn type_rows(instance: &Instance, plan: &Plan, priced: &Priced) -> Vec<TypePurchase> {
    let usage = plan.usage(instance);
    let rows = instance.types().iter().zip(&priced.types).zip(usage);
    let rows = rows.map(|((kind, hours), usage)| TypePurchase {
        type_id: kind.id.clone(),
        used_hours: hours.used,
        peak: usage.into_iter().max().unwrap_or(0),
        quota: kind.quota,
        committed_hours: hours.committed,
        planned_hours: hours.planned,
        on_demand_hours: hours.on_demand,
    });
    rows.filter(|row| row.used_hours > 0 || row.committed_hours > 0).collect()
}

fn assumptions(
    profile: &FleetProfile,
    demand: &BTreeMap<WorkloadId, WorkloadDemand>,
    outcome: &Outcome,
    replay: Option<&ReplayEvidence>,
) -> Vec<String> {
    let mut said = vec![
        "Every week is like the one planned; arrivals within an hour are Poisson and the hour is in steady state.".to_owned(),
    ];
    said.extend(scenarios::assumption(profile));
    let fitted = |w: &WorkloadProfile| w.profiles.values().any(|p| p.fitted().is_some());
    let queued = |w: &WorkloadProfile| w.profiles.values().any(|p| matches!(p, ServiceProfile::Queued(_)));
    if profile.workloads.iter().any(queued) {
        said.push(
            "Capacity of whole requests is that of a queue with several servers, by Allen and Cunneen; waits are means."
                .to_owned(),
        );
    }
    if profile.workloads.iter().any(fitted) {
        said.push(
            "Capacity under a service level is that of the state-dependent M/M/1/K token queue; latencies are means.".to_owned(),
        );
    }
    for workload in &profile.workloads {
        let Some(measured) = demand.get(&workload.id) else { continue };
        let until = measured.until.map_or(String::new(), |until| format!(", the newest of {}", until.format("%Y-%m-%dT%H:%MZ")));
        said.push(format!("{}: demand from {} weeks of usage{until}.", workload.id, measured.weeks));
        for (type_id, calibration) in workload.profiles.iter().filter_map(|(id, p)| Some((id, p.calibration()?.ok()?))) {
            said.push(format!(
                "{} on {type_id}: parameters fitted to {} measured latencies, {:.1} % off on the average and {:.1} % at worst.",
                workload.id,
                calibration.measurements,
                100.0 * calibration.mean_relative_error,
                100.0 * calibration.worst_relative_error
            ));
        }
        if measured.filled_hours > 0 {
            said.push(format!("{}: {} hours of the week have no usage and were filled.", workload.id, measured.filled_hours));
        }
        if workload.slo.time_to_first_token_ms.is_none() && workload.slo.inter_token_latency_ms.is_none() {
            said.push(format!(
                "{}: no service level is stated; capacity is the greatest stable rate or the measured one.",
                workload.id
            ));
        }
    }
    let unknown: Vec<&str> =
        demand.keys().filter(|id| !profile.workloads.iter().any(|w| w.id == **id)).map(WorkloadId::as_str).collect();
    if !unknown.is_empty() {
        said.push(format!("Usage without a place in the fleet profile was not planned: {}.", unknown.join(", ")));
    }
    for raised in replay.iter().flat_map(|replay| &replay.raised) {
        said.push(format!(
            "{}: {} hours of the week were planned with more than their demand, because the replay of an earlier plan missed the promise in them.",
            raised.workload,
            raised.hours.len()
        ));
    }
    match outcome.status {
        fleet::Status::TimeLimit => said.push(
            "The search stopped by the clock before its gap was reached: more time, or another machine, may find another plan.".to_owned(),
        ),
        fleet::Status::WorkLimit => said.push(
            "The search did all the work it was allowed before its gap was reached: the same input gives this plan again, more rounds may find a cheaper one."
                .to_owned(),
        ),
        fleet::Status::Optimal | fleet::Status::GapLimit | fleet::Status::Infeasible => {}
    }
    said
}

/// SHA-256 over the profile, the instance and the gap asked for, each in canonical JSON, and the model's version.
fn input_hash(profile: &FleetProfile, instance: &Instance, limits: &Limits) -> String {
    let mut hash = Sha256::new();
    hash.update(fleet::MODEL);
    for part in [serde_json::to_vec(profile), serde_json::to_vec(instance), serde_json::to_vec(&limits.gap)] {
        let part = part.expect("plain data serialises");
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
