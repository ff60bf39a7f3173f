//! Access to data about people, on record.
//!
//! Over the network one check stands in front of every route and records it. At the machine it is recorded where the data are read, so that no
//! command can leave it out: what hands out decisions, events, the people file or callers asks [`Farthing::note_people_read`] first.

use farthing_audit::Action;
use farthing_identity::Principal;
use serde_json::json;
use tokio::sync::OnceCell;

use crate::{Error, Farthing};

/// What somebody does at the machine. All that it reads of people is one entry.
#[derive(Debug)]
pub(crate) struct PeopleReads {
    what: String,
    noted: OnceCell<()>,
}

impl PeopleReads {
    /// Those of a command that is called so.
    pub(crate) fn of(what: &str) -> Self {
        Self { what: what.to_owned(), noted: OnceCell::new() }
    }
}

impl Farthing {
    /// Records that somebody read data about people, before it is handed out.
    ///
    /// # Errors
    /// When the database fails: then nothing is handed out.
    pub async fn record_people_read(&self, principal: &Principal, what: &str) -> Result<(), Error> {
        self.append_people_read(&principal.name, what).await
    }

    /// Records it where a command reads, once for all that it reads; nothing where a check in front of it has recorded it already.
    pub(crate) async fn note_people_read(&self) -> Result<(), Error> {
        let Some(reads) = &self.people_reads else { return Ok(()) };
        reads.noted.get_or_try_init(|| self.append_people_read(&self.actor, &reads.what)).await?;
        Ok(())
    }

    async fn append_people_read(&self, by: &str, what: &str) -> Result<(), Error> {
        let work = self.store.begin().await?;
        self.record(&work, by, Action::PeopleRead, what.to_owned(), json!({})).await?;
        Ok(work.commit().await?)
    }
}
