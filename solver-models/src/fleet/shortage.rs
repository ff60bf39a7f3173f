//! Why an instance cannot be met, in its own words: hour by hour, the least that would have to change.
//!
//! Commitments and prices never make an instance infeasible, and the hours share nothing else, so each hour is asked alone.
//! Two small programs answer: the fewest instances by which quotas would have to be raised, and the least that stays
//! unserved where they are not.

use std::time::Duration;

use highs::{Col, RowProblem, Sense};
use serde::Serialize;
use utoipa::ToSchema;

use super::SolveError;
use super::data::{Instance, Workload};
use super::monolith::{Found, read_status, run};
use crate::number::to_f64;
use crate::program;

/// Hours that are explained in full; what is missing is usually missing in every busy hour.
const MAX_SHORTAGES: usize = 24;
const TIME_PER_HOUR: Duration = Duration::from_secs(5);

/// What is missing in one hour.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Shortage {
    /// The hour, from 0.
    pub hour: usize,
    /// Raising these quotas by these numbers, together, is the least that makes the hour feasible.
    pub quotas: Vec<MissingQuota>,
    /// If the quotas stay, these workloads go short, in total by the least that is possible.
    pub workloads: Vec<MissingCapacity>,
}

/// A quota that is too small.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MissingQuota {
    /// The type.
    #[serde(rename = "type")]
    pub type_id: String,
    /// What it is.
    pub quota: u32,
    /// By how many instances it is too small.
    pub missing: u32,
}

/// A workload that cannot be served in full.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct MissingCapacity {
    /// The workload.
    pub workload: String,
    /// What it asks in this hour.
    pub demand: f64,
    /// Demand that stays unserved.
    pub missing: f64,
    /// Replicas below its minimum.
    pub missing_replicas: u32,
}

impl std::fmt::Display for Shortage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "hour {}:", self.hour)?;
        for short in &self.workloads {
            if short.missing > 0.0 {
                write!(f, " workload {} lacks capacity for {} of {};", short.workload, short.missing, short.demand)?;
            }
            if short.missing_replicas > 0 {
                write!(f, " workload {} lacks {} replicas;", short.workload, short.missing_replicas)?;
            }
        }
        let raise: Vec<String> = self.quotas.iter().map(|q| format!("{} from {} by {}", q.type_id, q.quota, q.missing)).collect();
        match raise.as_slice() {
            [] => f.write_str(" no quota helps: give the workload a type it can run on"),
            list => write!(f, " raising the quota of {} is the least that helps", list.join(" and ")),
        }
    }
}

/// The hours that cannot be met, whatever else is asked, and what each lacks, earliest first; empty when every hour can be met.
///
/// # Errors
/// When the solver fails or takes longer than a few seconds for an hour.
pub(super) fn explain(instance: &Instance) -> Result<Vec<Shortage>, SolveError> {
    explain_hours(instance, 0..instance.hours())
}

pub(super) fn explain_hours(instance: &Instance, hours: std::ops::Range<usize>) -> Result<Vec<Shortage>, SolveError> {
    let mut shortages = Vec::new();
    for hour in hours {
        shortages.extend(explain_hour(instance, hour)?);
        if shortages.len() == MAX_SHORTAGES {
            break;
        }
    }
    Ok(shortages)
}

/// What is missing in `hour`, or `None` when it can be met.
fn explain_hour(instance: &Instance, hour: usize) -> Result<Option<Shortage>, SolveError> {
    let raised = Elastic::new(instance, hour, 1.0, QUOTAS_STAY).solve()?;
    let types = instance.types().iter().zip(&raised.excess).filter(|(_, missing)| **missing > 0);
    let missing = |(kind, missing): (&super::InstanceType, &u32)| MissingQuota {
        type_id: kind.id.clone(),
        quota: kind.limit(),
        missing: *missing,
    };
    let quotas: Vec<MissingQuota> = types.map(missing).collect();
    if quotas.is_empty() && raised.unserved.iter().all(|(demand, replicas)| *demand == 0.0 && *replicas == 0) {
        return Ok(None);
    }
    let short = Elastic::new(instance, hour, QUOTAS_STAY, 1.0).solve()?;
    let workloads = instance.workloads().iter().zip(&short.unserved).filter(|(_, (d, r))| *d > 0.0 || *r > 0);
    let workloads = workloads.map(|(w, &(missing, missing_replicas))| {
        let demand = due(w, hour);
        MissingCapacity { workload: w.id.clone(), demand, missing, missing_replicas }
    });
    Ok(Some(Shortage { hour, quotas, workloads: workloads.collect() }))
}

