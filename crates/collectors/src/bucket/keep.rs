//! Small files that are kept in a bucket for good: each is written once and never written over.

use std::collections::BTreeSet;

use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{Error as StoreError, ObjectStore, ObjectStoreExt, PutMode, PutOptions};

use super::error::innermost;
use super::{BucketAccess, BucketAddress, BucketError};
use crate::limits::MOST_FILES;

/// Files that are read or written at the same time.
const AT_ONCE: usize = 8;
/// What is larger than this is no such file.
const LARGEST: u64 = 1 << 20;

/// Why files are not kept, or cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {said}. Check the settings that begin with s3_, and that they may list, read and put objects there")]
pub struct KeepError {
    /// Bucket and key.
    pub place: String,
    /// What the store said.
    pub said: String,
}

/// A folder of a bucket that files are kept in.
#[derive(Debug)]
pub struct Keeping {
    store: object_store::aws::AmazonS3,
    address: BucketAddress,
}

impl Keeping {
    /// The folder at `s3://BUCKET/PREFIX`. Nothing is sent yet.
    ///
    /// # Errors
    /// When it is no such address, or the settings make no client.
    pub fn open(access: &BucketAccess, address: &str) -> Result<Self, KeepError> {
        let said = |error: BucketError| match error {
            BucketError::Address { why, .. } => why,
            other => other.to_string(),
        };
        let wrong = |error| KeepError { place: address.to_owned(), said: said(error) };
        let address = BucketAddress::parse(address).map_err(wrong)?;
        let store = access.open(&address).map_err(wrong)?;
        Ok(Self { store, address })
    }

    /// The names of the files that are kept.
    ///
    /// # Errors
    /// When the bucket cannot be listed.
    pub async fn names(&self) -> Result<BTreeSet<String>, KeepError> {
        let mut listed = self.store.list(Some(self.address.prefix()));
        let mut names = BTreeSet::new();
        while let Some(object) = listed.try_next().await.map_err(|error| self.said(self.address.prefix(), &error))? {
            if names.len() >= MOST_FILES {
                return Err(KeepError {
                    place: self.address.to_string(),
                    said: format!("there are more than {MOST_FILES} objects"),
                });
            }
            let below = object.location.prefix_match(self.address.prefix()).map(|parts| parts.count());
            if below == Some(1) && object.size <= LARGEST {
                names.extend(object.location.filename().map(str::to_owned));
            }
        }
        Ok(names)
    }

    /// Writes files, each where there is none of its name: what is there stays as it is.
    ///
    /// # Errors
    /// When the store takes one of them not.
    pub async fn keep(&self, files: Vec<(String, String)>) -> Result<(), KeepError> {
        let put = |(name, text): (String, String)| async move {
            let place = self.address.prefix().clone().join(name);
            let options = PutOptions::from(PutMode::Create);
            match self.store.put_opts(&place, text.into(), options).await {
                Ok(_) | Err(StoreError::AlreadyExists { .. }) => Ok(()),
                Err(error) => Err(self.said(&place, &error)),
            }
        };
        stream::iter(files).map(put).buffer_unordered(AT_ONCE).try_collect().await
    }

    /// What files of these names hold.
    ///
    /// # Errors
    /// When one cannot be read.
    pub async fn read(&self, names: Vec<String>) -> Result<Vec<(String, String)>, KeepError> {
        let get = |name: String| async move {
            let place = self.address.prefix().clone().join(name.clone());
            let failed = |error: StoreError| self.said(&place, &error);
            let bytes = self.store.get(&place).await.map_err(failed)?.bytes().await.map_err(failed)?;
            Ok::<_, KeepError>((name, String::from_utf8_lossy(&bytes).into_owned()))
        };
        stream::iter(names).map(get).buffered(AT_ONCE).try_collect().await
    }

    fn said(&self, place: &Path, error: &StoreError) -> KeepError {
        KeepError { place: self.address.of_key(place), said: innermost(error) }
    }
}
