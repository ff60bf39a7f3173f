//! What is to run again and again: one row a schedule of the published document, with the time at which it is next due. It moves on in
//! the transaction that adds the runs, so that of two schedulers one adds them.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
pub(crate) enum JobSchedule {
    Table,
    Name,
    Definition,
    NextAt,
    SeenAt,
    Missed,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create();
        table
            .table(JobSchedule::Table)
            .col(ColumnDef::new(JobSchedule::Name).text().not_null().primary_key())
            .col(ColumnDef::new(JobSchedule::Definition).text().not_null())
            // Without one it is switched off, or has no time left.
            .col(ColumnDef::new(JobSchedule::NextAt).timestamp_with_time_zone())
            // The clock when the time above was set: where the clock is before it, it was set back.
            .col(ColumnDef::new(JobSchedule::SeenAt).timestamp_with_time_zone().not_null())
            .col(ColumnDef::new(JobSchedule::Missed).big_integer().not_null());
        manager.create_table(table).await?;
        for (name, column) in [("job_schedule_due", JobSchedule::NextAt), ("job_schedule_seen", JobSchedule::SeenAt)] {
            let mut index = Index::create();
            index.name(name).table(JobSchedule::Table).col(column);
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(JobSchedule::Table).to_owned()).await
    }
}
