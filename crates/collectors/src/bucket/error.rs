use camino::Utf8PathBuf;
use object_store::Error as StoreError;

use crate::limits::MOST_FILES;

/// Why nothing was fetched from a bucket. Nothing was imported and the earlier state stays.
#[derive(Debug, thiserror::Error)]
pub enum BucketError {
    /// It is no address of a bucket.
    #[error("{address}: {why}; nothing was imported. Give the bucket and the prefix of the export, such as s3://bucket/prefix")]
    Address {
        /// What was given.
        address: String,
        /// What is wrong with it.
        why: String,
    },
    /// The endpoint is no address of a server.
    #[error(
        "s3_endpoint {endpoint:?} is no address of an object store; nothing was sent to it. Give scheme, host and port, such as \
         https://minio.example:9000, without user or password"
    )]
    Endpoint {
        /// The endpoint.
        endpoint: String,
    },
    /// Bills and signatures would travel in the clear.
    #[error(
        "s3_endpoint {endpoint:?} has no encryption, and bills would travel in the clear; nothing was sent to it. Use https, or set \
         s3_allow_http = true if the way there is safe"
    )]
    PlainHttp {
        /// The endpoint.
        endpoint: String,
    },
    /// The settings make no client.
    #[error("{address}: {said}; nothing was imported. Check the settings that begin with s3_ (`farthing config show`)")]
    Settings {
        /// The bucket and prefix.
        address: String,
        /// What is wrong.
        said: String,
    },
    /// The store does not let us in.
    #[error(
        "{place}: the object store refuses to be read ({said}); nothing was imported. Check access key, secret and region, and that \
         they may list the bucket and read its objects (s3:ListBucket, s3:GetObject)"
    )]
    Refused {
        /// Bucket and key.
        place: String,
        /// What the store said.
        said: String,
    },
    /// No such bucket or object.
    #[error("{place}: there is no such bucket or object; nothing was imported. Check its name, the region and the endpoint")]
    Missing {
        /// Bucket and key.
        place: String,
    },
    /// Nothing there that could be a bill.
    #[error(
        "{place}: no {wanted} files below this prefix ({seen} other objects); nothing was imported. Give the prefix that the export is \
         written to"
    )]
    Nothing {
        /// Bucket and prefix.
        place: String,
        /// What was looked for.
        wanted: &'static str,
        /// How many other objects there are.
        seen: usize,
    },
    /// More objects than any delivery has.
    #[error(
        "{place}: there are more than {MOST_FILES} objects below this prefix; nothing was imported. Give the prefix of one delivery"
    )]
    TooMany {
        /// Bucket and prefix.
        place: String,
    },
    /// More bytes than allowed.
    #[error(
        "{place}: the delivery has {bytes} bytes, more than the {most} that may be fetched; nothing was imported. Give a narrower \
         prefix, or raise the setting s3_fetch_mib where there is room"
    )]
    TooLarge {
        /// Bucket and prefix.
        place: String,
        /// How many there are.
        bytes: u64,
        /// The limit.
        most: u64,
    },
    /// An object is not the one that was listed.
    #[error(
        "{place}: the object changed between listing and reading; nothing was imported. Wait for the delivery to finish and run the \
         import again"
    )]
    Changed {
        /// Bucket and key.
        place: String,
    },
    /// The store cannot be reached, or breaks off.
    #[error(
        "{place}: the object store gives no answer that can be used ({said}); nothing was imported. Check the endpoint and try again"
    )]
    Unreachable {
        /// Bucket and key.
        place: String,
        /// What happened.
        said: String,
    },
    /// What is fetched cannot be kept.
    #[error("{place}: it cannot be kept in {path}: {source}; nothing was imported. Make room there and run the import again")]
    Unkept {
        /// Bucket and key.
        place: String,
        /// Where to.
        path: Utf8PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Somebody asked to stop.
    #[error(
        "{place}: fetching was stopped on request; nothing was imported and the earlier state stays. Run it again to begin afresh"
    )]
    Stopped {
        /// Bucket and prefix.
        place: String,
    },
}

impl BucketError {
    /// What a request for `place` says.
    pub(super) fn said(place: String, error: &StoreError) -> Self {
        match error {
            StoreError::NotFound { .. } => Self::Missing { place },
            StoreError::PermissionDenied { .. } | StoreError::Unauthenticated { .. } => {
                Self::Refused { place, said: innermost(error) }
            }
            StoreError::Precondition { .. } => Self::Changed { place },
            StoreError::InvalidPath { source } => Self::Address { address: place, why: source.to_string() },
            error => match innermost(error) {
                // What lists a bucket knows no other answer to a bucket that is not there than a failed request.
                said if said.contains("NoSuchBucket") => Self::Missing { place },
                said if ["403 Forbidden", "401 Unauthorized"].iter().any(|code| said.contains(code)) => {
                    Self::Refused { place, said }
                }
                said => Self::Unreachable { place, said },
            },
        }
    }

    /// True where the same import can succeed later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Changed { .. } | Self::Unreachable { .. })
    }
}

/// The cause of causes, on one line: what lies around it repeats the address of the request.
pub(super) fn innermost(error: &StoreError) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let line = cause.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(300).collect()
}
