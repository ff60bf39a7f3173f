use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::RevisionId;
use crate::stored::Stored;

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "revision_retirement")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) revision_id: Stored<RevisionId>,
    pub(crate) retired_at: DateTime<Utc>,
    pub(crate) reason: String,
    pub(crate) bytes: i64,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
