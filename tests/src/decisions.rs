//! What a decision costs: told apart, looked into, compared, sent, and its intervals taken again by other tools.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Bill, Exact, Home, Run, Server, figure, list, text};

const PEOPLE: &str = r#"version = 1
[[workflow]]
id = "triage"
role = "examiner"
currency = "USD"
units = ["claims"]
wage_per_hour = 60
benefits_share = 0
handling_minutes = 12
error_rate = 0.03
error_cost = 40
"#;

const RULES: &str = "version = 1\nunits = [{ id = \"claims\" }, { id = \"lending\" }]\n\n[[rules]]\nid = \"claims\"\nunit = \"claims\"\nwhen = { \"tag:team\" = \"claims\" }\n";

/// Numbers that are the same on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// Decisions of every day of May: by two models and by people, by two channels, more on some days than on others.
fn decisions() -> String {
    let mut dice = Dice(1);
    let mut rows = String::from(
        "id,decided_at,workflow,unit,actor,model,model_version,outcome,handling_seconds,error_cost,requests,answer,shadow_of,tag:channel\n",
    );
    let mut number = 0;
    for day in 1..=31 {
        for _ in 0..10 + dice.below(if day % 5 == 0 { 76 } else { 30 }) {
            number += 1;
            let (actor, model) = [("ai", "new"), ("ai", "old"), ("ai", "old"), ("person", "")][dice.below(4) as usize];
            let channel = ["web", "post"][dice.below(2) as usize];
            let at = dice.below(100);
            let outcome = match (model, at) {
                ("new", 0..2) | ("old", 0..4) | ("", 0..3) => "wrong",
                ("new", 10..20) | ("old", 10..50) => "escalated",
                _ => "accepted",
            };
            let works = actor == "person" || outcome == "escalated";
            let handling = if works && !at.is_multiple_of(7) { (300 + dice.below(900)).to_string() } else { String::new() };
            let error =
                if outcome == "wrong" && at.is_multiple_of(2) { (10 + dice.below(60)).to_string() } else { String::new() };
            let (version, requests) = if actor == "ai" { ("v1", (1 + dice.below(3)).to_string()) } else { ("", String::new()) };
            rows += &format!(
                "d{number},2026-05-{day:02}T{:02}:00:00Z,triage,claims,{actor},{model},{version},{outcome},{handling},{error},{requests},approve,,{channel}\n",
                8 + number % 10
            );
        }
    }
    rows
}

pub fn home() -> Home {
    filled(Home::new())
}

/// A bill, people, rules and decisions of May.
pub fn filled(empty: Home) -> Home {
    let home = empty
        .file("bill.csv", Bill::of("2026-05").charge("claims", "Inference", "90").charge("lending", "Inference", "10").csv())
        .file("people.toml", PEOPLE)
        .file("decisions.csv", decisions());
    let home = home.ingest_billing("bill.csv", "acme").rules(RULES);
    home.run(&["ingest", "people", "people.toml"]).exits(0);
    home.run(&["ingest", "decisions", "decisions.csv", "--source", "core"]).exits(0);
    home
}

fn sum(reports: &Value, of: impl Fn(&Value) -> Vec<Exact>) -> Exact {
    reports.as_array().expect("reports").iter().flat_map(of).sum()
}

/// What all arms of a report cost.
fn totals(report: &Value) -> Vec<Exact> {
    list(report, "arms").iter().map(|arm| figure(arm, "total")).collect()
}

