//! Where everything is kept, opened.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use chrono::{DateTime, Utc};
use farthing_lake::Lake;
use farthing_query::{Embedded, Engine, Limits};
use farthing_store::{Store, StoreOptions, sqlite_url};
use farthing_types::Clock;

use crate::Error;

/// What to open.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder of the embedded database and lake.
    pub home: Utf8PathBuf,
    /// Another database than the home's own SQLite file: `postgres://…`.
    pub database_url: Option<String>,
    /// Limits on queries.
    pub query: Limits,
}

/// An opened installation: what every use case needs. Cheap to clone.
#[derive(Clone)]
pub struct Farthing {
    pub(crate) store: Arc<Store>,
    pub(crate) lake: Lake,
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) clock: Arc<dyn Clock>,
    home: Utf8PathBuf,
}

impl Farthing {
    /// Opens a home, making what is missing and bringing the database up to date.
    ///
    /// # Errors
    /// When the folder or the database cannot be used.
    pub async fn open(settings: &Settings, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        let home = &settings.home;
        std::fs::create_dir_all(home).map_err(|source| Error::Home { path: home.to_string(), source })?;
        // SQLite wants an absolute path, and so do the locations of facts handed to the engine.
        let home = home.canonicalize_utf8().map_err(|source| Error::Home { path: home.to_string(), source })?;
        let url = settings.database_url.clone().unwrap_or_else(|| sqlite_url(home.join("farthing.db").as_std_path()));
        let store = Store::connect(&url, &StoreOptions::default()).await?;
        store.migrate().await?;
        let lake = Lake::open(home.join("lake"))?;
        Ok(Self { store: Arc::new(store), lake, engine: Arc::new(Embedded::new(settings.query)), clock, home })
    }

    /// The home's folder.
    pub fn home(&self) -> &Utf8Path {
        &self.home
    }

    /// The present moment.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}

/// Runs long work off the threads that serve requests.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Panicked(error.to_string()))?
}
