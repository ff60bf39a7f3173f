//! The portfolio of models, and the reviews of a quarter.

use serde_json::{Value, json};

use crate::decisions::{filled, home};
use crate::support::{Bill, Home, Server, list, text};

const MODELS: &str = r#"version = 1

[[model]]
id = "new"
owner = "Claims IT"
introduced = "2026-05-01"
contract_end = "2026-06-30"
depends_on = ["claims documents"]
alternatives = ["old", "other"]
workflows = ["triage", "lending"]

[[model]]
id = "idle"
owner = "Lending IT"
"#;

/// April and May: in April the models err less.
fn two_months() -> Home {
    prepared(home())
}

fn prepared(home: Home) -> Home {
    let home = home.file("models.toml", MODELS).file("april.csv", Bill::of("2026-04").charge("claims", "Inference", "60").csv());
    home.run(&["portfolio", "publish", "models.toml"]).exits(0);
    let home = home.ingest_billing("april.csv", "acme");
    let mut rows = String::from("id,decided_at,workflow,unit,actor,model,outcome,requests\n");
    for n in 0..3_000 {
        let model = if n % 2 == 0 { "new" } else { "old" };
        let outcome = if n % 500 == 0 { "wrong" } else { "accepted" };
        rows += &format!("a{n},2026-04-{:02}T09:00:00Z,triage,claims,ai,{model},{outcome},1\n", 1 + n % 30);
    }
    home.write("april-decisions.csv", rows);
    home.run(&["ingest", "decisions", "april-decisions.csv", "--source", "core"]).exits(0);
    home
}

fn card<'a>(portfolio: &'a Value, model: &str) -> &'a Value {
    list(portfolio, "models").iter().find(|card| card["model"] == model).unwrap_or_else(|| panic!("{portfolio:#}"))
}

#[test]
fn a_scorecard_has_what_facts_and_people_know() {
    let home = two_months();
    let portfolio = home.json(&["portfolio", "--period", "2026-05"]);
    let new = card(&portfolio, "new");
    assert_eq!((&new["owner"], &new["age_days"], &new["contract_days_left"]), (&json!("Claims IT"), &json!(30), &json!(30)));
    let [workflow] = list(new, "workflows") else { panic!("{new:#}") };
    let costs = home.json(&["unit-cost"]);
    let arm = list(&costs[0], "arms").iter().find(|arm| arm["model"] == "new").expect("it decides");
    assert_eq!((&workflow["cost"], &workflow["per_decision"]), (&arm["total"], &arm["per_decision"]));
    assert_eq!(workflow["against_people"], arm["against_people"]);
    let months: Vec<&str> = list(workflow, "trend").iter().map(|month| text(month, "period")).collect();
    assert_eq!(months, ["2026-04", "2026-05"]);
    let old = &list(card(&portfolio, "old"), "workflows")[0];
    assert_eq!(
        (&old["error_rate"]["shown"], &old["override_rate"]["shown"]),
        (&json!(true), &json!(false)),
        "3 % after none: {old:#}"
    );
    let alternatives: Vec<&Value> = list(workflow, "alternatives").iter().map(|other| &other["model"]).collect();
    assert!(
        alternatives.contains(&&json!("old")) && alternatives.contains(&&json!("other")) && alternatives.contains(&&Value::Null)
    );
    assert_eq!(list(new, "notes"), [json!("it is meant for lending and decided nothing there")]);
    assert_eq!(list(card(&portfolio, "idle"), "notes"), [json!("neither a decision nor a request in the period")]);
    assert_eq!(card(&portfolio, "old")["listed"], json!(false));

    home.run(&["portfolio"]).exits(0).shows(&["Portfolio · 2026-05", "Claims IT", "2026-06-30", "By workflow", "Rests on"]);
    let mut served = Server::of(&home).get("/v1/portfolio?period=2026-05").is(200).json();
    for name in ["as_of", "evidence"] {
        served[name] = portfolio[name].clone();
    }
    assert_eq!(served, portfolio);
    home.write("bad.toml", MODELS.replace("2026-06-30", "soon"));
    home.run(&["portfolio", "check", "bad.toml"]).exits(1).says(&["line 7: new: contract_end: \"soon\" is no day"]);
}

#[test]
fn a_review_pins_its_scorecards_and_what_was_decided() {
    for home in Home::on_each_database().into_iter().map(|empty| prepared(filled(empty))) {
        let opened = home.json(&["portfolio", "review", "open", "2026-Q2", "--by", "ada"]);
        assert_eq!(list(&opened, "models").len(), 3);
        home.run(&["portfolio", "review", "open", "2026-Q2", "--by", "ada"]).exits(1).says(&["has a review already"]);
        home.run(&["portfolio", "review", "open", "2026-Q9", "--by", "ada"]).exits(1).says(&["write 2026-Q2"]);
        home.run(&["portfolio", "review", "open", "2025-Q1", "--by", "ada"]).exits(1).says(&["there are no charges"]);
        let content = home.run(&["portfolio", "review", "content", "2026-Q2"]).exits(0).stdout;

        // What comes later changes no scorecard of then.
        home.import_billing_again();
        let shown = home.json(&["portfolio", "review", "show", "2026-Q2"]);
        assert_eq!(shown["reproduced"], json!(true));
        assert_eq!(home.run(&["portfolio", "review", "content", "2026-Q2"]).exits(0).stdout, content);
        let pinned: Value = serde_json::from_str(&content).expect("it is JSON");
        assert_eq!(shown["portfolio"], pinned);

        let record = |model: &str, decision: &str| {
            home.run(&["portfolio", "review", "record", "2026-Q2", model, decision, "--reason", "it drifts", "--by", "grace"])
        };
        record("old", "keep").exits(0);
        record("old", "retire").exits(0);
        record("nobody", "keep").exits(1).says(&["nobody is not in the review", "idle, new, old"]);
        let review = home.json(&["portfolio", "review", "show", "2026-Q2"]);
        let old = list(&review, "models").iter().find(|model| model["model"] == "old").expect("it is there");
        assert_eq!(
            (&old["decision"], &old["decided_before"], &old["decided_by"]),
            (&json!("retire"), &json!(1), &json!("grace"))
        );
        let server = Server::of(&home);
        assert_eq!(server.get("/v1/portfolio/reviews/2026-Q2").is(200).json(), review);
        assert_eq!(server.get("/v1/portfolio/reviews").is(200).json(), home.json(&["portfolio", "review", "list"]));
        let decision = json!({"model": "new", "decision": "keep", "reason": "it is cheaper", "by": "ada"});
        server.post("/v1/portfolio/reviews/2026-Q2/decisions", &decision).is(200);
        server
            .post(
                "/v1/portfolio/reviews/2026-Q2/decisions",
                &json!({"model": "new", "decision": "burn", "reason": "x", "by": "ada"}),
            )
            .is(400);
        server.post("/v1/portfolio/reviews/2026-Q2", &json!({"by": "ada"})).is(400);
        server.get("/v1/portfolio/reviews/2026-Q1").is(404);
        home.run(&["portfolio", "review", "list"]).exits(0).shows(&["2026-Q2", "ada"]);

        // Scorecards that were changed behind the program's back are found.
        home.tamper("UPDATE portfolio_review SET content = '{}'");
        home.run(&["portfolio", "review", "show", "2026-Q2"]).exits(1).says(&["does not have the digest"]);
    }
}

impl Home {
    /// A restated bill of May.
    fn import_billing_again(&self) {
        self.write("restated.csv", Bill::of("2026-05").charge("claims", "Inference", "900").csv());
        self.import_billing("restated.csv", "acme");
    }
}
