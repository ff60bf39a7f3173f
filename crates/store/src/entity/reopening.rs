use chrono::{DateTime, Utc};
use farthing_types::{BillingPeriod, SourceName};
use sea_orm::entity::prelude::*;

use crate::stored::Stored;

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "reopening")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) id: i64,
    pub(crate) period: Stored<BillingPeriod>,
    pub(crate) source: Option<Stored<SourceName>>,
    pub(crate) reason: String,
    pub(crate) asked_by: String,
    pub(crate) asked_at: DateTime<Utc>,
    pub(crate) decided_by: Option<String>,
    pub(crate) decided_at: Option<DateTime<Utc>>,
    pub(crate) granted: Option<bool>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
