//! Filling an empty installation with a sample organisation. Who writes its files is handed in by the program: this crate knows none.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use chrono::{DateTime, TimeDelta, Utc};
use farthing_collectors::Reading;
use farthing_store::{Dataset, JobRun, Revision, RunFilter, RunState};
use farthing_types::SourceName;
use serde_json::json;

use crate::home::blocking;
use crate::{
    BillFormat, DecodeError, DeliveryPolicy, DocumentKind, Error, EventLogForm, Farthing, ImportBilling, ImportDecisions,
    ImportEventLog, ImportUsage, JobReport, UsageFormat,
};

/// The job that loads it.
const JOB: &str = "load-sample";
/// The folder of the home that its files are written to.
const FOLDER: &str = "demo";
/// For how long its fleet is planned once everything is there, in seconds.
const PLAN_SECONDS: u64 = 20;
/// Charges where nobody says how many.
const SAMPLE_CHARGES: u64 = 20_000;
/// By how much the database's clock, which runs are timed by, and a host's may differ.
const SKEW: TimeDelta = TimeDelta::minutes(1);

/// Writes the files of an organisation that does not exist.
pub trait Sample: Send + Sync {
    /// Writes them below a folder, about so many charges; gives them in the order in which they are imported. Where they lie there already
    /// they stay. `told` hears how many charges of how many are written.
    ///
    /// # Errors
    /// What is wrong, in words.
    fn write(&self, folder: &Utf8Path, charges: u64, told: &(dyn Fn(u64, u64) + Sync)) -> Result<Vec<SampleFile>, String>;
}

/// Hears what is done, how much of how much, and says whether to go on.
pub(crate) type Told = Arc<dyn Fn(&str, u64, u64) -> bool + Send + Sync>;

/// A file of a sample organisation.
#[derive(Clone, Debug)]
pub struct SampleFile {
    /// Where it lies.
    pub path: Utf8PathBuf,
    /// What it holds.
    pub content: SampleContent,
}

/// What a file of a sample organisation holds.
#[derive(Clone, Debug)]
pub enum SampleContent {
    /// A bill of this source.
    Bill(SourceName),
    /// Usage of this source.
    Usage(SourceName, UsageFormat),
    /// Decisions of this source.
    Decisions(SourceName),
    /// An event log of this source.
    EventLog(SourceName),
    /// A document.
    Document(DocumentKind),
    /// Budgets.
    Budgets,
}

/// How many files of a sample organisation were new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SampleLoaded {
    /// Files whose content was not there.
    pub imported: u64,
    /// Files whose content was there already.
    pub known: u64,
}

impl Farthing {
    /// Asks for the sample organisation, about so many charges, where there are no bills yet; where it is half loaded, for the rest.
    ///
    /// # Errors
    /// [`Error::Occupied`] where there are bills already, or it is being loaded.
    pub async fn ask_sample(&self, charges: Option<u64>) -> Result<JobReport, Error> {
        let filter = RunFilter { state: None, job: Some(JOB.to_owned()), before: None, limit: 100 };
        let runs = self.store.job_runs().list(&filter).await?;
        if let Some(run) = runs.iter().find(|run| matches!(run.state, RunState::Queued | RunState::Running)) {
            return Err(Error::Occupied(format!("the sample organisation is being loaded already, by run {}", run.id)));
        }
        self.refuse_bills(&runs).await.map_err(Error::Occupied)?;
        self.ask_work(JOB, &json!({"charges": charges.unwrap_or(SAMPLE_CHARGES)})).await
    }

    /// Says which bills are in the way, if any: those that no run which loads the sample brought.
    async fn refuse_bills(&self, runs: &[JobRun]) -> Result<(), String> {
        let charges = self.revisions(Dataset::Charges, None).await.map_err(|error| error.to_string())?;
        let now = self.now();
        let of_the_sample = |revision: &Revision| runs.iter().any(|run| ran_at(run, revision.imported_at, now));
        match charges.iter().find(|revision| !of_the_sample(revision)) {
            None if charges.is_empty() || runs.iter().all(|run| run.state != RunState::Done) => Ok(()),
            None => Err("the sample organisation is loaded already; nothing was done".to_owned()),
            Some(there) => Err(format!(
                "there is a bill of {} for {} already, and the sample organisation would stand among its figures; nothing was done. Give \
                 it a home of its own: `farthing --home sample demo --serve`",
                there.source, there.period
            )),
        }
    }

