//! Whatever the command line does, the API does: each command with the routes that do the same, or the reason why there is none.

use std::collections::BTreeSet;

use super::every_route::routes;
use super::organisation;
use crate::support::{Home, Server};

/// What is done at the machine alone.
const AT_THE_MACHINE: [(&str, &str); 11] = [
    ("doctor", "GET /readyz says whether it is ready; the rest is about the machine that it is typed at"),
    ("masking hash", "it is told the secret that masks"),
    ("backup", "it copies everything, whatever anybody may see"),
    ("restore", "it fills a home that nobody serves"),
    ("migrate", "a program that is served is up to date"),
    ("config show", "settings are the machine's"),
    ("serve", "it is what answers"),
    ("scheduler", "a process"),
    ("worker", "a process"),
    ("completions", "about the shell"),
    ("man", "about the command line"),
];

/// Documents: check, publish and show are routes of all kinds.
const DOCUMENTS: [&str; 12] = [
    "sources",
    "rules",
    "sla",
    "systems",
    "planning",
    "approvals",
    "prices",
    "kpis",
    "portfolio",
    "lake policy",
    "masking",
    "schedules",
];

/// The routes that do what a command does; of several any may be asked.
fn counterparts(command: &str) -> Option<&'static [&'static str]> {
    const DOCUMENT: &[&str] = &["GET /v1/documents/{kind}", "PUT /v1/documents/{kind}"];
    if let Some((kind, "check" | "publish" | "show")) = command.rsplit_once(' ')
        && (DOCUMENTS.contains(&kind) || kind == "alerts" || kind == "retention")
        // The scorecard, not its document.
        && command != "portfolio show"
        && command != "kpis show"
    {
        return Some(DOCUMENT);
    }
    Some(match command {
        "demo" => &["POST /v1/sample"],
        "status" => &["GET /v1/status"],
        // A worker reads the files, or a source is asked for them.
        "ingest billing" | "ingest usage" => &["POST /v1/jobs", "POST /v1/imports"],
        "ingest event-log" | "collect" | "export focus" => &["POST /v1/jobs"],
        "ingest decisions" => &["POST /v1/decisions", "POST /v1/jobs", "POST /v1/imports"],
        "ingest people" | "ingest metrics" | "ingest fleet" | "portfolio show" => DOCUMENT,
        "formats" => &["GET /v1/formats"],
        "formats show" => &["GET /v1/formats/{name}"],
        "formats check" => &["POST /v1/formats"],
        "formats schema" | "rules schema" => &["GET /v1/schemas/{name}"],
        "rules preview" => &["POST /v1/rules/preview"],
        "rules coverage" => &["GET /v1/rules/coverage"],
        "units" | "units list" | "units export" => &["GET /v1/units"],
        "units show" => &["GET /v1/units/{unit}"],
        "units check" | "units import" => &["PUT /v1/units"],
        "units add" => &["POST /v1/units"],
        "units change" => &["PATCH /v1/units/{unit}"],
        "rates import" => &["PUT /v1/rates"],
        "rates list" => &["GET /v1/rates"],
        "chargeback" => &["GET /v1/chargeback", "GET /v1/chargeback/explanation"],
        "statement" => &["GET /v1/statements/{unit}"],
        "budgets import" => &["PUT /v1/budgets"],
        "budgets list" => &["GET /v1/budgets/entries"],
        "budgets status" => &["GET /v1/budgets"],
        "forecast" => &["GET /v1/forecast"],
        "anomalies" => &["GET /v1/anomalies"],
        "provider commitments" => &["GET /v1/provider/commitments"],
        "provider forecast" => &["GET /v1/provider/forecasts"],
        "provider anomalies" => &["GET /v1/provider/anomalies"],
        "unit-cost" => &["GET /v1/unit-cost"],
        "token-cost" => &["GET /v1/token-cost"],
        "tco" => &["GET /v1/tco"],
        "prices list" => &["GET /v1/prices"],
        "prices skus" => &["GET /v1/prices/skus"],
        "process" => &["GET /v1/process"],
        "experiment compare" => &["GET /v1/experiments/comparison"],
        "experiment shadow" => &["GET /v1/experiments/shadow"],
        "kpis list" => &["GET /v1/kpis"],
        "kpis show" => &["GET /v1/kpis/{id}"],
        "portfolio" => &["GET /v1/portfolio"],
        "portfolio review list" => &["GET /v1/portfolio/reviews"],
        "portfolio review open" => &["POST /v1/portfolio/reviews/{quarter}"],
        "portfolio review show" | "portfolio review content" => &["GET /v1/portfolio/reviews/{quarter}"],
        "portfolio review record" => &["POST /v1/portfolio/reviews/{quarter}/decisions"],
        "variance" => &["GET /v1/variance"],
        "reconcile" => &["POST /v1/reconciliation"],
        "journal" => &["GET /v1/journal", "POST /v1/journal"],
        "owners" => &["GET /v1/owners"],
        "lineage" => &["GET /v1/lineage"],
        "accruals" => &["GET /v1/accruals"],
        "periods" => &["GET /v1/periods"],
        "close" => &["POST /v1/periods/{period}/closing"],
        "certificate" => &["GET /v1/periods/{period}/certificate"],
        "reopen" => &["POST /v1/periods/{period}/reopening", "POST /v1/periods/{period}/reopening/decision"],
        "audit list" => &["GET /v1/audit"],
        "audit verify" | "audit key" => &["GET /v1/audit/verification"],
        "audit checkpoint" => &["POST /v1/audit/checkpoints"],
        "revisions list" => &["GET /v1/revisions"],
        "revisions show" => &["GET /v1/revisions/{id}"],
        "revisions diff" => &["GET /v1/revisions/diff"],
        "plan fleet" => &["POST /v1/plans/fleet", "POST /v1/plans/fleet/solve"],
        "plan all" => &["POST /v1/plans/all"],
        "plan commitments" | "plan contracts" | "plan storage" | "plan portfolio" | "plan routing" => {
            &["POST /v1/plans/{model}", "POST /v1/plans/{model}/solve"]
        }
        "plan export" | "recommendations export" => &["GET /v1/recommendations/{id}/files"],
        "recommendations list" => &["GET /v1/recommendations"],
        "recommendations show" => &["GET /v1/recommendations/{id}", "GET /v1/recommendations/{id}/standing"],
        "recommendations approve" => &["POST /v1/recommendations/{id}/approval"],
        "recommendations reject" => &["POST /v1/recommendations/{id}/rejection"],
        "recommendations challenge" => &["POST /v1/recommendations/{id}/challenge"],
        "recommendations answer" => &["POST /v1/recommendations/{id}/answer"],
        "recommendations override" => &["POST /v1/recommendations/{id}/override"],
        "recommendations comment" => &["POST /v1/recommendations/{id}/comments"],
        "recommendations assign" => &["POST /v1/recommendations/{id}/assignment"],
        "recommendations shadow" => &["POST /v1/recommendations/{id}/shadow"],
        "recommendations agreement" => &["GET /v1/recommendations/{id}/agreement"],
        "recommendations observe" => &["POST /v1/recommendations/{id}/observations"],
        "recommendations resume" => &["POST /v1/recommendations/{id}/resumption"],
        "recommendations apply" => &["POST /v1/recommendations/{id}/application"],
        "recommendations verify" => &["POST /v1/recommendations/{id}/verification"],
        "recommendations rollback" => &["POST /v1/recommendations/{id}/rollback"],
        "simulate" => &["POST /v1/simulations"],
        "sql" => &["POST /v1/sql"],
        "lake verify" => &["GET /v1/lake/verification"],
        "lake files" => &["GET /v1/lake/files"],
        "lake compact" => &["POST /v1/lake/compaction"],
        "lake retain" => &["POST /v1/lake/retention"],
        "retention apply" => &["POST /v1/lake/retention/people"],
        "lake sweep" => &["POST /v1/lake/sweep"],
        "documents" => &["GET /v1/documents"],
        "schedules list" => &["GET /v1/schedules"],
        "jobs list" => &["GET /v1/jobs"],
        "jobs show" => &["GET /v1/jobs/{id}"],
        "jobs run" => &["POST /v1/jobs"],
        "jobs cancel" => &["POST /v1/jobs/{id}/cancel"],
        "alerts list" => &["GET /v1/alerts"],
        "alerts test" => &["POST /v1/alerts/test"],
        "alerts resend" => &["POST /v1/alerts/resend"],
        "users list" => &["GET /v1/users"],
        "users add" => &["POST /v1/users"],
        "users change" | "users password" | "users link" => &["PUT /v1/users/{name}"],
        "users disable" => &["DELETE /v1/users/{name}"],
        "tokens list" => &["GET /v1/tokens"],
        "tokens issue" => &["POST /v1/tokens"],
        "tokens revoke" => &["DELETE /v1/tokens/{name}"],
        _ => return None,
    })
}

