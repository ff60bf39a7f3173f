/// The simulated clock: how many seconds of each hour are played, one after the other.
#[derive(Clone, Debug)]
pub(super) struct Calendar {
    /// Start of every hour on the simulated clock, and the end of the last.
    starts: Vec<f64>,
    /// Seconds before the first hour, played at its rate and not counted, so that it does not begin with empty replicas.
    pub warm_up: f64,
}

impl Calendar {
    pub(super) fn new(played: impl Iterator<Item = f64>, warm_up: f64) -> Self {
        let mut starts = vec![0.0];
        starts.extend(played.scan(0.0, |clock, seconds| {
            *clock += seconds;
            Some(*clock)
        }));
        Self { starts, warm_up }
    }

    pub(super) fn hours(&self) -> usize {
        self.starts.len() - 1
    }

    pub(super) fn start(&self, hour: usize) -> f64 {
        self.starts[hour]
    }

    pub(super) fn end(&self) -> f64 {
        self.starts[self.hours()]
    }

    pub(super) fn played(&self, hour: usize) -> f64 {
        self.starts[hour + 1] - self.starts[hour]
    }
}