#[test]
fn slices_of_a_workflow_sum_to_the_whole() {
    let home = home();
    let whole = home.json(&["unit-cost"]);
    for by in ["segment:channel", "unit", "period"] {
        let slices = home.json(&["unit-cost", "--by", by]);
        assert_eq!(sum(&slices, totals), sum(&whole, totals), "{by}");
        let decisions = |reports: &Value| -> u64 {
            let arms = reports.as_array().expect("reports").iter().flat_map(|report| list(report, "arms").to_vec());
            arms.map(|arm| arm["decisions"].as_u64().expect("a count")).sum()
        };
        assert_eq!(decisions(&slices), decisions(&whole), "{by}");
    }
    let segments = home.json(&["unit-cost", "--by", "segment:channel"]);
    let values: Vec<&str> = segments.as_array().expect("two").iter().map(|one| text(&one["slice"], "value")).collect();
    assert_eq!(values, ["post", "web"]);
    let server = Server::of(&home);
    assert_eq!(server.get("/v1/unit-cost?by=segment:channel").is(200).json(), segments);
    home.run(&["unit-cost", "--by", "segment"]).exits(64).says(&["segment:channel"]);
    server.get("/v1/unit-cost?by=colour").is(400);
    home.run(&["unit-cost", "--by", "segment:channel"]).exits(0).shows(&[
        "channel",
        "post",
        "web",
        "Automation",
        "hours of people freed",
    ]);
}

#[test]
fn a_tornado_says_what_the_comparison_rests_on() {
    let home = home();
    let report = home.json(&["unit-cost", "--tornado"]);
    for arm in list(&report[0], "sensitivity") {
        let inputs = list(arm, "inputs");
        let swings: Vec<Exact> = inputs.iter().map(|input| figure(input, "swing")).collect();
        assert!(swings.is_sorted_by(|a, b| a >= b), "{swings:?}");
        assert!(inputs.iter().any(|input| text(input, "range") == "95 % interval"));
        assert!(inputs.iter().any(|input| text(input, "range") == "± 10 %"));
    }
    assert_eq!(list(&report[0], "sensitivity").len(), 2, "one an arm with an AI");
    assert_eq!(Server::of(&home).get("/v1/unit-cost?tornado=0.1").is(200).json(), report);
    home.run(&["unit-cost", "--tornado", "0.25"]).exits(0).shows(&["± 25 %", "loaded rate of people", "█"]);
    home.run(&["unit-cost", "--tornado", "1.5"]).exits(1).says(&["between 0 and 1"]);
}

#[test]
fn an_experiment_is_compared_and_the_api_says_the_same() {
    let home = home();
    let command = ["experiment", "compare", "--workflow", "triage", "--by", "model"];
    let found = home.json(&command);
    let arms: Vec<&str> = list(&found, "arms").iter().map(|arm| text(arm, "name")).collect();
    assert_eq!(arms, ["new", "old"]);
    // The AI's money is shared by calls, and all of it is in the two arms.
    let of_ai: Exact = list(&found, "arms").iter().map(|arm| figure(arm, "ai")).sum();
    assert_eq!(of_ai, Exact::parse("90"));
    assert_eq!(text(&found["cost"], "verdict"), "shown", "a quarter of the escalations: {found:#}");
    let server = Server::of(&home);
    assert_eq!(server.get("/v1/experiments/comparison?workflow=triage&by=model").is(200).json(), found);
    home.run(&command).exits(0).shows(&["new less old", "cost per decision", "error rate", "Waudby-Smith"]);
    home.run(&["experiment", "compare", "--workflow", "triage", "--by", "actor", "--arms", "ai", "nobody"])
        .exits(1)
        .says(&["ai (", "person ("]);
    home.run(&["experiment", "compare", "--workflow", "triage", "--by", "version"]).exits(1).says(&["not just two arms", "v1 ("]);
    home.run(&["experiment", "shadow", "--workflow", "triage", "--window", "2026-05-01/2026-06-01"])
        .exits(1)
        .says(&["shadow_of"]);
    server.get("/v1/experiments/comparison?workflow=triage&first=new").is(400);
}

