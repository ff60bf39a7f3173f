use std::error::Error;
use std::fmt;
use std::ops::Deref;

use chrono::{DateTime, Utc};
use farthing_types::{BillingPeriod, SourceName};
use sea_orm::sqlx::error::{DatabaseError, Error as DriverError};
use sea_orm::{DbErr, RuntimeErr, SqlErr};

use crate::{Dataset, Digest, ImportId, ImportOutcome, RevisionId, RunId};

/// Why the store could not do what was asked. Where nothing else is said, the database is as it was before.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The text is no address of a database that the program knows.
    #[error("{address:?} is no database address: {why}. Write sqlite:///path/to/farthing.db or postgres://user@host/database")]
    Address {
        /// The address, without its password.
        address: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The database could not be opened.
    #[error("the database {address} cannot be opened: {cause}")]
    Connect {
        /// The address, without its password.
        address: String,
        /// What the database said.
        #[source]
        cause: DatabaseFailure,
    },
    /// A newer program has changed the tables.
    #[error(
        "the database was upgraded by a newer program: this one knows migrations up to {newest_known} and not {}. \
         Nothing was changed. Run the newer program, or restore the backup made before the upgrade; a database is not downgraded",
        .unknown.join(", ")
    )]
    NewerDatabase {
        /// The migrations that this program does not know.
        unknown: Vec<String>,
        /// The newest one that it knows.
        newest_known: String,
    },
    /// Somebody else published the same period in the meantime.
    #[error(
        "{dataset} of {source_name} for {period} changed while this import ran: {} is active now and {} was when it began. \
         Nothing of this import is visible; run it again",
        shown(.found), shown(.expected)
    )]
    RevisionConflict {
        /// The kind of facts.
        dataset: Dataset,
        /// Their source.
        source_name: SourceName,
        /// Their period.
        period: BillingPeriod,
        /// What the publisher had seen.
        expected: Option<RevisionId>,
        /// What is there now; `None` also where the winner is not known yet.
        found: Option<RevisionId>,
    },
    /// The same content was published before.
    #[error(
        "{dataset} of {source_name} for {period} with digest {digest} is already there as revision {revision}; nothing was changed \
         and nothing needs to be done"
    )]
    AlreadyPublished {
        /// The kind of facts.
        dataset: Dataset,
        /// Their source.
        source_name: SourceName,
        /// Their period.
        period: BillingPeriod,
        /// The digest of the content.
        digest: Digest,
        /// The revision that holds it.
        revision: RevisionId,
    },
    /// The period is closed.
    #[error(
        "{period} of {source_name} was closed on {}{}: its revision stays as it is and nothing was changed. \
         Of a bill, `farthing ingest billing … --closed adjust` keeps the delivery aside and posts the difference to the next open period; \
         `farthing reopen {period} --reason …` opens it again",
        .since.format("%Y-%m-%d"), because(.reason)
    )]
    PeriodClosed {
        /// The period.
        period: BillingPeriod,
        /// The source.
        source_name: SourceName,
        /// Since when.
        since: DateTime<Utc>,
        /// Why.
        reason: String,
    },
    /// Who asked would decide.
    #[error(
        "{by} asked to reopen {period}, so somebody else has to decide: `farthing reopen {period} --approve --by NAME`. Nothing was changed"
    )]
    SamePerson {
        /// The period.
        period: BillingPeriod,
        /// Who asked.
        by: String,
    },
    /// The import has ended before: it was declared lost, or ended twice.
    #[error("import {import} has already ended as {outcome}; nothing of this attempt is visible. Run the import again")]
    ImportEnded {
        /// The import.
        import: ImportId,
        /// How it had ended.
        outcome: ImportOutcome,
    },
    /// The run of a job is no longer this worker's: its lease ran out, another worker took it, or somebody cancelled it.
    #[error(
        "attempt {attempt} of run {run} is over: its lease ran out, another worker took the run, or it was cancelled. Nothing of this \
         attempt is visible; `farthing jobs show {run}` says what became of it"
    )]
    LeaseLost {
        /// The run.
        run: RunId,
        /// The attempt that wanted to commit.
        attempt: u64,
    },
    /// Two writers changed the same thing.
    #[error("{doing}: somebody else changed it at the same moment and was first; nothing was changed, try again")]
    Conflict {
        /// What was being done.
        doing: &'static str,
    },
    /// There is no such row.
    #[error("there is no {what} {id}; `farthing status` lists what there is")]
    NotFound {
        /// What was looked for.
        what: &'static str,
        /// By which id.
        id: String,
    },
    /// The caller's value breaks a rule that every stored value keeps.
    #[error("{what} {id} cannot be stored: {why}; nothing was changed")]
    Invalid {
        /// What was to be stored.
        what: &'static str,
        /// Its id or name.
        id: String,
        /// The rule it breaks.
        why: String,
    },
    /// A row holds what this program would not have written.
    #[error(
        "{what} {id} is damaged: {why}. The row was changed by something else: restore it from a backup, or import the period again"
    )]
    Damaged {
        /// What was read.
        what: &'static str,
        /// Its id.
        id: String,
        /// What is wrong with it.
        why: String,
    },
    /// The database refused, or could not be reached.
    #[error("{doing} failed: {cause}")]
    Database {
        /// What was being done.
        doing: &'static str,
        /// What the database said.
        #[source]
        cause: DatabaseFailure,
    },
}

