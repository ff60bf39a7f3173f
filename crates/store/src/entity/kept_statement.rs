use chrono::{DateTime, Utc};
use farthing_types::{BillingPeriod, Cost};
use sea_orm::entity::prelude::*;

use crate::Digest;
use crate::stored::Stored;

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "kept_statement")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) period: Stored<BillingPeriod>,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) cost: Stored<Cost>,
    pub(crate) basis: Stored<Digest>,
    pub(crate) content: String,
    pub(crate) kept_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
