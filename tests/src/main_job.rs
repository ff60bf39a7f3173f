//! The main job on the sample organisation: import, attribute, unit cost, plan, report.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::{Exact, Home, Server, figure, list, statements, text};

const DEMO: [&str; 5] = ["demo", "--rows", "5000", "--seed=7", "--no-progress"];
const COSTS: [&str; 4] = ["billed", "effective", "contracted", "list"];
const WORKFLOWS: [&str; 4] = ["claims-triage", "invoice-processing", "loan-prescreening", "support-replies"];

#[test]
fn the_sample_organisation_runs_through_the_whole_job() {
    let home = Home::new();
    home.run(&DEMO).exits(0).shows(&["Chargeback 2026-05", "Difference 0", "claims-triage"]);

    let status = home.json(&["status"]);
    let totals = totals(&status);
    for period in ["2026-04", "2026-05"] {
        for cost in COSTS {
            every_unit_and_the_rest_are_the_bill(&home, period, cost, &totals);
        }
    }
    each_workflow_has_its_arms_and_their_parts_sum(&home);
    the_api_says_the_same(&home);

    let (statement, plans) = (home.json(&["chargeback", "--period", "2026-05"]), kept_plans(&home));
    let again = home.json(&DEMO);
    the_plan_says_what_is_proven(&again["plan"]);
    assert_eq!(statements(&again["chargeback"]), statements(&statement));
    assert_eq!(again["unit_cost"], home.json(&["unit-cost"]));
    assert_eq!(revisions(&home.json(&["status"])), revisions(&status), "the second run imported something");
    assert_eq!(home.json(&["chargeback", "--period", "2026-05"]), statement, "the second run changed the statement");
    assert_eq!(kept_plans(&home), plans, "the second run made a plan, though nothing has changed since the first");
}

#[test]
fn the_same_seed_is_the_same_organisation_and_another_is_another() {
    let home = Home::new();
    let write =
        |folder, seed| home.run(&["demo", "--rows", "1000", "--seed", seed, "--files", "csv", "--only-write", folder]).exits(0);
    write("one", "7");
    write("again", "7");
    write("other", "8");
    let files = |folder: &str| files_below(&home.path().join(folder));
    assert!(files("one").len() > 10, "{:?}", files("one").keys());
    assert_eq!(files("one"), files("again"));
    assert_ne!(files("one"), files("other"));
}

/// What the catalogue says was billed: period, currency and cost to the sum over the sources.
fn totals(status: &Value) -> BTreeMap<(String, String, &'static str), Exact> {
    let mut sums: BTreeMap<_, Exact> = BTreeMap::new();
    for period in list(status, "periods").iter().filter(|period| text(period, "dataset") == "charges") {
        for total in list(period, "totals") {
            for cost in COSTS {
                let sum = sums.entry((text(period, "period").to_owned(), text(total, "currency").to_owned(), cost)).or_default();
                *sum = *sum + figure(total, cost);
            }
        }
    }
    sums
}

fn every_unit_and_the_rest_are_the_bill(
    home: &Home,
    period: &str,
    cost: &'static str,
    totals: &BTreeMap<(String, String, &str), Exact>,
) {
    let report = home.json(&["chargeback", "--period", period, "--cost", cost]);
    let statements = statements(&report);
    let currencies = totals.keys().filter(|(of, _, which)| of == period && *which == cost).count();
    assert_eq!(statements.len(), currencies, "one statement a currency");
    for statement in statements {
        let (billed, attributed) = (figure(statement, "billed_total"), figure(statement, "attributed_total"));
        let unattributed = figure(statement, "unattributed_total");
        assert_eq!((text(statement, "period"), text(statement, "cost")), (period, cost));
        assert_eq!(text(statement, "difference"), "0");
        assert_eq!(attributed + unattributed, billed);
        assert_eq!(list(statement, "units").iter().map(|unit| figure(unit, "total")).sum::<Exact>(), attributed);
        assert_eq!(list(statement, "unattributed").iter().map(|reason| figure(reason, "amount")).sum::<Exact>(), unattributed);
        for unit in list(statement, "units") {
            assert_eq!(figure(unit, "direct") + figure(unit, "shared"), figure(unit, "total"), "{unit:#}");
        }
        let currency = text(statement, "currency");
        assert_eq!(totals[&(period.to_owned(), currency.to_owned(), cost)], billed, "the catalogue says otherwise");
        assert_eq!(text(statement, "rule_set"), "v1");
        assert!(!list(statement, "revisions").is_empty());
        assert!(attributed > Exact::default() && unattributed > Exact::default(), "{statement:#}");
        assert!(list(statement, "units").iter().any(|unit| text(unit, "shared") != "0"), "no pool gave anything");
    }
}

