//! The queries of `crates/lake/README.md` in DuckDB, on a lake that the program wrote: what the page says stays true.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Bill, Exact, Home};

/// A Python that has DuckDB: `FARTHING_TEST_PYTHON`, or that of `make bench`. Without one the test says so and is skipped.
#[allow(clippy::disallowed_methods)]
fn python() -> Option<PathBuf> {
    let of_bench = workspace().join("target/bench/venv/bin/python");
    let python = std::env::var_os("FARTHING_TEST_PYTHON").map_or(of_bench, PathBuf::from);
    let has_duckdb = Command::new(&python).args(["-c", "import duckdb"]).output().is_ok_and(|run| run.status.success());
    if !has_duckdb {
        eprintln!("skipped: {} has no DuckDB; `make bench` installs it, FARTHING_TEST_PYTHON names another", python.display());
    }
    has_duckdb.then_some(python)
}

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the workspace")
}

/// The blocks of SQL on the page, in order.
fn queries() -> Vec<String> {
    let page = std::fs::read_to_string(workspace().join("crates/lake/README.md")).expect("the page is there");
    let blocks = page.split("```sql\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap_or_default().to_owned()).collect()
}

const RUN: &str = r"
import json, sys, duckdb
connection = duckdb.connect()
connection.execute('SET TimeZone = \'UTC\'')
answers = []
for block in json.load(sys.stdin):
    for statement in block.split(';'):
        if statement.strip():
            answers.append([list(map(str, row)) for row in connection.execute(statement).fetchall()])
json.dump(answers, sys.stdout)
";

#[test]
fn every_query_of_the_page_runs_in_duckdb_and_says_what_the_program_says() {
    let Some(python) = python() else { return };
    let again = Bill::of("2026-05").charges(200).column("x_Extra", "e").csv();
    let home = Home::new().file("first.csv", Bill::of("2026-05").charges(100).csv()).file("again.csv", again);
    let home = home.file("other.csv", Bill::of("2026-05").charges(50).csv());
    let home = home.ingest_billing("first.csv", "acme").ingest_billing("again.csv", "acme");
    home.import_once_more("other.csv", "beta");
    home.run(&["--format", "json", "lake", "files", "-o", "files.json"]).exits(0);

    let queries = queries();
    assert_eq!(queries.len(), 6, "the page has six blocks of SQL");
    let mut run = Command::new(python);
    run.args(["-c", RUN]).current_dir(home.path()).stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut child = run.spawn().expect("Python starts");
    let input = child.stdin.take().expect("its input is a pipe");
    serde_json::to_writer(input, &queries).expect("the queries can be handed over");
    let output = child.wait_with_output().expect("Python ends");
    assert!(output.status.success(), "a query of the page failed in DuckDB");
    let answers: Vec<Vec<Vec<String>>> = serde_json::from_slice(&output.stdout).expect("answers are JSON");

    let sum = |answer: &[Vec<String>], at: usize| answer.iter().map(|row| Exact::parse(&row[at])).sum::<Exact>();
    let total = home.value("SELECT SUM(EffectiveCost) FROM focus");
    let total = Exact::parse(total.as_str().expect("money is text"));
    let [.., services, _view, rolled_up, teams, days] = answers.as_slice() else { panic!("answers are missing") };
    assert_eq!(services, rolled_up, "charges and roll-up say the same");
    assert_eq!(services.len(), 7);
    assert_eq!([sum(services, 2), sum(teams, 2), sum(days, 3)], [total; 3]);
    assert_eq!(sum(teams, 3), Exact::parse("250"));
}
