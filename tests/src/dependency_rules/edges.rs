use std::collections::BTreeSet;

use cargo_metadata::{DependencyKind, MetadataCommand};

use super::workspace;

/// What one crate of ours may depend on among ours, and why no more.
struct Rule {
    name: &'static str,
    may_use: &'static [&'static str],
    reason: &'static str,
}

const fn rule(name: &'static str, may_use: &'static [&'static str], reason: &'static str) -> Rule {
    Rule { name, may_use, reason }
}

const PURE: &str = "a pure crate knows the types and nothing else of ours, so that it can be tested without a disk";
const TYPES: &[&str] = &["farthing-types"];

/// Normal dependencies, optional ones too. Tests may use what they like.
const RULES: &[Rule] = &[
    rule("farthing-types", &[], "the vocabulary that every crate speaks stands on none of them"),
    rule("farthing-alerts", TYPES, PURE),
    rule("farthing-attribution", TYPES, PURE),
    rule("farthing-approval", TYPES, PURE),
    rule("farthing-audit", TYPES, PURE),
    rule("farthing-identity", TYPES, PURE),
    rule("farthing-unit-economics", TYPES, PURE),
    rule("farthing-ledger", TYPES, PURE),
    rule("farthing-forecast", TYPES, PURE),
    rule("farthing-simulator", TYPES, PURE),
    rule("farthing-solver-models", TYPES, PURE),
    rule("farthing-focus", TYPES, PURE),
    rule("farthing-event-logs", TYPES, PURE),
    rule("farthing-usage", TYPES, PURE),
    rule("farthing-migrations", &[], "the history of the schema does not change when the types do"),
    rule(
        "farthing-lake",
        &["farthing-types", "farthing-event-logs", "farthing-focus", "farthing-usage"],
        "the lake stores facts and knows only their vocabulary: no engine, no catalogue",
    ),
    rule(
        "farthing-query",
        &["farthing-types", "farthing-focus", "farthing-lake", "farthing-usage"],
        "an engine reads the lake's files; which revisions are visible is told to it, so it knows no catalogue",
    ),
    rule(
        "farthing-collectors",
        &["farthing-types", "farthing-event-logs", "farthing-focus", "farthing-usage", "farthing-lake"],
        "a collector writes facts to the lake and nothing else: its checkpoints go through a trait",
    ),
    rule(
        "farthing-sender",
        &["farthing-alerts", "farthing-collectors"],
        "it sends messages through the collectors' client, which knows which addresses may be called, and knows no database",
    ),
    rule(
        "farthing-openid",
        &["farthing-types", "farthing-identity", "farthing-collectors"],
        "it asks a provider through the collectors' client, which knows which addresses may be called, and knows no database",
    ),
    rule(
        "farthing-store",
        &["farthing-types", "farthing-approval", "farthing-audit", "farthing-identity", "farthing-migrations"],
        "the operational state knows no facts and no use case",
    ),
    rule(
        "farthing-jobs",
        &["farthing-types", "farthing-store"],
        "jobs know when something runs and who runs it, and no kind of work: that is handed in",
    ),
    rule(
        "farthing-optimizer",
        &["farthing-types", "farthing-solver-models", "farthing-simulator", "farthing-forecast"],
        "a plan is made from profile and demand that are handed in, not fetched",
    ),
    rule(
        "farthing-application",
        &[
            "farthing-types",
            "farthing-event-logs",
            "farthing-focus",
            "farthing-usage",
            "farthing-alerts",
            "farthing-approval",
            "farthing-attribution",
            "farthing-audit",
            "farthing-identity",
            "farthing-jobs",
            "farthing-ledger",
            "farthing-unit-economics",
            "farthing-forecast",
            "farthing-simulator",
            "farthing-collectors",
            "farthing-sender",
            "farthing-openid",
            "farthing-lake",
            "farthing-query",
            "farthing-store",
            "farthing-optimizer",
        ],
        "use cases know neither the command line nor HTTP, nor the sample organisation",
    ),
    rule(
        "farthing-api",
        &["farthing-types", "farthing-application"],
        "HTTP is a form of the use cases: what it needs goes through them",
    ),
    rule("farthing-console", &[], "the console knows the API as its pages do, through /v1, and nothing that is behind it"),
    rule("farthing-sample", TYPES, "the sample writes files as others do, and shares no code with what reads them"),
    rule(
        "farthing",
        &["farthing-types", "farthing-api", "farthing-application", "farthing-console", "farthing-sample"],
        "the command line is a form of the use cases: what it needs goes through them",
    ),
    rule("farthing-testkit", &["farthing-types", "farthing-store"], "what tests have in common; its databases are a feature"),
    rule("farthing-tests", &[], "these tests know the program by its outside"),
];

/// Libraries that only some crates may name, and why.
const OUTSIDE: &[Rule] = &[
    rule("datafusion", &["farthing-query"], "one recipe for a session, and an engine that can be exchanged"),
    rule("sea-orm", &["farthing-store"], "the database is behind the store's repositories"),
    rule("sea-orm-migration", &["farthing-store", "farthing-migrations"], "the database is behind the store's repositories"),
    rule("cron", &["farthing-jobs"], "one reading of schedules, and of clocks that jump"),
    rule("axum", &["farthing-api", "farthing-console"], "HTTP is the API's, and the console's pages in front of it"),
    rule("rust-embed", &["farthing-console"], "files in the program are the console's pages"),
    rule("good_lp", &["farthing-solver-models"], "formulas of a program stand beside their MODEL.md"),
    rule("highs", &["farthing-solver-models"], "formulas of a program stand beside their MODEL.md"),
    rule("clap", &["farthing"], "the command line is the binary's"),
    rule("tracing-subscriber", &["farthing"], "where records go is the binary's to decide"),
    rule("object_store", &["farthing-collectors"], "buckets are a collector's: what it fetches is a file to everybody else"),
    rule(
        "reqwest",
        &["farthing-collectors"],
        "only a collector calls out, through one client that knows which addresses may be called",
    ),
    rule("farthing-testkit", &[], "a dev-dependency only: no test code in the program"),
];

/// What a pure crate may not name: it has no async code and opens nothing.
const IMPURE: &[&str] = &["tokio", "futures", "async-trait", "reqwest", "tempfile", "camino", "tracing-subscriber"];

/// `from` depends on `to`, by whatever version and whether optional or not.
type Edge = (String, String);

/// The normal and build dependencies of our crates, as their manifests state them.
fn edges() -> (BTreeSet<String>, Vec<Edge>) {
    let metadata = MetadataCommand::new().manifest_path(workspace().join("Cargo.toml")).no_deps().exec();
    let packages = metadata.expect("cargo reads the workspace").packages;
    let names = packages.iter().map(|package| package.name.to_string()).collect();
    let mut edges = Vec::new();
    for package in &packages {
        let normal = package.dependencies.iter().filter(|dependency| dependency.kind != DependencyKind::Development);
        edges.extend(normal.map(|dependency| (package.name.to_string(), dependency.name.clone())));
    }
    (names, edges)
}

/// Each edge that no rule allows, with the rule's reason.
fn offences(ours: &BTreeSet<String>, edges: &[Edge]) -> Vec<String> {
    let mut offences = Vec::new();
    for name in ours.iter().filter(|name| !RULES.iter().any(|rule| rule.name == *name)) {
        offences.push(format!("{name} has no rule: say in RULES what it may depend on and why"));
    }
    for (from, to) in edges {
        let known = RULES.iter().find(|rule| rule.name == from);
        if let Some(rule) = known.filter(|rule| ours.contains(to) && !rule.may_use.contains(&to.as_str())) {
            offences.push(format!("{from} → {to}: {}", rule.reason));
        }
        if let Some(rule) = OUTSIDE.iter().find(|rule| rule.name == to && !rule.may_use.contains(&from.as_str())) {
            offences.push(format!("{from} → {to}: {}; only {:?} may name it", rule.reason, rule.may_use));
        }
        if known.is_some_and(|rule| rule.reason == PURE) && IMPURE.contains(&to.as_str()) {
            offences.push(format!("{from} → {to}: a pure crate does no IO and has no async code"));
        }
    }
    offences
}

#[test]
fn crates_depend_only_on_what_they_may() {
    let (ours, edges) = edges();
    assert!(edges.len() > 100, "{} dependencies: cargo was not understood", edges.len());
    let offences = offences(&ours, &edges);
    assert!(offences.is_empty(), "\n{}\n", offences.join("\n"));
}

#[test]
fn rules_name_only_crates_that_are_there() {
    let (ours, _) = edges();
    let named = RULES.iter().flat_map(|rule| rule.may_use.iter().chain([&rule.name]));
    let gone: Vec<_> = named.chain(OUTSIDE.iter().flat_map(|rule| rule.may_use)).filter(|name| !ours.contains(**name)).collect();
    assert!(gone.is_empty(), "no such crates: {gone:?}");
}

#[test]
fn an_offence_is_named_with_its_reason() {
    let of = |edges: &[(&str, &str)]| {
        let ours = RULES.iter().map(|rule| rule.name.to_owned()).collect();
        let edges: Vec<Edge> = edges.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect();
        offences(&ours, &edges)
    };
    assert_eq!(of(&[("farthing-ledger", "farthing-types"), ("farthing-store", "sea-orm")]), [""; 0]);
    let found = of(&[("farthing-ledger", "farthing-store")]);
    assert_eq!(found, [format!("farthing-ledger → farthing-store: {PURE}")]);
    assert!(of(&[("farthing-api", "datafusion")])[0].starts_with("farthing-api → datafusion: one recipe"));
    assert!(of(&[("farthing-focus", "tokio")])[0].contains("a pure crate does no IO"));
    assert!(of(&[("farthing", "farthing-testkit")])[1].contains("a dev-dependency only"));
    assert!(offences(&["farthing-new".to_owned()].into(), &[])[0].contains("has no rule"));
}
