//! Reviews of a quarter: the scorecards as they were, pinned, and what was decided of each model.

use chrono::{DateTime, SubsecRound, Utc};
use farthing_audit::Action;
use farthing_store::{PortfolioDecision, PortfolioReview, PortfolioVerdict};
use farthing_types::{BillingPeriod, ModelId};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::{Error, Farthing};

/// A review of a quarter.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PortfolioReviewReport {
    /// The quarter: `2026-Q2`.
    pub quarter: String,
    /// The moment that its scorecards are as of.
    pub opened_at: DateTime<Utc>,
    /// Who opened it.
    pub opened_by: String,
    /// The digest of the scorecards.
    pub digest: String,
    /// True where the scorecards, taken again from the facts and documents as of then, are the same byte for byte; none where it was
    /// not asked for.
    pub reproduced: Option<bool>,
    /// Its models and what was decided of them.
    pub models: Vec<ReviewedModel>,
    /// The scorecards as they were; none in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<crate::Portfolio>)]
    pub portfolio: Option<serde_json::Value>,
}

/// A model in a review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReviewedModel {
    /// The model.
    pub model: String,
    /// `keep`, `retrain`, `repurpose` or `retire`; none where nothing was decided yet.
    pub decision: Option<&'static str>,
    /// Why.
    pub reason: Option<String>,
    /// By whom.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<DateTime<Utc>>,
    /// How often it was decided before.
    pub decided_before: u64,
}

/// The three months of a quarter.
fn months_of(quarter: &str) -> Result<[BillingPeriod; 3], Error> {
    let wrong = || Error::Invalid(format!("{quarter:?} is no quarter: write 2026-Q2"));
    let (year, number) = quarter.split_once("-Q").ok_or_else(wrong)?;
    let number: u32 = number.parse().ok().filter(|number| (1..=4).contains(number)).ok_or_else(wrong)?;
    let first: BillingPeriod = format!("{year}-{:02}", number * 3 - 2).parse().map_err(|_| wrong())?;
    Ok([first, first.next(), first.next().next()])
}

impl Farthing {
    /// Opens the review of a quarter: its scorecards are taken now and kept as they are, with the digests of what they rest on.
    ///
    /// # Errors
    /// When the quarter has a review, or no month of it has charges.
    pub async fn open_review(&self, quarter: &str, by: &str) -> Result<PortfolioReviewReport, Error> {
        let months = months_of(quarter)?;
        if let Some(there) = self.store.portfolio_reviews().of(quarter).await? {
            let opened = there.opened_at.format("%Y-%m-%d %H:%M UTC");
            let message = format!("{quarter} has a review already, opened {opened} by {}: a quarter has one", there.opened_by);
            return Err(Error::Invalid(message));
        }
        let at = self.now().trunc_subsecs(6);
        let content = self.as_of(at)?.rendered(months).await?;
        let work = self.store.begin().await?;
        let review = work.portfolio_reviews().open(quarter, &content, by, at).await?;
        let details = json!({"sha256": review.digest.to_string()});
        self.record(&work, by, Action::ReviewOpened, format!("review {quarter}"), details).await?;
        work.commit().await?;
        self.reported(review, true).await
    }

    /// The scorecards of a quarter as of this moment, as they are kept.
    async fn rendered(&self, quarter: [BillingPeriod; 3]) -> Result<String, Error> {
        let mut months = self.months_with_charges().await?;
        months.retain(|month| quarter.contains(month));
        let (Some(first), Some(last)) = (months.first(), months.last()) else {
            return Err(Error::Nothing(format!("there are no charges from {} to {}", quarter[0], quarter[2])));
        };
        if months.len() == 2 && first.next() != *last {
            return Err(Error::Nothing(format!("{} has no charges: import its bill first", first.next())));
        }
        let portfolio = self.portfolio_of(&months).await?;
        serde_json::to_string(&portfolio).map_err(|error| Error::Panicked(format!("scorecards could not be written: {error}")))
    }

