//! The lake's policy: published like rules, as versions.

use farthing_lake::LakePolicy;
use farthing_store::DocumentKind as StoredKind;

use crate::{Error, Farthing};

/// Reads a policy file, or says what is wrong with it.
pub(crate) fn policy_of(text: &str, name: &str) -> Result<LakePolicy, Error> {
    LakePolicy::parse(text).map_err(|problem| Error::Document { file: name.to_owned(), problems: vec![problem.to_string()] })
}

impl Farthing {
    /// The policy in force with its version. Without any, everything is kept for ever where it is.
    pub(crate) async fn lake_policy(&self) -> Result<(LakePolicy, Option<u64>), Error> {
        match self.store.documents().newest(StoredKind::Lake).await? {
            Some(document) => {
                let name = format!("lake policy v{}", document.version);
                Ok((policy_of(&document.content, &name)?, Some(document.version)))
            }
            None => Ok((LakePolicy::default(), None)),
        }
    }
}
