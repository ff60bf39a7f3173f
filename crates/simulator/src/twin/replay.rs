//! What came of a replay.

use serde::Serialize;
use utoipa::ToSchema;

use super::calendar::Calendar;
use super::scenario::{Conditions, HOUR, Service, Workload};
use super::tally::HourTally;
use crate::quantiles::{Summary, Values};

/// Share of an hour's requests that may be turned away before the hour counts as missed.
pub const LOSS_TOLERANCE: f64 = 0.001;

/// What came of a workload's replay. Latencies are milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = WorkloadReplay)]
pub struct Replay {
    /// The workload.
    pub workload: String,
    /// Requests that came.
    pub requests: u64,
    /// Of them, served.
    pub served: u64,
    /// Turned away because the queue was full.
    pub lost: u64,
    /// Still waiting when everything else was done, because nothing ran that could serve them.
    pub unserved: u64,
    /// Begun anew because their instance was lost, counted each time.
    pub retried: u64,
    /// Served, with a latency above what is promised as a mean.
    pub late: u64,
    /// Hours in which a promise was missed.
    pub missed_hours: u32,
    /// Time before service.
    pub wait_ms: Option<Summary>,
    /// Time to first token.
    pub time_to_first_token_ms: Option<Summary>,
    /// Mean time between the tokens of a request.
    pub inter_token_latency_ms: Option<Summary>,
    /// From arrival to the last token.
    pub response_ms: Option<Summary>,
    /// Replica time with at least one request in service ÷ replica time.
    pub utilisation: f64,
    /// Instance hours by type.
    pub types: Vec<TypeHours>,
    /// Hour by hour.
    pub hours: Vec<HourReplay>,
}

/// Instance hours of a type.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = ReplayedTypeHours)]
pub struct TypeHours {
    /// The type.
    #[serde(rename = "type")]
    pub type_id: String,
    /// As planned: replicas summed over the hours.
    pub planned_hours: u64,
    /// As paid: with starts ahead of their hour, requests that finish after it, and what replaces losses.
    pub paid_hours: f64,
}

/// An hour of a replay.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = ReplayedHour)]
pub struct HourReplay {
    /// From the beginning of the plan.
    pub hour: u32,
    /// Seconds of it that were played.
    pub seconds_played: f64,
    /// Requests that came in them.
    pub requests: u64,
    /// Of them, turned away or never served.
    pub lost: u64,
    /// Begun anew.
    pub retried: u64,
    /// Served, with a latency above what is promised as a mean.
    pub late: u64,
    /// Requests a second that were expected.
    pub demand: f64,
    /// Mean requests a second that what was up serves within the promise.
    pub capacity: f64,
    /// Mean replicas that took requests.
    pub replicas: f64,
    /// Replica time with at least one request ÷ replica time.
    pub utilisation: f64,
    /// Mean requests in service.
    pub in_service: f64,
    /// Mean requests waiting.
    pub queue: f64,
    /// Most requests waiting.
    pub queue_max: u64,
    /// Mean time before service.
    pub wait_ms: Option<f64>,
    /// Mean time to first token.
    pub time_to_first_token_ms: Option<f64>,
    /// 99 % have their first token by then.
    pub time_to_first_token_p99_ms: Option<f64>,
    /// Mean time between tokens, over tokens.
    pub inter_token_latency_ms: Option<f64>,
    /// Mean time from arrival to the last token.
    pub response_ms: Option<f64>,
    /// 99 % have everything by then.
    pub response_p99_ms: Option<f64>,
    /// What was missed.
    pub misses: Vec<Miss>,
}

/// A promise that an hour missed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = ReplayMiss)]
#[serde(rename_all = "snake_case", tag = "promise")]
pub enum Miss {
    /// The mean time to first token lies above.
    TimeToFirstToken {
        /// As it was.
        found_ms: f64,
        /// As promised.
        promised_ms: f64,
    },
    /// The mean time between tokens lies above.
    InterTokenLatency {
        /// As it was.
        found_ms: f64,
        /// As promised.
        promised_ms: f64,
    },
    /// More came than what was up serves within its measured rate.
    Capacity {
        /// Requests a second that were expected.
        demand: f64,
        /// Requests a second that what was up serves.
        capacity: f64,
    },
    /// Requests were turned away or never served.
    Lost {
        /// How many.
        requests: u64,
        /// Of how many.
        of: u64,
    },
}

