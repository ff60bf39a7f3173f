use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::stored::Stored;
use crate::{RunId, RunState};

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "job_run")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Stored<RunId>,
    pub(crate) job: String,
    pub(crate) kind: String,
    pub(crate) parameters: String,
    pub(crate) subject: Option<String>,
    pub(crate) hint: bool,
    pub(crate) scheduled_at: DateTime<Utc>,
    pub(crate) not_before: DateTime<Utc>,
    pub(crate) state: Stored<RunState>,
    pub(crate) attempt: i64,
    pub(crate) failures: i64,
    pub(crate) most_failures: i64,
    pub(crate) retry_seconds: i64,
    pub(crate) worker: Option<String>,
    pub(crate) lease_until: Option<DateTime<Utc>>,
    pub(crate) cancel_asked: bool,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) started_at: Option<DateTime<Utc>>,
    pub(crate) ended_at: Option<DateTime<Utc>>,
    pub(crate) done: i64,
    pub(crate) total: i64,
    pub(crate) doing: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) result: Option<String>,
    pub(crate) asked_by: Option<String>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
