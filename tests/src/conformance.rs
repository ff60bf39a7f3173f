//! Exports judged by others: FinOps' focus-validator on 1.2 and 1.3, focus-data-toolkit's bundle checks on 1.4.
//!
//! `scripts/bootstrap.sh test` makes the environment of these tools below the target folder. Where it is not there the tests say
//! that they are skipped.

mod bundle;
mod defects;
mod findings;
mod validator;

use std::path::{Path, PathBuf};

use crate::support::Home;

/// The folder of the tools' programs; `None` says on stdout that the test is skipped.
#[allow(clippy::disallowed_methods)]
fn tools() -> Option<PathBuf> {
    let test = std::env::current_exe().expect("the system knows the path of a running program");
    let target = test.ancestors().nth(3).expect("tests lie three folders deep");
    let tools = target.join("conformance/venv/bin");
    if tools.join("focus-toolkit").is_file() {
        return Some(tools);
    }
    println!("skipped: no tools in {}; `scripts/bootstrap.sh test` makes them where Python 3.12 is", tools.display());
    None
}

/// Imports a shared file or folder and exports its month; gives the folder of the export.
fn exported(home: &Home, path: &Path, version: &str, form: &str) -> PathBuf {
    home.import_billing(path, "provider");
    let folder = format!("out-{version}-{form}");
    let report = home.json(&["export", "focus", "--focus-version", version, "--period", "2026-05", "-o", &folder, "--as", form]);
    assert_eq!(report["focus_version"], version);
    home.path().join(folder)
}
