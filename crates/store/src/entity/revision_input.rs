use sea_orm::entity::prelude::*;

use crate::RevisionId;
use crate::stored::Stored;

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "revision_input")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) revision_id: Stored<RevisionId>,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) file: i64,
    pub(crate) first_row: i64,
    pub(crate) rows: i64,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
