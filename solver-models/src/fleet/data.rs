//! The validated instance: what cannot be constructed cannot surprise the solver.

use farthing_types::Amount;

use super::terms::{Slots, TypeTerms, WorkloadTerms};
use crate::input::{InputError, Names};

/// Where the format is described.
pub const MANUAL: &str = "solver-models/src/fleet/MODEL.md";
/// Most hours of an instance: a year and a day.
pub const MAX_HOURS: usize = 8_784;
/// Most instance types.
pub const MAX_TYPES: usize = 1_000;
/// Most workloads.
pub const MAX_WORKLOADS: usize = 20_000;
/// Most of one instance type at a time, where no quota says less, and the largest quota.
pub const MAX_QUOTA: u32 = 1_000_000;
/// Largest price, capacity or demand: keeps every product of them within 128 bits.
pub const MAX_VALUE: i64 = 1_000_000_000;

/// What can be rented, by the hour.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InstanceType {
    /// Its name, unique in the instance: `g5.xlarge`.
    pub id: String,
    /// On-demand price of an hour; of a spot type with what its interruptions are expected to cost.
    pub on_demand_price: Amount,
    /// Price of an hour under a commitment to the instance, paid in every hour whether it is used or not; `None` where none is offered.
    pub commit_price: Option<Amount>,
    /// Price of an hour counted against the spend commitment; `None` where the plan does not apply.
    pub plan_rate: Option<Amount>,
    /// Most instances at the same time; `None` for no limit.
    pub quota: Option<u32>,
    /// Zone, interruptions, what is committed already.
    pub terms: TypeTerms,
}

impl InstanceType {
    /// Most instances that a plan may run: the quota as a number, unless more can be had at a price.
    pub fn limit(&self) -> u32 {
        self.quota.filter(|_| self.terms.excess_price.is_none()).unwrap_or(MAX_QUOTA)
    }

    /// The same with so many instances committed already.
    pub fn signed(&self, committed: u32) -> Self {
        let mut signed = self.clone();
        signed.terms.committed = committed;
        signed
    }
}

/// What has to be served in every hour.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workload {
    /// Its name, unique in the instance.
    pub id: String,
    /// Fewest replicas, of whatever type, in every hour.
    pub min_replicas: u32,
    /// By index of the type: demand that one replica serves within its service level; `None` where it cannot run there.
    pub capacity: Vec<Option<Amount>>,
    /// Demand by hour, in the unit of the capacities (requests per second).
    pub demand: Vec<Amount>,
    /// What else its plan has to keep.
    pub terms: WorkloadTerms,
}

impl Workload {
    /// The types it can run on: (index, capacity of a replica).
    pub fn usable(&self) -> impl Iterator<Item = (usize, Amount)> + '_ {
        self.capacity.iter().enumerate().filter_map(|(index, capacity)| capacity.map(|c| (index, c)))
    }
}

/// A fleet-planning problem; see MODEL.md.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    types: Vec<InstanceType>,
    workloads: Vec<Workload>,
    slots: Slots,
    /// The least spend commitment of an hour: what is signed already.
    committed_spend: Amount,
}

impl Instance {
    /// Checks and builds an instance of `hours` hours that each count once; `capacity` of each workload has one entry for every type.
    ///
    /// # Errors
    /// [`InputError`], naming the type or workload and the field.
    pub fn new(hours: usize, types: Vec<InstanceType>, workloads: Vec<Workload>) -> Result<Self, InputError> {
        in_range("hours", hours, 1, MAX_HOURS)?;
        Self::with_slots(Slots::plain(hours), Amount::ZERO, types, workloads)
    }

    /// The same over `slots`, with a spend commitment of at least `committed_spend`.
    ///
    /// # Errors
    /// [`InputError`], naming the type or workload and the field.
    pub fn with_slots(
        slots: Slots,
        committed_spend: Amount,
        types: Vec<InstanceType>,
        workloads: Vec<Workload>,
    ) -> Result<Self, InputError> {
        in_range("hours of all scenarios", slots.len(), 1, MAX_HOURS)?;
        in_range("number of types", types.len(), 1, MAX_TYPES)?;
        in_range("number of workloads", workloads.len(), 0, MAX_WORKLOADS)?;
        Names::new("types", types.iter().map(|t| t.id.as_str()))?;
        Names::new("workloads", workloads.iter().map(|w| w.id.as_str()))?;
        amount_in_range("plan_committed", committed_spend, false)?;
        types.iter().try_for_each(check_type)?;
        workloads.iter().try_for_each(|w| check_workload(w, slots.len(), types.len()))?;
        Ok(Self { types, workloads, slots, committed_spend })
    }

