//! Tokens of the API. A token is known by the hash of its secret, which is nowhere else; it is for a person, or for a service of its own
//! name.

use sea_orm_migration::prelude::*;

use crate::m20261123_000210_create_person::divided_duties;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
pub(crate) enum ApiToken {
    Table,
    Name,
    Person,
    Hash,
    Roles,
    Units,
    IssuedAt,
    IssuedBy,
    ExpiresAt,
    UsedAt,
    RevokedAt,
    RevokedBy,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create();
        table
            .table(ApiToken::Table)
            .col(ColumnDef::new(ApiToken::Name).text().not_null().primary_key())
            .col(ColumnDef::new(ApiToken::Person).text())
            .col(ColumnDef::new(ApiToken::Hash).text().not_null().unique_key())
            .col(ColumnDef::new(ApiToken::Roles).text().not_null())
            .col(ColumnDef::new(ApiToken::Units).text())
            .col(ColumnDef::new(ApiToken::IssuedAt).timestamp_with_time_zone().not_null())
            .col(ColumnDef::new(ApiToken::IssuedBy).text().not_null())
            .col(ColumnDef::new(ApiToken::ExpiresAt).timestamp_with_time_zone().not_null())
            .col(ColumnDef::new(ApiToken::UsedAt).timestamp_with_time_zone())
            .col(ColumnDef::new(ApiToken::RevokedAt).timestamp_with_time_zone())
            .col(ColumnDef::new(ApiToken::RevokedBy).text())
            .check(divided_duties());
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(ApiToken::Table).to_owned()).await
    }
}