/// Demand that must be served, whatever it costs.
fn due(workload: &Workload, hour: usize) -> f64 {
    if workload.terms.unserved_price.is_some() { 0.0 } else { to_f64(workload.demand[hour]) }
}

/// Weight of what should not give way in one of the two programs: far above what the other side can add up to.
const QUOTAS_STAY: f64 = 1e6;

/// One hour with slack: min Σ_i raise·e\[i\] + Σ_w short·(m\[w\] ÷ demand + r\[w\])
struct Elastic {
    problem: RowProblem,
    excess: Vec<Col>,
    unserved: Vec<(Col, Col)>,
    demand: Vec<f64>,
}

struct Slack {
    excess: Vec<u32>,
    unserved: Vec<(f64, u32)>,
}

impl Elastic {
    fn new(instance: &Instance, hour: usize, raise: f64, short: f64) -> Self {
        let mut problem = RowProblem::default();
        let excess: Vec<Col> = instance.types().iter().map(|_| problem.add_integer_column(raise, 0..)).collect();
        let mut used: Vec<Vec<(Col, f64)>> = excess.iter().map(|e| vec![(*e, -1.0)]).collect();
        let mut unserved = Vec::new();
        let demand: Vec<f64> = instance.workloads().iter().map(|w| due(w, hour)).collect();
        for (workload, &demand) in instance.workloads().iter().zip(&demand) {
            // Missing demand is counted as a share, so that one workload's unit does not outweigh another's.
            let columns = (problem.add_column(short / demand.max(1e-9), 0.0..=demand), problem.add_integer_column(short, 0..));
            let (mut served, mut running) = (vec![(columns.0, 1.0)], vec![(columns.1, 1.0)]);
            for (i, capacity) in workload.usable() {
                let replicas = problem.add_integer_column(0.0, 0..);
                served.push((replicas, to_f64(capacity)));
                running.push((replicas, 1.0));
                used[i].push((replicas, 1.0));
            }
            problem.add_row(demand.., served);
            problem.add_row(f64::from(workload.min_replicas).., running);
            unserved.push(columns);
        }
        for (kind, used) in instance.types().iter().zip(used) {
            problem.add_row(..=f64::from(kind.limit()), used);
        }
        Self { problem, excess, unserved, demand }
    }

    fn solve(self) -> Result<Slack, SolveError> {
        let model = self.problem.try_optimise(Sense::Minimise).map_err(|s| SolveError::Solver(format!("{s:?}")))?;
        let solved = run(model, &program::Limits { time_limit: TIME_PER_HOUR, ..program::Limits::default() })?;
        let Found::Plan { .. } = read_status(&solved)? else {
            return Err(SolveError::Solver("the search for what is missing ended without an answer".to_owned()));
        };
        let solution = solved.get_solution();
        let whole = |column: Col| solution[column].round().max(0.0) as u32;
        // A share below the solver's tolerance is noise.
        let served = |(column, demand): (Col, f64)| {
            let missing = solution[column];
            if missing <= 1e-6 * demand.max(1.0) { 0.0 } else { (missing * 1e6).round() / 1e6 }
        };
        let unserved = self.unserved.iter().zip(&self.demand).map(|((m, r), d)| (served((*m, *d)), whole(*r))).collect();
        Ok(Slack { excess: self.excess.iter().map(|e| whole(*e)).collect(), unserved })
    }
}
