//! The fleet profile: a TOML file that a team keeps beside its deployment.
//!
//! ```toml
//! version = 1
//! currency = "USD"
//!
//! [[instance_types]]
//! id = "g5.xlarge"
//! price = "1.006"          # on demand, an hour, as a decimal string
//! commit_price = "0.63"    # an hour of a committed instance; leave out where none is offered
//! plan_rate = "0.72"       # an hour under a spend commitment; leave out where it does not apply
//! quota = 40               # most at a time; leave out for no limit
//! vendor = "aws"
//! region = "us-east-1"
//!
//! [[workloads]]
//! id = "claims-triage"
//! model = "llama-13b"
//! unit = "claims"
//! min_replicas = 2
//! input_tokens = 900       # leave out to take what usage shows
//! output_tokens = 120
//! slo = { time_to_first_token_ms = 800, inter_token_latency_ms = 60 }
//! today = [{ type = "g5.xlarge", replicas = 6 }]
//!
//! [workloads.profiles."g5.xlarge"]   # fitted in milliseconds, see ServiceTime in farthing-simulator
//! alpha = 16.78
//! beta = 0.073
//! gamma = 0.00228125
//! max_batch = 38
//!
//! [workloads.profiles."p4d.24xlarge"]
//! requests_per_second = 41.5         # or measured under the service level
//!
//! [workloads.profiles."c7g.4xlarge"]
//! service_seconds = 0.12             # or no tokens: whole requests, `servers` at once; squared_variation is 1 where it is left out
//! servers = 8                        # time_to_first_token_ms then promises the mean wait before service
//!
//! [workloads.profiles."g6e.xlarge"]  # or measured times between tokens, that alpha, beta and gamma are fitted to
//! max_batch = 48
//! measurements = [
//!     { batch = 1, input_tokens = 900, output_tokens = 120, inter_token_latency_ms = 21.4 },
//!     # … at least four, of different batches and sizes
//! ]
//!
//! [terms]                            # leave out what is not asked
//! shifts = [6, 14, 22]               # hours of the day (UTC) in which replicas may change; or change_hours, hours of the week
//! keep_commitments = true            # what [today] commits to stays paid
//! headroom = [{ from = 96, to = 120, factor = "1.3" }]            # the day that matters
//! survive = [{ loss = "zone", demand = "1", replicas = 1 }]       # what must be left; loss = "spot" or "spot_type" too
//!
//! # An instance type may say: zone = "us-east-1a", excess_price = "9.00" (above its quota), and for spot capacity
//! # spot = { interruption_rate = "0.05", interruption_cost = "0.40" }. A workload may say: ramp = 4 (most replicas that start or
//! # stop in an hour), warm_up_hours = 1, unserved_price = "3.00" (a unit of demand for an hour), change_price = "0.02" (an hour of a
//! # replica more or less than today).
//!
//! [demand]                           # how a typical week is read from usage; leave out for these
//! quantile = 0.95                    # share of the measured weeks that is covered
//! headroom = 1.1                     # and a tenth on top
//!
//! [[scenarios]]                      # commitments are made before it shows which comes, replicas after; leave out for one
//! name = "as measured"
//! probability = "0.75"
//! quantile = 0.8                     # of its own
//! [[scenarios]]
//! name = "the new product"
//! probability = "0.25"
//! factor = "1.6"                     # what its demand is multiplied by
//!
//! [today]                            # what is committed to already, so that today's cost is priced with it
//! commit = { "g5.xlarge" = 4 }
//! spend = "1.44"                     # spend commitment of an hour
//! ```

use std::collections::BTreeMap;

