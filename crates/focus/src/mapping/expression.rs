//! What a FOCUS column is made of.

use std::collections::BTreeMap;

/// How the value of a FOCUS column comes about from a row's source columns. An empty text is no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expression {
    /// `"name"`: a source column as it is; no value where the file does not have it.
    Column(String),
    /// `{ constant = "text" }`: the same in every row.
    Constant(String),
    /// `{ first = [a, b] }`: the first that has a value.
    First(Vec<Expression>),
    /// `{ of = a, values = { x = "y" }, otherwise = "z" }`: a text for each value of `a`.
    Values { of: Box<Expression>, values: Values, otherwise: Otherwise },
    /// `{ of = a, choose = { x = b }, otherwise = c }`: an expression for each value of `a`.
    Choose { of: Box<Expression>, branches: Vec<Expression>, values: Values, otherwise: Option<Box<Expression>> },
    /// `{ present = a, then = b, otherwise = c }`: `b` where `a` has a value, else `c`.
    Present { of: Box<Expression>, then: Box<Expression>, otherwise: Option<Box<Expression>> },
    /// `{ template = "{a}/{b}" }`: a text with columns put in; no value where one of them has none.
    Template(Vec<Piece>),
    /// `{ sum = [a, b] }`: exact; what has no value counts as nothing, and no value where none has.
    Sum(Vec<Expression>),
    /// `{ product = [a, b] }`: rounded half to even at 1e-18; no value where one has none.
    Product(Vec<Expression>),
    /// `{ negative = a }`: the value with the other sign.
    Negative(Box<Expression>),
    /// `{ moment = a, form = "M/D/YYYY", at = "next-day" }`: a date and time.
    Moment { of: Box<Expression>, form: Form, at: At },
    /// `{ part = a, split = ":", index = 5 }`: a part of a text, counted from 0, or from the end where negative.
    Part { of: Box<Expression>, split: String, index: i64 },
    /// `{ member = a, key = "region" }`: a member of a JSON object.
    Member { of: Box<Expression>, key: String },
    /// `{ total = a, key = "amount" }`: the exact sum of a member over a JSON array of objects; no value where there is none.
    Total { of: Box<Expression>, key: String },
    /// `{ tags = [ … ] }`: a JSON object of tags from columns, objects and lists of pairs.
    Tags(Vec<TagSource>),
}

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Text(String),
    Column(String),
}

/// Texts found by their exact form whatever their capitals, or by a pattern with `*`; the longest pattern wins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Values {
    /// From the text in small letters to what it stands for.
    pub exact: BTreeMap<String, String>,
    /// Patterns in small letters, the longest first.
    pub patterns: Vec<(String, String)>,
}

/// What stands for a value that a mapping does not list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Otherwise {
    /// No value.
    Nothing,
    /// The value itself.
    Itself,
    /// A text.
    Text(String),
}

/// How a moment is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `2026-05-01T00:00:00Z` and its relatives.
    Iso,
    /// `5/31/2026`, or any that [`Form::Iso`] reads: exports change between the two.
    MonthDayYear,
    /// `31/5/2026`, or any that [`Form::Iso`] reads.
    DayMonthYear,
    /// `20260531`.
    Compact,
    /// `202605`.
    CompactMonth,
    /// Seconds since 1970.
    Seconds,
}

/// Which moment beside the one that is written is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// The one that is written.
    Itself,
    /// The first of its day.
    DayStart,
    /// The first of the day after: what follows a last day that is counted in.
    NextDay,
    /// The first of its month.
    MonthStart,
    /// The first of the month after.
    NextMonth,
}

/// Where tags come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TagSource {
    /// `{ columns = "resourceTags/user:*", prefix = "" }`: a column a tag; what `*` stands for is the key.
    Columns { before: String, after: String, prefix: String },
    /// `{ object = "Tags", prefix = "" }`: a JSON object in a column, with or without its braces.
    Object { column: String, prefix: String },
    /// `{ pairs = "labels", prefix = "" }`: a JSON array of `{"key", "value"}` in a column.
    Pairs { column: String, prefix: String },
}

impl Values {
    /// What stands for this text; `Err` where none is listed.
    pub fn find(&self, text: &str) -> Option<&str> {
        let small = text.to_ascii_lowercase();
        self.exact.get(&small).or_else(|| self.pattern(&small)).map(String::as_str)
    }

