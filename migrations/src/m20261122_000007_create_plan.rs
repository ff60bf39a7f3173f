//! Recommendations as computed: the answer, the digest of what it was computed from, and how long it is good.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
pub(crate) enum Plan {
    Table,
    Id,
    Kind,
    InputDigest,
    Content,
    Status,
    CreatedAt,
    ExpiresAt,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create();
        table
            .table(Plan::Table)
            .col(ColumnDef::new(Plan::Id).text().not_null().primary_key())
            .col(ColumnDef::new(Plan::Kind).text().not_null())
            .col(ColumnDef::new(Plan::InputDigest).text().not_null())
            .col(ColumnDef::new(Plan::Content).text().not_null())
            .col(ColumnDef::new(Plan::Status).text().not_null())
            .col(ColumnDef::new(Plan::CreatedAt).timestamp_with_time_zone().not_null())
            .col(ColumnDef::new(Plan::ExpiresAt).timestamp_with_time_zone().not_null());
        manager.create_table(table).await?;
        let mut index = Index::create();
        index.name("plan_by_kind").table(Plan::Table).col(Plan::Kind).col(Plan::CreatedAt);
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Plan::Table).to_owned()).await
    }
}
