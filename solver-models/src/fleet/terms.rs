//! What an instance may ask beyond demand, quotas and prices: scenarios, hours in which nothing changes, risks, ramps, soft limits.

use std::collections::BTreeSet;

use farthing_types::Amount;
use serde::{Deserialize, Serialize};

use super::data::{InstanceType, Workload};

/// What is known of an instance type beyond its prices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypeTerms {
    /// Where it runs; a type without a zone is lost with none.
    pub zone: Option<String>,
    /// Spot capacity: how often it is taken away and what that costs.
    pub interruption: Option<Interruption>,
    /// Price of an instance hour above the quota; `None` where the quota cannot be passed.
    pub excess_price: Option<Amount>,
    /// Instances that are committed already and stay paid.
    pub committed: u32,
}

/// Interruptions of spot capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interruption {
    /// Probability that an instance is taken away within an hour.
    pub rate: Amount,
    /// What one interruption costs: work lost, a replacement started.
    pub cost: Amount,
}

impl Interruption {
    /// Expected cost of an instance hour.
    pub fn expected(&self) -> Amount {
        self.rate.checked_mul(self.cost).expect("a share of an amount fits")
    }
}

/// What the plan of a workload has to keep.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkloadTerms {
    /// Most replicas that start or stop from one hour to the next.
    pub ramp: Option<u32>,
    /// Hours that a replica runs before it serves.
    pub warm_up: u32,
    /// What is left after each of these losses.
    pub survive: Vec<Survive>,
    /// Price of a unit of demand that is not served for an hour; `None` where all of it must be.
    pub unserved_price: Option<Amount>,
    /// By type: replicas in today's plan; empty where there is none.
    pub today: Vec<u32>,
    /// Price of an hour of every replica more or less than today's.
    pub change_price: Option<Amount>,
}

impl WorkloadTerms {
    /// True where an hour's replicas depend on those of other hours.
    pub fn links_hours(&self) -> bool {
        self.ramp.is_some() || self.warm_up > 0
    }
}

/// What must still run after a loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Survive {
    /// What is lost.
    pub loss: Loss,
    /// Share of the demand that what is left serves.
    pub demand: Amount,
    /// Replicas that are left.
    pub replicas: u32,
}

/// What can be lost at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// Any one zone.
    Zone,
    /// All spot capacity at once.
    Spot,
    /// Any one type of spot capacity.
    SpotType,
}

impl Loss {
    /// The name in the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Zone => "zone",
            Self::Spot => "spot",
            Self::SpotType => "spot_type",
        }
    }

    /// Everything that can be lost in this way: what it is called, and the types that go together.
    pub fn cases(self, types: &[InstanceType]) -> Vec<(String, Vec<usize>)> {
        let spot = |i: &usize| types[*i].terms.interruption.is_some();
        let all = 0..types.len();
        match self {
            Self::Zone => {
                let zones: BTreeSet<&String> = types.iter().filter_map(|t| t.terms.zone.as_ref()).collect();
                let of = |zone: &String| all.clone().filter(|i| types[*i].terms.zone.as_ref() == Some(zone)).collect();
                zones.into_iter().map(|zone| (format!("zone {zone}"), of(zone))).collect()
            }
            Self::Spot => vec![("all spot capacity".to_owned(), all.filter(spot).collect())],
            Self::SpotType => all.filter(spot).map(|i| (format!("spot type {}", types[i].id), vec![i])).collect(),
        }
    }
}

impl Workload {
    /// Demand that must still be served after a loss: its share, rounded half to even at 1e-18.
    pub fn kept_demand(&self, survive: &Survive, hour: usize) -> Amount {
        self.demand[hour].checked_mul(survive.demand).expect("a share of an amount fits")
    }

    /// True where nothing but demand and the fewest replicas is asked of its plan.
    pub fn is_plain(&self) -> bool {
        let terms = &self.terms;
        !terms.links_hours() && terms.survive.is_empty() && terms.unserved_price.is_none() && terms.change_price.is_none()
    }
}

