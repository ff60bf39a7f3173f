//! What a closed billing period was made of and came to, with the digests that prove it. A certificate is never changed: a period
//! that is opened and closed again gets another.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
pub(crate) enum Certificate {
    Table,
    Period,
    IssuedAt,
    Digest,
    Content,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create();
        table
            .table(Certificate::Table)
            .col(ColumnDef::new(Certificate::Period).text().not_null())
            .col(ColumnDef::new(Certificate::IssuedAt).timestamp_with_time_zone().not_null())
            .col(ColumnDef::new(Certificate::Digest).text().not_null())
            .col(ColumnDef::new(Certificate::Content).text().not_null())
            .primary_key(Index::create().col(Certificate::Period).col(Certificate::IssuedAt));
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Certificate::Table).to_owned()).await
    }
}
