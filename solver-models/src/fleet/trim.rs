//! Drops replicas that nothing asks for. A solver is indifferent to them where a commitment pays for them anyway; people are not.

use super::data::{Instance, Workload};
use super::solution::Plan;

/// Takes away every replica without which its workload still has its capacity and its minimum, the dearest type first.
///
/// Usage only falls, so the quotas hold and the cost under the same commitments does not rise.
pub(super) fn trim(instance: &Instance, plan: &mut Plan) {
    let mut dearest: Vec<usize> = (0..instance.types().len()).collect();
    dearest.sort_by_key(|&i| std::cmp::Reverse(instance.types()[i].on_demand_price));
    for (workload, types) in instance.workloads().iter().zip(&mut plan.replicas) {
        // What else is asked of a plan may need the replicas, and may need them to stay.
        let hours = if workload.is_plain() && instance.slots().all_free() { 0..instance.hours() } else { 0..0 };
        for hour in hours {
            trim_hour(workload, types, &dearest, hour);
        }
        types.retain(|_, hours| hours.iter().any(|n| *n > 0));
    }
}

fn trim_hour(workload: &Workload, types: &mut std::collections::BTreeMap<usize, Vec<u32>>, dearest: &[usize], hour: usize) {
    let capacity = |i: usize| workload.capacity[i].unwrap_or_default().atto();
    let total: i128 = types.iter().map(|(i, hours)| capacity(*i) * i128::from(hours[hour])).sum();
    let mut spare = total - workload.demand[hour].atto();
    let mut surplus = types.values().map(|hours| hours[hour]).sum::<u32>().saturating_sub(workload.min_replicas);
    for i in dearest {
        let Some(count) = types.get_mut(i).map(|hours| &mut hours[hour]) else { continue };
        let by_capacity = if capacity(*i) == 0 { i128::from(*count) } else { spare.max(0) / capacity(*i) };
        let drop = u32::try_from(by_capacity).unwrap_or(u32::MAX).min(surplus).min(*count);
        *count -= drop;
        surplus -= drop;
        spare -= capacity(*i) * i128::from(drop);
    }
}
