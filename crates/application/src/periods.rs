//! Closing and reopening billing periods.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use farthing_store::{Dataset, PeriodState, Revision, adjusted_by, adjustments_of, state_of};
use farthing_types::{BillingPeriod, SourceName};
use serde::Serialize;
use utoipa::ToSchema;

use crate::import_report::{PeriodTotal, period_totals};
use crate::{Error, Farthing};

/// The state of a source's billing period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PeriodLine {
    /// The period.
    pub period: BillingPeriod,
    /// The source.
    pub source: SourceName,
    /// True where its revisions cannot be replaced.
    pub closed: bool,
    /// Since when; none where it was never closed.
    pub since: Option<DateTime<Utc>>,
    /// By whom.
    pub by: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Facts in it, over all datasets.
    pub rows: u64,
    /// The sums of its charges.
    pub totals: Vec<PeriodTotal>,
    /// The revision that was delivered after it was closed, where there is one; it is in no report.
    pub late_revision: Option<String>,
}

/// What closing or reopening did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PeriodChange {
    /// False where it was so already.
    pub changed: bool,
    /// The period's sources, as they are now.
    pub periods: Vec<PeriodLine>,
    /// The digest of the period's certificate, which is issued when the last source that has charges in it is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
}

impl Farthing {
    /// Closes a billing period: what reports read of it stays, and later deliveries are refused or become adjustments.
    ///
    /// # Errors
    /// When there are no facts of it, or it is not over yet.
    pub async fn close_period(
        &self,
        period: BillingPeriod,
        source: Option<&SourceName>,
        reason: &str,
        by: &str,
    ) -> Result<PeriodChange, Error> {
        if period.end() > self.now() {
            let end = period.end().format("%Y-%m-%d");
            return Err(Error::Invalid(format!("{period} is not over before {end}: it cannot be closed yet")));
        }
        let mut change = self.set_period(period, source, PeriodState::Closed, reason, by).await?;
        if let Some(closed_at) = self.closed_since(period).await? {
            let known = self.store.certificates().newest(period, None).await?.filter(|known| known.issued_at == closed_at);
            change.certificate = match known {
                Some(known) => Some(known.digest.to_string()),
                None => self.certify(period, closed_at, by, reason).await?.map(|certificate| certificate.sha256),
            };
        }
        Ok(change)
    }

    /// Opens a closed period again: the next delivery replaces what is there.
    ///
    /// # Errors
    /// When there are no facts of it, no reason is given, or it was adjusted in a later period: its difference would count twice.
    pub async fn reopen_period(
        &self,
        period: BillingPeriod,
        source: Option<&SourceName>,
        reason: &str,
        by: &str,
    ) -> Result<PeriodChange, Error> {
        if reason.trim().is_empty() {
            return Err(Error::Invalid("a closed period is reopened for a reason: give it with --reason".to_owned()));
        }
        let adjusted: Vec<String> = (self.lines_of(period, source).await?.iter())
            .filter(|line| line.late_revision.is_some())
            .map(|line| line.source.to_string())
            .collect();
        if !adjusted.is_empty() {
            return Err(Error::Invalid(format!(
                "{period} of {} was adjusted in a later period: opened again, the difference would count twice. It stays closed",
                adjusted.join(", ")
            )));
        }
        self.set_period(period, source, PeriodState::Open, reason, by).await
    }

    async fn set_period(
        &self,
        period: BillingPeriod,
        source: Option<&SourceName>,
        state: PeriodState,
        reason: &str,
        by: &str,
    ) -> Result<PeriodChange, Error> {
        let before = self.lines_of(period, source).await?;
        if before.is_empty() {
            let of = source.map_or(String::new(), |source| format!(" of {source}"));
            return Err(Error::Nothing(format!("there are no facts{of} for {period}. `farthing periods` lists what there is")));
        }
        let closed = state == PeriodState::Closed;
        // Without a source the event is about those too that have nothing in the period yet.
        let events = self.store.periods().events(None).await?;
        let last_for_all = events.iter().rfind(|event| event.period == period && event.source.is_none());
        let known = source.is_some() || !closed || last_for_all.is_some_and(|event| event.state == state);
        if known && before.iter().all(|line| line.closed == closed) {
            return Ok(PeriodChange { changed: false, periods: before, certificate: None });
        }
        self.store.periods().set(period, source, state, reason, by, self.now()).await?;
        Ok(PeriodChange { changed: true, periods: self.lines_of(period, source).await?, certificate: None })
    }

    async fn lines_of(&self, period: BillingPeriod, source: Option<&SourceName>) -> Result<Vec<PeriodLine>, Error> {
        let mut lines = self.periods().await?;
        lines.retain(|line| line.period == period && source.is_none_or(|source| line.source == *source));
        Ok(lines)
    }

    /// Every period that a source has facts of, with its state.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn periods(&self) -> Result<Vec<PeriodLine>, Error> {
        let events = self.store.periods().events(self.moment).await?;
        let mut found: BTreeMap<(BillingPeriod, SourceName), Vec<Revision>> = BTreeMap::new();
        for dataset in [Dataset::Charges, Dataset::Usage, Dataset::Decisions, Dataset::LateCharges] {
            for revision in self.revisions(dataset, None).await? {
                found.entry((revision.period, revision.source.clone())).or_default().push(revision);
            }
        }
        let line = |((period, source), revisions): ((BillingPeriod, SourceName), Vec<Revision>)| {
            let event = state_of(&events, period, &source);
            let (late, read): (Vec<&Revision>, Vec<&Revision>) =
                revisions.iter().partition(|revision| revision.dataset == Dataset::LateCharges);
            let charges = read.iter().find(|revision| revision.dataset == Dataset::Charges);
            PeriodLine {
                period,
                source,
                closed: event.is_some_and(|event| event.state == PeriodState::Closed),
                since: event.map(|event| event.at),
                by: event.map(|event| event.by.clone()),
                reason: event.map(|event| event.reason.clone()).filter(|reason| !reason.is_empty()),
                rows: read.iter().map(|revision| revision.rows).sum(),
                totals: charges.map(|revision| period_totals(&revision.totals)).unwrap_or_default(),
                late_revision: late.first().map(|revision| revision.id.to_string()),
            }
        };
        Ok(found.into_iter().map(line).collect())
    }

    /// The name of the source that holds a source's adjustments.
    pub(crate) fn adjustments_source(source: &SourceName) -> Result<SourceName, Error> {
        let too_long =
            || Error::Invalid(format!("{source}: the name is too long for that of its adjustments; choose a shorter one"));
        debug_assert!(adjusted_by(source).is_none());
        adjustments_of(source).ok_or_else(too_long)
    }
}
