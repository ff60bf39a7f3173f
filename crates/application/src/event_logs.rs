//! Import of event logs of business processes.

use std::sync::Arc;

use camino::Utf8PathBuf;
use farthing_collectors::decode::Content;
use farthing_collectors::{InputFile, Reading, event_log_files, find_files};
use farthing_store::Dataset;
use farthing_types::SourceName;

pub use farthing_collectors::event_log_files::{LogForm as EventLogForm, LogFormat as EventLogFormat};

use crate::usage::EventImport;
use crate::{Error, Farthing, ImportReport};

/// What to import.
#[derive(Clone, Debug)]
pub struct ImportEventLog {
    /// Files and folders.
    pub paths: Vec<Utf8PathBuf>,
    /// The system they come from.
    pub source: SourceName,
    /// How they are written, and what they do not say themselves.
    pub form: EventLogForm,
}

impl Farthing {
    /// The files that an import of these paths would read.
    ///
    /// # Errors
    /// When a path does not exist or holds no such files.
    pub fn event_log_files(&self, paths: &[Utf8PathBuf]) -> Result<Vec<InputFile>, Error> {
        Ok(find_files(paths, &event_log_files::ENDINGS, "event log")?)
    }

    /// Imports event logs. The same content again changes nothing.
    ///
    /// # Errors
    /// When a file cannot be read. The months then stay as they were.
    pub async fn import_event_log(&self, request: &ImportEventLog, reading: Arc<Reading>) -> Result<ImportReport, Error> {
        let files = self.event_log_files(&request.paths)?;
        let format = request.form.format.map_or("event log", EventLogFormat::as_str);
        let content = Content::EventLogs { form: request.form.clone() };
        let import = EventImport { source: &request.source, dataset: Dataset::EventLogs, format, content, known_from: None };
        self.import_events(import, files, reading).await
    }
}
