//! Scenarios of demand: commitments are made before it shows which one comes, replicas after.

use std::collections::BTreeSet;

use farthing_solver_models::fleet::{Instance, Plan, Slots};
use farthing_types::Amount;
use serde::{Deserialize, Serialize};

use crate::PlanError;
use crate::profile::FleetProfile;

/// How the demand of a typical week is read from usage; what is left out is the forecast's own default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemandOptions {
    /// Share of the measured weeks whose demand is covered, from 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantile: Option<f64>,
    /// Factor on top, at least 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headroom: Option<f64>,
}

impl DemandOptions {
    /// True where nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A way that demand may go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemandScenario {
    /// Its name.
    pub name: String,
    /// How likely it is; those of all scenarios sum to 1.
    pub probability: Amount,
    /// Share of the measured weeks whose demand it covers; that of `demand` where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantile: Option<f64>,
    /// What its demand is multiplied by.
    #[serde(default = "unchanged")]
    pub factor: Amount,
}

const fn unchanged() -> Amount {
    Amount::ONE
}

/// Refuses scenarios that make no sense.
pub(crate) fn check(profile: &FleetProfile) -> Result<(), PlanError> {
    let field = |place: String, message: &str| Err(PlanError::Field { place, message: message.to_owned() });
    let share = |quantile: Option<f64>| quantile.is_none_or(|q| (0.0..=1.0).contains(&q));
    if !share(profile.demand.quantile) {
        return field("demand.quantile".to_owned(), "it must be from 0 to 1");
    }
    if profile.demand.headroom.is_some_and(|h| !(1.0..=100.0).contains(&h)) {
        return field("demand.headroom".to_owned(), "it must be from 1 to 100");
    }
    let mut names = BTreeSet::new();
    for scenario in &profile.scenarios {
        let place = |of: &str| format!("scenario {:?}, {of}", scenario.name);
        if !names.insert(&scenario.name) {
            return field(place("name"), "it stands twice; give each scenario a name of its own");
        }
        if !share(scenario.quantile) {
            return field(place("quantile"), "it must be from 0 to 1");
        }
        if scenario.factor <= Amount::ZERO {
            return field(place("factor"), "it must be above 0");
        }
        if scenario.probability <= Amount::ZERO {
            return field(place("probability"), "it must be above 0; leave out what cannot happen");
        }
    }
    let sum: Amount = profile.scenarios.iter().map(|scenario| scenario.probability).sum();
    if !profile.scenarios.is_empty() && sum != Amount::ONE {
        return field("scenarios".to_owned(), &format!("the probabilities sum to {sum}; make them sum to 1 exactly"));
    }
    Ok(())
}

/// Names and probabilities for the slots of the instance.
pub(crate) fn weighted(profile: &FleetProfile) -> Vec<(String, Amount)> {
    profile.scenarios.iter().map(|scenario| (scenario.name.clone(), scenario.probability)).collect()
}

/// The most likely scenario (the first of several), whose replicas are shown and exported.
pub(crate) fn most_likely(profile: &FleetProfile) -> Option<usize> {
    let likely = profile.scenarios.iter().map(|scenario| scenario.probability).max()?;
    profile.scenarios.iter().position(|scenario| scenario.probability == likely)
}

/// Instance and plan of the most likely scenario alone: what is said hour by hour is said of it.
pub(crate) fn shown(profile: &FleetProfile, instance: &Instance, plan: &Plan) -> Result<(Instance, Plan), PlanError> {
    let Some(scenario) = most_likely(profile) else { return Ok((instance.clone(), plan.clone())) };
    let hours = instance.slots().paid_hours() as usize;
    let range = scenario * hours..(scenario + 1) * hours;
    let free: Vec<bool> = range.clone().map(|hour| instance.slots().may_change(hour)).collect();
    let mut workloads = instance.workloads().to_vec();
    workloads.iter_mut().for_each(|workload| workload.demand = workload.demand[range.clone()].to_vec());
    let slots = Slots::new(hours, Vec::new(), &free);
    let alone = Instance::with_slots(slots, instance.committed_spend(), instance.types().to_vec(), workloads)?;
    let mut plan = plan.clone();
    for types in &mut plan.replicas {
        types.values_mut().for_each(|counts| *counts = counts[range.clone()].to_vec());
        types.retain(|_, counts| counts.iter().any(|n| *n > 0));
    }
    Ok((alone, plan))
}

/// What a plan for several scenarios has to say of itself.
pub(crate) fn assumption(profile: &FleetProfile) -> Option<String> {
    let shown = &profile.scenarios[most_likely(profile)?].name;
    let all: Vec<String> = profile.scenarios.iter().map(|s| format!("{} ({})", s.name, s.probability)).collect();
    Some(format!(
        "Commitments are made before it shows which demand comes: {}. Costs are means over them; replicas by hour are those of {shown}, the most likely one, and the plan file has those of each.",
        all.join(", ")
    ))
}
