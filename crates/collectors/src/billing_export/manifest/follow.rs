//! From a listing to the files that its manifests list.

use std::collections::{BTreeMap, BTreeSet};

use super::{Listed, Manifest, ManifestError, read};

/// A file of a listing: a folder or a bucket prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Relative to the listing, with `/`.
    pub path: String,
    pub bytes: u64,
}

/// What manifests make of a listing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Followed {
    /// The listed files by their path in the listing.
    pub files: BTreeMap<String, Listed>,
    /// The manifests that were followed or replaced by a newer one.
    pub manifests: BTreeSet<String>,
}

/// A manifest is small; what is larger is none.
const LARGEST_MANIFEST: u64 = 16 << 20;

/// True where a file's name is that of a manifest.
pub(crate) fn may_be_manifest(entry: &Entry) -> bool {
    entry.path.to_ascii_lowercase().ends_with("manifest.json") && entry.bytes <= LARGEST_MANIFEST
}

/// The files that the newest manifest of each export and period lists; `None` where there is no manifest.
///
/// # Errors
/// When a listed file is missing or of another size, or `text` gives an error.
pub(crate) fn follow<E: From<ManifestError>>(
    entries: &[Entry],
    mut text: impl FnMut(&str) -> Result<Vec<u8>, E>,
) -> Result<Option<Followed>, E> {
    let mut newest: BTreeMap<String, (String, Manifest)> = BTreeMap::new();
    let mut manifests = BTreeSet::new();
    for entry in entries.iter().filter(|entry| may_be_manifest(entry)) {
        let Some(manifest) = read(&text(&entry.path)?) else { continue };
        manifests.insert(entry.path.clone());
        let rank = |path: &str, manifest: &Manifest| {
            // AWS writes the newest manifest above the folders of the executions; these are named by their time.
            (manifest.written.clone(), std::cmp::Reverse(path.matches('/').count()), path.to_owned())
        };
        match newest.get(&manifest.of) {
            Some((path, known)) if rank(path, known) >= rank(&entry.path, &manifest) => {}
            _ => drop(newest.insert(manifest.of.clone(), (entry.path.clone(), manifest))),
        }
    }
    if manifests.is_empty() {
        return Ok(None);
    }
    let by_path: BTreeMap<&str, u64> = entries.iter().map(|entry| (entry.path.as_str(), entry.bytes)).collect();
    let mut files = BTreeMap::new();
    for (path, manifest) in newest.into_values() {
        for (found, listed) in files_of(&path, manifest, &by_path)? {
            files.insert(found, listed);
        }
    }
    Ok(Some(Followed { files, manifests }))
}

fn files_of(path: &str, manifest: Manifest, entries: &BTreeMap<&str, u64>) -> Result<Vec<(String, Listed)>, ManifestError> {
    let listed = manifest.files.len();
    if listed == 0 {
        return Err(ManifestError::Empty(path.to_owned()));
    }
    let (mut found, mut missing) = (Vec::new(), None);
    for file in manifest.files {
        match locate(path, &file.path, entries) {
            Some((place, bytes)) => {
                if let Some(promised) = file.bytes.filter(|promised| *promised != bytes) {
                    return Err(ManifestError::Size { file: place, promised, found: bytes });
                }
                found.push((place, file));
            }
            None => missing = missing.or(Some(file.path)),
        }
    }
    match missing {
        Some(missing) => Err(ManifestError::Incomplete { manifest: path.to_owned(), listed, found: found.len(), missing }),
        None => Ok(found),
    }
}

