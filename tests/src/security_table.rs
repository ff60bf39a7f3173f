//! The tables of `ASVS.md` name tests that are there.

use std::collections::BTreeSet;

use crate::dependency_rules::workspace;
use crate::fault_table::sources;

/// The names of functions in a text of Rust.
fn functions(text: &str) -> impl Iterator<Item = String> {
    let names = text.split("fn ").skip(1).filter_map(|rest| rest.split(['(', '<']).next());
    names.map(str::to_owned)
}

#[test]
fn requirements_of_security_name_tests_that_are_there() {
    let mut files = Vec::new();
    for folder in ["tests", "crates"] {
        sources(&workspace().join(folder), &mut files);
    }
    let texts = files.iter().map(|file| std::fs::read_to_string(file).expect("sources are text"));
    let known: BTreeSet<String> = texts.flat_map(|text| functions(&text).collect::<Vec<_>>()).collect();
    let table = std::fs::read_to_string(workspace().join("tests/ASVS.md")).expect("the table is there");
    let rows: Vec<Vec<&str>> =
        table.lines().filter(|line| line.starts_with("| ")).map(|line| line.split('|').collect()).collect();
    let rows: Vec<(&str, &str)> = rows.iter().map(|row| (row[1].trim(), row[row.len() - 2])).collect();
    let named = |tests: &str| tests.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let listed = rows.iter().filter(|(id, _)| id.starts_with("API") || id.starts_with(|first: char| first.is_ascii_digit()));
    let mut gone = Vec::new();
    let mut count = 0;
    for (id, tests) in listed {
        let tests = named(tests);
        assert!(!tests.is_empty(), "{id} names no test");
        gone.extend(tests.into_iter().filter(|test| !known.contains(test)).map(|test| format!("{id}: {test}")));
        count += 1;
    }
    assert!(count > 60, "{count} rows: the table was not understood");
    assert!(gone.is_empty(), "tests/ASVS.md names tests that are not there:\n{}", gone.join("\n"));
}
