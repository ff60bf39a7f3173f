use chrono::{DateTime, Utc};
use farthing_types::{BillingPeriod, Cost};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, OnConflict, Query, SelectStatement, UnionType};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::Digest;
use crate::StoreError;
use crate::entity::{document, kept_statement, period_event, revision};
use crate::error::while_doing;
use crate::session::{Session, microseconds};
use crate::stored::Stored;

/// The statements of a billing period for one cost, as they were computed last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptStatement {
    /// The period.
    pub period: BillingPeriod,
    /// Which of the four costs.
    pub cost: Cost,
    /// The digest of all that they rest on.
    pub basis: Digest,
    /// The statements as JSON.
    pub content: String,
    /// When they were computed.
    pub kept_at: DateTime<Utc>,
}

/// The statements that are kept.
#[derive(Debug)]
pub struct KeptStatements<'a>(Session<'a>);

impl<'a> KeptStatements<'a> {
    pub(crate) fn on(session: Session<'a>) -> Self {
        Self(session)
    }

    /// Those of a period and cost, where they rest on `basis`; `None` where there are none, or of something else.
    ///
    /// # Errors
    /// What the database says.
    pub async fn of(&self, period: BillingPeriod, cost: Cost, basis: Digest) -> Result<Option<KeptStatement>, StoreError> {
        let key = (Stored(period), Stored(cost));
        let select = kept_statement::Entity::find_by_id(key).filter(kept_statement::Column::Basis.eq(Stored(basis)));
        let row = select.one(&self.0).await.map_err(while_doing("reading a statement that is kept"))?;
        Ok(row.map(|row| KeptStatement {
            period: row.period.0,
            cost: row.cost.0,
            basis: row.basis.0,
            content: row.content,
            kept_at: row.kept_at,
        }))
    }

    /// Keeps statements in place of those of the same period and cost.
    ///
    /// # Errors
    /// What the database says.
    pub async fn keep(&self, statement: &KeptStatement) -> Result<(), StoreError> {
        use kept_statement::Column;
        let row = kept_statement::ActiveModel {
            period: Set(Stored(statement.period)),
            cost: Set(Stored(statement.cost)),
            basis: Set(Stored(statement.basis)),
            content: Set(statement.content.clone()),
            kept_at: Set(microseconds(statement.kept_at)),
        };
        let known = OnConflict::columns([Column::Period, Column::Cost])
            .update_columns([Column::Basis, Column::Content, Column::KeptAt])
            .to_owned();
        let insert = kept_statement::Entity::insert(row).on_conflict(known).exec_without_returning(&self.0).await;
        insert.map(|_| ()).map_err(while_doing("keeping a statement"))
    }

    /// A number that grows with whatever statements can rest on: revisions, documents, and what became of periods. As long as it is the
    /// same, none that is kept has become old.
    ///
    /// # Errors
    /// What the database says.
    pub async fn watermark(&self) -> Result<u64, StoreError> {
        let failed = while_doing("counting what statements rest on");
        // One statement, since every request for a report asks.
        let mut counted = rows_of(revision::Entity);
        counted.union(UnionType::All, rows_of(document::Entity)).union(UnionType::All, rows_of(period_event::Entity));
        let counted = self.0.query_all(&counted).await.map_err(&failed)?;
        let counts = counted.iter().map(|row| row.try_get_by_index::<i64>(0)).collect::<Result<Vec<_>, _>>().map_err(&failed)?;
        Ok(counts.into_iter().map(i64::unsigned_abs).sum())
    }
}

fn rows_of(table: impl EntityTrait) -> SelectStatement {
    Query::select().expr(Expr::col(Asterisk).count()).from(table).to_owned()
}
