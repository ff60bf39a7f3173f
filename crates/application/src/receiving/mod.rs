//! Spans that are sent: acknowledged once they are safe on the disk, then added up by hour into revisions of usage.
//!
//! 1. **Taken** ([`Receiver::take`]): a request's bytes are counted against a bound before they are read, and refused for the moment where
//!    they do not fit. What it holds of calls of models, in spans and log records or in metrics, is appended to the journal of the spool by one thread, many requests at a time;
//!    the answer waits until the disk has them.
//! 2. **Published** ([`publish`]): every so often the journal is sorted into the hours that its calls began in; hours with something new are
//!    added up again from all their spans, and the months that they lie in get a revision by the way that every import takes.
//!
//! A crash at any moment loses nothing that was acknowledged and counts nothing twice: see `farthing_collectors::span_spool`.

mod figures;
mod intake;
mod publish;
mod settings;

use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use farthing_collectors::span_spool::Spool;
use farthing_store::Dataset;
use farthing_types::BillingPeriod;
use farthing_usage::otlp::{Encoding, Options, Wanted};
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinHandle;

use self::figures::Figures;
pub use self::figures::ReceiverFigures;
use self::intake::Writer;
pub use self::intake::{Admission, NotTaken, Signal, TakenItems};
pub(crate) use self::publish::FORMAT;
pub use self::settings::ReceiverSettings;
use crate::home::blocking;
use crate::masking::MaskInForce;
use crate::{Error, Farthing};

/// How often closed months and the masking policy are looked at.
const LOOK: Duration = Duration::from_secs(5);
/// How far a sender's clock may be ahead.
const AHEAD: TimeDelta = TimeDelta::hours(1);

/// How a request is written.
pub type OtlpEncoding = Encoding;

/// What receives spans. One a home; cheap to clone.
#[derive(Clone)]
pub struct Receiver {
    shared: Arc<Shared>,
}

struct Shared {
    farthing: Farthing,
    settings: ReceiverSettings,
    options: Options,
    wanted: Wanted,
    spool: Spool,
    writer: Writer,
    /// Room for bytes of requests, in KiB.
    room: Arc<Semaphore>,
    /// As many requests are decoded at a time as there are cores: what a body decodes to is larger than it.
    decoding: Arc<Semaphore>,
    figures: Figures,
    /// What is taken and how it is masked, as of the last look; or why nothing can be.
    gate: RwLock<Result<Gate, String>>,
    /// One publication at a time.
    publishing: tokio::sync::Mutex<()>,
    /// Told when the journal has grown so large that it should be published before its time.
    full: Notify,
    ends: watch::Sender<bool>,
    publisher: Mutex<Option<JoinHandle<()>>>,
}

/// What is taken, and how it is masked.
#[derive(Clone)]
struct Gate {
    /// Months that are closed for the source.
    closed: Vec<BillingPeriod>,
    /// What its facts are masked by, before they are written anywhere.
    masking: Option<MaskInForce>,
}

