use chrono::{DateTime, Utc};
use farthing_types::{BillingPeriod, SourceName};
use sea_orm::entity::prelude::*;

use crate::stored::Stored;
use crate::{Digest, ReportKind};

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "provider_report")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) source: Stored<SourceName>,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) period: Stored<BillingPeriod>,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) kind: Stored<ReportKind>,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) sequence: i64,
    pub(crate) stated_at: DateTime<Utc>,
    pub(crate) digest: Stored<Digest>,
    pub(crate) content: String,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
