//! The shared real logs, where they are there.

use std::fs::File;
use std::path::PathBuf;

use flate2::read::MultiGzDecoder;

use crate::{Case, DecodeError, DecodeReport, cases, ocel, xes};

#[allow(clippy::disallowed_methods)]
fn shared(name: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("FARTHING_SHARED") else {
        eprintln!("skipped: FARTHING_SHARED names no folder with real logs");
        return None;
    };
    Some(PathBuf::from(folder).join("data/event_logs").join(name))
}

fn read(name: &str) -> Option<(Vec<Case>, DecodeReport)> {
    let file = MultiGzDecoder::new(File::open(shared(name)?).unwrap());
    let mut events = Vec::new();
    let report = xes::decode::<_, DecodeError>(file, &xes::Options::default(), |event| {
        events.push(event);
        Ok(())
    });
    Some((cases(events), report.unwrap()))
}

/// Cases and events as the logs' own descriptions state them.
#[test]
fn real_logs_are_read_whole() {
    for (name, count, events) in [
        ("bpic2012.xes.gz", 13_087, 262_200),
        ("receipt.xes.gz", 1_434, 8_577),
        ("helpdesk.xes.gz", 4_580, 21_348),
        ("lending_log_high.xes.gz", 10_000, 58_822),
    ] {
        let Some((cases, report)) = read(name) else { return };
        let seen = (cases.len(), report.events, report.handed_over, report.findings.set_aside());
        assert_eq!(seen, (count, events, events, 0), "{name}: {:?}", report.findings.all());
    }
}

#[test]
fn an_object_centric_log_is_seen_from_each_of_its_types() {
    let Some(path) = shared("recruiting-red.jsonocel") else { return };
    let count = |kind: &str| {
        let options = ocel::Options { case_type: Some(kind.to_owned()), ..ocel::Options::default() };
        let mut events = Vec::new();
        let report = ocel::decode::<_, DecodeError>(File::open(&path).unwrap(), &options, |event| {
            events.push(event);
            Ok(())
        });
        let report = report.unwrap();
        (cases(events).len(), report.handed_over)
    };
    for kind in ["applications", "offers"] {
        let (cases, handed_over) = count(kind);
        eprintln!("{kind} {cases} {handed_over}");
        assert!(cases > 0 && handed_over >= cases as u64, "{kind}");
    }
}
