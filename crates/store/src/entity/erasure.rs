use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::RevisionId;
use crate::stored::Stored;

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "erasure")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) revision_id: Stored<RevisionId>,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) number: i64,
    pub(crate) erased_at: DateTime<Utc>,
    pub(crate) erased_by: String,
    pub(crate) policy: i64,
    pub(crate) measure: String,
    pub(crate) columns: String,
    pub(crate) rows: i64,
    pub(crate) held: i64,
    pub(crate) totals: Option<String>,
    pub(crate) reason: String,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
