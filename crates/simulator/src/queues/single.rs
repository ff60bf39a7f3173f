use super::{above_zero, at_least_zero};
use crate::ErlangError;

/// The M/M/1/K queue: one server, at most K requests in the system, and what comes beyond is lost. It has a steady state at any
/// load.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FiniteQueue {
    arrival_rate: f64,
    service_rate: f64,
    places: u32,
}

impl FiniteQueue {
    /// The queue with `places` = K, the request in service included.
    ///
    /// # Errors
    /// For rates out of range or no place at all.
    pub fn new(arrival_rate: f64, service_rate: f64, places: u32) -> Result<Self, ErlangError> {
        at_least_zero("arrival rate", arrival_rate)?;
        above_zero("service rate", service_rate)?;
        above_zero("places", f64::from(places))?;
        Ok(Self { arrival_rate, service_rate, places })
    }

    /// Probability of n requests in the system: ρⁿ ÷ Σ ρⁱ, i from 0 to K, added up from the larger end so that no power overflows.
    pub fn probability(&self, n: u32) -> f64 {
        let load = self.arrival_rate / self.service_rate;
        let (ratio, exponent) = if load <= 1.0 { (load, n) } else { (1.0 / load, self.places.saturating_sub(n)) };
        let (mut sum, mut power, mut own) = (0.0, 1.0, 0.0);
        for i in 0..=self.places {
            if i == exponent {
                own = power;
            }
            sum += power;
            power *= ratio;
        }
        own / sum
    }

    /// Probability that an arrival finds every place taken and is lost.
    pub fn loss_probability(&self) -> f64 {
        self.probability(self.places)
    }

    /// Requests served a unit of time.
    pub fn throughput(&self) -> f64 {
        self.arrival_rate * (1.0 - self.loss_probability())
    }

    /// Share of time that the server is busy.
    pub fn utilisation(&self) -> f64 {
        self.throughput() / self.service_rate
    }

    /// Mean number of requests in the system.
    pub fn mean_in_system(&self) -> f64 {
        let (load, places) = (self.arrival_rate / self.service_rate, f64::from(self.places));
        if (load - 1.0).abs() < 1e-9 {
            return places / 2.0;
        }
        // L = ρ ÷ (1 − ρ) − (K + 1)·ρ^(K+1) ÷ (1 − ρ^(K+1)), turned round where ρ > 1.
        let (ratio, turned) = if load < 1.0 { (load, false) } else { (1.0 / load, true) };
        let power = ratio.powf(places + 1.0);
        let length = ratio / (1.0 - ratio) - (places + 1.0) * power / (1.0 - power);
        if turned { places - length } else { length }
    }

    /// Mean time in the queue of those that are served, before service begins (Little's law).
    pub fn mean_wait(&self) -> f64 {
        match self.throughput() {
            0.0 => 0.0,
            throughput => (self.mean_in_system() / throughput - 1.0 / self.service_rate).max(0.0),
        }
    }
}
