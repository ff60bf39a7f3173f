//! Documents of any kind by the name of the kind: which versions are in force, and one in place of another.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{DocumentKind, Error, Farthing, Published};

/// The version of a document that is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DocumentVersion {
    /// What it is about.
    pub kind: DocumentKind,
    /// 1, 2, 3 … within its kind.
    pub version: u64,
    /// Since when it is in force.
    pub published_at: DateTime<Utc>,
    /// By whom it was published.
    pub published_by: String,
    /// The SHA-256 of its text, in hexadecimal digits.
    pub sha256: String,
}

impl Farthing {
    /// The documents in force, one a kind; kinds without one are left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn documents(&self) -> Result<Vec<DocumentVersion>, Error> {
        let mut versions = Vec::new();
        for kind in DocumentKind::ALL {
            let Some(document) = self.in_force(kind.stored()).await? else { continue };
            versions.push(DocumentVersion {
                kind,
                version: document.version,
                published_at: document.published_at,
                published_by: document.published_by,
                sha256: document.digest.to_string(),
            });
        }
        Ok(versions)
    }

    /// Publishes a document in place of the one in force, or only checks it where it is a `dry_run`. With `expected` only where that
    /// version is the newest, 0 for none at all.
    ///
    /// # Errors
    /// [`Error::Changed`] where another version is in force; all that is wrong with the document; nothing is then published.
    pub async fn replace_document(
        &self,
        kind: DocumentKind,
        text: &str,
        by: &str,
        expected: Option<u64>,
        dry_run: bool,
    ) -> Result<Published, Error> {
        let newest = self.in_force(kind.stored()).await?;
        let version = newest.as_ref().map(|document| document.version);
        as_expected(kind.name(), expected, version)?;
        let (checked, mut seen) = self.check_beside(kind, text, "body").await?;
        if dry_run {
            return Ok(Published { changed: newest.is_none_or(|document| document.content != text), ..checked });
        }
        if expected.is_some() {
            seen.push((kind.stored(), version));
        }
        self.publish_checked(checked, text, by, &seen).await
    }
}

/// Refuses to replace a document where another version is in force than whoever writes has read: 0 for none at all.
pub(crate) fn as_expected(kind: &str, expected: Option<u64>, version: Option<u64>) -> Result<(), Error> {
    if expected.is_none_or(|expected| expected == version.unwrap_or_default()) {
        return Ok(());
    }
    let found = version.map_or("there is none".to_owned(), |version| format!("version {version} is in force"));
    Err(Error::Changed(format!(
        "the {kind} document was changed in between: {found}; nothing was published. Read it again and make the change on it"
    )))
}
