//! Signing the record, and writing what was signed where the database is not.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use chrono::{SecondsFormat, SubsecRound, TimeDelta};
use farthing_audit::{Checkpoint, PublicKey, SigningKey};
use farthing_collectors::bucket::{KeepError, Keeping};
use tokio::sync::watch;

use crate::home::blocking;
use crate::{Error, Farthing};

/// How often it is looked whether a checkpoint is due.
const LOOK: Duration = Duration::from_secs(60);

/// How the record of changes is signed.
#[derive(Clone, Default)]
pub struct AuditSettings {
    /// The signing key; without one the home has its own.
    pub key: Option<String>,
    /// The folder that checkpoints are written to; without one it is in the home. It belongs on another machine than the database.
    pub folder: Option<Utf8PathBuf>,
    /// The folder of a bucket that they are written to as well: `s3://BUCKET/PREFIX`.
    pub bucket: Option<String>,
    /// Keys that signed earlier.
    pub trusted: Vec<PublicKey>,
}

/// The key is never shown.
impl std::fmt::Debug for AuditSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuditSettings")
            .field("folder", &self.folder)
            .field("bucket", &self.bucket)
            .field("trusted", &self.trusted)
            .finish_non_exhaustive()
    }
}

impl Farthing {
    /// Signs the newest entry of the record and writes what was signed to the folder of checkpoints, and to the bucket where one is named; none
    /// where there is nothing new since the last time.
    ///
    /// # Errors
    /// When the key cannot be read, or folder or bucket not be written: the checkpoint is then in the database, and is written with the next one.
    pub async fn checkpoint(&self, reason: &str) -> Result<Option<Checkpoint>, Error> {
        let newest = self.store.audit().newest().await?;
        let checkpoint = match newest {
            Some(newest) => {
                let key = self.signing_key().await?;
                let at = self.now().trunc_subsecs(6).to_rfc3339_opts(SecondsFormat::Micros, true);
                let checkpoint = Checkpoint::sign(&key, &newest, at, reason.to_owned());
                self.store.audit().add_checkpoint(&checkpoint).await?.then_some(checkpoint)
            }
            None => None,
        };
        self.write_outside().await?;
        Ok(checkpoint)
    }

    /// The same after a change that is done whatever becomes of it: what goes wrong is told to whoever looks after the program.
    pub(crate) async fn checkpoint_after(&self, reason: &str) {
        if let Err(error) = self.checkpoint(reason).await {
            tracing::error!("the record could not be signed after {reason}: {error}. `farthing audit checkpoint` tries again");
        }
    }

    /// Signs the record where an hour has passed since an entry that nothing vouches for yet.
    ///
    /// # Errors
    /// As [`checkpoint`](Self::checkpoint).
    pub(crate) async fn checkpoint_when_due(&self) -> Result<(), Error> {
        let vouched = self.store.audit().checkpoints().await?.last().map_or(0, |last| last.sequence);
        let vouched = i64::try_from(vouched).unwrap_or(i64::MAX);
        let waiting = self.store.audit().after(vouched, 1).await?.pop();
        let hour_ago = (self.now() - TimeDelta::hours(1)).to_rfc3339_opts(SecondsFormat::Micros, true);
        if waiting.is_some_and(|entry| entry.at <= hour_ago) {
            self.checkpoint("hour").await?;
        }
        Ok(())
    }

