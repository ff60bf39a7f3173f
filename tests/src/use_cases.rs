//! The FOCUS use-case queries as they are published, each with DuckDB's answer on the same files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Exact, Home, Server, list, text};

/// What `tests/use_cases/oracle.py` prints: DuckDB's answers. `None` says on stdout why the test is skipped.
fn expected() -> Option<Value> {
    let focus = farthing_testkit::shared_data("data/focus")?;
    let python = farthing_testkit::python()?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("use_cases");
    let run =
        Command::new(python).arg("-B").arg(folder.join("oracle.py")).arg(focus).arg(folder.join("further_charges.csv")).output();
    let run = run.expect("FARTHING_TEST_PYTHON names a Python");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    Some(serde_json::from_slice(&run.stdout).expect("the oracle prints JSON"))
}

/// A home with the files of a release, and the API over it.
fn served(files: &[Value]) -> (Home, Server) {
    let home = Home::new();
    for (at, file) in files.iter().enumerate() {
        home.import_billing(PathBuf::from(file.as_str().expect("a path")), &format!("source-{at}"));
    }
    let server = Server::of(&home);
    (home, server)
}

#[test]
fn every_published_query_has_the_answer_that_duckdb_gives() {
    let Some(expected) = expected() else { return };
    let homes: BTreeMap<&str, (Home, Server)> = expected["data"]
        .as_object()
        .expect("files by release")
        .iter()
        .map(|(release, files)| (release.as_str(), served(files.as_array().expect("a list"))))
        .collect();
    let cases = list(&expected, "cases");
    let mut wrong = Vec::new();
    let mut with_rows = 0;
    for case in cases {
        let (_, server) = &homes[text(case, "release")];
        let body = json!({"query": case["sql"], "parameters": case["parameters"]});
        let answer = server.post("/v1/sql", &body);
        with_rows += usize::from(case["rows"].as_array().is_some_and(|rows| !rows.is_empty()));
        let found = if answer.status == 200 { differences(case, &answer.json()) } else { Err(answer.body.clone()) };
        if let Err(difference) = found {
            wrong.push(format!("{}: {difference}\n{}", text(case, "query"), text(case, "sql")));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n\n{}", wrong.len(), cases.len(), wrong.join("\n\n"));
    let published = cases.iter().filter(|case| !text(case, "query").ends_with("(mended)")).count();
    assert_eq!(published, 254, "36 of 1.0, 41 of 1.1, 53 of 1.2, 58 of 1.3 and 66 of 1.4");
    // Five, in all their releases, cannot have rows: see mended.yaml.
    assert!(cases.len() - with_rows <= 5, "{with_rows} of {} have rows", cases.len());
    println!("{} queries, {with_rows} of them with rows", cases.len());
}

/// What an answer has to be: DuckDB's rows, all of them or as many as a LIMIT lets through, in an order that is theirs.
fn differences(case: &Value, answer: &Value) -> Result<(), String> {
    if let Some(error) = case["error"].as_str() {
        return Err(format!("DuckDB refuses it: {error}"));
    }
    let kinds: Vec<&str> = list(case, "columns").iter().filter_map(Value::as_str).collect();
    let ours: Vec<Vec<String>> = answer.as_array().ok_or("no rows")?.iter().map(|row| our_row(row, &kinds)).collect();
    let theirs: Vec<Vec<String>> = list(case, "rows").iter().map(|row| their_row(row, &kinds)).collect();
    let wanted = case["limit"].as_u64().map_or(theirs.len(), |limit| theirs.len().min(limit as usize));
    if ours.len() != wanted {
        return Err(format!("{} rows for {wanted}", ours.len()));
    }
    let mut left: BTreeMap<&[String], usize> = BTreeMap::new();
    theirs.iter().for_each(|row| *left.entry(row).or_default() += 1);
    for row in &ours {
        match left.get_mut(row.as_slice()).filter(|count| **count > 0) {
            Some(count) => *count -= 1,
            None => return Err(format!("{row:?} is no row of DuckDB's, as {:?} is", theirs.first())),
        }
    }
    let order: Vec<usize> = list(case, "order").iter().filter_map(Value::as_u64).map(|at| at as usize).collect();
    let by_order = |rows: &[Vec<String>]| -> Vec<Vec<String>> {
        rows.iter().map(|row| order.iter().map(|&at| row[at].clone()).collect()).collect()
    };
    if by_order(&ours) != by_order(&theirs[..wanted]) {
        return Err("the rows are in another order".to_owned());
    }
    Ok(())
}

fn our_row(row: &Value, kinds: &[&str]) -> Vec<String> {
    let values = row.as_object().expect("a row is an object").values();
    assert_eq!(values.len(), kinds.len(), "{row:#}");
    values.zip(kinds).map(|(value, kind)| cell(value, kind)).collect()
}

fn their_row(row: &Value, kinds: &[&str]) -> Vec<String> {
    row.as_array().expect("a row is a list").iter().zip(kinds).map(|(value, kind)| cell(value, kind)).collect()
}

/// A value in one spelling: decimals without needless zeros; floats, which the query itself asked for, to twelve digits.
fn cell(value: &Value, kind: &str) -> String {
    let text = match value {
        Value::Null => return "(null)".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match kind {
        "number" => Exact::parse(&text).to_string(),
        "float" => format!("{:.12e}", text.parse::<f64>().expect("a number")),
        _ => text,
    }
}
