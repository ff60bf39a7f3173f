//! From a TOML document to a checked mapping.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::expression::{At, Expression, Form, Otherwise, Piece, TagSource, Values};
use super::known::known_text;
use super::problem::{MappingError, MappingProblem};
use super::{Recognise, values::Tables};
use crate::column::column;
use crate::header::ESSENTIAL;

/// How one provider's columns become FOCUS columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// Its name, by which it can be asked for.
    pub name: String,
    /// What it reads, in a line.
    pub title: String,
    /// What it does and does not carry over, in prose.
    pub about: String,
    pub(crate) recognise: Recognise,
    /// FOCUS or `x_` column and how it comes about, in order of name.
    pub(crate) columns: Vec<(String, Expression)>,
    /// True where a source column with a FOCUS name goes to that column unless the mapping says otherwise.
    pub(crate) same_names: bool,
    /// Patterns of source columns that are kept as `x_` columns although expressions read them.
    pub(crate) keep_too: Vec<String>,
    /// Patterns of source columns that are not kept.
    pub(crate) leave_out: Vec<String>,
}

const KEYS: [&str; 9] = ["version", "name", "title", "about", "extends", "recognise", "columns", "tables", "others"];

/// Expressions inside expressions go no deeper.
const DEEPEST: usize = 12;

type Value<'i> = Spanned<DeValue<'i>>;
type Keys<'a, 'i> = &'a DeTable<'i>;

impl Mapping {
    /// Reads and checks a mapping. `file` is its name in messages.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its line and key.
    pub fn parse(file: &str, text: &str) -> Result<Self, MappingError> {
        let mut reader = Reader { text, problems: Vec::new(), tables: BTreeMap::new() };
        let (document, syntax) = DeTable::parse_recoverable(text);
        for error in &syntax {
            reader.problem(error.span().map_or(0, |span| span.start), "", error.message().trim());
        }
        let mapping = reader.mapping(document.get_ref());
        if reader.problems.is_empty() {
            return Ok(mapping);
        }
        reader.problems.sort_by_key(|problem| problem.line);
        Err(MappingError { file: file.to_owned(), problems: reader.problems })
    }

    /// Which columns tell that a file is meant, in words.
    pub fn recognised_by(&self) -> String {
        self.recognise.describe()
    }

    /// The FOCUS and `x_` columns that it fills.
    pub fn fills(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|(name, _)| name.as_str())
    }
}

struct Reader<'t> {
    text: &'t str,
    problems: Vec<MappingProblem>,
    tables: Tables,
}