#[test]
fn a_shadow_takes_no_effect_and_is_held_against_what_did() {
    let home = home();
    let before = home.json(&["unit-cost"]);
    let mut rows = String::from("id,decided_at,workflow,unit,actor,model,model_version,outcome,answer,shadow_of\n");
    for n in 1..=200 {
        let answer = if n % 10 == 0 { "refer" } else { "approve" };
        rows += &format!("s{n},2026-05-02T08:00:00Z,triage,claims,ai,next,v2,accepted,{answer},d{n}\n");
    }
    rows += "s-lost,2026-05-02T08:00:00Z,triage,claims,ai,next,v2,accepted,approve,gone\n";
    home.write("shadow.csv", rows);
    home.run(&["ingest", "decisions", "shadow.csv", "--source", "shadow"]).exits(0);
    let after = home.json(&["unit-cost"]);
    assert_eq!(after[0]["arms"], before[0]["arms"], "what took no effect is in no cost per decision");
    assert!(
        list(&after[0], "notes")
            .iter()
            .any(|note| note.as_str().is_some_and(|note| note.starts_with("201 decisions ran in shadow")))
    );
    let command = ["experiment", "shadow", "--workflow", "triage", "--window", "2026-05-01/2026-06-01"];
    let found = home.json(&command);
    assert_eq!((&found[0]["pairs"], &found[0]["agreeing"], &found[0]["not_compared"]), (&json!(200), &json!(180), &json!(1)));
    assert_eq!(text(&found[0], "shadow"), "next v2");
    assert_eq!(text(&found[0], "agreement"), "0.9");
    let path = "/v1/experiments/shadow?workflow=triage&window=2026-05-01/2026-06-01";
    assert_eq!(Server::of(&home).get(path).is(200).json(), found);
    home.run(&command).exits(0).shows(&["refer where approve took effect, 20 times"]);
}

fn event(id: &str, more: Value) -> Value {
    let mut event = json!({"id": id, "decided_at": "2026-05-04T10:00:00Z", "workflow": "triage", "actor": "ai", "model": "m", "outcome": "accepted"});
    let fields = event.as_object_mut().expect("an object");
    fields.extend(more.as_object().expect("an object").clone());
    event
}

#[test]
fn decisions_are_sent_once_however_often_they_are_sent() {
    for home in Home::on_each_database() {
        let server = Server::of(&home);
        let path = "/v1/decisions?source=core";
        let two = json!([
            event("a", json!({"tags": {"channel": "web"}, "confidence": 0.9})),
            event("b", json!({"outcome": "wrong", "error_cost": 12.5}))
        ]);
        let taken = server.post(path, &two).is(200).json();
        assert_eq!((&taken["added"], &taken["known"], list(&taken, "periods").len()), (&json!(2), &json!(0), 1));
        let again = server.post(path, &two).is(200).json();
        assert_eq!((&again["added"], &again["known"], list(&again, "periods").len()), (&json!(0), &json!(2), 0));

        // One line is new, one is known, one says something else, one makes no sense.
        let lines = [
            event("c", json!({"decided_at": "2026-06-01T00:00:00Z"})),
            two[0].clone(),
            event("b", json!({"outcome": "accepted"})),
            event("d", json!({"actor": "robot"})),
        ];
        let body: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let taken = server.request("POST", path, &[("Content-Type", "application/x-ndjson")], &body).is(422).json();
        assert_eq!((&taken["rows"], &taken["added"], &taken["known"]), (&json!(4), &json!(1), &json!(1)));
        let refused: Vec<(u64, &str)> =
            list(&taken, "refused").iter().map(|row| (row["row"].as_u64().expect("a row"), text(row, "rule"))).collect();
        assert_eq!(refused, [(3, "conflicting-id"), (4, "not-a-name")]);
        let message = text(&list(&taken, "refused")[0], "message");
        assert!(message.contains("\"b\"") && message.contains("outcome, error_cost"), "{message}");
        assert_eq!(home.value("SELECT COUNT(*) FROM decisions"), json!(3));
        assert_eq!(home.value("SELECT Outcome FROM decisions WHERE DecisionId = 'b'"), json!("wrong"), "what was there stays");
        // An id is one decision's, in whatever month it is sent again.
        let moved = server.post(path, &json!([event("a", json!({"decided_at": "2026-07-01T00:00:00Z"}))])).is(422).json();
        assert!(text(&list(&moved, "refused")[0], "message").contains("decided_at"), "{moved:#}");

        server.request("POST", path, &[("Content-Type", "text/csv")], "id\n1\n").is(415);
        server.post(path, &json!([])).is(400);
        server.request("POST", "/v1/decisions", &[("Content-Type", "application/json")], "[]").is(400);
        home.invariants_hold();
    }
}

