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
use crate::report::{Commitment, FleetPlan, Purchase, TypeMix, TypePurchase, WorkloadPlan};
use crate::today;

/// Plans the fleet of `profile` for the weekly `demand` of its workloads.
///
/// `progress` may stop the search; the best plan so far is returned then. Demand of workloads that the profile does not list is
/// left alone and said in the assumptions.
///
/// # Errors
/// [`PlanError`], naming the workload, type and field. An infeasible plan is an answer: its status says so.
pub fn plan_fleet(
    profile: &FleetProfile,
    demand: &BTreeMap<WorkloadId, WorkloadDemand>,
    limits: &Limits,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<FleetPlan, PlanError> {
    let built = build(profile, demand)?;
    let deployed = today::deployment(profile, &built.instance);
    let now = deployed.as_ref().map(|plan| today::price(&built.instance, plan)).transpose()?;
    let (outcome, replay) = solve_and_replay(profile, demand, &built.instance, limits, progress)?;
    // The solver verified its plan; it is verified again here, because this is where its price becomes money.
    let planned = outcome.plan.as_ref().map(|plan| verified(&built.instance, plan)).transpose()?;
    let money = |amount: Amount| Money::new(amount, profile.currency);
    let (cost_now, cost_planned) = (now.map(|p| p.total), planned.as_ref().map(|p| p.total));
    let saved = cost_now.zip(cost_planned).and_then(|(now, planned)| now.checked_sub(planned));
    let share = cost_now.zip(saved).filter(|(now, _)| !now.is_zero()).map(|(now, saved)| to_f64(saved) / to_f64(now));
    let plan = outcome.plan.as_ref();
    Ok(FleetPlan {
        status: outcome.status,
        objective: cost_planned.map(money),
        bound: outcome.bound,
        gap: outcome.gap,
        seconds: outcome.seconds,
        currency: profile.currency,
        hours: built.instance.hours(),
        cost_now: cost_now.map(money),
        cost_planned: cost_planned.map(money),
        saved: saved.map(money),
        saved_share: share,
        purchase: planned.as_ref().map(|p| Purchase {
            commitments: money(p.commitments),
            spend: money(p.spend),
            on_demand: money(p.on_demand),
        }),
        workloads: plan.map_or_else(Vec::new, |plan| workload_rows(profile, demand, &built.instance, plan)),
        commitments: plan.zip(planned.as_ref()).map_or_else(Vec::new, |(plan, p)| commitments(profile, &built.instance, plan, p)),
        types: plan.zip(planned.as_ref()).map_or_else(Vec::new, |(plan, p)| type_rows(&built.instance, plan, p)),
        today_shortfalls: deployed.map_or_else(Vec::new, |plan| today::shortfalls(profile, &built.instance, &plan)),
        assumptions: assumptions(profile, demand, &outcome, replay.as_ref()),
        recommended: replay.as_ref().is_some_and(|replay| replay.keeps_promises),
        replay,
        input_hash: input_hash(profile, &built.instance, limits),
        excluded: built.excluded,
        shortages: outcome.shortages.clone(),
        model: fleet::MODEL,
        solver: fleet::SOLVER,
        plan: outcome,
    })
}

fn verified(instance: &Instance, plan: &Plan) -> Result<Priced, PlanError> {
    fleet::verify(instance, plan).map_err(|broken| {
        let first = broken.first().cloned().expect("a refusal names a violation");
        PlanError::Solve(fleet::SolveError::Refused { count: broken.len(), first })
    })
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
    let fitted = |w: &WorkloadProfile| w.profiles.values().any(|p| !matches!(p, ServiceProfile::Measured(_)));
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
    if outcome.status == fleet::Status::TimeLimit {
        said.push("The search stopped before its gap was reached: more time may find a cheaper plan.".to_owned());
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