    /// Records what is decided of a model in a review.
    ///
    /// # Errors
    /// When there is no such review, or the model is not in it, or no reason is given.
    pub async fn record_decision(
        &self,
        quarter: &str,
        model: &ModelId,
        decision: PortfolioVerdict,
        reason: &str,
        by: &str,
    ) -> Result<PortfolioReviewReport, Error> {
        if reason.trim().is_empty() {
            return Err(Error::Invalid("a decision needs a reason: somebody will ask for it".to_owned()));
        }
        let review = self.review_of(quarter).await?;
        let models = models_in(&review)?;
        if !models.iter().any(|known| known == model.as_str()) {
            let message = format!("{model} is not in the review of {quarter}. In it are {}", models.join(", "));
            return Err(Error::Nothing(message));
        }
        let work = self.store.begin().await?;
        work.portfolio_reviews().decide(quarter, model.as_str(), decision, reason, by, self.now()).await?;
        let details = json!({"model": model.as_str(), "decision": decision.as_str(), "reason": reason});
        self.record(&work, by, Action::ReviewDecided, format!("review {quarter}"), details).await?;
        work.commit().await?;
        self.reported(review, false).await
    }

    /// A review with its scorecards. With `reproduce` they are taken again as of then and compared.
    ///
    /// # Errors
    /// When there is no such review.
    pub async fn portfolio_review(&self, quarter: &str, reproduce: bool) -> Result<PortfolioReviewReport, Error> {
        let review = self.review_of(quarter).await?;
        let again = match reproduce {
            true => Some(self.as_of(review.opened_at)?.rendered(months_of(quarter)?).await? == review.content),
            false => None,
        };
        Ok(PortfolioReviewReport { reproduced: again, ..self.reported(review, true).await? })
    }

    /// The scorecards of a review as they are kept, byte for byte.
    ///
    /// # Errors
    /// When there is no such review.
    pub async fn review_content(&self, quarter: &str) -> Result<String, Error> {
        Ok(self.review_of(quarter).await?.content)
    }

    /// All reviews, the newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn portfolio_reviews(&self) -> Result<Vec<PortfolioReviewReport>, Error> {
        let mut reports = Vec::new();
        for review in self.store.portfolio_reviews().all().await? {
            reports.push(self.reported(review, false).await?);
        }
        Ok(reports)
    }

    async fn review_of(&self, quarter: &str) -> Result<PortfolioReview, Error> {
        months_of(quarter)?;
        let review = self.store.portfolio_reviews().of(quarter).await?;
        review.ok_or_else(|| {
            let how = format!("farthing portfolio review open {quarter}");
            Error::Nothing(format!("{quarter} has no review yet. Open one: `{how}`"))
        })
    }

    async fn reported(&self, review: PortfolioReview, whole: bool) -> Result<PortfolioReviewReport, Error> {
        let decisions = self.store.portfolio_reviews().decisions(&review.quarter).await?;
        let models = models_in(&review)?.into_iter().map(|model| reviewed(model, &decisions)).collect();
        let portfolio = whole.then(|| parsed(&review)).transpose()?;
        Ok(PortfolioReviewReport {
            quarter: review.quarter,
            opened_at: review.opened_at,
            opened_by: review.opened_by,
            digest: review.digest.to_string(),
            reproduced: None,
            models,
            portfolio,
        })
    }
}

fn reviewed(model: String, decisions: &[PortfolioDecision]) -> ReviewedModel {
    let of_model: Vec<&PortfolioDecision> = decisions.iter().filter(|decision| decision.model == model).collect();
    let last = of_model.last();
    ReviewedModel {
        decision: last.map(|decision| decision.decision.as_str()),
        reason: last.map(|decision| decision.reason.clone()),
        decided_by: last.map(|decision| decision.decided_by.clone()),
        decided_at: last.map(|decision| decision.decided_at),
        decided_before: of_model.len().saturating_sub(1) as u64,
        model,
    }
}

fn parsed(review: &PortfolioReview) -> Result<serde_json::Value, Error> {
    serde_json::from_str(&review.content)
        .map_err(|error| Error::Panicked(format!("the review of {} is no JSON: {error}", review.quarter)))
}

fn models_in(review: &PortfolioReview) -> Result<Vec<String>, Error> {
    let content = parsed(review)?;
    let cards = content["models"].as_array().into_iter().flatten();
    Ok(cards.filter_map(|card| card["model"].as_str().map(str::to_owned)).collect())
}
