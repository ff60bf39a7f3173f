//! Facts about people are kept as long as the retention document says: then they go, what is held stays, and money is where it was.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Bill, Home, NewHome, Server, list, on_both_databases, text};

on_both_databases!(
    people_go_when_their_time_is_over_and_closed_money_stays,
    what_is_held_stays_whatever_the_rest_says,
    deleted_rows_leave_their_totals_where_no_money_is_split_by_them,
    usage_whose_owner_is_told_by_its_callers_stays,
);

/// A pool by requests, so that whose usage it is decides whose money it is.
const RULES: &str = r#"version = 1
units = [{ id = "company" }, { id = "claims", parent = "company" }, { id = "lending" }, { id = "gpus" }]

[[rules]]
id = "all"
unit = "gpus"

[[workloads]]
id = "triage"
unit = "claims"
when = { team = "triage-team" }
[[workloads]]
id = "loans"
unit = "lending"
when = { team = "loan-desk" }

[[pools]]
id = "gpus-by-requests"
unit = "gpus"
driver = "requests"
recipients = ["claims", "lending"]
"#;

const KEEP: &str = r#"version = 1
[[keep]]
facts = "usage"
months = 1
then = "erase-people"
[[keep]]
facts = "decisions"
months = 1
then = "erase-people"
tags = ["Reviewer"]
[[keep]]
facts = "event_logs"
months = 1
then = "erase-people"
except = ["112"]
"#;

const DECISIONS: &str = "id,decided_at,workflow,unit,actor,outcome,handling_seconds,override_reason,tag:reviewer,tag:channel\n\
    1,2026-05-04T09:00:00Z,triage,claims,person,accepted,60,,anna.k,web\n\
    2,2026-05-04T09:10:00Z,triage,claims,ai_then_person,overridden,30,Bert knew the customer,bert.l,web\n\
    3,2026-05-05T09:10:00Z,loans,lending,ai,accepted,,,,post\n";

const LOG: &str = "case,what,by,at\nT1,receive,112,2026-05-04 10:00\nT1,check,Ada Lovelace,2026-05-04 10:20\n\
    T2,check,Ada Lovelace,2026-05-05 10:20\nT2,close,Grace Hopper,2026-05-05 11:00\n";

fn call(id: u32, user: &str, team: &str) -> String {
    let team = if team.is_empty() { String::new() } else { format!("\"metadata\":{{\"user_api_key_team_alias\":\"{team}\"}},") };
    format!(
        "{{\"request_id\":\"r{id}\",\"startTime\":\"2026-05-04T10:00:00Z\",\"model\":\"m\",\"spend\":0.5,\"prompt_tokens\":10,\
         \"completion_tokens\":5,{team}\"user\":\"{user}\"}}\n"
    )
}

/// A bill, and people in usage, decisions and an event log of May.
fn filled(new: NewHome) -> Home {
    // What cecile calls without a team is claims', since all else that she calls is.
    let calls = [call(1, "cecile", "triage-team"), call(2, "dora", "loan-desk"), call(3, "cecile", "")];
    let home = new()
        .file("bill.csv", Bill::of("2026-05").charge("", "GPU", "60").csv())
        .file("spend.jsonl", calls.concat())
        .file("decisions.csv", DECISIONS)
        .file("log.csv", LOG);
    let home = home.ingest_billing("bill.csv", "acme").rules(RULES);
    home.json(&["ingest", "usage", "spend.jsonl", "--source", "gateway", "--format", "litellm"]);
    home.json(&["ingest", "decisions", "decisions.csv", "--source", "core"]);
    let mapping = ["--mapping", "case=case", "--mapping", "activity=what", "--mapping", "time=at", "--mapping", "resource=by"];
    home.json(&[&["ingest", "event-log", "log.csv", "--source", "loans", "--offset", "+00:00"], &mapping[..]].concat());
    home
}

fn publish(home: &Home, document: &str) {
    home.write("retention.toml", document);
    home.run(&["retention", "check", "retention.toml"]).exits(0).shows(&["retention.toml is good"]);
    home.run(&["retention", "publish", "retention.toml"]).exits(0).shows(&["published as version"]);
}

fn applied(home: &Home, more: &[&str]) -> Value {
    home.json(&[&["retention", "apply"], more].concat())
}

/// What became of a kind of facts: fate, rows, held.
fn fate(report: &Value, dataset: &str) -> Option<(String, u64, u64)> {
    let of = list(report, "revisions").iter().find(|one| text(one, "dataset") == dataset)?;
    Some((text(of, "fate").to_owned(), of["rows"].as_u64()?, of["held"].as_u64()?))
}

fn erased(rows: u64, held: u64) -> Option<(String, u64, u64)> {
    Some(("erased".to_owned(), rows, held))
}

