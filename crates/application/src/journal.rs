//! What is posted in the books for a billing period.

use farthing_ledger::{Journal, JournalError, JournalLayout, journal};
use farthing_types::{BillingPeriod, Cost, Selection};
use serde::Serialize;

use crate::chargeback::ChargebackQuery;
use crate::{Error, Farthing};

/// What is to be posted.
#[derive(Clone, Debug)]
pub struct JournalQuery {
    /// The billing period.
    pub period: BillingPeriod,
    /// Which of the four costs.
    pub cost: Cost,
    /// The accounts and columns, as TOML, and what errors call it; plain words for accounts without one.
    pub layout: Option<(String, String)>,
}

/// Journals, one a currency, and the file that the books import.
#[derive(Clone, Debug, Serialize)]
pub struct Journaled {
    /// The journals.
    pub journals: Vec<Journal>,
    /// True where every source of the period is closed: until then the next import may change the figures.
    pub closed: bool,
    /// The journals as the layout writes them.
    #[serde(skip)]
    pub file: String,
}

impl Farthing {
    /// Balanced double entries for a billing period: units' cost centres against what was billed.
    ///
    /// # Errors
    /// When there are no charges, the statement is not proven, or the layout cannot be used.
    pub async fn journal(&self, query: &JournalQuery) -> Result<Journaled, Error> {
        let layout = match &query.layout {
            None => JournalLayout::default(),
            Some((text, name)) => JournalLayout::parse(text)
                .map_err(|problem| Error::Document { file: name.clone(), problems: vec![problem.to_string()] })?,
        };
        let selection = Selection::Period(query.period);
        let statements =
            self.chargeback(&ChargebackQuery { selection, cost: query.cost, unit: None, reporting: None }).await?.statements;
        let posted = |statement| journal(statement, &layout).map_err(|error: JournalError| Error::Invalid(error.to_string()));
        let journals = statements.iter().map(posted).collect::<Result<Vec<_>, _>>()?;
        let closed = self.closed_since(query.period).await?.is_some();
        let file = layout.render(&journals);
        Ok(Journaled { journals, closed, file })
    }
}
