//! How the collecting of each source stands: when it last succeeded, up to where, and why it last failed.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
pub(crate) enum Collection {
    Table,
    Source,
    AttemptedAt,
    SucceededAt,
    CollectedTo,
    Problem,
    Reason,
    Notes,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create();
        table
            .table(Collection::Table)
            .col(ColumnDef::new(Collection::Source).text().not_null().primary_key())
            .col(ColumnDef::new(Collection::AttemptedAt).timestamp_with_time_zone().not_null())
            .col(ColumnDef::new(Collection::SucceededAt).timestamp_with_time_zone())
            .col(ColumnDef::new(Collection::CollectedTo).timestamp_with_time_zone())
            // Of the last attempt; null where it succeeded.
            .col(ColumnDef::new(Collection::Problem).text())
            .col(ColumnDef::new(Collection::Reason).text())
            .col(ColumnDef::new(Collection::Notes).text().not_null());
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Collection::Table).to_owned()).await
    }
}
