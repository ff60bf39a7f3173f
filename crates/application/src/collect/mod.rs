//! Collecting: sources are asked over the network, and what they answer is imported as any file is.

mod kinds;
mod report;
mod spending;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use farthing_collectors::Reading;
use farthing_collectors::decode::Content as Decodable;
use farthing_collectors::source::{
    Calls, CollectError, Collected, Content, Delivery, Report, Request, Source, SourceConfig, SourcesFile,
};
use farthing_lake::Staging;
use farthing_store::{
    Collection, CollectionGap, Dataset, DocumentKind as StoredKind, ImportId, LastRun, ReportKind, RevisionFilter, StoreError,
};
use farthing_types::{BillingPeriod, SourceName, Window};

pub(crate) use self::spending::Spendings;
use crate::carried_hours::gaps;
use crate::deliveries::DeliveryPolicy;
use crate::gathering::GatheredBills;
use crate::usage::EventImport;
use crate::{DocumentKind, Error, Farthing, ImportBilling, ImportReport};

pub use kinds::SourceKinds;
pub use report::{CollectReport, CollectionStatus, MissingHours, MonthOutcome, MonthReport, PartReport};

/// The most months that one run collects of a source.
const MOST_MONTHS: usize = 120;

/// Reads a document of sources, or says all that is wrong with it.
pub(crate) fn sources_of(text: &str, name: &str) -> Result<SourcesFile, Error> {
    SourcesFile::parse(text).map_err(|problems| Error::Document { file: name.to_owned(), problems })
}

pub(crate) fn summary_of(sources: &SourcesFile) -> String {
    let named: Vec<String> = sources.all().map(|source| format!("{} ({})", source.name, source.kind.as_str())).collect();
    match named.as_slice() {
        [] => "no sources".to_owned(),
        several => format!("what is collected: {}", several.join(", ")),
    }
}

impl Farthing {
    /// The names of the sources that are configured.
    ///
    /// # Errors
    /// When no document of sources is published.
    pub async fn source_names(&self) -> Result<Vec<SourceName>, Error> {
        Ok(self.sources_in_force().await?.all().map(|source| source.name.clone()).collect())
    }

    async fn sources_in_force(&self) -> Result<SourcesFile, Error> {
        let document = self.document(DocumentKind::Sources).await?;
        sources_of(&document.content, &format!("sources v{}", document.version))
    }

    /// Collects a configured source: every month that `window` touches, whole; without a window the months that are new or may have been
    /// restated. A part that fails keeps what it had, and the others go on.
    ///
    /// Running it again changes nothing but what the source restated meanwhile.
    ///
    /// # Errors
    /// When the source is not configured, cannot be opened, or the database fails. What a source answers, or does not, is in the report.
    pub async fn collect(&self, name: &SourceName, window: Option<Window>) -> Result<CollectReport, Error> {
        let sources = self.sources_in_force().await?;
        let configured = sources.get(name).ok_or_else(|| {
            let known: Vec<&str> = sources.all().map(|source| source.name.as_str()).collect();
            Error::Nothing(format!(
                "no source {name} is configured; there are {}. `farthing sources show` prints them",
                known.join(", ")
            ))
        })?;
        let mut report = CollectReport::of(name.clone(), configured.kind.as_str());
        let opened = configured.open(&self.secrets);
        let source = match opened {
            Ok(source) => source,
            Err(error) => {
                let said = error.to_string();
                self.note(name, Some((said.as_str(), error.reason())), None, "", LastRun::default()).await?;
                return Err(error.into());
            }
        };
        for part in source.parts() {
            report.parts.push(self.collect_part(&*source, configured, &part, window).await?);
        }
        Ok(report)
    }

    async fn collect_part(
        &self,
        source: &dyn Source,
        configured: &SourceConfig,
        part: &SourceName,
        window: Option<Window>,
    ) -> Result<PartReport, Error> {
        let now = self.now();
        let month = BillingPeriod::of(now).ok_or_else(|| Error::Invalid("the clock is beyond the calendar".to_owned()))?;
        let budget = configured.common.monthly_budget.map(|budget| budget.0);
        let calls = Calls::new(part.clone(), month, budget, self.patience, Arc::new(Spendings(self.store.clone())));
        let before = self.store.collections().spending(part).await?;
        let windows = self.windows(configured, part, window, now).await?;
        let mut report = PartReport::of(part.clone());
        for window in &windows {
            let outcome = self.collect_month(source, part, *window, now, &calls).await;
            let ends = outcome.ends_the_run();
            report.months.push(outcome);
            // Without budget or access the next month fares no better.
            if ends {
                break;
            }
        }
        report.calls = calls.made();
        report.repeated = calls.repeated();
        let spent = self.store.collections().spending(part).await?;
        report.set_cost(&before, &spent, month);
        let problem = report.problem().map(|(problem, reason)| (problem.to_owned(), reason.to_owned()));
        let collected_to = windows.last().map(|window| window.to);
        let problem = problem.as_ref().map(|(problem, reason)| (problem.as_str(), reason.as_str()));
        let millis = u64::try_from((self.now() - now).num_milliseconds()).unwrap_or_default();
        let last = LastRun { rows: report.rows(), calls: report.calls, millis };
        self.note(part, problem, collected_to, &report.notes(), last).await?;
        tracing::info!(
            source.name = %part,
            source.kind = configured.kind.as_str(),
            collect.months = report.months.len(),
            collect.calls = report.calls,
            collect.repeated = report.repeated,
            collect.cost_usd = %report.cost,
            collect.rows = last.rows,
            collect.duration_ms = millis,
            collect.failed = report.problem().is_some(),
            "collected"
        );
        Ok(report)
    }