impl Receiver {
    /// Opens the spool of the home, publishes what a process that died had acknowledged, and begins to publish every so often.
    ///
    /// # Errors
    /// When another process receives into this home, or its folder cannot be used.
    pub async fn start(farthing: &Farthing, settings: ReceiverSettings) -> Result<Self, Error> {
        let folder = farthing.home().join("received").join(settings.source.as_str());
        let standing = farthing.standing_of(&settings.source, Dataset::Usage).await?;
        let nothing_yet = standing.active.is_empty();
        let now = u64::try_from(farthing.now().timestamp_nanos_opt().unwrap_or(0)).unwrap_or(0);
        let (spool, journal, waiting) = blocking(move || {
            let spool = Spool::open(&folder)?;
            spool.begin_sums(if nothing_yet { 0 } else { now })?;
            let (journal, waiting) = (spool.new_journal()?, spool.waiting_bytes()?);
            Ok((spool, journal, waiting))
        })
        .await?;
        let options = Options::of(settings.source.clone());
        let room = usize::try_from(settings.queue_bytes / 1024).unwrap_or(usize::MAX).clamp(1, Semaphore::MAX_PERMITS);
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let shared = Shared {
            farthing: farthing.clone(),
            wanted: Wanted::of(&options),
            options,
            spool,
            writer: Writer::start(journal)?,
            room: Arc::new(Semaphore::new(room)),
            decoding: Arc::new(Semaphore::new(cores)),
            figures: Figures::new(waiting),
            gate: RwLock::new(Err("the receiver has only begun".to_owned())),
            publishing: tokio::sync::Mutex::default(),
            full: Notify::new(),
            ends: watch::Sender::new(false),
            publisher: Mutex::default(),
            settings,
        };
        let receiver = Self { shared: Arc::new(shared) };
        receiver.look().await?;
        let publisher = tokio::spawn(receiver.clone().publish_every_so_often());
        *receiver.shared.publisher.lock().expect("nobody panics with it") = Some(publisher);
        Ok(receiver)
    }

    /// The largest body that is taken, in bytes, also once it is unpacked.
    pub fn largest_body(&self) -> usize {
        usize::try_from(self.shared.settings.body_bytes).unwrap_or(usize::MAX)
    }

    /// How it stands.
    pub fn figures(&self) -> ReceiverFigures {
        let shared = &self.shared;
        let room = shared.settings.queue_bytes / 1024;
        let free = shared.room.available_permits() as u64;
        shared.figures.now(room.saturating_sub(free) * 1024, self.now())
    }

    /// Publishes what is left, and ends. What cannot be published now is when the next process starts.
    pub async fn stop(self) {
        let _ = self.shared.ends.send(true);
        let publisher = self.shared.publisher.lock().expect("nobody panics with it").take();
        if let Some(publisher) = publisher
            && let Err(error) = publisher.await
        {
            tracing::error!("the publisher of received spans ended: {error}");
        }
    }

    fn now(&self) -> DateTime<Utc> {
        self.shared.farthing.now().trunc_subsecs(6)
    }

    async fn publish_every_so_often(self) {
        let mut ends = self.shared.ends.subscribe();
        let mut due = tokio::time::interval(self.shared.settings.publish_every);
        due.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut looks = tokio::time::interval(LOOK);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let ended = tokio::select! {
                _ = due.tick() => false,
                () = self.shared.full.notified() => false,
                _ = looks.tick() => {
                    if let Err(error) = self.look().await {
                        tracing::error!("spans are refused until the policies of this installation can be read again: {error}");
                    }
                    continue;
                }
                () = told(&mut ends) => true,
            };
            if let Err(error) = self.publish().await {
                tracing::error!("received spans could not be published, and wait: {error}");
            }
            if ended {
                return;
            }
        }
    }

    /// Looks which months are closed for the source, and what masks its facts.
    async fn look(&self) -> Result<(), Error> {
        let seen = self.seen().await;
        let gate = seen.as_ref().map(Gate::clone).map_err(ToString::to_string);
        *self.shared.gate.write().expect("nobody panics with it") = gate;
        seen.map(|_| ())
    }

    async fn seen(&self) -> Result<Gate, Error> {
        let shared = &self.shared;
        let standing = shared.farthing.standing_of(&shared.settings.source, Dataset::Usage).await?;
        let (mut month, mut closed) = (BillingPeriod::of(self.now() - shared.settings.late), Vec::new());
        while let Some(period) = month.filter(|period| period.start() <= self.now() + AHEAD) {
            closed.extend(standing.closed(period).map(|_| period));
            month = Some(period.next());
        }
        Ok(Gate { closed, masking: shared.farthing.mask_in_force().await? })
    }
}

/// Ready once it is to end; also where nobody is left to say so.
async fn told(ends: &mut watch::Receiver<bool>) {
    drop(ends.wait_for(|ends| *ends).await);
}
