use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::stored::Stored;
use crate::{AlertId, AlertState};

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "alert")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Stored<AlertId>,
    pub(crate) channel: String,
    pub(crate) event_key: String,
    pub(crate) topic: String,
    pub(crate) event: String,
    pub(crate) message: Option<String>,
    pub(crate) state: Stored<AlertState>,
    pub(crate) attempts: i64,
    pub(crate) due_at: DateTime<Utc>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) tried_at: Option<DateTime<Utc>>,
    pub(crate) ended_at: Option<DateTime<Utc>>,
    pub(crate) said: Option<String>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
