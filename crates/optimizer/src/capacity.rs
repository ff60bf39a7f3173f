//! From a profile and measured demand to the solver's instance.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use farthing_simulator::{RequestSize, ServiceLevel, SizingError, TokenQueue, max_rate_under_slo};
use farthing_solver_models::fleet::{Instance, Workload};
use farthing_types::{Amount, WorkloadId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::PlanError;
use crate::profile::{FleetProfile, ServiceProfile, WorkloadProfile};
use crate::terms;

/// Decimal places of capacities and demands in the instance.
const PLACES: i32 = 9;

/// Demand of a workload as usage shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkloadDemand {
    /// Requests a second for each hour of the week, from Monday 00:00 UTC.
    pub requests_per_second: Vec<f64>,
    /// The same by scenario of the profile, before its factor; empty where all have the one above.
    pub scenarios: Vec<Vec<f64>>,
    /// Mean tokens of a prompt, where measured.
    pub input_tokens: Option<f64>,
    /// Mean tokens of an answer, where measured.
    pub output_tokens: Option<f64>,
    /// Weeks of history behind it.
    pub weeks: usize,
    /// Hours of the week without history, filled by the forecast.
    pub filled_hours: usize,
    /// The newest hour of usage behind it.
    pub until: Option<DateTime<Utc>>,
}

/// A type that a workload could not be planned on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Excluded {
    /// The workload.
    pub workload: WorkloadId,
    /// The type.
    #[serde(rename = "type")]
    pub type_id: String,
    /// Why.
    pub reason: String,
}

/// The instance and what was left out of it.
pub(crate) struct Built {
    pub instance: Instance,
    pub excluded: Vec<Excluded>,
}

/// Builds the instance: capacities from the queueing model or measurement, rounded down; demands rounded up.
pub(crate) fn build(profile: &FleetProfile, demand: &BTreeMap<WorkloadId, WorkloadDemand>) -> Result<Built, PlanError> {
    let types = profile.instance_types.iter().map(|offer| terms::instance_type(profile, offer));
    let (mut workloads, mut excluded, mut hours) = (Vec::new(), Vec::new(), None);
    for workload in &profile.workloads {
        let demand = demand.get(&workload.id).ok_or_else(|| PlanError::NoDemand(workload.id.clone()))?;
        let expected = *hours.get_or_insert(demand.requests_per_second.len());
        for found in std::iter::once(&demand.requests_per_second).chain(&demand.scenarios).map(Vec::len) {
            if found != expected {
                return Err(PlanError::DemandLength { workload: workload.id.clone(), found, expected });
            }
        }
        let capacity = capacities(profile, workload, demand, &mut excluded)?;
        let (id, demand) = (workload.id.to_string(), planned_demand(profile, workload, demand)?);
        let terms = terms::of_workload(profile, workload);
        workloads.push(Workload { id, min_replicas: workload.min_replicas, capacity, demand, terms });
    }
    let slots = terms::slots(profile, hours.unwrap_or(168))?;
    let instance = Instance::with_slots(slots, terms::committed_spend(profile), types.collect(), workloads)?;
    Ok(Built { instance, excluded })
}

/// The demand of every hour, of all scenarios one after the other, with the headroom of the days that matter.
fn planned_demand(profile: &FleetProfile, workload: &WorkloadProfile, demand: &WorkloadDemand) -> Result<Vec<Amount>, PlanError> {
    let week = |values: &[f64], factor: Amount| -> Result<Vec<Amount>, PlanError> {
        let hours = values.iter().enumerate().map(|(hour, value)| {
            let unusable = || PlanError::NotADemand { workload: workload.id.clone(), hour, value: *value };
            on_grid(*value, f64::ceil).and_then(|demand| demand.checked_mul(factor)).ok_or_else(unusable)
        });
        terms::with_headroom(profile, hours.collect::<Result<_, _>>()?)
    };
    if profile.scenarios.is_empty() {
        return week(&demand.requests_per_second, Amount::ONE);
    }
    let of = |at: usize| demand.scenarios.get(at).unwrap_or(&demand.requests_per_second);
    let weeks = profile.scenarios.iter().enumerate().map(|(at, scenario)| week(of(at), scenario.factor));
    Ok(weeks.collect::<Result<Vec<_>, _>>()?.concat())
}