/// The hours that are planned: those of every scenario, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slots {
    /// What each hour counts: the probability of its scenario, times the hours it stands for.
    weight: Vec<Amount>,
    /// Whether replicas may differ from those of the hour before. The first hour of a scenario has none before it.
    free: Vec<bool>,
    /// The first hour of every scenario.
    starts: Vec<usize>,
    /// Hours that a commitment is paid for, T.
    paid_hours: u32,
    /// Names and probabilities of the scenarios; empty where there is one.
    scenarios: Vec<(String, Amount)>,
}

impl Slots {
    /// So many hours of one scenario, each counting once.
    pub fn plain(hours: usize) -> Self {
        let paid_hours = u32::try_from(hours).unwrap_or(u32::MAX);
        Self { weight: vec![Amount::ONE; hours], free: vec![true; hours], starts: vec![0], paid_hours, scenarios: Vec::new() }
    }

    /// `hours` hours in each of these scenarios; `free` says by hour whether replicas may change.
    pub fn new(hours: usize, scenarios: Vec<(String, Amount)>, free: &[bool]) -> Self {
        if scenarios.is_empty() {
            return Self { free: free.to_vec(), ..Self::plain(hours) };
        }
        let weight = scenarios.iter().flat_map(|(_, probability)| vec![*probability; hours]).collect();
        let starts = (0..scenarios.len()).map(|k| k * hours).collect();
        let free = free.repeat(scenarios.len());
        Self { weight, free, starts, paid_hours: u32::try_from(hours).unwrap_or(u32::MAX), scenarios }
    }

    /// Number of planned hours.
    pub fn len(&self) -> usize {
        self.weight.len()
    }

    /// True where nothing is planned.
    pub fn is_empty(&self) -> bool {
        self.weight.is_empty()
    }

    /// What an hour counts in the cost.
    pub fn weight(&self, hour: usize) -> Amount {
        self.weight[hour]
    }

    /// Hours that a commitment is paid for.
    pub fn paid_hours(&self) -> u32 {
        self.paid_hours
    }

    /// Names and probabilities of the scenarios; empty where there is one.
    pub fn scenarios(&self) -> &[(String, Amount)] {
        &self.scenarios
    }

    /// The hour before `hour` in its scenario.
    pub fn before(&self, hour: usize) -> Option<usize> {
        (!self.starts.contains(&hour)).then(|| hour - 1)
    }

    /// Whether the replicas of `hour` may differ from those of the hour before.
    pub fn may_change(&self, hour: usize) -> bool {
        self.free[hour] || self.before(hour).is_none()
    }

    /// True where replicas may change in every hour.
    pub fn all_free(&self) -> bool {
        (0..self.len()).all(|hour| self.may_change(hour))
    }

    /// True where every hour counts once, in one scenario.
    pub fn is_plain(&self) -> bool {
        self.starts.len() == 1 && self.weight.iter().all(|w| *w == Amount::ONE)
    }

    /// The runs of hours in which nothing changes.
    pub fn blocks(&self) -> Vec<std::ops::Range<usize>> {
        let mut firsts: Vec<usize> = (0..self.len()).filter(|hour| self.may_change(*hour)).collect();
        firsts.push(self.len());
        firsts.windows(2).map(|pair| pair[0]..pair[1]).collect()
    }

    /// One slot for every block: it counts what its hours count together.
    pub fn merged(&self) -> Self {
        let blocks = self.blocks();
        let weight = blocks.iter().map(|block| block.clone().map(|hour| self.weight[hour]).sum()).collect();
        let starts = self.starts.iter().filter_map(|start| blocks.iter().position(|b| b.start == *start)).collect();
        let (paid_hours, scenarios) = (self.paid_hours, self.scenarios.clone());
        Self { weight, free: vec![true; blocks.len()], starts, paid_hours, scenarios }
    }
}
