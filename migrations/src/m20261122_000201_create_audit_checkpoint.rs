//! Signed statements of what the newest entry of the record was. Rows are only added, one an entry at most.

use sea_orm_migration::prelude::*;

use crate::append_only;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
pub(crate) enum AuditCheckpoint {
    Table,
    Sequence,
    Head,
    At,
    Reason,
    PublicKey,
    Signature,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create();
        table
            .table(AuditCheckpoint::Table)
            .col(ColumnDef::new(AuditCheckpoint::Sequence).big_integer().not_null().primary_key())
            .col(ColumnDef::new(AuditCheckpoint::Head).text().not_null())
            .col(ColumnDef::new(AuditCheckpoint::At).text().not_null())
            .col(ColumnDef::new(AuditCheckpoint::Reason).text().not_null())
            .col(ColumnDef::new(AuditCheckpoint::PublicKey).text().not_null())
            .col(ColumnDef::new(AuditCheckpoint::Signature).text().not_null());
        manager.create_table(table).await?;
        append_only::protect(manager, "audit_checkpoint").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        append_only::drop_table(manager, "audit_checkpoint").await
    }
}