/// True where a column that is about people has this name in it.
fn is_in_the_lake(home: &Home, name: &str) -> bool {
    let query = |table: &str, column: &str| format!("SELECT COUNT(*) FROM {table} WHERE {column} LIKE '%{name}%'");
    let places = [("usage", "Principal"), ("decisions", "OverrideReason"), ("decisions", "Tags"), ("event_logs", "Resource")];
    let is_there = |(table, column): &(&str, &str)| {
        let columns = home.json(&["sql", &format!("SELECT * FROM {table} LIMIT 1")]);
        columns[0].get(*column).is_some() && home.value(&query(table, column)) != json!(0)
    };
    places.iter().any(is_there)
}

/// How many Parquet files there are, whatever the catalogue says of them.
fn folders(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).expect("a folder can be listed").map(|entry| entry.expect("an entry").path());
    entries
        .map(
            |path| if path.is_dir() { folders(&path) } else { usize::from(path.extension().is_some_and(|end| end == "parquet")) },
        )
        .sum()
}

fn people_go_when_their_time_is_over_and_closed_money_stays(new: NewHome) {
    let home = filled(new);
    assert_eq!(applied(&home, &["--dry-run"])["policy"], Value::Null, "without a document everything stays");
    home.run(&["close", "2026-05", "--reason", "signed", "--by", "ada"]).exits(0);
    let statement = || home.json(&["chargeback", "--period", "2026-05"]);
    let owners = || home.value("SELECT COUNT(DISTINCT Principal) FROM usage");
    let (before, two) = (statement(), owners());
    let lake = home.store().join("lake");
    let files = folders(&lake);
    publish(&home, KEEP);
    home.run(&["retention", "show"]).exits(0).shows(&["tags = [\"Reviewer\"]"]);

    // What would be done is done, once.
    let told = applied(&home, &["--dry-run"]);
    assert_eq!((&told["applied"], fate(&told, "usage")), (&json!(false), erased(3, 0)), "{told:#}");
    assert!(is_in_the_lake(&home, "Ada") && is_in_the_lake(&home, "cecile") && is_in_the_lake(&home, "anna"));
    let done = applied(&home, &[]);
    assert_eq!((fate(&done, "usage"), fate(&done, "decisions")), (erased(3, 0), erased(2, 0)), "{done:#}");
    assert_eq!(fate(&done, "event_logs"), erased(3, 0), "112 is a machine");
    for name in ["Ada", "Grace", "cecile", "dora", "anna", "bert", "Bert"] {
        assert!(!is_in_the_lake(&home, name), "{name}");
    }
    assert_eq!(applied(&home, &[])["revisions"], json!([]), "what is done is not done again");
    assert_eq!(folders(&lake), files, "the files that had them are gone, and not only left behind");

    // Statements, whoever is whose, and what was certified are what they were; the files are what the catalogue says.
    assert_eq!((statement(), owners()), (before, two));
    home.run(&["certificate", "2026-05"]).exits(0).shows(&["every byte is as it was"]);
    home.run(&["lake", "verify", "--deep"]).exits(0);
    home.invariants_hold();
    // The same delivery again brings nobody back.
    assert_eq!(home.json(&["ingest", "decisions", "decisions.csv", "--source", "core"])["changed"], json!(false));

    // The lineage of a figure says what went, by which version, and whom to ask.
    let lineage = home.json(&["lineage", "chargeback", "--period", "2026-05", "--figure", "units/unit=claims/total"]);
    let usage = list(&lineage, "revisions").iter().find(|one| one["dataset"] == "usage").expect("a pool is split by it");
    let part = &list(usage, "erased")[0];
    assert_eq!((text(part, "measure"), &part["policy"], &part["columns"]), ("erase-people", &json!(1), &json!(["Principal"])));
    assert!(text(part, "reason").contains("usage kept for 1 months"), "{part:#}");
    home.run(&["lineage", "chargeback", "--period", "2026-05"]).exits(0).shows(&["3 rows were cleared of people"]);
    let record = home.json(&["audit", "list", "--action", "people.erased"]);
    assert_eq!(record.as_array().map(Vec::len), Some(3), "{record:#}");
    home.run(&["audit", "verify"]).exits(0);
}

