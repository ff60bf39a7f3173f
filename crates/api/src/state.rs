use std::sync::Arc;

use axum::http::StatusCode;
use farthing_application::Farthing;
use farthing_types::parse_moment;
use tokio::sync::Semaphore;

use crate::Problem;
use crate::metrics::Metrics;

/// What every handler has.
#[derive(Clone)]
pub(crate) struct Api {
    pub farthing: Farthing,
    pub metrics: Arc<Metrics>,
    /// Plans under way: the solver takes a core each, so there is room for one.
    pub solving: Arc<Semaphore>,
}

impl Api {
    /// What reports are asked of: the installation as it is, or as it was at the moment of the parameter `as_of`.
    pub fn as_of(&self, moment: Option<&str>) -> Result<Farthing, Problem> {
        let Some(moment) = moment else { return Ok(self.farthing.clone()) };
        let moment = parse_moment(moment).map_err(|error| Problem::new(StatusCode::BAD_REQUEST, format!("as_of: {error}")))?;
        Ok(self.farthing.as_of(moment)?)
    }

    pub fn new(farthing: Farthing) -> Self {
        Self { farthing, metrics: Arc::new(Metrics::new()), solving: Arc::new(Semaphore::new(1)) }
    }
}
