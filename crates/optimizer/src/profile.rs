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
//! [workloads.profiles."g6e.xlarge"]  # or measured times between tokens, that alpha, beta and gamma are fitted to
//! max_batch = 48
//! measurements = [
//!     { batch = 1, input_tokens = 900, output_tokens = 120, inter_token_latency_ms = 21.4 },
//!     # … at least four, of different batches and sizes
//! ]
//!
//! [today]                            # what is committed to already, so that today's cost is priced with it
//! commit = { "g5.xlarge" = 4 }
//! spend = "1.44"                     # spend commitment of an hour
//! ```

use std::collections::BTreeMap;

use farthing_simulator::{Calibration, CalibrationError, Measurement, RequestSize, ServiceTime, calibrate};
use farthing_types::{Amount, Currency, ModelId, UnitId, WorkloadId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::PlanError;

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
            Self::Measured(_) => None,
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
        self.today.commit.keys().try_for_each(|id| known("today.commit".to_owned(), id))?;
        if self.today.spend.is_negative() {
            return Err(PlanError::Field { place: "today.spend".to_owned(), message: "it must be at least 0".to_owned() });
        }
        Ok(())
    }
}