    /// Loads the sample organisation. Whatever it was interrupted at, the next attempt goes on there: what was imported changes nothing.
    pub(crate) async fn load_sample(&self, charges: u64, told: Told) -> Result<String, Error> {
        let nobody = || Error::Invalid("this program was built without a sample organisation".to_owned());
        let sample = self.sample.clone().ok_or_else(nobody)?;
        let filter = RunFilter { state: None, job: Some(JOB.to_owned()), before: None, limit: 100 };
        // Somebody may have imported a bill since it was asked for.
        self.refuse_bills(&self.store.job_runs().list(&filter).await?).await.map_err(Error::Invalid)?;
        let (folder, telling) = (self.home().join(FOLDER), told.clone());
        let write = move || {
            let wrote = |done: u64, of: u64| {
                telling("charges written", done, of);
            };
            sample.write(&folder, charges, &wrote).map_err(Error::Invalid)
        };
        let files = blocking(write).await?;
        let loaded = self.import_sample(&files, &self.actor, &|done, of| told("files imported", done, of)).await?;
        let plan = self.ask_work("plan-fleet", &json!({"time_limit_seconds": PLAN_SECONDS})).await?;
        let SampleLoaded { imported, known } = loaded;
        Ok(format!("{imported} files imported, {known} were there already; run {} plans its fleet.", plan.id))
    }

    /// Imports the files of a sample organisation in their order; what is there already stays as it is. `told` hears how many files of how
    /// many are done, and says whether to go on.
    ///
    /// # Errors
    /// When a file cannot be imported, or `told` says to stop; the files before it stay imported.
    pub async fn import_sample(
        &self,
        files: &[SampleFile],
        by: &str,
        told: &(dyn Fn(u64, u64) -> bool + Send + Sync),
    ) -> Result<SampleLoaded, Error> {
        let mut loaded = SampleLoaded::default();
        for (done, file) in (0..).zip(files) {
            if !told(done, files.len() as u64) {
                return Err(DecodeError::Stopped.into());
            }
            match self.import_sample_file(file, by).await? {
                true => loaded.imported += 1,
                false => loaded.known += 1,
            }
        }
        told(files.len() as u64, files.len() as u64);
        Ok(loaded)
    }

    /// True where it brought something.
    async fn import_sample_file(&self, SampleFile { path, content }: &SampleFile, by: &str) -> Result<bool, Error> {
        let (reading, paths) = (Arc::new(Reading::default()), vec![path.clone()]);
        let text = || std::fs::read_to_string(path).map_err(|source| Error::Home { path: path.to_string(), source });
        Ok(match content {
            SampleContent::Bill(source) => {
                let policy = DeliveryPolicy { only_new: true, ..DeliveryPolicy::default() };
                let request = ImportBilling { source: source.clone(), format: BillFormat::Focus, policy };
                let gathered = self.gather_bills(&paths, reading.clone()).await?;
                self.import_billing(&request, gathered, reading).await?.changed
            }
            SampleContent::Usage(source, format) => {
                let request = ImportUsage { source: source.clone(), format: format.clone() };
                let gathered = self.gather_usage(&paths, reading.clone()).await?;
                self.import_usage(&request, gathered, reading).await?.changed
            }
            SampleContent::Decisions(source) => {
                self.import_decisions(&ImportDecisions { paths, source: source.clone() }, reading).await?.changed
            }
            SampleContent::EventLog(source) => {
                let request = ImportEventLog { paths, source: source.clone(), form: EventLogForm::default() };
                self.import_event_log(&request, reading).await?.changed
            }
            SampleContent::Document(kind) => self.publish_document(*kind, &text()?, path.as_str(), by).await?.changed,
            SampleContent::Budgets => self.import_budgets(&text()?, path.as_str(), by, false, None).await?.changed,
        })
    }
}

/// True where something happened while a run was under way.
fn ran_at(run: &JobRun, moment: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    run.created_at - SKEW <= moment && moment <= run.ended_at.unwrap_or(now) + SKEW
}