use farthing_simulator::{
    Calibration, CalibrationError, ErlangError, GeneralQueue, Measurement, RequestSize, ServiceTime, calibrate,
};
use farthing_solver_models::fleet::Loss;
use farthing_types::{Amount, Currency, ModelId, UnitId, WorkloadId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::PlanError;
use crate::scenarios::{self, DemandOptions, DemandScenario};

/// What can be rented, what runs on it, and what is promised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FleetProfile {
    /// Version of the format: 1.
    pub version: u32,
    /// Currency of every price in the file.
    pub currency: Currency,
    /// What can be rented.
    pub instance_types: Vec<InstanceOffer>,
    /// What runs on it.
    pub workloads: Vec<WorkloadProfile>,
    /// Commitments that are paid today.
    #[serde(default)]
    pub today: TodayCommitments,
    /// What a plan has to keep beside promises and quotas.
    #[serde(default, skip_serializing_if = "FleetTerms::is_empty")]
    pub terms: FleetTerms,
    /// How demand is read from usage.
    #[serde(default, skip_serializing_if = "DemandOptions::is_empty")]
    pub demand: DemandOptions,
    /// Ways that demand may go; empty for one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scenarios: Vec<DemandScenario>,
}

/// An instance type and its prices an hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstanceOffer {
    /// Its name.
    pub id: String,
    /// On demand.
    pub price: Amount,
    /// Committed, paid whether used or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit_price: Option<Amount>,
    /// Counted against a spend commitment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_rate: Option<Amount>,
    /// Most at a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<u32>,
    /// Who rents it out; shown, not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// Where; shown, not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The zone that it is lost with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Spot capacity, and how often it is taken away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spot: Option<SpotOffer>,
    /// Price of an instance hour above the quota.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excess_price: Option<Amount>,
}

/// Interruptions of spot capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpotOffer {
    /// Probability that an instance is taken away within an hour.
    pub interruption_rate: Amount,
    /// What an interruption costs.
    #[serde(default)]
    pub interruption_cost: Amount,
}

/// A model deployment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkloadProfile {
    /// Its name, as in the usage.
    pub id: WorkloadId,
    /// The model it serves.
    pub model: ModelId,
    /// The unit that owns it.
    pub unit: UnitId,
    /// What is promised.
    #[serde(default)]
    pub slo: ServicePromise,
    /// Fewest replicas at any time. Default 1.
    #[serde(default = "one")]
    pub min_replicas: u32,
    /// Mean tokens of a prompt; measured from usage where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_tokens: Option<f64>,
    /// Mean tokens of an answer; measured from usage where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_tokens: Option<f64>,
    /// By instance type: how fast it is there.
    pub profiles: BTreeMap<String, ServiceProfile>,
    /// What runs today, in every hour.
    #[serde(default)]
    pub today: Vec<Deployment>,
    /// Most replicas that start or stop from one hour to the next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ramp: Option<u32>,
    /// Hours that a replica runs before it serves.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub warm_up_hours: u32,
    /// Price of a request a second that is not served for an hour; leave out where all must be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unserved_price: Option<Amount>,
    /// Price of an hour of a replica more or less than today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_price: Option<Amount>,
}

const fn is_zero(hours: &u32) -> bool {
    *hours == 0
}

/// What a plan has to keep beside promises and quotas.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FleetTerms {
    /// Hours of the day, UTC, in which replicas may change; empty for every hour.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shifts: Vec<u32>,
    /// The same as hours of the week.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub change_hours: Vec<u32>,
    /// Whether what is committed today stays paid.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keep_commitments: bool,
    /// Factors on the demand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headroom: Vec<Headroom>,
    /// What every workload survives.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub survive: Vec<SurvivedLoss>,
}

impl FleetTerms {
    /// True where nothing is asked.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A factor on the demand of some hours of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Headroom {
    /// The first hour.
    pub from: usize,
    /// The hour after the last.
    pub to: usize,
    /// What demand is multiplied by.
    pub factor: Amount,
}

/// A loss and what must be left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SurvivedLoss {
    /// What is lost.
    pub loss: Loss,
    /// Share of the demand that what is left serves.
    #[serde(default)]
    pub demand: Amount,
    /// Replicas that are left.
    #[serde(default)]
    pub replicas: u32,
}

const fn one() -> u32 {
    1
}

