//! The rows of each table. Columns are described in `farthing-migrations`; the domain types stand beside the repositories.

pub(crate) mod api_token;
pub(crate) mod audit_checkpoint;
pub(crate) mod audit_entry;
pub(crate) mod call_spending;
pub(crate) mod certificate;
pub(crate) mod collection;
pub(crate) mod collection_gap;
pub(crate) mod delivery;
pub(crate) mod document;
pub(crate) mod finding;
pub(crate) mod import;
pub(crate) mod job_run;
pub(crate) mod job_schedule;
pub(crate) mod kept_statement;
pub(crate) mod login_session;
pub(crate) mod period_event;
pub(crate) mod person;
pub(crate) mod plan;
pub(crate) mod portfolio_decision;
pub(crate) mod portfolio_review;
pub(crate) mod provider_report;
pub(crate) mod reopening;
pub(crate) mod revision;
pub(crate) mod revision_retirement;
pub(crate) mod revision_total;
pub(crate) mod source;
