//! The validated instance: what cannot be constructed cannot surprise the solver.

use farthing_types::Amount;

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceType {
    /// Its name, unique in the instance: `g5.xlarge`.
    pub id: String,
    /// On-demand price of an hour.
    pub on_demand_price: Amount,
    /// Price of an hour under a commitment to the instance, paid in every hour whether it is used or not; `None` where none is offered.
    pub commit_price: Option<Amount>,
    /// Price of an hour counted against the spend commitment; `None` where the plan does not apply.
    pub plan_rate: Option<Amount>,
    /// Most instances at the same time; `None` for no limit.
    pub quota: Option<u32>,
}

impl InstanceType {
    /// The quota as a number.
    pub fn limit(&self) -> u32 {
        self.quota.unwrap_or(MAX_QUOTA)
    }
}

/// What has to be served in every hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// Its name, unique in the instance.
    pub id: String,
    /// Fewest replicas, of whatever type, in every hour.
    pub min_replicas: u32,
    /// By index of the type: demand that one replica serves within its service level; `None` where it cannot run there.
    pub capacity: Vec<Option<Amount>>,
    /// Demand by hour, in the unit of the capacities (requests per second).
    pub demand: Vec<Amount>,
}

impl Workload {
    /// The types it can run on: (index, capacity of a replica).
    pub fn usable(&self) -> impl Iterator<Item = (usize, Amount)> + '_ {
        self.capacity.iter().enumerate().filter_map(|(index, capacity)| capacity.map(|c| (index, c)))
    }
}

/// Why an instance cannot be accepted. Each names the place and what to change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InstanceError {
    /// The text is not the JSON of an instance.
    #[error("the instance is not readable: {0}; the format is described in solver-models/src/fleet/MODEL.md")]
    Json(String),
    /// A number cannot be read exactly.
    #[error("{place}: {text} is not a decimal number with at most 18 decimals")]
    NotADecimal {
        /// Type or workload and field.
        place: String,
        /// What stands there.
        text: String,
    },
    /// A number is outside what the model accepts.
    #[error("{place}: {value} is out of range; it must be {range}")]
    OutOfRange {
        /// Type or workload and field.
        place: String,
        /// What stands there.
        value: String,
        /// What is accepted.
        range: String,
    },
    /// Two things have one name.
    #[error("{place}: the name stands twice; give each its own")]
    Duplicate {
        /// The type or workload.
        place: String,
    },
    /// A workload's demand does not have one value an hour.
    #[error("workload {workload}: demand has {found} values and hours is {hours}; give one value for every hour")]
    DemandLength {
        /// The workload.
        workload: String,
        /// Values given.
        found: usize,
        /// Hours of the instance.
        hours: usize,
    },
    /// A workload's capacity names a type that is not there.
    #[error("workload {workload}: capacity names the type {type_id}, which types does not list")]
    UnknownType {
        /// The workload.
        workload: String,
        /// The name.
        type_id: String,
    },
    /// Something this model does not know and must not ignore.
    #[error("{place}: {field} is not supported by this model; leave it out to solve without it")]
    Unsupported {
        /// The workload.
        place: String,
        /// The field.
        field: &'static str,
    },
}

/// A fleet-planning problem; see MODEL.md.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    hours: usize,
    types: Vec<InstanceType>,
    workloads: Vec<Workload>,
}

impl Instance {
    /// Checks and builds an instance; `capacity` of each workload has one entry for every type.
    ///
    /// # Errors
    /// [`InstanceError`], naming the type or workload and the field.
    pub fn new(hours: usize, types: Vec<InstanceType>, workloads: Vec<Workload>) -> Result<Self, InstanceError> {
        in_range("hours", hours, 1, MAX_HOURS)?;
        in_range("number of types", types.len(), 1, MAX_TYPES)?;
        in_range("number of workloads", workloads.len(), 0, MAX_WORKLOADS)?;
        unique("type", types.iter().map(|t| t.id.as_str()))?;
        unique("workload", workloads.iter().map(|w| w.id.as_str()))?;
        types.iter().try_for_each(check_type)?;
        workloads.iter().try_for_each(|w| check_workload(w, hours, types.len()))?;
        Ok(Self { hours, types, workloads })
    }

    /// Number of hours, T.
    pub fn hours(&self) -> usize {
        self.hours
    }

    /// The instance types, i.
    pub fn types(&self) -> &[InstanceType] {
        &self.types
    }

    /// The workloads, w.
    pub fn workloads(&self) -> &[Workload] {
        &self.workloads
    }
}

fn check_type(kind: &InstanceType) -> Result<(), InstanceError> {
    let place = |field: &str| format!("type {}, {field}", kind.id);
    amount_in_range(&place("od_price"), kind.on_demand_price, false)?;
    kind.commit_price.map_or(Ok(()), |price| amount_in_range(&place("commit_price"), price, true))?;
    kind.plan_rate.map_or(Ok(()), |rate| amount_in_range(&place("plan_rate"), rate, true))?;
    in_range(&place("quota"), kind.limit() as usize, 0, MAX_QUOTA as usize)
}

fn check_workload(workload: &Workload, hours: usize, types: usize) -> Result<(), InstanceError> {
    let place = |field: &str| format!("workload {}, {field}", workload.id);
    in_range(&place("min_replicas"), workload.min_replicas as usize, 0, MAX_QUOTA as usize)?;
    in_range(&place("number of capacities"), workload.capacity.len(), types, types)?;
    if workload.demand.len() != hours {
        return Err(InstanceError::DemandLength { workload: workload.id.clone(), found: workload.demand.len(), hours });
    }
    workload.usable().try_for_each(|(_, capacity)| amount_in_range(&place("capacity"), capacity, false))?;
    let mut hours = workload.demand.iter().enumerate();
    hours.try_for_each(|(hour, demand)| amount_in_range(&place(&format!("demand in hour {hour}")), *demand, false))
}

fn amount_in_range(place: &str, value: Amount, positive: bool) -> Result<(), InstanceError> {
    let low_enough = if positive { value > Amount::ZERO } else { value >= Amount::ZERO };
    if low_enough && value <= Amount::from_int(MAX_VALUE) {
        return Ok(());
    }
    let range = if positive { format!("above 0 and at most {MAX_VALUE}") } else { format!("from 0 to {MAX_VALUE}") };
    Err(InstanceError::OutOfRange { place: place.to_owned(), value: value.to_string(), range })
}

fn in_range(place: &str, value: usize, least: usize, most: usize) -> Result<(), InstanceError> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(InstanceError::OutOfRange { place: place.to_owned(), value: value.to_string(), range: format!("from {least} to {most}") })
}

fn unique<'a>(what: &str, ids: impl Iterator<Item = &'a str>) -> Result<(), InstanceError> {
    let mut seen = std::collections::HashSet::new();
    for id in ids {
        if !seen.insert(id) {
            return Err(InstanceError::Duplicate { place: format!("{what} {id}") });
        }
    }
    Ok(())
}
