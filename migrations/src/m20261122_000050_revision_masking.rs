//! A revision knows the masking policy that its facts were masked by, and what tells that policy with its key from others: rows that
//! were masked otherwise do not fit together.

use sea_orm_migration::prelude::*;

use crate::m20261122_000003_create_revision::Revision;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(Clone, Copy, DeriveIden)]
enum Added {
    MaskingVersion,
    MaskingDigest,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for mut column in
            [ColumnDef::new(Added::MaskingVersion).big_integer().take(), ColumnDef::new(Added::MaskingDigest).text().take()]
        {
            // SQLite adds one column at a time.
            manager.alter_table(Table::alter().table(Revision::Table).add_column(&mut column).to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [Added::MaskingDigest, Added::MaskingVersion] {
            manager.alter_table(Table::alter().table(Revision::Table).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