    fn pattern(&self, small: &str) -> Option<&String> {
        self.patterns.iter().find(|(pattern, _)| glob(pattern.as_bytes(), small.as_bytes())).map(|(_, value)| value)
    }

    /// The listed texts, one after another.
    pub fn insert(&mut self, key: &str, value: String) -> bool {
        let small = key.to_ascii_lowercase();
        if small.contains('*') {
            let known = self.patterns.iter().any(|(pattern, _)| *pattern == small);
            let place = self.patterns.partition_point(|(pattern, _)| pattern.len() >= small.len());
            self.patterns.insert(place, (small, value));
            !known
        } else {
            self.exact.insert(small, value).is_none()
        }
    }
}

/// True where `*` in the pattern can stand for texts that make it `text`.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if p < pattern.len() && pattern[p] == b'*' {
            star = Some((p, t));
            p += 1;
        } else if p < pattern.len() && pattern[p] == text[t] {
            (p, t) = (p + 1, t + 1);
        } else if let Some((at, from)) = star {
            star = Some((at, from + 1));
            (p, t) = (at + 1, from + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&b| b == b'*')
}

impl Expression {
    /// Calls `visit` with this expression and every one inside it.
    pub fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Expression)) {
        visit(self);
        match self {
            Self::Column(_) | Self::Constant(_) | Self::Template(_) | Self::Tags(_) => {}
            Self::First(inner) | Self::Sum(inner) | Self::Product(inner) => inner.iter().for_each(|one| one.walk(visit)),
            Self::Values { of, .. }
            | Self::Negative(of)
            | Self::Moment { of, .. }
            | Self::Part { of, .. }
            | Self::Member { of, .. }
            | Self::Total { of, .. } => of.walk(visit),
            Self::Choose { of, branches, otherwise, .. } => {
                of.walk(visit);
                branches.iter().for_each(|one| one.walk(visit));
                otherwise.iter().for_each(|one| one.walk(visit));
            }
            Self::Present { of, then, otherwise } => {
                of.walk(visit);
                then.walk(visit);
                otherwise.iter().for_each(|one| one.walk(visit));
            }
        }
    }

    /// True where the file's column of this name, in the file's own spelling, is read.
    pub fn reads(&self, name: &str) -> bool {
        let mut reads = false;
        self.walk(&mut |one| {
            reads |= match one {
                Self::Column(column) => column.eq_ignore_ascii_case(name),
                Self::Template(pieces) => {
                    pieces.iter().any(|piece| matches!(piece, Piece::Column(column) if column.eq_ignore_ascii_case(name)))
                }
                Self::Tags(sources) => sources.iter().any(|source| source.reads(name)),
                _ => false,
            }
        });
        reads
    }
}

impl TagSource {
    /// True where tags are read from this column.
    pub fn reads(&self, name: &str) -> bool {
        match self {
            Self::Columns { .. } => self.key(name).is_some(),
            Self::Object { column, .. } | Self::Pairs { column, .. } => column.eq_ignore_ascii_case(name),
        }
    }

    /// The tag's key where this column is a tag by itself.
    pub fn key<'a>(&self, name: &'a str) -> Option<&'a str> {
        let Self::Columns { before, after, .. } = self else { return None };
        name.strip_prefix(before.as_str())?.strip_suffix(after.as_str()).filter(|key| !key.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_text_and_by_the_longest_pattern() {
        let mut values = Values::default();
        assert!(values.insert("Tax", "T".into()) && values.insert("*Fee", "F".into()) && values.insert("RI*Fee", "R".into()));
        assert!(!values.insert("TAX", "twice".into()));
        values.insert("Tax", "T".into());
        let found = |text: &str| values.find(text).unwrap_or("nothing").to_owned();
        assert_eq!([found("tax"), found("UpfrontFee"), found("RIUpfrontFee"), found("Usage")], ["T", "F", "R", "nothing"]);
    }

    #[test]
    fn stars_stand_for_any_text() {
        let is = |pattern: &str, text: &str| glob(pattern.as_bytes(), text.as_bytes());
        assert!(is("*/microsoft.capacity/*", "/providers/microsoft.capacity/reservations/1"));
        assert!(is("a*b*c", "axxbyybc") && is("*", "") && is("a**", "a"));
        assert!(!is("a*b", "abc") && !is("a", "") && !is("", "a"));
    }
}