/// Mean latencies that a workload promises within any hour; leave one out for no promise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServicePromise {
    /// Time to first token, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_to_first_token_ms: Option<f64>,
    /// Time between tokens, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inter_token_latency_ms: Option<f64>,
}

/// How fast one replica of a workload is on an instance type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ServiceProfile {
    /// Measured: requests a second under the service level.
    Measured(Measured),
    /// Fitted: the service level's rate follows from the queue.
    Fitted(Fitted),
    /// Measured latencies, to which the parameters are fitted when they are needed.
    Calibrated(Calibrated),
    /// No tokens: a queue before one server or a few.
    Queued(Queued),
}

/// A replica that serves requests as a whole, so many at once (G/G/c with Poisson arrivals).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queued {
    /// Mean seconds of a request.
    pub service_seconds: f64,
    /// Squared coefficient of variation of the seconds: 0 fixed, 1 exponential, the default.
    #[serde(default = "exponential")]
    pub squared_variation: f64,
    /// Requests at once. Default 1.
    #[serde(default = "one")]
    pub servers: u32,
}

const fn exponential() -> f64 {
    1.0
}

/// Halvings of the interval in which the greatest rate is sought: to a part in 10^12.
const RATE_HALVINGS: usize = 40;

impl Queued {
    fn queue(&self, rate: f64) -> Result<GeneralQueue, ErlangError> {
        GeneralQueue::new(self.servers, rate, 1.0 / self.service_seconds, 1.0, self.squared_variation)
    }

    /// Requests a second at which the mean wait before service keeps to `wait_ms`; without a promise the greatest stable rate. One
    /// replica is taken by itself, so several behind one queue wait less.
    ///
    /// # Errors
    /// Where a figure of the profile is out of range.
    pub fn max_rate(&self, wait_ms: Option<f64>) -> Result<f64, ErlangError> {
        self.queue(0.0)?;
        let stable = f64::from(self.servers) / self.service_seconds;
        let Some(promised) = wait_ms.map(|ms| ms / 1000.0) else { return Ok(stable) };
        let (mut kept, mut broken) = (0.0, stable);
        for _ in 0..RATE_HALVINGS {
            let rate = (kept + broken) / 2.0;
            match self.queue(rate) {
                Ok(queue) if queue.mean_wait() <= promised => kept = rate,
                Ok(_) | Err(ErlangError::Unstable { .. }) => broken = rate,
                Err(error) => return Err(error),
            }
        }
        Ok(kept)
    }
}

/// Measured times between tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibrated {
    /// Requests at once.
    pub max_batch: u32,
    /// See [`Fitted::at_tokens`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_tokens: Option<f64>,
    /// What was measured.
    pub measurements: Vec<Measurement>,
}

impl ServiceProfile {
    /// The parameters of the token-generation queue; `None` where only a rate was measured.
    pub fn fitted(&self) -> Option<Fitted> {
        match self {
            Self::Measured(_) | Self::Queued(_) => None,
            Self::Fitted(fitted) => Some(*fitted),
            Self::Calibrated(Calibrated { max_batch, at_tokens, measurements }) => {
                let Calibration { alpha, beta, gamma, .. } = calibrate(measurements).ok()?;
                Some(Fitted { alpha, beta, gamma, delta: None, max_batch: *max_batch, at_tokens: *at_tokens })
            }
        }
    }

    /// How well the parameters fit; `None` where they are given.
    pub fn calibration(&self) -> Option<Result<Calibration, CalibrationError>> {
        match self {
            Self::Calibrated(calibrated) => Some(calibrate(&calibrated.measurements)),
            _ => None,
        }
    }
}

/// A measured rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// Requests a second that one replica serves within the service level.
    pub requests_per_second: f64,
}

/// Fitted parameters of the token-generation queue, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fitted {
    /// Base time of an iteration, or of a decoding step where delta is given.
    pub alpha: f64,
    /// See [`ServiceTime`].
    pub beta: f64,
    /// See [`ServiceTime`].
    pub gamma: f64,
    /// Given: the four-parameter form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delta: Option<f64>,
    /// Requests at once.
    pub max_batch: u32,
    /// Tokens of the answers that max_batch was measured with; given, the batch is scaled to the workload's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_tokens: Option<f64>,
}

