//! How collecting stands knows what its last run did: rows, calls and how long it took, which is what whoever watches it is shown.

use sea_orm_migration::prelude::*;

use crate::m20261122_000170_create_collection::Collection;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(Clone, Copy, DeriveIden)]
enum Added {
    #[sea_orm(iden = "last_rows")]
    Rows,
    #[sea_orm(iden = "last_calls")]
    Calls,
    #[sea_orm(iden = "last_millis")]
    Millis,
}

const ADDED: [Added; 3] = [Added::Rows, Added::Calls, Added::Millis];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ADDED {
            // SQLite adds one column at a time.
            let mut column = ColumnDef::new(column).big_integer().not_null().default(0).take();
            manager.alter_table(Table::alter().table(Collection::Table).add_column(&mut column).to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ADDED {
            manager.alter_table(Table::alter().table(Collection::Table).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
