use super::requests::{Live, WARMING_UP};
use super::step::Step;
use crate::ServiceLevel;
use crate::quantiles::Values;

/// What happened in an hour. Requests count in the hour that they came in. Latencies are milliseconds.
#[derive(Clone, Debug, Default)]
pub(super) struct HourTally {
    pub arrivals: u64,
    pub served: u64,
    pub lost: u64,
    pub retried: u64,
    /// Served, with a latency above what is promised.
    pub late: u64,
    pub wait: Values,
    pub first_token: Values,
    pub inter_token: Values,
    pub response: Values,
    /// Sums over tokens, for the mean time between them.
    pub decode_ms: f64,
    pub tokens: f64,
    pub levels: Levels,
    pub queue_max: u64,
    /// Instance-seconds paid, by class.
    pub paid: Vec<f64>,
}

/// Integrals over the played seconds of an hour.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Levels {
    /// Requests waiting.
    pub queue: f64,
    /// Requests in service.
    pub in_service: f64,
    /// Replicas with at least one request.
    pub busy: f64,
    /// Replicas that take requests, or finish what they have.
    pub present: f64,
    /// Replicas that take requests.
    pub up: f64,
    /// Requests a second that those serve within the promise.
    pub capacity: f64,
}

impl Levels {
    #[inline]
    pub(super) fn add(&mut self, now: &Self, seconds: f64) {
        self.queue += now.queue * seconds;
        self.in_service += now.in_service * seconds;
        self.busy += now.busy * seconds;
        self.present += now.present * seconds;
        self.up += now.up * seconds;
        self.capacity += now.capacity * seconds;
    }
}

impl HourTally {
    /// A request that has been served.
    #[inline]
    pub(super) fn serve(&mut self, request: &Live, now: f64, step: Option<&Step>, promise: &ServiceLevel) {
        let ms = |from: f64, to: f64| 1e3 * (to - from).max(0.0);
        self.served += 1;
        self.wait.add(ms(request.arrival, request.started));
        self.response.add(ms(request.arrival, now));
        if let Some(step) = step {
            let tokens = step.decode_steps(request.output_tokens) as f64;
            let (decode, first) = (ms(request.decoding_since, now), ms(request.arrival, request.first_token));
            let inter = decode / tokens;
            self.first_token.add(first);
            self.inter_token.add(inter);
            self.decode_ms += decode;
            self.tokens += tokens;
            let is_late = promise.time_to_first_token.is_some_and(|most| first > most)
                || promise.inter_token_latency.is_some_and(|most| inter > most);
            self.late += u64::from(is_late);
        }
    }
}

/// The tally of a request's hour, none while warming up.
#[inline]
pub(super) fn of_hour(tallies: &mut [HourTally], hour: u32) -> Option<&mut HourTally> {
    if hour == WARMING_UP { None } else { tallies.get_mut(hour as usize) }
}
