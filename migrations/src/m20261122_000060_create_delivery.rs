//! What was counted when an import read its files: what the figures of quality rest on, once the files are gone.

use sea_orm_migration::prelude::*;

use crate::m20261122_000002_create_import::Import;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
enum Delivery {
    Table,
    ImportId,
    RowsRead,
    RowsSetAside,
    RowsHeld,
    RowsBrokeMust,
    RowsBrokeShould,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut import = ForeignKey::create();
        import.name("delivery_import").from(Delivery::Table, Delivery::ImportId).to(Import::Table, Import::Id);
        let mut table = Table::create();
        table
            .table(Delivery::Table)
            .col(ColumnDef::new(Delivery::ImportId).text().not_null().primary_key())
            .col(ColumnDef::new(Delivery::RowsRead).big_integer().not_null())
            .col(ColumnDef::new(Delivery::RowsSetAside).big_integer().not_null())
            .col(ColumnDef::new(Delivery::RowsHeld).big_integer().not_null())
            .col(ColumnDef::new(Delivery::RowsBrokeMust).big_integer().not_null())
            .col(ColumnDef::new(Delivery::RowsBrokeShould).big_integer().not_null())
            .foreign_key(&mut import);
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Delivery::Table).to_owned()).await
    }
}
