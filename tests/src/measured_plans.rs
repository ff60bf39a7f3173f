//! Plans from imported data, the plan of plans, and what is kept of them.

use serde_json::{Value, json};

use crate::support::{Home, Server, list, text};

/// The sample organisation, with all its facts and documents.
fn organisation() -> Home {
    let home = Home::new();
    home.run(&["demo", "--rows", "2000", "--no-progress"]).exits(0);
    home
}

fn amount(value: &Value) -> f64 {
    let text = value["amount"].as_str().or_else(|| value.as_str());
    text.unwrap_or_else(|| panic!("{value} is no amount")).parse().expect("a decimal")
}

#[test]
fn every_model_plans_from_imported_data_and_is_kept_once() {
    let home = organisation();
    let server = Server::of(&home);
    for model in ["commitments", "contracts", "storage", "routing", "portfolio"] {
        let plan = home.json(&["plan", model, "--write-instance", "instance.json"]);
        let (now, planned, saved) = (amount(&plan["cost_now"]), amount(&plan["cost_planned"]), amount(&plan["saved"]));
        assert!((now - planned - saved).abs() < 1e-6 && saved >= 0.0, "{model}: {now} {planned} {saved}");
        assert!(!list(&plan, "assumptions").is_empty());
        // The same facts give the same plan, kept once; the API says the same.
        let again = home.json(&["plan", model, "--from-data"]);
        assert_eq!(
            (&plan["id"], &plan["input_hash"], &plan["saved"]),
            (&again["id"], &again["input_hash"], &again["saved"]),
            "{model}"
        );
        let answer = server.post(&format!("/v1/plans/{model}"), &json!({})).is(200).json();
        assert_eq!((&answer["id"], &answer["saved"]), (&plan["id"], &plan["saved"]), "{model}");
        // What was solved is an instance as any other.
        let solved = home.json(&["plan", model, "--instance", "instance.json"]);
        let (exact, found) = (amount(&solved["objective"]), amount(&plan["objective"]));
        assert!((exact - found).abs() <= 0.0011 * found.abs(), "{model}: {exact} {found}");
        home.run(&["plan", model]).exits(0).shows(&["Cost now", "Saved", "Assumed:", "to be made again from"]);
    }
    home.run(&["plan", "storage", "--format", "json", "-o", "storage.json"]).exits(0);
    home.run(&["plan", "export", "storage.json", "--as", "s3-lifecycle", "-o", "lifecycles"])
        .exits(0)
        .shows(&["Nothing was applied"]);
    home.run(&["plan", "export", "storage.json", "--as", "keda", "-o", "keda"]).exits(1).says(&["storage as s3-lifecycle"]);
    let kept = home.json(&["recommendations", "list"]);
    let kinds: Vec<&str> = kept.as_array().expect("a list").iter().map(|plan| text(plan, "kind")).collect();
    // The demonstration kept its fleet.
    assert_eq!(kinds, ["portfolio", "routing", "storage", "contracts", "commitments", "fleet"]);
    let id = text(&kept[0], "id").to_owned();
    let shown = home.json(&["recommendations", "show", &id]);
    assert_eq!(shown["plan"]["input_hash"], kept[0]["input_hash"]);
    assert_eq!(server.get(&format!("/v1/recommendations/{id}")).is(200).json(), shown);
    assert_eq!(server.get("/v1/recommendations?kind=storage").is(200).json().as_array().map(Vec::len), Some(1));
    server.get("/v1/recommendations?kind=nonsense").is(400);
    server.get("/v1/recommendations/01a20503-0d86-71c3-92bb-829a53ab8e73").is(404);
}

#[test]
fn what_the_planning_document_lacks_is_an_error_with_the_next_step() {
    let home = organisation();
    home.write("empty.toml", "version = 1\n");
    home.run(&["planning", "publish", "empty.toml"]).exits(0);
    for (model, part) in
        [("commitments", "[[commitments.offer]]"), ("storage", "[[storage.class]]"), ("contracts", "[[contracts.offer]]")]
    {
        home.run(&["plan", model]).exits(1).says(&[part, "farthing planning publish"]);
    }
    // These two need nothing but facts.
    home.run(&["plan", "routing"]).exits(0);
    home.run(&["plan", "portfolio"]).exits(0);
    home.write("wrong.toml", "version = 1\n[commitment]\nmonths = 12\n");
    home.run(&["planning", "check", "wrong.toml"]).exits(1).says(&["wrong.toml", "commitment"]);
}

#[test]
fn the_plan_of_plans_adds_up_and_a_budget_buys_the_most() {
    let home = organisation();
    let plan = home.json(&["plan", "all"]);
    let steps = list(&plan, "steps");
    let names: Vec<&str> = steps.iter().map(|step| text(step, "step")).collect();
    assert_eq!(names, ["fleet", "commitments", "storage", "routing", "contracts", "portfolio"]);
    assert!(
        steps.iter().all(|step| step["left_out"].is_null()),
        "{:?}",
        steps.iter().map(|s| &s["left_out"]).collect::<Vec<_>>()
    );
    let saved: f64 = steps.iter().map(|step| amount(&step["saved"])).sum();
    assert!((saved - amount(&plan["saved"])).abs() < 1e-6 && saved > 0.0);
    // What the fleet leaves is what commitments begin with.
    assert!((amount(&steps[0]["cost_planned"]) - amount(&steps[1]["cost_now"])).abs() < 1e-6);
    let spent: f64 = steps.iter().map(|step| amount(&step["spent_once"])).sum();
    assert!((spent - amount(&plan["spent_once"])).abs() < 1e-6);

    home.run(&["plan", "all", "--budget", "7000"]).exits(0).shows(&[
        "Plan of plans",
        "Scorecard",
        "The most for 7,000.00 spent once",
    ]);
    let server = Server::of(&home);
    let answer = server.post("/v1/plans/all", &json!({"budget": "7000"})).is(200).json();
    assert_eq!(answer["saved"], plan["saved"]);
    let choice = &answer["budget"];
    assert!(
        amount(&choice["spent"]) <= 7000.0 && amount(&choice["saved"]) > 0.0 && amount(&choice["saved"]) <= saved,
        "{choice:#}"
    );
    server.post("/v1/plans/all", &json!({"budget": "-1"})).is(400);
}