fn capacities(
    profile: &FleetProfile,
    workload: &WorkloadProfile,
    demand: &WorkloadDemand,
    excluded: &mut Vec<Excluded>,
) -> Result<Vec<Option<Amount>>, PlanError> {
    let mut capacity = vec![None; profile.instance_types.len()];
    let mut reasons = Vec::new();
    for (type_id, service) in &workload.profiles {
        let at = profile.type_index(type_id).expect("the profile was checked");
        match rate(workload, demand, type_id, service)? {
            Ok(rate) => capacity[at] = Some(rate),
            Err(reason) => {
                reasons.push(format!("{type_id}: {reason}"));
                excluded.push(Excluded { workload: workload.id.clone(), type_id: type_id.clone(), reason });
            }
        }
    }
    if capacity.iter().all(Option::is_none) {
        let reasons = if reasons.is_empty() { "it has no service profile".to_owned() } else { reasons.join("; ") };
        return Err(PlanError::NoUsableType { workload: workload.id.clone(), reasons });
    }
    Ok(capacity)
}

/// Requests a second that one replica serves within the service level, or why there are none.
fn rate(
    workload: &WorkloadProfile,
    demand: &WorkloadDemand,
    type_id: &str,
    service: &ServiceProfile,
) -> Result<Result<Amount, String>, PlanError> {
    let sizing = |source| PlanError::Sizing { workload: workload.id.clone(), type_id: type_id.to_owned(), source };
    let rate = match (service, service.fitted()) {
        (ServiceProfile::Measured(measured), _) => measured.requests_per_second,
        (ServiceProfile::Queued(queued), _) => {
            let promised = workload.slo.time_to_first_token_ms;
            queued.max_rate(promised).expect("the profile was checked")
        }
        (_, None) => unreachable!("the profile was checked, its measurements among it"),
        (_, Some(fitted)) => {
            let size = request_size(workload, demand)?;
            let queue = TokenQueue::new(fitted.service_time(), size, fitted.batch_for(&size)).map_err(sizing)?;
            let level = ServiceLevel {
                time_to_first_token: workload.slo.time_to_first_token_ms,
                inter_token_latency: workload.slo.inter_token_latency_ms,
            };
            match max_rate_under_slo(&queue, &level) {
                Ok((rate, _)) => rate,
                Err(unattainable @ SizingError::Unattainable { .. }) => return Ok(Err(unattainable.to_string())),
                Err(other) => return Err(sizing(other)),
            }
        }
    };
    let usable = on_grid(rate, f64::floor).filter(|rate| *rate > Amount::ZERO);
    usable.map(Ok).ok_or_else(|| sizing(SizingError::OutOfRange { what: "requests_per_second", value: rate, range: "above 0" }))
}

/// The size of a request: what the profile states, else what was measured.
pub(crate) fn request_size(workload: &WorkloadProfile, demand: &WorkloadDemand) -> Result<RequestSize, PlanError> {
    let tokens = |stated: Option<f64>, measured: Option<f64>| stated.or(measured);
    match (tokens(workload.input_tokens, demand.input_tokens), tokens(workload.output_tokens, demand.output_tokens)) {
        // A mean below one token comes of requests that failed; the model needs one.
        (Some(input_tokens), Some(output)) => Ok(RequestSize { input_tokens, output_tokens: output.max(1.0) }),
        _ => Err(PlanError::NoTokens(workload.id.clone())),
    }
}

/// `value` on a grid of 1e-9, rounded by `round`; `None` for what is no finite number of at least 0 or far too large.
fn on_grid(value: f64, round: fn(f64) -> f64) -> Option<Amount> {
    let count = round(value * 10_f64.powi(PLACES));
    if !(0.0..=1e18).contains(&count) {
        return None;
    }
    Amount::from_atto(count as i128 * 10_i128.pow(18 - PLACES as u32))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn capacity_is_never_rounded_up_and_demand_never_down(value in 0.0..1e6) {
            let down = farthing_solver_models::to_f64(on_grid(value, f64::floor).unwrap());
            let up = farthing_solver_models::to_f64(on_grid(value, f64::ceil).unwrap());
            prop_assert!(down <= value * (1.0 + 1e-15) && up >= value * (1.0 - 1e-15));
            prop_assert!(up - down <= 1.1e-9 + value * 1e-15);
        }
    }

    #[test]
    fn nonsense_is_no_demand() {
        assert_eq!([f64::NAN, -1.0, f64::INFINITY, 1e30].map(|v| on_grid(v, f64::ceil)), [None; 4]);
    }
}
