//! The lower bound: hourly programs below, the cutting-plane program over commitments above.

use rayon::prelude::*;

use super::hour::{Cut, HourBound, cut_at};
use super::knapsack::Search;
use super::master::{Commitments, Master, proven};
use super::prepare::Prepared;
use super::watch::Watch;
use super::workers::{Task, Workers};
use crate::fleet::SolveError;

/// The phase in which the programs are built, which is told at its beginning.
const BUILDING: &str = "building the hourly programs";
/// Steps of the master, at most.
const MAX_STEPS: usize = 100;
/// Rounds of pricing in every hour at the first commitments, and at each of the later ones.
const FIRST_ROUNDS: usize = 12;
const ROUNDS: usize = 3;

/// What the relaxation established.
pub(super) struct Relaxation {
    /// The best commitments of the relaxation.
    pub commitments: Commitments,
    /// By hour: what an instance of each type is worth there.
    pub worth: Vec<Vec<f64>>,
    /// By hour and workload: whole patterns near the mixtures there.
    pub patterns: Vec<Vec<Vec<u32>>>,
    /// By hour: the prices that prove the bound.
    pub cuts: Vec<Cut>,
    /// Proven lower bound on the cost of any plan.
    pub bound: f64,
}

impl Relaxation {
    /// By hour: what an instance of each type is worth at the prices that prove the bound.
    pub fn worths(&self) -> Vec<Vec<f64>> {
        self.cuts.iter().map(Cut::worth).collect()
    }
}

/// Bounds the cost of any plan from below: to a relative `tolerance`, until `share` of the time is used, or until the watch
/// says stop.
pub(super) fn relax(
    data: &Prepared,
    workers: &Workers,
    mut at: Commitments,
    tolerance: f64,
    share: f64,
    watch: &mut Watch<'_>,
) -> Result<Relaxation, SolveError> {
    watch.tell(BUILDING);
    let mut master = Master::new(data)?;
    workers.build()?;
    watch.tell("proving the bound");
    let mut best: Option<(f64, Commitments, Vec<HourBound>)> = None;
    let (mut bound, mut reach, mut cuts) = (0.0_f64, 0.5, Vec::new());
    for step in 0..MAX_STEPS {
        let rounds = if step == 0 { FIRST_ROUNDS } else { ROUNDS };
        let hours = workers.improve(Task { at: at.clone(), rounds, tolerance: tolerance / 4.0 })?;
        let cost = at.cost(data) + hours.iter().zip(&data.weight).map(|(h, weight)| weight * h.cost).sum::<f64>();
        master.add(&hours)?;
        let lowest = master.solve(None)?;
        let mixture = price_all(data, master.mixture(&lowest))?;
        let found = proven(data, &mixture);
        if found >= bound {
            (bound, cuts) = (found, mixture);
        }
        let improved = best.as_ref().is_none_or(|(value, ..)| cost < *value);
        reach = if improved { (reach * 1.3_f64).min(1.0) } else { (reach * 0.6).max(0.02) };
        if improved {
            best = Some((cost, at, hours));
        }
        let (value, centre, _) = best.as_ref().expect("the first step is an improvement");
        if watch.bound("proving the bound", bound) || watch.share() > share || value - bound <= tolerance * value {
            break;
        }
        at = master.solve(Some((centre, reach)))?.commitments;
    }
    let (_, commitments, hours) = best.expect("there is at least one step");
    let patterns = workers.round(&commitments)?;
    Ok(Relaxation { commitments, worth: hours.iter().map(|h| h.cut.worth()).collect(), patterns, cuts, bound })
}

fn price_all(data: &Prepared, cuts: Vec<Cut>) -> Result<Vec<Cut>, SolveError> {
    cuts.into_par_iter().enumerate().map_init(Search::default, |search, (hour, cut)| cut_at(data, hour, cut, search)).collect()
}

/// Where to begin.
pub(super) struct Guess {
    pub commitments: Commitments,
    /// Prices of the types under the cheapest way to pay for them.
    pub worth: Vec<f64>,
}

/// Commitments for the usage that is cheapest at committed prices: in each type what is in use in most hours.
pub(super) fn first_guess(data: &Prepared) -> Result<Guess, SolveError> {
    let worth: Vec<f64> = (0..data.types()).map(|i| data.commit[i].min(data.rate[i]).min(data.on_demand[i])).collect();
    let usage_of = |search: &mut Search, hour: usize| {
        let mut usage = vec![0.0; data.types()];
        for load in &data.loads {
            if let Some((_, pattern)) = search.cheapest(load, hour, &worth) {
                pattern.count.iter().enumerate().for_each(|(at, n)| usage[load.types[at]] += f64::from(*n));
            }
        }
        usage
    };
    let usage: Vec<Vec<f64>> = (0..data.hours).into_par_iter().map_init(Search::default, usage_of).collect();
    let mut commit = vec![0.0; data.types()];
    for (i, committed) in commit.iter_mut().enumerate().filter(|(i, _)| data.commit[*i].is_finite()) {
        let mut hours: Vec<f64> = usage.iter().map(|u| u[i].min(data.quota[i])).collect();
        hours.sort_by(f64::total_cmp);
        // One more instance pays while it is used in a share of the hours above its price ÷ on-demand price.
        let share = (data.commit[i] / data.on_demand[i].max(1e-12)).min(1.0);
        let idle = ((1.0 - share) * hours.len() as f64).floor() as usize;
        *committed = if share < 1.0 { hours[idle.min(hours.len() - 1)] } else { 0.0 };
        *committed = committed.max(data.committed.commit[i]);
    }
    Ok(Guess { commitments: Commitments { commit, spend: data.committed.spend }, worth })
}
