//! Which rows of a revision came from which file of its import, where they lie together: known of charges that are written as they are read.

use sea_orm_migration::prelude::*;

use crate::m20261122_000003_create_revision::Revision;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
pub(crate) enum RevisionInput {
    Table,
    RevisionId,
    File,
    FirstRow,
    Rows,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut revision = ForeignKey::create();
        revision
            .name("revision_input_revision")
            .from(RevisionInput::Table, RevisionInput::RevisionId)
            .to(Revision::Table, Revision::Id);
        let mut table = Table::create();
        table
            .table(RevisionInput::Table)
            .col(ColumnDef::new(RevisionInput::RevisionId).text().not_null())
            .col(ColumnDef::new(RevisionInput::File).big_integer().not_null())
            .col(ColumnDef::new(RevisionInput::FirstRow).big_integer().not_null())
            .col(ColumnDef::new(RevisionInput::Rows).big_integer().not_null())
            .primary_key(Index::create().col(RevisionInput::RevisionId).col(RevisionInput::File))
            .foreign_key(&mut revision)
            .check(Expr::col(RevisionInput::FirstRow).gte(1))
            .check(Expr::col(RevisionInput::Rows).gte(1));
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(RevisionInput::Table).to_owned()).await
    }
}