#[test]
fn what_is_found_out_later_updates_its_decision_whatever_comes_first() {
    for home in Home::on_each_database() {
        let server = Server::of(&home);
        let path = "/v1/decisions?source=core";
        let told = |taken: &Value| ["added", "updated", "known", "outdated"].map(|what| taken[what].as_u64().expect("a count"));
        let first = json!([event("a", json!({})), event("b", json!({"review_seconds": 30}))]);
        assert_eq!(told(&server.post(path, &first).is(200).json()), [2, 0, 0, 0]);
        // A second call is a file beside the first; nothing of what is there is written again.
        let more = json!([event("c", json!({}))]);
        assert_eq!(told(&server.post(path, &more).is(200).json()), [1, 0, 0, 0]);
        let folder = home.store().join("lake/decisions/source=core/period=2026-05");
        let mut files: Vec<usize> = std::fs::read_dir(folder)
            .expect("the month's revisions")
            .map(|revision| std::fs::read_dir(revision.expect("a folder").path()).expect("its files").count())
            .collect();
        files.sort_unstable();
        assert_eq!((files, home.value("SELECT COUNT(*) FROM decisions")), (vec![1, 2], json!(3)));

        let found = json!([event("a", json!({"outcome": "wrong", "error_cost": 70, "error_found_at": "2026-06-20T08:00:00Z"}))]);
        assert_eq!(told(&server.post(path, &found).is(200).json()), [0, 1, 0, 0]);
        let cost = || home.value("SELECT ErrorCost FROM decisions WHERE DecisionId = 'a'");
        assert_eq!(Exact::parse(cost().as_str().expect("an amount")), Exact::parse("70"));
        // The same again is known, and what was stated before it is late; neither leaves a trace.
        for (sent, expected) in [(&found, [0, 0, 1, 0]), (&first, [0, 0, 1, 1])] {
            let taken = server.post(path, sent).is(200).json();
            assert_eq!((told(&taken), list(&taken, "periods").len()), (expected, 0));
        }
        // A review that is booked later says when; without that, or by somebody else, it is refused.
        let booked = event("b", json!({"review_seconds": 90, "updated_at": "2026-05-05T10:00:00Z"}));
        let silent = event("c", json!({"override_reason": "income not shown", "outcome": "overridden"}));
        let other = event("c", json!({"actor": "person", "updated_at": "2026-05-05T10:00:00Z"}));
        let taken = server.post(path, &json!([booked, silent])).is(422).json();
        assert_eq!(told(&taken), [0, 1, 0, 0]);
        assert!(text(&list(&taken, "refused")[0], "message").contains("updated_at"), "{taken:#}");
        let taken = server.post(path, &json!([other])).is(422).json();
        assert!(text(&list(&taken, "refused")[0], "message").contains("another actor: what was decided"), "{taken:#}");

        // A file of the month replaces it, but for the corrections that were stated later.
        let rows = "id,decided_at,workflow,actor,model,outcome,review_seconds\n\
                    a,2026-05-04T10:00:00Z,triage,ai,m,accepted,\nb,2026-05-04T10:00:00Z,triage,ai,m,accepted,30\n\
                    c,2026-05-04T10:00:00Z,triage,ai,m,accepted,\nd,2026-05-04T10:00:00Z,triage,ai,m,accepted,\n";
        home.write("may.csv", rows);
        home.run(&["ingest", "decisions", "may.csv", "--source", "core"]).exits(0).shows(&["later-corrections"]);
        let rows = home.json(&["sql", "SELECT DecisionId, Outcome FROM decisions ORDER BY 1"]);
        let row = |(id, outcome): (&str, &str)| json!({"DecisionId": id, "Outcome": outcome});
        let expected = [("a", "wrong"), ("b", "accepted"), ("c", "accepted"), ("d", "accepted")].map(row);
        assert_eq!(rows, json!(expected));
        home.invariants_hold();
    }
}

