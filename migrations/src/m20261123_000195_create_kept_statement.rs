//! Statements of billing periods as they were computed last, with the digest of what they rest on. They are derived: a table without
//! rows says that nothing was computed yet, and no figure is only here.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
pub(crate) enum KeptStatement {
    Table,
    Period,
    Cost,
    Basis,
    Content,
    KeptAt,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create();
        table
            .table(KeptStatement::Table)
            .col(ColumnDef::new(KeptStatement::Period).text().not_null())
            .col(ColumnDef::new(KeptStatement::Cost).text().not_null())
            .col(ColumnDef::new(KeptStatement::Basis).text().not_null())
            .col(ColumnDef::new(KeptStatement::Content).text().not_null())
            .col(ColumnDef::new(KeptStatement::KeptAt).timestamp_with_time_zone().not_null())
            .primary_key(Index::create().col(KeptStatement::Period).col(KeptStatement::Cost));
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(KeptStatement::Table).to_owned()).await
    }
}
