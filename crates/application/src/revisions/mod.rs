//! Revisions, and what changed from one to another: which charges went up, down, came or went, whose they are, and what of the
//! difference between two statements is due to the bill, to tags, and to the rules.

mod adding;
mod compare;
mod found;
mod gathered;
mod identity;
mod matching;
mod report;

pub use found::FindingLine;
pub use matching::ChangeKind;
pub use report::{
    Costs, KindChange, MovedByRules, PartChange, RevisionDiff, RevisionLine, RowChanges, RuleChange, RulesOfRevision,
    ServiceChange, TotalChange, UnitChange,
};

use chrono::{DateTime, Utc};
use farthing_store::{Dataset, Document, DocumentKind, Revision, RevisionFilter, RevisionId, StoreError};
use farthing_types::{BillingPeriod, SourceName};

use crate::{Error, Farthing};

impl Farthing {
    /// Every revision there ever was, of one source or period or of all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revision_lines(
        &self,
        source: Option<SourceName>,
        period: Option<BillingPeriod>,
    ) -> Result<Vec<RevisionLine>, Error> {
        let history = self.history(&RevisionFilter { dataset: None, source, period }).await?;
        self.lines_of_revisions(&history).await
    }

    /// One revision.
    ///
    /// # Errors
    /// When there is none with this id.
    pub async fn revision_line(&self, id: &str) -> Result<RevisionLine, Error> {
        let mut lines = self.lines_of_revisions(&[self.revision(id).await?]).await?;
        lines.pop().ok_or_else(|| unknown(id))
    }

    /// What changed from one revision to another of the same period.
    ///
    /// # Errors
    /// When there are no such revisions of charges, they are of two periods, or their files are gone.
    pub async fn diff_revisions(&self, before: &str, after: &str) -> Result<RevisionDiff, Error> {
        let (before, after) = (self.revision(before).await?, self.revision(after).await?);
        self.compare(before, after).await
    }

    /// What the last import of a source's period changed.
    ///
    /// # Errors
    /// When there are no two revisions of it.
    pub async fn diff_last(&self, source: &SourceName, period: BillingPeriod) -> Result<RevisionDiff, Error> {
        let filter = RevisionFilter { dataset: Some(Dataset::Charges), source: Some(source.clone()), period: Some(period) };
        let mut history = self.history(&filter).await?;
        match (history.pop(), history.pop()) {
            (Some(after), Some(before)) => self.compare(before, after).await,
            (Some(_), None) => {
                Err(Error::Nothing(format!("{period} of {source} was imported once, and nothing has changed since")))
            }
            _ => Err(Error::Nothing(format!(
                "there are no charges of {source} for {period}. `farthing revisions list` shows what there is"
            ))),
        }
    }

    /// Revisions as far as they are known at the moment that is asked about.
    pub(crate) async fn history(&self, filter: &RevisionFilter) -> Result<Vec<Revision>, Error> {
        let mut history = self.store.revisions().history(filter).await?;
        history.retain(|revision| self.moment.is_none_or(|moment| revision.imported_at <= moment));
        Ok(history)
    }

    async fn revision(&self, id: &str) -> Result<Revision, Error> {
        let parsed: RevisionId = id.parse().map_err(|_| unknown(id))?;
        let revision = match self.store.revisions().get(parsed).await {
            Err(StoreError::NotFound { .. }) => return Err(unknown(id)),
            found => found?,
        };
        match self.moment {
            Some(moment) if revision.imported_at > moment => Err(unknown(id)),
            _ => Ok(revision),
        }
    }

    async fn lines_of_revisions(&self, revisions: &[Revision]) -> Result<Vec<RevisionLine>, Error> {
        let documents = self.store.documents().all(DocumentKind::Rules).await?;
        let known = |moment: DateTime<Utc>| documents.iter().find(|document| document.published_at <= moment);
        let version = |document: Option<&Document>| document.map(|document| document.version);
        let line = |revision: &Revision| {
            let is_bill = matches!(revision.dataset, Dataset::Charges | Dataset::LateCharges);
            let rules = is_bill.then(|| {
                let moment = self.stated_moment();
                let last = revision.superseded_at.map_or(moment, |end| end.min(moment));
                RulesOfRevision { at_import: version(known(revision.imported_at)), last: version(known(last)) }
            });
            RevisionLine::of(revision, self.moment, rules)
        };
        Ok(revisions.iter().map(line).collect())
    }
}

fn unknown(id: &str) -> Error {
    Error::Nothing(format!("there is no revision {id:?}. `farthing revisions list` shows their ids"))
}
