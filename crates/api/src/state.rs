use std::sync::Arc;

use farthing_application::Farthing;
use tokio::sync::Semaphore;

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
    pub fn new(farthing: Farthing) -> Self {
        Self { farthing, metrics: Arc::new(Metrics::new()), solving: Arc::new(Semaphore::new(1)) }
    }
}
