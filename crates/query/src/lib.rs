//! Questions about the facts, answered by DataFusion.
//!
//! **Architecture invariant:** only this crate (and a later distributed sibling) names `datafusion`. Everything that needs
//! money added up by rule uses the roll-ups of `farthing-lake` and does not come here; what comes here is SQL by people, and
//! rules that read columns which the roll-ups do not keep apart.

mod answer;
mod dialect;
mod difference;
mod embedded;
mod error;
mod functions;
mod groups;
mod memory;
mod question;
mod session;
mod table;
mod tables;

pub use answer::Answer;
pub use dialect::{Parameter, Parameters};
pub use embedded::Embedded;
pub use error::QueryError;
pub use groups::{CHARGE_HOUR, FactGroup};
pub use memory::memory_of;
pub use question::Question;
pub use session::Limits;
pub use tables::{Content, FactFile, Facts, Table};

use arrow::array::RecordBatch;
use async_trait::async_trait;
use camino::Utf8PathBuf;

/// Something that answers questions about facts.
#[async_trait]
pub trait Engine: Send + Sync {
    /// Answers a question about these facts, which hold a content for each table that it names.
    async fn sql(&self, facts: &Facts, question: &Question) -> Result<Answer, QueryError>;

    /// Adds up the charges of some files by the given FOCUS columns, day and currency.
    async fn group_charges(&self, files: &[Utf8PathBuf], columns: &[String]) -> Result<Vec<FactGroup>, QueryError>;

    /// The charges that turn those of `before` into those of `after`: for each kind of charge, all that adds up, as a difference.
    async fn difference(&self, before: &[Utf8PathBuf], after: &[Utf8PathBuf]) -> Result<Vec<RecordBatch>, QueryError>;
}
