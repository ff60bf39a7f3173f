use chrono::{DateTime, Utc};
use farthing_types::BillingPeriod;
use sea_orm::entity::prelude::*;

use crate::Digest;
use crate::stored::Stored;

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "certificate")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) period: Stored<BillingPeriod>,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) issued_at: DateTime<Utc>,
    pub(crate) digest: Stored<Digest>,
    pub(crate) content: String,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
