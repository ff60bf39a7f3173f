use chrono::{DateTime, Utc};
use farthing_approval::Action;
use sea_orm::entity::prelude::*;

use crate::PlanId;
use crate::stored::Stored;

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "recommendation_step")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) plan: Stored<PlanId>,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) sequence: i64,
    pub(crate) done_by: String,
    pub(crate) action: Stored<Action>,
    pub(crate) reason: String,
    pub(crate) plan_hash: String,
    pub(crate) input_hash: String,
    pub(crate) done_at: DateTime<Utc>,
    pub(crate) details: String,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
