//! Statements that jobs keep: derived data, which is read where it is of today's facts, and computed where it is not.

use serde_json::{Value, json};

use crate::support::{Bill, Home, NewHome, on_both_databases, text};

on_both_databases!(statements_are_kept_for_what_stands_and_made_anew_for_what_changed, what_is_kept_has_to_prove_itself);

const RULES: &str = "version = 1\n[[units]]\nid = \"claims\"\nname = \"Claims\"\n[[rules]]\nid = \"team\"\nunit = \"claims\"\n\
                     when = { \"tag:team\" = \"claims\" }\n";

const COSTS: [&str; 4] = ["billed", "effective", "contracted", "list"];

fn of_two_months(new: NewHome) -> Home {
    let month = |month| Bill::of(month).charge("claims", "GPU", "10.01").charge("pricing", "GPU", "2.50").csv();
    let home = new().file("april.csv", month("2026-04")).file("may.csv", month("2026-05")).rules(RULES);
    home.ingest_billing("april.csv", "acme").ingest_billing("may.csv", "acme")
}

fn report(home: &Home, cost: &str) -> Value {
    let mut report = home.json(&["chargeback", "--period", "2026-05", "--cost", cost]);
    report.as_object_mut().expect("one currency is one object").remove("as_of");
    report
}

/// May beside April by each cost, but for the moment at which it was asked.
fn reports(home: &Home) -> Vec<Value> {
    COSTS.map(|cost| report(home, cost)).to_vec()
}

fn keep(home: &Home, runs: u32) {
    home.run(&["scheduler", "--once"]).exits(0).says(&[&format!("{runs} runs were added")]);
    home.run(&["worker", "--until-idle"]).exits(0);
}

fn statements_are_kept_for_what_stands_and_made_anew_for_what_changed(new: NewHome) {
    let home = of_two_months(new);
    let computed = reports(&home);
    keep(&home, 2);
    let runs = home.json(&["jobs", "list"]);
    let said = |at: usize| (text(&runs[at], "state").to_owned(), text(&runs[at], "message").to_owned());
    let mut both = [said(0), said(1)];
    both.sort();
    let done = |month: &str| ("done".to_owned(), format!("4 statements of {month} were computed."));
    assert_eq!(both, [done("2026-04"), done("2026-05")]);
    assert_eq!(reports(&home), computed, "what is kept is what was computed");
    // Nothing is old: nothing is added, and a run that is asked for all the same does nothing.
    keep(&home, 0);
    let asked = home.json(&["jobs", "run", "--kind", "keep-statements", "--with", r#"{"period":"2026-05"}"#]);
    home.run(&["worker", "--until-idle"]).exits(0);
    let run = home.json(&["jobs", "show", text(&asked, "id")]);
    assert_eq!(text(&run, "message"), "0 statements of 2026-05 were computed.");

    // What is read comes from there: a name is no sum, and so can be told apart.
    let renamed = home.tamper("UPDATE kept_statement SET content = REPLACE(content, '\"name\":\"Claims\"', '\"name\":\"Kept\"')");
    assert_eq!(renamed, 8);
    home.run(&["chargeback", "--period", "2026-05"]).exits(0).shows(&["Kept"]);
    // A report of a moment before, of some days, or in another currency is not what is kept.
    home.run(&["chargeback", "--window", "2026-05-01/2026-06-01"]).exits(0).shows(&["Claims"]);

    // One month changes: the other is not made anew.
    home.write("may.csv", Bill::of("2026-05").charge("claims", "GPU", "11.02").charge("pricing", "GPU", "2.50").csv());
    home.import_billing("may.csv", "acme");
    let changed = report(&home, "billed");
    assert_eq!((text(&changed, "billed_total"), text(&changed, "difference")), ("13.52", "0"));
    keep(&home, 1);
    assert_eq!(report(&home, "billed"), changed);
    // The rules are of all months.
    home.write("rules.toml", RULES.replace("\"Claims\"", "\"Claims handling\""));
    home.run(&["rules", "publish", "rules.toml"]).exits(0);
    home.run(&["chargeback", "--period", "2026-05"]).exits(0).shows(&["Claims handling"]);
    keep(&home, 2);
    home.run(&["chargeback", "--period", "2026-04"]).exits(0).shows(&["Claims handling"]);
}

fn what_is_kept_has_to_prove_itself(new: NewHome) {
    let home = of_two_months(new);
    let computed = reports(&home);
    keep(&home, 2);
    for damage in [
        "REPLACE(content, '\"billed_total\":\"12.51\"', '\"billed_total\":\"12.52\"')",
        "REPLACE(content, '\"attributed_total\":\"10.01\"', '\"attributed_total\":\"10.02\"')",
        "'[]'",
        "'no JSON'",
    ] {
        assert_eq!(home.tamper(&format!("UPDATE kept_statement SET content = {damage}")), 8);
        assert_eq!(reports(&home), computed, "{damage}");
    }
    assert_eq!(computed[0]["difference"], json!("0"));
}
