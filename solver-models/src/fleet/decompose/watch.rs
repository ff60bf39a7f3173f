//! The clock, the caller's wish to stop, and the best on both sides so far.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use crate::fleet::Progress;

/// Keeps the best objective and bound, tells the caller, and says when to stop.
pub(super) struct Watch<'a> {
    start: Instant,
    limit: Duration,
    gap: f64,
    progress: &'a mut dyn FnMut(Progress) -> ControlFlow<()>,
    objective: Option<f64>,
    bound: Option<f64>,
    stopped: bool,
}

impl<'a> Watch<'a> {
    pub fn new(start: Instant, limit: Duration, gap: f64, progress: &'a mut dyn FnMut(Progress) -> ControlFlow<()>) -> Self {
        Self { start, limit, gap, progress, objective: None, bound: None, stopped: false }
    }

    /// A new bound; true when it is time to stop.
    pub fn bound(&mut self, phase: &'static str, bound: f64) -> bool {
        self.bound = Some(self.bound.unwrap_or(bound).max(bound));
        self.tell(phase)
    }

    /// The cost of a new plan; true when it is time to stop.
    pub fn objective(&mut self, phase: &'static str, objective: f64) -> bool {
        self.objective = Some(self.objective.unwrap_or(objective).min(objective));
        self.tell(phase)
    }

    /// True when the caller or the clock says stop, or the gap is reached.
    pub fn tell(&mut self, phase: &'static str) -> bool {
        let told = Progress { phase, seconds: self.start.elapsed().as_secs_f64(), objective: self.objective, bound: self.bound };
        self.stopped |= (self.progress)(told).is_break() || told.gap().is_some_and(|gap| gap <= self.gap);
        self.is_over()
    }

    /// True once it was time to stop.
    pub fn is_over(&self) -> bool {
        self.stopped || self.share() >= 1.0
    }

    /// Share of the time limit that is used.
    pub fn share(&self) -> f64 {
        self.start.elapsed().as_secs_f64() / self.limit.as_secs_f64()
    }
}