fn each_workflow_has_its_arms_and_their_parts_sum(home: &Home) {
    let report = home.json(&["unit-cost"]);
    let workflows = report.as_array().expect("an array of workflows");
    assert_eq!(workflows.iter().map(|workflow| text(workflow, "workflow")).collect::<Vec<_>>(), WORKFLOWS);
    for workflow in workflows {
        let arms = list(workflow, "arms");
        let of_machines = |arm: &&Value| text(arm, "actor").starts_with("ai");
        assert!(arms.iter().any(|arm| text(arm, "actor") == "person"), "no people in {workflow:#}");
        assert!(arms.iter().any(|arm| of_machines(&arm)), "no model in {workflow:#}");
        for ai in arms.iter().filter(of_machines) {
            assert!(ai["break_even"].is_object() && ai["against_people"].is_object() && ai["model"].is_string(), "{ai:#}");
        }
        for arm in arms {
            let sum = |name: &str| list(arm, "parts").iter().map(|part| figure(part, name)).sum::<Exact>();
            assert_eq!(sum("per_decision"), figure(arm, "per_decision"), "{arm:#}");
            if text(arm, "basis") == "measured" {
                assert_eq!(sum("amount"), figure(arm, "total"), "{arm:#}");
                let outcomes = arm["outcomes"].as_object().expect("counts by outcome").values();
                assert_eq!(outcomes.filter_map(Value::as_u64).sum::<u64>(), arm["decisions"].as_u64().expect("a count"));
            }
            assert!(figure(arm, "per_decision") > Exact::default(), "{arm:#}");
        }
    }
    let one = home.json(&["unit-cost", "--workflow", "claims-triage"]);
    assert_eq!(one, Value::Array(vec![workflows[0].clone()]));
}

fn the_plan_says_what_is_proven(plan: &Value) {
    assert!(["optimal", "gap_limit", "work_limit", "time_limit"].contains(&text(plan, "status")), "{}", plan["status"]);
    let objective = figure(&plan["objective"], "amount");
    let (bound, gap) = (plan["bound"].as_f64().expect("a bound"), plan["gap"].as_f64().expect("a gap"));
    assert!(bound > 0.0 && bound <= objective.approximately() + 1e-6, "bound {bound}, objective {objective}");
    assert!((gap - (objective.approximately() - bound) / objective.approximately()).abs() < 1e-6, "gap {gap}");
    let purchase = ["commitments", "spend", "on_demand"].map(|part| figure(&plan["purchase"][part], "amount"));
    assert_eq!(purchase.into_iter().sum::<Exact>(), objective);
    assert_eq!(figure(&plan["saved"], "amount") + objective, figure(&plan["cost_now"], "amount"));
    assert_eq!(list(plan, "workloads").len(), 4);
    assert_eq!(plan["hours"], 168);
    assert_eq!(
        (&plan["recommended"], &plan["replay"]["keeps_promises"]),
        (&Value::Bool(true), &Value::Bool(true)),
        "{}",
        plan["replay"]
    );
    assert_eq!(list(&plan["replay"], "workloads").len(), 4);
}

fn the_api_says_the_same(home: &Home) {
    let server = Server::of(home);
    for (path, command) in [
        ("/v1/chargeback?period=2026-05&cost=contracted", &["chargeback", "--period", "2026-05", "--cost", "contracted"][..]),
        ("/v1/unit-cost", &["unit-cost"]),
        ("/v1/process?workflow=loan-prescreening", &["process", "--workflow", "loan-prescreening"]),
        (
            "/v1/unit-cost?workflow=claims-triage&window=2026-04-01/2026-06-01&cost=list",
            &["unit-cost", "--workflow", "claims-triage", "--window", "2026-04-01/2026-06-01", "--cost", "list"],
        ),
    ] {
        assert_eq!(server.get(path).is(200).json(), home.json(command), "{path}");
    }
}

/// The ids of the plans that are kept.
fn kept_plans(home: &Home) -> Vec<String> {
    let plans = Server::of(home).get("/v1/plans/fleet").is(200).json();
    let ids: Vec<String> = plans.as_array().expect("a list").iter().map(|plan| text(plan, "id").to_owned()).collect();
    assert!(!ids.is_empty(), "no plan is kept");
    ids
}

fn revisions(status: &Value) -> Vec<(&str, &str, &str, &str)> {
    let line = |period| (text(period, "source"), text(period, "dataset"), text(period, "period"), text(period, "revision"));
    list(status, "periods").iter().map(line).collect()
}

fn files_below(folder: &std::path::Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for path in entries.map(|entry| entry.expect("a folder can be listed").path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            files.extend(files_below(&path).into_iter().map(|(below, content)| (format!("{name}/{below}"), content)));
        } else {
            files.insert(name, std::fs::read(&path).expect("a file can be read"));
        }
    }
    files
}
