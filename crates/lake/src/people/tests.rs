use std::collections::BTreeSet;

use farthing_usage::SeenIds;
use farthing_usage::decision::{Decision, Options, decode};

use super::*;

const DOCUMENT: &str = r#"
version = 1
[[keep]]
facts = "decisions"
months = 12
then = "erase-people"
tags = ["reviewer"]
except = ["batch"]
[[keep]]
facts = "decisions"
source = "short"
months = 1
then = "delete"
[[holds]]
reason = "labour court 17/26"
by = "legal"
person = "anna"
"#;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn source(name: &str) -> SourceName {
    name.parse().unwrap()
}

#[test]
fn facts_are_kept_for_whole_months_after_their_own_and_the_rule_of_the_source_counts() {
    let document = Retention::parse(DOCUMENT).unwrap();
    let due = |name: &str, now: &str| {
        document.due(PeopleFacts::Decisions, &source(name), "2026-05".parse().unwrap(), at(now)).map(|keep| keep.then)
    };
    assert_eq!(due("claims", "2027-05-31T23:59:59Z"), None);
    assert_eq!(due("claims", "2027-06-01T00:00:00Z"), Some(Then::ErasePeople));
    assert_eq!(due("short", "2026-06-30T00:00:00Z"), None);
    assert_eq!(due("short", "2026-07-01T00:00:00Z"), Some(Then::Delete));
    let usage = document.due(PeopleFacts::Usage, &source("claims"), "2020-01".parse().unwrap(), at("2026-05-01T00:00:00Z"));
    assert_eq!(usage, None, "no rule is about usage");
    assert_eq!(
        document.to_string(),
        "decisions kept for 12 months, then erase-people; decisions of short kept for 1 months, then delete; 1 holds"
    );
}

#[test]
fn what_makes_no_sense_is_said() {
    let keep = "[[keep]]\nfacts = \"usage\"\nmonths = 3\nthen = \"delete\"\n";
    for (text, says) in [
        ("version = 2".to_owned(), "version is 2"),
        (format!("version = 1\n{keep}{keep}"), "there is a rule for these facts already"),
        (format!("version = 1\n{}", keep.replace("usage", "charges")), "charges"),
        ("version = 1\n[[holds]]\nreason = \"\"\nby = \"legal\"".to_owned(), "no reason"),
        (
            "version = 1\n[[holds]]\nreason = \"x\"\nby = \"y\"\nfrom = \"2026-03\"\nto = \"2026-01\"".to_owned(),
            "ends before it begins",
        ),
    ] {
        let error = Retention::parse(&text).unwrap_err().to_string();
        assert!(error.contains(says), "{text}: {error}");
    }
}

fn decisions() -> Vec<Decision> {
    let text = "id,decided_at,workflow,unit,actor,outcome,handling_seconds,override_reason,tag:reviewer,tag:channel\n\
        1,2026-05-01T10:00:00Z,claims,triage,person,accepted,60,,anna,web\n\
        2,2026-05-01T11:00:00Z,claims,triage,ai_then_person,overridden,30,Anna thought so,bert,web\n\
        3,2026-05-01T12:00:00Z,claims,other,ai,accepted,,,batch,web\n";
    let mut decisions = Vec::new();
    let each = |decision| {
        decisions.push(decision);
        Ok::<(), farthing_usage::DecodeError>(())
    };
    decode(text.as_bytes(), &Options::default(), &mut SeenIds::default(), each).unwrap();
    decisions
}

fn held(document: &Retention, rows: &[Decision]) -> Vec<bool> {
    let holds = document.holds_on(PeopleFacts::Decisions, &source("claims"), "2026-05".parse().unwrap());
    rows.iter().map(|row| holds.iter().any(|hold| hold.holds_row(row, row.unit.as_ref(), &BTreeSet::new()))).collect()
}

#[test]
fn who_it_was_goes_and_what_is_held_stays() {
    let document = Retention::parse(DOCUMENT).unwrap();
    let rows = decisions();
    let erased = erase(rows.clone(), &held(&document, &rows), &document.keep[0], &Pseudonyms::new());
    assert_eq!((erased.changed, erased.held, erased.totals), (1, 1, None));
    assert_eq!(erased.rows[0], rows[0], "anna is held");
    assert_eq!((erased.rows[1].override_reason.as_deref(), erased.rows[1].tags.len()), (None, 1));
    assert_eq!(erased.rows[2], rows[2], "a batch is nobody");
    let again = erase(erased.rows.clone(), &held(&document, &erased.rows), &document.keep[0], &Pseudonyms::new());
    assert_eq!((again.rows, again.changed), (erased.rows, 0), "what is done is not done again");
}

#[test]
fn deleted_rows_leave_what_they_added_up_to() {
    let document = Retention::parse(DOCUMENT).unwrap();
    let rows = decisions();
    let deleted = erase(rows.clone(), &held(&document, &rows), &document.keep[1], &Pseudonyms::new());
    assert_eq!((deleted.rows.len(), deleted.changed, deleted.held), (1, 2, 1));
    let totals = deleted.totals.unwrap();
    assert_eq!((&totals["decisions"], &totals["handling_seconds"]), (&"2".into(), &"30".into()));
    assert!(!totals.to_string().contains("bert"), "{totals}");
}

#[test]
fn a_hold_on_a_unit_holds_rows_that_do_not_say_whose_they_are() {
    let text = "version = 1\n[[holds]]\nreason = \"audit\"\nby = \"cfo\"\nunit = \"triage\"\nto = \"2026-05\"";
    let document = Retention::parse(text).unwrap();
    let below: BTreeSet<UnitId> = ["triage".parse().unwrap()].into();
    let rows = decisions();
    let holds = |row: &Decision, unit: Option<&UnitId>| document.holds[0].holds_row(row, unit, &below);
    assert!(holds(&rows[0], rows[0].unit.as_ref()) && holds(&rows[2], None) && !holds(&rows[2], rows[2].unit.as_ref()));
    let on = |facts: &str, period: &str| document.hold_on_replaced(facts, &source("aws"), period.parse().unwrap()).is_some();
    assert!(on("charges", "2026-05") && on("usage", "2020-01") && !on("charges", "2026-06"));
}
