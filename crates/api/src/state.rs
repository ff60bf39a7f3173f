use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use farthing_application::{Farthing, Principal};
use farthing_types::parse_moment;
use tokio::sync::Semaphore;

use crate::Problem;
use crate::metrics::Metrics;
use crate::otlp::Receiving;
use crate::shedding::MOST_AT_ONCE;

/// What is recorded of whoever asks at the machine, where nobody has to log in.
const AT_THE_MACHINE: &str = "api";

/// What every handler has.
#[derive(Clone)]
pub(crate) struct Api {
    pub farthing: Farthing,
    pub receiving: Receiving,
    pub metrics: Arc<Metrics>,
    /// Plans under way: the solver takes a core each, so there is room for one.
    pub solving: Arc<Semaphore>,
    /// Logins under way: each takes 19 MiB and a core for a while, as it is meant to.
    pub logging_in: Arc<Semaphore>,
    /// Sign-ins under way: each waits for the provider.
    pub signing_in: Arc<Semaphore>,
    /// Requests under way.
    pub working: Arc<Semaphore>,
    /// Since when this process serves.
    pub started_at: DateTime<Utc>,
    /// True once somebody was added who can show who they are: it stays so.
    pub has_identity: Arc<AtomicBool>,
    /// Who asks: whoever is at the machine, until a request says who it is.
    pub principal: Principal,
}

impl Api {
    /// What reports are asked of: the installation as it is, or as it was at the moment of the parameter `as_of`.
    pub fn as_of(&self, moment: Option<&str>) -> Result<Farthing, Problem> {
        let Some(moment) = moment else { return Ok(self.farthing.clone()) };
        let moment = parse_moment(moment).map_err(|error| Problem::new(StatusCode::BAD_REQUEST, format!("as_of: {error}")))?;
        Ok(self.farthing.as_of(moment)?)
    }

    /// True where whoever asks has to show who they are.
    pub async fn asks_who(&self) -> Result<bool, Problem> {
        if !self.has_identity.load(Ordering::Relaxed) && self.farthing.has_identity().await? {
            self.has_identity.store(true, Ordering::Relaxed);
        }
        Ok(self.has_identity.load(Ordering::Relaxed))
    }

    pub fn new(farthing: Farthing, receiving: Receiving) -> Self {
        let started_at = farthing.now();
        Self {
            farthing,
            receiving,
            metrics: Arc::new(Metrics::new()),
            solving: Arc::new(Semaphore::new(1)),
            logging_in: Arc::new(Semaphore::new(2)),
            signing_in: Arc::new(Semaphore::new(16)),
            working: Arc::new(Semaphore::new(MOST_AT_ONCE)),
            started_at,
            has_identity: Arc::default(),
            principal: Principal::at_the_machine(AT_THE_MACHINE),
        }
    }
}
