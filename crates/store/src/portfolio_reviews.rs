//! Reviews of the portfolio of models, and what they decided.

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;

use crate::entity::{portfolio_decision, portfolio_review};
use crate::error::while_doing;
use crate::session::{self, Session, microseconds, text};
use crate::stored::Stored;
use crate::{Digest, PortfolioVerdict, StoreError};

/// The scorecards of a quarter as they were when its review was opened. It never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PortfolioReview {
    /// The quarter: `2026-Q2`.
    pub quarter: String,
    /// The moment that the scorecards are as of.
    pub opened_at: DateTime<Utc>,
    /// Who opened it.
    pub opened_by: String,
    /// The digest of the content.
    pub digest: Digest,
    /// The scorecards as JSON, byte for byte.
    pub content: String,
}

/// What was decided of one model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PortfolioDecision {
    /// In which review.
    pub quarter: String,
    /// Of which model.
    pub model: String,
    /// 1, 2, 3 …: the last one holds.
    pub sequence: u64,
    /// What.
    pub decision: PortfolioVerdict,
    /// Why.
    pub reason: String,
    /// By whom.
    pub decided_by: String,
    /// When.
    pub decided_at: DateTime<Utc>,
}

/// The reviews.
#[derive(Debug)]
pub struct PortfolioReviews<'a>(Session<'a>);

impl<'a> PortfolioReviews<'a> {
    pub(crate) fn on(session: Session<'a>) -> Self {
        Self(session)
    }

    /// Opens the review of a quarter with the scorecards as they are.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where the quarter has one, [`StoreError::Invalid`] where the content is no JSON, or what the database
    /// says.
    pub async fn open(&self, quarter: &str, content: &str, by: &str, at: DateTime<Utc>) -> Result<PortfolioReview, StoreError> {
        serde_json::from_str::<serde::de::IgnoredAny>(content).map_err(|error| StoreError::Invalid {
            what: "portfolio review",
            id: quarter.to_owned(),
            why: format!("its content is no JSON: {error}"),
        })?;
        let review = PortfolioReview {
            quarter: quarter.to_owned(),
            opened_at: microseconds(at),
            opened_by: text(by),
            digest: Digest::of(content.as_bytes()),
            content: content.to_owned(),
        };
        let row = portfolio_review::ActiveModel {
            quarter: Set(review.quarter.clone()),
            opened_at: Set(review.opened_at),
            opened_by: Set(review.opened_by.clone()),
            digest: Set(Stored(review.digest)),
            content: Set(review.content.clone()),
        };
        let insert = portfolio_review::Entity::insert(row).exec_without_returning(&self.0).await;
        insert.map_err(while_doing("opening a review of the portfolio"))?;
        Ok(review)
    }

    /// The review of a quarter.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where the content does not fit its digest, or what the database says.
    pub async fn of(&self, quarter: &str) -> Result<Option<PortfolioReview>, StoreError> {
        let found = portfolio_review::Entity::find_by_id(quarter.to_owned()).one(&self.0).await;
        let found = found.map_err(while_doing("reading a review of the portfolio"))?;
        found.map(PortfolioReview::from_row).transpose()
    }

    /// All reviews, the newest quarter first.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where a content does not fit its digest, or what the database says.
    pub async fn all(&self) -> Result<Vec<PortfolioReview>, StoreError> {
        let select = portfolio_review::Entity::find().order_by_desc(portfolio_review::Column::Quarter);
        let rows = select.all(&self.0).await.map_err(while_doing("reading the reviews of the portfolio"))?;
        rows.into_iter().map(PortfolioReview::from_row).collect()
    }

    /// Records what was decided of a model, after what was decided before.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where somebody else decides of it at the same moment, or what the database says.
    pub async fn decide(
        &self,
        quarter: &str,
        model: &str,
        decision: PortfolioVerdict,
        reason: &str,
        by: &str,
        at: DateTime<Utc>,
    ) -> Result<PortfolioDecision, StoreError> {
        let before = self.decisions(quarter).await?;
        let sequence = 1 + before.iter().filter(|one| one.model == model).map(|one| one.sequence).max().unwrap_or(0);
        let decided = PortfolioDecision {
            quarter: quarter.to_owned(),
            model: model.to_owned(),
            sequence,
            decision,
            reason: text(reason),
            decided_by: text(by),
            decided_at: microseconds(at),
        };
        let row = portfolio_decision::ActiveModel {
            quarter: Set(decided.quarter.clone()),
            model: Set(decided.model.clone()),
            sequence: Set(session::to_column(sequence, "portfolio decision", model)?),
            decision: Set(Stored(decision)),
            reason: Set(decided.reason.clone()),
            decided_by: Set(decided.decided_by.clone()),
            decided_at: Set(decided.decided_at),
        };
        // Two at once take the same number: the key lets one of them in.
        let insert = portfolio_decision::Entity::insert(row).exec_without_returning(&self.0).await;
        insert.map_err(while_doing("recording a decision on a model"))?;
        Ok(decided)
    }

    /// What a review decided, by model and in order.
    ///
    /// # Errors
    /// What the database says.
    pub async fn decisions(&self, quarter: &str) -> Result<Vec<PortfolioDecision>, StoreError> {
        let select = portfolio_decision::Entity::find()
            .filter(portfolio_decision::Column::Quarter.eq(quarter))
            .order_by_asc(portfolio_decision::Column::Model)
            .order_by_asc(portfolio_decision::Column::Sequence);
        let rows = select.all(&self.0).await.map_err(while_doing("reading the decisions on models"))?;
        rows.into_iter()
            .map(|row| {
                Ok(PortfolioDecision {
                    sequence: session::from_column(row.sequence, "portfolio decision", &row.model)?,
                    quarter: row.quarter,
                    model: row.model,
                    decision: row.decision.0,
                    reason: row.reason,
                    decided_by: row.decided_by,
                    decided_at: row.decided_at,
                })
            })
            .collect()
    }
}

impl PortfolioReview {
    fn from_row(row: portfolio_review::Model) -> Result<Self, StoreError> {
        if Digest::of(row.content.as_bytes()) != row.digest.0 {
            let why = format!("its content does not have the digest {} it was stored with", row.digest.0);
            return Err(StoreError::Damaged { what: "portfolio review", id: row.quarter, why });
        }
        Ok(Self {
            quarter: row.quarter,
            opened_at: row.opened_at,
            opened_by: row.opened_by,
            digest: row.digest.0,
            content: row.content,
        })
    }
}
