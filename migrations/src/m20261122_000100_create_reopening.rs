//! Requests to open a closed billing period again. Who asked does not decide: the database refuses it as well.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
pub(crate) enum Reopening {
    Table,
    Id,
    Period,
    Source,
    Reason,
    AskedBy,
    AskedAt,
    DecidedBy,
    DecidedAt,
    Granted,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let decided = Expr::col(Reopening::DecidedBy);
        let mut table = Table::create();
        table
            .table(Reopening::Table)
            .col(ColumnDef::new(Reopening::Id).big_integer().not_null().auto_increment().primary_key())
            .col(ColumnDef::new(Reopening::Period).text().not_null())
            .col(ColumnDef::new(Reopening::Source).text())
            .col(ColumnDef::new(Reopening::Reason).text().not_null())
            .col(ColumnDef::new(Reopening::AskedBy).text().not_null())
            .col(ColumnDef::new(Reopening::AskedAt).timestamp_with_time_zone().not_null())
            .col(ColumnDef::new(Reopening::DecidedBy).text())
            .col(ColumnDef::new(Reopening::DecidedAt).timestamp_with_time_zone())
            .col(ColumnDef::new(Reopening::Granted).boolean())
            .check(decided.clone().is_null().or(decided.not_equals(Reopening::AskedBy)));
        manager.create_table(table).await?;
        let mut index = Index::create();
        index.name("reopening_by_period").table(Reopening::Table).col(Reopening::Period).col(Reopening::Id);
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Reopening::Table).to_owned()).await
    }
}
