//! Which files answer which question.

use camino::Utf8PathBuf;
use farthing_event_logs::Event;
use farthing_lake::{Location, read_decisions, read_events, read_usage};
use farthing_store::{Dataset, Revision, RevisionFilter};
use farthing_types::{BillingPeriod, SourceName, Window};
use farthing_usage::UsageHour;
use farthing_usage::decision::Decision;

use crate::home::blocking;
use crate::{Error, Farthing};

impl Farthing {
    /// The revisions of a dataset that are in force at the moment that is asked about.
    pub(crate) async fn revisions(&self, dataset: Dataset, period: Option<BillingPeriod>) -> Result<Vec<Revision>, Error> {
        let filter = RevisionFilter { dataset: Some(dataset), source: None, period };
        let revisions = self.store.revisions();
        Ok(match self.moment {
            None => revisions.active(&filter).await?,
            Some(moment) => self.with_files(revisions.as_of(&filter, moment).await?).await?,
        })
    }

    /// The revisions, which must still have their files: the retention policy may have removed those of an earlier moment.
    pub(crate) async fn with_files(&self, revisions: Vec<Revision>) -> Result<Vec<Revision>, Error> {
        let retired = self.store.revisions().retired().await?;
        match revisions.iter().find_map(|revision| Some((revision, retired.get(&revision.id)?))) {
            None => Ok(revisions),
            Some((gone, retirement)) => Err(Error::Nothing(format!(
                "revision {} of the {} of {} for {} has no files any more: they were removed on {} ({}). Its sums are still in the \
                 catalogue; restore its folder {} from a backup, or ask for a later moment or another revision",
                gone.sequence,
                gone.dataset,
                gone.source,
                gone.period,
                retirement.retired_at.format("%Y-%m-%d %H:%MZ"),
                retirement.reason,
                gone.location
            ))),
        }
    }

    /// A revision's folder.
    pub(crate) fn folder(&self, revision: &Revision) -> Utf8PathBuf {
        self.lake.path(&Location::from_stored(&revision.location))
    }

    /// A revision's files of facts; keys and roll-ups are derived and left out.
    pub(crate) fn fact_files(&self, revision: &Revision) -> Vec<Utf8PathBuf> {
        let folder = self.folder(revision);
        let facts = revision.files.iter().filter(|file| !matches!(file.path.as_str(), "keys.parquet" | "rollup.parquet"));
        facts.map(|file| folder.join(&file.path)).collect()
    }

    /// The hours of usage in a window (all of them without one).
    pub(crate) async fn usage_hours(&self, window: Option<Window>) -> Result<Vec<UsageHour>, Error> {
        let files = self.month_files(Dataset::Usage, window).await?;
        blocking(move || {
            let mut hours = Vec::new();
            for file in files {
                hours.extend(read_usage(&file)?.into_iter().filter(|hour| window.is_none_or(|w| w.contains(hour.hour))));
            }
            Ok(hours)
        })
        .await
    }

    /// The decisions of a window, for whoever is told of them: what people decided.
    pub(crate) async fn decisions_in(&self, window: Window) -> Result<Vec<Decision>, Error> {
        self.note_people_read().await?;
        self.counted_decisions(window).await
    }

    /// The decisions of a window, for what counts them: nothing of single ones is told.
    pub(crate) async fn counted_decisions(&self, window: Window) -> Result<Vec<Decision>, Error> {
        let files = self.month_files(Dataset::Decisions, Some(window)).await?;
        blocking(move || {
            let mut decisions = Vec::new();
            for file in files {
                decisions.extend(read_decisions(&file)?.into_iter().filter(|decision| window.contains(decision.decided_at)));
            }
            Ok(decisions)
        })
        .await
    }

    /// All events of an event log, whatever their month: cases reach over months.
    pub(crate) async fn events_of(&self, source: &SourceName) -> Result<Vec<Event>, Error> {
        self.note_people_read().await?;
        let mut revisions = self.revisions(Dataset::EventLogs, None).await?;
        revisions.retain(|revision| revision.source == *source);
        let files: Vec<Utf8PathBuf> = revisions.iter().flat_map(|revision| self.fact_files(revision)).collect();
        blocking(move || {
            let mut events = Vec::new();
            for file in files {
                events.extend(read_events(&file)?);
            }
            Ok(events)
        })
        .await
    }

    /// Files of the months that a window touches.
    async fn month_files(&self, dataset: Dataset, window: Option<Window>) -> Result<Vec<Utf8PathBuf>, Error> {
        let touches = |period: BillingPeriod| window.is_none_or(|w| w.from < period.end() && period.start() < w.to);
        let revisions = self.revisions(dataset, None).await?;
        Ok(revisions.iter().filter(|r| touches(r.period)).flat_map(|revision| self.fact_files(revision)).collect())
    }
}
