//! From text to entries: every entry is read by itself, so that one broken entry does not hide the problems of the others.

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::entry::{PoolEntry, RuleEntry, SECTIONS, UnitEntry, VirtualTagEntry, WorkloadEntry};
use crate::error::{Entry, Problem, RuleError, Section, Site};

/// An entry and where it stands.
#[derive(Debug)]
pub(crate) struct Sited<T> {
    pub site: Site,
    pub entry: T,
}

/// What a rule file lists, in its order.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    pub units: Vec<Sited<UnitEntry>>,
    pub virtual_tags: Vec<Sited<VirtualTagEntry>>,
    pub rules: Vec<Sited<RuleEntry>>,
    pub pools: Vec<Sited<PoolEntry>>,
    pub workloads: Vec<Sited<WorkloadEntry>>,
}

/// Lines and columns of a text, from byte positions.
pub(crate) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub fn new(text: &'a str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, starts }
    }

    /// Line and column, both from 1, of a byte position.
    pub fn site(&self, at: usize) -> Site {
        let line = self.starts.partition_point(|&start| start <= at).max(1);
        let start = self.starts[line - 1];
        let column = self.text.get(start..at).map_or(1, |before| before.chars().count() + 1);
        Site { line, column }
    }
}

/// Reads every entry that can be read and reports every one that cannot.
pub(crate) fn read(text: &str, lines: &Lines<'_>, errors: &mut Vec<RuleError>) -> Entries {
    let (document, syntax) = DeTable::parse_recoverable(text);
    let whole = |at: usize, problem| RuleError { site: lines.site(at), entry: Entry::File, problem };
    for error in &syntax {
        let at = error.span().map_or(0, |span| span.start);
        errors.push(whole(at, Problem::Syntax { message: error.message().trim().to_owned() }));
    }
    let mut table = document.into_inner();
    for (key, _) in &table {
        if !SECTIONS.contains(&key.get_ref().as_ref()) {
            errors.push(whole(key.span().start, Problem::UnknownSection { name: key.get_ref().to_string() }));
        }
    }
    match table.get("version").map(|v| (v.span().start, v.get_ref().as_integer().and_then(|i| i.as_str().parse::<u32>().ok()))) {
        Some((_, Some(1))) => {}
        Some((at, _)) => errors.push(whole(at, Problem::Version)),
        None => errors.push(whole(0, Problem::Version)),
    }
    Entries {
        units: section(&mut table, Section::Unit, "units", lines, errors),
        virtual_tags: section(&mut table, Section::VirtualTag, "virtual_tags", lines, errors),
        rules: section(&mut table, Section::Rule, "rules", lines, errors),
        pools: section(&mut table, Section::Pool, "pools", lines, errors),
        workloads: section(&mut table, Section::Workload, "workloads", lines, errors),
    }
}

fn section<T: DeserializeOwned>(
    table: &mut DeTable<'_>,
    kind: Section,
    name: &'static str,
    lines: &Lines<'_>,
    errors: &mut Vec<RuleError>,
) -> Vec<Sited<T>> {
    let Some(value) = table.remove(name) else { return Vec::new() };
    let at = value.span().start;
    let DeValue::Array(entries) = value.into_inner() else {
        let problem = Problem::Shape { message: format!("{name} is not a list; begin each entry with [[{name}]]") };
        errors.push(RuleError { site: lines.site(at), entry: Entry::File, problem });
        return Vec::new();
    };
    let mut read = Vec::new();
    for value in entries {
        let site = lines.site(value.span().start);
        let id = value.get_ref().get("id").and_then(|id| id.get_ref().as_str()).map(str::to_owned);
        match entry(value, lines) {
            Ok(entry) => read.push(Sited { site, entry }),
            Err((inner, message)) => {
                let entry = id.map_or(Entry::Nameless(kind), |id| Entry::Named(kind, id));
                errors.push(RuleError { site: inner.unwrap_or(site), entry, problem: Problem::Shape { message } });
            }
        }
    }
    read
}

fn entry<T: DeserializeOwned>(value: Spanned<DeValue<'_>>, lines: &Lines<'_>) -> Result<T, (Option<Site>, String)> {
    T::deserialize(ValueDeserializer::from(value))
        .map_err(|error| (error.span().map(|span| lines.site(span.start)), error.message().trim().to_owned()))
}
