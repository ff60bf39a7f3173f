//! From a listing to files of this machine.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::ops::Range;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::atomic::Ordering;

use camino::{Utf8Path, Utf8PathBuf};
use futures::{StreamExt, TryStreamExt, stream};
use object_store::{GetOptions, GetRange, ObjectMeta, ObjectStore};

use super::listing::{is_same, list};
use super::{BucketAccess, BucketAddress, BucketError};
use crate::billing_export::manifest::{Entry, Listed, follow, may_be_manifest};
use crate::billing_export::{Bills, ENDINGS, ImportError};
use crate::{InputFile, Promise, Reading};

/// How much of an object one request asks for. A request that breaks off is repeated, and no more than this with it.
const PIECE: u64 = 16 << 20;
/// Objects that are fetched at the same time.
const AT_ONCE: usize = 4;

/// One delivery, as it was listed.
struct Delivery<'a, S> {
    store: &'a S,
    address: &'a BucketAddress,
    reading: &'a Reading,
}

/// An object that belongs to the delivery.
struct Wanted<'a> {
    object: &'a ObjectMeta,
    promised: Promise,
    /// True where a manifest lists it or the address names it.
    named: bool,
}

/// The bills at an address, fetched to the folder `to`, which must be there and be this import's own. Where there are manifests, only
/// what the newest of them list is fetched.
///
/// `reading` shows how many bytes there are to come and how many came, and can stop it.
///
/// # Errors
/// When the store cannot be read, a delivery is not whole or changes meanwhile, or a limit is reached.
pub async fn fetch_bills(
    access: &BucketAccess,
    address: &BucketAddress,
    to: &Utf8Path,
    reading: &Reading,
) -> Result<Bills, ImportError> {
    let store = access.open(address)?;
    let delivery = Delivery { store: &store, address, reading };
    let objects = list(&store, address).await?;
    let (entries, by_path) = entries(address, &objects);
    delivery.check_size(entries.iter().filter(|entry| may_be_manifest(entry)).map(|entry| entry.bytes), access.most_bytes)?;
    let manifests = delivery.manifests(&entries, &by_path).await?;
    let followed = follow(&entries, |path: &str| Ok::<_, ImportError>(manifests.get(path).cloned().unwrap_or_default()));
    let followed = followed.map_err(|error| named(error, address))?;
    let is_bill = |path: &str| has_ending(path, &ENDINGS);
    let wanted: Vec<Wanted<'_>> = match &followed {
        Some(followed) => followed.files.iter().map(|(path, listed)| Wanted::listed(by_path[path.as_str()], listed)).collect(),
        None => delivery.found(&objects, &entries, &by_path, &ENDINGS),
    };
    if wanted.is_empty() {
        return Err(BucketError::Nothing { place: address.to_string(), wanted: "billing", seen: objects.len() }.into());
    }
    delivery.check_size(wanted.iter().map(|wanted| wanted.object.size), access.most_bytes)?;
    let files = delivery.fetch(&wanted, to).await?;
    let read = entries.iter().filter(|entry| manifests.contains_key(&entry.path)).map(|entry| by_path[&entry.path]);
    delivery.check_unchanged(read.chain(wanted.iter().map(|wanted| wanted.object))).await?;
    let unlisted = entries.iter().filter(|entry| {
        followed.as_ref().is_some_and(|followed| {
            is_bill(&entry.path) && !followed.files.contains_key(&entry.path) && !followed.manifests.contains(&entry.path)
        })
    });
    let unlisted = unlisted.map(|entry| address.of_key(&by_path[entry.path.as_str()].location).into()).collect();
    Ok(Bills { files, unlisted })
}

/// The files at an address whose names end so, fetched in the same way. Nothing is taken for a manifest; `wanted` says what is looked for,
/// for a message.
///
/// # Errors
/// As [`fetch_bills`].
pub async fn fetch_files(
    access: &BucketAccess,
    address: &BucketAddress,
    (endings, wanted): (&[&str], &'static str),
    to: &Utf8Path,
    reading: &Reading,
) -> Result<Vec<InputFile>, ImportError> {
    let store = access.open(address)?;
    let delivery = Delivery { store: &store, address, reading };
    let objects = list(&store, address).await?;
    let (entries, by_path) = entries(address, &objects);
    let found = delivery.found(&objects, &entries, &by_path, endings);
    if found.is_empty() {
        return Err(BucketError::Nothing { place: address.to_string(), wanted, seen: objects.len() }.into());
    }
    delivery.check_size(found.iter().map(|found| found.object.size), access.most_bytes)?;
    let files = delivery.fetch(&found, to).await?;
    delivery.check_unchanged(found.iter().map(|found| found.object)).await?;
    Ok(files)
}

/// The listing with paths below the prefix, as manifests know them.
fn entries<'a>(address: &BucketAddress, objects: &'a [ObjectMeta]) -> (Vec<Entry>, BTreeMap<String, &'a ObjectMeta>) {
    let below = |object: &ObjectMeta| match object.location.prefix_match(address.prefix()) {
        Some(parts) => parts.map(|part| part.as_ref().to_owned()).collect::<Vec<_>>().join("/"),
        None => String::new(),
    };
    let path = |object: &ObjectMeta| match below(object) {
        // The address named the object itself.
        path if path.is_empty() => object.location.filename().unwrap_or_default().to_owned(),
        path => path,
    };
    let by_path: BTreeMap<String, &ObjectMeta> = objects.iter().map(|object| (path(object), object)).collect();
    (by_path.iter().map(|(path, object)| Entry { path: path.clone(), bytes: object.size }).collect(), by_path)
}

