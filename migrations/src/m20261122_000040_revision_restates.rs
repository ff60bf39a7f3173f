//! A revision knows what it restates of the one that it replaces: amounts, attribution, or details. Of revisions that were there
//! before, it is not known.

use sea_orm_migration::prelude::*;

use crate::m20261122_000003_create_revision::Revision;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
enum Added {
    Restates,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::alter();
        table.table(Revision::Table).add_column(ColumnDef::new(Added::Restates).text());
        manager.alter_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::alter();
        table.table(Revision::Table).drop_column(Added::Restates);
        manager.alter_table(table).await
    }
}