#[test]
fn an_experiment_costs_each_arm_by_the_usage_of_its_own_model() {
    let mut usage = String::from("timestamp,requests,input_tokens,output_tokens,model,unit,provider\n");
    for day in 1..=31 {
        for model in ["new", "old"] {
            usage += &format!("2026-05-{day:02}T09:00:00Z,1000,1000000,0,{model},claims,openai\n");
        }
    }
    let prices =
        "version = 1\ncurrency = \"USD\"\n\n[[price]]\nmodel = \"new\"\ninput = 40\n\n[[price]]\nmodel = \"old\"\ninput = 10\n";
    let home = home().file("usage.csv", usage).file("prices.toml", prices).ingest_trace("usage.csv", "gateway", &[]);
    home.run(&["prices", "publish", "prices.toml"]).exits(0);
    let command = ["experiment", "compare", "--workflow", "triage", "--by", "model"];
    let found = home.json(&command);
    let ai = &found["ai"];
    assert_eq!((text(ai, "basis"), text(ai, "billed")), ("own_model", "90"));
    assert_eq!(figure(ai, "arms") + figure(ai, "others") + figure(ai, "difference"), Exact::parse("90"));
    let arms = list(&found, "arms");
    let of_arms: Exact = arms.iter().flat_map(|arm| [figure(arm, "ai"), figure(arm, "ai_difference")]).sum();
    assert_eq!(of_arms, Exact::parse("90"), "no other decision has an AI");
    // A call costs 0.04 and 0.01, and a decision takes one to three of them.
    for (arm, price) in arms.iter().zip([4, 1]) {
        let query = format!("SELECT SUM(Requests) FROM decisions WHERE Model = '{}'", text(arm, "name"));
        let calls = home.value(&query).as_i64().expect("a count");
        assert_eq!(figure(arm, "ai"), Exact::parse(&format!("{}.{:02}", calls * price / 100, calls * price % 100)));
    }
    assert_eq!(Server::of(&home).get("/v1/experiments/comparison?workflow=triage&by=model").is(200).json(), found);
    home.run(&command).exits(0).shows(&["each decision by the usage of its own model", "= billed 90.00"]);
}

#[test]
fn a_closed_month_takes_no_decision_and_the_others_do() {
    let home = home();
    home.run(&["close", "2026-05", "--reason", "signed"]).exits(0);
    let server = Server::of(&home);
    let rows = json!([event("x", json!({})), event("y", json!({"decided_at": "2026-06-02T00:00:00Z"}))]);
    let taken = server.post("/v1/decisions?source=core", &rows).is(422).json();
    assert_eq!((&taken["added"], text(&list(&taken, "refused")[0], "rule")), (&json!(1), "period-closed"));
}

#[test]
fn intervals_are_those_of_scipy_and_statsmodels() {
    let Some(python) = farthing_testkit::python() else { return };
    // No charge belongs to the workflow: a decision costs its handling and its error.
    let home = Home::new()
        .file("bill.csv", Bill::of("2026-05").charge("lending", "Inference", "10").csv())
        .file("people.toml", PEOPLE)
        .file("decisions.csv", decisions())
        .file("people.json", r#"{"rate_per_hour": 60, "handling_minutes": 12, "error_cost": 40}"#);
    let home = home.ingest_billing("bill.csv", "acme").rules(RULES);
    home.run(&["ingest", "people", "people.toml"]).exits(0);
    home.run(&["ingest", "decisions", "decisions.csv", "--source", "core"]).exits(0);
    home.run(&["unit-cost", "--format", "json", "-o", "unit-cost.json"]).exits(0);
    let compare = ["experiment", "compare", "--workflow", "triage", "--format", "json", "-o", "comparison.json"];
    home.run(&compare).exits(0);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("intervals/oracle.py");
    let mut oracle = Command::new(python);
    oracle.arg("-B").arg(script).current_dir(home.path());
    Run::of(oracle, &["decisions.csv", "people.json", "unit-cost.json", "comparison.json"]).exits(0);
}
