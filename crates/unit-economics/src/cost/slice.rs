use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use utoipa::ToSchema;

/// What decisions of a workflow are told apart by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SliceBy {
    /// The unit that a decision states.
    Unit,
    /// The month it was made in.
    Period,
    /// The value of a tag of the decision: its name.
    Segment(String),
}

impl fmt::Display for SliceBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unit => f.write_str("unit"),
            Self::Period => f.write_str("period"),
            Self::Segment(tag) => f.write_str(tag),
        }
    }
}

impl FromStr for SliceBy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.strip_prefix("segment:")) {
            ("unit", _) => Ok(Self::Unit),
            ("period", _) => Ok(Self::Period),
            (_, Some(tag)) if !tag.is_empty() => Ok(Self::Segment(tag.to_owned())),
            ("segment", _) => Err("segment needs the tag of the decisions that tells segments apart: segment:channel".to_owned()),
            _ => Err(format!("{text:?} is nothing that decisions are told apart by: write one of unit, period, segment:TAG")),
        }
    }
}

/// Some decisions of a workflow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct Slice {
    /// What they are told apart by.
    pub by: SliceBy,
    /// Their value of it; none for decisions that state none.
    pub value: Option<String>,
}

impl fmt::Display for Slice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.by, self.value.as_deref().unwrap_or("(not stated)"))
    }
}
