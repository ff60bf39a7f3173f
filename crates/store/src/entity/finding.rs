use sea_orm::entity::prelude::*;

use crate::stored::Stored;
use crate::{ImportId, RevisionId, Severity};

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "finding")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) id: i64,
    pub(crate) import_id: Stored<ImportId>,
    pub(crate) revision_id: Option<Stored<RevisionId>>,
    pub(crate) file: String,
    pub(crate) first_rows: String,
    pub(crate) column_name: Option<String>,
    pub(crate) rule: String,
    pub(crate) severity: Stored<Severity>,
    pub(crate) value: Option<String>,
    pub(crate) message: String,
    pub(crate) count: i64,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
