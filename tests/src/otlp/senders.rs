//! Senders that others wrote: OpenTelemetry's own exporter, in protobuf, packed, and its messages in JSON.

use std::process::Command;

use serde_json::json;

use super::{home, usage};
use crate::support::{Server, text};

#[test]
fn opentelemetry_s_own_exporter_gives_the_same_in_protobuf_and_in_json() {
    let Some(python) = farthing_testkit::python() else { return };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/otlp/send.py");
    let sent_by = |how: &str| {
        let home = home();
        let server = Server::of(&home);
        let run =
            Command::new(&python).args(["-B", script, &server.url(), how]).output().expect("the Python of the tests starts");
        assert!(run.status.success(), "{how}: {}", String::from_utf8_lossy(&run.stderr));
        let said: serde_json::Value = serde_json::from_slice(&run.stdout).expect("the script writes JSON");
        server.stop();
        (home, said)
    };
    let (exporter, said) = sent_by("exporter");
    assert_eq!(said["results"], json!(["SUCCESS", "SUCCESS"]), "{said:#}");
    let rows = usage(&exporter);
    assert_eq!(exporter.value("SELECT SUM(Requests) FROM usage"), json!(90), "{rows:#}");
    for how in ["protobuf", "json"] {
        let (home, said) = sent_by(how);
        assert_eq!(usage(&home), rows, "{how}");
        // A span without an id is refused, and the others are taken; Python reads the answer with the protocol's own classes.
        assert_eq!(said["rejected"], json!(1), "{said:#}");
        assert!(text(&said, "message").contains("no-id"), "{said:#}");
    }
}
