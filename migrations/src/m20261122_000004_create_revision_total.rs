//! What each revision adds up to, by currency and cost: the figures every report is checked against.

use sea_orm_migration::prelude::*;

use crate::m20261122_000003_create_revision::Revision;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
pub(crate) enum RevisionTotal {
    Table,
    RevisionId,
    Currency,
    Cost,
    Amount,
    Magnitude,
    Residue,
    Charges,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut revision = ForeignKey::create();
        revision
            .name("revision_total_revision")
            .from(RevisionTotal::Table, RevisionTotal::RevisionId)
            .to(Revision::Table, Revision::Id);
        let mut key = Index::create();
        key.col(RevisionTotal::RevisionId).col(RevisionTotal::Currency).col(RevisionTotal::Cost);
        let mut table = Table::create();
        table
            .table(RevisionTotal::Table)
            .col(ColumnDef::new(RevisionTotal::RevisionId).text().not_null())
            .col(ColumnDef::new(RevisionTotal::Currency).text().not_null())
            .col(ColumnDef::new(RevisionTotal::Cost).text().not_null())
            .col(ColumnDef::new(RevisionTotal::Amount).text().not_null())
            .col(ColumnDef::new(RevisionTotal::Magnitude).text().not_null())
            .col(ColumnDef::new(RevisionTotal::Residue).text().not_null())
            .col(ColumnDef::new(RevisionTotal::Charges).big_integer().not_null())
            .primary_key(&mut key)
            .foreign_key(&mut revision);
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(RevisionTotal::Table).to_owned()).await
    }
}
