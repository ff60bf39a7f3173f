//! Where everything is kept, opened.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use chrono::{DateTime, SubsecRound, Utc};
use farthing_lake::Lake;
use farthing_query::{Embedded, Engine, Limits};
use farthing_store::{Store, StoreOptions, sqlite_url};
use farthing_types::Clock;

use crate::{BucketAccess, Decoder, Error, MaskingKey};

/// What to open.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder of the embedded database and lake.
    pub home: Utf8PathBuf,
    /// Another database than the home's own SQLite file: `postgres://…`.
    pub database_url: Option<String>,
    /// Limits on queries.
    pub query: Limits,
    /// How buckets are reached.
    pub buckets: BucketAccess,
    /// The secret that personal data is hashed with.
    pub masking_key: Option<MaskingKey>,
}

/// An opened installation: what every use case needs. Cheap to clone.
#[derive(Clone)]
pub struct Farthing {
    pub(crate) store: Arc<Store>,
    pub(crate) lake: Lake,
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) decoder: Arc<dyn Decoder>,
    pub(crate) buckets: Arc<BucketAccess>,
    pub(crate) masking_key: Arc<Option<MaskingKey>>,
    /// What a query may use, and so what is made for one.
    pub(crate) query_limits: Limits,
    /// The moment that reports are asked as of; the present without one.
    pub(crate) moment: Option<DateTime<Utc>>,
    home: Utf8PathBuf,
}

impl Farthing {
    /// Opens a home, making what is missing and bringing the database up to date. Files to import are read by `decoder`.
    ///
    /// # Errors
    /// When the folder or the database cannot be used.
    pub async fn open(settings: &Settings, clock: Arc<dyn Clock>, decoder: Arc<dyn Decoder>) -> Result<Self, Error> {
        let home = &settings.home;
        std::fs::create_dir_all(home).map_err(|source| Error::Home { path: home.to_string(), source })?;
        // SQLite wants an absolute path, and so do the locations of facts handed to the engine.
        let home = home.canonicalize_utf8().map_err(|source| Error::Home { path: home.to_string(), source })?;
        let url = settings.database_url.clone().unwrap_or_else(|| sqlite_url(home.join("farthing.db").as_std_path()));
        let store = Store::connect(&url, &StoreOptions::default()).await?;
        store.migrate().await?;
        let lake = Lake::open(home.join("lake"))?;
        let engine = Arc::new(Embedded::of_home(settings.query, &home, home.join("spill")));
        let (buckets, masking_key) = (Arc::new(settings.buckets.clone()), Arc::new(settings.masking_key.clone()));
        let query_limits = settings.query;
        Ok(Self { store: Arc::new(store), lake, engine, clock, decoder, buckets, masking_key, query_limits, moment: None, home })
    }

    /// The home's folder.
    pub fn home(&self) -> &Utf8Path {
        &self.home
    }

    /// The installation as it was: whatever is asked of it reads the facts and documents that were in force at `moment`, so
    /// that a report has the bytes that it had then. It is for reports; imports and publications take the present.
    ///
    /// # Errors
    /// When the moment lies in the future, of which nothing is known.
    pub fn as_of(&self, moment: DateTime<Utc>) -> Result<Self, Error> {
        // Moments are kept to the microsecond.
        let moment = moment.trunc_subsecs(6);
        let now = self.now();
        if moment > now {
            let (moment, now) = (shown(moment), shown(now));
            return Err(Error::Invalid(format!(
                "as of {moment}: this lies in the future, it is {now}. Ask for an earlier moment"
            )));
        }
        Ok(self.at(Some(moment)))
    }

    /// As it was at a moment of the past, or as it is.
    pub(crate) fn at(&self, moment: Option<DateTime<Utc>>) -> Self {
        Self { moment, ..self.clone() }
    }

    /// The moment that reports state: the one they are asked as of, or the present.
    pub(crate) fn stated_moment(&self) -> DateTime<Utc> {
        self.moment.unwrap_or_else(|| self.now().trunc_subsecs(6))
    }

    /// The present moment.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}

fn shown(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

/// Runs long work off the threads that serve requests.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Panicked(error.to_string()))?
}
