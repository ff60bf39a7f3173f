use chrono::{DateTime, Utc};
use farthing_types::SourceName;
use sea_orm::entity::prelude::*;

use crate::stored::Stored;

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "collection")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) source: Stored<SourceName>,
    pub(crate) attempted_at: DateTime<Utc>,
    pub(crate) succeeded_at: Option<DateTime<Utc>>,
    pub(crate) collected_to: Option<DateTime<Utc>>,
    pub(crate) problem: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) notes: String,
    pub(crate) last_rows: i64,
    pub(crate) last_calls: i64,
    pub(crate) last_millis: i64,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
