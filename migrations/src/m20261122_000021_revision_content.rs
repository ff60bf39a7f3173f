//! A revision knows the digest of its rows, whatever files they came in. The same files may be published again after others:
//! that is how a restatement is taken back. What must not happen, the same content twice in a row, is refused by the program
//! within the transaction that publishes, where the guard on the active revision keeps others out.

use sea_orm_migration::prelude::*;

use crate::m20261122_000003_create_revision::Revision;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
enum Added {
    RowsDigest,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::alter();
        table.table(Revision::Table).add_column(ColumnDef::new(Added::RowsDigest).text());
        manager.alter_table(table).await?;
        manager.drop_index(Index::drop().name("revision_digest").table(Revision::Table).to_owned()).await?;
        let mut index = Index::create();
        index.name("revision_by_digest").table(Revision::Table).col(Revision::Dataset).col(Revision::Source);
        manager.create_index(index.col(Revision::Period).col(Revision::Digest).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name("revision_by_digest").table(Revision::Table).to_owned()).await?;
        let mut table = Table::alter();
        table.table(Revision::Table).drop_column(Added::RowsDigest);
        manager.alter_table(table).await
    }
}
