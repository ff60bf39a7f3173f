//! What there is, how fresh it is, and whether the installation is sound.

use chrono::{DateTime, Utc};
use farthing_store::{CollectionGap, Dataset, Finding as StoredFinding, Import, ImportId, ImportOutcome, Revision};
use farthing_types::{BillingPeriod, SourceName};
use serde::Serialize;
use utoipa::ToSchema;

use crate::import_report::{PeriodTotal, period_totals};
use crate::recovery::DIED;
use crate::{CollectionStatus, Error, Farthing, MissingHours, ScheduleStatus};

/// The state of every source.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = SourcesStatus)]
pub struct Status {
    /// The moment that it shows.
    pub as_of: DateTime<Utc>,
    /// Each source and period.
    pub periods: Vec<PeriodStatus>,
    /// The last import of each source that did not end well.
    pub failures: Vec<String>,
    /// What runs by itself, as it is now: nothing of it is told of an earlier moment.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub schedules: Vec<ScheduleStatus>,
    /// How the collecting of sources stands; empty as of an earlier moment.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub collections: Vec<CollectionStatus>,
}

/// A source's facts of one period.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PeriodStatus {
    /// The source.
    pub source: SourceName,
    /// `charges`, `usage` or `decisions`.
    pub dataset: &'static str,
    /// The period.
    pub period: BillingPeriod,
    /// How it was read.
    pub format: String,
    /// The number of the current revision.
    pub sequence: u64,
    /// Its id.
    pub revision: String,
    /// How many facts.
    pub rows: u64,
    /// How many kinds of findings.
    pub findings: u64,
    /// When it was imported.
    pub imported_at: DateTime<Utc>,
    /// The version of the policy that personal data in it was masked by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub masked_by: Option<u64>,
    /// Its sums, for charges.
    pub totals: Vec<PeriodTotal>,
    /// Hours that nobody collected before their source no longer had them: the period is partial. As it is now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<MissingHours>,
}

/// One check of the installation.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// What was looked at.
    pub what: String,
    /// Whether it is as it should be.
    pub ok: bool,
    /// What was found.
    pub found: String,
}

/// What is missing of a revision of usage.
fn missing(gaps: &[CollectionGap], revision: &Revision) -> Vec<MissingHours> {
    let of_this = |gap: &&CollectionGap| {
        revision.dataset == Dataset::Usage && gap.source == revision.source && gap.period == revision.period
    };
    gaps.iter().filter(of_this).map(MissingHours::from).collect()
}

impl Farthing {
    /// What there is, by source and period.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn status(&self) -> Result<Status, Error> {
        let schedules = if self.moment.is_none() { self.schedules().await? } else { Vec::new() };
        let mut status =
            Status { as_of: self.stated_moment(), periods: Vec::new(), failures: Vec::new(), schedules, collections: Vec::new() };
        let gaps = if self.moment.is_none() { self.store.collections().gaps(None).await? } else { Vec::new() };
        for source in self.store.status(self.moment).await? {
            status.periods.extend(source.active.iter().map(|revision| PeriodStatus {
                source: revision.source.clone(),
                dataset: revision.dataset.as_str(),
                period: revision.period,
                format: revision.format.clone(),
                sequence: revision.sequence,
                revision: revision.id.to_string(),
                rows: revision.rows,
                findings: revision.findings,
                imported_at: revision.imported_at,
                masked_by: revision.masking.map(|masking| masking.version),
                totals: period_totals(&revision.totals),
                missing: missing(&gaps, revision),
            }));
            if let Some(import) = source.last_import
                && matches!(import.outcome, Some(ImportOutcome::Failed | ImportOutcome::Died))
            {
                status.failures.push(format!("{}: {}", source.name, import.message.unwrap_or_default()));
            }
        }
        if self.moment.is_none() {
            status.collections = self.collections().await?;
        }
        // Who was killed could not note it: the lock that it no longer holds says so.
        let dead = if self.moment.is_none() { self.dead_imports().await? } else { Vec::new() };
        let since = |import: &Import| import.started_at.format("%Y-%m-%d %H:%M UTC").to_string();
        status.failures.extend(dead.iter().map(|import| format!("{}, begun {}: {DIED}", import.source, since(import))));
        Ok(status)
    }

    /// What the imports of a source's current revisions found.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn findings(&self) -> Result<Vec<(SourceName, StoredFinding)>, Error> {
        let mut found = Vec::new();
        for source in self.store.status(self.moment).await? {
            for revision in &source.active {
                let findings = self.store.findings().of_revision(revision.id, 1_000).await?;
                found.extend(findings.into_iter().map(|finding| (source.name.clone(), finding)));
            }
        }
        Ok(found)
    }

    /// Checks what the program needs: database, lake, facts where the catalogue says they are, documents.
    pub async fn doctor(&self) -> Vec<Check> {
        let mut checks = Vec::new();
        let mut check = |what: &str, result: Result<String, String>| {
            let (ok, found) = match result {
                Ok(found) => (true, found),
                Err(found) => (false, found),
            };
            checks.push(Check { what: what.to_owned(), ok, found });
        };
        check("home", Ok(self.home().to_string()));
        check("database", self.store.ping().await.map(|()| format!("{:?}", self.store.backend())).map_err(|e| e.to_string()));
        let probe = self
            .lake
            .stage(&format!("doctor-{}", ImportId::new(self.now())))
            .map(|_| format!("{} is writable", self.lake.root()))
            .map_err(|e| e.to_string());
        check("lake", probe);
        check("facts", self.missing_files().await);
        for kind in [crate::DocumentKind::Rules, crate::DocumentKind::People, crate::DocumentKind::Fleet] {
            let name = format!("{kind:?}").to_lowercase();
            let found =
                self.document(kind).await.map(|document| format!("version {}", document.version)).map_err(|e| e.to_string());
            check(&name, found);
        }
        checks
    }

    async fn missing_files(&self) -> Result<String, String> {
        let mut files = 0;
        for source in self.store.status(None).await.map_err(|error| error.to_string())? {
            for revision in &source.active {
                for file in &revision.files {
                    let path = self.folder(revision).join(&file.path);
                    let size = std::fs::metadata(&path)
                        .map(|m| m.len())
                        .map_err(|error| format!("{path}: {error}; import its files again"))?;
                    if size != file.bytes {
                        return Err(format!(
                            "{path}: {size} bytes, the catalogue says {}; restore it or import its files again",
                            file.bytes
                        ));
                    }
                    files += 1;
                }
            }
        }
        Ok(format!("{files} files, all there"))
    }
}
