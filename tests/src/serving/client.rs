//! The Python client: written from the description, held against its types, and used as in a notebook.

use std::path::Path;
use std::process::Command;

use crate::support::{Home, Server};

const CLIENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/python");

/// Runs Python in the folder of the client; gives what it printed.
fn python(python: &Path, arguments: &[&str]) -> String {
    let mut run = Command::new(python);
    run.args(arguments).current_dir(CLIENT).env("PYTHONPATH", CLIENT).env("PYTHONDONTWRITEBYTECODE", "1");
    let run = run.output().expect("Python starts");
    assert!(run.status.success(), "{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).expect("it prints UTF-8")
}

#[test]
fn the_client_is_that_of_the_description_and_does_a_months_work() {
    let Some(interpreter) = farthing_testkit::python() else { return };
    let home = Home::new();
    home.run(&["demo", "--rows", "2000"]).exits(0);
    let server = Server::of(&home);
    let home = home.file("openapi.json", &server.get("/openapi.json").is(200).body);
    let described = home.path().join("openapi.json");
    let written = python(&interpreter, &["generate.py", described.to_str().expect("a path in UTF-8")]);
    let kept = std::fs::read_to_string(Path::new(CLIENT).join("farthing_client/generated.py")).expect("the client is there");
    assert!(written == kept, "deploy/python/farthing_client/generated.py is another: write it again with generate.py");
    let notebook = concat!(env!("CARGO_MANIFEST_DIR"), "/client/notebook.py");
    let cache = home.path().join("types");
    let cache = cache.to_str().expect("a path in UTF-8");
    python(&interpreter, &["-m", "mypy", "--strict", "--cache-dir", cache, "farthing_client", notebook]);
    let printed = python(&interpreter, &[notebook, &server.url()]);
    assert!(printed.contains("a plan of 6"), "{printed}");
}
