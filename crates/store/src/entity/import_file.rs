use sea_orm::entity::prelude::*;

use crate::stored::Stored;
use crate::{Digest, ImportId};

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "import_file")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) import_id: Stored<ImportId>,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) number: i64,
    pub(crate) path: String,
    pub(crate) bytes: i64,
    pub(crate) digest: Stored<Digest>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
