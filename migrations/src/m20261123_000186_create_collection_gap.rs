//! Hours of a month that a source no longer had when it was asked for them: the month is partial for as long as they are listed.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
enum CollectionGap {
    Table,
    Source,
    Period,
    FromAt,
    ToAt,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut key = Index::create();
        key.col(CollectionGap::Source).col(CollectionGap::Period).col(CollectionGap::FromAt);
        let mut table = Table::create();
        table
            .table(CollectionGap::Table)
            .col(ColumnDef::new(CollectionGap::Source).text().not_null())
            .col(ColumnDef::new(CollectionGap::Period).text().not_null())
            .col(ColumnDef::new(CollectionGap::FromAt).timestamp_with_time_zone().not_null())
            .col(ColumnDef::new(CollectionGap::ToAt).timestamp_with_time_zone().not_null())
            .primary_key(&mut key);
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(CollectionGap::Table).to_owned()).await
    }
}
