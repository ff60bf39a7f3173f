//! The portfolio of models: a scorecard each, and the reviews of a quarter.

mod review;
mod scorecard;

use farthing_store::{Dataset, DocumentKind as StoredKind};
use farthing_types::{BillingPeriod, Cost, Selection, Window};
use farthing_unit_economics::UnitCost;
use farthing_unit_economics::portfolio::{Models, parse};
use farthing_unit_economics::tokens::{By, TokenCost};
use serde::Serialize;
use utoipa::ToSchema;

pub use review::{PortfolioReviewReport, ReviewedModel};
pub use scorecard::{
    Scorecard, ScorecardAlternative, ScorecardHosted, ScorecardInference, ScorecardMonth, ScorecardUsage, ScorecardWorkflow,
};

use crate::lineage::Lineage;
use crate::{CostBasis, Error, Farthing, TokenCostQuery, UnitCostQuery};

/// Months before the period that trend and drift are held against.
const HISTORY: usize = 3;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct PortfolioQuery {
    /// The month; the last one with charges without it.
    pub period: Option<BillingPeriod>,
}

/// The scorecards of a period.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Portfolio {
    /// The moment whose facts and documents it rests on.
    pub as_of: chrono::DateTime<chrono::Utc>,
    /// The first month.
    pub from: BillingPeriod,
    /// The last month.
    pub to: BillingPeriod,
    /// The months before, which trend and drift are held against.
    pub baseline: Vec<BillingPeriod>,
    /// The models.
    pub models: Vec<Scorecard>,
    /// What it rests on.
    pub evidence: Lineage,
    /// What to bear in mind.
    pub notes: Vec<String>,
}

/// Reads a models file, or says all that is wrong with it.
pub(crate) fn models_of(text: &str, name: &str) -> Result<Models, Error> {
    parse(text).map_err(|problems| Error::Document { file: name.to_owned(), problems })
}

const FACTS: [Dataset; 3] = [Dataset::Charges, Dataset::Usage, Dataset::Decisions];
const DOCUMENTS: [StoredKind; 5] =
    [StoredKind::Rules, StoredKind::Units, StoredKind::People, StoredKind::Models, StoredKind::Prices];

impl Farthing {
    /// The scorecards of a month.
    ///
    /// # Errors
    /// When the month has no charges, or there is no people file.
    pub async fn portfolio(&self, query: &PortfolioQuery) -> Result<Portfolio, Error> {
        let months = self.months(query.period.map(BillingPeriod::window)).await?;
        self.portfolio_of(&months).await
    }

    /// The scorecards of months that follow each other.
    async fn portfolio_of(&self, months: &[BillingPeriod]) -> Result<Portfolio, Error> {
        let (first, last) = (months[0], months[months.len() - 1]);
        let mut baseline = self.months_with_charges().await?;
        baseline.retain(|month| *month < first);
        let baseline = baseline.split_off(baseline.len().saturating_sub(HISTORY));
        let window = Window { from: first.start(), to: last.end() };
        let costs = self.costs(window).await?;
        let mut monthly: Vec<(BillingPeriod, Vec<UnitCost>)> = Vec::new();
        for month in baseline.iter().chain(months) {
            // A period of one month is its own trend's last.
            let of_month = if months == [*month] { costs.clone() } else { self.costs(month.window()).await? };
            monthly.push((*month, of_month));
        }
        let models = match self.in_force(StoredKind::Models).await? {
            Some(document) => Some(models_of(&document.content, &format!("models v{}", document.version))?),
            None => None,
        };
        let tokens = self.tokens_of(window).await?;
        let mut notes = Vec::new();
        if models.is_none() {
            notes.push("no models file is published: owners, contracts, dependencies and alternatives are not known".to_owned());
        }
        if baseline.is_empty() {
            notes.push("no month before has charges: there is no trend and nothing to tell drift by".to_owned());
        }
        let earliest = baseline.first().copied().unwrap_or(first);
        let whole = Window { from: earliest.start(), to: window.to };
        let usage = self.usage_hours(Some(whole)).await?;
        let evidence = self.lineage(&FACTS, &DOCUMENTS, whole).await?;
        let known = models.unwrap_or_default();
        let cards = scorecard::scorecards(&scorecard::Material {
            last,
            costs: &costs,
            monthly: &monthly,
            baseline: &baseline,
            usage: &usage,
            tokens: &tokens,
            models: &known,
        })?;
        Ok(Portfolio { as_of: self.stated_moment(), from: first, to: last, baseline, models: cards, evidence, notes })
    }

    /// What the tokens of the months cost, by model and version, as of this moment; nothing where there is no usage.
    async fn tokens_of(&self, window: Window) -> Result<Vec<TokenCost>, Error> {
        let selection = Selection::Window(window);
        let by = vec![By::Model, By::Version];
        let query = TokenCostQuery { selection: Some(selection), model: None, basis: CostBasis::Both, by, cost: Cost::Effective };
        match self.token_cost_as_of_then(selection, &query).await {
            Err(Error::Nothing(_)) => Ok(Vec::new()),
            found => found,
        }
    }

    async fn costs(&self, window: Window) -> Result<Vec<UnitCost>, Error> {
        self.unit_cost(&UnitCostQuery { window: Some(window), ..UnitCostQuery::default() }).await
    }

    async fn months_with_charges(&self) -> Result<Vec<BillingPeriod>, Error> {
        let revisions = self.revisions(Dataset::Charges, None).await?;
        let mut months: Vec<BillingPeriod> = revisions.iter().map(|revision| revision.period).collect();
        months.sort_unstable();
        months.dedup();
        Ok(months)
    }
}
