//! The operational units: a document of their own beside the rules, published as versions.
//!
//! Where the rules in force list units themselves, those are the units; where they list none, the published ones are.

mod lines;
mod publish;

use farthing_attribution::units::{UnitsDocument, UnitsForm as Written};
use farthing_store::DocumentKind as StoredKind;

use crate::{Error, Farthing};

pub use lines::{UnitHistory, UnitLine};
pub use publish::{PublishedUnits, UnitPatch, UnitSpan};

/// How a units document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitsForm {
    /// Comma-separated values.
    Csv,
    /// YAML.
    Yaml,
    /// JSON, of its own shape or SCIM groups.
    Json,
}

impl UnitsForm {
    /// The form of a file, by its name, or else by how it begins.
    pub fn of(name: &str, text: &str) -> Self {
        let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        match ending.as_deref() {
            Some("csv") => Self::Csv,
            Some("yaml" | "yml") => Self::Yaml,
            Some("json" | "scim") => Self::Json,
            _ if text.trim_start().starts_with(['{', '[']) => Self::Json,
            _ if text.lines().next().is_some_and(|line| line.contains(',') && !line.contains(':')) => Self::Csv,
            _ => Self::Yaml,
        }
    }

    fn written(self) -> Written {
        match self {
            Self::Csv => Written::Csv,
            Self::Yaml => Written::Yaml,
            Self::Json => Written::Json,
        }
    }

    fn write(self, document: &UnitsDocument) -> Result<String, Error> {
        match self {
            Self::Json => Ok(document.to_json()),
            Self::Yaml => Ok(document.to_yaml()),
            Self::Csv => {
                let mut writer = csv::Writer::from_writer(Vec::new());
                let written = document.to_rows().iter().try_for_each(|row| writer.write_record(row));
                written.map_err(|error| Error::Invalid(error.to_string()))?;
                let bytes = writer.into_inner().map_err(|error| Error::Invalid(error.to_string()))?;
                Ok(String::from_utf8_lossy(&bytes).into_owned())
            }
        }
    }
}

/// The published units, and which version they are.
#[derive(Clone, Debug)]
pub(crate) struct UnitsInForce {
    pub document: UnitsDocument,
    pub version: u64,
}

/// Reads a units document, or says all that is wrong with it.
pub(crate) fn units_of(text: &str, form: UnitsForm, name: &str) -> Result<UnitsDocument, Error> {
    UnitsDocument::parse(text, form.written()).map_err(|problems| Error::Document {
        file: name.to_owned(),
        problems: problems.iter().map(ToString::to_string).collect(),
    })
}

impl Farthing {
    /// The published units in force; `None` where none were published.
    pub(crate) async fn units_in_force(&self) -> Result<Option<UnitsInForce>, Error> {
        let Some(document) = self.in_force(StoredKind::Units).await? else { return Ok(None) };
        let version = document.version;
        Ok(Some(UnitsInForce { document: units_of(&document.content, UnitsForm::Json, &format!("units v{version}"))?, version }))
    }
}
