use chrono::{DateTime, Utc};
use sea_orm::{Database, DatabaseConnection, DbBackend};

use crate::error::while_doing;
use crate::options::{Address, connect_options, without_password};
use crate::session::Session;
use crate::{
    Alerts, ApiTokens, Audit, Certificates, Collections, Deliveries, Documents, Dump, Findings, Imports, JobRuns, JobSchedules,
    KeptAnswers, KeptStatements, LoginSessions, People, Periods, Plans, PortfolioReviews, ProviderReports, RecommendationSteps,
    Reopenings, Revisions, SourceStatus, Sources, StoreError, StoreOptions, UnitOfWork,
};
use crate::{dump, migration, session, status};

/// The operational database of one organisation. Cheap to clone: clones share the connections.
#[derive(Clone, Debug)]
pub struct Store {
    pool: DatabaseConnection,
}

/// The database a store is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// One file, one process that writes at a time.
    Sqlite,
    /// A server, any number of processes.
    Postgres,
}

impl Store {
    /// Opens the database at `url`: `sqlite:///path/to/farthing.db`, made if missing together with its folder, or
    /// `postgres://user@host/database`.
    ///
    /// It does not change the tables: see [`Store::migrate`].
    ///
    /// # Errors
    /// [`StoreError::NewerDatabase`] where a newer program has changed the tables, [`StoreError::Address`] for another kind of
    /// address, [`StoreError::Connect`] where the database cannot be reached.
    pub async fn connect(url: &str, options: &StoreOptions) -> Result<Self, StoreError> {
        let address = Address::parse(url)?;
        let failed = |cause: sea_orm::DbErr| StoreError::Connect { address: without_password(url), cause: cause.into() };
        if let Address::Sqlite(file) = &address
            && let Some(folder) = file.parent()
        {
            std::fs::create_dir_all(folder).map_err(|error| failed(sea_orm::DbErr::Custom(error.to_string())))?;
        }
        let pool = Database::connect(connect_options(url, &address, options)).await.map_err(failed)?;
        let store = Self { pool };
        store.pending_migrations().await?;
        Ok(store)
    }

    /// Brings the tables up to date, all steps or none; gives the names of the steps taken. Safe to call from several processes.
    ///
    /// # Errors
    /// [`StoreError::NewerDatabase`], or what the database says.
    pub async fn migrate(&self) -> Result<Vec<String>, StoreError> {
        migration::migrate(&self.pool).await
    }

    /// The steps that [`Store::migrate`] would take.
    ///
    /// # Errors
    /// [`StoreError::NewerDatabase`], or what the database says.
    pub async fn pending_migrations(&self) -> Result<Vec<String>, StoreError> {
        migration::pending(&self.pool).await
    }

    /// Writes everything as of one moment, as text that [`Store::load`] reads. The same content is the same text.
    ///
    /// # Errors
    /// Where it cannot be written, or what the database says.
    pub async fn dump(&self, out: &mut (dyn std::io::Write + Send)) -> Result<Dump, StoreError> {
        dump::dump(&self.pool, out).await
    }

    /// Makes the tables of what [`Store::dump`] wrote, on either database, and brings them up to date: all of it or nothing.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] where the database is not empty, [`StoreError::Damaged`] with the line that is wrong,
    /// [`StoreError::NewerDatabase`] where a newer program wrote it.
    pub async fn load(&self, text: &mut (dyn std::io::BufRead + Send)) -> Result<(), StoreError> {
        dump::load(&self.pool, text).await
    }

    /// Begins work on several repositories that succeeds or fails as a whole.
    ///
    /// On SQLite it holds the one write lock until it ends: keep it short, and do slow work before it.
    ///
    /// # Errors
    /// What the database says.
    pub async fn begin(&self) -> Result<UnitOfWork, StoreError> {
        session::begin(&self.pool).await.map(UnitOfWork::new)
    }

    /// Which database it is.
    pub fn backend(&self) -> Backend {
        if self.pool.get_database_backend() == DbBackend::Sqlite { Backend::Sqlite } else { Backend::Postgres }
    }

    /// Asks the database for an answer.
    ///
    /// # Errors
    /// Where none comes.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.pool.ping().await.map_err(while_doing("asking the database for a sign of life"))
    }

    /// Closes all connections, once their work is done.
    ///
    /// # Errors
    /// What the database says.
    pub async fn close(self) -> Result<(), StoreError> {
        self.pool.close().await.map_err(while_doing("closing the database"))
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

    /// What imports counted when they read their files.
    pub fn deliveries(&self) -> Deliveries<'_> {
        Deliveries::on(self.session())
    }

    /// How collecting stands, and what its calls cost.
    pub fn collections(&self) -> Collections<'_> {
        Collections::on(self.session())
    }

    /// What providers themselves say of months beside their bills.
    pub fn provider_reports(&self) -> ProviderReports<'_> {
        ProviderReports::on(self.session())
    }

    /// What people published.
    pub fn documents(&self) -> Documents<'_> {
        Documents::on(self.session())
    }

    /// Which billing periods are closed.
    pub fn periods(&self) -> Periods<'_> {
        Periods::on(self.session())
    }

    /// Requests to open closed periods again.
    pub fn reopenings(&self) -> Reopenings<'_> {
        Reopenings::on(self.session())
    }

    /// Reviews of the portfolio of models.
    pub fn portfolio_reviews(&self) -> PortfolioReviews<'_> {
        PortfolioReviews::on(self.session())
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

    /// What requests were answered with, by the keys that they came under.
    pub fn kept_answers(&self) -> KeptAnswers<'_> {
        KeptAnswers::on(self.session())
    }

    /// Statements as they were computed last.
    pub fn kept_statements(&self) -> KeptStatements<'_> {
        KeptStatements::on(self.session())
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

    /// The record of what was changed, by whom and when.
    pub fn audit(&self) -> Audit<'_> {
        Audit::on(self.session())
    }

    /// What the database's clock says: leases and schedules go by it, so that the clocks of hosts need not agree.
    ///
    /// # Errors
    /// What the database says.
    pub async fn now(&self) -> Result<DateTime<Utc>, StoreError> {
        session::database_now(&self.session()).await
    }

    /// Each source with its active revisions and its last import, in the order of names: today, or as of a moment.
    ///
    /// # Errors
    /// What the database says.
    pub async fn status(&self, as_of: Option<DateTime<Utc>>) -> Result<Vec<SourceStatus>, StoreError> {
        status::read(self, as_of).await
    }

    fn session(&self) -> Session<'_> {
        Session::Connection(&self.pool)
    }
}
