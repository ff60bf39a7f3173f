//! Plans in whole replicas: hours by local search, commitments exactly for their usage, again and again.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::commit::{recommit, total_cost};
use super::knapsack::Search;
use super::master::Commitments;
use super::prepare::Prepared;
use super::purse::Purse;
use super::search::{Effort, HourPlan, search_hour};
use super::watch::Watch;
use crate::fleet::{Instance, Plan};

/// The best plan so far.
pub(super) struct Incumbent {
    pub hours: Vec<HourPlan>,
    pub commitments: Commitments,
    pub cost: f64,
    /// Instances beyond the quotas, over all hours: 0 for a plan.
    pub excess: f64,
}

/// What a round of the search starts from.
pub(super) struct Round<'a> {
    /// By hour: prices of the types that rank the patterns.
    pub worth: &'a [Vec<f64>],
    /// Rounded to whole instances for the search.
    pub commitments: &'a Commitments,
    /// By hour; the cheapest patterns where there is none.
    pub start: Option<&'a [HourPlan]>,
    pub effort: Effort,
    pub phase: &'static str,
}

/// Hours that are searched between two looks at the watch.
const CHUNK: usize = 6;

/// Searches every hour under the commitments, then buys anew for the usage found. When the watch says stop, the hours that
/// are left stay as they were.
///
/// `None` when a workload has no pattern within the quotas.
pub(super) fn round(data: &Prepared, round: &Round<'_>, watch: &mut Watch<'_>) -> Option<Incumbent> {
    let commit = round.commitments.commit.iter().map(|c| c.round()).collect();
    let whole = Commitments { commit, spend: round.commitments.spend };
    let purse = Purse::new(data, &whole);
    let mut hours: Vec<HourPlan> = Vec::with_capacity(data.hours);
    while hours.len() < data.hours {
        let next = hours.len()..(hours.len() + CHUNK).min(data.hours);
        if let Some(start) = round.start.filter(|_| watch.tell(round.phase)) {
            hours.extend_from_slice(&start[next]);
            continue;
        }
        let search = |search: &mut Search, hour: usize| {
            search_hour(data, hour, &round.worth[hour], &purse, round.start.map(|s| &s[hour]), round.effort, search)
        };
        hours.extend(next.into_par_iter().map_init(Search::default, search).collect::<Option<Vec<_>>>()?);
    }
    let usage: Vec<Vec<f64>> = hours.iter().map(|h| h.usage(data)).collect();
    let excess = usage.iter().flat_map(|u| u.iter().zip(&data.quota)).map(|(used, quota)| (used - quota).max(0.0)).sum();
    let (bought, cost) = recommit(data, &usage, &whole);
    let kept = total_cost(data, &usage, &whole);
    let (commitments, cost) = if kept < cost { (whole, kept) } else { (bought, cost) };
    Some(Incumbent { hours, commitments, cost, excess })
}

impl Incumbent {
    /// The plan; the spend commitment is bought exactly when it is finished.
    pub fn plan(&self, data: &Prepared, instance: &Instance) -> Plan {
        let mut plan = Plan::empty(instance);
        for (w, (load, replicas)) in data.loads.iter().zip(&mut plan.replicas).enumerate() {
            let mut types: BTreeMap<usize, Vec<u32>> = load.types.iter().map(|i| (*i, vec![0; data.hours])).collect();
            for (hour, found) in self.hours.iter().enumerate() {
                for (i, count) in load.types.iter().zip(&found.patterns[w]) {
                    if let Some(hours) = types.get_mut(i) {
                        hours[hour] = *count;
                    }
                }
            }
            types.retain(|_, hours| hours.iter().any(|n| *n > 0));
            *replicas = types;
        }
        plan.commit = self.commitments.commit.iter().map(|c| c.round().max(0.0) as u32).collect();
        plan
    }
}
