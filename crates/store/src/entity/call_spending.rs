use farthing_types::{BillingPeriod, SourceName};
use sea_orm::entity::prelude::*;

use crate::stored::{Stored, StoredAmount};

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "call_spending")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) source: Stored<SourceName>,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) month: Stored<BillingPeriod>,
    pub(crate) calls: i64,
    pub(crate) cost: StoredAmount,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
