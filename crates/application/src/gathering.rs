//! The files of an import, wherever they lie: on this machine, or in a bucket from which they are fetched first.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use camino::Utf8PathBuf;
use farthing_collectors::billing_export::ImportError;
use farthing_collectors::billing_export::{Bills, find_bills};
use farthing_collectors::bucket::{BucketAddress, BucketError, fetch_bills, fetch_files};
use farthing_collectors::{InputFile, Reading, find_files, usage_files};
use farthing_lake::Staging;
use farthing_store::ImportId;

use crate::uploads::is_upload;
use crate::{Error, Farthing};

/// How long a request to stop may go unnoticed.
const GLANCE: Duration = Duration::from_millis(100);

/// What an import reads. What was fetched for it goes when this is dropped.
#[derive(Debug, Default)]
pub struct GatheredBills {
    pub(crate) bills: Bills,
    fetched: Vec<Staging>,
}

impl GatheredBills {
    /// Files that lie there already.
    pub(crate) fn of(files: Vec<InputFile>) -> Self {
        Self { bills: Bills { files, unlisted: Vec::new() }, fetched: Vec::new() }
    }

    pub(crate) fn extend(&mut self, more: Self) {
        self.bills.files.extend(more.bills.files);
        self.bills.unlisted.extend(more.bills.unlisted);
        self.fetched.extend(more.fetched);
    }

    /// The files to read.
    pub fn files(&self) -> &[InputFile] {
        &self.bills.files
    }
}

impl Farthing {
    /// Finds the bills at these paths, and fetches those at an address such as `s3://bucket/prefix`. `reading` shows how far the
    /// fetching is, and can stop it.
    ///
    /// # Errors
    /// When a path does not exist or holds no billing files, a bucket cannot be read, or a delivery is not whole.
    pub async fn gather_bills(&self, paths: &[Utf8PathBuf], reading: Arc<Reading>) -> Result<GatheredBills, Error> {
        let mut gathered = GatheredBills::default();
        let mut local: Vec<Utf8PathBuf> = Vec::new();
        for path in paths {
            if is_upload(path) {
                gathered.bills.files.push(self.uploaded(path)?);
                continue;
            }
            if !BucketAddress::is_meant(path.as_str()) {
                local.push(path.clone());
                continue;
            }
            let (address, staging) = self.room_for(path, &gathered).await?;
            let bills =
                unless_stopped(fetch_bills(&self.buckets, &address, staging.path(), &reading), &address, &reading).await?;
            gathered.fetched.push(staging);
            gathered.bills.files.extend(bills.files);
            gathered.bills.unlisted.extend(bills.unlisted);
        }
        let found = find_bills(&local)?;
        gathered.bills.files.extend(found.files);
        gathered.bills.unlisted.extend(found.unlisted);
        Ok(gathered)
    }

    /// Finds the files of usage at these paths, in folders or in buckets, likewise.
    ///
    /// # Errors
    /// As [`Farthing::gather_bills`].
    pub async fn gather_usage(&self, paths: &[Utf8PathBuf], reading: Arc<Reading>) -> Result<GatheredBills, Error> {
        let mut gathered = GatheredBills::default();
        for path in paths {
            if is_upload(path) {
                gathered.bills.files.push(self.uploaded(path)?);
                continue;
            }
            if !BucketAddress::is_meant(path.as_str()) {
                gathered.bills.files.extend(find_files(std::slice::from_ref(path), &usage_files::ENDINGS, "usage")?);
                continue;
            }
            let (address, staging) = self.room_for(path, &gathered).await?;
            let wanted = (&usage_files::ENDINGS[..], "usage");
            let fetch = fetch_files(&self.buckets, &address, wanted, staging.path(), &reading);
            let files = unless_stopped(fetch, &address, &reading).await?;
            gathered.fetched.push(staging);
            gathered.bills.files.extend(files);
        }
        gathered.bills.files.dedup_by(|a, b| a.path == b.path);
        Ok(gathered)
    }

    /// An address, and an empty folder for what is fetched from there.
    async fn room_for(&self, path: &Utf8PathBuf, gathered: &GatheredBills) -> Result<(BucketAddress, Staging), Error> {
        if gathered.fetched.is_empty() {
            // What an import that died had fetched takes room that this one may need.
            self.clear_up().await?;
        }
        let staging = self.lake.stage(&format!("fetch-{}", ImportId::new(self.now())))?;
        Ok((BucketAddress::parse(path.as_str())?, staging))
    }
}

async fn unless_stopped<T>(
    fetch: impl Future<Output = Result<T, ImportError>>,
    address: &BucketAddress,
    reading: &Reading,
) -> Result<T, Error> {
    tokio::select! {
        fetched = fetch => Ok(fetched?),
        () = stopped(reading) => Err(BucketError::Stopped { place: address.to_string() }.into()),
    }
}

async fn stopped(reading: &Reading) {
    let mut tick = tokio::time::interval(GLANCE);
    while !reading.cancelled.load(Ordering::Relaxed) {
        tick.tick().await;
    }
}
