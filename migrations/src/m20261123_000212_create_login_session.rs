//! Sessions of people who logged in, known by the hash of what their cookie holds.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
pub(crate) enum LoginSession {
    Table,
    Hash,
    Person,
    BeganAt,
    UsedAt,
    EndedAt,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create();
        table
            .table(LoginSession::Table)
            .col(ColumnDef::new(LoginSession::Hash).text().not_null().primary_key())
            .col(ColumnDef::new(LoginSession::Person).text().not_null())
            .col(ColumnDef::new(LoginSession::BeganAt).timestamp_with_time_zone().not_null())
            .col(ColumnDef::new(LoginSession::UsedAt).timestamp_with_time_zone().not_null())
            .col(ColumnDef::new(LoginSession::EndedAt).timestamp_with_time_zone());
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(LoginSession::Table).to_owned()).await
    }
}
