//! What a plan was made from, so that it can be told whether it still stands.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

/// Everything that a plan was made from, in one order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PlanInputs)]
pub struct Inputs {
    /// Revisions of facts.
    pub facts: Vec<FactInput>,
    /// Versions of documents.
    pub documents: Vec<DocumentInput>,
}

/// A revision of facts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct FactInput {
    /// `charges`, `usage` or `decisions`.
    pub dataset: String,
    /// Where they come from.
    pub source: String,
    /// The month.
    pub period: String,
    /// SHA-256 of what was imported.
    pub digest: String,
}

/// A version of a document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct DocumentInput {
    /// `rules`, `fleet` …
    pub kind: String,
    /// Its version.
    pub version: u64,
    /// SHA-256 of its text.
    pub digest: String,
}

/// What is otherwise than when the plan was made, each in a few words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Facts that came, went or were restated.
    pub facts: Vec<String>,
    /// Documents of which another version is in force.
    pub documents: Vec<String>,
}

impl Inputs {
    /// The same in the one order that the hash is of.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.facts.sort();
        self.documents.sort();
        self
    }

    /// SHA-256 in hexadecimal digits over their JSON.
    pub fn hash(&self) -> String {
        let text = serde_json::to_vec(self).expect("inputs are texts and numbers");
        Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// What is otherwise now.
    pub fn changes(&self, now: &Self) -> Changes {
        let facts = |inputs: &Self| -> BTreeMap<(String, String, String), String> {
            let key = |fact: &FactInput| (fact.dataset.clone(), fact.source.clone(), fact.period.clone());
            inputs.facts.iter().map(|fact| (key(fact), fact.digest.clone())).collect()
        };
        let documents = |inputs: &Self| -> BTreeMap<String, (u64, String)> {
            let of = |document: &DocumentInput| (document.kind.clone(), (document.version, document.digest.clone()));
            inputs.documents.iter().map(of).collect()
        };
        let named = |(dataset, source, period): (String, String, String)| format!("{dataset} of {source} for {period}");
        let version = |found: Option<(u64, String)>| found.map_or("none".to_owned(), |(version, _)| format!("v{version}"));
        Changes {
            facts: differences(facts(self), facts(now)).map(|(key, before, now)| told(&named(key), before, now)).collect(),
            documents: differences(documents(self), documents(now))
                .map(|(kind, before, now)| format!("the {kind} document: {} then, {} now", version(before), version(now)))
                .collect(),
        }
    }
}

fn told(what: &str, before: Option<String>, now: Option<String>) -> String {
    match (before, now) {
        (None, _) => format!("{what} came since"),
        (_, None) => format!("{what} are gone"),
        _ => format!("{what} were restated or added to"),
    }
}

/// The keys whose values differ, with both.
fn differences<K: Ord + Clone, V: PartialEq>(
    before: BTreeMap<K, V>,
    mut now: BTreeMap<K, V>,
) -> impl Iterator<Item = (K, Option<V>, Option<V>)> {
    let mut found: Vec<(K, Option<V>, Option<V>)> = Vec::new();
    for (key, value) in before {
        match now.remove(&key) {
            Some(same) if same == value => {}
            other => found.push((key, Some(value), other)),
        }
    }
    found.extend(now.into_iter().map(|(key, value)| (key, None, Some(value))));
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found.into_iter()
}
