//! What was removed from a revision by the retention policy: whose columns, how many rows, and what these had added up to. The revision
//! stays, with its id and its place in the catalogue.

use sea_orm_migration::prelude::*;

use crate::m20261122_000003_create_revision::Revision;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
pub(crate) enum Erasure {
    Table,
    RevisionId,
    Number,
    ErasedAt,
    ErasedBy,
    Policy,
    Measure,
    Columns,
    Rows,
    Held,
    Totals,
    Reason,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut revision = ForeignKey::create();
        revision.name("erasure_revision").from(Erasure::Table, Erasure::RevisionId).to(Revision::Table, Revision::Id);
        let mut table = Table::create();
        table
            .table(Erasure::Table)
            .col(ColumnDef::new(Erasure::RevisionId).text().not_null())
            .col(ColumnDef::new(Erasure::Number).big_integer().not_null())
            .col(ColumnDef::new(Erasure::ErasedAt).timestamp_with_time_zone().not_null())
            .col(ColumnDef::new(Erasure::ErasedBy).text().not_null())
            .col(ColumnDef::new(Erasure::Policy).big_integer().not_null())
            .col(ColumnDef::new(Erasure::Measure).text().not_null())
            .col(ColumnDef::new(Erasure::Columns).text().not_null())
            .col(ColumnDef::new(Erasure::Rows).big_integer().not_null())
            .col(ColumnDef::new(Erasure::Held).big_integer().not_null())
            .col(ColumnDef::new(Erasure::Totals).text())
            .col(ColumnDef::new(Erasure::Reason).text().not_null())
            .primary_key(Index::create().col(Erasure::RevisionId).col(Erasure::Number))
            .foreign_key(&mut revision)
            .check(Expr::col(Erasure::Measure).is_in(["erase-people", "delete"]))
            // What was deleted leaves its totals, and nothing else does.
            .check(Expr::col(Erasure::Measure).eq("delete").eq(Expr::col(Erasure::Totals).is_not_null()));
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Erasure::Table).to_owned()).await
    }
}
