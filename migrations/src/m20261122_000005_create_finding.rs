//! What an import had to say about its files and rows. A finding of a file that led to no revision belongs to the import alone.

use sea_orm_migration::prelude::*;

use crate::m20261122_000002_create_import::Import;
use crate::m20261122_000003_create_revision::Revision;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
pub(crate) enum Finding {
    Table,
    Id,
    ImportId,
    RevisionId,
    File,
    FirstRows,
    ColumnName,
    Rule,
    Severity,
    Value,
    Message,
    Count,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut import = ForeignKey::create();
        import.name("finding_import").from(Finding::Table, Finding::ImportId).to(Import::Table, Import::Id);
        let mut revision = ForeignKey::create();
        revision.name("finding_revision").from(Finding::Table, Finding::RevisionId).to(Revision::Table, Revision::Id);
        let mut table = Table::create();
        table
            .table(Finding::Table)
            .col(ColumnDef::new(Finding::Id).big_integer().not_null().auto_increment().primary_key())
            .col(ColumnDef::new(Finding::ImportId).text().not_null())
            .col(ColumnDef::new(Finding::RevisionId).text())
            .col(ColumnDef::new(Finding::File).text().not_null())
            .col(ColumnDef::new(Finding::FirstRows).text().not_null())
            .col(ColumnDef::new(Finding::ColumnName).text())
            .col(ColumnDef::new(Finding::Rule).text().not_null())
            .col(ColumnDef::new(Finding::Severity).text().not_null())
            .col(ColumnDef::new(Finding::Value).text())
            .col(ColumnDef::new(Finding::Message).text().not_null())
            .col(ColumnDef::new(Finding::Count).big_integer().not_null())
            .foreign_key(&mut import)
            .foreign_key(&mut revision);
        manager.create_table(table).await?;
        for (name, column) in [("finding_by_import", Finding::ImportId), ("finding_by_revision", Finding::RevisionId)] {
            let mut index = Index::create();
            index.name(name).table(Finding::Table).col(column);
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Finding::Table).to_owned()).await
    }
}