/// Whether a name ends in one of these. A file that names itself hidden is not looked at, as in a folder.
fn has_ending(path: &str, endings: &[&str]) -> bool {
    let is_hidden = path.rsplit('/').next().is_some_and(|name| name.starts_with('.'));
    !is_hidden && endings.iter().any(|ending| path.to_ascii_lowercase().ends_with(ending))
}

/// Paths in messages of manifests are those below the prefix.
fn named(error: ImportError, address: &BucketAddress) -> ImportError {
    match error {
        ImportError::Manifest(error) => error.below(address.to_string().trim_end_matches('/')).into(),
        error => error,
    }
}

impl<'a> Wanted<'a> {
    fn listed(object: &'a ObjectMeta, listed: &Listed) -> Self {
        let promised = Promise { rows: listed.rows, format: listed.format.map(str::to_owned) };
        Self { object, promised, named: true }
    }

    fn found(object: &'a ObjectMeta, named: bool) -> Self {
        Self { object, promised: Promise::default(), named }
    }
}

impl<S: ObjectStore> Delivery<'_, S> {
    /// The object that the address names, or those below it whose names end so.
    fn found<'o>(
        &self,
        objects: &[ObjectMeta],
        entries: &[Entry],
        by_path: &BTreeMap<String, &'o ObjectMeta>,
        endings: &[&str],
    ) -> Vec<Wanted<'o>> {
        let is_named = objects.len() == 1 && objects[0].location == *self.address.prefix();
        let found = entries.iter().filter(|entry| is_named || has_ending(&entry.path, endings));
        found.map(|entry| Wanted::found(by_path[entry.path.as_str()], is_named)).collect()
    }

    fn check_size(&self, sizes: impl Iterator<Item = u64>, most: u64) -> Result<(), BucketError> {
        let bytes = sizes.fold(0, u64::saturating_add);
        if bytes > most {
            return Err(BucketError::TooLarge { place: self.address.to_string(), bytes, most });
        }
        self.reading.expected.fetch_add(bytes, Ordering::Relaxed);
        Ok(())
    }

    /// The texts of what may be manifests, by path.
    async fn manifests(
        &self,
        entries: &[Entry],
        by_path: &BTreeMap<String, &ObjectMeta>,
    ) -> Result<BTreeMap<String, Vec<u8>>, BucketError> {
        let manifests = entries.iter().filter(|entry| may_be_manifest(entry));
        let text = |entry: &Entry| {
            let (path, object) = (entry.path.clone(), by_path[&entry.path]);
            async move { Ok((path, self.piece(object, 0..object.size).await?.to_vec())) }
        };
        stream::iter(manifests.map(text)).buffered(AT_ONCE).try_collect().await
    }

    async fn fetch(&self, wanted: &[Wanted<'_>], to: &Utf8Path) -> Result<Vec<InputFile>, ImportError> {
        // Names of this machine's own: a key may be longer than a name can be, or mean something to the file system.
        let fetches = wanted.iter().enumerate().map(|(number, wanted)| self.fetch_one(wanted, to.join(format!("{number:05}"))));
        stream::iter(fetches).buffered(AT_ONCE).try_collect().await
    }

    async fn fetch_one(&self, wanted: &Wanted<'_>, copy: Utf8PathBuf) -> Result<InputFile, ImportError> {
        let (object, place) = (wanted.object, self.address.of_key(&wanted.object.location));
        let unkept = |source| BucketError::Unkept { place: place.clone(), path: copy.clone(), source };
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(&copy).map_err(unkept)?;
        let mut start = 0;
        while start < object.size {
            let end = object.size.min(start + PIECE);
            // A write lands in the system's cache; the network is what takes time here.
            file.write_all(&self.piece(object, start..end).await?).map_err(unkept)?;
            start = end;
        }
        drop(file);
        let described = InputFile::describe_copy(place.into(), copy, wanted.named);
        Ok(InputFile { promised: wanted.promised.clone(), ..described.map_err(ImportError::from)? })
    }

    /// Bytes of an object, which must be the one that was listed.
    async fn piece(&self, object: &ObjectMeta, range: Range<u64>) -> Result<bytes::Bytes, BucketError> {
        let place = || self.address.of_key(&object.location);
        if self.reading.cancelled.load(Ordering::Relaxed) {
            return Err(BucketError::Stopped { place: place() });
        }
        let options = GetOptions {
            if_match: object.e_tag.clone(),
            version: object.version.clone(),
            range: Some(GetRange::Bounded(range.clone())),
            ..GetOptions::default()
        };
        let changed = || BucketError::Changed { place: place() };
        let got = self.store.get_opts(&object.location, options).await.map_err(|error| match error {
            // It was listed a moment ago.
            object_store::Error::NotFound { .. } => changed(),
            error => BucketError::said(place(), &error),
        })?;
        if !is_same(object, &got.meta) {
            return Err(changed());
        }
        let bytes = got.bytes().await.map_err(|error| BucketError::said(place(), &error))?;
        if bytes.len() as u64 != range.end - range.start {
            return Err(changed());
        }
        self.reading.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Ok(bytes)
    }

    /// A delivery that was written anew while its first objects were read already would be a mixture.
    async fn check_unchanged<'o>(&self, read: impl Iterator<Item = &'o ObjectMeta>) -> Result<(), BucketError> {
        let now = list(self.store, self.address).await?;
        let now: BTreeMap<&str, &ObjectMeta> = now.iter().map(|object| (object.location.as_ref(), object)).collect();
        for object in read {
            if !now.get(object.location.as_ref()).is_some_and(|now| is_same(object, now)) {
                return Err(BucketError::Changed { place: self.address.of_key(&object.location) });
            }
        }
        Ok(())
    }
}
