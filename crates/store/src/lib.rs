//! The operational store: what is imported, what people published and what was planned, on SQLite and PostgreSQL.
//!
//! **Architecture invariants.** Nobody outside sees the object-relational mapper: domain types go in and out. The clock is an
//! argument, never read. Whatever may be only once is a unique index of the database (see `farthing-migrations`); the code
//! turns the violation into a [`StoreError::Conflict`]. A month becomes visible in one transaction or not at all.
//!
//! **API boundary.** [`Store::connect`] opens, [`Store::migrate`] brings the tables up to date, and each noun has its
//! repository: [`Store::revisions`], [`Store::documents`], … Work that must succeed or fail as a whole takes a
//! [`UnitOfWork`] from [`Store::begin`], which has the same repositories.

mod administration;
mod alerts;
mod audit;
mod certificates;
mod collections;
mod deliveries;
mod digest;
mod documents;
mod dump;
mod entity;
mod error;
mod findings;
mod id;
mod identities;
mod imports;
mod job_runs;
mod job_schedules;
mod kept_answers;
mod kept_statements;
mod migration;
mod options;
mod periods;
mod plans;
mod portfolio_reviews;
mod provider_reports;
mod recommendation_steps;
mod reopenings;
mod residue;
mod revisions;
mod session;
mod sources;
mod status;
mod store;
mod stored;
mod unit_of_work;
mod vocabulary;

pub use administration::{create_database, drop_database, execute};
pub use alerts::{Alert, AlertFilter, Alerts, NewAlert};
pub use audit::{Audit, AuditFilter, NewEntry};
pub use certificates::{Certificate, Certificates};
pub use collections::{Collection, CollectionGap, Collections, LastRun, MonthlySpending};
pub use deliveries::{Deliveries, Delivery};
pub use digest::Digest;
pub use documents::{Document, Documents, PublishedDocument};
pub use dump::Dump;
pub use error::{DatabaseFailure, StoreError};
pub use findings::{Finding, Findings};
pub use id::{AlertId, ImportId, PlanId, RevisionId, RunId};
pub use identities::{ApiToken, ApiTokens, LoginSession, LoginSessions, People, Person, Subject};
pub use imports::{Import, ImportedFile, Imports, NewImport};
pub use job_runs::{Beat, Fence, JobRun, JobRuns, NewRun, PartOfRun, Progress, RunFilter};
pub use job_schedules::{JobSchedule, JobSchedules, Step};
pub use kept_answers::{Claim, KeptAnswer, KeptAnswers, Keyed};
pub use kept_statements::{KeptStatement, KeptStatements};
pub use options::{StoreOptions, sqlite_url};
pub use periods::{PeriodEvent, Periods, adjusted_by, adjustments_of, state_of};
pub use plans::{Plan, Plans};
pub use portfolio_reviews::{PortfolioDecision, PortfolioReview, PortfolioReviews};
pub use provider_reports::{ProviderReport, ProviderReports};
pub use recommendation_steps::RecommendationSteps;
pub use reopenings::{Reopening, Reopenings};
pub use residue::{Residue, ResidueError};
pub use revisions::{
    Erasure, Masking, NewRevision, Publication, Retirement, Revision, RevisionFile, RevisionFilter, RevisionInput, RevisionTotal,
    Revisions,
};
pub use sources::{Source, Sources};
pub use status::SourceStatus;
pub use store::{Backend, Store};
pub use unit_of_work::UnitOfWork;
pub use vocabulary::{
    AlertState, Dataset, DocumentKind, ImportOutcome, PeriodState, PlanKind, PlanStatus, PortfolioVerdict, ReportKind,
    Restatement, RevisionState, RunState, Severity, UnknownWord,
};

/// The names of the migrations that this program knows, oldest first: an empty database lacks all of them.
pub fn known_migrations() -> Vec<String> {
    farthing_migrations::names()
}
