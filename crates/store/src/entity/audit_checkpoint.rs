use farthing_audit::PublicKey;
use sea_orm::entity::prelude::*;

use crate::stored::Stored;

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "audit_checkpoint")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) sequence: i64,
    pub(crate) head: String,
    pub(crate) at: String,
    pub(crate) reason: String,
    pub(crate) public_key: Stored<PublicKey>,
    pub(crate) signature: String,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