fn what_is_held_stays_whatever_the_rest_says(new: NewHome) {
    let home = filled(new);
    let holds = "[[holds]]\nreason = 'labour court 17/26'\nby = 'legal'\nperson = 'bert.l'\n\
                 [[holds]]\nreason = 'inquiry'\nby = 'cfo'\nfacts = 'usage'\nunit = 'company'\nfrom = '2026-05'\nto = '2026-05'\n\
                 [[holds]]\nreason = 'strike'\nby = 'hr'\nsource = 'loans'\n";
    publish(&home, &format!("{KEEP}{holds}"));
    let done = applied(&home, &[]);
    // Claims stands below company: cecile's rows are held, also the one that says no unit itself, and dora's are not.
    assert_eq!((fate(&done, "usage"), fate(&done, "decisions")), (erased(1, 2), erased(1, 1)), "{done:#}");
    assert_eq!(fate(&done, "event_logs"), Some(("stays".to_owned(), 0, 3)));
    for (name, there) in [("cecile", true), ("dora", false), ("bert", true), ("anna", false), ("Ada", true)] {
        assert_eq!(is_in_the_lake(&home, name), there, "{name}");
    }
    let why = list(&done, "revisions").iter().map(|one| text(one, "why")).collect::<Vec<_>>().join("\n");
    assert!(
        ["held by legal: labour court 17/26", "held by cfo: inquiry", "held by hr: strike"].iter().all(|held| why.contains(held)),
        "{why}"
    );

    // A hold keeps replaced revisions too, which the policy of the lake would remove.
    home.write("bill.csv", Bill::of("2026-05").charge("", "GPU", "61").csv());
    home.import_billing("bill.csv", "acme");
    home.write("lake.toml", "version = 1\n[retention]\nkeep_days = 0\n");
    home.run(&["lake", "policy", "publish", "lake.toml"]).exits(0);
    publish(&home, &format!("{KEEP}[[holds]]\nreason = 'tax audit'\nby = 'cfo'\nsource = 'acme'\n"));
    let kept = home.json(&["lake", "retain", "--apply"]);
    let acme = list(&kept, "revisions").iter().find(|one| one["source"] == "acme").expect("one was replaced");
    assert_eq!((text(acme, "fate"), text(acme, "why")), ("stays", "held by cfo: tax audit"));

    // The other holds are lifted: what they held goes.
    let done = applied(&home, &[]);
    assert_eq!((fate(&done, "usage"), fate(&done, "event_logs")), (erased(2, 0), erased(3, 0)), "{done:#}");
    home.write("wrong.toml", "version = 1\n[[keep]]\nfacts = 'charges'\nmonths = 1\nthen = 'delete'\n");
    home.run(&["retention", "check", "wrong.toml"]).exits(1).says(&["wrong.toml", "charges"]);
}

fn deleted_rows_leave_their_totals_where_no_money_is_split_by_them(new: NewHome) {
    let home = filled(new);
    home.run(&["close", "2026-05", "--reason", "signed", "--by", "ada"]).exits(0);
    let before = home.json(&["chargeback", "--period", "2026-05"]);
    publish(&home, &KEEP.replace("erase-people", "delete"));
    // The same asked over the network says what would be done.
    let server = Server::of(&home);
    let told = server.post("/v1/lake/retention/people", &json!({})).is(200).json();
    assert_eq!(fate(&told, "decisions"), Some(("deleted".to_owned(), 3, 0)));
    server.stop();
    let done = applied(&home, &[]);
    // A pool is split by usage: its rows stay, and nobody is in them.
    assert_eq!((fate(&done, "usage"), fate(&done, "event_logs")), (erased(3, 0), Some(("deleted".to_owned(), 4, 0))), "{done:#}");
    let usage = list(&done, "revisions").iter().find(|one| one["dataset"] == "usage").expect("usage");
    assert!(text(usage, "why").contains("pools of 2026-05 are split by these rows"), "{usage:#}");
    assert_eq!(home.value("SELECT COUNT(*) FROM decisions"), 0);
    assert_eq!(home.json(&["chargeback", "--period", "2026-05"]), before);
    home.run(&["certificate", "2026-05"]).exits(0).shows(&["every byte is as it was"]);
    home.run(&["lake", "verify", "--deep"]).exits(0);

    let lineage = home.json(&["lineage", "sql", "--query", "SELECT COUNT(*) FROM decisions"]);
    let revision = &list(&lineage, "revisions")[0];
    let gone = &list(revision, "erased")[0];
    assert_eq!((&revision["rows"], text(gone, "measure"), &gone["totals"]["decisions"]), (&json!(3), "delete", &json!("3")));
    assert_eq!(gone["totals"]["handling_seconds"], "90", "{gone:#}");
    assert_eq!(text(&list(revision, "sources")[0], "sha256").len(), 64, "what was imported is still told");
    assert!(!gone.to_string().contains("bert"), "{gone:#}");
}

fn usage_whose_owner_is_told_by_its_callers_stays(new: NewHome) {
    let home = filled(new).file("desk.jsonl", call(9, "dora", ""));
    home.json(&["ingest", "usage", "desk.jsonl", "--source", "desk", "--format", "litellm"]);
    let before = home.json(&["chargeback", "--period", "2026-05"]);
    // What the desk knows of dora is whose other usage of hers is, in the gateway's facts.
    publish(&home, "version = 1\n[[keep]]\nfacts = 'usage'\nsource = 'gateway'\nmonths = 1\nthen = 'erase-people'\n");
    let done = applied(&home, &[]);
    assert_eq!(fate(&done, "usage"), Some(("stays".to_owned(), 0, 0)), "{done:#}");
    assert!(text(&list(&done, "revisions")[0], "why").contains("State the units of that usage"), "{done:#}");
    assert_eq!(home.json(&["chargeback", "--period", "2026-05"])["units"], before["units"]);
    assert!(is_in_the_lake(&home, "dora"));
}
