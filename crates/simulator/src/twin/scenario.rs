//! What is replayed: the replicas of a workload hour by hour, its traffic, and what goes wrong.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{RequestSize, ServiceLevel, ServiceTime};

/// Most hours of a replay: a year and a day.
pub const MAX_HOURS: usize = 8_784;
/// Most replicas of a type in an hour.
pub const MAX_REPLICAS: u32 = 100_000;
/// Seconds of an hour.
pub const HOUR: f64 = 3600.0;

/// A workload with the replicas that serve it.
#[derive(Clone, Debug, PartialEq)]
pub struct Workload {
    /// Its name.
    pub id: String,
    /// What runs, by instance type.
    pub classes: Vec<ReplicaClass>,
    /// What comes.
    pub traffic: Traffic,
    /// Mean latencies that are promised in every hour.
    pub promise: ServiceLevel,
    /// Who decides how many replicas run.
    pub scaling: Scaling,
}

/// Replicas of one instance type.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplicaClass {
    /// The type.
    pub type_id: String,
    /// How a replica serves.
    pub service: Service,
    /// Requests a second that the plan expects of one replica within the promise: what requests are dealt out by.
    pub capacity: f64,
    /// Requests that may wait for each replica.
    pub max_queue: u32,
    /// Replicas planned in every hour.
    pub replicas: Vec<u32>,
    /// Rented where it can be taken away.
    pub is_spot: bool,
}

/// How a replica serves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Service {
    /// Token by token, in a batch: every iteration serves all requests of the batch, and new ones join between iterations.
    Tokens {
        /// How long an iteration takes.
        time: ServiceTime,
        /// Requests at once.
        max_batch: u32,
    },
    /// One request after the other.
    Single {
        /// Mean seconds of a request.
        mean_seconds: f64,
        /// Squared coefficient of variation of the seconds: 0 fixed, 1 exponential.
        squared_variation: f64,
    },
}

/// Who decides how many replicas run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scaling {
    /// The plan: the replicas of each class by hour, asked for `lead_seconds` before the hour begins where they grow.
    Scheduled,
    /// A horizontal autoscaler, as Kubernetes has it: desired = ⌈current × signal ÷ target⌉, unless the ratio is within a tenth
    /// of 1; down only to the largest desire of the last `stabilisation_seconds`.
    Reactive(Autoscaler),
    /// The plan is the floor, with the same autoscaler on top: of the two the larger number counts.
    Floor(Autoscaler),
}

/// A horizontal autoscaler. Each class has its own; requests are dealt out by capacity, so that all see the same load.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Autoscaler {
    /// What it looks at.
    pub signal: Signal,
    /// Seconds between two looks.
    pub interval_seconds: f64,
    /// Seconds that a larger desire is remembered.
    pub stabilisation_seconds: f64,
    /// Fewest replicas of a class that runs at all.
    pub min_replicas: u32,
    /// Most replicas of a class.
    pub max_replicas: u32,
}

/// What an autoscaler looks at, and the value that it aims at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Signal {
    /// Requests in the system for each replica.
    InSystem {
        /// Aimed at.
        target: f64,
    },
    /// Requests a second over the last seconds, as a share of what the replicas serve within the promise.
    RequestRate {
        /// Aimed at: 1 for all of the capacity.
        target: f64,
        /// Seconds over which requests are counted.
        window_seconds: f64,
    },
}

impl Autoscaler {
    /// Looks every 15 seconds and remembers for five minutes, which are Kubernetes' own; requests are counted over a minute.
    pub fn usual(signal: Signal, min_replicas: u32, max_replicas: u32) -> Self {
        Self { signal, interval_seconds: 15.0, stabilisation_seconds: 300.0, min_replicas, max_replicas }
    }
}

impl Signal {
    /// A share of capacity, over the last minute.
    pub fn request_rate(target: f64) -> Self {
        Self::RequestRate { target, window_seconds: 60.0 }
    }
}

