use farthing_types::{Cost, Currency};
use sea_orm::entity::prelude::*;

use crate::stored::{Stored, StoredAmount};
use crate::{Residue, RevisionId};

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "revision_total")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) revision_id: Stored<RevisionId>,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) currency: Stored<Currency>,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) cost: Stored<Cost>,
    pub(crate) amount: StoredAmount,
    pub(crate) magnitude: StoredAmount,
    pub(crate) residue: Stored<Residue>,
    pub(crate) charges: i64,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
