//! The fleet's terms and explanations, as people and their programs see them.

use serde_json::{Value, json};

use crate::support::{Home, Server, list, text};

const ZONES: &str = include_str!("../../solver-models/src/fleet/instances/zones.json");
const HAND: &str = include_str!("../../solver-models/src/fleet/instances/hand.json");

/// Two types in two zones, one on spot; a week of demand; replicas change at the shifts and survive what may be lost.
const FLEET: &str = r#"version = 1
currency = "USD"
[terms]
shifts = [6, 18]
survive = [{ loss = "zone", demand = "0.5" }, { loss = "spot", demand = "0.5" }]
[[instance_types]]
id = "s"
price = "1.5"
commit_price = "0.9"
zone = "a"
[[instance_types]]
id = "s-spot"
price = "0.5"
zone = "b"
spot = { interruption_rate = "0.05", interruption_cost = "2" }
[[workloads]]
id = "chat"
model = "m"
unit = "claims"
ramp = 6
[workloads.profiles.s]
requests_per_second = 2.0
[workloads.profiles.s-spot]
requests_per_second = 2.0
"#;

fn home() -> Home {
    let hours: String =
        (0..24).map(|hour| format!("2026-05-04T{hour:02}:00:00Z,{},1,1,m,chat\n", 3600 * (1 + hour % 5))).collect();
    let home = Home::new().rules("version = 1\n[[units]]\nid = \"claims\"\n").fleet(FLEET);
    let home = home.file("trace.csv", format!("timestamp,requests,input_tokens,output_tokens,model,workload\n{hours}"));
    home.ingest_trace("trace.csv", "gateway", &[])
}

fn replicas(plan: &Value, kind: &str) -> Vec<u64> {
    let hours = plan["plan"]["n"]["chat"][kind].as_array().expect("it runs there");
    hours.iter().map(|n| n.as_u64().expect("whole")).collect()
}

#[test]
fn a_plan_from_data_keeps_the_terms_of_its_profile() {
    let plan = home().run(&["plan", "fleet", "--format", "json", "--time-limit", "30"]).json();
    let (owned, spot) = (replicas(&plan, "s"), replicas(&plan, "s-spot"));
    assert_eq!(owned.len(), 168);
    for (hour, (owned_now, spot_now)) in owned.iter().zip(&spot).enumerate().skip(1) {
        assert!(matches!(hour % 24, 6 | 18) || (*owned_now, *spot_now) == (owned[hour - 1], spot[hour - 1]), "hour {hour}");
        let demand = plan["workloads"][0]["demand"][hour].as_f64().expect("a rate");
        let least = 0.5 * demand;
        assert!(2.0 * *owned_now as f64 >= least - 1e-6 && 2.0 * *spot_now as f64 >= least - 1e-6, "hour {hour}");
    }
}

#[test]
fn what_stands_behind_a_plan() {
    let home = Home::new().file("hand.json", HAND);
    let run = home.run(&["plan", "fleet", "--instance", "hand.json", "--gap", "0", "--explain", "--format", "json"]).exits(0);
    let explanation = &run.json()["explanation"];
    let without: Vec<&str> = list(explanation, "alternatives").iter().map(|other| text(other, "without")).collect();
    assert!(without.contains(&"b") && without.contains(&"commitments"), "{explanation:#}");
    let shown = home.run(&["plan", "fleet", "--instance", "hand.json", "--gap", "0", "--explain"]).exits(0).stdout;
    for title in ["What binds", "What other limits cost", "What else was considered", "How far the choice stands"] {
        assert!(shown.contains(title), "{shown}");
    }
}

#[test]
fn the_program_of_an_instance_is_written_for_other_solvers() {
    let home = Home::new().file("zones.json", ZONES);
    for file in ["fleet.mps", "fleet.lp"] {
        home.run(&["plan", "fleet", "--instance", "zones.json", "--write-program", file]).exits(0);
        let written = std::fs::read_to_string(home.path().join(file)).expect("it was written");
        assert!(written.contains("without_zone_x"), "{written}");
    }
    home.run(&["plan", "fleet", "--instance", "zones.json", "--write-program", "fleet.txt"]).says(&[".mps or .lp"]);
}

#[test]
fn terms_that_cannot_be_met_are_named() {
    let short = ZONES.replace(r#""demand": 1}"#, r#""demand": 1, "replicas": 30}"#);
    let home = Home::new().file("zones.json", short);
    let run = home
        .run(&["plan", "fleet", "--instance", "zones.json", "--format", "json"])
        .exits(2)
        .says(&["lower replicas without zone x of workload w, hour 0 from 30 to 20 replicas"]);
    let plan = run.json();
    assert_eq!((text(&plan, "status"), list(&plan, "relaxations").is_empty()), ("infeasible", false));
}

#[test]
fn the_api_explains_as_the_command_does() {
    let home = Home::new();
    let server = Server::of(&home);
    let instance: Value = serde_json::from_str(HAND).expect("it is JSON");
    let plan = server.post("/v1/plans/fleet/solve?explain=true", &instance).is(200).json();
    assert!(list(&plan["explanation"], "stands").len() >= 2, "{plan:#}");
    assert!(server.post("/v1/plans/fleet/solve", &instance).is(200).json().get("explanation").is_none());
    server.post("/v1/plans/fleet/solve?explain=perhaps", &instance).is(400);
    server.post("/v1/plans/fleet/solve", &json!({"hours": 1, "types": [], "workloads": [], "ramp": 1})).is(400);
}
