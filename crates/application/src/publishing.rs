//! From staged files to visible revisions: the part that every kind of import shares.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use camino::Utf8PathBuf;
use farthing_audit::Action;
use farthing_collectors::billing_export::{content_digest, file_digests};
use farthing_collectors::masking::Mask;
use farthing_collectors::{InputFile, Reading};
use farthing_lake::{Location, Staging, WrittenFile};
use farthing_store::{
    Dataset, Delivery as Counted, Digest, Finding as StoredFinding, ImportId, ImportedFile, Masking, NewImport, NewRevision,
    PeriodState, Publication, Restatement, Revision, RevisionFile, RevisionFilter, RevisionId, RevisionInput, RevisionTotal,
    StoreError, adjusted_by, state_of,
};
use farthing_types::{BillingPeriod, SourceName};
use serde_json::json;

use crate::deliveries::DeliveryPolicy;
use crate::home::blocking;
use crate::masking::MaskInForce;
use crate::{DecodeError, Error, Farthing, ImportReport};

/// A billing period's staged files, with what the catalogue is to know of them.
pub(crate) struct StagedPeriod {
    pub period: BillingPeriod,
    pub folder: Utf8PathBuf,
    pub files: Vec<WrittenFile>,
    pub totals: Vec<RevisionTotal>,
    pub rows: u64,
    /// The digest of the rows, whatever files they came in.
    pub rows_digest: Option<Digest>,
    /// Which of them came from which file of the import, where they lie as they were read.
    pub inputs: Vec<RevisionInput>,
}

/// An import that has begun and not ended.
pub(crate) struct Running {
    pub id: ImportId,
    pub source: SourceName,
    pub dataset: Dataset,
    pub digest: Digest,
    /// Its folder, whose lock says that it runs.
    pub staging: Staging,
    /// What its facts are masked by.
    pub masking: Option<MaskInForce>,
    /// How far it is, and whether it should go on.
    pub reading: Arc<Reading>,
}

impl Running {
    /// An error once somebody asked to stop. Until its transaction begins, an import can end without a trace.
    fn goes_on(&self) -> Result<(), DecodeError> {
        if self.reading.cancelled.load(Ordering::Relaxed) { Err(DecodeError::Stopped) } else { Ok(()) }
    }

    /// What decodes its files masks by.
    pub fn mask(&self) -> Option<Mask> {
        self.masking.as_ref().map(|masking| masking.mask.clone())
    }

    /// What the catalogue keeps of that.
    pub fn masked_by(&self) -> Option<Masking> {
        self.masking.as_ref().map(|masking| masking.recorded)
    }

    /// What to say of it, after what was read.
    pub fn masking_note(&self) -> String {
        let note = |masking: Masking| format!(" Personal data was masked by policy v{}.", masking.version);
        self.masked_by().map(note).unwrap_or_default()
    }
}

/// A staged period and the place that it gets in the catalogue.
pub(crate) struct Placement {
    pub id: RevisionId,
    pub dataset: Dataset,
    pub source: SourceName,
    pub staged: StagedPeriod,
    /// The revision that it replaces, as it was seen when this was decided.
    pub replaces: Option<RevisionId>,
    /// What it restates of that one, once that is known.
    pub restates: Option<Restatement>,
}

impl StagedPeriod {
    /// The files that hold facts; keys and roll-ups are derived and left out.
    pub fn fact_files(&self) -> Vec<Utf8PathBuf> {
        self.files.iter().filter(|file| file.rows > 0).map(|file| self.folder.join(&file.name)).collect()
    }
}

/// What there is before an import publishes.
pub(crate) struct Standing {
    /// The source's active revisions of the dataset.
    pub active: Vec<Revision>,
    events: Vec<farthing_store::PeriodEvent>,
    source: SourceName,
}

impl Standing {
    /// The revision that reports read.
    pub fn of(&self, period: BillingPeriod) -> Option<&Revision> {
        self.active.iter().find(|revision| revision.period == period)
    }

    /// True where a staged period is what reports read already.
    pub fn holds(&self, staged: &StagedPeriod, digest: Digest) -> bool {
        self.of(staged.period).is_some_and(|active| same_content(active, staged, digest))
    }

    /// Why a period cannot be replaced; `None` where it can.
    pub fn closed(&self, period: BillingPeriod) -> Option<StoreError> {
        let event = state_of(&self.events, period, &self.source).filter(|event| event.state == PeriodState::Closed)?;
        let (since, reason) = (event.at, event.reason.clone());
        Some(StoreError::PeriodClosed { period, source_name: self.source.clone(), since, reason })
    }

    /// The first open period after a closed one.
    pub fn next_open(&self, period: BillingPeriod) -> BillingPeriod {
        let mut next = period.next();
        while self.closed(next).is_some() {
            next = next.next();
        }
        next
    }
}

