//! Closing and reopening of billing periods: one row an event, never changed. The last event of a period and source is its state;
//! an event without a source is about all of them.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
pub(crate) enum PeriodEvent {
    Table,
    Id,
    Period,
    Source,
    State,
    Reason,
    EventBy,
    EventAt,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create();
        table
            .table(PeriodEvent::Table)
            .col(ColumnDef::new(PeriodEvent::Id).big_integer().not_null().auto_increment().primary_key())
            .col(ColumnDef::new(PeriodEvent::Period).text().not_null())
            .col(ColumnDef::new(PeriodEvent::Source).text())
            .col(ColumnDef::new(PeriodEvent::State).text().not_null())
            .col(ColumnDef::new(PeriodEvent::Reason).text().not_null())
            .col(ColumnDef::new(PeriodEvent::EventBy).text().not_null())
            .col(ColumnDef::new(PeriodEvent::EventAt).timestamp_with_time_zone().not_null())
            .check(Expr::col(PeriodEvent::State).is_in(["open", "closed"]));
        manager.create_table(table).await?;
        let mut index = Index::create();
        index.name("period_event_by_period").table(PeriodEvent::Table).col(PeriodEvent::Period).col(PeriodEvent::Id);
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(PeriodEvent::Table).to_owned()).await
    }
}
