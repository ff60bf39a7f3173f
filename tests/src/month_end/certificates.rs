use std::path::Path;
use std::process::Command;

use super::{RULES, home};
use crate::support::{Home, Server, figure, list, text};

/// What the independent checker says, and whether it is content. `None` where there is no Python.
fn check(home: &Home, folder: &str, charges: &str) -> Option<(bool, String)> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("close_check/check.py");
    let mut charges: Vec<_> = std::fs::read_dir(home.path().join(charges))
        .expect("an export")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.to_string_lossy().contains("cost_and_usage"))
        .collect();
    charges.sort();
    assert!(!charges.is_empty(), "the export has charges");
    let run =
        Command::new(farthing_testkit::python()?).arg("-B").arg(script).arg(home.path().join(folder)).args(charges).output();
    let run = run.expect("FARTHING_TEST_PYTHON names a Python");
    Some((run.status.success(), String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr)))
}

#[test]
fn a_closed_month_is_rendered_again_byte_for_byte() {
    let home = home();
    home.run(&["certificate", "2026-05"]).exits(1).says(&["no certificate", "farthing close 2026-05"]);
    home.run(&["close", "2026-05", "--reason", "signed"]).exits(0).shows(&["Certificate "]);
    let reports: &[&[&str]] = &[
        &["chargeback", "--period", "2026-05"],
        &["chargeback", "--period", "2026-05", "--cost", "list", "--format", "json"],
        &["chargeback", "--period", "2026-05", "--explain", "unit=claims"],
        &["rules", "coverage", "--period", "2026-05"],
        &["journal", "--period", "2026-05", "--format", "csv"],
        &["certificate", "2026-05", "--format", "json"],
    ];
    let render = |home: &Home| reports.iter().map(|report| home.run(report).exits(0).stdout).collect::<Vec<_>>();
    let signed = render(&home);
    let home = home.rules(&RULES.replace("unit_from_tag = \"team\"", "unit = \"lending\""));
    assert_eq!(render(&home), signed, "rules that are published later change nothing");
    let found = home.json(&["certificate", "2026-05"]);
    assert_eq!(found["differences"], serde_json::json!([]));
    let statement = home.json(&["chargeback", "--period", "2026-05", "--cost", "billed"]);
    let total = &list(&found["certified"], "totals")[0];
    assert_eq!((text(total, "cost"), text(total, "currency")), ("billed", "EUR"));
    let euro = statement.as_array().expect("two currencies").iter().find(|s| text(s, "currency") == "EUR").expect("in euro");
    assert_eq!(figure(total, "billed"), figure(euro, "billed_total"));
    assert_eq!(Server::of(&home).get("/v1/periods/2026-05/certificate").is(200).json(), found);
    Server::of(&home).get("/v1/periods/2026-04/certificate").is(404);

    // Opened again, today's rules hold; closed again, there is another certificate.
    home.reopen("2026-05", "wrong rules");
    assert_ne!(render(&home)[0], signed[0]);
    home.run(&["close", "2026-05"]).exits(0);
    let again = home.json(&["certificate", "2026-05"]);
    assert_ne!(again["sha256"], found["sha256"]);
    assert_eq!(again["differences"], serde_json::json!([]));
}

#[test]
fn somebody_else_can_check_a_closed_month_from_its_files() {
    let home = home();
    home.run(&["close", "2026-05", "--reason", "signed"]).exits(0);
    home.run(&["certificate", "2026-05", "--files", "signed"]).exits(0).shows(&["every byte is as it was", "Written to signed"]);
    home.run(&["export", "focus", "--period", "2026-05", "-o", "charges"]).exits(0);
    let Some((content, said)) = check(&home, "signed", "charges") else { return };
    assert!(content, "{said}");
    assert!(said.contains("4 statements"), "{said}");
    // A figure that was changed by hand is found, and so is a charge that is missing.
    let file = home.path().join("signed/statement-2026-05-billed.json");
    let statement = std::fs::read_to_string(&file).expect("a statement");
    std::fs::write(&file, statement.replacen("304.5", "304.6", 1)).expect("it can be written");
    let (content, said) = check(&home, "signed", "charges").expect("there was a Python");
    assert!(!content && said.contains("statement-2026-05-billed.json: not the bytes"), "{said}");
    std::fs::write(&file, statement).expect("it can be written");
    for entry in std::fs::read_dir(home.path().join("charges")).expect("an export") {
        let path = entry.expect("a file").path();
        if path.to_string_lossy().contains("cost_and_usage") {
            let text = std::fs::read_to_string(&path).expect("text");
            let shorter: Vec<&str> = text.lines().take(text.lines().count() - 1).collect();
            std::fs::write(&path, shorter.join("\n") + "\n").expect("it can be written");
        }
    }
    let (content, said) = check(&home, "signed", "charges").expect("there was a Python");
    assert!(!content && said.contains("charges: "), "{said}");
}
