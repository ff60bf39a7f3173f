//! Plans beside the fleet, from instance files.

use std::process::Command;

use crate::support::{Home, Run, list, text};

const COMMITMENTS: &str = include_str!("../../solver-models/src/commitments/instances/ladder.json");
const CONTRACTS: &str = include_str!("../../solver-models/src/contracts/instances/hand.json");
const STORAGE: &str = include_str!("../../solver-models/src/storage/instances/logs.json");
const PORTFOLIO: &str = include_str!("../../solver-models/src/portfolio/instances/hand.json");
const ROUTING: &str = include_str!("../../solver-models/src/routing/instances/hand.json");

/// An instance for every model.
pub const INSTANCES: [(&str, &str); 5] = [
    ("commitments", COMMITMENTS),
    ("contracts", CONTRACTS),
    ("storage", STORAGE),
    ("portfolio", PORTFOLIO),
    ("routing", ROUTING),
];

fn plan(model: &str, instance: &str, more: &[&str]) -> (Home, Run) {
    let home = Home::new().file("instance.json", instance);
    let run = home.run(&[&["plan", model, "--instance", "instance.json"], more].concat());
    assert!(!home.store().exists(), "solving an instance needs no home, and makes none");
    (home, run)
}

#[test]
fn each_model_finds_the_optimum_that_its_description_proves() {
    let objectives = ["49056", "960", "48.05", "-130", "155.4"];
    for ((model, instance), objective) in INSTANCES.into_iter().zip(objectives) {
        let plan = plan(model, instance, &["--format", "json"]).1.exits(0).json();
        assert_eq!((text(&plan, "status"), text(&plan, "objective")), ("optimal", objective), "{model}");
        assert_eq!(text(&plan, "model"), format!("{model}/1"));
    }
}

#[test]
fn the_tables_of_each_model() {
    let mut shown = String::new();
    for (model, instance) in INSTANCES {
        shown += &format!("$ farthing plan {model}\n{}\n", plan(model, instance, &[]).1.exits(0).stdout);
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn an_instance_that_cannot_be_met_says_the_least_that_helps_and_ends_with_2() {
    let short = PORTFOLIO.replacen('{', r#"{"budget": 75, "#, 1);
    let (_, run) = plan("portfolio", &short, &["--format", "json"]);
    let run = run.exits(2).says(&["raise the budget from 75 to 80 money"]);
    let plan = run.json();
    assert_eq!((text(&plan, "status"), plan["objective"].is_null()), ("infeasible", true));
    assert_eq!(list(&plan, "relaxations")[0]["needed"], 80.0, "{plan:#}");
}

#[test]
fn an_error_names_the_field_of_the_instance() {
    let (_, run) = plan("routing", &ROUTING.replace("0.93", "93"), &[]);
    run.exits(1).says(&["instance.json: decisions[0].least_quality: 93 is out of range; it must be from 0 to 1"]);
    let (_, run) = plan("storage", &STORAGE.replace("\"keep_months\"", "\"keep\""), &[]);
    run.exits(1).says(&["datasets[0]: the field keep is not part of the format"]);
    let (_, run) = plan("storage", STORAGE, &["--write-program", "model.txt"]);
    run.exits(64).says(&[".mps or .lp"]);
}

#[test]
fn the_program_behind_a_plan_is_written_for_other_solvers() {
    for (file, part) in [("model.mps", "ENDATA"), ("model.lp", "Subject To")] {
        let (home, run) = plan("contracts", CONTRACTS, &["--write-program", file]);
        run.exits(0);
        let text = std::fs::read_to_string(home.path().join(file)).expect("it was written");
        assert!(text.contains(part) && text.contains("sign_commit"), "{text}");
    }
}

/// What AWS's own library says of a lifecycle document.
const BOTOCORE: &str = "
import json, sys
import botocore.session
from botocore.validate import ParamValidator
shape = botocore.session.get_session().get_service_model('s3').operation_model('PutBucketLifecycleConfiguration').input_shape
document = json.load(open(sys.argv[1]))['lifecycle']
report = ParamValidator().validate({'Bucket': 'logs', 'LifecycleConfiguration': document}, shape)
print(report.generate_report() or 'valid', len(document['Rules']))
";

#[test]
fn the_lifecycle_of_a_storage_plan_is_one_that_aws_takes() {
    let Some(python) = farthing_testkit::python() else { return };
    let (home, run) = plan("storage", STORAGE, &["--format", "json", "-o", "plan.json"]);
    run.exits(0);
    let output = Command::new(python).args(["-c", BOTOCORE]).arg(home.path().join("plan.json")).output().expect("Python starts");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "valid 1", "{}", String::from_utf8_lossy(&output.stderr));
}
