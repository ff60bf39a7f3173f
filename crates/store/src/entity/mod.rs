//! The rows of each table. Columns are described in `farthing-migrations`; the domain types stand beside the repositories.

pub(crate) mod certificate;
pub(crate) mod delivery;
pub(crate) mod document;
pub(crate) mod finding;
pub(crate) mod import;
pub(crate) mod period_event;
pub(crate) mod plan;
pub(crate) mod portfolio_decision;
pub(crate) mod portfolio_review;
pub(crate) mod reopening;
pub(crate) mod revision;
pub(crate) mod revision_retirement;
pub(crate) mod revision_total;
pub(crate) mod source;
