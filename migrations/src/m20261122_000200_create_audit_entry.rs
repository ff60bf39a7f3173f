//! The record of what was changed, by whom and when. Each row holds the hash of the row before it; see `crates/audit/README.md`. Rows are
//! only added. The moment is text, since the hash is over the text.

use sea_orm_migration::prelude::*;

use crate::append_only;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
pub(crate) enum AuditEntry {
    Table,
    Sequence,
    At,
    Actor,
    Action,
    Subject,
    Details,
    Previous,
    Hash,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create();
        table
            .table(AuditEntry::Table)
            .col(ColumnDef::new(AuditEntry::Sequence).big_integer().not_null().primary_key())
            .col(ColumnDef::new(AuditEntry::At).text().not_null())
            .col(ColumnDef::new(AuditEntry::Actor).text().not_null())
            .col(ColumnDef::new(AuditEntry::Action).text().not_null())
            .col(ColumnDef::new(AuditEntry::Subject).text().not_null())
            .col(ColumnDef::new(AuditEntry::Details).text().not_null())
            .col(ColumnDef::new(AuditEntry::Previous).text().not_null().unique_key())
            .col(ColumnDef::new(AuditEntry::Hash).text().not_null().unique_key());
        manager.create_table(table).await?;
        append_only::protect(manager, "audit_entry").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        append_only::drop_table(manager, "audit_entry").await
    }
}
