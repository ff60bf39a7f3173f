//! What is wrong with a mapping document.

use std::fmt;

/// One thing that is wrong with a mapping, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingProblem {
    /// The line, from 1.
    pub line: usize,
    /// The key that it stands under, such as `columns.BilledCost`; empty for the file as a whole.
    pub field: String,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl fmt::Display for MappingProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field.as_str() {
            "" => write!(f, "line {}: {}", self.line, self.message),
            field => write!(f, "line {}: {field}: {}", self.line, self.message),
        }
    }
}

/// A mapping that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {}", listed(.problems))]
pub struct MappingError {
    /// The mapping's file.
    pub file: String,
    /// Everything that is wrong with it, in the order of its lines.
    pub problems: Vec<MappingProblem>,
}

fn listed(problems: &[MappingProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n  ")
}
