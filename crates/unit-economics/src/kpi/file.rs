//! The file of definitions: TOML, version 1. `builtin.toml` is one; an organisation's own has `sql` where that has `computed_by`, and
//! may name owners of built-in metrics under `[owners]`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use toml::Spanned;

use super::{Better, Kpi};
use crate::document::line_of;

/// What is wrong with a file of definitions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct KpiError {
    /// 1-based.
    pub line: usize,
    /// Cause and next step.
    pub message: String,
}

/// What a file says.
pub(super) struct Read {
    pub kpis: Vec<Kpi>,
    /// Owners of metrics that the program defines.
    pub owners: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: Spanned<i64>,
    #[serde(default)]
    owners: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    kpi: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: Spanned<String>,
    name: String,
    owner: String,
    unit: String,
    better: Better,
    formula: String,
    definition: String,
    source: Vec<String>,
    computed_by: Option<String>,
    sql: Option<String>,
}

/// What a metric may rest on.
const SOURCES: [&str; 9] = ["charges", "usage", "decisions", "rules", "units", "people", "metrics", "rates", "fleet"];

/// Reads a file of definitions beside those that are there.
pub(super) fn parse(text: &str, there: &BTreeMap<String, Kpi>) -> Result<Read, Vec<KpiError>> {
    let file: File = toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(text, span.start));
        vec![KpiError { line, message: error.message().to_owned() }]
    })?;
    let mut errors = Vec::new();
    if *file.version.get_ref() != 1 {
        let message = format!("version {} is not known; this reads version 1", file.version.get_ref());
        errors.push(KpiError { line: line_of(text, file.version.span().start), message });
    }
    let mut ids = BTreeSet::new();
    let mut kpis = Vec::with_capacity(file.kpi.len());
    for entry in file.kpi {
        let line = line_of(text, entry.id.span().start);
        let id = entry.id.get_ref().clone();
        let mut wrong = |message: String| errors.push(KpiError { line, message: format!("{id}: {message}") });
        if there.contains_key(&id) {
            wrong("the program defines it already, and a metric has one definition: take another id, or name its owner under [owners]".to_owned());
        } else if !ids.insert(id.clone()) {
            wrong("a second definition of the same metric: remove one".to_owned());
        }
        check(&entry, there.is_empty()).into_iter().for_each(wrong);
        kpis.push(entry.into());
    }
    let mut owners = BTreeMap::new();
    for (id, owner) in file.owners {
        let line = line_of(text, owner.span().start);
        if !there.contains_key(&id) {
            let message = format!("{id}: the program defines no such metric; an own one has its owner in its definition");
            errors.push(KpiError { line, message });
        }
        owners.insert(id, owner.into_inner());
    }
    if errors.is_empty() { Ok(Read { kpis, owners }) } else { Err(errors) }
}

fn check(entry: &Entry, is_builtin: bool) -> Vec<String> {
    let mut wrong = Vec::new();
    let id = entry.id.get_ref();
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if id.is_empty() || id.len() > 64 || !id.chars().all(fits) {
        wrong.push("an id is of lower-case letters, digits and _, at most 64 of them".to_owned());
    }
    let texts = [
        ("name", &entry.name),
        ("owner", &entry.owner),
        ("unit", &entry.unit),
        ("formula", &entry.formula),
        ("definition", &entry.definition),
    ];
    wrong.extend(texts.iter().filter(|(_, text)| text.trim().is_empty()).map(|(name, _)| format!("{name} is empty: fill it in")));
    if entry.source.is_empty() {
        wrong.push("source is empty: name the facts and documents that it rests on".to_owned());
    }
    let unknown = entry.source.iter().filter(|source| !SOURCES.contains(&source.as_str()));
    wrong.extend(unknown.map(|source| format!("{source:?} is no source: write some of {}", SOURCES.join(", "))));
    match (is_builtin, &entry.computed_by, &entry.sql) {
        (true, Some(_), None) | (false, None, Some(_)) => {}
        (true, ..) => wrong.push("computed_by: how is it computed?".to_owned()),
        (false, ..) => wrong.push(
            "sql: how is it computed? Give a question over the facts, whose answer is one number, or a text and a number a row"
                .to_owned(),
        ),
    }
    wrong
}

impl From<Entry> for Kpi {
    fn from(entry: Entry) -> Self {
        Self {
            id: entry.id.into_inner(),
            name: entry.name,
            owner: entry.owner,
            unit: entry.unit,
            better: entry.better,
            formula: entry.formula,
            definition: entry.definition,
            source: entry.source,
            computed_by: entry.computed_by,
            sql: entry.sql,
            builtin: false,
        }
    }
}
