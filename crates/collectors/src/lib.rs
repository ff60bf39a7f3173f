//! Sources of facts. A collector reads what a cloud, a gateway or a person delivers and writes it to the lake, and nothing
//! else: which revision is current is decided by the catalogue.
//!
//! **Architecture invariant:** collectors do not know each other, and do not know the database.

#[cfg(feature = "anthropic")]
pub mod anthropic;
#[cfg(feature = "aws")]
mod aws;
#[cfg(feature = "aws-cloudwatch")]
pub mod aws_cloudwatch;
#[cfg(feature = "aws-cost-explorer")]
pub mod aws_cost_explorer;
pub mod billing_export;
pub mod bucket;
pub mod decision_files;
pub mod decode;
pub mod event_log_files;
mod file;
#[cfg(feature = "langfuse")]
pub mod langfuse;
pub mod limits;
#[cfg(feature = "litellm")]
pub mod litellm;
pub mod masking;
#[cfg(feature = "openai")]
pub mod openai;
#[cfg(feature = "opencost")]
pub mod opencost;
#[cfg(feature = "prometheus")]
pub mod prometheus;
pub mod source;
pub mod span_spool;
pub mod usage_files;

pub use file::{FileError, FileKind, InputFile, Promise, Reading, find_files};
