//! Questions about the facts, answered by DataFusion.
//!
//! **Architecture invariant:** only this crate (and a later distributed sibling) names `datafusion`. Everything that needs
//! money added up by rule uses the roll-ups of `farthing-lake` and does not come here; what comes here is SQL by people, and
//! rules that read columns which the roll-ups do not keep apart.

mod difference;
mod embedded;
mod error;
mod groups;
mod session;
mod table;

pub use embedded::Embedded;
pub use error::QueryError;
pub use groups::FactGroup;
pub use session::Limits;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use camino::Utf8PathBuf;

/// The files of the revisions that a question is about.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Files of charges: the table `focus`, alias `focus_data_table`.
    pub charges: Vec<Utf8PathBuf>,
    /// Files of inference usage: the table `usage`.
    pub usage: Vec<Utf8PathBuf>,
    /// Files of decisions: the table `decisions`.
    pub decisions: Vec<Utf8PathBuf>,
}

/// The rows of an answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Names and types of the columns.
    pub schema: SchemaRef,
    /// The rows, in order.
    pub batches: Vec<RecordBatch>,
}

/// Something that answers questions about facts.
#[async_trait]
pub trait Engine: Send + Sync {
    /// Runs one read-only query.
    async fn sql(&self, facts: &Facts, query: &str) -> Result<Answer, QueryError>;

    /// Adds up the charges of some files by the given FOCUS columns, day and currency.
    async fn group_charges(&self, files: &[Utf8PathBuf], columns: &[String]) -> Result<Vec<FactGroup>, QueryError>;

    /// The charges that turn those of `before` into those of `after`: for each kind of charge, all that adds up, as a difference.
    async fn difference(&self, before: &[Utf8PathBuf], after: &[Utf8PathBuf]) -> Result<Vec<RecordBatch>, QueryError>;
}
