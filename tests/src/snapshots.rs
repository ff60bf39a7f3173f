//! What people read, as they read it: help, a statement in each form, the schema of the rule file.
//!
//! After a change that is meant: `INSTA_UPDATE=always cargo test -p farthing-tests snapshots`, then look at the difference.

use crate::support::{Bill, Home};

/// A home with a bill of two currencies, of which one part is shared and one has no owner.
fn home() -> Home {
    let april = Bill::of("2026-04").charge("claims", "Virtual Machines", "1000").charge("platform", "Queues", "80.5");
    let may = Bill::of("2026-05")
        .charge("claims", "Virtual Machines", "1210.25")
        .charge("lending", "Object Storage", "304.5")
        .charge("platform", "Queues", "90.005")
        .charge("claims", "Virtual Machines", "-12.5")
        .charge("", "Virtual Machines", "33.333333333333333333")
        .charge_in("EUR", "lending", "Virtual Machines", "7.125");
    let rules = r#"version = 1

[[units]]
id = "insurance"
name = "Insurance"
owner = "grace@acme.example"

[[units]]
id = "claims"
name = "Claims triage"
parent = "insurance"
cost_center = "4711"

[[units]]
id = "lending"
name = "=Lending | loans"

[[units]]
id = "platform"
name = "Platform"

[[rules]]
id = "by-team"
unit_from_tag = "team"

[[pools]]
id = "platform-by-cost"
unit = "platform"
driver = "direct_cost"
"#;
    let home = Home::new().file("april.csv", april.csv()).file("may.csv", may.csv()).rules(rules);
    home.ingest_billing("april.csv", "acme").ingest_billing("may.csv", "acme")
}

/// Compares a statement with the stored one, less what differs from run to run.
fn compare_statement(form: &str) {
    let run = home().run(&["chargeback", "--period", "2026-05", "--format", form]).exits(0);
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z", "[moment]");
    settings.add_filter(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "[revision]");
    settings.bind(|| insta::assert_snapshot!(format!("statement_{form}"), run.stdout));
}

#[test]
fn a_statement_on_the_terminal() {
    compare_statement("table");
}

#[test]
fn a_statement_for_a_spreadsheet() {
    compare_statement("csv");
}

#[test]
fn a_statement_for_a_document() {
    compare_statement("md");
}

#[test]
fn a_statement_for_a_script() {
    compare_statement("json");
}

#[test]
fn what_a_draft_of_the_rules_would_move() {
    let home = home();
    let in_force = home.run(&["rules", "show"]).exits(0).stdout;
    let draft = format!(
        "{in_force}\n[[rules]]\nid = \"machines\"\nunit = \"lending\"\nwhen = {{ ServiceName = \"Virtual Machines\" }}\n"
    );
    let home = home.file("draft.toml", draft);
    let run = home.run(&["rules", "preview", "draft.toml", "--period", "2026-05"]).exits(0);
    insta::assert_snapshot!("rules_preview", run.stdout);
    assert_eq!(home.run(&["rules", "show"]).exits(0).stdout, in_force, "a preview publishes nothing");
    assert!(home.run(&["chargeback", "--period", "2026-05"]).exits(0).stdout.contains("33.33"), "nor does it move anything");
}

#[test]
fn the_difference_of_two_revisions() {
    let before =
        Bill::of("2026-05").charge("claims", "Machines", "1000.255").charge("lending", "Queues", "7").charge("", "Mail", "2");
    let after = Bill::of("2026-05")
        .charge("claims", "Machines", "1200")
        .charge("claims", "Storage", "0.125")
        .charge("lending", "Mail", "2");
    let rules = "version = 1\n[[units]]\nid = \"claims\"\n[[units]]\nid = \"lending\"\n\
                 [[rules]]\nid = \"by-team\"\nunit_from_tag = \"team\"\n";
    let home = Home::new().rules(rules).file("1.csv", before.csv()).file("2.csv", after.csv());
    let home = home.ingest_billing("1.csv", "acme").ingest_billing("2.csv", "acme").rules(&rules.replace("lending", "loans"));
    let diff = home.run(&["revisions", "diff", "--source", "acme", "--period", "2026-05", "--cost", "effective"]).exits(0);
    insta::assert_snapshot!("revisions_diff_table", diff.stdout);
    let flat = home.run(&["revisions", "diff", "--source", "acme", "--period", "2026-05", "--format", "csv"]).exits(0);
    insta::assert_snapshot!("revisions_diff_csv", flat.stdout);
}

#[test]
fn the_help_of_every_command() {
    let commands: &[&[&str]] = &[
        &[],
        &["demo"],
        &["doctor"],
        &["status"],
        &["ingest"],
        &["ingest", "billing"],
        &["ingest", "usage"],
        &["ingest", "decisions"],
        &["ingest", "people"],
        &["ingest", "fleet"],
        &["formats"],
        &["formats", "show"],
        &["formats", "check"],
        &["rules"],
        &["rules", "check"],
        &["rules", "preview"],
        &["rules", "coverage"],
        &["rules", "publish"],
        &["rules", "show"],
        &["rules", "schema"],
        &["units"],
        &["units", "list"],
        &["units", "show"],
        &["units", "check"],
        &["units", "import"],
        &["units", "add"],
        &["units", "change"],
        &["units", "export"],
        &["budgets"],
        &["budgets", "import"],
        &["budgets", "list"],
        &["budgets", "status"],
        &["rates"],
        &["rates", "import"],
        &["rates", "list"],
        &["chargeback"],
        &["unit-cost"],
        &["experiment"],
        &["experiment", "compare"],
        &["experiment", "shadow"],
        &["kpis"],
        &["kpis", "show"],
        &["portfolio"],
        &["portfolio", "review"],
        &["portfolio", "review", "record"],
        &["variance"],
        &["reconcile"],
        &["journal"],
        &["periods"],
        &["close"],
        &["reopen"],
        &["revisions"],
        &["revisions", "list"],
        &["revisions", "show"],
        &["revisions", "diff"],
        &["certificate"],
        &["plan"],
        &["plan", "fleet"],
        &["plan", "commitments"],
        &["plan", "contracts"],
        &["plan", "storage"],
        &["plan", "portfolio"],
        &["plan", "routing"],
        &["approvals"],
        &["recommendations"],
        &["recommendations", "approve"],
        &["recommendations", "challenge"],
        &["recommendations", "assign"],
        &["recommendations", "shadow"],
        &["recommendations", "observe"],
        &["recommendations", "apply"],
        &["recommendations", "verify"],
        &["recommendations", "rollback"],
        &["lineage"],
        &["sql"],
        &["lake"],
        &["lake", "verify"],
        &["lake", "files"],
        &["lake", "compact"],
        &["lake", "retain"],
        &["lake", "sweep"],
        &["masking"],
        &["retention"],
        &["retention", "apply"],
        &["lake", "policy"],
        &["lake", "policy", "publish"],
        &["serve"],
        &["migrate"],
        &["config"],
        &["config", "show"],
        &["completions"],
        &["man"],
    ];
    let home = Home::new();
    let mut text = String::new();
    for command in commands {
        let run = home.run(&[command, &["--help"][..]].concat()).exits(0);
        text += &format!("$ farthing {}\n{}\n", [command, &["--help"][..]].concat().join(" "), run.stdout);
    }
    insta::assert_snapshot!(text);
}

#[test]
fn the_schema_of_the_rule_file() {
    let run = Home::new().run(&["rules", "schema"]).exits(0);
    assert!(run.json().is_object());
    insta::assert_snapshot!(run.stdout);
}
