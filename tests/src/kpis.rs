//! The registry of metrics: one definition each, and values with what they rest on.

use serde_json::{Value, json};

use crate::decisions::home;
use crate::support::{Exact, Server, figure, list, text};

const OWN: &str = r#"version = 1

[owners]
error_rate = "Quality"

[[kpi]]
id = "spend_by_service"
name = "Spend by service"
owner = "Finance"
unit = "USD"
better = "neither"
formula = "sum of effective cost"
definition = "What each service cost."
source = ["charges"]
sql = "SELECT ServiceName, SUM(EffectiveCost) FROM focus_daily GROUP BY ServiceName ORDER BY ServiceName"
"#;

fn by_model(report: &Value, model: &str) -> Value {
    list(report, "values").iter().find(|value| value["of"]["model"] == model).unwrap_or_else(|| panic!("{report:#}")).clone()
}

#[test]
fn a_built_in_has_its_value_and_what_it_rests_on() {
    let home = home();
    let costs = home.json(&["unit-cost"]);
    let report = home.json(&["kpis", "show", "cost_per_decision", "--period", "2026-05"]);
    for arm in list(&costs[0], "arms").iter().filter(|arm| !arm["model"].is_null()) {
        let value = by_model(&report, text(arm, "model"));
        assert_eq!((&value["value"], &value["low"]), (&arm["per_decision"], &arm["interval"]["low"]));
    }
    let lineage = &report["lineage"];
    let of: Vec<&str> = list(lineage, "revisions").iter().map(|revision| text(revision, "dataset")).collect();
    assert_eq!(of, ["charges", "decisions"]);
    let documents: Vec<&str> = list(lineage, "documents").iter().map(|document| text(document, "kind")).collect();
    assert_eq!(documents, ["rules", "people"]);
    let digest = text(&list(lineage, "revisions")[0], "digest");
    assert_eq!(digest.len(), 64, "{digest}");

    let share = home.json(&["kpis", "show", "unattributed_share", "--period", "2026-05"]);
    // 10 of 100 are lending's, whom no rule names.
    assert_eq!(figure(&list(&share, "values")[0], "value"), Exact::parse("0.1"));
    let errors = home.json(&["kpis", "show", "error_rate", "--period", "2026-05"]);
    assert!(list(&errors, "values").len() == 3, "{errors:#}");
    home.run(&["kpis", "show", "cost_per_decision", "--period", "2026-05"]).exits(0).shows(&["Rests on", "charges", "FinOps"]);
    home.run(&["kpis", "list"]).exits(0).shows(&["automation_rate", "unattributed_share"]);
    home.run(&["kpis", "show", "happiness"]).exits(1).says(&["there is no metric happiness", "cost_per_decision"]);
    let server = Server::of(&home);
    let mut served = server.get("/v1/kpis/cost_per_decision?period=2026-05").is(200).json();
    served["lineage"]["as_of"] = report["lineage"]["as_of"].clone();
    assert_eq!(served, report);
    assert_eq!(server.get("/v1/kpis").is(200).json(), home.json(&["kpis", "list"]));
    server.get("/v1/kpis/happiness?period=2026-05").is(404);
    server.get("/v1/kpis/cost_per_decision").is(400);
}

#[test]
fn an_organisations_own_metric_is_defined_once_and_computed() {
    let home = home().file("kpis.toml", OWN);
    home.run(&["kpis", "check", "kpis.toml"]).exits(0).shows(&["definitions of 1 metrics"]);
    home.run(&["kpis", "publish", "kpis.toml"]).exits(0).shows(&["published as version 1"]);
    home.run(&["kpis", "publish", "kpis.toml"]).exits(0).shows(&["unchanged, already version 1"]);
    let report = home.json(&["kpis", "show", "spend_by_service", "--period", "2026-05"]);
    let value = &list(&report, "values")[0];
    assert_eq!((&value["of"], figure(value, "value")), (&json!({"ServiceName": "Inference"}), Exact::parse("100")));
    assert_eq!(text(&home.json(&["kpis", "show", "error_rate"]), "owner"), "Quality");
    let twice = OWN.replace("spend_by_service", "error_rate");
    home.write("twice.toml", twice);
    home.run(&["kpis", "publish", "twice.toml"]).exits(1).says(&["error_rate: the program defines it already"]);
    assert_eq!(text(&home.json(&["kpis", "show", "spend_by_service"]), "owner"), "Finance", "the earlier version stays");
    home.write("wrong.toml", OWN.replace("SUM(EffectiveCost)", "1, 2"));
    home.run(&["kpis", "publish", "wrong.toml"]).exits(0);
    home.run(&["kpis", "show", "spend_by_service", "--period", "2026-05"]).exits(1).says(&["one number, or a text and a number"]);
}
