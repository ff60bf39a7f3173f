use chrono::{DateTime, Utc};
use farthing_types::{BillingPeriod, SourceName};
use sea_orm::entity::prelude::*;

use crate::PeriodState;
use crate::stored::Stored;

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "period_event")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) id: i64,
    pub(crate) period: Stored<BillingPeriod>,
    pub(crate) source: Option<Stored<SourceName>>,
    pub(crate) state: Stored<PeriodState>,
    pub(crate) reason: String,
    pub(crate) event_by: String,
    pub(crate) event_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
