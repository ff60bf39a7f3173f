//! From staged files to visible revisions: the part that every kind of import shares.

use camino::Utf8PathBuf;
use farthing_collectors::InputFile;
use farthing_collectors::billing_export::content_digest;
use farthing_lake::{Location, Staging, WrittenFile};
use farthing_store::{
    Dataset, Digest, Finding as StoredFinding, ImportId, NewImport, NewRevision, Publication, Revision, RevisionFile,
    RevisionFilter, RevisionId, RevisionTotal, StoreError,
};
use farthing_types::{BillingPeriod, SourceName};

use crate::home::blocking;
use crate::{Error, Farthing, ImportReport};

/// A billing period's staged files, with what the catalogue is to know of them.
pub(crate) struct StagedPeriod {
    pub period: BillingPeriod,
    pub folder: Utf8PathBuf,
    pub files: Vec<WrittenFile>,
    pub totals: Vec<RevisionTotal>,
    pub rows: u64,
}

/// An import that has begun and not ended.
pub(crate) struct Running {
    pub id: ImportId,
    pub source: SourceName,
    pub dataset: Dataset,
    pub digest: Digest,
}

impl Farthing {
    /// Notes the beginning of an import, and ends it at once where the same content was imported before. `read_by` is what
    /// reads the files, where they do not tell that themselves.
    pub(crate) async fn begin_import(
        &self,
        source: &SourceName,
        dataset: Dataset,
        files: &[InputFile],
        read_by: &str,
    ) -> Result<Result<Running, ImportReport>, Error> {
        let (hashed, read_by) = (files.to_vec(), read_by.to_owned());
        let digest = blocking(move || Ok(content_digest(&hashed, &read_by)?)).await?;
        let digest: Digest = digest.parse().map_err(|_| Error::Panicked("a SHA-256 was not one".into()))?;
        let at = self.now();
        let id = ImportId::new(at);
        let paths = files.iter().map(|file| file.path.to_string()).collect();
        self.store.imports().begin(&NewImport { id, source: source.clone(), dataset, paths }, at).await?;
        let filter = RevisionFilter { dataset: Some(dataset), source: Some(source.clone()), period: None };
        let history = self.store.revisions().history(&filter).await?;
        let Some(before) = history.iter().find(|revision| revision.digest == digest) else {
            return Ok(Ok(Running { id, source: source.clone(), dataset, digest }));
        };
        let message = match history.iter().find(|later| later.supersedes == Some(before.id)) {
            None => format!(
                "The same content is there already, imported {}. Nothing changed.",
                before.imported_at.format("%Y-%m-%d %H:%M UTC")
            ),
            Some(later) => format!(
                "The same content was imported {} and later replaced by revision {} of {}. Nothing changed.",
                before.imported_at.format("%Y-%m-%d %H:%M UTC"),
                later.sequence,
                later.period
            ),
        };
        self.store.imports().nothing_new(id, digest, &message, self.now()).await?;
        Ok(Err(ImportReport::nothing_new(source.clone(), dataset.as_str(), message)))
    }

    /// Moves staged files to their places and makes them visible in one transaction, or leaves no trace of them.
    pub(crate) async fn publish(
        &self,
        running: &Running,
        staged: Vec<StagedPeriod>,
        format: &str,
        message: &str,
        findings: Vec<StoredFinding>,
    ) -> Result<Vec<Revision>, Error> {
        let filter = RevisionFilter { dataset: Some(running.dataset), source: Some(running.source.clone()), period: None };
        let active = self.store.revisions().active(&filter).await?;
        let mut placed: Vec<Location> = Vec::new();
        let mut revisions = Vec::new();
        let mut findings = Some(findings);
        for period in staged {
            let id = RevisionId::new(self.now());
            let location = Location::new(running.dataset.as_str(), &running.source, period.period, &id.to_string());
            if let Err(error) = self.lake.place(&period.folder, &location) {
                self.withdraw(&placed);
                return Err(error.into());
            }
            placed.push(location.clone());
            revisions.push(NewRevision {
                id,
                period: period.period,
                digest: running.digest,
                format: format.to_owned(),
                code_version: env!("CARGO_PKG_VERSION").to_owned(),
                replaces: active.iter().find(|revision| revision.period == period.period).map(|revision| revision.id),
                rows: period.rows,
                location: location.as_str().to_owned(),
                files: period.files.iter().map(revision_file).collect::<Result<_, _>>()?,
                totals: period.totals,
                // Findings are about the import's files; they hang on its first revision, where `status` finds them.
                findings: findings.take().unwrap_or_default(),
            });
        }
        let publication = Publication {
            import: running.id,
            digest: running.digest,
            message: message.to_owned(),
            revisions,
            findings: findings.unwrap_or_default(),
            at: self.now(),
        };
        match self.store.revisions().publish(&publication).await {
            Ok(revisions) => Ok(revisions),
            Err(error) => {
                self.withdraw(&placed);
                Err(error.into())
            }
        }
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
        let message = "The same content was imported by somebody else at the same time. Nothing changed.".to_owned();
        self.store.imports().nothing_new(running.id, running.digest, &message, self.now()).await?;
        Ok(ImportReport::nothing_new(running.source.clone(), running.dataset.as_str(), message))
    }

    /// Notes that an import failed, and passes its error on.
    pub(crate) async fn fail(&self, running: &Running, error: Error) -> Error {
        let noted = self.store.imports().fail(running.id, &error.to_string(), &[], self.now()).await;
        if let Err(second) = noted {
            tracing::warn!(import.id = %running.id, "the failure of an import could not be noted: {second}");
        }
        error
    }

    /// A folder to stage an import in.
    pub(crate) fn staging(&self, running: &Running) -> Result<Staging, Error> {
        Ok(self.lake.stage(&running.id.to_string())?)
    }
}

fn revision_file(file: &WrittenFile) -> Result<RevisionFile, Error> {
    let digest = file.sha256.parse().map_err(|_| Error::Panicked(format!("{} has no SHA-256", file.name)))?;
    Ok(RevisionFile { path: file.name.clone(), rows: file.rows, bytes: file.bytes, digest })
}
