//! What the fleet profile asks beside promises and quotas, as the solver's instance has it.

use farthing_solver_models::fleet::{InstanceType, Interruption, Slots, Survive, TypeTerms, WorkloadTerms};
use farthing_types::Amount;

use crate::PlanError;
use crate::profile::{FleetProfile, InstanceOffer, WorkloadProfile};
use crate::scenarios;

/// Hours of a day.
const DAY: usize = 24;

fn field(place: &str, message: String) -> PlanError {
    PlanError::Field { place: format!("terms.{place}"), message }
}

/// A type with its prices, its zone and what is committed already.
pub(crate) fn instance_type(profile: &FleetProfile, offer: &InstanceOffer) -> InstanceType {
    let spot = offer.spot.map(|s| Interruption { rate: s.interruption_rate, cost: s.interruption_cost });
    let committed = profile.today.commit.get(&offer.id).filter(|_| profile.terms.keep_commitments);
    InstanceType {
        id: offer.id.clone(),
        on_demand_price: offer.price + spot.map_or(Amount::ZERO, |s| s.expected()),
        commit_price: offer.commit_price,
        plan_rate: offer.plan_rate,
        quota: offer.quota,
        terms: TypeTerms {
            zone: offer.zone.clone(),
            interruption: spot,
            excess_price: offer.excess_price,
            committed: committed.copied().unwrap_or(0),
        },
    }
}

/// The spend commitment that stays.
pub(crate) fn committed_spend(profile: &FleetProfile) -> Amount {
    if profile.terms.keep_commitments { profile.today.spend } else { Amount::ZERO }
}

/// What a workload's plan has to keep.
pub(crate) fn of_workload(profile: &FleetProfile, workload: &WorkloadProfile) -> WorkloadTerms {
    let mut today = vec![0; profile.instance_types.len()];
    for deployment in &workload.today {
        today[profile.type_index(&deployment.type_id).expect("the profile was checked")] += deployment.replicas;
    }
    let survive = profile.terms.survive.iter();
    WorkloadTerms {
        ramp: workload.ramp,
        warm_up: workload.warm_up_hours,
        survive: survive.map(|s| Survive { loss: s.loss, demand: s.demand, replicas: s.replicas }).collect(),
        unserved_price: workload.unserved_price,
        today: if workload.change_price.is_some() { today } else { Vec::new() },
        change_price: workload.change_price,
    }
}

/// The hours in which replicas may change.
pub(crate) fn slots(profile: &FleetProfile, hours: usize) -> Result<Slots, PlanError> {
    let (shifts, listed) = (&profile.terms.shifts, &profile.terms.change_hours);
    if let Some(hour) = shifts.iter().find(|hour| **hour as usize >= DAY) {
        return Err(field("shifts", format!("{hour} is no hour of a day; give 0 to 23")));
    }
    if let Some(hour) = listed.iter().find(|hour| **hour as usize >= hours) {
        return Err(field("change_hours", format!("{hour} is no hour of the {hours} that are planned")));
    }
    if !shifts.is_empty() && !listed.is_empty() {
        return Err(field("shifts", "it does not go together with change_hours; leave out one of them".to_owned()));
    }
    let all = shifts.is_empty() && listed.is_empty();
    let may = |hour: usize| all || shifts.contains(&((hour % DAY) as u32)) || listed.contains(&(hour as u32));
    Ok(Slots::new(hours, scenarios::weighted(profile), &(0..hours).map(may).collect::<Vec<_>>()))
}

/// Demand with the headroom of the days that matter.
pub(crate) fn with_headroom(profile: &FleetProfile, mut demand: Vec<Amount>) -> Result<Vec<Amount>, PlanError> {
    for headroom in &profile.terms.headroom {
        let (from, to) = (headroom.from, headroom.to);
        if from >= to || to > demand.len() || headroom.factor <= Amount::ZERO {
            let message = format!(
                "from {from} to {to} times {} is not possible: 0 ≤ from < to ≤ {}, factor above 0",
                headroom.factor,
                demand.len()
            );
            return Err(field("headroom", message));
        }
        for value in &mut demand[from..to] {
            let raised = value.checked_mul(headroom.factor);
            *value = raised.ok_or_else(|| field("headroom", "the demand becomes larger than an amount can hold".to_owned()))?;
        }
    }
    Ok(demand)
}
