//! The runs of jobs: due, running, and ended ones with what they said. `attempt` counts the workers that took a run, and is what a
//! worker shows when it commits: a run that another took over has a higher one.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(Clone, Copy, DeriveIden)]
pub(crate) enum JobRun {
    Table,
    Id,
    Job,
    Kind,
    Parameters,
    Subject,
    Hint,
    ScheduledAt,
    NotBefore,
    State,
    Attempt,
    Failures,
    MostFailures,
    RetrySeconds,
    Worker,
    LeaseUntil,
    CancelAsked,
    CreatedAt,
    StartedAt,
    EndedAt,
    Done,
    Total,
    Doing,
    Message,
    Result,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(table()).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(JobRun::Table).to_owned()).await
    }
}

fn table() -> TableCreateStatement {
    let known = ["queued", "running", "done", "failed", "cancelled"];
    let leased = Expr::col(JobRun::State).eq("running").eq(Expr::col(JobRun::LeaseUntil).is_not_null());
    let ended = Expr::col(JobRun::State).is_in(["done", "failed", "cancelled"]).eq(Expr::col(JobRun::EndedAt).is_not_null());
    let mut table = Table::create();
    table
        .table(JobRun::Table)
        .col(ColumnDef::new(JobRun::Id).text().not_null().primary_key())
        .col(ColumnDef::new(JobRun::Job).text().not_null())
        .col(ColumnDef::new(JobRun::Kind).text().not_null())
        .col(ColumnDef::new(JobRun::Parameters).text().not_null())
        .col(ColumnDef::new(JobRun::Subject).text())
        .col(ColumnDef::new(JobRun::Hint).boolean().not_null())
        .col(ColumnDef::new(JobRun::ScheduledAt).timestamp_with_time_zone().not_null())
        .col(ColumnDef::new(JobRun::NotBefore).timestamp_with_time_zone().not_null())
        .col(ColumnDef::new(JobRun::State).text().not_null())
        .col(ColumnDef::new(JobRun::Attempt).big_integer().not_null())
        .col(ColumnDef::new(JobRun::Failures).big_integer().not_null())
        .col(ColumnDef::new(JobRun::MostFailures).big_integer().not_null())
        .col(ColumnDef::new(JobRun::RetrySeconds).big_integer().not_null())
        .col(ColumnDef::new(JobRun::Worker).text())
        .col(ColumnDef::new(JobRun::LeaseUntil).timestamp_with_time_zone())
        .col(ColumnDef::new(JobRun::CancelAsked).boolean().not_null())
        .col(ColumnDef::new(JobRun::CreatedAt).timestamp_with_time_zone().not_null())
        .col(ColumnDef::new(JobRun::StartedAt).timestamp_with_time_zone())
        .col(ColumnDef::new(JobRun::EndedAt).timestamp_with_time_zone())
        .col(ColumnDef::new(JobRun::Done).big_integer().not_null())
        .col(ColumnDef::new(JobRun::Total).big_integer().not_null())
        .col(ColumnDef::new(JobRun::Doing).text())
        .col(ColumnDef::new(JobRun::Message).text())
        .col(ColumnDef::new(JobRun::Result).text())
        .check(Expr::col(JobRun::State).is_in(known))
        .check(leased)
        .check(ended);
    table
}

fn indexes() -> [IndexCreateStatement; 6] {
    let index = |name: &str, columns: &[JobRun]| {
        let mut index = Index::create();
        index.name(name).table(JobRun::Table);
        for column in columns {
            index.col(*column);
        }
        index
    };
    let mut once = index("job_run_once", &[JobRun::Job, JobRun::ScheduledAt]);
    once.unique();
    // Of what one subject is about, one run at a time.
    let mut one_running = index("job_run_one_running", &[JobRun::Subject]);
    one_running.unique().and_where(Expr::col(JobRun::State).eq("running"));
    // However often it is said that something is dirty, one run waits for it.
    let mut one_hint = index("job_run_one_hint", &[JobRun::Subject]);
    one_hint.unique().and_where(Expr::col(JobRun::State).eq("queued").and(Expr::col(JobRun::Hint)));
    [
        once,
        one_running,
        one_hint,
        index("job_run_due", &[JobRun::State, JobRun::NotBefore, JobRun::Id]),
        index("job_run_leases", &[JobRun::State, JobRun::LeaseUntil]),
        index("job_run_of_job", &[JobRun::Job, JobRun::Id]),
    ]
}
