//! **Storage**: in which class every dataset lies in every month, and the S3 lifecycle that does it.
//!
//! `MODEL.md` beside this file states the model.

mod data;
mod formulation;
mod lifecycle;
mod tariff;
#[cfg(test)]
mod tests;
mod verify;

use std::time::Instant;

use farthing_types::Amount;
use serde::Serialize;
use utoipa::ToSchema;

pub use data::{Class, Dataset, Instance, MANUAL, MAX_MONTHS, MAX_STAYS, Tier, Volume};
pub use lifecycle::{Expiration, Filter, Lifecycle, LifecycleError, Rule, Transition, WATERFALL, lifecycle};
pub use verify::{Priced, Schedule, verify};

use crate::number::to_f64;
use crate::program::{Answer, Limits, Program, ProgramError, Relaxation, Status};
use crate::proof::Proof;

/// Name and version of the model, for the record of what made a plan.
pub const MODEL: &str = "storage/1";

/// The answer to an instance.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = StoragePlan)]
pub struct Outcome {
    /// Status, exact objective, bound and gap.
    #[serde(flatten)]
    pub proof: Proof,
    /// By dataset.
    pub datasets: Vec<DatasetPlan>,
    /// S3's document, where every dataset that moves has a prefix and the classes are S3's.
    pub lifecycle: Option<Lifecycle>,
    /// Why there is no such document.
    pub lifecycle_refused: Vec<String>,
}

/// What becomes of a dataset.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DatasetPlan {
    /// The dataset.
    pub dataset: String,
    /// Its way through the classes.
    pub stays: Vec<Stay>,
    /// The month in which it is deleted; `null` where it is still kept at the end of the horizon.
    pub deleted: Option<u32>,
    /// What it costs as planned.
    pub planned: Priced,
    /// What it costs if it stays in its class until it may first be deleted; `null` where it may not stay there.
    pub today: Option<Amount>,
}

/// Time in a class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = StorageStay)]
pub struct Stay {
    /// The class.
    pub class: String,
    /// First month.
    pub from: u32,
    /// First month in which it is elsewhere.
    pub until: u32,
}

/// The program of an instance as a whole, for other solvers.
pub fn program(instance: &Instance) -> Program {
    formulation::formulate(instance, 0..instance.datasets.len()).program
}

/// Solves `instance`: the schedule comes back verified and priced exactly.
///
/// # Errors
/// [`ProgramError`]; an infeasible instance is an [`Outcome`] that says what to relax.
pub fn solve(instance: &Instance, limits: &Limits) -> Result<Outcome, ProgramError> {
    let start = Instant::now();
    let conflicts = conflicts(instance);
    if !conflicts.is_empty() {
        return Ok(infeasible(conflicts, start));
    }
    let coupled = instance.classes.iter().any(Class::is_shared);
    let all = instance.datasets.len();
    let size = if coupled { all.max(1) } else { 1 };
    let parts = (0..all).step_by(size).map(|first| first..first + size);
    let (mut schedules, mut bound, mut status) = (Vec::new(), 0.0, Status::Optimal);
    for part in parts {
        let formulation = formulation::formulate(instance, part.clone());
        let rest = limits.rest(start).ok_or(ProgramError::OutOfTime(limits.time_limit))?;
        let solved = match formulation.program.solve(&rest)? {
            Answer::Solved(solved) => solved,
            _ => return Ok(infeasible(formulation.program.least_relaxation(limits)?.unwrap_or_default(), start)),
        };
        bound += solved.bound;
        if solved.status != Status::Optimal {
            status = solved.status;
        }
        for dataset in part {
            let taken = formulation.stays.iter().filter(|s| s.dataset == dataset && solved.chosen(s.column));
            let mut stays: Vec<_> = taken.map(|s| (s.class, s.from, s.until)).collect();
            stays.sort_by_key(|(_, from, _)| *from);
            schedules.push(Schedule { stays });
        }
    }
    finish(instance, &schedules, bound, status, limits, start)
}

fn finish(
    instance: &Instance,
    schedules: &[Schedule],
    bound: f64,
    status: Status,
    limits: &Limits,
    start: Instant,
) -> Result<Outcome, ProgramError> {
    let priced = verify(instance, schedules).map_err(|broken| ProgramError::Refused(broken.join("; ")))?;
    let total: Amount = priced.iter().map(|p| p.total).sum();
    let (document, refused) = match lifecycle(instance, schedules) {
        Ok(document) => (Some(document), Vec::new()),
        Err(broken) => (None, broken.iter().map(ToString::to_string).collect()),
    };
    let planned = priced.into_iter().zip(verify::today(instance));
    let datasets = instance.datasets.iter().zip(schedules).zip(planned).map(|((dataset, schedule), (planned, today))| {
        let stays = schedule.stays.iter();
        let stays = stays.map(|&(class, from, until)| Stay { class: instance.classes[class].id.clone(), from, until });
        let kept = schedule.end() == instance.months && dataset.delete_by_months.is_none_or(|by| by > instance.months);
        DatasetPlan {
            dataset: dataset.id.clone(),
            stays: stays.collect(),
            deleted: (!kept).then(|| schedule.end()),
            planned,
            today,
        }
    });
    let proof = Proof::of(total, bound, status, limits.gap, start);
    Ok(Outcome { proof, datasets: datasets.collect(), lifecycle: document, lifecycle_refused: refused })
}

fn infeasible(relaxations: Vec<Relaxation>, start: Instant) -> Outcome {
    let proof = Proof::none(Status::Infeasible, relaxations, start);
    Outcome { proof, datasets: Vec::new(), lifecycle: None, lifecycle_refused: Vec::new() }
}

/// Rules of one dataset that cannot hold together, with the least that would have to give way.
fn conflicts(instance: &Instance) -> Vec<Relaxation> {
    let mut found = Vec::new();
    for dataset in &instance.datasets {
        let of = |what: &str| format!("{what} of {}", dataset.id);
        let least = dataset.least_months();
        if let Some(by) = dataset.delete_by_months.filter(|by| *by < least) {
            let why = if dataset.legal_hold_months > dataset.keep_months { "under legal hold" } else { "to be kept" };
            let constraint = of(&format!("delete_by_months (the data is {why} until then)"));
            let (limit, needed) = (f64::from(by), f64::from(least));
            found.push(Relaxation { constraint, limit, needed, unit: "months".to_owned() });
        }
        let reachable = || instance.classes[dataset.class..].iter();
        if !reachable().any(|c| dataset.may_use(c)) {
            let zones = reachable().map(|c| c.zones).max().unwrap_or(0);
            if zones < dataset.least_zones {
                let (limit, needed) = (f64::from(dataset.least_zones), f64::from(zones));
                found.push(Relaxation { constraint: of("least_zones"), limit, needed, unit: "zones".to_owned() });
            }
            let fast = reachable().filter(|c| c.zones >= dataset.least_zones.min(zones)).map(|c| c.retrieval_hours).min();
            if let Some((most, fast)) = dataset.max_retrieval_hours.zip(fast).filter(|(most, fast)| fast > most) {
                let (limit, needed) = (to_f64(most), to_f64(fast));
                found.push(Relaxation { constraint: of("max_retrieval_hours"), limit, needed, unit: "hours".to_owned() });
            }
        }
    }
    found
}
