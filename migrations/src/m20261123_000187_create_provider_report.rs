//! What a provider itself says of a month beside its bill: how commitments were used, what it takes for an anomaly, what it expects. A
//! report is never changed: the next one is added, and the last one stands.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
enum ProviderReport {
    Table,
    Source,
    Period,
    Kind,
    Sequence,
    StatedAt,
    Digest,
    Content,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut key = Index::create();
        key.col(ProviderReport::Source).col(ProviderReport::Period).col(ProviderReport::Kind).col(ProviderReport::Sequence);
        let mut table = Table::create();
        table
            .table(ProviderReport::Table)
            .col(ColumnDef::new(ProviderReport::Source).text().not_null())
            .col(ColumnDef::new(ProviderReport::Period).text().not_null())
            .col(ColumnDef::new(ProviderReport::Kind).text().not_null())
            .col(ColumnDef::new(ProviderReport::Sequence).big_integer().not_null())
            .col(ColumnDef::new(ProviderReport::StatedAt).timestamp_with_time_zone().not_null())
            .col(ColumnDef::new(ProviderReport::Digest).text().not_null())
            // JSON, byte for byte as the digest has it.
            .col(ColumnDef::new(ProviderReport::Content).text().not_null())
            .primary_key(&mut key);
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(ProviderReport::Table).to_owned()).await
    }
}
