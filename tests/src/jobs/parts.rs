//! A fleet plan whose independent parts are solved by workers beside each other.

use std::fmt::Write;

use super::crew::{Crew, ended};
use crate::support::{NewHome, on_both_databases, text};

on_both_databases!(two_workers_plan_what_one_process_plans, parts_are_given_up_with_the_plan_that_they_are_of);

/// Three groups of workloads, each with types and quotas of its own; the first is large enough to be decomposed.
fn three_groups() -> String {
    let (mut types, mut workloads) = (Vec::new(), Vec::new());
    for (group, (kinds, loads)) in [(8, 10), (3, 4), (3, 2)].into_iter().enumerate() {
        for kind in 0..kinds {
            let price = 100 + 37 * kind + 5 * group;
            types.push(format!(
                r#"{{"id":"g{group}t{kind}","od_price":{}.{:02},"commit_price":0.{},"quota":{}}}"#,
                price / 100,
                price % 100,
                55 + kind,
                40 * loads
            ));
        }
        for load in 0..loads {
            let mut capacity = String::new();
            for kind in 0..kinds {
                let _ = write!(capacity, r#"{}"g{group}t{kind}":{}"#, if kind > 0 { "," } else { "" }, 5 + 2 * kind + load % 3);
            }
            let demand: Vec<String> = (0..24).map(|hour| (20 + 9 * load + (hour * (load + 5)) % 23).to_string()).collect();
            let demand = demand.join(",");
            workloads
                .push(format!(r#"{{"id":"g{group}w{load}","min_replicas":1,"capacity":{{{capacity}}},"demand":[{demand}]}}"#));
        }
    }
    format!(r#"{{"hours":24,"types":[{}],"workloads":[{}]}}"#, types.join(","), workloads.join(","))
}

fn two_workers_plan_what_one_process_plans(new: NewHome) {
    let crew = Crew::new(new(), 1, 5);
    crew.home.write("fleet.json", three_groups());
    let plan = ["plan", "fleet", "--instance", "fleet.json", "--gap", "0.002", "--format", "json"];
    let alone = crew.home.run(&plan).exits(0).json();
    let workers: Vec<_> = (0..2).map(|_| crew.start(&["worker"])).collect();
    let together = crew.home.run(&[&plan[..], &["--by-workers"]].concat()).exits(0).json();
    workers.into_iter().for_each(|worker| drop(ended(worker).exits(0)));
    // Only the time it took may differ.
    let timeless = |mut plan: serde_json::Value| {
        plan["seconds"] = 0.into();
        plan.to_string()
    };
    assert_eq!(timeless(alone), timeless(together));
    let solved = crew.runs();
    let by: std::collections::BTreeSet<&str> = solved.iter().map(|run| text(run, "worker")).collect();
    assert_eq!((solved.len(), crew.in_state("done")), (3, 3));
    assert!((1..=2).contains(&by.len()), "each part was solved by a worker: {by:?}");
}

fn parts_are_given_up_with_the_plan_that_they_are_of(new: NewHome) {
    let crew = Crew::new(new(), 1, 5);
    crew.home.write("fleet.json", three_groups());
    // Nobody works: whoever waits says stop, and nothing is left to do.
    let waiting = crew.start(&["plan", "fleet", "--instance", "fleet.json", "--by-workers"]);
    while crew.in_state("queued") < 3 {}
    crate::support::signal(&waiting, "INT");
    let run = crate::support::Run::ended("plan fleet --by-workers", waiting.wait_with_output().expect("it ends"));
    assert_ne!(run.status, 0, "{run}");
    assert!(run.stderr.contains("stopped with 0 of 3 parts solved"), "{}", run.stderr);
    assert_eq!(crew.in_state("cancelled"), 3);
}