impl Replay {
    pub(super) fn of(
        workload: &Workload,
        conditions: &Conditions,
        calendar: &Calendar,
        tallies: &[HourTally],
        expected: &[f64],
    ) -> Self {
        let rows = tallies.iter().zip(expected).enumerate();
        let hours: Vec<HourReplay> =
            rows.map(|(hour, (tally, expected))| hour_row(workload, conditions, calendar, hour, tally, *expected)).collect();
        let merged = |of: fn(&HourTally) -> &Values| {
            let mut all = Values::default();
            tallies.iter().for_each(|tally| all.merge(of(tally)));
            all.summary()
        };
        let sum = |of: fn(&HourTally) -> u64| tallies.iter().map(of).sum::<u64>();
        let (requests, served, lost) = (sum(|t| t.arrivals), sum(|t| t.served), sum(|t| t.lost));
        let (busy, present) = tallies.iter().fold((0.0, 0.0), |(b, p), t| (b + t.levels.busy, p + t.levels.present));
        let types = workload.classes.iter().enumerate().map(|(at, class)| {
            let planned = |hour: usize| f64::from(class.replicas[hour]);
            // Of a part of an hour that is played, the plan's instances stand for the whole, and what is beyond them for itself.
            let beyond = |(hour, tally): (usize, &HourTally)| tally.paid[at] - planned(hour) * calendar.played(hour);
            let planned_hours: u64 = class.replicas.iter().map(|n| u64::from(*n)).sum();
            let beyond: f64 = tallies.iter().enumerate().map(beyond).sum();
            TypeHours { type_id: class.type_id.clone(), planned_hours, paid_hours: planned_hours as f64 + beyond / HOUR }
        });
        Self {
            workload: workload.id.clone(),
            requests,
            served,
            lost,
            unserved: requests - served - lost,
            retried: sum(|t| t.retried),
            late: sum(|t| t.late),
            missed_hours: hours.iter().filter(|hour| !hour.misses.is_empty()).count() as u32,
            wait_ms: merged(|t| &t.wait),
            time_to_first_token_ms: merged(|t| &t.first_token),
            inter_token_latency_ms: merged(|t| &t.inter_token),
            response_ms: merged(|t| &t.response),
            utilisation: if present > 0.0 { busy / present } else { 0.0 },
            types: types.collect(),
            hours,
        }
    }

    /// True where every hour kept its promise.
    pub fn keeps_its_promise(&self) -> bool {
        self.missed_hours == 0
    }
}

fn hour_row(
    workload: &Workload,
    conditions: &Conditions,
    calendar: &Calendar,
    hour: usize,
    tally: &HourTally,
    expected: f64,
) -> HourReplay {
    let seconds = calendar.played(hour);
    let levels = &tally.levels;
    let p99 = |values: &Values| values.summary().map(|s| s.p99);
    let mut row = HourReplay {
        hour: hour as u32,
        seconds_played: seconds,
        requests: tally.arrivals,
        lost: tally.arrivals - tally.served,
        retried: tally.retried,
        late: tally.late,
        demand: expected / seconds,
        capacity: levels.capacity / seconds,
        replicas: levels.up / seconds,
        utilisation: if levels.present > 0.0 { levels.busy / levels.present } else { 0.0 },
        in_service: levels.in_service / seconds,
        queue: levels.queue / seconds,
        queue_max: tally.queue_max,
        wait_ms: tally.wait.mean(),
        time_to_first_token_ms: tally.first_token.mean(),
        time_to_first_token_p99_ms: p99(&tally.first_token),
        inter_token_latency_ms: (tally.tokens > 0.0).then(|| tally.decode_ms / tally.tokens),
        response_ms: tally.response.mean(),
        response_p99_ms: p99(&tally.response),
        misses: Vec::new(),
    };
    row.misses = misses(workload, conditions, &row);
    row
}

/// What an hour missed: a mean more than the tolerance above its promise, measured rates exceeded by more than that, or requests
/// lost.
fn misses(workload: &Workload, conditions: &Conditions, row: &HourReplay) -> Vec<Miss> {
    let mut missed = Vec::new();
    let most = 1.0 + conditions.tolerance;
    if let (Some(found_ms), Some(promised_ms)) = (row.time_to_first_token_ms, workload.promise.time_to_first_token)
        && found_ms > promised_ms * most
    {
        missed.push(Miss::TimeToFirstToken { found_ms, promised_ms });
    }
    if let (Some(found_ms), Some(promised_ms)) = (row.inter_token_latency_ms, workload.promise.inter_token_latency)
        && found_ms > promised_ms * most
    {
        missed.push(Miss::InterTokenLatency { found_ms, promised_ms });
    }
    let is_measured = workload.classes.iter().any(|class| matches!(class.service, Service::Single { .. }));
    if is_measured && row.demand > row.capacity * most {
        missed.push(Miss::Capacity { demand: row.demand, capacity: row.capacity });
    }
    if row.lost as f64 > LOSS_TOLERANCE * row.requests as f64 {
        missed.push(Miss::Lost { requests: row.lost, of: row.requests });
    }
    missed
}
