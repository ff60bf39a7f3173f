//! Looking after the facts that are already in the lake: whether they are what they were, how they are cut, and what may go.

mod compact;
mod files;
mod people;
mod policy;
mod retain;
mod sweep;
mod verify;

pub use compact::{Compacted, Pieces};
pub use files::LakeFile;
pub(crate) use people::retention_of;
pub use people::{PeopleRetention, RetainedPeople};
pub(crate) use policy::policy_of;
pub use retain::{LakeRetention, RetainedRevision};
pub use sweep::LakeSweep;
pub use verify::{LakeVerification, RevisionDifference, VerifyLake};
