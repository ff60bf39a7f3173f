//! Several processes on one home: each does its work or says that it should be tried again, and nothing is counted twice.

use std::process::{Child, Stdio};

use crate::support::{Bill, Home, Run, program};

fn start(home: &Home, arguments: &[&str]) -> Child {
    let mut command = program(home.path());
    command.args(["--home", home.name()]).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts")
}

fn end(child: Child) -> Run {
    Run::ended("started at once with others", child.wait_with_output().expect("the program ends"))
}

#[test]
fn a_new_home_is_opened_by_several_at_once() {
    let home = Home::new();
    let children: Vec<Child> = (0..4).map(|_| start(&home, &["status"])).collect();
    children.into_iter().for_each(|child| drop(end(child).exits(0)));
}

#[test]
fn imports_of_several_sources_at_once_are_all_there() {
    let sources = ["one", "two", "three", "four"];
    // Each source has services of its own: the same bill under several names would be refused.
    let bill = |source: &str| Bill::of("2026-05").charges(300).csv().replace("Service ", source);
    let home = sources.iter().fold(Home::new(), |home, source| home.file(&format!("{source}.csv"), bill(source)));
    home.run(&["migrate"]).exits(0);
    let children = sources.map(|source| start(&home, &["ingest", "billing", &format!("{source}.csv"), "--source", source]));
    children.into_iter().for_each(|child| drop(end(child).exits(0)));
    assert_eq!(home.value("SELECT COUNT(*) FROM focus"), 1_200);
}

#[test]
fn the_same_bill_imported_by_several_at_once_is_there_once() {
    let home = Home::new().file("bill.csv", Bill::of("2026-05").charges(300).csv());
    home.run(&["migrate"]).exits(0);
    let children: Vec<Child> = (0..4).map(|_| start(&home, &["ingest", "billing", "bill.csv", "--source", "acme"])).collect();
    let ended: Vec<Run> = children.into_iter().map(end).collect();
    assert!(ended.iter().any(|run| run.status == 0), "{}", ended[0]);
    for run in ended {
        assert!([0, 75].contains(&run.status), "{run}");
    }
    assert_eq!(home.value("SELECT COUNT(*) FROM focus"), 300);
    home.run(&["doctor"]).exits(0);
}
