//! The files that an import read, each with its own size and SHA-256. Imports from before this table have none in it.

use sea_orm_migration::prelude::*;

use crate::m20261122_000002_create_import::Import;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
pub(crate) enum ImportFile {
    Table,
    ImportId,
    Number,
    Path,
    Bytes,
    Digest,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut import = ForeignKey::create();
        import.name("import_file_import").from(ImportFile::Table, ImportFile::ImportId).to(Import::Table, Import::Id);
        let mut table = Table::create();
        table
            .table(ImportFile::Table)
            .col(ColumnDef::new(ImportFile::ImportId).text().not_null())
            .col(ColumnDef::new(ImportFile::Number).big_integer().not_null())
            .col(ColumnDef::new(ImportFile::Path).text().not_null())
            .col(ColumnDef::new(ImportFile::Bytes).big_integer().not_null())
            .col(ColumnDef::new(ImportFile::Digest).text().not_null())
            .primary_key(Index::create().col(ImportFile::ImportId).col(ImportFile::Number))
            .foreign_key(&mut import)
            .check(Expr::col(ImportFile::Number).gte(1))
            .check(Expr::col(ImportFile::Bytes).gte(0));
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(ImportFile::Table).to_owned()).await
    }
}
