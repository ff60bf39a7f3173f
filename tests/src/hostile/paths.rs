//! F43: paths that lead elsewhere, and files that are none.

use std::os::unix::fs::symlink;
use std::process::Command;

use crate::support::{Bill, Home, text};

fn home() -> Home {
    let home = Home::new().file("secret/bill.csv", Bill::of("2026-05").charge("a", "Secret", "66").csv());
    home.file("folder/bill.csv", Bill::of("2026-05").charges(3).csv())
}

#[test]
fn f43_links_in_a_folder_are_refused_and_a_link_that_is_named_is_followed() {
    let home = home();
    symlink(home.path().join("secret/bill.csv"), home.path().join("folder/link.csv")).expect("a link can be made");
    let refused = home.run(&["ingest", "billing", "folder", "--source", "acme"]).exits(1);
    refused.says(&["folder/link.csv", "symbolic link", "nothing was imported"]);
    std::fs::remove_file(home.path().join("folder/link.csv")).expect("it can be removed");
    symlink(home.path().join("secret"), home.path().join("folder/below")).expect("a link can be made");
    home.run(&["ingest", "billing", "folder", "--source", "acme"]).exits(1).says(&["folder/below", "symbolic link"]);
    // Who names a link means the file.
    symlink(home.path().join("secret/bill.csv"), home.path().join("named.csv")).expect("a link can be made");
    home.import_billing("named.csv", "acme");
    home.invariants_hold();
}

#[test]
fn f43_pipes_and_devices_are_refused_without_being_opened() {
    let home = home();
    let made = Command::new("mkfifo").arg(home.path().join("folder/pipe.csv")).status().expect("mkfifo is there");
    assert!(made.success());
    for path in ["folder", "folder/pipe.csv", "/dev/zero"] {
        for command in [&["ingest", "billing", path, "--source", "acme"][..], &["ingest", "decisions", path]] {
            home.run(command).exits(1).says(&["no regular file", "nothing was imported"]);
        }
    }
    home.invariants_hold();
}

#[test]
fn f43_the_name_of_a_source_is_no_path() {
    let home = Home::new();
    for (at, source) in ["../../escape", "/etc", "a/../../b", "..", "%2e%2e"].into_iter().enumerate() {
        let name = format!("{at}.csv");
        home.write(&name, Bill::of("2026-05").charge("a", source, &format!("{at}.5")).csv());
        home.run(&["ingest", "billing", &name, "--source", source]).exits(0);
    }
    home.invariants_hold();
    assert!(!home.path().join("escape").exists() && !home.store().join("escape").exists());
    let status = home.json(&["status"]);
    let sources = status["periods"].as_array().expect("periods").iter().map(|line| text(line, "source").to_owned());
    assert_eq!(sources.collect::<Vec<_>>().len(), 5);
}

#[test]
fn f43_a_document_without_end_is_refused() {
    let home = Home::new();
    for command in [
        &["rules", "publish", "/dev/zero"][..],
        &["ingest", "people", "/dev/zero"],
        &["plan", "fleet", "--instance", "/dev/zero"],
    ] {
        home.run(command).exits(1).says(&["/dev/zero", "16 MiB"]);
    }
}
