use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::shared;
use crate::support::{Exact, Home, Run, figure, list, text};

fn solve(instance: &Path, more: &[&str]) -> (Home, Run) {
    let home = Home::new();
    let fixed = ["plan", "fleet", "--format", "json", "--instance", instance.to_str().expect("UTF-8")];
    let run = home.run(&[&fixed, more].concat());
    assert!(!home.store().exists(), "solving an instance needs no home, and makes none");
    (home, run)
}

/// What the checker beside the instances says of a plan: its exact cost. It shares no code with the program.
fn verified(home: &Home, instance: &Path, run: &Run) -> f64 {
    let plan = home.path().join("plan.json");
    std::fs::write(&plan, &run.stdout).expect("the home can be written to");
    let checker = instance.parent().expect("it lies in a folder").join("verify.py");
    let output = Command::new("python3").arg(checker).args([instance, &plan]).output().expect("python3 starts");
    let verdict: Value = serde_json::from_slice(&output.stdout).expect("the checker prints JSON");
    assert!(output.status.success() && verdict["feasible"] == true, "{verdict:#}");
    verdict["cost"].as_f64().expect("a cost")
}

#[test]
fn tiny_instances_have_their_proven_optimum() {
    for (name, optimum) in [("tiny_a", 24.48), ("tiny_plan", 16.0)] {
        let Some(instance) = shared(&format!("solver/fleet/{name}.json")) else { return };
        let (home, run) = solve(&instance, &["--gap", "0"]);
        let run = run.exits(0);
        let plan = run.json();
        assert_eq!((text(&plan, "status"), plan["objective"].as_f64()), ("optimal", Some(optimum)), "{name}");
        assert!(plan["gap"].as_f64().is_some_and(|gap| gap < 1e-6), "{plan:#}");
        assert!((verified(&home, &instance, &run) - optimum).abs() < 1e-9, "{name}");
    }
}

#[test]
fn an_infeasible_instance_names_hour_quota_and_what_is_missing() {
    let Some(instance) = shared("solver/fleet/tiny_infeasible.json") else { return };
    let (_, run) = solve(&instance, &[]);
    let plan = run.exits(2).json();
    assert_eq!((text(&plan, "status"), &plan["objective"], &plan["plan"]), ("infeasible", &Value::Null, &Value::Null));
    // In hour 2 workload w1 asks 50, and its two s and one m give 42.
    let shortage = &list(&plan, "infeasible")[0];
    assert_eq!(shortage["hour"], 2, "{plan:#}");
    assert_eq!((text(&list(shortage, "workloads")[0], "workload"), list(shortage, "quotas").len()), ("w1", 1), "{shortage:#}");
    let home = Home::new();
    let run = home.run(&["plan", "fleet", "--instance", instance.to_str().expect("UTF-8")]).exits(2);
    let said = format!("{}{}", run.stdout, run.stderr);
    assert!(["hour 2", "w1", "quota"].iter().all(|word| said.contains(word)), "{run}");
}

#[test]
fn a_larger_instance_has_a_plan_that_verifies_and_a_bound_that_holds() {
    let Some(instance) = shared("solver/fleet/fleet_10x10_1.json") else { return };
    let Some(known) = shared("solver/fleet/best_known.json") else { return };
    let known: Value = serde_json::from_slice(&std::fs::read(known).expect("it is there")).expect("JSON");
    let (best, proven) = ["objective", "bound"].map(|of| known["fleet_10x10_1"][of].as_f64().expect("a number")).into();
    let (home, run) = solve(&instance, &["--time-limit", "30"]);
    let run = run.exits(0);
    let plan = run.json();
    let (objective, bound) = (plan["objective"].as_f64().expect("a plan"), plan["bound"].as_f64().expect("a bound"));
    assert!((verified(&home, &instance, &run) - objective).abs() < 1e-6 * objective);
    assert!(bound <= best * (1.0 + 1e-9), "the bound {bound} is above a plan that is known: {best}");
    assert!(objective >= proven * (1.0 - 1e-9), "{objective} is below what is proven: {proven}");
    assert!((plan["gap"].as_f64().expect("a gap") - (objective - bound) / objective).abs() < 1e-9);
}

#[test]
fn an_instance_that_cannot_be_read_is_named() {
    let home = Home::new().file("instance.json", json!({"hours": 2, "types": [], "workloads": 3}).to_string());
    home.run(&["plan", "fleet", "--instance", "instance.json"]).exits(1).says(&["instance.json"]);
    home.run(&["plan", "fleet", "--instance", "nowhere.json"]).exits(1).says(&["nowhere.json"]);
}

