//! Import of decisions and their outcomes.

use std::sync::Arc;

use camino::Utf8PathBuf;
use farthing_collectors::Reading;
use farthing_collectors::decode::Content;
use farthing_store::Dataset;
use farthing_types::SourceName;

use crate::usage::EventImport;
use crate::{Error, Farthing, ImportReport};

/// What to import.
#[derive(Clone, Debug)]
pub struct ImportDecisions {
    /// Files and folders.
    pub paths: Vec<Utf8PathBuf>,
    /// The system they come from.
    pub source: SourceName,
}

impl Farthing {
    /// Imports decisions. The same content again changes nothing.
    ///
    /// # Errors
    /// When a file cannot be read. The months then stay as they were.
    pub async fn import_decisions(&self, request: &ImportDecisions, reading: Arc<Reading>) -> Result<ImportReport, Error> {
        let files = self.event_files(&request.paths, "decision")?;
        let (source, format, content) = (&request.source, "decisions", Content::Decisions);
        let import = EventImport { source, dataset: Dataset::Decisions, format, content, known_from: None };
        self.import_events(import, files, reading).await
    }
}
