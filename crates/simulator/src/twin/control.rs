//! What happens to the replicas, by time.

use std::cmp::Ordering;

/// An event that is not a request's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// An hour begins.
    Hour(u32),
    /// The plan asks for what the hour has more of.
    Ask(u32),
    /// The autoscaler looks.
    Look,
    /// An instance of a class is started.
    Launch(usize),
    /// An instance is ready.
    Ready { replica: usize, generation: u32 },
    /// An instance will be taken away.
    Notice { replica: usize, generation: u32 },
    /// An instance is gone.
    Gone { replica: usize, generation: u32 },
}

/// An action and its moment. The earliest is the greatest, as a heap wants it; of the same moment, that which was planned first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Control {
    pub at: f64,
    pub number: u64,
    pub action: Action,
}

impl Eq for Control {}

impl Ord for Control {
    fn cmp(&self, other: &Self) -> Ordering {
        other.at.total_cmp(&self.at).then(other.number.cmp(&self.number))
    }
}

impl PartialOrd for Control {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