fn because(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(" ({reason})") }
}

fn shown(revision: &Option<RevisionId>) -> String {
    revision.map_or_else(|| "no revision that it can name".to_owned(), |id| format!("revision {id}"))
}

impl StoreError {
    /// True where the same call may well succeed a little later, without anything being changed: exit status 75.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::RevisionConflict { .. } | Self::Conflict { .. } => true,
            Self::Database { cause, .. } | Self::Connect { cause, .. } => cause.is_transient(),
            _ => false,
        }
    }
}

/// What the database said, with the next step where one is known.
#[derive(Debug)]
pub struct DatabaseFailure(DbErr);

impl DatabaseFailure {
    /// True for a lock, a lost connection or a full pool.
    pub fn is_transient(&self) -> bool {
        matches!(self.kind(), Kind::Locked | Kind::Unreachable | Kind::Exhausted)
    }

    fn kind(&self) -> Kind {
        match &self.0 {
            DbErr::ConnectionAcquire(_) => Kind::Exhausted,
            DbErr::Exec(RuntimeErr::SqlxError(error))
            | DbErr::Query(RuntimeErr::SqlxError(error))
            | DbErr::Conn(RuntimeErr::SqlxError(error)) => match error.deref() {
                DriverError::Database(error) => Kind::of_code(error.as_ref()),
                DriverError::Io(_) | DriverError::Tls(_) => Kind::Unreachable,
                DriverError::PoolTimedOut => Kind::Exhausted,
                _ => Kind::Other,
            },
            DbErr::Type(_) => Kind::Damaged,
            _ => Kind::Other,
        }
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Locked,
    Unreachable,
    Exhausted,
    Full,
    ReadOnly,
    NoTable,
    Damaged,
    Other,
}

impl Kind {
    /// SQLite's primary result codes (sqlite.org/rescode.html) and PostgreSQL's SQLSTATEs (appendix A of its manual).
    fn of_code(error: &dyn DatabaseError) -> Self {
        let code = error.code().unwrap_or_default();
        match code.as_ref() {
            "40001" | "40P01" | "55P03" => return Self::Locked,
            "57P01" | "57P02" | "57P03" | "53300" => return Self::Unreachable,
            "53100" => return Self::Full,
            "25006" => return Self::ReadOnly,
            "42P01" => return Self::NoTable,
            _ => {}
        }
        // The low byte of SQLite's extended codes is the primary one; no SQLSTATE of five digits is asked for here.
        match code.parse::<u32>() {
            Ok(extended) if code.len() < 5 => match extended & 0xff {
                5 | 6 => Self::Locked,
                8 => Self::ReadOnly,
                11 | 26 => Self::Damaged,
                13 => Self::Full,
                1 if error.message().starts_with("no such table") => Self::NoTable,
                _ => Self::Other,
            },
            _ => Self::Other,
        }
    }

    fn next_step(self) -> Option<&'static str> {
        Some(match self {
            Self::Locked => "another process holds the lock; try again",
            Self::Unreachable => "see that the database runs and can be reached, and try again",
            Self::Exhausted => "all connections are in use; try again, or allow more connections",
            Self::Full => "the disk is full; make room and run it again",
            Self::ReadOnly => "the database cannot be written to; see its owner, its permissions and its mount",
            Self::NoTable => "the tables are not there yet; run `farthing migrate`",
            Self::Damaged => "the database was changed or damaged by something else; restore it from a backup",
            Self::Other => return None,
        })
    }
}

impl fmt::Display for DatabaseFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        self.kind().next_step().map_or(Ok(()), |step| write!(f, " ({step})"))
    }
}

impl Error for DatabaseFailure {}

impl From<DbErr> for DatabaseFailure {
    fn from(error: DbErr) -> Self {
        Self(error)
    }
}

/// Names what was being done; a violated unique index means that somebody else was first.
pub(crate) fn while_doing(doing: &'static str) -> impl Fn(DbErr) -> StoreError {
    move |error| {
        if is_unique_violation(&error) {
            StoreError::Conflict { doing }
        } else {
            StoreError::Database { doing, cause: DatabaseFailure(error) }
        }
    }
}

pub(crate) fn is_unique_violation(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}
