//! Plans replayed on the digital twin, and exported to those who run them.

use serde_json::{Value, json};

use crate::support::{Home, Server, list, text};

/// A week of office hours on two types.
fn instance() -> Value {
    let week = |busy: f64| -> Vec<f64> {
        (0..168).map(|hour| if hour / 24 < 5 && (8..18).contains(&(hour % 24)) { busy } else { busy / 4.0 }).collect()
    };
    json!({
        "hours": 168,
        "types": [{"id": "g5.xlarge", "od_price": 1.006, "quota": 40}, {"id": "g6e.xlarge", "od_price": 1.861, "quota": 10}],
        "workloads": [
            {"id": "triage", "min_replicas": 2, "capacity": {"g5.xlarge": 1.5, "g6e.xlarge": 3.2}, "demand": week(8.0)},
            {"id": "letters", "min_replicas": 1, "capacity": {"g6e.xlarge": 2.0}, "demand": week(3.0)}
        ]
    })
}

/// A home with the instance and its plan.
fn planned() -> Home {
    let home = Home::new().file("instance.json", instance().to_string());
    home.run(&["plan", "fleet", "--instance", "instance.json", "--format", "json", "-o", "plan.json"]).exits(0);
    home
}

const REPLAY: [&str; 4] = ["simulate", "plan.json", "--instance", "instance.json"];

#[test]
fn a_plan_keeps_its_promises_on_the_demand_it_was_made_for_and_the_same_seed_gives_the_same_bytes() {
    let home = planned();
    let replay = |seed: &str| home.run(&[&REPLAY[..], &["--seed", seed, "--format", "json"]].concat()).exits(0).stdout;
    let once = replay("7");
    assert!(once == replay("7") && once != replay("8"));
    let simulation: Value = serde_json::from_str(&once).expect("JSON");
    assert_eq!(
        (&simulation["keeps_promises"], &simulation["missed_hours"], &simulation["hours"]),
        (&json!(true), &json!(0), &json!(168))
    );
    for workload in list(&simulation, "workloads") {
        let sum = |field: &str| list(workload, "hours").iter().map(|hour| hour[field].as_u64().expect("a count")).sum::<u64>();
        assert_eq!((sum("requests"), 168), (workload["requests"].as_u64().expect("a count"), list(workload, "hours").len()));
    }
    home.run(&REPLAY).exits(0).shows(&[
        "Replay · 168 hours · seed 1",
        "Every workload kept its promise in every hour",
        "Assumed:",
    ]);
    let csv = home.run(&[&REPLAY[..], &["--format", "csv"]].concat()).exits(0).stdout;
    assert_eq!(csv.lines().count(), 1 + 2 * 168);
}

#[test]
fn a_promotion_day_that_was_not_planned_for_is_a_miss_with_status_2() {
    let home = planned();
    home.write("promotion.toml", "[[surges]]\nfrom_hour = 48\nuntil_hour = 72\nfactor = 3.0\n");
    let run = home.run(&[&REPLAY[..], &["--conditions", "promotion.toml"]].concat()).exits(2);
    run.shows(&["hours of workloads missed a promise", "triage, hour 48", "requests a second where replicas serve"]);
    home.write("wrong.toml", "cold_start = 3\n");
    home.run(&[&REPLAY[..], &["--conditions", "wrong.toml"]].concat()).exits(1).says(&["wrong.toml", "cold_start"]);
    home.run(&["simulate", "plan.json"]).exits(1).says(&["no file says how much a replica serves"]);
}

#[test]
fn on_the_floor_of_a_plan_an_autoscaler_catches_what_was_not_planned_for() {
    let home = planned();
    home.write("growth.toml", "[[surges]]\nfrom_hour = 0\nuntil_hour = 168\nfactor = 1.4\n");
    let grown = |status: i32, more: &[&str]| -> Value {
        home.run(&[&REPLAY[..], &["--conditions", "growth.toml", "--format", "json"], more].concat()).exits(status).json()
    };
    let missed = |simulation: &Value| simulation["missed_hours"].as_u64().expect("a count");
    let (alone, floor) = (grown(2, &[]), grown(0, &["--floor"]));
    assert!(missed(&floor) < missed(&alone) / 2, "{} {}", missed(&floor), missed(&alone));
    assert!(
        list(&floor, "assumptions").iter().any(|said| said.as_str().is_some_and(|s| s.contains("on top of the plan's hours")))
    );
    // Nothing that was planned is taken away.
    let paid = |simulation: &Value| text(simulation, "on_demand_cost").parse::<f64>().expect("a decimal");
    let as_planned = |more: &[&str]| home.json(&[&REPLAY[..], more].concat());
    assert!(paid(&as_planned(&["--floor"])) >= paid(&as_planned(&[])));
    home.run(&[&REPLAY[..], &["--max-replicas", "9"]].concat()).exits(64).says(&["--floor"]);
}

