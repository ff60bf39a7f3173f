//! A server that generates tokens for a batch of requests at a time: a state-dependent M/M/1/K queue.
//!
//! With n requests in the batch a request takes prefill(n) + output tokens × decode(n), so the server completes n ÷ that
//! time requests. Arrivals beyond the batch wait, up to a longest queue. The stationary distribution is that of a
//! birth–death process: p(n+1) = p(n)·λ ÷ μ(n+1).
//!
//! Source: the queue model of llm-inferno (queue-analysis, `mm1modelstatedependent` and `queueanalyzer`); its published
//! allocations are the test. All times are milliseconds and all rates requests a second.

mod service;

pub use service::{RequestSize, ServiceTime};

/// Requests that may wait for each place in the batch, where nothing else is said.
pub const QUEUE_PER_BATCH: u32 = 10;
/// Largest batch.
pub const MAX_BATCH: u32 = 100_000;
/// Share of the greatest service rate that is kept clear of, and of the smallest that a search starts from.
const EPSILON: f64 = 0.001;

/// One replica: how long it takes, how many requests at once, how many may wait.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TokenQueue {
    service: ServiceTime,
    size: RequestSize,
    max_batch: u32,
    max_queue: u32,
}

/// What a user is promised, as means within the hour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ServiceLevel {
    /// Time to first token in milliseconds: waiting, prefill and one decoding step; `None` for no promise.
    pub time_to_first_token: Option<f64>,
    /// Time between tokens in milliseconds; `None` for no promise.
    pub inter_token_latency: Option<f64>,
}

/// The steady state at one arrival rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Performance {
    /// Requests a second that are served; what is above it finds the queue full.
    pub throughput: f64,
    /// Mean number of requests in the batch.
    pub batch: f64,
    /// Mean waiting time before the batch, in milliseconds.
    pub wait: f64,
    /// Mean time from arrival to the last token, in milliseconds.
    pub response: f64,
    /// Mean time to first token, in milliseconds.
    pub time_to_first_token: f64,
    /// Mean time between tokens, in milliseconds.
    pub inter_token_latency: f64,
}

/// Why a replica has no rate.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SizingError {
    /// A parameter that is no such thing.
    #[error("{what} is {value}; it must be {range}")]
    OutOfRange {
        /// The parameter.
        what: &'static str,
        /// Its value.
        value: f64,
        /// What is accepted.
        range: &'static str,
    },
    /// The promise is broken even by a lone request.
    #[error(
        "{what} is {best:.3} ms for a lone request, above the {target} ms that are promised: this instance type cannot keep it"
    )]
    Unattainable {
        /// Which promise.
        what: &'static str,
        /// The best there is.
        best: f64,
        /// What is promised.
        target: f64,
    },
}

impl TokenQueue {
    /// A replica with the usual queue of [`QUEUE_PER_BATCH`] waiting requests for each place in the batch.
    ///
    /// # Errors
    /// For parameters out of range.
    pub fn new(service: ServiceTime, size: RequestSize, max_batch: u32) -> Result<Self, SizingError> {
        Self::with_queue(service, size, max_batch, max_batch.saturating_mul(QUEUE_PER_BATCH))
    }

    /// A replica where at most `max_queue` requests wait.
    ///
    /// # Errors
    /// For parameters out of range.
    pub fn with_queue(service: ServiceTime, size: RequestSize, max_batch: u32, max_queue: u32) -> Result<Self, SizingError> {
        service.check()?;
        size.check()?;
        let in_range = |what, value: u32, range, ok: bool| {
            if ok { Ok(()) } else { Err(SizingError::OutOfRange { what, value: f64::from(value), range }) }
        };
        in_range("max batch", max_batch, "from 1 to 100000", (1..=MAX_BATCH).contains(&max_batch))?;
        in_range("max queue", max_queue, "at most 10000000", max_queue <= 10_000_000)?;
        Ok(Self { service, size, max_batch, max_queue })
    }

    /// The greatest arrival rate that is analysed: a thousandth below the service rate of a full batch.
    pub fn max_rate(&self) -> f64 {
        self.service_rate(self.max_batch) * (1.0 - EPSILON)
    }

    /// Requests a second that `batch` requests at once complete.
    fn service_rate(&self, batch: u32) -> f64 {
        let n = f64::from(batch);
        1000.0 * n / self.service.request_time(&self.size, n)
    }

