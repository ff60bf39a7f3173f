use super::{above_zero, at_least_zero};
use crate::{ErlangError, Mmc};

/// The M/G/1 queue: Poisson arrivals, one server, service times of any distribution with this mean and variation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PoissonGeneral {
    arrival_rate: f64,
    mean_service: f64,
    squared_variation: f64,
}

impl PoissonGeneral {
    /// The queue with a mean service time and its squared coefficient of variation (0 fixed, 1 exponential).
    ///
    /// # Errors
    /// For arguments out of range, and [`ErlangError::Unstable`].
    pub fn new(arrival_rate: f64, mean_service: f64, squared_variation: f64) -> Result<Self, ErlangError> {
        at_least_zero("arrival rate", arrival_rate)?;
        above_zero("mean service time", mean_service)?;
        at_least_zero("squared coefficient of variation", squared_variation)?;
        let load = arrival_rate * mean_service;
        if load >= 1.0 {
            return Err(ErlangError::Unstable { servers: 1, load });
        }
        Ok(Self { arrival_rate, mean_service, squared_variation })
    }

    /// Share of time that the server is busy.
    pub fn utilisation(&self) -> f64 {
        self.arrival_rate * self.mean_service
    }

    /// Mean time in the queue: λ·E(S²) ÷ (2·(1 − ρ)), with E(S²) = (1 + c²)·E(S)² (Pollaczek 1930, Khinchine 1932).
    pub fn mean_wait(&self) -> f64 {
        let second_moment = (1.0 + self.squared_variation) * self.mean_service * self.mean_service;
        self.arrival_rate * second_moment / (2.0 * (1.0 - self.utilisation()))
    }
}

/// The G/G/c queue: arrivals and service of any distribution, several servers. Its waiting time is an approximation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GeneralQueue {
    exponential: Mmc,
    arrival_variation: f64,
    service_variation: f64,
}

impl GeneralQueue {
    /// The queue with the squared coefficients of variation of the times between arrivals and of the service times.
    ///
    /// # Errors
    /// For arguments out of range, and [`ErlangError::Unstable`].
    pub fn new(
        servers: u32,
        arrival_rate: f64,
        service_rate: f64,
        arrival_variation: f64,
        service_variation: f64,
    ) -> Result<Self, ErlangError> {
        at_least_zero("squared coefficient of variation of arrivals", arrival_variation)?;
        at_least_zero("squared coefficient of variation of service", service_variation)?;
        let exponential = Mmc::new(servers, arrival_rate, service_rate)?;
        Ok(Self { exponential, arrival_variation, service_variation })
    }

    /// Share of time that a server is busy.
    pub fn utilisation(&self) -> f64 {
        self.exponential.utilisation()
    }

    /// Mean time in the queue, by Allen and Cunneen: that of M/M/c × (c²ₐ + c²ₛ) ÷ 2. Exact for M/M/c and M/G/1.
    ///
    /// Source: Allen, *Probability, Statistics and Queueing Theory*, 2nd edition 1990, section 5.3.
    pub fn mean_wait(&self) -> f64 {
        self.exponential.mean_wait() * 0.5 * (self.arrival_variation + self.service_variation)
    }
}
