//! Where in an object store a delivery lies.

use std::fmt;

use object_store::path::Path;

use super::BucketError;

/// `s3://BUCKET/PREFIX`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketAddress {
    bucket: String,
    prefix: Path,
}

const SCHEME: &str = "s3://";

impl BucketAddress {
    /// True where a path that a person names is meant to be one.
    pub fn is_meant(text: &str) -> bool {
        text.starts_with(SCHEME)
    }

    /// Reads an address.
    ///
    /// # Errors
    /// When it names no bucket, or a prefix that no key can have.
    pub fn parse(text: &str) -> Result<Self, BucketError> {
        let wrong = |why: &str| BucketError::Address { address: text.to_owned(), why: why.to_owned() };
        let rest = text.strip_prefix(SCHEME).ok_or_else(|| wrong("it does not begin with s3://"))?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        // The name becomes a part of the host or the path of a request.
        if bucket.is_empty() || !bucket.bytes().all(plain) || bucket.starts_with('.') {
            return Err(wrong("the name of the bucket is not one: letters, digits, dots and hyphens"));
        }
        let prefix = Path::parse(prefix).map_err(|error| wrong(&error.to_string()))?;
        Ok(Self { bucket: bucket.to_owned(), prefix })
    }

    pub(super) fn bucket(&self) -> &str {
        &self.bucket
    }

    pub(super) fn prefix(&self) -> &Path {
        &self.prefix
    }

    /// How an object of the bucket is named to people.
    pub(super) fn of_key(&self, key: &Path) -> String {
        format!("{SCHEME}{}/{key}", self.bucket)
    }
}

impl fmt::Display for BucketAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}/{}", self.bucket, self.prefix)
    }
}
