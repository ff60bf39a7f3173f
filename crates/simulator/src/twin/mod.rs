//! The digital twin: a plan replayed request by request, by discrete events.
//!
//! [`simulate`] plays one [`Workload`]: its replicas hour by hour, its traffic (Poisson with rates, renewal, or recorded), and
//! the [`Conditions`]: cold starts, scale actions with delay, spot loss, failures, bursts, rare days. Requests wait in one queue
//! before the replicas; each goes to the least loaded replica, in proportion to capacity, that has a free place. A replica
//! with a batch works iteration by iteration ([`Service::Tokens`]); one of which only a rate is known serves one request after the
//! other ([`Service::Single`]), and is held against that rate.
//!
//! Everything is drawn from one seed: the same seed gives the same result, byte for byte. Workloads share nothing, so each has
//! streams of its own and may be played on any thread.

mod arrivals;
mod batch;
mod calendar;
mod control;
mod fleet;
mod pool;
mod replay;
mod requests;
mod scenario;
mod step;
mod tally;
#[cfg(test)]
mod tests;
mod tournament;

use calendar::Calendar;
use pool::Pool;
pub use replay::{HourReplay, LOSS_TOLERANCE, Miss, Replay, TypeHours};
pub use scenario::{
    Autoscaler, Conditions, HOUR, MAX_HOURS, MAX_REPLICAS, ReplicaClass, Request, Sampling, Scaling, ScenarioError, Service,
    Signal, Sizes, Spread, Surge, Traffic, Workload,
};

use crate::random::Random;

/// Plays a workload.
///
/// The first hour is preceded by as many seconds of its traffic, which are not counted, so that it does not begin with empty
/// replicas; recorded traffic begins as it is. After the last hour what is in the system is served to its end.
///
/// # Errors
/// [`ScenarioError`], naming workload, type and field.
pub fn simulate(workload: &Workload, conditions: &Conditions, sampling: &Sampling, seed: u64) -> Result<Replay, ScenarioError> {
    workload.check()?;
    conditions.check()?;
    let calendar = calendar_of(workload, conditions, sampling);
    let stream = |number: u64| Random::new(seed, stream_of(&workload.id).wrapping_add(number));
    let arrivals = arrivals::Arrivals::new(&workload.traffic, conditions, &calendar, stream(0));
    let (tallies, expected) = Pool::new(workload, conditions, &calendar, stream(1)).run(arrivals);
    Ok(Replay::of(workload, conditions, &calendar, &tallies, &expected))
}

impl Workload {
    /// About how many requests would be played.
    pub fn expected_requests(&self, conditions: &Conditions, sampling: &Sampling) -> f64 {
        let hours = self.hours().max(1);
        match &self.traffic {
            Traffic::Poisson { rates, .. } => {
                let per_hour = (rates.len() / hours).max(1);
                let of_hour = |(hour, rates): (usize, &[f64])| {
                    let mean = rates.iter().sum::<f64>() / rates.len() as f64 * conditions.surge(hour);
                    mean * sampling.seconds(mean)
                };
                rates.chunks(per_hour).enumerate().map(of_hour).sum()
            }
            Traffic::Renewal { mean_seconds, .. } => hours as f64 * HOUR / mean_seconds,
            Traffic::Recorded(requests) => requests.len() as f64,
        }
    }
}

fn calendar_of(workload: &Workload, conditions: &Conditions, sampling: &Sampling) -> Calendar {
    let hours = workload.hours();
    match &workload.traffic {
        Traffic::Poisson { rates, .. } => {
            let per_hour = rates.len() / hours;
            let played = (0..hours).map(|hour| {
                let mean = rates[hour * per_hour..][..per_hour].iter().sum::<f64>() / per_hour as f64;
                sampling.seconds(mean * conditions.surge(hour))
            });
            let mut calendar = Calendar::new(played, 0.0);
            calendar.warm_up = calendar.played(0);
            calendar
        }
        Traffic::Renewal { .. } => Calendar::new((0..hours).map(|_| HOUR), HOUR),
        Traffic::Recorded(_) => Calendar::new((0..hours).map(|_| HOUR), 0.0),
    }
}

/// A number of the workload's name (FNV-1a), so that its traffic does not depend on which others are played.
fn stream_of(id: &str) -> u64 {
    id.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)) << 1
}
