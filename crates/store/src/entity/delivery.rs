use sea_orm::entity::prelude::*;

use crate::ImportId;
use crate::stored::Stored;

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "delivery")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) import_id: Stored<ImportId>,
    pub(crate) rows_read: i64,
    pub(crate) rows_set_aside: i64,
    pub(crate) rows_held: i64,
    pub(crate) rows_broke_must: i64,
    pub(crate) rows_broke_should: i64,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