/// The commands below one, as its help lists them; and whether it does something by itself.
fn below(home: &Home, command: &[&str]) -> (Vec<String>, bool) {
    let help = home.run(&[command, &["--help"]].concat()).exits(0).stdout;
    let alone = !help.lines().any(|line| line.starts_with("Usage:") && line.ends_with("<COMMAND>"));
    let list = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // Further lines of a description are indented more.
    let names = list.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    (names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").map(str::to_owned).collect(), alone)
}

fn commands(home: &Home, command: &[&str], found: &mut Vec<String>) {
    let (names, alone) = below(home, command);
    if alone && !command.is_empty() {
        found.push(command.join(" "));
    }
    for name in &names {
        commands(home, &[command, &[name.as_str()]].concat(), found);
    }
}

#[test]
fn every_command_has_its_routes() {
    let home = organisation(Home::new());
    let mut found = Vec::new();
    commands(&home, &[], &mut found);
    assert!(found.len() > 120, "{} commands: the help was not understood", found.len());
    let server = Server::of(&home);
    let routes: BTreeSet<String> = routes(&server).into_iter().map(|(method, path, _)| format!("{method} {path}")).collect();
    let known = AT_THE_MACHINE.iter().map(|(command, _)| (*command).to_owned());
    let mut wrong: Vec<String> =
        known.filter(|command| !found.contains(command)).map(|gone| format!("{gone}: there is no such command")).collect();
    for command in &found {
        let at_the_machine = AT_THE_MACHINE.iter().any(|(known, _)| known == command);
        match counterparts(command) {
            None if !at_the_machine => wrong.push(format!("{command}: no route does the same")),
            Some(_) if at_the_machine => wrong.push(format!("{command}: it has routes and is done at the machine alone")),
            Some(asked) => wrong.extend(
                asked.iter().filter(|route| !routes.contains(**route)).map(|route| format!("{command}: {route} is gone")),
            ),
            None => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
