//! What the repositories have in common: a place to run statements, transactions, and moments as both databases hold them.

use chrono::{DateTime, SubsecRound, Utc};
use sea_orm::{
    ConnectionTrait, DatabaseExecutor, DatabaseTransaction, DbBackend, DbErr, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait,
};

use crate::StoreError;
use crate::error::while_doing;

/// The pool, or a transaction that is under way.
pub(crate) type Session<'a> = DatabaseExecutor<'a>;

/// Begins a transaction that will write, or a savepoint within one.
///
/// SQLite takes its write lock at once: a transaction that read first and then finds the lock taken can only fail.
pub(crate) async fn begin<C>(connection: &C) -> Result<DatabaseTransaction, StoreError>
where
    C: TransactionTrait<Transaction = DatabaseTransaction> + ConnectionTrait,
{
    let sqlite = connection.get_database_backend() == DbBackend::Sqlite;
    let options = TransactionOptions {
        sqlite_transaction_mode: sqlite.then_some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    connection.begin_with_options(options).await.map_err(while_doing("beginning a transaction"))
}

/// Commits where `result` is good and rolls back where it is not.
pub(crate) async fn finish<T>(transaction: DatabaseTransaction, result: Result<T, StoreError>) -> Result<T, StoreError> {
    match result {
        Ok(value) => {
            transaction.commit().await.map_err(while_doing("committing a transaction"))?;
            Ok(value)
        }
        Err(error) => {
            // The first error is the one worth telling; a transaction that cannot be rolled back dies with its connection.
            if let Err(rollback) = transaction.rollback().await {
                tracing::warn!(error = %rollback, "a failed transaction could not be rolled back");
            }
            Err(error)
        }
    }
}

/// What the database's clock says: the one clock that all who share the database agree on. Within a transaction too it is the present,
/// not the transaction's beginning.
pub(crate) async fn database_now(connection: &impl ConnectionTrait) -> Result<DateTime<Utc>, StoreError> {
    let failed = while_doing("asking the database for the time");
    let backend = connection.get_database_backend();
    let question = match backend {
        DbBackend::Sqlite => "SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now') AS now",
        _ => "SELECT clock_timestamp() AS now",
    };
    let row = connection.query_one_raw(Statement::from_string(backend, question)).await.map_err(&failed)?;
    let row = row.ok_or_else(|| failed(DbErr::Custom("it gave no answer".to_owned())))?;
    let now = match backend {
        DbBackend::Sqlite => {
            let said: String = row.try_get("", "now").map_err(&failed)?;
            said.parse().map_err(|_| failed(DbErr::Custom(format!("it said {said:?}"))))?
        }
        _ => row.try_get("", "now").map_err(&failed)?,
    };
    Ok(microseconds(now))
}

/// The moment at the precision of PostgreSQL, so that both databases give back what they were given.
pub(crate) fn microseconds(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(6)
}

/// Free text as both databases take it: PostgreSQL has no place for NUL.
pub(crate) fn text(free: &str) -> String {
    free.replace('\0', "\u{2400}")
}

/// A count that the database holds in 64 bits with a sign.
pub(crate) fn to_column(count: u64, what: &'static str, id: impl ToString) -> Result<i64, StoreError> {
    i64::try_from(count).map_err(|_| StoreError::Invalid {
        what,
        id: id.to_string(),
        why: format!("the count {count} is too large"),
    })
}

/// A count read back.
pub(crate) fn from_column(count: i64, what: &'static str, id: impl ToString) -> Result<u64, StoreError> {
    u64::try_from(count).map_err(|_| StoreError::Damaged {
        what,
        id: id.to_string(),
        why: format!("the count {count} is negative"),
    })
}
