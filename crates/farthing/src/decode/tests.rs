//! The parent beside children of every kind. The children are a script: what a damaged file does to a decoder cannot be had on
//! demand.

use std::sync::atomic::Ordering;

use farthing_application::decode::{Content, Job};
use farthing_application::{BillFormat, DecodeError, Decoder, FileKind, InputFile, Promise, Reading};

use super::{ChildDecoder, Limits};

/// Does what the name of the file that it is to decode says.
const CHILD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/decode/tests_child.sh");

fn decode(name: &str, seconds: u64, reading: &Reading) -> DecodeError {
    let decoder = ChildDecoder { program: CHILD.into(), limits: Limits { memory_mib: 64, seconds, output_mib: 32 } };
    let file = InputFile {
        path: format!("{name}.csv").into(),
        copy: None,
        kind: FileKind::Text,
        bytes: 1,
        named: true,
        modified: None,
        promised: Promise::default(),
    };
    let content = Content::Charges { format: BillFormat::Auto, each_row_once: true };
    decoder.decode(&Job { files: vec![file], staging: "nowhere".into(), content, mask: None }, reading).unwrap_err()
}

fn message(name: &str) -> String {
    decode(name, 1000, &Reading::default()).to_string()
}

#[test]
fn every_way_to_end_is_told_apart_and_names_the_file() {
    for (name, words) in [
        ("killed", "killed.csv: the decoder ended before its work did (killed from outside"),
        ("slow-to-die", "slow-to-die.csv: the decoder ended before its work did (signal 11)"),
        ("greedy", "greedy.csv: decoding it needs more than 64 MiB"),
        ("busy", "busy.csv: decoding was not done after 1000 s"),
        ("endless", "endless.csv: a file of facts decoded from it grew beyond 32 MiB"),
        ("panic", "second.csv: the decoder ended before its work did (status 101: index out of bounds (page.rs:7))"),
        ("liar", "liar.csv: the decoder ended before its work did (it answered what is no answer"),
        ("half", "half.csv: the decoder ended before its work did (status 0)"),
    ] {
        let message = message(name);
        assert!(message.contains(words), "{message}");
        assert!(message.contains("nothing was imported and the earlier state stays"), "{message}");
    }
}

#[test]
fn what_the_child_says_of_the_files_is_passed_on() {
    assert_eq!(message("refused"), "row 1: nothing of use");
    assert!(matches!(decode("disk", 1000, &Reading::default()), DecodeError::Lake(said) if said == "no room"));
}

#[test]
fn a_child_that_does_not_end_is_ended() {
    assert!(matches!(decode("silent", 1, &Reading::default()), DecodeError::Time { seconds: 1, .. }));
    assert!(matches!(decode("talkative", 1, &Reading::default()), DecodeError::Time { seconds: 1, .. }));
}

#[test]
fn a_request_to_stop_ends_the_child() {
    let reading = Reading::default();
    reading.cancelled.store(true, Ordering::Relaxed);
    assert!(matches!(decode("silent", 1000, &reading), DecodeError::Stopped));
}

#[test]
fn the_child_has_no_environment() {
    let message = message("environment");
    assert!(message.contains("(status 3: [])"), "{message}");
}
