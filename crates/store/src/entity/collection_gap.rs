use chrono::{DateTime, Utc};
use farthing_types::{BillingPeriod, SourceName};
use sea_orm::entity::prelude::*;

use crate::stored::Stored;

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "collection_gap")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) source: Stored<SourceName>,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) period: Stored<BillingPeriod>,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) from_at: DateTime<Utc>,
    pub(crate) to_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
