//! Where everything is kept, opened.

use std::collections::BTreeSet;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use chrono::{DateTime, SubsecRound, Utc};
use farthing_lake::Lake;
use farthing_openid::{OpenId, OpenIdSettings};
use farthing_query::{Embedded, Engine, Limits};
use farthing_store::{PartOfRun, Store, StoreOptions, sqlite_url};
use farthing_types::{Clock, UnitId};

use crate::audit::PeopleReads;
use crate::recent_statements::RecentStatements;
use crate::{AuditSettings, BucketAccess, Decoder, Error, MaskingKey, Patience, Sample, Secrets};

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
    /// Where the secrets of sources are looked up, by name.
    pub secrets: Secrets,
    /// How patiently services are asked.
    pub patience: Patience,
    /// Who is recorded where nobody is named.
    pub actor: String,
    /// How the record of changes is signed.
    pub audit: AuditSettings,
    /// The provider that vouches for people, where there is one.
    pub openid: Option<OpenIdSettings>,
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
    pub(crate) secrets: Secrets,
    pub(crate) patience: Patience,
    /// Who is recorded where nobody is named.
    pub(crate) actor: Arc<str>,
    pub(crate) audit: Arc<AuditSettings>,
    /// The provider that vouches for people; nobody has a password where there is one.
    pub(crate) openid: Option<Arc<OpenId>>,
    /// What a query may use, and so what is made for one.
    pub(crate) query_limits: Limits,
    /// The moment that reports are asked as of; the present without one.
    pub(crate) moment: Option<DateTime<Utc>>,
    /// The run of a job that works with it: what is published ends that run, or is refused where another worker has it.
    pub(crate) run: Option<PartOfRun>,
    /// Statements that were computed last.
    pub(crate) recent: Arc<RecentStatements>,
    /// The units that whoever works with it is limited to; none for everything.
    pub(crate) limits: Option<Arc<BTreeSet<UnitId>>>,
    /// Who writes a sample organisation, where the program has one.
    pub(crate) sample: Option<Arc<dyn Sample>>,
    /// The command that works with it, whose reading of data about people goes on record.
    pub(crate) people_reads: Option<Arc<PeopleReads>>,
    home: Utf8PathBuf,
}

impl Farthing {
    /// Opens a home, making what is missing and bringing the database up to date. Files to import are read by `decoder`.
    ///
    /// # Errors
    /// When the folder or the database cannot be used.
    pub async fn open(settings: &Settings, clock: Arc<dyn Clock>, decoder: Arc<dyn Decoder>) -> Result<Self, Error> {
        let home = made(&settings.home)?;
        let store = connect(settings, &home).await?;
        store.migrate().await?;
        let lake = Lake::open(home.join("lake"))?;
        let engine = Arc::new(Embedded::of_home(settings.query, &home, home.join("spill")));
        let (buckets, masking_key) = (Arc::new(settings.buckets.clone()), Arc::new(settings.masking_key.clone()));
        let (store, query_limits) = (Arc::new(store), settings.query);
        let (secrets, patience) = (settings.secrets, settings.patience);
        let (actor, audit) = (settings.actor.as_str().into(), Arc::new(settings.audit.clone()));
        let openid = settings.openid.clone().map(OpenId::new).transpose();
        let openid = openid.map_err(|error| Error::Invalid(error.to_string()))?.map(Arc::new);
        Ok(Self {
            store,
            lake,
            engine,
            clock,
            decoder,
            buckets,
            masking_key,
            secrets,
            patience,
            actor,
            audit,
            openid,
            query_limits,
            moment: None,
            run: None,
            recent: Arc::default(),
            limits: None,
            sample: None,
            people_reads: None,
            home,
        })
    }

    /// The installation with somebody who writes a sample organisation.
    pub fn with_sample(self, sample: Arc<dyn Sample>) -> Self {
        Self { sample: Some(sample), ..self }
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

    /// The installation as a run of a job works with it.
    pub(crate) fn in_run(&self, run: PartOfRun, job: &str) -> Self {
        Self { run: Some(run), actor: format!("job {job}").into(), people_reads: None, ..self.clone() }
    }

    /// The installation as somebody works with it: what is recorded names them.
    pub fn acting_as(&self, name: &str) -> Self {
        Self { actor: name.into(), ..self.clone() }
    }

    /// The installation as a command works with it: that it reads data about people goes on record, by what it is called.
    pub fn on_record(&self, command: &str) -> Self {
        Self { people_reads: Some(Arc::new(PeopleReads::of(command))), ..self.clone() }
    }

    /// The installation as somebody works with it who is limited to these units and those below them; none for everything.
    pub fn limited_to(&self, units: Option<BTreeSet<UnitId>>) -> Self {
        Self { limits: units.map(Arc::new), ..self.clone() }
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

/// Makes the folder of a home where it is missing; gives its absolute path, which SQLite wants, and so do the locations of facts handed
/// to the engine.
pub(crate) fn made(home: &Utf8Path) -> Result<Utf8PathBuf, Error> {
    let failed = |source| Error::Home { path: home.to_string(), source };
    std::fs::create_dir_all(home).map_err(failed)?;
    home.canonicalize_utf8().map_err(failed)
}

/// Opens the database of a home as it is.
pub(crate) async fn connect(settings: &Settings, home: &Utf8Path) -> Result<Store, Error> {
    let url = settings.database_url.clone().unwrap_or_else(|| sqlite_url(home.join("farthing.db").as_std_path()));
    Ok(Store::connect(&url, &StoreOptions::default()).await?)
}

fn shown(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

/// Runs long work off the threads that serve requests.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Panicked(error.to_string()))?
}
