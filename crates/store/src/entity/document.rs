use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::stored::Stored;
use crate::{Digest, DocumentKind};

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "document")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) kind: Stored<DocumentKind>,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) version: i64,
    pub(crate) content: String,
    pub(crate) digest: Stored<Digest>,
    pub(crate) published_at: DateTime<Utc>,
    pub(crate) published_by: String,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
