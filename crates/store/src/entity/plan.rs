use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::stored::Stored;
use crate::{Digest, PlanId, PlanKind, PlanStatus};

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "plan")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Stored<PlanId>,
    pub(crate) kind: Stored<PlanKind>,
    pub(crate) input_digest: Stored<Digest>,
    pub(crate) content: String,
    pub(crate) status: Stored<PlanStatus>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
