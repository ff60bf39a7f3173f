//! Requests that come under a key: whoever is not sure that one arrived sends it again, and gets the answer that it got.
//!
//! The key is taken before the work begins and the answer kept after it ended, so a process that dies in between leaves a request of which
//! nobody knows how far it came. It is done again then: every use case is one transaction, and refuses or recognises what it did before.

use chrono::TimeDelta;
use farthing_store::{Digest, KeptAnswer, Keyed};

use crate::{Error, Farthing};

/// For how long answers are kept.
const KEPT: TimeDelta = TimeDelta::hours(24);
/// When nobody is working on a request any more: longer than one may take.
const GIVEN_UP: TimeDelta = TimeDelta::minutes(15);

/// A request that has a key.
#[derive(Clone, Debug)]
pub struct KeyedRequest {
    actor: String,
    key: String,
    request: Digest,
    at: chrono::DateTime<chrono::Utc>,
}

impl KeyedRequest {
    fn stored(&self) -> Keyed<'_> {
        Keyed { actor: &self.actor, key: &self.key, request: self.request, at: self.at }
    }
}

impl Farthing {
    /// Takes somebody's key for a request, whose every part is in `request`, or tells what became of it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_key(
        &self,
        actor: &str,
        key: &str,
        request: &[u8],
    ) -> Result<(KeyedRequest, farthing_store::Claim), Error> {
        let at = self.now();
        let keyed = KeyedRequest { actor: actor.to_owned(), key: key.to_owned(), request: Digest::of(request), at };
        let claim = self.store.kept_answers().claim(keyed.stored(), at - GIVEN_UP, at - KEPT).await?;
        Ok((keyed, claim))
    }

    /// Keeps what a request was answered with.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_answer(&self, request: &KeyedRequest, answer: &KeptAnswer) -> Result<(), Error> {
        Ok(self.store.kept_answers().keep(request.stored(), answer).await?)
    }

    /// Gives the key of a request back that was not done, so that it can be sent again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn give_key_back(&self, request: &KeyedRequest) -> Result<(), Error> {
        Ok(self.store.kept_answers().give_back(request.stored()).await?)
    }
}
