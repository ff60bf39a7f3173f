//! Verifying the record from its beginning.

use std::io::ErrorKind;

use camino::{Utf8Path, Utf8PathBuf};
use farthing_audit::{Chain, Checkpoint, Problem, PublicKey, Verification};
use serde::Serialize;

use super::checkpoints::unkept;
use crate::home::blocking;
use crate::{Error, Farthing};

/// How many entries are read at once.
const PAGE: u64 = 2_000;

/// What the record is held against, beside the installation's own.
#[derive(Clone, Debug, Default)]
pub struct VerifyAudit {
    /// Folders of checkpoints that were kept elsewhere.
    pub folders: Vec<Utf8PathBuf>,
    /// Keys that may have signed checkpoints.
    pub keys: Vec<PublicKey>,
}

/// What a verification found.
#[derive(Clone, Debug, Serialize)]
pub struct AuditReport {
    /// What was found, problems among it.
    #[serde(flatten)]
    pub verification: Verification,
    /// Each problem in a sentence.
    pub said: Vec<String>,
    /// The key of this installation.
    pub public_key: PublicKey,
    /// The folders and buckets whose checkpoints were held against the record.
    pub folders: Vec<Utf8PathBuf>,
}

impl AuditReport {
    /// In a sentence.
    pub fn summary(&self) -> String {
        let Verification { entries, vouched_up_to, problems, .. } = &self.verification;
        let later = entries.saturating_sub(*vouched_up_to);
        match (problems.len(), *vouched_up_to, later) {
            (0, _, _) if *entries == 0 => "The record is empty.".to_owned(),
            (0, 0, _) => format!("{entries} entries, chained as they were written; no checkpoint vouches for any of them yet."),
            (0, vouched, 0) => {
                format!("{entries} entries, all as they were written; a checkpoint vouches for all, up to {vouched}.")
            }
            (0, vouched, later) => format!(
                "{entries} entries, all as they were written; a checkpoint vouches for those up to {vouched}, and {later} came after it."
            ),
            (1, _, _) => format!("{entries} entries, and 1 problem: the record is not as it was written."),
            (many, _, _) => format!("{entries} entries, and {many} problems: the record is not as it was written."),
        }
    }
}

impl Farthing {
    /// Reads the whole record and says whether it is as it was written: hashes, order, signatures, and checkpoints written outside.
    ///
    /// # Errors
    /// When the database or a folder cannot be read. What is wrong with the record is no error but the answer.
    pub async fn verify_audit(&self, query: &VerifyAudit) -> Result<AuditReport, Error> {
        let public_key = self.audit_key().await?;
        let trusted: Vec<PublicKey> = [public_key].iter().chain(&query.keys).chain(&self.audit.trusted).copied().collect();
        let mut folders = query.folders.clone();
        folders.insert(0, self.checkpoint_folder());
        folders.dedup();
        let (mut outside, mut unreadable) = (Vec::new(), Vec::new());
        for (at, folder) in folders.iter().enumerate() {
            let read = folder.clone();
            let (there, problems) = blocking(move || checkpoints_in(&read, at > 0)).await?;
            outside.extend(there);
            unreadable.extend(problems);
        }
        if let Some(bucket) = self.checkpoint_bucket()? {
            let names = bucket.names().await.map_err(|error| unkept(&error))?.into_iter().filter(|name| is_checkpoint(name));
            for (name, text) in bucket.read(names.collect()).await.map_err(|error| unkept(&error))? {
                match serde_json::from_str(&text) {
                    Ok(checkpoint) => outside.push(checkpoint),
                    Err(error) => unreadable.push(Problem::Unreadable { file: name, why: error.to_string() }),
                }
            }
            folders.extend(self.audit.bucket.as_ref().map(Utf8PathBuf::from));
        }
        let mut chain = Chain::new(&self.store.audit().checkpoints().await?, &outside, &trusted);
        let mut after = i64::MIN;
        loop {
            let entries = self.store.audit().after(after, PAGE).await?;
            let Some(last) = entries.last() else { break };
            after = i64::try_from(last.sequence).unwrap_or(i64::MAX);
            entries.iter().for_each(|entry| chain.take(entry));
            if (entries.len() as u64) < PAGE {
                break;
            }
        }
        let mut verification = chain.end();
        verification.problems.extend(unreadable);
        let said = verification.problems.iter().map(ToString::to_string).collect();
        Ok(AuditReport { verification, said, public_key, folders })
    }
}

fn is_checkpoint(name: &str) -> bool {
    name.starts_with("checkpoint-") && name.ends_with(".json")
}

/// The checkpoints in a folder by name, and the files that should be and are not. The installation's own folder may be missing: it has then
/// written none.
fn checkpoints_in(folder: &Utf8Path, must_exist: bool) -> Result<(Vec<Checkpoint>, Vec<Problem>), Error> {
    let failed = |source| Error::Home { path: folder.to_string(), source };
    let listed = match folder.read_dir_utf8() {
        Err(error) if error.kind() == ErrorKind::NotFound && !must_exist => return Ok((Vec::new(), Vec::new())),
        listed => listed.map_err(failed)?,
    };
    let mut files = Vec::new();
    for entry in listed {
        let path = entry.map_err(failed)?.into_path();
        if path.file_name().is_some_and(is_checkpoint) {
            files.push(path);
        }
    }
    files.sort();
    let (mut checkpoints, mut problems) = (Vec::new(), Vec::new());
    for file in files {
        let read = std::fs::read_to_string(&file).map_err(|error| error.to_string());
        match read.and_then(|text| serde_json::from_str(&text).map_err(|error| error.to_string())) {
            Ok(checkpoint) => checkpoints.push(checkpoint),
            Err(why) => problems.push(Problem::Unreadable { file: file.to_string(), why }),
        }
    }
    Ok((checkpoints, problems))
}
