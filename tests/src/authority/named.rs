//! Whoever is at the machine names who does something: it is believed until people are known here.

use super::{organisation, person};
use crate::support::{NewHome, on_both_databases, text};

on_both_databases!(whoever_is_named_has_to_be_somebody_who_may);

fn whoever_is_named_has_to_be_somebody_who_may(new: NewHome) {
    let home = organisation(new());
    let close = |by: &str| home.run(&["close", "2026-05", "--by", by]);
    let reopen = |more: &[&str]| home.run(&[&["reopen", "2026-05"], more].concat());
    // Nobody is known yet: the name is for the record alone.
    close("anybody").exits(0);
    reopen(&["--reason", "a credit came", "--by", "anybody"]).exits(0);
    reopen(&["--approve", "--by", "somebody"]).exits(0);

    person(&home, "ada", "three small horses", &["--role", "controller"]);
    person(&home, "grace", "three small horses", &["--role", "controller"]);
    person(&home, "vera", "three small horses", &["--role", "viewer"]);
    person(&home, "paula", "three small horses", &["--role", "approver", "--unit", "payments"]);
    person(&home, "root", "three small horses", &["--role", "administrator"]);
    close("anybody").exits(1).says(&["nobody called \"anybody\"", "farthing users list", "nothing was done"]);
    close("vera").exits(1).says(&["vera (viewer) may not close here"]);
    close("root").exits(1).says(&["may not close"]);
    close("ada").exits(0);
    // The setting names somebody just as well.
    let by_setting = |name: &str| home.run_with(&[("FARTHING_ACTOR", name)], &["reopen", "2026-05", "--reason", "a credit came"]);
    by_setting("vera").exits(1).says(&["may not ask-to-reopen"]);
    // People are called in the record as they are called here.
    by_setting(" Ada ").exits(0);
    reopen(&["--approve", "--by", "ada"]).exits(1).says(&["somebody else has to decide"]);
    reopen(&["--approve", "--by", "ADA"]).exits(1).says(&["somebody else has to decide"]);
    reopen(&["--approve", "--by", "paula"]).exits(1).says(&["paula is limited to units"]);
    home.run(&["users", "disable", "grace", "--by", "vera"]).exits(1).says(&["may not administer"]);
    home.run(&["users", "disable", "grace", "--by", "root"]).exits(0);
    reopen(&["--approve", "--by", "grace"]).exits(1).says(&["grace was disabled"]);
    home.run(&["users", "change", "vera", "--role", "controller", "--by", "root"]).exits(0);
    reopen(&["--approve", "--by", "vera"]).exits(0);
    // Who names nobody is whoever is at the machine, and recorded as such: somebody has to be able to add the next administrator.
    home.run(&["users", "add", "next", "--no-password", "--role", "administrator"]).exits(0);
    let entries = home.json(&["audit", "list"]);
    let who: Vec<(&str, &str)> =
        entries.as_array().expect("a list").iter().map(|entry| (text(entry, "actor"), text(entry, "action"))).take(5).collect();
    let expected = [
        ("command line", "user.added"),
        ("vera", "reopening.granted"),
        ("root", "user.changed"),
        ("root", "user.disabled"),
        ("ada", "reopening.asked"),
    ];
    assert_eq!(who, expected);
}