impl Reader<'_> {
    fn problem(&mut self, at: usize, field: &str, message: impl Into<String>) {
        let line = 1 + self.text.as_bytes()[..at.min(self.text.len())].iter().filter(|b| **b == b'\n').count();
        self.problems.push(MappingProblem { line, field: field.to_owned(), message: message.into() });
    }

    fn mapping(&mut self, document: Keys<'_, '_>) -> Mapping {
        self.unknown_keys(document, "", &KEYS);
        match document.get("version").map(|value| (value.span().start, value.get_ref().as_integer().map(ToString::to_string))) {
            Some((_, Some(version))) if version == "1" => {}
            found => self.problem(found.map_or(0, |(at, _)| at), "version", "write version = 1, the only one there is"),
        }
        let base = self.extended(document);
        self.read_tables(document);
        let name = self.text(document, "", "name").unwrap_or_default();
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.')) {
            let at = document.get("name").map_or(0, |value| value.span().start);
            self.problem(at, "name", "a mapping has a name of letters, digits, - and ., such as name = \"acme-cloud\"");
        }
        let title = self.text(document, "", "title").unwrap_or_else(|| name.clone());
        let about = self.text(document, "", "about").unwrap_or_default();
        let recognise = self.recognise(document);
        let others = self.section(document, "others");
        let mut mapping = Mapping { name, title, about, recognise, ..base };
        if let Some(others) = others {
            self.unknown_keys(others, "others", &["same_names", "keep_too", "leave_out"]);
            mapping.same_names |= self.flag(others, "others", "same_names");
            mapping.keep_too.extend(self.texts(others, "others", "keep_too"));
            mapping.leave_out.extend(self.texts(others, "others", "leave_out"));
        }
        let inherited = std::mem::take(&mut mapping.columns);
        mapping.columns = self.columns(document, mapping.same_names || !inherited.is_empty());
        let own: Vec<String> = mapping.fills().map(str::to_owned).collect();
        mapping.columns.extend(inherited.into_iter().filter(|(name, _)| !own.contains(name)));
        mapping
    }

    /// The mapping that this one changes in part, whose tables it may use as well.
    fn extended(&mut self, document: Keys<'_, '_>) -> Mapping {
        let (Some(value), Some(name)) = (document.get("extends"), self.text(document, "", "extends")) else { return Mapping::empty() };
        let Some(text) = known_text(&name) else {
            let message = format!("there is no mapping {name} in the program; `farthing formats` lists what there is");
            self.problem(value.span().start, "extends", message);
            return Mapping::empty();
        };
        let (base, _) = DeTable::parse_recoverable(text);
        // What that one extends has tables as well.
        self.extended(base.get_ref());
        self.read_tables(base.get_ref());
        Mapping::parse(&name, text).expect("the program's own mappings are tested")
    }

    fn columns(&mut self, document: Keys<'_, '_>, has_others: bool) -> Vec<(String, Expression)> {
        let Some(table) = self.section(document, "columns") else {
            self.problem(0, "columns", "the section [columns] is missing; it says for each FOCUS column where its value comes from");
            return Vec::new();
        };
        let mut columns = Vec::new();
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            let field = format!("columns.{name}");
            match column(name) {
                Some((_, known)) if known.name == name => {}
                Some((_, known)) => self.problem(key.span().start, &field, format!("write {}, as FOCUS does", known.name)),
                None if name.starts_with("x_") && name.len() > 2 => {}
                None => {
                    self.problem(key.span().start, &field, "this is no FOCUS column; the name of a column of your own begins with x_");
                }
            }
            if let Some(expression) = self.expression(value, &field, 0) {
                columns.push((name.to_owned(), expression));
            }
        }
        let at = document.get("columns").map_or(0, |value| value.span().start);
        for missing in ESSENTIAL.into_iter().filter(|name| !has_others && !table.contains_key(*name)) {
            self.problem(at, "columns", format!("{missing} is missing: without it no charge can be placed in a month and summed"));
        }
        columns
    }

    fn recognise(&mut self, document: Keys<'_, '_>) -> Recognise {
        let Some(table) = self.section(document, "recognise") else {
            self.problem(0, "recognise", "the section [recognise] is missing; it says which columns a file of this format has");
            return Recognise::default();
        };
        self.unknown_keys(table, "recognise", &["all", "any", "none", "only", "never"]);
        let recognise = Recognise {
            all: self.texts(table, "recognise", "all"),
            any: self.texts(table, "recognise", "any"),
            none: self.texts(table, "recognise", "none"),
            only: self.flag(table, "recognise", "only"),
            never: self.flag(table, "recognise", "never"),
        };
        if recognise.all.is_empty() && recognise.any.is_empty() && !recognise.never {
            let at = document.get("recognise").map_or(0, |value| value.span().start);
            let message = "list columns in all or any, or write never = true where the format is only read when it is named";
            self.problem(at, "recognise", message);
        }
        recognise
    }

    fn read_tables(&mut self, document: Keys<'_, '_>) {
        let Some(tables) = self.section(document, "tables") else { return };
        for (key, value) in tables {
            let field = format!("tables.{}", key.get_ref());
            if let Some(values) = self.values(value, &field) {
                self.tables.insert(key.get_ref().to_string(), values);
            }
        }
    }

    /// An expression, or nothing where it is wrong.
    fn expression(&mut self, value: &Value<'_>, field: &str, depth: usize) -> Option<Expression> {
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
        const OPERATIONS: [(&str, &[&str]); 13] = [
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
        ];
        // `total` shares its other key with `member`.
        let operations = OPERATIONS.iter().copied().chain([("total", &["key"][..])]);
        let Some((name, more)) = operations.clone().find(|(name, _)| table.contains_key(*name)) else {
            let names = operations.map(|(name, _)| name).collect::<Vec<_>>().join(", ");
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
            "member" => Some(Expression::Member {
                of: self.boxed(value, field, depth)?,
                key: self.needed_text(table, at, field, "key")?,
            }),
            "total" => Some(Expression::Total {
                of: self.boxed(value, field, depth)?,
                key: self.needed_text(table, at, field, "key")?,
            }),
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
                    self.problem(key.span().start, field, format!("{:?} is listed twice; capitals do not tell values apart", key.get_ref()));
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

    fn values(&mut self, value: &Value<'_>, field: &str) -> Option<Values> {
        let DeValue::Table(entries) = value.get_ref() else {
            self.problem(value.span().start, field, "write a table from values to texts");
            return None;
        };
        let mut values = Values::default();
        for (key, text) in entries {
            let text = self.one_text(text, field)?;
            if !values.insert(key.get_ref(), text) {
                self.problem(key.span().start, field, format!("{:?} is listed twice; capitals do not tell values apart", key.get_ref()));
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

    fn one_text(&mut self, value: &Value<'_>, field: &str) -> Option<String> {
        let text = value.get_ref().as_str().map(str::to_owned);
        if text.is_none() {
            self.problem(value.span().start, field, "write a text in quotes");
        }
        text
    }

    fn text(&mut self, table: Keys<'_, '_>, field: &str, key: &str) -> Option<String> {
        let value = table.get(key)?;
        let field = if field.is_empty() { key.to_owned() } else { format!("{field}.{key}") };
        self.one_text(value, &field)
    }

    fn texts(&mut self, table: Keys<'_, '_>, section: &str, key: &str) -> Vec<String> {
        let Some(value) = table.get(key) else { return Vec::new() };
        let field = format!("{section}.{key}");
        match value.get_ref() {
            DeValue::Array(entries) => entries.iter().filter_map(|entry| self.one_text(entry, &field)).collect(),
            _ => {
                self.problem(value.span().start, &field, "write a list of texts");
                Vec::new()
            }
        }
    }

    fn flag(&mut self, table: Keys<'_, '_>, section: &str, key: &str) -> bool {
        let Some(value) = table.get(key) else { return false };
        value.get_ref().as_bool().unwrap_or_else(|| {
            self.problem(value.span().start, &format!("{section}.{key}"), "write true or false");
            false
        })
    }

    fn section<'a, 'i>(&mut self, document: Keys<'a, 'i>, name: &str) -> Option<Keys<'a, 'i>> {
        let value = document.get(name)?;
        match value.get_ref() {
            DeValue::Table(table) => Some(table),
            _ => {
                self.problem(value.span().start, name, format!("begin a section with [{name}]"));
                None
            }
        }
    }

    fn unknown_keys(&mut self, table: Keys<'_, '_>, field: &str, known: &[&str]) {
        for (key, _) in table {
            if !known.contains(&key.get_ref().as_ref()) {
                let message = format!("{} is no key here; known are {}", key.get_ref(), known.join(", "));
                self.problem(key.span().start, field, message);
            }
        }
    }
}

impl Mapping {
    fn empty() -> Self {
        Self {
            name: String::new(),
            title: String::new(),
            about: String::new(),
            recognise: Recognise::default(),
            columns: Vec::new(),
            same_names: false,
            keep_too: Vec::new(),
            leave_out: Vec::new(),
        }
    }
}

const FORMS: [(&str, Form); 6] = [
    ("ISO", Form::Iso),
    ("M/D/YYYY", Form::MonthDayYear),
    ("D/M/YYYY", Form::DayMonthYear),
    ("YYYYMMDD", Form::Compact),
    ("YYYYMM", Form::CompactMonth),
    ("seconds", Form::Seconds),
];

const ATS: [(&str, At); 4] =
    [("day-start", At::DayStart), ("next-day", At::NextDay), ("month-start", At::MonthStart), ("next-month", At::NextMonth)];
