use std::fmt::Debug;

use farthing_types::{Amount, BillingPeriod, SourceName};
use futures::future::BoxFuture;

/// What a source has to keep from one run to the next. Collectors know no database: whoever runs them gives this to them.
pub trait Checkpoints: Debug + Send + Sync {
    /// Notes a call before it is made, with its price, unless the sum of the month would exceed `budget`. Atomic: of two that are noted
    /// at once, both are in the sum that the second one is held against.
    fn spend<'a>(
        &'a self,
        source: &'a SourceName,
        month: BillingPeriod,
        price: Amount,
        budget: Option<Amount>,
    ) -> BoxFuture<'a, Result<Spending, CheckpointsError>>;
}

/// What became of a call that was to be noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spending {
    /// It may be made. The sum of the month with it.
    Noted(Amount),
    /// It may not: this was spent before it.
    Exceeds(Amount),
}

/// Why it could not be noted. The call is then not made.
#[derive(Debug, thiserror::Error)]
#[error("what calls cost could not be noted, so none was made: {0}")]
pub struct CheckpointsError(pub String);
