use chrono::{DateTime, Utc};
use farthing_types::{BillingPeriod, SourceName};
use sea_orm::entity::prelude::*;

use crate::stored::Stored;
use crate::{Dataset, Digest, ImportId, Restatement, RevisionId, RevisionState};

#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = "revision")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Stored<RevisionId>,
    pub(crate) import_id: Stored<ImportId>,
    pub(crate) dataset: Stored<Dataset>,
    pub(crate) source: Stored<SourceName>,
    pub(crate) period: Stored<BillingPeriod>,
    pub(crate) sequence: i64,
    pub(crate) digest: Stored<Digest>,
    pub(crate) format: String,
    pub(crate) code_version: String,
    pub(crate) state: Stored<RevisionState>,
    pub(crate) supersedes: Option<Stored<RevisionId>>,
    pub(crate) rows: i64,
    pub(crate) findings: i64,
    pub(crate) location: String,
    pub(crate) files: String,
    pub(crate) imported_at: DateTime<Utc>,
    pub(crate) superseded_at: Option<DateTime<Utc>>,
    pub(crate) rows_digest: Option<Stored<Digest>>,
    pub(crate) masking_version: Option<i64>,
    pub(crate) masking_digest: Option<Stored<Digest>>,
    pub(crate) restates: Option<Stored<Restatement>>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