    /// The windows to ask for, each within one month.
    async fn windows(
        &self,
        configured: &SourceConfig,
        part: &SourceName,
        asked: Option<Window>,
        now: DateTime<Utc>,
    ) -> Result<Vec<Window>, Error> {
        let window = match asked {
            Some(window) => window,
            None => {
                let collected_to = self.store.collections().of(part).await?.and_then(|state| state.collected_to);
                let restated = now - TimeDelta::days(i64::from(configured.common.restated_days));
                let from = match (collected_to, configured.common.first_month) {
                    (Some(to), _) => to.min(restated),
                    (None, Some(first)) => first.start(),
                    (None, None) => BillingPeriod::of(now).map_or(now, |month| month.previous().start()),
                };
                Window { from, to: now }
            }
        };
        let beyond = || Error::Invalid(format!("the window {window} lies outside the calendar"));
        let mut month = BillingPeriod::of(window.from).ok_or_else(beyond)?;
        let mut windows = Vec::new();
        while month.start() < window.to.min(now) {
            if windows.len() == MOST_MONTHS {
                return Err(Error::Invalid(format!(
                    "the window {window} has more than {MOST_MONTHS} months; collect it in parts"
                )));
            }
            windows.push(Window { from: month.start(), to: month.end().min(now) });
            month = month.next();
        }
        Ok(windows)
    }

    async fn collect_month(
        &self,
        source: &dyn Source,
        part: &SourceName,
        window: Window,
        now: DateTime<Utc>,
        calls: &Calls,
    ) -> MonthReport {
        let period = BillingPeriod::of(window.from).expect("a window begins in a month");
        let fetched = self.fetch(source, part, period, window, now, calls).await;
        let (collected, staging) = match fetched {
            Ok(fetched) => fetched,
            Err(error) => return MonthReport::failed(period, &error),
        };
        let known_from = collected.known_from;
        let missing = match self.missing_of(part, window, known_from).await {
            Ok(missing) => missing,
            Err(error) => return MonthReport::failed(period, &error),
        };
        let mut report = MonthReport::of(period, collected.notes);
        for delivery in collected.deliveries {
            match self.import_collected(part, delivery, known_from).await {
                Ok(imported) => report.add(imported),
                Err(Error::Store(closed @ StoreError::PeriodClosed { .. })) => report.closed(&closed.to_string()),
                Err(error) => return MonthReport::failed(period, &error),
            }
        }
        drop(staging);
        if let Err(error) = self.store.collections().note_gaps(part, period, &missing).await {
            return MonthReport::failed(period, &error.into());
        }
        report.missing = missing;
        for said in collected.reports {
            match self.state_report(part, period, &said, now).await {
                Ok(true) => report.reports.push(said.kind()),
                Ok(false) => {}
                Err(error) => return MonthReport::failed(period, &error),
            }
        }
        report
    }

    /// Keeps what a provider says of a month; `false` where it says what it said before.
    async fn state_report(
        &self,
        part: &SourceName,
        period: BillingPeriod,
        said: &Report,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let kind: ReportKind =
            said.kind().parse().map_err(|error: farthing_store::UnknownWord| Error::Panicked(error.to_string()))?;
        Ok(self.store.provider_reports().state(part, period, kind, &said.content(), now).await?)
    }

