//! Bills, and files of usage, in a bucket: what lies below a prefix of an S3-compatible object store, fetched to a folder of this machine and from there
//! on read like any other file.
//!
//! - **Checkpoint**: none; a delivery is fetched whole, and what was fetched goes when the import ends.
//! - **Idempotence key**: the files' contents, so that the same export is the same import from a folder and from a bucket.
//! - **A delivery in motion**: every object is read as the version that was listed, by its ETag, and the listing is looked at once
//!   more at the end. What changed in between is refused and can be had later.
//! - **Limits**: objects of a listing, bytes to fetch, time of a request. See `LIMITS.md`.

mod access;
mod address;
mod error;
mod fetch;
mod keep;
mod listing;
#[cfg(test)]
mod tests;

pub use access::BucketAccess;
pub use address::BucketAddress;
pub use error::BucketError;
pub use fetch::{fetch_bills, fetch_files};
pub use keep::{KeepError, Keeping};