/// True where a revision holds the rows of a staged period; where rows have no digest, where it came from the same delivery or its files
/// are byte for byte those that are staged. So a longer log says nothing new of the months that it repeats, closed ones among them.
pub(crate) fn same_content(revision: &Revision, staged: &StagedPeriod, digest: Digest) -> bool {
    match (revision.rows_digest, staged.rows_digest) {
        (Some(there), Some(new)) => there == new,
        _ => revision.digest == digest || same_files(revision, staged),
    }
}

fn same_files(revision: &Revision, staged: &StagedPeriod) -> bool {
    let same = |(there, new): (&RevisionFile, &WrittenFile)| there.digest.to_string() == new.sha256;
    revision.files.len() == staged.files.len() && revision.files.iter().zip(&staged.files).all(same)
}

impl Farthing {
    /// Notes the beginning of an import, and ends it at once where all that came from the same files is what reports read. `read_by`
    /// is what reads the files, where they do not tell that themselves.
    pub(crate) async fn begin_import(
        &self,
        source: &SourceName,
        dataset: Dataset,
        files: &[InputFile],
        read_by: &str,
        policy: &DeliveryPolicy,
        reading: Arc<Reading>,
    ) -> Result<Result<Running, ImportReport>, Error> {
        if let Some(adjusted) = adjusted_by(source) {
            return Err(Error::Invalid(format!(
                "{source} is where the adjustments of {adjusted} are kept: nothing is imported into it. Name another source"
            )));
        }
        let masking = self.mask_in_force().await?;
        // The same files masked otherwise are other facts.
        let masked_by = masking.as_ref().map(|masking| masking.recorded.digest.to_string()).unwrap_or_default();
        let hashed = files.to_vec();
        let hashes = blocking(move || Ok(file_digests(&hashed)?)).await?;
        let files = files.iter().zip(&hashes).zip(1..).map(|((file, hash), number)| ImportedFile {
            number,
            path: file.path.to_string(),
            bytes: file.bytes,
            digest: Digest::from_bytes(*hash),
        });
        let files: Vec<ImportedFile> = files.collect();
        let digest = policy.digest(Digest::from_bytes(content_digest(hashes, &format!("{read_by}{masked_by}"))));
        self.clear_up().await?;
        let at = self.now();
        let id = ImportId::new(at);
        // Before the import is noted: whoever finds the note and no lock takes it for dead.
        let staging = self.lake.stage(&id.to_string())?;
        self.store.imports().begin(&NewImport { id, source: source.clone(), dataset, files }, at).await?;
        // A delivery of a bill can hold other datasets beside charges, or them alone.
        let looked_at = (dataset != Dataset::Charges).then_some(dataset);
        let filter = RevisionFilter { dataset: looked_at, source: Some(source.clone()), period: None };
        let mut history = self.store.revisions().history(&filter).await?;
        history.retain(|revision| revision.dataset != Dataset::LateCharges);
        let of_these_files = |revision: &&Revision| revision.digest == digest;
        let same_place = |a: &Revision, b: &Revision| (a.dataset, a.period) == (b.dataset, b.period);
        let is_read = |one: &Revision| history.iter().rfind(|other| same_place(one, other)).is_some_and(|r| r.digest == digest);
        let running = Running { id, source: source.clone(), dataset, digest, staging, masking, reading };
        let Some(before) = history.iter().rfind(of_these_files) else { return Ok(Ok(running)) };
        let is_in_force = history.iter().filter(of_these_files).all(is_read);
        let imported = before.imported_at.format("%Y-%m-%d %H:%M UTC");
        let message = match (is_in_force, policy.only_new) {
            (true, _) => format!("The same content is there already, imported {imported}. Nothing changed."),
            (false, true) => format!("The same content was imported {imported} and replaced since. Nothing changed."),
            (false, false) => return Ok(Ok(running)),
        };
        Ok(Err(self.nothing_new(&running, message).await?))
    }

    /// Ends an import that brings nothing that reports do not read already.
    pub(crate) async fn nothing_new(&self, running: &Running, message: String) -> Result<ImportReport, Error> {
        self.store.imports().nothing_new(running.id, running.digest, &message, self.now()).await?;
        Ok(ImportReport::nothing_new(running.source.clone(), running.dataset.as_str(), message))
    }

    /// What there is of an import's source, before it publishes.
    pub(crate) async fn standing(&self, running: &Running) -> Result<Standing, Error> {
        self.standing_of(&running.source, running.dataset).await
    }

    /// What there is of a source.
    pub(crate) async fn standing_of(&self, source: &SourceName, dataset: Dataset) -> Result<Standing, Error> {
        let filter = RevisionFilter { dataset: Some(dataset), source: Some(source.clone()), period: None };
        let active = self.store.revisions().active(&filter).await?;
        Ok(Standing { active, events: self.store.periods().events(None).await?, source: source.clone() })
    }