impl Scaling {
    /// The autoscaler, where there is one.
    pub fn autoscaler(&self) -> Option<Autoscaler> {
        match self {
            Self::Scheduled => None,
            Self::Reactive(autoscaler) | Self::Floor(autoscaler) => Some(*autoscaler),
        }
    }

    /// Whether the hours of the plan are followed.
    pub fn follows_the_plan(&self) -> bool {
        !matches!(self, Self::Reactive(_))
    }
}

/// Requests as they come.
#[derive(Clone, Debug, PartialEq)]
pub enum Traffic {
    /// Poisson, with a rate for each interval.
    Poisson {
        /// Seconds of an interval; an hour has a whole number of them.
        interval_seconds: f64,
        /// Requests a second, from the beginning of the first hour.
        rates: Vec<f64>,
        /// Tokens of a request.
        sizes: Sizes,
    },
    /// One after the other with independent times between them.
    Renewal {
        /// Mean seconds from one to the next.
        mean_seconds: f64,
        /// Squared coefficient of variation of those seconds.
        squared_variation: f64,
        /// Tokens of a request.
        sizes: Sizes,
    },
    /// As they were recorded, in order of time.
    Recorded(Vec<Request>),
}

/// A recorded request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Request {
    /// Seconds since the beginning of the first hour.
    pub at: f64,
    /// Tokens of the prompt.
    pub input_tokens: u32,
    /// Tokens of the answer.
    pub output_tokens: u32,
}

/// Tokens of generated requests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sizes {
    /// The mean request.
    pub mean: RequestSize,
    /// How single requests differ from it.
    pub spread: Spread,
}

/// How the sizes of requests differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Spread {
    /// Every request is the mean one, as queueing formulas assume.
    #[default]
    Fixed,
    /// Tokens of prompt and answer are exponential, rounded up.
    Exponential,
}

/// What the replay assumes about the world. Every field has a default; the whole stands in the result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Conditions {
    /// Seconds from the start of an instance to its first request: boot, image, weights. Default 180.
    pub cold_start_seconds: f64,
    /// Seconds from the decision to the start of an instance. Default 30.
    pub scale_delay_seconds: f64,
    /// Seconds before an hour at which the plan asks for the replicas that it has more of. Default 210: ready in time.
    pub lead_seconds: f64,
    /// Interruptions of an hour of a spot instance. Default 0.
    pub spot_interruptions_per_hour: f64,
    /// Seconds of warning; the instance takes no more requests then. Default 120.
    pub spot_notice_seconds: f64,
    /// Failures of an hour of any instance, without warning. Default 0.
    pub failures_per_hour: f64,
    /// Seconds until a lost instance is replaced, before its cold start. Default 60.
    pub replacement_seconds: f64,
    /// Squared coefficient of variation of the rate from minute to minute (gamma), for bursts beyond Poisson. Default 0.
    pub burst_variation: f64,
    /// Rare days: factors on the rate of some hours.
    pub surges: Vec<Surge>,
    /// How far above its promise an hour's mean may lie, for what a fitted profile is worth. Default 0.05.
    pub tolerance: f64,
}

impl Default for Conditions {
    fn default() -> Self {
        Self {
            cold_start_seconds: 180.0,
            scale_delay_seconds: 30.0,
            lead_seconds: 210.0,
            spot_interruptions_per_hour: 0.0,
            spot_notice_seconds: 120.0,
            failures_per_hour: 0.0,
            replacement_seconds: 60.0,
            burst_variation: 0.0,
            surges: Vec::new(),
            tolerance: 0.05,
        }
    }
}

/// Hours in which more comes than usual: a promotion day.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Surge {
    /// First hour.
    pub from_hour: u32,
    /// The hour after the last.
    pub until_hour: u32,
    /// Times the usual rate.
    pub factor: f64,
}

/// How much of every hour is played.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Sampling {
    /// About so many requests of an hour are played, where it has more; without it all of them.
    pub requests_per_hour: Option<f64>,
    /// Fewest seconds of an hour, however many requests they have.
    pub min_seconds: f64,
}

