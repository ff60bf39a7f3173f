//! Bringing the tables up to date, and refusing to run on tables of a newer program.

use std::collections::BTreeSet;

use farthing_migrations::Migrator;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait};
use sea_orm_migration::{IntoSchemaManagerConnection, MigratorTrait, SchemaManager, seaql_migrations};

use crate::StoreError;
use crate::error::while_doing;
use crate::session;

/// The key of PostgreSQL's advisory lock on the tables' shape: the bytes of `farthing`.
const SHAPE_LOCK: i64 = 0x6661_7274_6869_6e67;

/// The migrations still to be applied, oldest first.
///
/// # Errors
/// [`StoreError::NewerDatabase`] where one is applied that this program does not know.
pub(crate) async fn pending<'c, C>(connection: &'c C) -> Result<Vec<String>, StoreError>
where
    C: ConnectionTrait,
    &'c C: IntoSchemaManagerConnection<'c>,
{
    let failed = while_doing("reading which migrations the database has");
    let known = farthing_migrations::names();
    let has_table = SchemaManager::new(connection).has_table("seaql_migrations").await.map_err(&failed)?;
    if !has_table {
        return Ok(known);
    }
    let applied = seaql_migrations::Entity::find().all(connection).await.map_err(&failed)?;
    let mut applied: BTreeSet<String> = applied.into_iter().map(|row| row.version).collect();
    let pending = known.iter().filter(|name| !applied.remove(*name)).cloned().collect();
    if applied.is_empty() {
        return Ok(pending);
    }
    let newest_known = known.last().cloned().unwrap_or_default();
    Err(StoreError::NewerDatabase { unknown: applied.into_iter().collect(), newest_known })
}

/// Applies what is pending, all of it or nothing, one process at a time; gives the names.
pub(crate) async fn migrate(pool: &DatabaseConnection) -> Result<Vec<String>, StoreError> {
    let transaction = session::begin(pool).await?;
    let result = async {
        let failed = while_doing("migrating the database");
        if transaction.get_database_backend() == DbBackend::Postgres {
            let lock = format!("SELECT pg_advisory_xact_lock({SHAPE_LOCK})");
            transaction.execute_unprepared(&lock).await.map_err(&failed)?;
        }
        let pending = pending(&transaction).await?;
        if !pending.is_empty() {
            Migrator::up(&transaction, None).await.map_err(&failed)?;
        }
        Ok(pending)
    };
    let result = result.await;
    let applied = session::finish(transaction, result).await?;
    for name in &applied {
        tracing::info!(migration.name = %name, "applied a migration");
    }
    Ok(applied)
}
