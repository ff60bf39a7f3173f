//! What tables of SQL are made of.

use farthing_query::{Question, Table};
use farthing_store::{Dataset as D, DocumentKind as K};

use super::reads::{ATTRIBUTED, RULES};
use crate::{Error, SqlQuery};

/// The facts that a table of SQL is made of, and the documents that stand between.
pub(super) fn of_table(table: Table) -> (&'static [D], &'static [K]) {
    match table {
        Table::Focus | Table::Daily => (&[D::Charges], &[]),
        Table::Usage => (&[D::Usage], &[]),
        Table::Decisions => (&[D::Decisions], &[]),
        Table::EventLogs => (&[D::EventLogs], &[]),
        Table::Attributed | Table::Statements => (ATTRIBUTED, RULES),
        Table::ContractCommitment => (&[D::ContractCommitment], &[]),
        Table::InvoiceDetail => (&[D::InvoiceDetail], &[]),
        Table::BillingPeriod => (&[D::BillingPeriod], &[]),
    }
}

impl SqlQuery {
    /// True where it reads what is about people: what they decided, and what business systems say of who did what.
    ///
    /// # Errors
    /// When it is no question.
    pub fn reads_people(&self) -> Result<bool, Error> {
        let question = Question::parse(&self.query, &self.parameters)?;
        Ok(question.tables().iter().any(|table| matches!(table, Table::Decisions | Table::EventLogs)))
    }
}