impl Fitted {
    /// Requests at once of this size: max_batch, scaled by at_tokens where that is given.
    pub fn batch_for(&self, size: &RequestSize) -> u32 {
        let scaled = self.at_tokens.map_or(f64::from(self.max_batch), |at| f64::from(self.max_batch) * at / size.output_tokens);
        scaled.floor().max(1.0) as u32
    }

    /// The parameters as the queueing model takes them.
    pub fn service_time(&self) -> ServiceTime {
        let Self { alpha, beta, gamma, .. } = *self;
        match self.delta {
            Some(delta) => ServiceTime::PrefillDecode { alpha, beta, gamma, delta },
            None => ServiceTime::Iteration { alpha, beta, gamma },
        }
    }
}

/// Replicas on one type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    /// The type.
    #[serde(rename = "type")]
    pub type_id: String,
    /// How many, in every hour.
    pub replicas: u32,
}

/// What is committed to already.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TodayCommitments {
    /// Committed instances by type.
    #[serde(default)]
    pub commit: BTreeMap<String, u32>,
    /// Spend commitment of an hour.
    #[serde(default)]
    pub spend: Amount,
}

impl FleetProfile {
    /// Reads and checks the TOML text.
    ///
    /// # Errors
    /// [`PlanError`] with line and column where the text is at fault, or the workload, type and field.
    pub fn from_toml(text: &str) -> Result<Self, PlanError> {
        let profile: Self = toml::from_str(text).map_err(|e| PlanError::Toml(e.to_string()))?;
        profile.check()?;
        Ok(profile)
    }

    /// The place of a type in the list.
    pub(crate) fn type_index(&self, id: &str) -> Option<usize> {
        self.instance_types.iter().position(|t| t.id == id)
    }

    fn check(&self) -> Result<(), PlanError> {
        if self.version != 1 {
            return Err(PlanError::Version(self.version));
        }
        let known = |place: String, id: &str| match self.type_index(id) {
            Some(_) => Ok(()),
            None => {
                Err(PlanError::Field { place, message: format!("type {id} is not in instance_types; add it with its price") })
            }
        };
        for workload in &self.workloads {
            let place = |field: &str| format!("workload {}, {field}", workload.id);
            workload.profiles.keys().try_for_each(|id| known(place("profiles"), id))?;
            for (id, service) in &workload.profiles {
                if let Some(Err(error)) = service.calibration() {
                    return Err(PlanError::Field {
                        place: place(&format!("profiles.{id:?}.measurements")),
                        message: error.to_string(),
                    });
                }
            }
            for (id, service) in &workload.profiles {
                if let ServiceProfile::Queued(queued) = service {
                    let message = |error: ErlangError| error.to_string();
                    let field = |message| PlanError::Field { place: place(&format!("profiles.{id:?}")), message };
                    queued.max_rate(None).map_err(message).map_err(field)?;
                }
            }
            for deployment in &workload.today {
                known(place("today"), &deployment.type_id)?;
                if !workload.profiles.contains_key(&deployment.type_id) {
                    let message = format!("it runs on {} and has no profile for it; add profiles.{0:?}", deployment.type_id);
                    return Err(PlanError::Field { place: place("today"), message });
                }
            }
            for (field, value) in [("input_tokens", workload.input_tokens), ("output_tokens", workload.output_tokens)] {
                if value.is_some_and(|v| !(v >= 0.0 && v.is_finite())) {
                    return Err(PlanError::Field { place: place(field), message: "it must be at least 0".to_owned() });
                }
            }
        }
        scenarios::check(self)?;
        self.today.commit.keys().try_for_each(|id| known("today.commit".to_owned(), id))?;
        if self.today.spend.is_negative() {
            return Err(PlanError::Field { place: "today.spend".to_owned(), message: "it must be at least 0".to_owned() });
        }
        Ok(())
    }
}
