//! Hours in which nothing changes, as one: a block of hours is an hour that counts so many times, with the largest demand of the block.
//!
//! Usage is then the same in every hour of the block, so what is bought for it is too: the merged instance has the same plans and
//! the same costs.

use super::data::{Instance, Workload};
use super::solution::Plan;

/// Whether blocks can be merged: demand that may stay unserved, and a warm-up, are different in each hour of a block.
pub(super) fn applies(instance: &Instance) -> bool {
    let same = |w: &Workload| w.terms.warm_up == 0 && w.terms.unserved_price.is_none();
    !instance.slots().all_free() && instance.workloads().iter().all(same)
}

/// The instance of the blocks.
pub(super) fn merged(instance: &Instance) -> Instance {
    let blocks = instance.slots().blocks();
    let workload = |w: &Workload| {
        let largest = |block: &std::ops::Range<usize>| block.clone().map(|hour| w.demand[hour]).max().unwrap_or_default();
        Workload { demand: blocks.iter().map(largest).collect(), ..w.clone() }
    };
    let workloads = instance.workloads().iter().map(workload).collect();
    Instance::with_slots(instance.slots().merged(), instance.committed_spend(), instance.types().to_vec(), workloads)
        .expect("blocks of an accepted instance are acceptable")
}

/// The plan of the blocks, hour by hour.
pub(super) fn spread(instance: &Instance, plan: &Plan) -> Plan {
    let blocks = instance.slots().blocks();
    let hours =
        |counts: &Vec<u32>| -> Vec<u32> { blocks.iter().zip(counts).flat_map(|(block, n)| vec![*n; block.len()]).collect() };
    let replicas = plan.replicas.iter().map(|types| types.iter().map(|(i, counts)| (*i, hours(counts))).collect()).collect();
    Plan { replicas, commit: plan.commit.clone(), spend: plan.spend }
}
