//! Calls: counted and paid for before they are made, repeated while the service asks for patience.

use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use farthing_types::{Amount, BillingPeriod, SourceName};

use super::{Checkpoints, CollectError, Spending};

/// How often and how long a call is repeated that is refused for the moment.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Attempts in all.
    pub attempts: u32,
    /// The pause after the first; each further one is twice as long.
    pub first_pause: Duration,
    /// The longest pause, also where the service asks for a longer one: then it is too long to wait for.
    pub longest_pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { attempts: 6, first_pause: Duration::from_secs(1), longest_pause: Duration::from_secs(60) }
    }
}

/// Why one attempt failed.
#[derive(Debug)]
pub enum Failure {
    /// The next may succeed, after this long where the service says so.
    Again {
        /// What was said.
        said: String,
        /// How long it asks to wait.
        after: Option<Duration>,
    },
    /// None will.
    Final(CollectError),
}

impl From<CollectError> for Failure {
    fn from(error: CollectError) -> Self {
        Self::Final(error)
    }
}

/// The door through which one part of a source calls its service.
#[derive(Debug)]
pub struct Calls {
    source: SourceName,
    month: BillingPeriod,
    budget: Option<Amount>,
    patience: Patience,
    checkpoints: Arc<dyn Checkpoints>,
    made: AtomicU64,
    paid: AtomicU64,
    repeated: AtomicU64,
}

impl Calls {
    /// For a source, paying from the budget of a month.
    pub fn new(
        source: SourceName,
        month: BillingPeriod,
        budget: Option<Amount>,
        patience: Patience,
        checkpoints: Arc<dyn Checkpoints>,
    ) -> Self {
        let none = || AtomicU64::new(0);
        Self { source, month, budget, patience, checkpoints, made: none(), paid: none(), repeated: none() }
    }

    /// Calls made so far, repetitions among them.
    pub fn made(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }

    /// Of these, calls that cost something.
    pub fn paid(&self) -> u64 {
        self.paid.load(Ordering::Relaxed)
    }

    /// Of these, repetitions.
    pub fn repeated(&self) -> u64 {
        self.repeated.load(Ordering::Relaxed)
    }

    /// Makes a call, named `name`, each attempt of which costs `price` US dollars.
    ///
    /// Every attempt is paid for, failed ones too: what a service bills of them is not known before its invoice.
    ///
    /// # Errors
    /// When the budget does not allow it, the service says that it will not answer, or patience is at its end.
    pub async fn make<T, F>(&self, name: &'static str, price: Amount, mut once: impl FnMut() -> F) -> Result<T, CollectError>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let mut pause = self.patience.first_pause;
        for attempt in 1.. {
            self.pay(name, price).await?;
            if attempt > 1 {
                self.repeated.fetch_add(1, Ordering::Relaxed);
            }
            let (said, after) = match once().await {
                Ok(answer) => return Ok(answer),
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Again { said, after }) => (said, after),
            };
            let wait = after.unwrap_or(pause);
            if attempt >= self.patience.attempts || wait > self.patience.longest_pause {
                return Err(CollectError::Unavailable { call: name, attempts: attempt, said });
            }
            tracing::info!(source.name = %self.source, call = name, attempt, pause_ms = wait.as_millis() as u64, "will ask again: {said}");
            tokio::time::sleep(wait).await;
            pause = (pause * 2).min(self.patience.longest_pause);
        }
        unreachable!("attempts are bounded")
    }

    async fn pay(&self, call: &'static str, price: Amount) -> Result<(), CollectError> {
        let budget = self.budget.filter(|_| price != Amount::ZERO);
        let month = self.month;
        match (self.checkpoints.spend(&self.source, month, price, budget).await?, budget) {
            (Spending::Exceeds(spent), Some(budget)) => Err(CollectError::Budget { call, price, spent, budget, month }),
            _ => {
                self.made.fetch_add(1, Ordering::Relaxed);
                self.paid.fetch_add(u64::from(price != Amount::ZERO), Ordering::Relaxed);
                Ok(())
            }
        }
    }
}
