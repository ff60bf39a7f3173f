//! A replay that is asked for in one document: over HTTP, or of a job.

use std::io::{Cursor, Read};

use farthing_simulator::twin::{Conditions, Sampling, Spread};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{Error, Reactive, SimulationQuery};

/// Most requests that are played for one answer: about a minute and a half on one processor.
const MOST_REQUESTS: f64 = 1e8;

/// A plan and what it is replayed with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SimulationRequest {
    /// The plan, as `POST /v1/plans/fleet` or `/v1/plans/fleet/solve` answers.
    plan: Value,
    /// The instance that it was solved for; demand and capacities are taken from it where the plan has none.
    #[serde(default)]
    instance: Option<Value>,
    /// The fleet profile, as TOML; with its fitted parameters latencies are replayed.
    #[serde(default)]
    profile: Option<String>,
    /// Recorded traffic, as the CSV of a request trace.
    #[serde(default)]
    trace: Option<String>,
    /// What everything is drawn from. Default 1.
    #[serde(default = "one")]
    seed: u64,
    /// What is assumed.
    #[serde(default)]
    conditions: Conditions,
    /// How much of each hour is played; without it about 2,000 requests, and at least 600 seconds.
    #[serde(default)]
    sampling: Option<Sampling>,
    /// How generated requests differ in size.
    #[serde(default)]
    sizes: Spread,
    /// An autoscaler on top of the plan's hours, or in their place.
    #[serde(default)]
    reactive: Option<Reactive>,
}

const fn one() -> u64 {
    1
}

impl SimulationRequest {
    /// The request in a document.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(document: &Value) -> Result<Self, Error> {
        Self::deserialize(document).map_err(|error| Error::Invalid(error.to_string()))
    }

    /// What is to be replayed.
    ///
    /// # Errors
    /// When the autoscaler makes no sense.
    pub fn query(self) -> Result<SimulationQuery, Error> {
        if self.reactive.is_some_and(|r| !(r.target > 0.0 && r.target.is_finite()) || r.max_replicas == Some(0)) {
            return Err(Error::Invalid("target and max_replicas of reactive are above 0".to_owned()));
        }
        let mut query = SimulationQuery::of(("the plan".to_owned(), self.plan.to_string()));
        query.instance = self.instance.map(|instance| ("the instance".to_owned(), instance.to_string()));
        query.profile = self.profile.map(|profile| ("the fleet profile".to_owned(), profile));
        let recorded = |trace: String| Box::new(Cursor::new(trace.into_bytes())) as Box<dyn Read + Send>;
        query.trace = self.trace.map(|trace| ("the trace".to_owned(), recorded(trace)));
        query.seed = self.seed;
        query.conditions = self.conditions;
        query.sampling = self.sampling.unwrap_or(query.sampling);
        query.spread = self.sizes;
        query.reactive = self.reactive;
        query.max_requests = Some(MOST_REQUESTS);
        Ok(query)
    }
}
