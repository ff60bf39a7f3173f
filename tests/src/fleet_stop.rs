//! A search for a fleet plan can be stopped at any time, and answers with the best plan so far.

use std::process::{Child, Stdio};

use serde_json::{Value, json};

use crate::support::{Home, Run, signal};

/// A fleet too large to be proven optimal in the time that any machine has.
fn large(terms: bool) -> Value {
    let types: Vec<Value> = (0..6)
        .map(|kind| json!({"id": format!("t{kind}"), "od_price": 1.0 + 0.83 * f64::from(kind), "commit_price": 0.6 + 0.5 * f64::from(kind), "plan_rate": 0.7 + 0.59 * f64::from(kind), "quota": 900, "zone": format!("z{}", kind % 2)}))
        .collect();
    let workload = |w: u32| {
        let capacity: serde_json::Map<String, Value> =
            (0..6).map(|kind| (format!("t{kind}"), json!(3 + 4 * kind + (w * 7 + kind * 5) % 4))).collect();
        let demand: Vec<u32> = (0..48).map(|hour| 25 + 11 * (w % 9) + (hour * (w + 3)) % 31).collect();
        let mut workload = json!({"id": format!("w{w}"), "min_replicas": 1, "capacity": capacity, "demand": demand});
        if terms {
            workload["ramp"] = json!(4);
        }
        workload
    };
    let workloads: Vec<Value> = (0..if terms { 12 } else { 40 }).map(workload).collect();
    let mut instance = json!({"hours": 48, "types": types, "workloads": workloads});
    if terms {
        instance["survive"] = json!([{"loss": "zone", "demand": 0.5}]);
    }
    instance
}

/// Waits until the process catches Ctrl-C, as the system tells it.
fn listens(process: &Child) {
    let caught = || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).expect("the process is there");
        let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).expect("the system tells what is caught");
        u64::from_str_radix(mask.trim(), 16).expect("a mask of signals") & 0b10 != 0
    };
    while !caught() {}
}

fn stopped(terms: bool) {
    let home = Home::new();
    home.write("fleet.json", large(terms).to_string());
    let mut command = home.program();
    command.args([
        "--format",
        "json",
        "plan",
        "fleet",
        "--instance",
        "fleet.json",
        "--gap",
        "0",
        "--rounds",
        "0",
        "--time-limit",
        "80000",
    ]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let search = command.spawn().expect("the program starts");
    listens(&search);
    signal(&search, "INT");
    // Without the signal it would search for a day.
    let run = Run::ended("plan fleet", search.wait_with_output().expect("it ends")).exits(0);
    let plan = run.json();
    assert_eq!(plan["status"], "time_limit", "{run}");
    let (objective, bound) = (plan["objective"].as_f64().expect("a plan"), plan["bound"].as_f64().expect("a bound"));
    assert!(bound > 0.0 && bound <= objective && plan["gap"].as_f64().expect("a gap") < 0.5, "{objective} and {bound}");
    assert_eq!(plan["n"].as_object().map(serde_json::Map::len), Some(if terms { 12 } else { 40 }));
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_ends_a_search_with_the_best_plan_so_far() {
    stopped(false);
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_ends_a_search_with_ramps_and_losses_with_the_best_plan_so_far() {
    stopped(true);
}
