//! Names that people give to things, each its own type so that they cannot be mixed up.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A text that cannot be an id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} cannot be the id of a {what}: use 1 to 256 visible characters without blanks at the ends")]
pub struct IdError {
    what: &'static str,
    text: String,
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let fits = !text.is_empty() && text.len() <= 256 && text.trim() == text && !text.chars().any(char::is_control);
                if fits { Ok(Self(text.into())) } else { Err(IdError { what: $what, text: text.chars().take(64).collect() }) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

text_id!(
    /// An operational unit in the organisation's cost tree.
    UnitId,
    "unit"
);
text_id!(
    /// Where facts come from: an account's export, a gateway's log.
    SourceName,
    "source"
);
text_id!(
    /// A model deployment that serves demand.
    WorkloadId,
    "workload"
);
text_id!(
    /// What is deployed: `gpt-4o-2024-08-06`.
    ModelId,
    "model"
);
text_id!(
    /// A workflow that makes decisions: `claims-triage`.
    WorkflowId,
    "workflow"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_visible_text() {
        assert!("claims triage".parse::<UnitId>().is_ok());
        for text in ["", " x", "x ", "a\nb", "a\u{1b}[31m"] {
            assert!(text.parse::<UnitId>().is_err(), "{text:?}");
        }
    }
}
