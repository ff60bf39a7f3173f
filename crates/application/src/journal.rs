//! What is posted in the books for a billing period.

use farthing_ledger::{Journal, JournalError, JournalLayout, LayoutError, journal};
use farthing_types::{BillingPeriod, Cost, Selection};
use serde::Serialize;

use crate::chargeback::ChargebackQuery;
use crate::conversion::Reporting;
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
    /// All currencies in this one; without it each has its own journal.
    pub reporting: Option<Reporting>,
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

/// The accounts and columns of the books; plain words without a file.
pub(crate) fn layout_of(layout: Option<&(String, String)>) -> Result<JournalLayout, Error> {
    layout.map_or(Ok(JournalLayout::default()), |(text, name)| {
        let wrong = |problem: LayoutError| Error::Document { file: name.clone(), problems: vec![problem.to_string()] };
        JournalLayout::parse(text).map_err(wrong)
    })
}

impl Farthing {
    /// Balanced double entries for a billing period: units' cost centres against what was billed.
    ///
    /// # Errors
    /// When there are no charges, the statement is not proven, or the layout cannot be used.
    pub async fn journal(&self, query: &JournalQuery) -> Result<Journaled, Error> {
        let layout = layout_of(query.layout.as_ref())?;
        let selection = Selection::Period(query.period);
        let JournalQuery { cost, reporting, .. } = *query;
        let statements = self.chargeback(&ChargebackQuery { selection, cost, unit: None, reporting }).await?.statements;
        let posted = |statement| journal(statement, &layout).map_err(|error: JournalError| Error::Invalid(error.to_string()));
        let journals = statements.iter().map(posted).collect::<Result<Vec<_>, _>>()?;
        let closed = self.closed_since(query.period).await?.is_some();
        let file = layout.render(&journals);
        Ok(Journaled { journals, closed, file })
    }
}
