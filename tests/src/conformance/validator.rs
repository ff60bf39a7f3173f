use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use super::defects::is_defective;
use super::{exported, tools};
use crate::support::Home;

/// What the validator printed: its status is 0 whatever it found.
struct Verdict {
    text: String,
    passed: u64,
    /// Each failed rule, with the rules that it is made of where it is made of others.
    failed: BTreeMap<String, Vec<String>>,
}

/// Runs the validator on a file of Cost and Usage, with all that providers may support.
fn validate(tools: &Path, file: &Path, version: &str, rules: Option<&Path>) -> Verdict {
    let library = tools.parent().expect("programs of an environment lie in bin").join("lib");
    let python = library.read_dir().expect("an environment has a library").next().expect("of one Python").expect("readable");
    let mut command = Command::new(tools.join("focus-validator"));
    // It finds its own files relative to where it is run.
    command.current_dir(python.path().join("site-packages")).arg("--data-file").arg(file);
    command.args(["--validate-version", version, "--block-download", "--applicability-criteria", "ALL"]);
    if let Some(rules) = rules {
        command.arg("--rule-set-path").arg(rules);
    }
    let output = command.output().expect("the validator starts");
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Verdict::read(text)
}

impl Verdict {
    fn read(text: String) -> Self {
        let mut failed = BTreeMap::new();
        for line in text.lines() {
            let Some((rule, found)) = line.strip_prefix("❌ ").and_then(|line| line.split_once(": FAIL")) else { continue };
            let parts = found.split_once("failed child rules: [").and_then(|(_, rest)| rest.split_once(']'));
            let parts = parts.map_or_else(Vec::new, |(parts, _)| parts.split(", ").map(str::to_owned).collect());
            failed.insert(rule.to_owned(), parts);
        }
        let summary = text.lines().find(|line| line.starts_with("Total: ")).unwrap_or_else(|| panic!("no verdict:\n{text}"));
        let passed = summary.split('|').find_map(|part| part.trim().strip_prefix("Pass: ")).and_then(|count| count.parse().ok());
        let passed = passed.unwrap_or_else(|| panic!("no count in {summary}"));
        Self { text, passed, failed }
    }

    /// Failures that no defect explains: neither the rule's own nor one of a rule that it is made of.
    fn unexplained(&self) -> BTreeSet<&str> {
        self.failed.keys().filter(|rule| !self.is_explained(rule)).map(String::as_str).collect()
    }

    fn is_explained(&self, rule: &str) -> bool {
        let parts = self.failed.get(rule).map_or(&[][..], Vec::as_slice);
        is_defective(rule) || (!parts.is_empty() && parts.iter().all(|part| self.is_part_explained(part)))
    }

    /// A part that did not fail by its own verdict is no failure: the validator counts what it skipped for another rule's sake.
    fn is_part_explained(&self, part: &str) -> bool {
        let other = |verdict: &str| self.text.contains(&format!(" {part}: {verdict}"));
        self.is_explained(part) || (!self.failed.contains_key(part) && (other("SKIPPED") || other("PASS")))
    }

    #[track_caller]
    fn is_clean(&self, at_least: u64) {
        let unexplained = self.unexplained();
        assert!(unexplained.is_empty(), "{unexplained:?}\n{}", self.text);
        assert!(self.passed >= at_least, "only {} rules passed\n{}", self.passed, self.text);
    }
}

#[test]
fn our_1_2_of_two_providers_fails_no_rule_but_the_defective_ones() {
    let (Some(tools), Some(data)) = (tools(), farthing_testkit::shared_data("data/focus/generated_v1.2")) else { return };
    for provider in ["aws", "azure"] {
        let home = Home::new();
        let file = data.join(format!("focus_1_2_cost_and_usage_{provider}.csv"));
        let folder = exported(&home, &file, "1.2", "parquet");
        validate(&tools, &folder.join("focus_1_2_cost_and_usage.parquet"), "1.2", None).is_clean(345);
    }
}

#[test]
fn our_1_3_of_two_providers_fails_no_rule_but_the_defective_ones() {
    let (Some(tools), Some(data)) = (tools(), farthing_testkit::shared_data("data/focus")) else { return };
    for provider in ["aws", "gcp"] {
        let home = Home::new();
        let file = data.join(format!("generated_v1.3/focus_1_3_cost_and_usage_{provider}.csv"));
        let folder = exported(&home, &file, "1.3", "parquet");
        let export = folder.join("focus_1_3_cost_and_usage.parquet");
        validate(&tools, &export, "1.3", Some(&data.join("models"))).is_clean(425);
    }
}

#[test]
fn a_bill_of_1_4_taken_back_to_earlier_releases_fails_no_rule_but_the_defective_ones() {
    let (Some(tools), Some(data)) = (tools(), farthing_testkit::shared_data("data/focus")) else { return };
    for (version, rules, passed) in [("1.2", None, 345), ("1.3", Some(data.join("models")), 425)] {
        let home = Home::new();
        let folder = exported(&home, &data.join("generated_v1.4_synthetic"), version, "parquet");
        let export = folder.join(format!("focus_{}_cost_and_usage.parquet", version.replace('.', "_")));
        validate(&tools, &export, version, rules.as_deref()).is_clean(passed);
    }
}

#[test]
fn what_a_release_forbids_is_noticed() {
    let (Some(tools), Some(data)) = (tools(), farthing_testkit::shared_data("data/focus/generated_v1.2")) else { return };
    let good = std::fs::read_to_string(data.join("focus_1_2_cost_and_usage_aws.csv")).expect("the file is there");
    let home = Home::new().file("bad.csv", good.replace("100000000001", ""));
    let bill = home.path().join("bad.csv");
    let folder = exported(&home, &bill, "1.2", "parquet");
    let verdict = validate(&tools, &folder.join("focus_1_2_cost_and_usage.parquet"), "1.2", None);
    assert!(!verdict.unexplained().is_empty(), "charges of no billing account were not noticed\n{}", verdict.text);
}

#[test]
fn a_verdict_is_read_and_rules_made_of_defective_ones_are_explained() {
    let text = "❌ A-C-000-M: FAIL  (violations=1, msg=A-C-000-M: AND failed - failed child rules: [InvoiceId-C-004-C, B-C-001-M])\n\
                ❌ InvoiceId-C-004-C: FAIL  (violations=9, msg=InvoiceId MUST be NULL.)\n\
                ⏭️ B-C-001-M: SKIPPED  (violations=0)\n❌ C-C-001-M: FAIL  (violations=2, msg=no)\nTotal: 4 | Pass: 1 | Fail: 3";
    let verdict = Verdict::read(text.to_owned());
    assert_eq!((verdict.passed, verdict.failed.len()), (1, 3));
    assert_eq!(verdict.unexplained().into_iter().collect::<Vec<_>>(), ["C-C-001-M"]);
}
