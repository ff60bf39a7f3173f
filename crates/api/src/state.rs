use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use farthing_application::{Digest, Farthing, Principal, Secret};
use farthing_types::parse_moment;
use tokio::sync::{Semaphore, watch};

use crate::answers::Answers;
use crate::job_events::MOST_LISTENERS;
use crate::limits::Callers;
use crate::metrics::Metrics;
use crate::otlp::Receiving;
use crate::shedding::MOST_AT_ONCE;
use crate::together::{Together, TogetherBy};
use crate::{ApiSettings, Problem};

/// What is recorded of whoever asks at the machine, where nobody has to log in.
const AT_THE_MACHINE: &str = "api";

/// What every handler has. Each layer of the router takes a copy for each request, so that a copy is one counter and not one a part.
#[derive(Clone)]
pub(crate) struct Api(Arc<Shared>);

/// What there is of it.
#[derive(Clone)]
pub(crate) struct Shared {
    pub farthing: Farthing,
    pub receiving: Receiving,
    pub metrics: Arc<Metrics>,
    /// Plans under way: the solver takes a core each, so there is room for one.
    pub solving: Arc<Semaphore>,
    /// Logins under way: each takes 19 MiB and a core for a while, as it is meant to.
    pub logging_in: Arc<Semaphore>,
    /// Sign-ins under way: each waits for the provider.
    pub signing_in: Arc<Semaphore>,
    /// Requests under way.
    pub working: Arc<Semaphore>,
    /// Since when this process serves.
    pub started_at: DateTime<Utc>,
    /// True once somebody was added who can show who they are: it stays so.
    pub has_identity: Arc<AtomicBool>,
    /// Who asks: whoever is at the machine, until a request says who it is.
    pub principal: Principal,
    /// That whoever writes a document has to say which version they replace.
    pub require_if_match: bool,
    /// How often each caller may ask.
    pub callers: Arc<Callers>,
    /// Room for those who listen to runs.
    pub listening: Arc<Semaphore>,
    /// True once the process is to end.
    pub stopping: watch::Receiver<bool>,
    /// Answers of reports that stand.
    pub answers: Arc<Answers>,
    /// What every request asks of the database.
    pub asked: Arc<Asked>,
}

/// Questions that many requests have at the same time.
#[derive(Default)]
pub(crate) struct Asked {
    has_identity: Together<Result<bool, Problem>>,
    mark: Together<Option<u64>>,
    tokens: TogetherBy<Digest, Result<Option<Principal>, Problem>>,
    sessions: TogetherBy<Digest, Result<Option<Principal>, Problem>>,
}

impl Deref for Api {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Api {
    /// The same, as somebody works with it.
    pub fn acting(&self, principal: Principal) -> Self {
        let farthing = self.farthing.acting_as(&principal.name).limited_to(principal.grant.units.clone());
        Self(Arc::new(Shared { farthing, principal, ..Shared::clone(self) }))
    }

    /// What reports are asked of: the installation as it is, or as it was at the moment of the parameter `as_of`.
    pub fn as_of(&self, moment: Option<&str>) -> Result<Farthing, Problem> {
        let Some(moment) = moment else { return Ok(self.farthing.clone()) };
        let moment = parse_moment(moment).map_err(|error| Problem::new(StatusCode::BAD_REQUEST, format!("as_of: {error}")))?;
        Ok(self.farthing.as_of(moment)?)
    }

    /// True where whoever asks has to show who they are.
    pub async fn asks_who(&self) -> Result<bool, Problem> {
        if !self.has_identity.load(Ordering::Relaxed) {
            let look = async { Ok(self.farthing.has_identity().await?) };
            if self.asked.has_identity.ask(look).await? {
                self.has_identity.store(true, Ordering::Relaxed);
            }
        }
        Ok(self.has_identity.load(Ordering::Relaxed))
    }

    /// How far the catalogue has grown; none where the database does not say.
    pub async fn catalogue_mark(&self) -> Option<u64> {
        self.asked.mark.ask(async { self.farthing.catalogue_mark().await.ok() }).await
    }

    /// Who a token stands for.
    pub async fn principal_of_bearer(&self, token: &str) -> Result<Option<Principal>, Problem> {
        let look = async { Ok(self.farthing.principal_of_bearer(token).await?) };
        self.asked.tokens.ask(Digest::of(token.as_bytes()), look).await
    }

    /// Who a session is of.
    pub async fn principal_of_session(&self, secret: &Secret) -> Result<Option<Principal>, Problem> {
        let look = async { Ok(self.farthing.principal_of_session(secret).await?) };
        self.asked.sessions.ask(Digest::of(secret.reveal().as_bytes()), look).await
    }

    pub fn new(farthing: Farthing, receiving: Receiving, settings: ApiSettings, stopping: watch::Receiver<bool>) -> Self {
        let started_at = farthing.now();
        Self(Arc::new(Shared {
            farthing,
            receiving,
            metrics: Arc::new(Metrics::new()),
            solving: Arc::new(Semaphore::new(1)),
            logging_in: Arc::new(Semaphore::new(2)),
            signing_in: Arc::new(Semaphore::new(16)),
            working: Arc::new(Semaphore::new(MOST_AT_ONCE)),
            started_at,
            has_identity: Arc::default(),
            principal: Principal::at_the_machine(AT_THE_MACHINE),
            require_if_match: settings.require_if_match,
            callers: Arc::new(Callers::new(settings.limits)),
            listening: Arc::new(Semaphore::new(MOST_LISTENERS)),
            stopping,
            answers: Arc::default(),
            asked: Arc::default(),
        }))
    }
}
