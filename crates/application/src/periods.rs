//! Closing and reopening billing periods.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use farthing_audit::Action;
use farthing_store::{Dataset, PeriodState, Reopening, Revision, adjusted_by, adjustments_of, state_of};
use farthing_types::{BillingPeriod, SourceName};
use serde::Serialize;
use serde_json::{Value, json};
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
    /// The request to open it again that waits for a second person, where there is one.
    pub reopening: Option<ReopeningRequest>,
}

/// A request to open a closed period again: somebody else than who asked decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReopeningRequest {
    /// Who asked.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: String,
}

/// What closing or reopening did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
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
        let mut change = PeriodChange { changed: false, periods: self.facts_of(period, source).await?, certificate: None };
        // Without a source the event is about those too that have nothing in the period yet.
        let events = self.store.periods().events(None).await?;
        let last_for_all = events.iter().rfind(|event| event.period == period && event.source.is_none());
        let known = source.is_some() || last_for_all.is_some_and(|event| event.state == PeriodState::Closed);
        if !known || change.periods.iter().any(|line| !line.closed) {
            let work = self.store.begin().await?;
            work.periods().set(period, source, PeriodState::Closed, reason, by, self.now()).await?;
            self.record(&work, by, Action::PeriodClosed, format!("period {period}"), told(source, reason)).await?;
            work.commit().await?;
            change = PeriodChange { changed: true, periods: self.lines_of(period, source).await?, certificate: None };
        }
        if let Some(closed_at) = self.closed_since(period).await? {
            let known = self.store.certificates().newest(period, None).await?.filter(|known| known.issued_at == closed_at);
            change.certificate = match known {
                Some(known) => Some(known.digest.to_string()),
                None => self.certify(period, closed_at, by, reason).await?.map(|certificate| certificate.sha256),
            };
        }
        if change.changed {
            self.checkpoint_after(&format!("close {period}")).await;
        }
        Ok(change)
    }

    /// Asks to open a closed period again. It stays closed until somebody else [decides](Self::decide_reopening).
    ///
    /// # Errors
    /// When there are no facts of it, no reason is given, or it was adjusted in a later period: its difference would count twice.
    pub async fn ask_to_reopen(
        &self,
        period: BillingPeriod,
        source: Option<&SourceName>,
        reason: &str,
        by: &str,
    ) -> Result<PeriodChange, Error> {
        if reason.trim().is_empty() {
            return Err(Error::Invalid("a closed period is reopened for a reason: give it with --reason".to_owned()));
        }
        let before = self.facts_of(period, source).await?;
        may_be_reopened(period, &before)?;
        if before.iter().all(|line| !line.closed) {
            return Ok(PeriodChange { changed: false, periods: before, certificate: None });
        }
        let work = self.store.begin().await?;
        let waits = work.reopenings().waiting().await?.into_iter().any(|one| is_of(&one, period, source));
        work.reopenings().ask(period, source, reason, by, self.now()).await?;
        if !waits {
            self.record(&work, by, Action::ReopeningAsked, format!("period {period}"), told(source, reason)).await?;
        }
        work.commit().await?;
        Ok(PeriodChange { changed: false, periods: self.lines_of(period, source).await?, certificate: None })
    }

    /// Decides a request to open a period again: where it is granted, the next delivery replaces what is there.
    ///
    /// # Errors
    /// When nobody asked, who asked would decide, or the period was adjusted in a later one since.
    pub async fn decide_reopening(
        &self,
        period: BillingPeriod,
        source: Option<&SourceName>,
        granted: bool,
        by: &str,
    ) -> Result<PeriodChange, Error> {
        let waiting = self.store.reopenings().waiting().await?;
        let Some(request) = waiting.iter().find(|request| is_of(request, period, source)) else {
            let of = source.map_or(String::new(), |source| format!(" of {source}"));
            return Err(Error::Nothing(format!(
                "nobody asked to reopen {period}{of}. `farthing reopen {period} --reason …` asks, `farthing periods` shows who did"
            )));
        };
        if granted {
            may_be_reopened(period, &self.facts_of(period, source).await?)?;
        }
        let work = self.store.begin().await?;
        work.reopenings().decide(request, granted, by, self.now()).await?;
        let action = if granted { Action::ReopeningGranted } else { Action::ReopeningRefused };
        let details = json!({"source": source.map(SourceName::as_str), "reason": request.reason, "asked_by": request.by});
        self.record(&work, by, action, format!("period {period}"), details).await?;
        work.commit().await?;
        Ok(PeriodChange { changed: granted, periods: self.lines_of(period, source).await?, certificate: None })
    }

    /// The lines of a period that has facts.
    async fn facts_of(&self, period: BillingPeriod, source: Option<&SourceName>) -> Result<Vec<PeriodLine>, Error> {
        let lines = self.lines_of(period, source).await?;
        if lines.is_empty() {
            let of = source.map_or(String::new(), |source| format!(" of {source}"));
            return Err(Error::Nothing(format!("there are no facts{of} for {period}. `farthing periods` lists what there is")));
        }
        Ok(lines)
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
        // What waits is of today: as of an earlier moment nothing can be decided.
        let waiting = if self.moment.is_none() { self.store.reopenings().waiting().await? } else { Vec::new() };
        let line = |((period, source), revisions): ((BillingPeriod, SourceName), Vec<Revision>)| {
            let event = state_of(&events, period, &source);
            let (late, read): (Vec<&Revision>, Vec<&Revision>) =
                revisions.iter().partition(|revision| revision.dataset == Dataset::LateCharges);
            let charges = read.iter().find(|revision| revision.dataset == Dataset::Charges);
            let reopening = waiting.iter().find(|request| is_about(request, period, &source)).map(ReopeningRequest::of);
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
                reopening,
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

impl ReopeningRequest {
    fn of(request: &Reopening) -> Self {
        Self { by: request.by.clone(), at: request.at, reason: request.reason.clone() }
    }
}

/// What is recorded of closing and asking.
fn told(source: Option<&SourceName>, reason: &str) -> Value {
    json!({"source": source.map(SourceName::as_str), "reason": reason})
}

fn is_of(request: &Reopening, period: BillingPeriod, source: Option<&SourceName>) -> bool {
    request.period == period && request.source.as_ref() == source
}

fn is_about(request: &Reopening, period: BillingPeriod, source: &SourceName) -> bool {
    request.period == period && request.source.as_ref().is_none_or(|asked| asked == source)
}

/// Refuses to open what was adjusted in a later period.
fn may_be_reopened(period: BillingPeriod, lines: &[PeriodLine]) -> Result<(), Error> {
    let adjusted: Vec<&str> = lines.iter().filter(|line| line.late_revision.is_some()).map(|line| line.source.as_str()).collect();
    if adjusted.is_empty() {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "{period} of {} was adjusted in a later period: opened again, the difference would count twice. It stays closed",
        adjusted.join(", ")
    )))
}
