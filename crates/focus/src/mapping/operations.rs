//! From the tables of a mapping document to expressions.

use toml::de::DeValue;

use super::document::{Keys, Reader, Value};
use super::expression::{At, Expression, Form, Otherwise, Piece, TagSource, Values};

/// Expressions inside expressions go no deeper.
const DEEPEST: usize = 12;

/// The expressions that are tables: the key that each begins with, and those that may stand beside it.
pub(super) const OPERATIONS: [(&str, &[&str]); 14] = [
    ("column", &[]),
    ("constant", &[]),
    ("first", &[]),
    ("of", &["values", "table", "choose", "otherwise", "keep"]),
    ("present", &["then", "otherwise"]),
    ("template", &[]),
    ("sum", &[]),
    ("product", &[]),
    ("negative", &[]),
    ("moment", &["form", "at"]),
    ("part", &["split", "index"]),
    ("member", &["key"]),
    ("tags", &[]),
    ("total", &["key"]),
];

pub(super) const FORMS: [(&str, Form); 6] = [
    ("ISO", Form::Iso),
    ("M/D/YYYY", Form::MonthDayYear),
    ("D/M/YYYY", Form::DayMonthYear),
    ("YYYYMMDD", Form::Compact),
    ("YYYYMM", Form::CompactMonth),
    ("seconds", Form::Seconds),
];

pub(super) const ATS: [(&str, At); 4] =
    [("day-start", At::DayStart), ("next-day", At::NextDay), ("month-start", At::MonthStart), ("next-month", At::NextMonth)];

