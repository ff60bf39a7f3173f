//! The bills of an import, wherever they lie: on this machine, or in a bucket from which they are fetched first.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use camino::Utf8PathBuf;
use farthing_collectors::billing_export::{Bills, find_bills};
use farthing_collectors::bucket::{BucketAddress, BucketError, fetch_bills};
use farthing_collectors::{InputFile, Reading};
use farthing_lake::Staging;
use farthing_store::ImportId;

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
            if !BucketAddress::is_meant(path.as_str()) {
                local.push(path.clone());
                continue;
            }
            if gathered.fetched.is_empty() {
                // What an import that died had fetched takes room that this one may need.
                self.clear_up().await?;
            }
            let address = BucketAddress::parse(path.as_str())?;
            let staging = self.lake.stage(&format!("fetch-{}", ImportId::new(self.now())))?;
            let fetch = fetch_bills(&self.buckets, &address, staging.path(), &reading);
            let bills = tokio::select! {
                bills = fetch => bills?,
                () = stopped(&reading) => return Err(BucketError::Stopped { place: address.to_string() }.into()),
            };
            gathered.fetched.push(staging);
            gathered.bills.files.extend(bills.files);
            gathered.bills.unlisted.extend(bills.unlisted);
        }
        let found = find_bills(&local)?;
        gathered.bills.files.extend(found.files);
        gathered.bills.unlisted.extend(found.unlisted);
        Ok(gathered)
    }
}

async fn stopped(reading: &Reading) {
    let mut tick = tokio::time::interval(GLANCE);
    while !reading.cancelled.load(Ordering::Relaxed) {
        tick.tick().await;
    }
}
