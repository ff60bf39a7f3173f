//! What an import would bring, found out without bringing it: the files are read as an import reads them, and nothing is published.

use std::sync::Arc;

use chrono::TimeDelta;
use farthing_collectors::decode::{Content, Decoded, Job};
use farthing_collectors::source::{Calls, Content as Collectable};
use farthing_collectors::{InputFile, Reading};
use farthing_lake::{reread_charges, reread_rows};
use farthing_store::{Dataset, ImportId, RevisionFilter};
use farthing_types::{BillingPeriod, SourceName, Window};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::billing::{file_line, staged_period};
use crate::collect::{Spendings, sources_of};
use crate::home::blocking;
use crate::import_report::{FileLine, PeriodTotal, period_totals};
use crate::usage::line;
use crate::{Error, Farthing, JobReport, uploads};

/// Files that were received, to be imported or checked
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskedImport {
    /// `billing`, `usage` or `decisions`.
    pub what: String,
    /// The source that they belong to.
    #[schema(value_type = String)]
    pub source: SourceName,
    /// The ids of the files.
    pub uploads: Vec<String>,
    /// What bills are, as `farthing formats` lists them, `auto` without it; how usage is written.
    pub format: Option<String>,
    /// True to be told what an import would bring, and to import nothing.
    #[serde(default)]
    pub check: bool,
}

/// What was found out.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Checked {
    /// What there is to say.
    pub notes: Vec<String>,
    /// How many calls were made for it.
    pub calls: u64,
    /// What would be imported, by source and kind of facts.
    pub imports: Vec<CheckedImport>,
}

/// What one import would bring.
#[derive(Clone, Debug, Serialize)]
pub struct CheckedImport {
    /// The source that it would belong to.
    pub source: SourceName,
    /// `charges`, `usage` or `decisions`.
    pub dataset: &'static str,
    /// Rows read.
    pub rows: u64,
    /// Rows that would be set aside.
    pub set_aside: u64,
    /// Each file, with what was found in it.
    pub files: Vec<FileLine>,
    /// Each billing period that would get a revision.
    pub periods: Vec<CheckedPeriod>,
}

/// A billing period that an import would bring.
#[derive(Clone, Debug, Serialize)]
pub struct CheckedPeriod {
    /// The period.
    pub period: BillingPeriod,
    /// How many facts.
    pub rows: u64,
    /// Its sums, for charges.
    pub totals: Vec<PeriodTotal>,
    /// True where the source has facts of the period already, which the import would replace.
    pub replaces: bool,
}

impl Checked {
    /// In one sentence.
    pub fn summary(&self) -> String {
        let rows: u64 = self.imports.iter().map(|import| import.rows).sum();
        let aside: u64 = self.imports.iter().map(|import| import.set_aside).sum();
        match self.imports.is_empty() {
            true => "There was nothing to import; nothing was.".to_owned(),
            false => format!("{rows} rows can be read, {aside} of them would be set aside; nothing was imported."),
        }
    }
}

impl Farthing {
    /// Asks for a run that imports files that were received, or says what that would bring.
    ///
    /// # Errors
    /// When there is no such file, or the request makes no sense.
    pub async fn ask_import(&self, asked: &AskedImport) -> Result<JobReport, Error> {
        let paths: Vec<_> = asked.uploads.iter().map(|id| uploads::address(id)).collect();
        for path in &paths {
            self.uploaded(path)?;
        }
        let mut with = json!({"source": asked.source, "paths": paths});
        if let Some(format) = &asked.format {
            with["format"] = json!(format);
        }
        let kind = format!("import-{}", asked.what);
        if !["billing", "usage", "decisions"].contains(&asked.what.as_str()) {
            return Err(Error::Invalid(format!("what: {:?} is none of billing, usage and decisions", asked.what)));
        }
        match asked.check {
            true => self.ask_work("check-import", &json!({"kind": kind, "with": with})).await,
            false => self.ask_work(&kind, &with).await,
        }
    }

