//! Damaged logs: no reader panics, and every event that was read is handed over or set aside.

use proptest::prelude::*;

use crate::{DecodeError, DecodeReport, Event, cases, csv_log, ocel, process, xes};

const XES: &str = r#"<?xml version="1.0" encoding="UTF-8"?><log xmlns="http://www.xes-standard.org/"><global scope="event"><string key="concept:name" value="?"/></global>
<trace><string key="concept:name" value="7"/><event><string key="concept:name" value="a &lt; b"/><string key="lifecycle:transition" value="start"/><date key="time:timestamp" value="2020-02-29T23:59:59.999+01:00"/></event>
<event><string key="concept:name" value="a"/><string key="lifecycle:transition" value="complete"/><date key="time:timestamp" value="2020-03-01T10:00:00Z"/></event></trace></log>"#;
const CSV: &str = "case,activity,time,lifecycle,resource\n1,\"a, b\",2020-02-29T23:59:59Z,start,Ada\n1,\"a, b\",2020-03-01 10:00,complete,\n2,c,01.03.2020 10:00,,Bob\n";
const OCEL: &str = r#"{"objects":[{"id":"o","type":"t"}],"events":[{"id":"e","type":"a","time":"2020-03-01T10:00:00Z","relationships":[{"objectId":"o"}]}]}"#;

fn read(seed: usize, bytes: &[u8]) -> Result<(Vec<Event>, DecodeReport), DecodeError> {
    let mut events = Vec::new();
    let sink = |event: Event| {
        events.push(event);
        Ok::<(), DecodeError>(())
    };
    let report = match seed {
        0 => xes::decode(bytes, &xes::Options::default(), sink),
        1 => csv_log::decode(bytes, &csv_log::Options::default(), sink),
        _ => ocel::decode(bytes, &ocel::Options::default(), sink),
    };
    report.map(|report| (events, report))
}

#[test]
fn the_undamaged_logs_are_read() {
    for (seed, events) in [(XES, 2), (CSV, 3), (OCEL, 1)].into_iter().enumerate().map(|(at, (text, n))| ((at, text), n)) {
        let (found, report) = read(seed.0, seed.1.as_bytes()).unwrap();
        assert_eq!((found.len(), report.findings.set_aside()), (events, 0), "{}", seed.1);
    }
}

proptest! {
    #[test]
    fn damaged_logs_are_accounted_for(seed in 0_usize..3, damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8), cut in any::<prop::sample::Index>(), cuts in any::<bool>()) {
        let mut bytes = [XES, CSV, OCEL][seed].as_bytes().to_vec();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if cuts {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok((events, report)) = read(seed, &bytes) {
            prop_assert_eq!(report.handed_over, events.len() as u64);
            prop_assert_eq!(report.events, report.handed_over + report.findings.set_aside());
            let analysis = process::Analysis { top: 3, ..process::Analysis::default() };
            let said = process::process(&cases(events), &analysis, |_, _| Some(2.0));
            prop_assert_eq!(said.events, report.handed_over);
        }
    }
}