impl Default for Sampling {
    /// Every hour whole.
    fn default() -> Self {
        Self { requests_per_hour: None, min_seconds: HOUR }
    }
}

/// Why a scenario cannot be played.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ScenarioError {
    /// A value that is no such thing.
    #[error("{place}: {what} is {value}; it must be {range}")]
    OutOfRange {
        /// Workload and type.
        place: String,
        /// The field.
        what: &'static str,
        /// Its value.
        value: f64,
        /// What is accepted.
        range: &'static str,
    },
    /// Lists that do not fit together.
    #[error("{place}: {what} has {found} values and {expected} are needed: one for every hour of the plan")]
    Length {
        /// Workload and type.
        place: String,
        /// The list.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The length needed.
        expected: usize,
    },
    /// Recorded requests out of order.
    #[error("{place}: request {index} comes {at} s after the start, before the one above it; sort the trace by time")]
    Order {
        /// The workload.
        place: String,
        /// Which request, from 0.
        index: usize,
        /// Its time.
        at: f64,
    },
}

impl Workload {
    /// Hours of the plan.
    pub fn hours(&self) -> usize {
        self.classes.first().map_or(0, |class| class.replicas.len())
    }

    pub(super) fn check(&self) -> Result<(), ScenarioError> {
        let hours = self.hours();
        let place = || format!("workload {}", self.id);
        limit(place, "hours", hours as f64, "from 1 to 8784", (1..=MAX_HOURS).contains(&hours))?;
        for class in &self.classes {
            let place = || format!("workload {}, type {}", self.id, class.type_id);
            if class.replicas.len() != hours {
                let (what, found) = ("replicas", class.replicas.len());
                return Err(ScenarioError::Length { place: place(), what, found, expected: hours });
            }
            let most = class.replicas.iter().copied().max().unwrap_or(0);
            limit(place, "replicas", f64::from(most), "at most 100000", most <= MAX_REPLICAS)?;
            positive(place, "capacity", class.capacity)?;
            match class.service {
                Service::Tokens { time, max_batch } => {
                    limit(place, "max batch", f64::from(max_batch), "from 1 to 100000", (1..=100_000).contains(&max_batch))?;
                    if let Err(crate::SizingError::OutOfRange { what, value, range }) = time.check() {
                        return Err(ScenarioError::OutOfRange { place: place(), what, value, range });
                    }
                }
                Service::Single { mean_seconds, squared_variation } => {
                    positive(place, "mean seconds", mean_seconds)?;
                    at_least_zero(place, "squared variation", squared_variation)?;
                }
            }
        }
        self.check_traffic(hours)?;
        if let Some(autoscaler) = self.scaling.autoscaler() {
            let Autoscaler { signal, interval_seconds, stabilisation_seconds, min_replicas, max_replicas } = autoscaler;
            match signal {
                Signal::InSystem { target } => positive(place, "target", target)?,
                Signal::RequestRate { target, window_seconds } => {
                    positive(place, "target", target)?;
                    positive(place, "window", window_seconds)?;
                }
            }
            limit(
                place,
                "interval",
                interval_seconds,
                "at least 1 second",
                interval_seconds >= 1.0 && interval_seconds.is_finite(),
            )?;
            at_least_zero(place, "stabilisation", stabilisation_seconds)?;
            let is_range = (1..=MAX_REPLICAS).contains(&max_replicas) && min_replicas <= max_replicas;
            limit(place, "most replicas", f64::from(max_replicas), "from the fewest to 100000", is_range)?;
        }
        Ok(())
    }