    /// Number of hours that are planned: of all scenarios, one after the other.
    pub fn hours(&self) -> usize {
        self.slots.len()
    }

    /// The instance types, i.
    pub fn types(&self) -> &[InstanceType] {
        &self.types
    }

    /// The workloads, w.
    pub fn workloads(&self) -> &[Workload] {
        &self.workloads
    }

    /// How the planned hours follow one another and what each counts.
    pub fn slots(&self) -> &Slots {
        &self.slots
    }

    /// The least spend commitment of an hour.
    pub fn committed_spend(&self) -> Amount {
        self.committed_spend
    }

    /// The same instance with other types and workloads, checked again.
    ///
    /// # Errors
    /// [`InputError`]
    pub fn changed(&self, change: impl FnOnce(&mut Vec<InstanceType>, &mut Vec<Workload>)) -> Result<Self, InputError> {
        let (mut types, mut workloads) = (self.types.clone(), self.workloads.clone());
        change(&mut types, &mut workloads);
        Self::with_slots(self.slots.clone(), self.committed_spend, types, workloads)
    }
}

fn check_type(kind: &InstanceType) -> Result<(), InputError> {
    let place = |field: &str| format!("type {}, {field}", kind.id);
    let rule = |field: &str, rule: &str| Err(InputError::Rule { place: place(field), rule: rule.to_owned() });
    amount_in_range(&place("od_price"), kind.on_demand_price, false)?;
    kind.commit_price.map_or(Ok(()), |price| amount_in_range(&place("commit_price"), price, true))?;
    kind.plan_rate.map_or(Ok(()), |rate| amount_in_range(&place("plan_rate"), rate, true))?;
    kind.terms.excess_price.map_or(Ok(()), |price| amount_in_range(&place("excess_price"), price, false))?;
    in_range(&place("quota"), kind.quota.unwrap_or(MAX_QUOTA) as usize, 0, MAX_QUOTA as usize)?;
    match &kind.terms {
        terms if terms.interruption.is_some() && (kind.commit_price.is_some() || kind.plan_rate.is_some()) => {
            rule("spot", "spot capacity is neither committed nor under a spend plan; leave out commit_price and plan_rate")
        }
        terms if terms.committed > 0 && kind.commit_price.is_none() => {
            rule("committed", "instances are committed and commit_price is missing; add what one costs an hour")
        }
        terms if terms.committed > kind.limit() => rule("committed", "more instances are committed than the quota allows"),
        _ => Ok(()),
    }
}

fn check_workload(workload: &Workload, hours: usize, types: usize) -> Result<(), InputError> {
    let place = |field: &str| format!("workload {}, {field}", workload.id);
    in_range(&place("min_replicas"), workload.min_replicas as usize, 0, MAX_QUOTA as usize)?;
    in_range(&place("number of capacities"), workload.capacity.len(), types, types)?;
    if workload.demand.len() != hours {
        let (found, why) = (workload.demand.len(), "one for every hour");
        return Err(InputError::Length { place: place("demand"), found, expected: hours, why });
    }
    workload.usable().try_for_each(|(_, capacity)| amount_in_range(&place("capacity"), capacity, false))?;
    let mut hours = workload.demand.iter().enumerate();
    hours.try_for_each(|(hour, demand)| amount_in_range(&place(&format!("demand in hour {hour}")), *demand, false))?;
    let prices = [("unserved_price", workload.terms.unserved_price), ("change_price", workload.terms.change_price)];
    prices.iter().try_for_each(|(field, price)| price.map_or(Ok(()), |p| amount_in_range(&place(field), p, false)))?;
    let today = &workload.terms.today;
    in_range(&place("number of types today"), today.len(), if today.is_empty() { 0 } else { types }, types)
}

fn amount_in_range(place: &str, value: Amount, positive: bool) -> Result<(), InputError> {
    let low_enough = if positive { value > Amount::ZERO } else { value >= Amount::ZERO };
    if low_enough && value <= Amount::from_int(MAX_VALUE) {
        return Ok(());
    }
    let range = if positive { format!("above 0 and at most {MAX_VALUE}") } else { format!("from 0 to {MAX_VALUE}") };
    Err(InputError::OutOfRange { place: place.to_owned(), value: value.to_string(), range })
}

fn in_range(place: &str, value: usize, least: usize, most: usize) -> Result<(), InputError> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(InputError::OutOfRange { place: place.to_owned(), value: value.to_string(), range: format!("from {least} to {most}") })
}
