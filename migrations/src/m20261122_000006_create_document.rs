//! Versions of what people write: rules, people, fleets, prices. A version is never changed; the next one is added.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
pub(crate) enum Document {
    Table,
    Kind,
    Version,
    Content,
    Digest,
    PublishedAt,
    PublishedBy,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut key = Index::create();
        key.col(Document::Kind).col(Document::Version);
        let mut table = Table::create();
        table
            .table(Document::Table)
            .col(ColumnDef::new(Document::Kind).text().not_null())
            .col(ColumnDef::new(Document::Version).big_integer().not_null())
            .col(ColumnDef::new(Document::Content).text().not_null())
            .col(ColumnDef::new(Document::Digest).text().not_null())
            .col(ColumnDef::new(Document::PublishedAt).timestamp_with_time_zone().not_null())
            .col(ColumnDef::new(Document::PublishedBy).text().not_null())
            .primary_key(&mut key);
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Document::Table).to_owned()).await
    }
}
