//! Every attempt to import, so that `status` can tell what happened. An import without an end is running, or was killed.

use sea_orm_migration::prelude::*;

use crate::m20261122_000001_create_source::Source;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
pub(crate) enum Import {
    Table,
    Id,
    Source,
    Dataset,
    Paths,
    Digest,
    StartedAt,
    EndedAt,
    Outcome,
    Message,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut source = ForeignKey::create();
        source.name("import_source").from(Import::Table, Import::Source).to(Source::Table, Source::Name);
        // An import has an end, an outcome and nothing else missing, or it is still running.
        let ended_together = Expr::col(Import::EndedAt).is_null().eq(Expr::col(Import::Outcome).is_null());
        let mut table = Table::create();
        table
            .table(Import::Table)
            .col(ColumnDef::new(Import::Id).text().not_null().primary_key())
            .col(ColumnDef::new(Import::Source).text().not_null())
            .col(ColumnDef::new(Import::Dataset).text().not_null())
            .col(ColumnDef::new(Import::Paths).text().not_null())
            .col(ColumnDef::new(Import::Digest).text())
            .col(ColumnDef::new(Import::StartedAt).timestamp_with_time_zone().not_null())
            .col(ColumnDef::new(Import::EndedAt).timestamp_with_time_zone())
            .col(ColumnDef::new(Import::Outcome).text())
            .col(ColumnDef::new(Import::Message).text())
            .check(ended_together)
            .foreign_key(&mut source);
        manager.create_table(table).await?;
        let mut index = Index::create();
        index.name("import_by_source").table(Import::Table).col(Import::Source).col(Import::StartedAt);
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Import::Table).to_owned()).await
    }
}