    fn check_traffic(&self, hours: usize) -> Result<(), ScenarioError> {
        let place = || format!("workload {}", self.id);
        let sizes = match &self.traffic {
            Traffic::Poisson { interval_seconds, rates, sizes } => {
                let per_hour = HOUR / interval_seconds;
                let is_whole = per_hour >= 1.0 && per_hour.fract() == 0.0;
                limit(place, "interval", *interval_seconds, "a whole part of an hour", is_whole)?;
                let expected = hours * per_hour as usize;
                if rates.len() != expected {
                    return Err(ScenarioError::Length { place: place(), what: "demand", found: rates.len(), expected });
                }
                rates.iter().try_for_each(|rate| limit(place, "demand", *rate, "from 0 to 1e6", (0.0..=1e6).contains(rate)))?;
                sizes
            }
            Traffic::Renewal { mean_seconds, squared_variation, sizes } => {
                positive(place, "mean seconds between requests", *mean_seconds)?;
                at_least_zero(place, "squared variation of arrivals", *squared_variation)?;
                sizes
            }
            Traffic::Recorded(requests) => {
                let mut last = 0.0;
                for (index, request) in requests.iter().enumerate() {
                    let at = request.at;
                    limit(place, "time of a request", at, "at least 0 seconds", at >= 0.0 && at.is_finite())?;
                    if at < last {
                        return Err(ScenarioError::Order { place: place(), index, at });
                    }
                    last = at;
                }
                return Ok(());
            }
        };
        sizes.mean.check().map_err(|error| match error {
            crate::SizingError::OutOfRange { what, value, range } => {
                ScenarioError::OutOfRange { place: place(), what, value, range }
            }
            crate::SizingError::Unattainable { what, best, .. } => {
                ScenarioError::OutOfRange { place: place(), what, value: best, range: "attainable" }
            }
        })
    }
}

impl Conditions {
    /// # Errors
    /// For fields out of range.
    pub fn check(&self) -> Result<(), ScenarioError> {
        let place = || "conditions".to_owned();
        for (what, value) in [
            ("cold_start_seconds", self.cold_start_seconds),
            ("scale_delay_seconds", self.scale_delay_seconds),
            ("lead_seconds", self.lead_seconds),
            ("spot_interruptions_per_hour", self.spot_interruptions_per_hour),
            ("spot_notice_seconds", self.spot_notice_seconds),
            ("failures_per_hour", self.failures_per_hour),
            ("replacement_seconds", self.replacement_seconds),
            ("burst_variation", self.burst_variation),
            ("tolerance", self.tolerance),
        ] {
            limit(place, what, value, "from 0 to 1e6", (0.0..=1e6).contains(&value))?;
        }
        self.surges
            .iter()
            .try_for_each(|s| limit(place, "factor of a surge", s.factor, "from 0 to 1000", (0.0..=1000.0).contains(&s.factor)))
    }

    /// The factor on the rate of an hour.
    pub fn surge(&self, hour: usize) -> f64 {
        let within = |s: &&Surge| (s.from_hour as usize..s.until_hour as usize).contains(&hour);
        self.surges.iter().filter(within).map(|s| s.factor).product()
    }
}

impl Sampling {
    /// Seconds of an hour that are played when `rate` requests a second come.
    pub fn seconds(&self, rate: f64) -> f64 {
        let wanted = match self.requests_per_hour {
            Some(requests) if rate > 0.0 => requests / rate,
            Some(_) => self.min_seconds,
            None => HOUR,
        };
        wanted.max(self.min_seconds).clamp(1.0, HOUR)
    }
}

fn limit(place: impl Fn() -> String, what: &'static str, value: f64, range: &'static str, ok: bool) -> Result<(), ScenarioError> {
    if ok { Ok(()) } else { Err(ScenarioError::OutOfRange { place: place(), what, value, range }) }
}

fn positive(place: impl Fn() -> String, what: &'static str, value: f64) -> Result<(), ScenarioError> {
    limit(place, what, value, "above 0", value > 0.0 && value.is_finite())
}

fn at_least_zero(place: impl Fn() -> String, what: &'static str, value: f64) -> Result<(), ScenarioError> {
    limit(place, what, value, "at least 0", value >= 0.0 && value.is_finite())
}
