use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "person")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) name: String,
    pub(crate) password: Option<String>,
    pub(crate) roles: String,
    pub(crate) units: Option<String>,
    pub(crate) added_at: DateTime<Utc>,
    pub(crate) added_by: String,
    pub(crate) disabled_at: Option<DateTime<Utc>>,
    pub(crate) failures: i64,
    pub(crate) locked_until: Option<DateTime<Utc>>,
    pub(crate) issuer: Option<String>,
    pub(crate) subject: Option<String>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
