//! Telling people, by themselves, of what happened: what is found is kept in an outbox, once an event and channel, and sent from there. Both
//! are runs of jobs, which the scheduler adds.

mod events;
mod find;
mod hint;
mod own;
mod report;
mod send;

use farthing_alerts::AlertsDocument;
use farthing_store::DocumentKind as StoredKind;

pub(crate) use hint::hint;
pub use own::AlertChannel;
pub use report::{AlertFigures, AlertLine, AlertTest, AlertsQuery, ResendAlerts, ResentAlerts};

use crate::{Error, Farthing};

/// Reads a document of alerts, or says all that is wrong with it.
pub(crate) fn alerts_of(text: &str, name: &str) -> Result<AlertsDocument, Error> {
    let wrong = |problems: Vec<String>| Error::Document { file: name.to_owned(), problems };
    let document = AlertsDocument::parse(text).map_err(wrong)?;
    let problems = farthing_sender::problems(&document);
    if problems.is_empty() { Ok(document) } else { Err(wrong(problems)) }
}

impl Farthing {
    /// The document in force; `None` where nobody is to be told of anything.
    pub(crate) async fn alerts_in_force(&self) -> Result<Option<AlertsDocument>, Error> {
        let Some(document) = self.in_force(StoredKind::Alerts).await? else { return Ok(None) };
        alerts_of(&document.content, &format!("alerts v{}", document.version)).map(Some)
    }
}
