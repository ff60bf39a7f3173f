use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::Digest;
use crate::stored::Stored;

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "portfolio_review")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) quarter: String,
    pub(crate) opened_at: DateTime<Utc>,
    pub(crate) opened_by: String,
    pub(crate) digest: Stored<Digest>,
    pub(crate) content: String,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
