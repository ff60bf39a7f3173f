//! The models file: TOML, version 1.
//!
//! ```toml
//! version = 1
//!
//! [[model]]
//! id = "gpt-4o"                           # as decisions and usage name it
//! name = "Claims triage model"
//! owner = "Claims IT"
//! introduced = "2025-09-01"
//! contract_end = "2026-12-31"             # the last day
//! depends_on = ["claims documents pipeline", "vendor: OpenAI"]
//! alternatives = ["llama-3.1-70b"]
//! workflows = ["claims-triage"]
//! ```

use chrono::NaiveDate;
use farthing_types::{ModelId, WorkflowId};
use serde::Deserialize;
use toml::Spanned;

use super::{ModelEntry, Models};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: i64,
    #[serde(default)]
    model: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: Spanned<ModelId>,
    name: Option<String>,
    owner: String,
    introduced: Option<Spanned<String>>,
    contract_end: Option<Spanned<String>>,
    #[serde(default)]
    depends_on: Vec<String>,
    #[serde(default)]
    alternatives: Vec<ModelId>,
    #[serde(default)]
    workflows: Vec<WorkflowId>,
}

/// Reads a models file.
///
/// # Errors
/// All that is wrong with it, each with its line; nothing is taken from a file with an error.
pub fn parse(text: &str) -> Result<Models, Vec<String>> {
    let line = |offset: usize| text.as_bytes()[..offset.min(text.len())].iter().filter(|b| **b == b'\n').count() + 1;
    let file: File = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(1, |span| line(span.start));
        vec![format!("line {at}: {}", error.message())]
    })?;
    if file.version != 1 {
        return Err(vec![format!("version {} is not known; this reads version 1", file.version)]);
    }
    let mut problems = Vec::new();
    let mut models = Models::new();
    for entry in file.model {
        let at = line(entry.id.span().start);
        let id = entry.id.into_inner();
        let mut day = |text: Option<Spanned<String>>, key: &str| {
            let text = text?;
            let parsed = text.get_ref().parse::<NaiveDate>();
            if parsed.is_err() {
                problems.push(format!(
                    "line {}: {id}: {key}: {:?} is no day: write 2026-12-31",
                    line(text.span().start),
                    text.get_ref()
                ));
            }
            parsed.ok()
        };
        let (introduced, contract_end) = (day(entry.introduced, "introduced"), day(entry.contract_end, "contract_end"));
        if let (Some(from), Some(to)) = (introduced, contract_end)
            && to < from
        {
            problems.push(format!("line {at}: {id}: its contract ends on {to}, before it was introduced on {from}"));
        }
        if entry.owner.trim().is_empty() {
            problems.push(format!("line {at}: {id}: owner is empty: every model has somebody who answers for it"));
        }
        if entry.alternatives.contains(&id) {
            problems.push(format!("line {at}: {id}: it is no alternative to itself"));
        }
        let model = ModelEntry {
            model: id.clone(),
            name: entry.name,
            owner: entry.owner,
            introduced,
            contract_end,
            depends_on: entry.depends_on,
            alternatives: entry.alternatives,
            workflows: entry.workflows,
        };
        if models.insert(id.clone(), model).is_some() {
            problems.push(format!("line {at}: {id}: stands there twice. Remove one"));
        }
    }
    if problems.is_empty() { Ok(models) } else { Err(problems) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_or_refused_with_its_lines() {
        let text = "version = 1\n[[model]]\nid = \"m\"\nowner = \"Claims IT\"\nintroduced = \"2025-09-01\"\ncontract_end = \"2026-12-31\"\n\
                    depends_on = [\"pipeline\"]\nalternatives = [\"n\"]\nworkflows = [\"triage\"]\n";
        let models = parse(text).unwrap();
        let model = &models[&"m".parse::<ModelId>().unwrap()];
        assert_eq!((model.owner.as_str(), model.contract_end), ("Claims IT", NaiveDate::from_ymd_opt(2026, 12, 31)));

        let wrong = "version = 1\n[[model]]\nid = \"m\"\nowner = \" \"\nintroduced = \"soon\"\nalternatives = [\"m\"]\n\
                     [[model]]\nid = \"m\"\nowner = \"o\"\nintroduced = \"2026-01-02\"\ncontract_end = \"2026-01-01\"\n";
        let problems = parse(wrong).unwrap_err().join("\n");
        for part in [
            "line 5: m: introduced: \"soon\" is no day",
            "owner is empty",
            "no alternative to itself",
            "line 8: m: its contract ends",
            "line 8: m: stands there twice",
        ] {
            assert!(problems.contains(part), "{part}: {problems}");
        }
        assert!(parse("version = 3\n").unwrap_err()[0].contains("version 3"));
    }
}
