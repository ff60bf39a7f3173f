//! Problems of a units document, each with its place, cause and next step.

use std::fmt;

use chrono::NaiveDate;

/// A problem that keeps a units document from being used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitProblem {
    /// The line of the entry, from 1; `None` where the document was not read from a text.
    pub line: Option<usize>,
    /// The unit; `None` where the problem is the document's or the entry has no readable id.
    pub unit: Option<String>,
    /// What and why, with the next step.
    pub cause: UnitCause,
}

impl fmt::Display for UnitProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        match &self.unit {
            Some(unit) => write!(f, "unit {unit:?}: {}", self.cause),
            None => self.cause.fmt(f),
        }
    }
}

impl std::error::Error for UnitProblem {}

/// Why a units document cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnitCause {
    /// The text, an entry or a value does not have the form that it must have; the message names the field.
    #[error("{0}")]
    Shape(String),
    /// There are no units.
    #[error("there is no unit in it: list at least one")]
    NoUnits,
    /// A name that means nothing.
    #[error("{name:?} means nothing here{}: an entry has {}", near(.nearest), super::read::FIELDS.join(", "))]
    UnknownField {
        /// The name.
        name: String,
        /// The field that is most like it.
        nearest: Option<&'static str>,
    },
    /// An entry without an id.
    #[error("the entry has no id: give it one that no other unit has")]
    NoId,
    /// Two entries of one id without days that keep them apart.
    #[error(
        "the id stands on line {first} already, with no days to tell the two apart: choose another id, or give from and until"
    )]
    Duplicate {
        /// The line of the other entry.
        first: usize,
    },
    /// Two entries of one id that share days.
    #[error("its days overlap with those of its entry {}: end the one on the day on which the other begins", before(.first, .span))]
    Overlap {
        /// The line of the other entry.
        first: Option<usize>,
        /// The days of the other entry.
        span: String,
    },
    /// `from` is not before `until`.
    #[error("from {from} is not before until {until}: until is the first day that does not belong to the span")]
    DatesReversed {
        /// The first day.
        from: NaiveDate,
        /// The first day after.
        until: NaiveDate,
    },
    /// A unit that is not listed.
    #[error("its {field} {named:?} is not a unit of this document{}: list it, or name another", near(.nearest))]
    Unknown {
        /// `parent` or `successor`.
        field: &'static str,
        /// The id.
        named: String,
        /// The id that is most like it.
        nearest: Option<String>,
    },
    /// A parent that does not hold whenever its child does.
    #[error(
        "its parent {parent:?} does not hold on {day}, though the unit does: end the unit there too, or give it another parent from that day on"
    )]
    ParentNotEffective {
        /// The parent.
        parent: String,
        /// The first day on which it is missing.
        day: String,
    },
    /// Units that stand above each other.
    #[error("the units form a cycle: {}; take away one of these parents", .path.join(" → "))]
    Cycle {
        /// The ids on the cycle, the first repeated at the end.
        path: Vec<String>,
    },
    /// Successors of a unit that does not end.
    #[error("it names successors and has no until: say on which day they took over")]
    SuccessorsWithoutEnd,
    /// A successor that does not begin where the unit ends.
    #[error(
        "it ends on {until}, and its successor {successor:?} has no entry that begins on that day ({begins}): let it begin there, or change until"
    )]
    SuccessorElsewhere {
        /// The day on which the unit ends.
        until: NaiveDate,
        /// The successor.
        successor: String,
        /// When the successor's entries begin.
        begins: String,
    },
    /// A budget without a currency.
    #[error("its budget {budget} has no currency: name one, such as USD")]
    BudgetWithoutCurrency {
        /// The budget.
        budget: String,
    },
    /// A change of a day on which the unit does not hold.
    #[error("it does not hold on {day}{}", or(.known, "; it holds ", "; add it first"))]
    NotThen {
        /// The day.
        day: NaiveDate,
        /// The days on which it holds; empty where there is no such unit.
        known: String,
    },
    /// A unit that would end on the day on which it begins.
    #[error("it begins on {day}, so it cannot end on that day: give a later day")]
    EndsAtOnce {
        /// The day.
        day: NaiveDate,
    },
}

fn near(nearest: &Option<impl AsRef<str>>) -> String {
    nearest.as_ref().map_or_else(String::new, |nearest| format!(" (did you mean {:?}?)", nearest.as_ref()))
}

fn before(line: &Option<usize>, span: &str) -> String {
    line.map_or_else(|| span.to_owned(), |line| format!("{span} of line {line}"))
}

fn or(text: &str, before: &str, otherwise: &str) -> String {
    if text.is_empty() { otherwise.to_owned() } else { format!("{before}{text}") }
}
