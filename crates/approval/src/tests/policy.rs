use farthing_types::Currency;

use super::unit;
use crate::{Policy, Subject};

const TEXT: &str = r#"
version = 1
currency = "USD"
approvers = 1
valid_days = 7
new_facts_hours = 24

[[threshold]]
name = "large savings"
saved_a_month = "10000"
approvers = 2

[[threshold]]
name = "unproven"
not_simulated = true
gap = 0.01
approvers = 2
valid_days = 2

[[threshold]]
name = "lending's commitments"
kinds = ["commitments"]
units = ["lending"]
approvers = 3
"#;

pub(super) fn subject(saved: &str) -> Subject {
    Subject {
        kind: "fleet".into(),
        units: vec![vec![unit("cards"), unit("lending")]],
        currency: Some(Currency::USD),
        saved: Some(saved.parse().unwrap()),
        planned: None,
        once: None,
        is_simulated: true,
        gap: Some(0.5),
    }
}

#[test]
fn the_most_approvers_of_all_thresholds_that_are_reached() {
    let policy = Policy::parse(TEXT).unwrap();
    let need = |subject: &Subject| {
        let need = policy.need(subject);
        (need.approvers, need.valid_days, need.because.join(", "))
    };
    assert_eq!(need(&subject("9999.99")), (1, 7, String::new()));
    assert_eq!(need(&subject("10000")), (2, 7, "large savings".into()));
    assert_eq!(need(&subject("-10000")), (2, 7, "large savings".into()), "what costs more is as large");
    assert_eq!(need(&Subject { is_simulated: false, ..subject("1") }), (2, 2, "unproven".into()));
    assert_eq!(need(&Subject { is_simulated: false, gap: Some(0.01), ..subject("1") }).0, 1);
    assert_eq!(need(&Subject { kind: "commitments".into(), ..subject("1") }).0, 3);
    // What is not known counts as reached.
    assert_eq!(need(&Subject { saved: None, ..subject("1") }).0, 2);
    assert_eq!(need(&Subject { currency: Some(Currency::EUR), ..subject("1") }).0, 2);
    assert_eq!(need(&Subject { is_simulated: false, gap: None, ..subject("1") }).0, 2);
    assert_eq!(Policy::default().need(&subject("10000")).approvers, 1);
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let text = "version = 1\napprovers = 0\ntime_zone = \"Berlin\"\n[[threshold]]\nname = \"a\"\nsaved_a_month = \"1\"\n\
                [[window]]\ndays = [\"mon\"]\nfrom = \"16:00\"\nuntil = \"09:00\"\n\
                [[freeze]]\nname = \"b\"\nfrom = \"2026-12-15\"\nuntil = \"2026-12-15\"\n";
    let said: Vec<String> = Policy::parse(text).unwrap_err().iter().map(ToString::to_string).collect();
    let wanted = [
        "time_zone",
        "approvers = 0",
        "say what it asks for",
        "amounts need a currency",
        "a night is two windows",
        "freeze \"b\"",
    ];
    assert_eq!(said.len(), wanted.len(), "{said:#?}");
    for (said, wanted) in said.iter().zip(wanted) {
        assert!(said.contains(wanted), "{said} · {wanted}");
    }
    assert!(Policy::parse("version = 2").unwrap_err()[0].to_string().contains("reads version 1"));
    assert!(Policy::parse("version = 1\nunknown = 1").unwrap_err()[0].to_string().contains("unknown"));
}