impl Reader<'_> {
    /// An expression, or nothing where it is wrong.
    pub(super) fn expression(&mut self, value: &Value<'_>, field: &str, depth: usize) -> Option<Expression> {
        let at = value.span().start;
        if depth > DEEPEST {
            self.problem(at, field, format!("expressions go no deeper than {DEEPEST}"));
            return None;
        }
        match value.get_ref() {
            DeValue::String(name) => Some(Expression::Column(name.to_string())),
            DeValue::Table(table) => self.operation(table, at, field, depth + 1),
            _ => {
                self.problem(at, field, "write the name of a source column, or a table such as { constant = \"AWS\" }");
                None
            }
        }
    }

    fn operation(&mut self, table: Keys<'_, '_>, at: usize, field: &str, depth: usize) -> Option<Expression> {
        let Some((name, more)) = OPERATIONS.into_iter().find(|(name, _)| table.contains_key(*name)) else {
            let names = OPERATIONS.map(|(name, _)| name).join(", ");
            self.problem(at, field, format!("no such expression; begin it with one of {names}"));
            return None;
        };
        let allowed: Vec<&str> = std::iter::once(name).chain(more.iter().copied()).collect();
        self.unknown_keys(table, field, &allowed);
        let value = table.get(name).expect("the key was just found");
        match name {
            "column" => self.one_text(value, field).map(Expression::Column),
            "constant" => self.one_text(value, field).map(Expression::Constant),
            "first" => self.several(value, field, depth).map(Expression::First),
            "sum" => self.several(value, field, depth).map(Expression::Sum),
            "product" => self.several(value, field, depth).map(Expression::Product),
            "of" => self.by_value(table, value, field, depth),
            "present" => Some(Expression::Present {
                of: self.boxed(value, field, depth)?,
                then: self.needed(table, at, field, "then", depth)?,
                otherwise: self.optional(table, field, "otherwise", depth),
            }),
            "template" => self.template(value, field),
            "negative" => Some(Expression::Negative(self.boxed(value, field, depth)?)),
            "moment" => Some(Expression::Moment {
                of: self.boxed(value, field, depth)?,
                form: self.word(table, field, "form", &FORMS).unwrap_or(Form::Iso),
                at: self.word(table, field, "at", &ATS).unwrap_or(At::Itself),
            }),
            "part" => Some(Expression::Part {
                of: self.boxed(value, field, depth)?,
                split: self.needed_text(table, at, field, "split")?,
                index: self.index(table, at, field)?,
            }),
            "member" => {
                Some(Expression::Member { of: self.boxed(value, field, depth)?, key: self.needed_text(table, at, field, "key")? })
            }
            "total" => {
                Some(Expression::Total { of: self.boxed(value, field, depth)?, key: self.needed_text(table, at, field, "key")? })
            }
            _ => self.tags(value, field),
        }
    }

    fn by_value(&mut self, table: Keys<'_, '_>, of: &Value<'_>, field: &str, depth: usize) -> Option<Expression> {
        let at = of.span().start;
        let of = self.boxed(of, field, depth)?;
        if let Some(choose) = table.get("choose") {
            let DeValue::Table(entries) = choose.get_ref() else {
                self.problem(choose.span().start, field, "choose is a table from values to expressions");
                return None;
            };
            let (mut branches, mut values) = (Vec::new(), Values::default());
            for (key, value) in entries {
                if !values.insert(key.get_ref(), branches.len().to_string()) {
                    self.problem(
                        key.span().start,
                        field,
                        format!("{:?} is listed twice; capitals do not tell values apart", key.get_ref()),
                    );
                }
                branches.push(self.expression(value, field, depth)?);
            }
            let otherwise = self.optional(table, field, "otherwise", depth);
            return Some(Expression::Choose { of, branches, values, otherwise });
        }
        let values = match (table.get("values"), table.get("table")) {
            (Some(values), None) => self.values(values, field)?,
            (None, Some(name)) => {
                let wanted = self.one_text(name, field)?;
                let Some(values) = self.tables.get(&wanted) else {
                    self.problem(name.span().start, field, format!("there is no [tables.{wanted}] in this mapping"));
                    return None;
                };
                values.clone()
            }
            _ => {
                self.problem(at, field, "beside of stands one of values, table and choose");
                return None;
            }
        };
        let otherwise = match (table.get("otherwise"), self.flag(table, field, "keep")) {
            (Some(value), false) => Otherwise::Text(self.one_text(value, field)?),
            (None, true) => Otherwise::Itself,
            (None, false) => Otherwise::Nothing,
            (Some(value), true) => {
                self.problem(value.span().start, field, "otherwise and keep exclude each other");
                return None;
            }
        };
        Some(Expression::Values { of, values, otherwise })
    }

    fn tags(&mut self, value: &Value<'_>, field: &str) -> Option<Expression> {
        let DeValue::Array(entries) = value.get_ref() else {
            self.problem(value.span().start, field, "tags is a list of sources such as { columns = \"tags/*\" }");
            return None;
        };
        let mut sources = Vec::new();
        for entry in entries {
            let at = entry.span().start;
            let DeValue::Table(table) = entry.get_ref() else {
                self.problem(at, field, "a source of tags is a table such as { columns = \"tags/*\" }");
                continue;
            };
            self.unknown_keys(table, field, &["columns", "object", "pairs", "prefix"]);
            let prefix = self.text(table, field, "prefix").unwrap_or_default();
            if let Some(pattern) = self.text(table, field, "columns") {
                match pattern.split_once('*') {
                    Some((before, after)) if !after.contains('*') => {
                        sources.push(TagSource::Columns { before: before.to_owned(), after: after.to_owned(), prefix });
                    }
                    _ => self.problem(at, field, "columns is a pattern with one *, which stands for the tag's key"),
                }
            } else if let Some(column) = self.text(table, field, "object") {
                sources.push(TagSource::Object { column, prefix });
            } else if let Some(column) = self.text(table, field, "pairs") {
                sources.push(TagSource::Pairs { column, prefix });
            } else {
                self.problem(at, field, "a source of tags is one of columns, object and pairs");
            }
        }
        Some(Expression::Tags(sources))
    }

    fn template(&mut self, value: &Value<'_>, field: &str) -> Option<Expression> {
        let text = self.one_text(value, field)?;
        let mut pieces = Vec::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            let Some((column, after)) = after.split_once('}') else {
                self.problem(value.span().start, field, "a { of the template is not closed");
                return None;
            };
            pieces.extend([Piece::Text(before.to_owned()), Piece::Column(column.to_owned())]);
            rest = after;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Some(Expression::Template(pieces))
    }

    pub(super) fn values(&mut self, value: &Value<'_>, field: &str) -> Option<Values> {
        let DeValue::Table(entries) = value.get_ref() else {
            self.problem(value.span().start, field, "write a table from values to texts");
            return None;
        };
        let mut values = Values::default();
        for (key, text) in entries {
            let text = self.one_text(text, field)?;
            if !values.insert(key.get_ref(), text) {
                self.problem(
                    key.span().start,
                    field,
                    format!("{:?} is listed twice; capitals do not tell values apart", key.get_ref()),
                );
            }
        }
        Some(values)
    }

    fn several(&mut self, value: &Value<'_>, field: &str, depth: usize) -> Option<Vec<Expression>> {
        match value.get_ref() {
            DeValue::Array(entries) if !entries.is_empty() => {
                entries.iter().map(|entry| self.expression(entry, field, depth)).collect()
            }
            _ => {
                self.problem(value.span().start, field, "write a list of expressions");
                None
            }
        }
    }

    fn boxed(&mut self, value: &Value<'_>, field: &str, depth: usize) -> Option<Box<Expression>> {
        self.expression(value, field, depth).map(Box::new)
    }

    fn needed(&mut self, table: Keys<'_, '_>, at: usize, field: &str, key: &str, depth: usize) -> Option<Box<Expression>> {
        match table.get(key) {
            Some(value) => self.boxed(value, field, depth),
            None => {
                self.problem(at, field, format!("{key} is missing"));
                None
            }
        }
    }

    fn optional(&mut self, table: Keys<'_, '_>, field: &str, key: &str, depth: usize) -> Option<Box<Expression>> {
        table.get(key).and_then(|value| self.boxed(value, field, depth))
    }

    fn needed_text(&mut self, table: Keys<'_, '_>, at: usize, field: &str, key: &str) -> Option<String> {
        let text = table.get(key).and_then(|value| self.one_text(value, field));
        if text.as_deref().is_none_or(str::is_empty) {
            self.problem(at, field, format!("{key} is missing: a text"));
            return None;
        }
        text
    }

    fn index(&mut self, table: Keys<'_, '_>, at: usize, field: &str) -> Option<i64> {
        let index = table.get("index").and_then(|value| value.get_ref().as_integer()).and_then(|n| n.as_str().parse().ok());
        if index.is_none() {
            self.problem(at, field, "index is missing: a whole number, 0 for the first part, -1 for the last");
        }
        index
    }

    fn word<T: Copy>(&mut self, table: Keys<'_, '_>, field: &str, key: &str, words: &[(&str, T)]) -> Option<T> {
        let value = table.get(key)?;
        let word = self.one_text(value, field)?;
        let found = words.iter().find(|(name, _)| *name == word).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let names = words.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
            self.problem(value.span().start, field, format!("{key} is one of {names}"));
        }
        found
    }
}
