//! The table of faults in `README.md` names tests that are there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::dependency_rules::workspace;

/// Names such as `f13_…` in a text, where `before` stands before them.
fn faults(text: &str, before: &str) -> BTreeSet<String> {
    let names = text.split(before).skip(1).map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next());
    let is_fault = |name: &&str| {
        name.strip_prefix('f').and_then(|rest| rest.split_once('_')).is_some_and(|(id, _)| id.parse::<u32>().is_ok())
    };
    names.flatten().filter(is_fault).map(str::to_owned).collect()
}

pub(crate) fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the workspace").map(|entry| entry.expect("an entry").path()) {
        match entry.is_dir() {
            true if entry.ends_with("target") || entry.ends_with("node_modules") => {}
            true => sources(&entry, found),
            false if entry.extension().is_some_and(|extension| extension == "rs") => found.push(entry),
            false => {}
        }
    }
}

#[test]
fn the_table_of_faults_names_tests_that_are_there() {
    let mut files = Vec::new();
    for folder in ["tests", "crates"] {
        sources(&workspace().join(folder), &mut files);
    }
    let texts = files.iter().map(|file| std::fs::read_to_string(file).expect("sources are text"));
    let tests: BTreeSet<String> = texts.flat_map(|text| faults(&text, "fn ")).collect();
    assert!(tests.len() > 20, "{tests:?}");
    let table = std::fs::read_to_string(workspace().join("tests/README.md")).expect("the table is there");
    let listed = faults(&table, "`");
    assert!(listed.len() > 20, "{listed:?}");
    let gone: Vec<_> = listed.difference(&tests).collect();
    assert!(gone.is_empty(), "tests/README.md names tests that are not there: {gone:?}");
}
