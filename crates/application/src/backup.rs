//! Backup and restore: both copy one installation to another, empty one. A backup is a home of its own, with SQLite, whatever database
//! its original has: it can be looked at, verified and asked for reports.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use farthing_lake::{Lake, Listed, Location, copy_revision};
use serde::Serialize;

use crate::home::{blocking, connect, made};
use crate::{Error, Farthing, Settings, VerifyLake, Verifying};

/// What was copied, and found to be the same.
#[derive(Clone, Debug, Serialize)]
pub struct InstallationCopy {
    /// The moment that the copy shows.
    pub as_of: DateTime<Utc>,
    /// From which home.
    pub from: String,
    /// To which.
    pub to: String,
    /// Rows of the database.
    pub database_rows: u64,
    /// Revisions, those that were replaced among them.
    pub revisions: u64,
    /// Their files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Farthing {
    /// Copies everything to another installation, which must be empty, as of one moment; imports may go on meanwhile. Then the copy is
    /// opened and compared: every row of the database, and every file by its SHA-256, rows and sums.
    ///
    /// # Errors
    /// When the other one is not empty or cannot be written, or the copy is not the same. What was copied until then is visible
    /// nowhere: the database comes last, and the same command may be run again.
    pub async fn copy_to(&self, settings: &Settings) -> Result<InstallationCopy, Error> {
        let as_of = self.now();
        let home = made(&settings.home)?;
        if home == *self.home() {
            return Err(Error::Invalid(format!("{home} cannot be copied to itself: name another, empty folder")));
        }
        let store = connect(settings, &home).await?;
        if store.pending_migrations().await? != farthing_store::known_migrations() {
            return Err(Error::Invalid(format!(
                "the database of {home} has tables already: a copy needs an empty one. Nothing was changed"
            )));
        }
        let mut text = Vec::new();
        let dump = self.store.dump(&mut text).await?;
        let lake = Lake::open(home.join("lake"))?;
        for revision in &dump.revisions {
            let location = Location::from_stored(&revision.location);
            let (lake, listed) = (lake.clone(), self.listed(revision));
            blocking(move || copied(&listed, &lake, &location)).await?;
        }
        store.load(&mut text.as_slice()).await?;
        store.close().await?;
        let copy = Self::open(settings, self.clock.clone(), self.decoder.clone()).await?;
        copy.is_same(&text).await?;
        let files = dump.revisions.iter().flat_map(|revision| &revision.files);
        Ok(InstallationCopy {
            as_of,
            from: self.home().to_string(),
            to: home.to_string(),
            database_rows: dump.rows,
            revisions: dump.revisions.len() as u64,
            files: files.clone().count() as u64,
            bytes: files.map(|file| file.bytes).sum(),
        })
    }

    /// Compares this installation with what it was made of.
    async fn is_same(&self, text: &[u8]) -> Result<(), Error> {
        let mut there = Vec::new();
        self.store.dump(&mut there).await?;
        if there != text {
            let line =
                there.split(|byte| *byte == b'\n').zip(text.split(|byte| *byte == b'\n')).take_while(|(a, b)| a == b).count();
            let why = format!("line {} of the database is another one in the copy", line + 1);
            return Err(Error::Changed(format!("{why}; do not use {}", self.home())));
        }
        let verified = self.verify_lake(&VerifyLake::default(), Arc::new(Verifying::default())).await?;
        match verified.differences.first() {
            None => Ok(()),
            Some(first) => {
                let first = serde_json::to_string(first).unwrap_or_default();
                Err(Error::Changed(format!("the copied facts are not the same: {first}; do not use {}", self.home())))
            }
        }
    }
}

fn copied(listed: &Listed, lake: &Lake, location: &Location) -> Result<(), Error> {
    // What a copy left that broke off.
    lake.remove(location)?;
    let folder = lake.path(location);
    std::fs::create_dir_all(&folder).map_err(|source| Error::Home { path: folder.to_string(), source })?;
    Ok(copy_revision(listed, &folder)?)
}
