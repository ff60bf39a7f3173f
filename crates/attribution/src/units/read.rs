//! From a text to entries, each read by itself, so that one broken entry does not hide the problems of the others.

use std::str::FromStr;

use chrono::NaiveDate;
use farthing_types::UnitId;

use super::node::{Node, Table};
use super::problem::{UnitCause, UnitProblem};
use super::{UnitSpan, UnitsForm, csv_rows, json, scim, yaml};
use crate::error::nearest;

/// The fields of an entry.
pub(super) const FIELDS: [&str; 10] =
    ["id", "name", "parent", "owners", "cost_center", "currency", "budget", "from", "until", "succeeded_by"];
/// Those that hold several texts.
pub(super) const LISTS: [&str; 2] = ["owners", "succeeded_by"];

/// What a text lists.
#[derive(Debug, Default)]
pub(super) struct Listed {
    /// The entries, with their lines.
    pub spans: Vec<(Option<usize>, UnitSpan)>,
    /// What was left out on purpose, in words.
    pub passed_over: Vec<String>,
}

/// Reads every entry that can be read and reports every one that cannot.
pub(super) fn read(text: &str, form: UnitsForm, problems: &mut Vec<UnitProblem>) -> Listed {
    let found = match form {
        UnitsForm::Csv => csv_rows::read(text),
        UnitsForm::Yaml => yaml::read(text).map(|node| entries(node, problems)),
        UnitsForm::Json => match json::read(text) {
            Ok(node) if scim::is_scim(&node) => return scim::read(&node, problems),
            Ok(node) => Ok(entries(node, problems)),
            Err(error) => Err(error),
        },
    };
    match found {
        Ok(tables) => Listed { spans: tables.iter().filter_map(|table| span(table, problems)).collect(), ..Listed::default() },
        Err(error) => {
            problems.push(UnitProblem { line: Some(error.line), unit: None, cause: UnitCause::Shape(error.message) });
            Listed::default()
        }
    }
}

fn whole(line: usize, message: String) -> UnitProblem {
    UnitProblem { line: Some(line), unit: None, cause: UnitCause::Shape(message) }
}

/// The tables of `units` in a document that says its version.
fn entries(node: Node, problems: &mut Vec<UnitProblem>) -> Vec<Table> {
    let table = match node {
        Node::Table(table) => table,
        Node::Empty => return Vec::new(),
        other => {
            let kind = other.kind();
            problems.push(whole(1, format!("the document is {kind}: it must be a table with `version: 1` and a list `units`")));
            return Vec::new();
        }
    };
    if table.text("version") != Some("1") {
        problems.push(whole(table.line, "the document must say version 1".to_owned()));
    }
    let mut tables = Vec::new();
    for (name, value) in table.fields {
        match (name.as_str(), value) {
            ("version", _) => {}
            ("units", Node::List(items)) => {
                for (at, item) in items.into_iter().enumerate() {
                    match item {
                        Node::Table(entry) => tables.push(entry),
                        other => problems.push(whole(
                            table.line,
                            format!("entry {} of units is {}: each must be a table with an id", at + 1, other.kind()),
                        )),
                    }
                }
            }
            ("units", Node::Empty) => {}
            ("units", other) => problems.push(whole(table.line, format!("units is {}: it must be a list", other.kind()))),
            (other, _) => {
                problems.push(whole(table.line, format!("{other:?} means nothing here: the document has version and units")));
            }
        }
    }
    tables
}

/// One entry.
pub(super) fn span(table: &Table, problems: &mut Vec<UnitProblem>) -> Option<(Option<usize>, UnitSpan)> {
    let line = Some(table.line);
    let mut entry = Entry { table, problems, is_good: true };
    for (name, _) in &table.fields {
        if !FIELDS.contains(&name.as_str()) {
            let nearest = nearest(name, FIELDS).and_then(|near| FIELDS.into_iter().find(|field| *field == near));
            entry.fail(UnitCause::UnknownField { name: name.clone(), nearest });
        }
    }
    if table.get("id").is_none() {
        entry.fail(UnitCause::NoId);
    }
    let id: Option<UnitId> = entry.parsed("id");
    let read = UnitSpan {
        name: entry.text("name").or_else(|| table.text("id").map(str::to_owned)).unwrap_or_default(),
        parent: entry.parsed("parent"),
        owners: entry.texts("owners"),
        cost_center: entry.text("cost_center"),
        currency: entry.parsed("currency"),
        budget: entry.parsed("budget"),
        from: entry.day("from"),
        until: entry.day("until"),
        succeeded_by: entry.texts("succeeded_by").iter().filter_map(|text| entry.parse("succeeded_by", text)).collect(),
        id: id?,
    };
    entry.is_good.then_some((line, read))
}

struct Entry<'a> {
    table: &'a Table,
    problems: &'a mut Vec<UnitProblem>,
    is_good: bool,
}

impl Entry<'_> {
    fn fail(&mut self, cause: UnitCause) {
        self.is_good = false;
        let unit = self.table.text("id").map(str::to_owned);
        self.problems.push(UnitProblem { line: Some(self.table.line), unit, cause });
    }

    fn text(&mut self, name: &str) -> Option<String> {
        match self.table.get(name)? {
            Node::Text(text) => Some(text.clone()),
            other => {
                let kind = other.kind();
                self.fail(UnitCause::Shape(format!("{name} is {kind}: it must be one text")));
                None
            }
        }
    }

    /// A list of texts, or one.
    fn texts(&mut self, name: &str) -> Vec<String> {
        let node = self.table.get(name);
        let items = match node {
            None => return Vec::new(),
            Some(Node::List(items)) => items.as_slice(),
            Some(one) => std::slice::from_ref(one),
        };
        let mut texts = Vec::new();
        for item in items {
            match item {
                Node::Text(text) if !texts.contains(text) => texts.push(text.clone()),
                Node::Text(text) => self.fail(UnitCause::Shape(format!("{name} has {text:?} twice"))),
                other => self.fail(UnitCause::Shape(format!("{name} has {} in it: it must be a list of texts", other.kind()))),
            }
        }
        texts
    }

    fn parsed<T: FromStr<Err: std::fmt::Display>>(&mut self, name: &str) -> Option<T> {
        let text = self.text(name)?;
        self.parse(name, &text)
    }

    fn parse<T: FromStr<Err: std::fmt::Display>>(&mut self, name: &str, text: &str) -> Option<T> {
        text.parse().map_err(|error| self.fail(UnitCause::Shape(format!("{name}: {error}")))).ok()
    }

    fn day(&mut self, name: &str) -> Option<NaiveDate> {
        let text = self.text(name)?;
        let wrong = UnitCause::Shape(format!("{name}: {text:?} is not a day such as 2026-07-01"));
        text.parse().map_err(|_| self.fail(wrong)).ok()
    }
}
