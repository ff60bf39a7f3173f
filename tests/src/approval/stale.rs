//! F29, the other half: what was approved is what was planned from what is known.

use super::{FLEET, approvals, organisation, propose, standing, step, trace};
use crate::support::{NewHome, list, on_both_databases};

on_both_databases!(f29_approval_after_the_data_changed_is_stale, what_is_made_of_newer_facts_can_be_let_pass_for_a_while);

fn f29_approval_after_the_data_changed_is_stale(new: NewHome) {
    let home = organisation(new());
    let id = propose(&home, "ada");
    let home = home.file("june.csv", trace("2026-06-01")).ingest_trace("june.csv", "gateway", &[]);
    step(&home, "approve", &id, "grace").exits(1).says(&["planned again", "usage of gateway for 2026-06 came since"]);
    home.run(&["recommendations", "show", &id]).exits(0).shows(&["Plan again: usage of gateway for 2026-06 came since."]);
    // Planned again it is another, even where the plan itself comes out the same.
    let next = propose(&home, "ada");
    assert_ne!(next, id);
    step(&home, "approve", &next, "grace").exits(0).shows(&["It is approved"]);
    let home = home.fleet(&FLEET.replace("price = \"1.5\"", "price = \"1.25\""));
    let apply = ["recommendations", "apply", &next, "--by", "ada", "-o", "out"];
    home.run(&apply).exits(1).says(&["the fleet document: v1 then, v2 now"]);
    assert!(!home.path().join("out").exists(), "nothing is written of what is not applied");
}

fn what_is_made_of_newer_facts_can_be_let_pass_for_a_while(new: NewHome) {
    let home = organisation(new());
    approvals(&home, "new_facts_hours = 24\n");
    let id = propose(&home, "ada");
    let home = home.file("june.csv", trace("2026-06-01")).ingest_trace("june.csv", "gateway", &[]);
    assert!(list(&standing(&home, &id), "stale").is_empty());
    step(&home, "approve", &id, "grace").exits(0);
    // A document is never let pass.
    let home = home.fleet(&FLEET.replace("price = \"1.5\"", "price = \"1.25\""));
    home.run(&["recommendations", "apply", &id, "--by", "ada", "-o", "out"]).exits(1).says(&["the fleet document"]);
}
