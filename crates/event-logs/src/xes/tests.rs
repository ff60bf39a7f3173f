use super::*;
use crate::Effect;

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1.0" xmlns="http://www.xes-standard.org/">
 <global scope="trace"><string key="concept:name" value="UNKNOWN"/><string key="channel" value="UNKNOWN"/></global>
 <global scope="event"><date key="time:timestamp" value="1970-01-01T00:00:00.000+01:00"/>
  <string key="concept:name" value="UNKNOWN"/><string key="org:resource" value="UNKNOWN"/></global>
 <classifier name="Activity" keys="concept:name"/>
 <float key="mean" value="1"><float key="concept:name" value="0.5"/></float>
"#;

fn read(traces: &str) -> (Vec<Event>, DecodeReport) {
    let text = format!("{HEAD}{traces}</log>");
    let mut events = Vec::new();
    let report = decode::<_, DecodeError>(text.as_bytes(), &Options::default(), |event| {
        events.push(event);
        Ok(())
    });
    (events, report.unwrap())
}

#[test]
fn traces_give_events_with_their_standard_keys_and_the_others() {
    let (events, report) = read(
        r#"<trace><string key="concept:name" value="A &amp; B"/><string key="AMOUNT" value="5000"/><string key="channel" value="UNKNOWN"/>
        <event><string key="org:resource" value="112"/><string key="lifecycle:transition" value="START"/>
        <string key="concept:name" value="Check"><string key="concept:name" value="nested"/></string>
        <date key="time:timestamp" value="2011-10-01T00:38:44.546+02:00"/><int key="weight" value="3"/></event>
        <event><string key="concept:name" value="Check"/><date key="time:timestamp" value="2011-10-01T00:40:00+02:00"/>
        <string key="org:resource" value="UNKNOWN"/></event></trace>"#,
    );
    assert_eq!((report.events, report.handed_over, report.findings.all().len()), (2, 2, 0), "{:?}", report.findings);
    let first = &events[0];
    assert_eq!(
        (&*first.case, &*first.activity, first.at.to_rfc3339().as_str()),
        ("A & B", "Check", "2011-09-30T22:38:44.546+00:00")
    );
    assert_eq!((first.transition.as_deref(), first.resource.as_deref(), first.position), (Some("start"), Some("112"), 0));
    assert_eq!(first.attributes.get("weight").map(String::as_str), Some("3"));
    assert_eq!(first.case_attributes.get("AMOUNT").map(String::as_str), Some("5000"));
    assert!(!first.case_attributes.contains_key("channel"), "the declared default is not a value");
    assert_eq!((events[1].resource.as_deref(), events[1].position), (None, 1));
}

#[test]
fn fields_may_stand_under_other_keys() {
    let text = format!(
        "{HEAD}<trace><int key=\"case\" value=\"4\"/><event><string key=\"concept:name\" value=\"a\"/><string key=\"resource\" value=\"Ada\"/>\
         <date key=\"time:timestamp\" value=\"2020-01-01T00:00:00Z\"/></event></trace></log>"
    );
    let read = |pairs: &[(&str, &str)]| {
        let keys = pairs.iter().map(|(field, key)| ((*field).to_owned(), (*key).to_owned())).collect();
        let mut events = Vec::new();
        decode::<_, DecodeError>(text.as_bytes(), &Options { keys, offset: None }, |event| {
            events.push(event);
            Ok(())
        })
        .map(|_| events)
    };
    let events = read(&[("case", "case"), ("resource", "resource")]).unwrap();
    assert_eq!((&*events[0].case, events[0].resource.as_deref()), ("4", Some("Ada")));
    assert!(read(&[("colour", "x")]).unwrap_err().to_string().contains("can name case, activity"));
}

#[test]
fn one_bad_event_is_set_aside_and_named() {
    let good =
        r#"<event><string key="concept:name" value="a"/><date key="time:timestamp" value="2020-01-01T00:00:00Z"/></event>"#;
    let bad = [
        (r#"<event><date key="time:timestamp" value="2020-01-01T00:00:00Z"/></event>"#, "no-activity", "concept:name"),
        (
            r#"<event><string key="concept:name" value="UNKNOWN"/><date key="time:timestamp" value="2020-01-01T00:00:00Z"/></event>"#,
            "no-activity",
            "concept:name",
        ),
        (r#"<event><string key="concept:name" value="a"/></event>"#, "no-time", "time:timestamp"),
        (
            r#"<event><string key="concept:name" value="a"/><date key="time:timestamp" value="soon"/></event>"#,
            "not-a-moment",
            "time:timestamp",
        ),
        (
            r#"<event><string key="concept:name" value="a"/><date key="time:timestamp" value="1970-01-01T00:00:00.000+01:00"/></event>"#,
            "placeholder-time",
            "time:timestamp",
        ),
    ];
    for (event, rule, key) in bad {
        let (events, report) = read(&format!(r#"<trace><string key="concept:name" value="7"/>{good}{event}{good}</trace>"#));
        let finding = &report.findings.all()[0];
        assert_eq!((events.len(), report.findings.set_aside(), finding.rule, finding.key.as_str()), (2, 1, rule, key));
        assert_eq!((finding.case.as_str(), &finding.rows[..], finding.effect), ("7", &[2][..], Effect::SetAside));
    }
}

#[test]
fn events_of_no_case_are_set_aside() {
    let event =
        r#"<event><string key="concept:name" value="a"/><date key="time:timestamp" value="2020-01-01T00:00:00Z"/></event>"#;
    let (events, report) = read(&format!("<trace>{event}{event}</trace>{event}"));
    assert_eq!((events.len(), report.events, report.findings.set_aside()), (0, 3, 3));
    assert!(report.findings.all()[0].message.contains("trace 1 has no concept:name"));
}

#[test]
fn what_is_no_log_is_refused_with_the_place() {
    let broken = |text: &str| decode::<_, DecodeError>(text.as_bytes(), &Options::default(), |_| Ok(())).unwrap_err().to_string();
    assert!(broken("<html/>").contains("no XES"));
    assert!(broken("").contains("no XES"));
    assert!(broken(r#"<?xml version="1.0" encoding="ISO-8859-1"?><log/>"#).contains("iconv"));
    assert!(broken("<log><trace><event></event>").contains("event 1: the XML ends inside the log"));
    assert!(broken("<log><trace></log>").contains("not well-formed"));
    assert!(broken(&format!("<log>{}", "<list>".repeat(200))).contains("depth"));
    let endless = format!("<log><string key=\"{}", "x".repeat(5 << 20));
    assert!(broken(&endless).contains("4 MiB"));
}
