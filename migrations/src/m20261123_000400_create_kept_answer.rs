//! What requests with an `Idempotency-Key` were answered with, for a day: the same key gets the same answer.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
enum KeptAnswer {
    Table,
    Actor,
    Key,
    Request,
    BeganAt,
    Status,
    Headers,
    Body,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create();
        table
            .table(KeptAnswer::Table)
            .col(ColumnDef::new(KeptAnswer::Actor).text().not_null())
            .col(ColumnDef::new(KeptAnswer::Key).text().not_null())
            .col(ColumnDef::new(KeptAnswer::Request).text().not_null())
            .col(ColumnDef::new(KeptAnswer::BeganAt).timestamp_with_time_zone().not_null())
            .col(ColumnDef::new(KeptAnswer::Status).integer())
            .col(ColumnDef::new(KeptAnswer::Headers).text())
            .col(ColumnDef::new(KeptAnswer::Body).text())
            .primary_key(Index::create().col(KeptAnswer::Actor).col(KeptAnswer::Key));
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(KeptAnswer::Table).to_owned()).await
    }
}