    /// Where each staged period goes: in place of the source's active revision. Periods that reports read already are left out.
    ///
    /// # Errors
    /// When one of the others is closed.
    pub(crate) fn placements(
        &self,
        running: &Running,
        standing: &Standing,
        staged: Vec<StagedPeriod>,
    ) -> Result<Vec<Placement>, Error> {
        let new = staged.into_iter().filter(|staged| !standing.holds(staged, running.digest));
        new.map(|staged| match standing.closed(staged.period) {
            Some(closed) => Err(closed.into()),
            None => {
                let replaces = standing.of(staged.period).map(|revision| revision.id);
                let (id, dataset, source) = (RevisionId::new(self.now()), running.dataset, running.source.clone());
                Ok(Placement { id, dataset, source, staged, replaces, restates: None })
            }
        })
        .collect()
    }

    /// Moves staged files to their places and makes them visible in one transaction, or leaves no trace of them.
    pub(crate) async fn publish(
        &self,
        running: &Running,
        placements: Vec<Placement>,
        format: &str,
        message: &str,
        findings: Vec<StoredFinding>,
        counted: Option<Counted>,
    ) -> Result<Vec<Revision>, Error> {
        let mut placed: Vec<Location> = Vec::new();
        let mut revisions = Vec::new();
        let mut findings = Some(findings);
        for Placement { id, dataset, source, staged, replaces, restates } in placements {
            let location = Location::new(dataset.as_str(), &source, staged.period, &id.to_string());
            let place = || running.staging.will_place(&location).and_then(|()| self.lake.place(&staged.folder, &location));
            if let Err(error) = place() {
                self.withdraw(&placed);
                return Err(error.into());
            }
            placed.push(location.clone());
            revisions.push(NewRevision {
                id,
                dataset,
                source,
                period: staged.period,
                digest: running.digest,
                rows_digest: staged.rows_digest,
                masking: running.masked_by(),
                format: format.to_owned(),
                code_version: env!("CARGO_PKG_VERSION").to_owned(),
                replaces,
                restates,
                rows: staged.rows,
                location: location.as_str().to_owned(),
                files: staged.files.iter().map(revision_file).collect::<Result<_, _>>()?,
                inputs: staged.inputs,
                totals: staged.totals,
                // Findings are about the import's files; they hang on its first revision, where `status` finds them.
                findings: findings.take().unwrap_or_default(),
            });
        }
        if let Err(stopped) = running.goes_on() {
            self.withdraw(&placed);
            return Err(stopped.into());
        }
        let publication = Publication {
            import: running.id,
            digest: running.digest,
            message: message.to_owned(),
            counted,
            revisions,
            findings: findings.unwrap_or_default(),
            run: self.run,
            at: self.now(),
        };
        match self.publish_recorded(&publication, running).await {
            Ok(revisions) => Ok(revisions),
            Err(error) => {
                self.withdraw(&placed);
                Err(error)
            }
        }
    }

    async fn publish_recorded(&self, publication: &Publication, running: &Running) -> Result<Vec<Revision>, Error> {
        let work = self.store.begin().await?;
        let revisions = work.revisions().publish(publication).await?;
        let of = |revision: &Revision| {
            json!({
                "id": revision.id.to_string(), "dataset": revision.dataset.as_str(), "period": revision.period.to_string(),
                "rows": revision.rows.to_string(), "replaces": revision.supersedes.map(|id| id.to_string()),
                "rows_sha256": revision.rows_digest.map(|digest| digest.to_string()),
            })
        };
        let details = json!({
            "import": publication.import.to_string(), "content_sha256": publication.digest.to_string(),
            "revisions": revisions.iter().map(of).collect::<Vec<_>>(),
        });
        self.record(&work, &self.actor, Action::ImportPublished, format!("source {}", running.source), details).await?;
        work.commit().await?;
        Ok(revisions)
    }

    fn withdraw(&self, placed: &[Location]) {
        for location in placed {
            self.lake.withdraw(location);
        }
    }

    /// Ends an import that could not publish: where somebody else published the same content in the meantime, there is
    /// nothing left to do.
    pub(crate) async fn not_published(&self, running: &Running, error: Error) -> Result<ImportReport, Error> {
        let Error::Store(StoreError::AlreadyPublished { .. }) = &error else { return Err(self.fail(running, error).await) };
        self.nothing_new(running, "The same content was imported by somebody else at the same time. Nothing changed.".into())
            .await
    }

    /// Notes that an import failed, and passes its error on.
    pub(crate) async fn fail(&self, running: &Running, error: Error) -> Error {
        let noted = self.store.imports().fail(running.id, &error.to_string(), &[], self.now()).await;
        if let Err(second) = noted {
            tracing::warn!(import.id = %running.id, "the failure of an import could not be noted: {second}");
        }
        error
    }
}

/// A file as the catalogue lists it.
pub(crate) fn revision_file(file: &WrittenFile) -> Result<RevisionFile, Error> {
    let digest = file.sha256.parse().map_err(|_| Error::Panicked(format!("{} has no SHA-256", file.name)))?;
    Ok(RevisionFile { path: file.name.clone(), rows: file.rows, bytes: file.bytes, digest })
}
