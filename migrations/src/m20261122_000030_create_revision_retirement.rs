//! Revisions whose files were removed by the retention policy: what they were stays in the catalogue, and that they are gone.

use sea_orm_migration::prelude::*;

use crate::m20261122_000003_create_revision::Revision;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
pub(crate) enum RevisionRetirement {
    Table,
    RevisionId,
    RetiredAt,
    Reason,
    Bytes,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut revision = ForeignKey::create();
        revision
            .name("revision_retirement_revision")
            .from(RevisionRetirement::Table, RevisionRetirement::RevisionId)
            .to(Revision::Table, Revision::Id);
        let mut table = Table::create();
        table
            .table(RevisionRetirement::Table)
            .col(ColumnDef::new(RevisionRetirement::RevisionId).text().not_null().primary_key())
            .col(ColumnDef::new(RevisionRetirement::RetiredAt).timestamp_with_time_zone().not_null())
            .col(ColumnDef::new(RevisionRetirement::Reason).text().not_null())
            .col(ColumnDef::new(RevisionRetirement::Bytes).big_integer().not_null())
            .foreign_key(&mut revision);
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(RevisionRetirement::Table).to_owned()).await
    }
}