    /// The steady state under `rate` requests a second.
    ///
    /// # Errors
    /// For a rate that is not above 0 or above [`TokenQueue::max_rate`].
    pub fn analyze(&self, rate: f64) -> Result<Performance, SizingError> {
        if !(rate > 0.0 && rate <= self.max_rate()) {
            let range = "above 0 and below the service rate of a full batch";
            return Err(SizingError::OutOfRange { what: "arrival rate", value: rate, range });
        }
        Ok(self.steady_state(rate))
    }

    fn steady_state(&self, rate: f64) -> Performance {
        let occupancy = Occupancy::of(self, rate);
        let throughput = rate * (1.0 - occupancy.full);
        let response = 1000.0 * occupancy.in_system / throughput;
        let service = 1000.0 * occupancy.in_batch / throughput;
        let wait = (response - service).max(0.0);
        let prefill = self.service.prefill_time(&self.size, occupancy.in_batch);
        let inter_token_latency = (service - prefill) / self.service.decode_steps(&self.size);
        let time_to_first_token = wait + self.service.first_token_time(prefill, inter_token_latency);
        Performance { throughput, batch: occupancy.in_batch, wait, response, time_to_first_token, inter_token_latency }
    }
}

/// Mean numbers of requests under the stationary distribution.
struct Occupancy {
    in_system: f64,
    in_batch: f64,
    /// Probability that an arrival finds the queue full.
    full: f64,
}

impl Occupancy {
    fn of(queue: &TokenQueue, rate: f64) -> Self {
        let places = queue.max_batch + queue.max_queue;
        let (mut weight, mut sum, mut in_system, mut in_batch) = (1.0_f64, 1.0_f64, 0.0_f64, 0.0_f64);
        for n in 1..=places {
            weight *= rate / queue.service_rate(n.min(queue.max_batch));
            sum += weight;
            in_system += weight * f64::from(n);
            in_batch += weight * f64::from(n.min(queue.max_batch));
            // Weights grow by many orders of magnitude before they fall: only their proportions matter.
            if weight > 1e200 {
                (weight, sum, in_system, in_batch) = (weight / 1e200, sum / 1e200, in_system / 1e200, in_batch / 1e200);
            }
        }
        Self { in_system: in_system / sum, in_batch: in_batch / sum, full: weight / sum }
    }
}

/// The most requests a second that one replica takes while it keeps its promise, and the steady state at that rate.
///
/// Both latencies grow with the rate, so each is found by bisection; the smaller rate counts. A promise that holds even at
/// [`TokenQueue::max_rate`] does not bind.
///
/// # Errors
/// [`SizingError::Unattainable`] where a lone request already takes longer than promised.
pub fn max_rate_under_slo(queue: &TokenQueue, level: &ServiceLevel) -> Result<(f64, Performance), SizingError> {
    let lowest = queue.service_rate(1) * EPSILON;
    let mut rate = queue.max_rate();
    for (what, target, value) in [
        ("time to first token", level.time_to_first_token, Performance::first_token as fn(&Performance) -> f64),
        ("inter-token latency", level.inter_token_latency, Performance::inter_token),
    ] {
        let Some(target) = target else { continue };
        if !(target > 0.0 && target.is_finite()) {
            return Err(SizingError::OutOfRange { what, value: target, range: "above 0" });
        }
        let latency = |rate: f64| value(&queue.steady_state(rate));
        let best = latency(lowest);
        if best > target {
            return Err(SizingError::Unattainable { what, best, target });
        }
        rate = rate.min(bisect(lowest, queue.max_rate(), target, latency));
    }
    Ok((rate, queue.steady_state(rate)))
}

impl Performance {
    fn first_token(&self) -> f64 {
        self.time_to_first_token
    }

    fn inter_token(&self) -> f64 {
        self.inter_token_latency
    }
}

/// The greatest rate in the range whose latency is at most `target`, to a relative 1e-12; always on the safe side.
fn bisect(mut low: f64, high: f64, target: f64, latency: impl Fn(f64) -> f64) -> f64 {
    if latency(high) <= target {
        return high;
    }
    let mut above = high;
    while above - low > 1e-12 * high {
        let middle = 0.5 * (low + above);
        if middle <= low || middle >= above {
            break;
        }
        if latency(middle) <= target { low = middle } else { above = middle }
    }
    low
}

#[cfg(test)]
mod tests;
