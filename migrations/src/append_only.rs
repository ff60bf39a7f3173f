//! Tables whose rows are never changed nor removed: the database refuses it, whoever asks.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// Lets rows be added to `table` and nothing else. On SQLite, where `INSERT OR REPLACE` removes rows without asking the triggers on
/// removal, a row must also come after all others by its `sequence`.
pub(crate) async fn protect(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    protect_after(manager, table, &format!("SELECT MAX(sequence) FROM {table}")).await
}

/// The same where `sequence` counts within the rows that have the same value in a column.
pub(crate) async fn protect_within(manager: &SchemaManager<'_>, table: &str, column: &str) -> Result<(), DbErr> {
    protect_after(manager, table, &format!("SELECT MAX(sequence) FROM {table} WHERE {column} = NEW.{column}")).await
}

async fn protect_after(manager: &SchemaManager<'_>, table: &str, last: &str) -> Result<(), DbErr> {
    let said = format!("rows of {table} are never changed nor removed");
    let statements = match manager.get_database_backend() {
        DbBackend::Sqlite => vec![
            format!("CREATE TRIGGER {table}_keeps_rows BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{said}'); END"),
            format!("CREATE TRIGGER {table}_keeps_values BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{said}'); END"),
            format!(
                "CREATE TRIGGER {table}_keeps_order BEFORE INSERT ON {table} \
                 WHEN NEW.sequence <= ({last}) BEGIN SELECT RAISE(ABORT, '{said}'); END"
            ),
        ],
        _ => vec![
            format!(
                "CREATE FUNCTION {table}_is_kept() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN RAISE EXCEPTION '{said}' USING ERRCODE = 'restrict_violation'; END $$"
            ),
            format!(
                "CREATE TRIGGER {table}_keeps_rows BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_is_kept()"
            ),
            format!(
                "CREATE TRIGGER {table}_keeps_all BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_kept()"
            ),
        ],
    };
    for statement in statements {
        manager.get_connection().execute_unprepared(&statement).await?;
    }
    Ok(())
}

/// Takes away with the table what SQLite removes by itself.
pub(crate) async fn drop_table(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    manager.get_connection().execute_unprepared(&format!("DROP TABLE {table}")).await?;
    if manager.get_database_backend() != DbBackend::Sqlite {
        manager.get_connection().execute_unprepared(&format!("DROP FUNCTION {table}_is_kept()")).await?;
    }
    Ok(())
}
