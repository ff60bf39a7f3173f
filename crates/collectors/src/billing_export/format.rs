//! What the files of an import are taken for.

use std::sync::Arc;

use farthing_focus::{Format, Mapping, MappingError, known_mapping, known_mappings};
use serde::{Deserialize, Serialize};

/// What the files of an import are taken for, as a person says it. It can be sent to another process.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum BillFormat {
    /// What each file's columns tell.
    #[default]
    Auto,
    /// FOCUS cost and usage.
    Focus,
    /// What the mapping of this name reads.
    Known(String),
    /// What a mapping of the person's own reads.
    Own {
        /// Its file, for messages.
        file: String,
        /// Its text.
        text: String,
    },
}

/// Why a format cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// No mapping has this name.
    #[error("there is no format {0:?}; known are auto, focus, {1}. `farthing formats` says what each reads")]
    Unknown(String, String),
    /// A mapping is wrong.
    #[error("{0}\nNothing was imported. `farthing formats check` reads a mapping by itself")]
    Mapping(#[from] MappingError),
}

impl BillFormat {
    /// The format of this name: `auto`, `focus`, or that of a mapping.
    ///
    /// # Errors
    /// When there is none.
    pub fn named(name: &str) -> Result<Self, FormatError> {
        match name {
            "auto" => Ok(Self::Auto),
            "focus" => Ok(Self::Focus),
            name if known_mapping(name).is_some() => Ok(Self::Known(name.to_owned())),
            name => {
                let names: Vec<&str> = known_mappings().map(|(mapping, _)| mapping.name.as_str()).collect();
                Err(FormatError::Unknown(name.to_owned(), names.join(", ")))
            }
        }
    }

    /// What tells two imports of the same files apart: the mapping, where it was asked for. Empty where the files tell.
    pub fn digested(&self) -> &str {
        match self {
            Self::Auto | Self::Focus => "",
            Self::Known(name) => name,
            Self::Own { text, .. } => text,
        }
    }

    /// What it means to a decoder.
    ///
    /// # Errors
    /// When there is no such mapping, or it is wrong.
    pub fn read(&self) -> Result<Format, FormatError> {
        match self {
            Self::Auto => Ok(Format::Auto),
            Self::Focus => Ok(Format::Focus),
            Self::Known(name) => match known_mapping(name) {
                Some(mapping) => Ok(Format::Mapped(mapping)),
                None => Self::named(name).and_then(|format| format.read()),
            },
            Self::Own { file, text } => Ok(Format::Mapped(Arc::new(Mapping::parse(file, text)?))),
        }
    }
}