    /// Does so until `stop` is true.
    pub(crate) async fn checkpoint_hourly(&self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            if let Err(error) = self.checkpoint_when_due().await {
                tracing::error!("the record could not be signed: {error}");
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                changed = stop.changed() => if changed.is_err() { return },
            }
        }
    }

    /// The key that checkpoints of this installation are verified with.
    ///
    /// # Errors
    /// When the key cannot be read.
    pub async fn audit_key(&self) -> Result<PublicKey, Error> {
        Ok(self.signing_key().await?.public())
    }

    async fn signing_key(&self) -> Result<SigningKey, Error> {
        let said = |text: &str, origin: &str| {
            text.trim().parse::<SigningKey>().map_err(|error| Error::Invalid(format!("{origin}: {error}")))
        };
        if let Some(key) = &self.audit.key {
            return said(key, "audit_key");
        }
        let file = self.home().join("audit/key");
        let text = blocking({
            let file = file.clone();
            move || own_key(&file)
        });
        said(&text.await?, file.as_str())
    }

    /// Where checkpoints are written to.
    pub(crate) fn checkpoint_folder(&self) -> Utf8PathBuf {
        self.audit.folder.clone().unwrap_or_else(|| self.home().join("audit/checkpoints"))
    }

    /// The bucket that checkpoints are written to, where one is named.
    pub(crate) fn checkpoint_bucket(&self) -> Result<Option<Keeping>, Error> {
        let wrong = |error: KeepError| Error::Invalid(format!("audit_bucket: {error}"));
        let open = |address: &String| Keeping::open(&self.buckets, address).map_err(wrong);
        self.audit.bucket.as_ref().map(open).transpose()
    }

    /// Writes the checkpoints that are not in the folder yet, and those that are not in the bucket.
    async fn write_outside(&self) -> Result<(), Error> {
        let (folder, checkpoints) = (self.checkpoint_folder(), self.store.audit().checkpoints().await?);
        let listed = checkpoints.clone();
        let in_folder = blocking(move || {
            if !listed.is_empty() {
                std::fs::create_dir_all(&folder).map_err(|source| unusable(&folder, source))?;
            }
            listed.iter().try_for_each(|checkpoint| written(&folder, checkpoint))
        });
        // A folder that cannot be written keeps none out of the bucket.
        let in_folder = in_folder.await;
        if let Some(bucket) = self.checkpoint_bucket()? {
            let there = bucket.names().await.map_err(|error| unkept(&error))?;
            let missing = checkpoints.iter().filter(|checkpoint| !there.contains(&checkpoint.file_name()));
            let files = missing.map(|checkpoint| (checkpoint.file_name(), text_of(checkpoint))).collect();
            bucket.keep(files).await.map_err(|error| unkept(&error))?;
        }
        in_folder
    }
}

/// Writes a checkpoint where there is none of its name: what is there is never written over.
fn written(folder: &Utf8Path, checkpoint: &Checkpoint) -> Result<(), Error> {
    let file = folder.join(checkpoint.file_name());
    if file.exists() {
        return Ok(());
    }
    let text = text_of(checkpoint);
    let half = folder.join(format!(".{}.{}", checkpoint.file_name(), std::process::id()));
    let write = || {
        std::fs::write(&half, text)?;
        std::fs::File::open(&half)?.sync_all()?;
        std::fs::rename(&half, &file)
    };
    write().map_err(|source| unusable(&file, source))
}

/// A checkpoint as it is written down: a line of JSON.
pub(crate) fn text_of(checkpoint: &Checkpoint) -> String {
    format!("{}\n", serde_json::to_string(checkpoint).expect("a checkpoint has names as keys"))
}

/// A bucket that cannot be written or read: it may be another time.
pub(super) fn unkept(error: &KeepError) -> Error {
    Error::Partly(format!("checkpoints of the record, {error}. What is not there yet is written with the next one"))
}

/// The key of the home, which is made where there is none: nobody but its owner may read it.
fn own_key(file: &Utf8Path) -> Result<String, Error> {
    let failed = |source| unusable(file, source);
    match std::fs::read_to_string(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        read => return read.map_err(failed),
    }
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let key = SigningKey::generate().map_err(|error| Error::Panicked(error.to_string()))?;
    let half = file.with_extension(std::process::id().to_string());
    let mut made = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&half).map_err(failed)?;
    made.write_all(key.as_bytes()).and_then(|()| made.sync_all()).map_err(failed)?;
    // Of two processes that make one at the same time the first stands, whole.
    let linked = std::fs::hard_link(&half, file);
    std::fs::remove_file(&half).map_err(failed)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(failed(error)),
        _ => std::fs::read_to_string(file).map_err(failed),
    }
}

fn unusable(path: &Utf8Path, source: std::io::Error) -> Error {
    Error::Home { path: path.to_string(), source }
}