#[test]
fn recorded_traffic_is_replayed_as_it_came() {
    let home = planned();
    // Monday 2026-05-04, 09:00 to 10:00: 6 and then 20 requests a second, where the plan has 8.
    let rows = |minute: u32, rate: u32| format!("2026-05-04T09:{minute:02}:00Z,triage,{},1000,1000\n", rate * 600);
    let trace = |rates: [u32; 6]| -> String {
        let rows: String = rates.into_iter().enumerate().map(|(index, rate)| rows(10 * index as u32, rate)).collect();
        format!("timestamp,workload,requests,input_tokens,output_tokens\n{rows}2026-05-04T09:00:00Z,stranger,5,1,1\n")
    };
    home.write("calm.csv", trace([6; 6]));
    home.write("rush.csv", trace([6, 6, 20, 20, 20, 6]));
    let replay = |file: &'static str| home.run(&[&REPLAY[..], &["--trace", file, "--format", "json"]].concat());
    let calm: Value = replay("calm.csv").exits(0).json();
    assert_eq!(
        (text(&calm, "traffic"), text(&calm, "from"), &calm["hours"]),
        ("recorded_rates", "2026-05-04T09:00:00Z", &json!(1))
    );
    assert!(list(&calm, "assumptions").iter().any(|said| said.as_str().is_some_and(|s| s.starts_with("1 rows of the trace"))));
    let rush: Value = replay("rush.csv").exits(2).json();
    assert_eq!(rush["missed_hours"], 1);
}

#[test]
fn a_plan_is_exported_in_every_form() {
    let home = planned();
    let folder = |form: &str| home.path().join("out").join(form);
    for (form, files) in [
        ("terraform", &["fleet.tf"][..]),
        ("keda", &["scaled-objects.yaml"]),
        ("hpa", &["autoscalers.yaml"]),
        ("karpenter", &["node-pools.yaml"]),
        ("app-autoscaling", &["sagemaker-variants.json", "inference-components.json"]),
        ("cloudformation", &["template.json"]),
        ("pull-request", &["pull-request.md"]),
    ] {
        let folder = folder(form);
        let path = folder.to_str().expect("the path is text");
        home.run(&["plan", "export", "plan.json", "--as", form, "-o", path]).exits(0).shows(&["Nothing was applied"]);
        for file in files {
            let text = std::fs::read_to_string(folder.join(file)).expect("the file is there");
            assert!(text.contains("triage") || form == "karpenter", "{form}: {text}");
        }
    }
    let refused = home.run(&["plan", "export", "plan.json", "--as", "focus-recommendation", "-o", "out"]);
    refused.exits(1).says(&["the plan states no saving in a currency"]);
}

#[test]
fn the_api_replays_as_the_command_does() {
    let home = planned();
    let plan: Value =
        serde_json::from_str(&std::fs::read_to_string(home.path().join("plan.json")).expect("the plan")).expect("JSON");
    let server = Server::of(&home);
    let body = json!({"plan": plan, "instance": instance(), "seed": 7});
    let answer = server.post("/v1/simulations", &body).is(200).json();
    assert_eq!(answer, home.json(&[&REPLAY[..], &["--seed", "7"]].concat()));
    let too_much = json!({"plan": plan, "instance": instance(), "conditions": {"surges": [{"from_hour": 0, "until_hour": 168, "factor": 1000.0}]}});
    server.post("/v1/simulations", &too_much).is(400);
    server.post("/v1/simulations", &json!({"plan": {}})).is(400);
    server.post("/v1/simulations", &json!({"plan": plan, "speed": 2})).is(422);
}
