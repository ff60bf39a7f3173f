use std::sync::Arc;

use farthing_collectors::source::{Checkpoints, CheckpointsError, Spending};
use farthing_store::Store;
use farthing_types::{Amount, BillingPeriod, SourceName};
use futures::FutureExt;
use futures::future::BoxFuture;

/// What calls cost, kept in the database.
#[derive(Debug)]
pub(crate) struct Spendings(pub Arc<Store>);

impl Checkpoints for Spendings {
    fn spend<'a>(
        &'a self,
        source: &'a SourceName,
        month: BillingPeriod,
        price: Amount,
        budget: Option<Amount>,
    ) -> BoxFuture<'a, Result<Spending, CheckpointsError>> {
        async move {
            let failed = |error: farthing_store::StoreError| CheckpointsError(error.to_string());
            if let Some(sum) = self.0.collections().spend(source, month, price, budget).await.map_err(failed)? {
                return Ok(Spending::Noted(sum));
            }
            let spent = self.0.collections().spending(source).await.map_err(failed)?;
            let spent = spent.iter().find(|spent| spent.month == month);
            Ok(Spending::Exceeds(spent.map_or(Amount::ZERO, |spent| spent.cost)))
        }
        .boxed()
    }
}
