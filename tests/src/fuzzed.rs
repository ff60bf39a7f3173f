//! The server is asked whatever its description allows, and much that it does not, by schemathesis.

use std::process::Command;

use crate::support::{Home, Server};

/// What is no fault: without a login whoever is at the machine needs none, and not all that a type allows makes sense (a period that nobody
/// has, rules that name no unit).
const NO_FAULTS: &str = "ignored_auth,positive_data_acceptance";

#[test]
fn it_answers_as_it_describes_itself_whatever_is_asked() {
    let Some(python) = farthing_testkit::python() else { return };
    let home = Home::new();
    home.run(&["demo", "--rows", "2000"]).exits(0);
    let server = Server::of(&home);
    // Its programs stand beside a venv's Python. The same seed asks the same; what it may ask would take for ever.
    let run = Command::new(python.with_file_name("st"))
        .current_dir(home.path())
        .args([
            "run",
            &format!("{}/openapi.json", server.url()),
            "--phases",
            "examples,coverage,fuzzing",
            "-n",
            "8",
            "--seed",
            "1",
        ])
        .args(["--generation-with-security-parameters", "false", "--exclude-checks", NO_FAULTS])
        .args(["--request-timeout", "180", "--continue-on-failure", "--no-color"])
        .output()
        .expect("schemathesis starts: `make test` installs it");
    assert!(run.status.success(), "{}\n{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    server.stop();
}
