//! The tables that a question may be about, and what is in them.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use camino::Utf8PathBuf;
use farthing_types::BillingPeriod;

/// A table of the SQL door.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// Charges: FOCUS Cost and Usage, one row a charge.
    Focus,
    /// Charges added up by day and key columns: the same sums from far fewer rows.
    Daily,
    /// Inference usage, one row an hour, model, workload and caller.
    Usage,
    /// Decisions with their outcome, one row a decision.
    Decisions,
    /// Events of business processes, one row an event.
    EventLogs,
    /// Groups of charges with the unit that they went to, or the reason why none has them.
    Attributed,
    /// The lines of chargeback statements.
    Statements,
    /// FOCUS Contract Commitment, one row a commitment.
    ContractCommitment,
    /// FOCUS Invoice Detail, one row a line of an invoice.
    InvoiceDetail,
    /// FOCUS Billing Period, one row a period of an invoice issuer.
    BillingPeriod,
}

impl Table {
    /// Every table.
    pub const ALL: [Self; 10] = [
        Self::Focus,
        Self::Daily,
        Self::Usage,
        Self::Decisions,
        Self::EventLogs,
        Self::Attributed,
        Self::Statements,
        Self::ContractCommitment,
        Self::InvoiceDetail,
        Self::BillingPeriod,
    ];

    /// Its names, the first before its aliases.
    pub fn names(self) -> &'static [&'static str] {
        match self {
            // The use-case queries of FOCUS say `focus_data_table`.
            Self::Focus => &["focus", "focus_data_table"],
            Self::Daily => &["focus_daily"],
            Self::Usage => &["usage"],
            Self::Decisions => &["decisions"],
            Self::EventLogs => &["event_logs"],
            Self::Attributed => &["attributed"],
            Self::Statements => &["statements"],
            Self::ContractCommitment => &["contract_commitment"],
            Self::InvoiceDetail => &["invoice_detail"],
            Self::BillingPeriod => &["billing_period"],
        }
    }

    /// The table with this name, in capitals or not.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.names().iter().any(|known| known.eq_ignore_ascii_case(name)))
    }

    /// All names, to tell people.
    pub(crate) fn list() -> String {
        let name = |table: Self| match table.names() {
            [name, alias, ..] => format!("{name} (alias {alias})"),
            [name] => (*name).to_owned(),
            [] => unreachable!("every table has a name"),
        };
        Self::ALL.map(name).join(", ")
    }
}

/// A file of facts and the billing period that all its rows belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactFile {
    /// Where it lies.
    pub path: Utf8PathBuf,
    /// The period of its revision.
    pub period: BillingPeriod,
}

/// What is in a table.
#[derive(Clone, Debug)]
pub enum Content {
    /// Rows of Parquet files. Columns that only some of them have are null in the others.
    Files {
        /// The files of the revisions that the question is about.
        files: Vec<FactFile>,
        /// Columns that the table has in any case, with the types that they have in answers.
        known: SchemaRef,
    },
    /// Rows that were computed for the question.
    Rows {
        /// Their columns.
        schema: SchemaRef,
        /// The rows.
        batches: Vec<RecordBatch>,
    },
}

/// What a question is about: a content for each table that it names.
pub type Facts = BTreeMap<Table, Content>;
