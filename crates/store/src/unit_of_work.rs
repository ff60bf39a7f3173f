use sea_orm::DatabaseTransaction;

use crate::error::while_doing;
use crate::session::Session;
use crate::{
    Alerts, ApiTokens, Audit, Certificates, Documents, Findings, Imports, JobRuns, JobSchedules, LoginSessions, People, Periods,
    Plans, PortfolioReviews, RecommendationSteps, Reopenings, Revisions, Sources, StoreError,
};

/// Several changes that become visible together, or not at all. Dropped without [`UnitOfWork::commit`], it changes nothing.
///
/// A repository call that fails takes back its own changes only; whether the rest is worth keeping is the caller's choice.
#[derive(Debug)]
#[must_use = "a unit of work that is not committed changes nothing"]
pub struct UnitOfWork {
    transaction: DatabaseTransaction,
}

impl UnitOfWork {
    pub(crate) fn new(transaction: DatabaseTransaction) -> Self {
        Self { transaction }
    }

    /// Makes all changes visible.
    ///
    /// # Errors
    /// What the database says; then nothing is changed.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.transaction.commit().await.map_err(while_doing("committing a unit of work"))
    }

    /// Takes all changes back.
    ///
    /// # Errors
    /// What the database says; nothing is changed either way.
    pub async fn rollback(self) -> Result<(), StoreError> {
        self.transaction.rollback().await.map_err(while_doing("taking back a unit of work"))
    }

    /// Where facts come from.
    pub fn sources(&self) -> Sources<'_> {
        Sources::on(self.session())
    }

    /// Attempts to import.
    pub fn imports(&self) -> Imports<'_> {
        Imports::on(self.session())
    }

    /// The catalogue of the lake.
    pub fn revisions(&self) -> Revisions<'_> {
        Revisions::on(self.session())
    }

    /// What imports had to say about their files.
    pub fn findings(&self) -> Findings<'_> {
        Findings::on(self.session())
    }

    /// What people published.
    pub fn documents(&self) -> Documents<'_> {
        Documents::on(self.session())
    }

    /// Which billing periods are closed.
    pub fn periods(&self) -> Periods<'_> {
        Periods::on(self.session())
    }

    /// What closed periods were made of and came to.
    pub fn certificates(&self) -> Certificates<'_> {
        Certificates::on(self.session())
    }

    /// Recommendations as computed.
    pub fn plans(&self) -> Plans<'_> {
        Plans::on(self.session())
    }

    /// What was done with them.
    pub fn recommendation_steps(&self) -> RecommendationSteps<'_> {
        RecommendationSteps::on(self.session())
    }

    /// What runs by itself, and when.
    pub fn job_schedules(&self) -> JobSchedules<'_> {
        JobSchedules::on(self.session())
    }

    /// The runs of jobs.
    pub fn job_runs(&self) -> JobRuns<'_> {
        JobRuns::on(self.session())
    }

    /// Requests to open closed periods again.
    pub fn reopenings(&self) -> Reopenings<'_> {
        Reopenings::on(self.session())
    }

    /// Reviews of the portfolio of models.
    pub fn portfolio_reviews(&self) -> PortfolioReviews<'_> {
        PortfolioReviews::on(self.session())
    }

    /// What channels are told of.
    pub fn alerts(&self) -> Alerts<'_> {
        Alerts::on(self.session())
    }

    /// People who may log in.
    pub fn people(&self) -> People<'_> {
        People::on(self.session())
    }

    /// Tokens of the API.
    pub fn api_tokens(&self) -> ApiTokens<'_> {
        ApiTokens::on(self.session())
    }

    /// Sessions of people who logged in.
    pub fn login_sessions(&self) -> LoginSessions<'_> {
        LoginSessions::on(self.session())
    }

    /// The record of what was changed. What is appended last holds others up least: on PostgreSQL one transaction at a time appends.
    pub fn audit(&self) -> Audit<'_> {
        Audit::on(self.session())
    }

    fn session(&self) -> Session<'_> {
        Session::Transaction(&self.transaction)
    }
}
