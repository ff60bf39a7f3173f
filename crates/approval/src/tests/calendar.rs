use super::{at, unit};
use crate::{Calendar, Policy};

fn calendar(text: &str) -> Calendar {
    Policy::parse(&format!("version = 1\n{text}")).unwrap().calendar
}

const WINDOW: &str =
    "time_zone = \"Europe/Berlin\"\n[[window]]\ndays = [\"mon\", \"Tue\"]\nfrom = \"09:00\"\nuntil = \"16:00\"\n";

#[test]
fn outside_the_windows_the_next_one_is_named() {
    let calendar = calendar(WINDOW);
    let next = |moment| calendar.closed(&[], at(moment)).map(|closed| closed.next.unwrap());
    // Monday, 1 June 2026: 09:00 in Berlin is 07:00 UTC.
    assert_eq!(next("2026-06-01T07:00:00Z"), None);
    assert_eq!(next("2026-06-01T06:59:59Z"), Some(at("2026-06-01T07:00:00Z")));
    assert_eq!(next("2026-06-01T14:00:00Z"), Some(at("2026-06-02T07:00:00Z")));
    assert_eq!(next("2026-06-03T09:00:00Z"), Some(at("2026-06-08T07:00:00Z")));
    // The Monday after the clocks go back is an hour later in UTC.
    assert_eq!(next("2026-10-24T12:00:00Z"), Some(at("2026-10-26T08:00:00Z")));
    let said = calendar.closed(&[], at("2026-06-03T09:00:00Z")).unwrap().to_string();
    assert_eq!(said, "now is outside the change windows; the next window opens at 2026-06-08 07:00Z");
}

#[test]
fn a_freeze_ends_at_the_next_window_after_it() {
    let frozen = "[[freeze]]\nname = \"Year end\"\nfrom = \"2026-12-15\"\nuntil = \"2027-01-05\"\n";
    let calendar = calendar(&format!("{WINDOW}{frozen}"));
    let closed = calendar.closed(&[unit("risk")], at("2026-12-21T10:00:00Z")).unwrap();
    assert_eq!((closed.freeze.as_deref(), closed.next), (Some("Year end"), Some(at("2027-01-05T08:00:00Z"))));
    assert!(closed.to_string().starts_with("nothing is applied in the freeze \"Year end\" of risk; the next window"), "{closed}");
    assert_eq!(calendar.closed(&[], at("2026-12-14T10:00:00Z")), None);
    // Without windows a freeze ends by itself.
    let alone = self::calendar(frozen).closed(&[], at("2026-12-31T10:00:00Z")).unwrap();
    assert_eq!(alone.next, Some(at("2027-01-05T00:00:00Z")));
}

#[test]
fn windows_and_freezes_of_units_are_of_those_below_them_too() {
    let text = "[[window]]\ndays = [\"sun\"]\nfrom = \"22:00\"\nuntil = \"24:00\"\nunits = [\"payments\"]\n\
                [[freeze]]\nname = \"audit\"\nfrom = \"2026-06-01\"\nuntil = \"2026-07-01\"\nunits = [\"risk\"]\n";
    let calendar = calendar(text);
    let moment = at("2026-06-01T12:00:00Z");
    let closed = |path: &[&str]| calendar.closed(&path.iter().map(|name| unit(name)).collect::<Vec<_>>(), moment);
    assert_eq!(closed(&["cards", "payments"]).unwrap().next, Some(at("2026-06-07T22:00:00Z")));
    assert_eq!(closed(&["risk", "company"]).unwrap().next, Some(at("2026-07-01T00:00:00Z")));
    assert_eq!(closed(&["lending", "company"]), None);
    assert_eq!(closed(&[]), None);
}

#[test]
fn a_window_that_a_clock_jumps_over_opens_after_the_jump() {
    let text = "time_zone = \"Europe/Berlin\"\n[[window]]\ndays = [\"sun\"]\nfrom = \"02:30\"\nuntil = \"06:00\"\n";
    // 29 March 2026: at 02:00 it is 03:00.
    let closed = calendar(text).closed(&[], at("2026-03-28T12:00:00Z")).unwrap();
    assert_eq!(closed.next, Some(at("2026-03-29T01:00:00Z")));
}
