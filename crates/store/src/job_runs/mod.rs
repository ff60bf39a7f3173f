//! The runs of jobs. Each change of a run is one guarded update, so that it does not matter how many workers there are, nor whose clock
//! is wrong: leases go by the database's clock, and who commits shows the number of the attempt.

mod lease;
mod model;

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

pub use lease::{Beat, Fence, PartOfRun};
pub use model::{JobRun, NewRun, Progress, RunFilter};

use crate::entity::job_run::{self, Column};
use crate::error::while_doing;
use crate::session::{Session, microseconds};
use crate::stored::Stored;
use crate::{RunId, RunState, StoreError};

/// How many runs go into one statement: both databases limit the parameters of one.
const CHUNK: usize = 500;

/// The runs.
#[derive(Debug)]
pub struct JobRuns<'a>(Session<'a>);

impl<'a> JobRuns<'a> {
    pub(crate) fn on(session: Session<'a>) -> Self {
        Self(session)
    }

    /// Adds a run; false where there is one of this job and time already, or, for a hint, one that waits for the same subject.
    ///
    /// # Errors
    /// What the database says.
    pub async fn add(&self, run: &NewRun) -> Result<bool, StoreError> {
        Ok(self.add_all(std::slice::from_ref(run)).await? == 1)
    }

    /// Adds runs and leaves out those that are there already; gives how many were added.
    ///
    /// # Errors
    /// What the database says.
    pub async fn add_all(&self, runs: &[NewRun]) -> Result<u64, StoreError> {
        let mut added = 0;
        for chunk in runs.chunks(CHUNK) {
            let rows = chunk.iter().map(NewRun::to_row).collect::<Result<Vec<_>, _>>()?;
            let insert = job_run::Entity::insert_many(rows).on_conflict(OnConflict::new().do_nothing().to_owned());
            added += insert.exec_without_returning(&self.0).await.map_err(while_doing("adding runs of jobs"))?;
        }
        Ok(added)
    }

    /// One run.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or what the database says.
    pub async fn get(&self, id: RunId) -> Result<JobRun, StoreError> {
        let row = job_run::Entity::find_by_id(Stored(id)).one(&self.0).await.map_err(while_doing("reading a run of a job"))?;
        JobRun::from_row(row.ok_or_else(|| StoreError::NotFound { what: "run", id: id.to_string() })?)
    }

    /// The newest runs that fit, the newest first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn list(&self, filter: &RunFilter) -> Result<Vec<JobRun>, StoreError> {
        let mut select = job_run::Entity::find();
        if let Some(state) = filter.state {
            select = select.filter(Column::State.eq(Stored(state)));
        }
        if let Some(job) = &filter.job {
            select = select.filter(Column::Job.eq(job));
        }
        if let Some(before) = filter.before {
            select = select.filter(Column::Id.lt(Stored(before)));
        }
        let select = select.order_by_desc(Column::Id).limit(filter.limit);
        let rows = select.all(&self.0).await.map_err(while_doing("reading the runs of jobs"))?;
        rows.into_iter().map(JobRun::from_row).collect()
    }

    /// The last run of each job that ended in one of these states, by job.
    ///
    /// # Errors
    /// What the database says.
    pub async fn last(&self, states: &[RunState]) -> Result<Vec<JobRun>, StoreError> {
        let ended = states.iter().copied().map(Stored).collect::<Vec<_>>();
        let newest = Query::select()
            .expr(Expr::col(Column::Id).max())
            .from(job_run::Entity)
            .and_where(Column::State.is_in(ended))
            .group_by_col(Column::Job)
            .to_owned();
        let select = job_run::Entity::find().filter(Column::Id.in_subquery(newest)).order_by_asc(Column::Job);
        let rows = select.all(&self.0).await.map_err(while_doing("reading the last runs"))?;
        rows.into_iter().map(JobRun::from_row).collect()
    }

    /// How many runs there are in each state.
    ///
    /// # Errors
    /// What the database says.
    pub async fn counts(&self) -> Result<Vec<(RunState, u64)>, StoreError> {
        let counted: Vec<(Stored<RunState>, i64)> = job_run::Entity::find()
            .select_only()
            .column(Column::State)
            .expr_as(Expr::col(Column::Id).count(), "runs")
            .group_by(Column::State)
            .order_by_asc(Column::State)
            .into_tuple()
            .all(&self.0)
            .await
            .map_err(while_doing("counting the runs of jobs"))?;
        counted.into_iter().map(|(state, runs)| Ok((state.0, crate::session::from_column(runs, "run", state.0)?))).collect()
    }

    /// Removes what ended before a moment; gives how many runs that were.
    ///
    /// # Errors
    /// What the database says.
    pub async fn forget(&self, ended_before: DateTime<Utc>) -> Result<u64, StoreError> {
        let delete = job_run::Entity::delete_many().filter(Column::EndedAt.lt(microseconds(ended_before)));
        Ok(delete.exec(&self.0).await.map_err(while_doing("forgetting old runs"))?.rows_affected)
    }
}