    /// Reads files as an import of this source would, and says what is in them.
    pub(crate) async fn look_into(
        &self,
        source: &SourceName,
        content: Content,
        files: Vec<InputFile>,
        reading: Arc<Reading>,
    ) -> Result<CheckedImport, Error> {
        let staging = self.lake.stage(&format!("check-{}", ImportId::new(self.now())))?;
        let mask = self.mask_in_force().await?.map(|masking| masking.mask);
        let (dataset, format) = match &content {
            Content::Charges { .. } => (Dataset::Charges, String::new()),
            Content::Usage { format, .. } => (Dataset::Usage, format.as_str().to_owned()),
            Content::Decisions => (Dataset::Decisions, "decisions".to_owned()),
            Content::EventLogs { .. } => (Dataset::EventLogs, String::new()),
        };
        let job = Job { files: files.clone(), staging: staging.path().to_owned(), content, mask };
        let (folder, source) = (staging.path().to_owned(), source.clone());
        let (lines, mut periods) = match self.decode(job, reading).await? {
            Decoded::Charges(imported) => {
                let lines: Vec<FileLine> = imported.files.iter().map(file_line).collect();
                let read = move || Ok(reread_charges(&folder, &imported.periods)?);
                let staged = blocking(read).await?.into_iter().map(staged_period).collect::<Result<Vec<_>, Error>>()?;
                let period = |staged: crate::publishing::StagedPeriod| CheckedPeriod {
                    period: staged.period,
                    rows: staged.rows,
                    totals: period_totals(&staged.totals),
                    replaces: false,
                };
                (lines, staged.into_iter().map(period).collect::<Vec<_>>())
            }
            Decoded::Events(events) => {
                let lines = files.iter().zip(events.files).map(|(file, report)| line(file, &format, report)).collect();
                let months = events.months;
                let read = move || {
                    let month = |month: farthing_collectors::usage_files::StagedMonth| {
                        let period = month.period;
                        let found = |()| CheckedPeriod { period, rows: month.file.rows, totals: Vec::new(), replaces: false };
                        reread_rows(&folder, period, &month.file).map(found)
                    };
                    Ok(months.into_iter().map(month).collect::<Result<Vec<_>, _>>()?)
                };
                (lines, blocking(read).await?)
            }
        };
        drop(staging);
        let filter = RevisionFilter { dataset: Some(dataset), source: Some(source.clone()), period: None };
        let there = self.store.revisions().active(&filter).await?;
        for period in &mut periods {
            period.replaces = there.iter().any(|revision| revision.period == period.period);
        }
        let rows = lines.iter().map(|line| line.rows).sum();
        let set_aside = lines.iter().map(|line| line.set_aside).sum();
        Ok(CheckedImport { source, dataset: dataset.as_str(), rows, set_aside, files: lines, periods })
    }

    /// Asks a source of a draft of the document of sources for the month under way, on its first day for the one before, and says what it
    /// answered. Of a source of several parts the first is asked. What its calls cost is noted as that of any.
    pub(crate) async fn check_source(&self, name: &SourceName, draft: &str) -> Result<Checked, Error> {
        let sources = sources_of(draft, "the draft")?;
        let configured = sources.get(name).ok_or_else(|| Error::Nothing(format!("the draft has no source {name}")))?;
        let source = configured.open(&self.secrets)?;
        let now = self.now();
        let beyond = || Error::Invalid("the clock is beyond the calendar".to_owned());
        let period = BillingPeriod::of(now - TimeDelta::days(1)).ok_or_else(beyond)?;
        let month = BillingPeriod::of(now).ok_or_else(beyond)?;
        let window = Window { from: period.start(), to: period.end().min(now) };
        let parts = source.parts();
        let Some(part) = parts.first() else { return Ok(Checked::default()) };
        let budget = configured.common.monthly_budget.map(|budget| budget.0);
        let calls = Calls::new(part.clone(), month, budget, self.patience, Arc::new(Spendings(self.store.clone())));
        let (collected, staging) = self.fetch(&*source, part, period, window, now, &calls).await?;
        let mut checked = Checked { notes: collected.notes, ..Checked::default() };
        for delivery in collected.deliveries {
            let content = match delivery.content {
                Collectable::Charges(format) => Content::Charges { format, each_row_once: true },
                Collectable::Usage(format) => Content::Usage { format, source: part.clone() },
            };
            checked.imports.push(self.look_into(part, content, delivery.files, Arc::default()).await?);
        }
        drop(staging);
        if parts.len() > 1 {
            checked.notes.push(format!("asked {part}, the first of {}", parts.len()));
        }
        checked.calls = calls.made();
        Ok(checked)
    }
}
