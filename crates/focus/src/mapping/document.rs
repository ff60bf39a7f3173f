//! From a TOML document to a checked mapping.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::expression::Expression;
use super::known::known_text;
use super::problem::{MappingError, MappingProblem};
use super::{Recognise, values::Tables};
use crate::Dataset;
use crate::column::column;

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

pub(super) type Value<'i> = Spanned<DeValue<'i>>;
pub(super) type Keys<'a, 'i> = &'a DeTable<'i>;

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

pub(super) struct Reader<'t> {
    text: &'t str,
    problems: Vec<MappingProblem>,
    pub(super) tables: Tables,
}

impl Reader<'_> {
    pub(super) fn problem(&mut self, at: usize, field: &str, message: impl Into<String>) {
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
        let (Some(value), Some(name)) = (document.get("extends"), self.text(document, "", "extends")) else {
            return Mapping::empty();
        };
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
            self.problem(
                0,
                "columns",
                "the section [columns] is missing; it says for each FOCUS column where its value comes from",
            );
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
                    self.problem(
                        key.span().start,
                        &field,
                        "this is no FOCUS column; the name of a column of your own begins with x_",
                    );
                }
            }
            if let Some(expression) = self.expression(value, &field, 0) {
                columns.push((name.to_owned(), expression));
            }
        }
        let at = document.get("columns").map_or(0, |value| value.span().start);
        for missing in Dataset::CostAndUsage.essential().iter().filter(|name| !has_others && !table.contains_key(**name)) {
            self.problem(
                at,
                "columns",
                format!("{missing} is missing: without it no charge can be placed in a month and summed"),
            );
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

    pub(super) fn one_text(&mut self, value: &Value<'_>, field: &str) -> Option<String> {
        let text = value.get_ref().as_str().map(str::to_owned);
        if text.is_none() {
            self.problem(value.span().start, field, "write a text in quotes");
        }
        text
    }

    pub(super) fn text(&mut self, table: Keys<'_, '_>, field: &str, key: &str) -> Option<String> {
        let value = table.get(key)?;
        let field = if field.is_empty() { key.to_owned() } else { format!("{field}.{key}") };
        self.one_text(value, &field)
    }

    pub(super) fn texts(&mut self, table: Keys<'_, '_>, section: &str, key: &str) -> Vec<String> {
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

    pub(super) fn flag(&mut self, table: Keys<'_, '_>, section: &str, key: &str) -> bool {
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

    pub(super) fn unknown_keys(&mut self, table: Keys<'_, '_>, field: &str, known: &[&str]) {
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