/// The fleet profile of two workloads on GPU instances at their real prices in us-east-1. The rates of a replica are assumed: no
/// public source states them for these models and types together.
fn profile(prices: &str) -> String {
    let rates = [("g5.xlarge", 0.8, 0.5), ("g5.12xlarge", 3.6, 2.2), ("g6e.xlarge", 1.5, 0.9), ("p4d.24xlarge", 16.0, 9.5)];
    let mut text = "version = 1\ncurrency = \"USD\"\n".to_owned();
    for (id, ..) in rates {
        let line = prices.lines().find(|line| line.starts_with(&format!("{id},us-east-1,linux,")));
        let price = line.and_then(|line| line.split(',').nth(3)).unwrap_or_else(|| panic!("no price of {id}"));
        text += &format!(
            "[[instance_types]]\nid = \"{id}\"\nprice = \"{price}\"\nquota = 60\nvendor = \"aws\"\nregion = \"us-east-1\"\n"
        );
    }
    for (workload, today) in [("code", 8), ("conv", 16)] {
        text += &format!(
            "[[workloads]]\nid = \"{workload}\"\nmodel = \"llama2-70b\"\nunit = \"assistants\"\nmin_replicas = 1\n\
             today = [{{ type = \"g5.xlarge\", replicas = {today} }}]\n"
        );
        for (id, code, conv) in rates {
            let rate = if workload == "code" { code } else { conv };
            text += &format!("[workloads.profiles.\"{id}\"]\nrequests_per_second = {rate:?}\n");
        }
    }
    text
}

#[test]
fn the_fleet_of_a_real_trace_at_real_prices() {
    let Some(prices) = shared("prices/aws/ec2_ondemand_us-east-1.csv") else { return };
    let mut home = Home::new().fleet(&profile(&std::fs::read_to_string(prices).expect("the prices are text")));
    for workload in ["code", "conv"] {
        let Some(trace) = shared(&format!("traces/azure_llm_2023/AzureLLMInferenceTrace_{workload}.csv.gz")) else { return };
        home = home.ingest_trace(&trace, &format!("azure-{workload}"), &["--model", "llama2-70b", "--workload", workload]);
    }
    let plan = home.json(&["plan", "fleet", "--from-data", "--time-limit", "20"]);
    holds(&plan, &["code", "conv"]);
    // 24 g5.xlarge in each of 168 hours at 1.006.
    assert_eq!(figure(&plan["cost_now"], "amount"), Exact::parse("4056.192"));
    assert!(text(&plan, "input_hash").len() == 64 && !list(&plan, "assumptions").is_empty());
}

#[test]
fn two_weeks_of_a_served_models_requests_give_a_plan_that_follows_the_day() {
    let Some(prices) = shared("prices/aws/ec2_ondemand_us-east-1.csv") else { return };
    let Some(rates) = shared("traces/servegen/model_rate_10min.csv") else { return };
    let profile = profile(&std::fs::read_to_string(prices).expect("the prices are text"));
    let only_code = profile.split("[[workloads]]\nid = \"conv\"").next().expect("a text has a first part").to_owned();
    let trace = of_servegen(&std::fs::read_to_string(rates).expect("the rates are text"));
    let home = Home::new().fleet(&only_code.replace("quota = 60", "quota = 2000")).file("trace.csv", &trace);
    let home = home.ingest_trace("trace.csv", "servegen", &["--workload", "code"]);
    assert_eq!(home.value("SELECT COUNT(*) FROM usage"), 14 * 24);
    let plan = home.json(&["plan", "fleet", "--from-data", "--time-limit", "20"]);
    holds(&plan, &["code"]);
    let workload = &list(&plan, "workloads")[0];
    let [least, most] = ["min_replicas", "max_replicas"].map(|of| workload[of].as_u64().expect("a count"));
    assert!(least * 2 < most, "the demand of m-large more than doubles in a day, and the plan has {least} to {most} replicas");
}

/// ServeGen's rates of the model m-large as requests of ten minutes. It states no tokens.
fn of_servegen(rates: &str) -> String {
    let mut trace = "timestamp,requests,input_tokens,output_tokens,model\n".to_owned();
    for line in rates.lines().filter(|line| line.starts_with("language,m-large,")) {
        let fields: Vec<&str> = line.split(',').collect();
        let second: i64 = fields[2].parse().expect("seconds");
        let requests = (fields[3].parse::<f64>().expect("a rate") * 600.0).round();
        // From a Monday on, so that the weeks of the profile are the weeks of the trace.
        trace += &format!("{},{requests},0,0,m-large\n", 1_746_403_200 + second);
    }
    trace
}

/// What any plan that was found must say.
fn holds(plan: &Value, workloads: &[&str]) {
    assert!(["optimal", "gap_limit", "work_limit", "time_limit"].contains(&text(plan, "status")), "{}", plan["status"]);
    let objective = figure(&plan["objective"], "amount").approximately();
    let [bound, gap] = ["bound", "gap"].map(|of| plan[of].as_f64().unwrap_or_else(|| panic!("no {of} in {plan:#}")));
    assert!(0.0 < bound && bound <= objective * (1.0 + 1e-9) && (0.0..1.0).contains(&gap), "{bound} {objective} {gap}");
    let planned: Vec<&str> = list(plan, "workloads").iter().map(|workload| text(workload, "workload")).collect();
    assert_eq!(planned, workloads);
    for workload in list(plan, "workloads") {
        let utilisation = workload["peak_utilisation"].as_f64().expect("a share");
        assert!(0.0 < utilisation && utilisation <= 1.0, "{workload:#}");
    }
    assert_eq!(plan["hours"], 168);
}
