//! Read-only SQL over the facts.

use farthing_query::Answer;
use farthing_types::BillingPeriod;

use crate::{Error, Farthing};

impl Farthing {
    /// Runs one SELECT over the tables `focus`, `usage` and `decisions`, of all periods or one.
    ///
    /// # Errors
    /// When the query is no SELECT, makes no sense, or needs more time or memory than it may have.
    pub async fn sql(&self, query: &str, period: Option<BillingPeriod>) -> Result<Answer, Error> {
        let facts = self.facts(period).await?;
        Ok(self.engine.sql(&facts, query).await?)
    }
}
