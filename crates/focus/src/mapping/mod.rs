//! Mappings: how a provider's own columns become FOCUS columns, stated as data.
//!
//! A mapping is a TOML document: how its files are recognised by their header, and an [`Expression`] for each FOCUS column.
//! `mappings/README.md` describes the language; the mappings of the known providers are in `mappings/` and are read by the same
//! code as a user's own. Mapping is done by columns of a batch: an expression over arrays gives an array.

mod bind;
mod document;
mod evaluate;
mod expression;
mod known;
mod moment;
mod number;
mod operations;
mod problem;
mod schema;
mod tags;
#[cfg(test)]
mod tests;
mod values;

use arrow::datatypes::Fields;

pub(crate) use bind::Bound;
pub use document::Mapping;
pub use known::{known_mapping, known_mappings, recognise};
pub use problem::{MappingError, MappingProblem};
pub use schema::mapping_schema;

/// Which of a file's columns make it one that a mapping reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Recognise {
    /// Columns that are all there.
    pub all: Vec<String>,
    /// At least one of these is there; no condition where empty.
    pub any: Vec<String>,
    /// Columns none of which is there.
    pub none: Vec<String>,
    /// True where the file has the columns in `all` and no other.
    pub only: bool,
    /// True where the header cannot tell, so that the format must be named.
    pub never: bool,
}

impl Recognise {
    /// True where a file with these columns is meant.
    pub fn matches(&self, names: &[&str]) -> bool {
        let has = |wanted: &String| names.iter().any(|name| name.eq_ignore_ascii_case(wanted));
        !self.never
            && self.all.iter().all(has)
            && (self.any.is_empty() || self.any.iter().any(has))
            && !self.none.iter().any(has)
            && (!self.only || names.len() == self.all.len())
    }

    /// The condition in words.
    pub fn describe(&self) -> String {
        let list = |names: &[String]| match names {
            [first, second, third, _, ..] => format!("{first}, {second}, {third} and {} more", names.len() - 3),
            few => few.join(", "),
        };
        let mut words = Vec::new();
        if self.never {
            words.push("only by name".to_owned());
        } else {
            if !self.all.is_empty() {
                words.push(format!("{}{}", if self.only { "exactly " } else { "" }, list(&self.all)));
            }
            if !self.any.is_empty() {
                words.push(format!("one of {}", list(&self.any)));
            }
            if !self.none.is_empty() {
                words.push(format!("no {}", list(&self.none)));
            }
        }
        words.join("; ")
    }
}

/// The names of columns as the file has them, without a byte order mark and blanks around them.
pub(crate) fn column_names(fields: &Fields) -> Vec<&str> {
    fields.iter().map(|field| field.name().trim_start_matches('\u{feff}').trim()).collect()
}
