//! What lies below a prefix.

use futures::TryStreamExt;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};

use super::{BucketAddress, BucketError};
use crate::limits::MOST_FILES;

/// The objects below the prefix, or the one object that the address names, in order of key.
///
/// # Errors
/// When the store refuses, or there are more objects than any delivery has.
pub(super) async fn list(store: &impl ObjectStore, address: &BucketAddress) -> Result<Vec<ObjectMeta>, BucketError> {
    let said = |error| BucketError::said(address.to_string(), &error);
    let mut objects: Vec<ObjectMeta> = Vec::new();
    let mut listed = store.list(Some(address.prefix()));
    while let Some(object) = listed.try_next().await.map_err(said)? {
        if objects.len() >= MOST_FILES {
            return Err(BucketError::TooMany { place: address.to_string() });
        }
        // An empty object is a delivery that has begun, or the mark that consoles leave for a folder.
        if object.size > 0 {
            objects.push(object);
        }
    }
    if objects.is_empty() && !address.prefix().as_ref().is_empty() {
        match store.head(address.prefix()).await {
            Ok(object) => objects.push(object),
            Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(said(error)),
        }
    }
    objects.sort_by(|a, b| a.location.cmp(&b.location));
    Ok(objects)
}

/// True where an object is still the one that was listed.
pub(super) fn is_same(listed: &ObjectMeta, now: &ObjectMeta) -> bool {
    let tags = match (&listed.e_tag, &now.e_tag) {
        (Some(listed), Some(now)) => listed == now,
        // Not every store has tags: then the time must do, which HTTP gives to the second.
        _ => listed.last_modified.timestamp() == now.last_modified.timestamp(),
    };
    tags && listed.size == now.size
}
