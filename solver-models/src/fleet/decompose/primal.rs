//! Plans in whole replicas: hours by local search, commitments exactly for their usage, again and again.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::commit::{recommit, total_cost};
use super::cover::Range;
use super::knapsack::Search;
use super::master::Commitments;
use super::prepare::{Load, Prepared};
use super::purse::Purse;
use super::search::{Begin, Effort, HourPlan, search_hour};
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
    let mut hours: Vec<Option<HourPlan>> = round.start.map_or(vec![None; data.hours], |s| s.iter().cloned().map(Some).collect());
    for turn in turns(data) {
        for chunk in turn.chunks(CHUNK) {
            if round.start.is_some() && watch.tell(round.phase) {
                break;
            }
            let search = |search: &mut Search, hour: usize| {
                let room = room(data, &hours, hour);
                let begin = Begin { hour, worth: &round.worth[hour], start: hours[hour].as_ref(), room: &room };
                search_hour(data, &begin, &purse, round.effort, search)
            };
            let found: Vec<_> = chunk.par_iter().map_init(Search::default, |s, hour| search(s, *hour)).collect::<Option<_>>()?;
            chunk.iter().zip(found).for_each(|(hour, plan)| hours[*hour] = Some(plan));
        }
    }
    let hours: Vec<HourPlan> = hours.into_iter().collect::<Option<_>>()?;
    let usage: Vec<Vec<f64>> = hours.iter().map(|h| h.usage(data)).collect();
    let hard = |i: &usize| !data.excess[*i].is_finite();
    let beyond = |used: &Vec<f64>| (0..data.types()).filter(hard).map(|i| (used[i] - data.quota[i]).max(0.0)).sum::<f64>();
    let excess = usage.iter().map(beyond).sum();
    let (bought, cost) = recommit(data, &usage, &whole);
    let kept = total_cost(data, &usage, &whole);
    let (commitments, cost) = if kept < cost { (whole, kept) } else { (bought, cost) };
    Some(Incumbent { hours, commitments, cost, excess })
}

/// Hours that are searched beside each other: all of them, unless ramps link each to the next.
fn turns(data: &Prepared) -> Vec<Vec<usize>> {
    let all = 0..data.hours;
    if data.has_ramps() { (0..2).map(|odd| all.clone().skip(odd).step_by(2).collect()).collect() } else { vec![all.collect()] }
}

/// How many replicas each workload may have in an hour beside those of the hours before and after.
fn room(data: &Prepared, hours: &[Option<HourPlan>], hour: usize) -> Vec<Range> {
    let next = Some(hour + 1).filter(|next| *next < data.hours && !data.first[*next]);
    let beside: Vec<usize> = (!data.first[hour]).then(|| hour - 1).into_iter().chain(next).collect();
    let of = |(w, load): (usize, &Load)| {
        let mut range = load.range();
        let Some(ramp) = load.ramp else { return range };
        for plan in beside.iter().filter_map(|hour| hours[*hour].as_ref()) {
            let replicas: f64 = plan.patterns[w].iter().map(|n| f64::from(*n)).sum();
            range = Range { least: range.least.max(replicas - ramp), most: range.most.min(replicas + ramp) };
        }
        range
    };
    data.loads.iter().enumerate().map(of).collect()
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