/// Where a file that was delivered as `key` lies in the listing: the end of its key below the manifest's folder or one above it,
/// the longest end first.
fn locate(manifest: &str, key: &str, entries: &BTreeMap<&str, u64>) -> Option<(String, u64)> {
    let parts: Vec<&str> = key.split('/').filter(|part| !part.is_empty()).collect();
    // A manifest is a file like another: it may not name what lies outside its listing.
    if parts.iter().any(|part| matches!(*part, "." | "..")) {
        return None;
    }
    for from in 0..parts.len() {
        let end = parts[from..].join("/");
        let mut folder = manifest;
        while let Some((above, _)) = folder.rsplit_once('/') {
            folder = above;
            let place = format!("{folder}/{end}");
            if let Some(bytes) = entries.get(place.as_str()) {
                return Some((place, *bytes));
            }
        }
        if let Some(bytes) = entries.get(end.as_str()) {
            return Some((end, *bytes));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(paths: &[&str]) -> Vec<Entry> {
        paths.iter().map(|path| Entry { path: (*path).to_owned(), bytes: 10 }).collect()
    }

    fn followed(paths: &[&str], manifests: &[(&str, &str)]) -> Result<Option<Vec<String>>, ManifestError> {
        let text = |path: &str| {
            let found = manifests.iter().find(|(name, _)| *name == path);
            Ok::<_, ManifestError>(found.map(|(_, text)| text.as_bytes().to_vec()).unwrap_or_default())
        };
        Ok(follow(&entries(paths), text)?.map(|followed| followed.files.into_keys().collect()))
    }

    const CUR: &str = r#"{"reportName":"r","billingPeriod":{"start":"20260501T000000.000Z"},"reportKeys":["p/r/20260501-20260601/NEW/r-1.csv.gz"]}"#;
    const OLD: &str = r#"{"reportName":"r","billingPeriod":{"start":"20260501T000000.000Z"},"reportKeys":["p/r/20260501-20260601/OLD/r-1.csv.gz"]}"#;

    #[test]
    fn the_newest_execution_is_read_and_older_ones_are_not() {
        let paths = [
            "r/20260501-20260601/r-Manifest.json",
            "r/20260501-20260601/NEW/r-Manifest.json",
            "r/20260501-20260601/NEW/r-1.csv.gz",
            "r/20260501-20260601/OLD/r-Manifest.json",
            "r/20260501-20260601/OLD/r-1.csv.gz",
        ];
        let files = followed(&paths, &[(paths[0], CUR), (paths[1], CUR), (paths[3], OLD)]).unwrap().unwrap();
        assert_eq!(files, ["r/20260501-20260601/NEW/r-1.csv.gz"]);
        assert_eq!(followed(&paths[2..3], &[]).unwrap(), None);
    }

    #[test]
    fn data_exports_keep_metadata_apart_from_data() {
        let manifest = r#"{"exportArn":"arn:x","dataFiles":["s3://b/p/e/data/BILLING_PERIOD=2026-05/e-1.csv.gz"]}"#;
        let paths =
            ["metadata/BILLING_PERIOD=2026-05/e-Manifest.json", "data/BILLING_PERIOD=2026-05/e-1.csv.gz", "data/other.csv"];
        assert_eq!(followed(&paths, &[(paths[0], manifest)]).unwrap().unwrap(), [paths[1]]);
    }

    #[test]
    fn what_is_missing_or_of_another_size_is_an_incomplete_delivery() {
        let manifest = "r/m-Manifest.json";
        let error = followed(&[manifest], &[(manifest, CUR)]).unwrap_err();
        assert!(error.is_incomplete() && error.to_string().contains("lists 1 files and 0 are there"), "{error}");
        let azure = r#"{"exportConfig":{"exportName":"e","type":"AmortizedCost"},"blobs":[{"blobName":"x/a.csv","byteCount":11,"dataRowCount":1}]}"#;
        let error = followed(&["x/manifest.json", "x/a.csv"], &[("x/manifest.json", azure)]).unwrap_err();
        assert_eq!(error, ManifestError::Size { file: "x/a.csv".into(), promised: 11, found: 10 });
    }

    #[test]
    fn a_manifest_cannot_name_what_lies_outside() {
        let manifest = r#"{"reportName":"r","reportKeys":["../../etc/passwd"]}"#;
        assert!(followed(&["a/m-Manifest.json", "etc/passwd"], &[("a/m-Manifest.json", manifest)]).is_err());
    }
}
