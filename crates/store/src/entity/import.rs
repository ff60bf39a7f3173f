use chrono::{DateTime, Utc};
use farthing_types::SourceName;
use sea_orm::entity::prelude::*;

use crate::stored::Stored;
use crate::{Dataset, Digest, ImportId, ImportOutcome};

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "import")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Stored<ImportId>,
    pub(crate) source: Stored<SourceName>,
    pub(crate) dataset: Stored<Dataset>,
    pub(crate) paths: String,
    pub(crate) digest: Option<Stored<Digest>>,
    pub(crate) started_at: DateTime<Utc>,
    pub(crate) ended_at: Option<DateTime<Utc>>,
    pub(crate) outcome: Option<Stored<ImportOutcome>>,
    pub(crate) message: Option<String>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
