//! The masking of personal data: the policy in force, and the key that its hashes are made with.

use farthing_collectors::masking::{Mask, MaskingPolicy};
use farthing_store::{Digest, DocumentKind as StoredKind, Masking};

use crate::{Error, Farthing};

/// What an import masks by.
#[derive(Clone, Debug)]
pub(crate) struct MaskInForce {
    pub mask: Mask,
    /// What the catalogue keeps of it.
    pub recorded: Masking,
}

/// Reads a policy file, or says what is wrong with it.
pub(crate) fn masking_of(text: &str, name: &str) -> Result<MaskingPolicy, Error> {
    MaskingPolicy::parse(text).map_err(|problem| Error::Document { file: name.to_owned(), problems: vec![problem.to_string()] })
}

impl Farthing {
    /// What facts are masked by at present; `None` where nothing is.
    ///
    /// # Errors
    /// When the policy hashes and there is no key: nothing is imported without it.
    pub(crate) async fn mask_in_force(&self) -> Result<Option<MaskInForce>, Error> {
        let Some(document) = self.store.documents().newest(StoredKind::Masking).await? else { return Ok(None) };
        let policy = masking_of(&document.content, &format!("masking policy v{}", document.version))?;
        if policy.is_empty() {
            return Ok(None);
        }
        let key = self.masking_key.as_ref().clone();
        let mask = Mask::new(policy, key).ok_or_else(|| {
            Error::Invalid(format!(
                "masking policy v{} hashes values and there is no key to do it with; nothing was imported. Set masking_key, best by \
                 FARTHING_MASKING_KEY_FILE, to the key that earlier imports were masked with, or to a new one",
                document.version
            ))
        })?;
        let digest: Digest = mask.fingerprint().parse().map_err(|_| Error::Panicked("a fingerprint was no digest".into()))?;
        Ok(Some(MaskInForce { mask, recorded: Masking { version: document.version, digest } }))
    }

    /// The mask that stands for a text in facts, for rules that name it.
    ///
    /// # Errors
    /// When there is no key.
    pub fn mask_of(&self, text: &str) -> Result<String, Error> {
        let key = self.masking_key.as_ref().as_ref();
        let key = key.ok_or_else(|| {
            Error::Nothing("there is no masking key. Set masking_key, best by FARTHING_MASKING_KEY_FILE".into())
        })?;
        Ok(key.mask(text))
    }
}
