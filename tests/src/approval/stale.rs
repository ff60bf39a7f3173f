//! F29, the other half: what was approved is what was planned from what is known.

use super::{FLEET, approvals, organisation, propose, standing, step, trace};
use crate::support::{NewHome, list, on_both_databases};

on_both_databases!(
    f29_approval_after_the_data_changed_is_stale,
    what_is_made_of_newer_facts_can_be_let_pass_for_a_while,
    what_expired_is_neither_approved_nor_applied,
);

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

fn what_expired_is_neither_approved_nor_applied(new: NewHome) {
    let home = organisation(new());
    let id = propose(&home, "ada");
    let ends = |table: &str, moment: &str| home.tamper(&format!("UPDATE {table} SET expires_at = '{moment}'"));
    ends("plan", "2026-06-01T00:00:00+00:00");
    step(&home, "approve", &id, "grace").exits(1).says(&["it expired at 2026-06-01 00:00Z: plan again"]);
    home.run(&["recommendations", "show", &id]).exits(0).shows(&["It is expired"]);
    // An approval ends with its days, and never later than the plan.
    ends("plan", "2099-01-01T00:00:00+00:00");
    step(&home, "approve", &id, "grace").exits(0);
    let unlock = ["DROP TRIGGER recommendation_step_keeps_values", "ALTER TABLE recommendation_step DISABLE TRIGGER USER"];
    home.tamper(unlock[usize::from(home.is_postgresql())]);
    let given = standing(&home, &id)["expires_at"].as_str().expect("an end").to_owned();
    let earlier = format!("UPDATE recommendation_step SET details = REPLACE(details, '{given}', '2026-06-01T00:00:00Z')");
    assert!(home.tamper(&earlier) > 0);
    let apply = ["recommendations", "apply", &id, "--by", "ada", "-o", "out"];
    home.run(&apply).exits(1).says(&["it expired at 2026-06-01 00:00Z"]);
}