    /// The hours of a month that are nowhere once those from `known_from` on are imported: the source no longer had them, and neither
    /// does the lake.
    async fn missing_of(
        &self,
        part: &SourceName,
        window: Window,
        known_from: Option<DateTime<Utc>>,
    ) -> Result<Vec<Window>, Error> {
        let Some(known_from) = known_from else { return Ok(Vec::new()) };
        let period = BillingPeriod::of(window.from);
        let filter = RevisionFilter { dataset: Some(Dataset::Usage), source: Some(part.clone()), period };
        let known_to = match self.store.revisions().active(&filter).await?.first() {
            // Hours without any usage were collected as well.
            Some(there) => {
                let collected_to = self.store.collections().of(part).await?.and_then(|state| state.collected_to);
                let whole_hour = |at: DateTime<Utc>| DateTime::from_timestamp(at.timestamp().div_euclid(3_600) * 3_600, 0);
                collected_to.and_then(whole_hour).max(self.hours_reach_to(there).await?)
            }
            None => None,
        };
        let noted = self.store.collections().gaps(Some(part)).await?;
        let noted: Vec<Window> = noted.into_iter().filter(|gap| Some(gap.period) == period).map(|gap| gap.window).collect();
        Ok(gaps(window, known_from, known_to, &noted))
    }

    /// Lets the source write its answer to a folder that goes when it is imported.
    pub(crate) async fn fetch(
        &self,
        source: &dyn Source,
        part: &SourceName,
        period: BillingPeriod,
        window: Window,
        now: DateTime<Utc>,
        calls: &Calls,
    ) -> Result<(Collected, Staging), Error> {
        let staging = self.lake.stage(&format!("fetch-{}", ImportId::new(self.now())))?;
        let request = Request { part, period, window, now, calls, to: staging.path() };
        Ok((source.collect(request).await?, staging))
    }

    async fn import_collected(
        &self,
        part: &SourceName,
        delivery: Delivery,
        known_from: Option<DateTime<Utc>>,
    ) -> Result<ImportReport, Error> {
        let reading = Arc::new(Reading::default());
        match delivery.content {
            Content::Charges(format) => {
                let request = ImportBilling { source: part.clone(), format, policy: DeliveryPolicy::default() };
                self.import_billing(&request, GatheredBills::of(delivery.files), reading).await
            }
            Content::Usage(format) => {
                let name = format.as_str();
                let content = Decodable::Usage { format, source: part.clone() };
                let import = EventImport { source: part, dataset: Dataset::Usage, format: name, content, known_from };
                self.import_events(import, delivery.files, reading).await
            }
        }
    }

    /// Notes how the collecting of a source stands.
    async fn note(
        &self,
        source: &SourceName,
        problem: Option<(&str, &str)>,
        collected_to: Option<DateTime<Utc>>,
        notes: &str,
        last: LastRun,
    ) -> Result<(), Error> {
        let now = self.now();
        let before = self.store.collections().of(source).await?;
        let (succeeded_at, to_before) = before.map_or((None, None), |before| (before.succeeded_at, before.collected_to));
        let succeeded = problem.is_none();
        self.store
            .collections()
            .note(&Collection {
                source: source.clone(),
                attempted_at: now,
                succeeded_at: if succeeded { Some(now) } else { succeeded_at },
                // A run over an earlier window leaves the end where it is.
                collected_to: if succeeded { collected_to.max(to_before) } else { to_before },
                problem: problem.map(|(problem, _)| problem.to_owned()),
                reason: problem.map(|(_, reason)| reason.to_owned()),
                notes: notes.to_owned(),
                last,
            })
            .await?;
        Ok(())
    }

    /// How the collecting of every source stands: those that were ever tried, and those that are configured and were not.
    ///
    /// # Errors
    /// When the database fails or the published document of sources cannot be read.
    pub async fn collections(&self) -> Result<Vec<CollectionStatus>, Error> {
        let configured = match self.in_force(StoredKind::Sources).await? {
            Some(document) => sources_of(&document.content, &format!("sources v{}", document.version))?,
            None => SourcesFile::default(),
        };
        let mut all = Vec::new();
        let (tried, gaps) = (self.store.collections().all().await?, self.store.collections().gaps(None).await?);
        for state in &tried {
            let spending = self.store.collections().spending(&state.source).await?;
            let of_this = |gap: &&CollectionGap| gap.source == state.source;
            let missing = gaps.iter().filter(of_this).map(MissingHours::from).collect();
            all.push(CollectionStatus::of(state, &spending, missing, self.now()));
        }
        // A source with accounts is tried by its parts, which are named after it.
        let is_tried = |name: &SourceName| {
            tried.iter().any(|state| state.source == *name || state.source.as_str().starts_with(&format!("{name}-")))
        };
        all.extend(
            configured
                .all()
                .filter(|source| !is_tried(&source.name))
                .map(|source| CollectionStatus::untried(source.name.clone())),
        );
        all.sort_by(|a, b| a.source.cmp(&b.source));
        Ok(all)
    }
}

impl From<CollectError> for Error {
    fn from(error: CollectError) -> Self {
        Self::Collect(Box::new(error))
    }
}
