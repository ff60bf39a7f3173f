//! What runs today: its exact price, and what it cannot serve.

use farthing_solver_models::fleet::{Instance, Plan, Priced, price_as_is};
use farthing_solver_models::to_f64;
use farthing_types::{Amount, WorkloadId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::PlanError;
use crate::profile::FleetProfile;

/// Hours in which today's deployment falls short of its promise.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TodayShortfall {
    /// The workload.
    pub workload: WorkloadId,
    /// Hours of the week in which demand exceeds what the replicas serve within the service level.
    pub hours: usize,
    /// The worst of them, from Monday 00:00 UTC.
    pub worst_hour: usize,
    /// Demand then, in requests a second.
    pub demand: f64,
    /// What the replicas serve within the service level.
    pub capacity: f64,
}

/// Today's deployment as a plan; `None` where the profile states none.
pub(crate) fn deployment(profile: &FleetProfile, instance: &Instance) -> Option<Plan> {
    if profile.workloads.iter().all(|w| w.today.is_empty()) {
        return None;
    }
    let index = |id: &str| profile.type_index(id).expect("the profile was checked");
    let mut plan = Plan::empty(instance);
    for (replicas, workload) in plan.replicas.iter_mut().zip(&profile.workloads) {
        for deployment in &workload.today {
            let hours = replicas.entry(index(&deployment.type_id)).or_insert_with(|| vec![0; instance.hours()]);
            hours.iter_mut().for_each(|n| *n = n.saturating_add(deployment.replicas));
        }
    }
    for (id, count) in &profile.today.commit {
        plan.commit[index(id)] = *count;
    }
    plan.spend = profile.today.spend;
    Some(plan)
}

/// The exact price of today's deployment.
pub(crate) fn price(instance: &Instance, plan: &Plan) -> Result<Priced, PlanError> {
    price_as_is(instance, plan)
        .map_err(|broken| PlanError::Today(broken.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")))
}

/// What today's deployment cannot serve within its service levels. A type that cannot keep a promise at all serves nothing.
pub(crate) fn shortfalls(profile: &FleetProfile, instance: &Instance, plan: &Plan) -> Vec<TodayShortfall> {
    let rows = profile.workloads.iter().zip(instance.workloads()).zip(&plan.replicas);
    rows.filter_map(|((profile, workload), replicas)| {
        let first = |i: &usize, hours: &Vec<u32>| workload.capacity[*i].unwrap_or_default().atto() * i128::from(hours[0]);
        let capacity = Amount::from_atto(replicas.iter().map(|(i, hours)| first(i, hours)).sum())?;
        let short = workload.demand.iter().enumerate().filter(|(_, demand)| **demand > capacity);
        let (worst_hour, worst) = short.clone().max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(&a.0)))?;
        let (hours, demand, capacity) = (short.count(), to_f64(*worst), to_f64(capacity));
        Some(TodayShortfall { workload: profile.id.clone(), hours, worst_hour, demand, capacity })
    })
    .collect()
}
