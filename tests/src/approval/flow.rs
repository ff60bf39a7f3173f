//! On the command line, from the proposal to what it brought.

use chrono::{Datelike, NaiveDate};
use serde_json::json;

use super::{FLEET, approvals, history, organisation, propose, standing, step};
use crate::support::{Bill, NewHome, figure, list, on_both_databases, text};

on_both_databases!(
    a_plan_is_approved_by_others_applied_by_units_and_taken_back,
    a_challenge_is_answered_or_overridden,
    what_is_taken_back_gives_the_files_of_the_plan_before,
    nothing_is_applied_in_a_freeze,
    what_it_brought_is_told_by_bills_or_by_whoever_knows,
    the_database_refuses_what_the_program_does,
);

fn a_plan_is_approved_by_others_applied_by_units_and_taken_back(new: NewHome) {
    let home = organisation(new());
    approvals(
        &home,
        "[[threshold]]\nname = \"claims\"\nunits = [\"claims\"]\nsaved_a_month = \"1000\"\napprovers = 2\nvalid_days = 3\n",
    );
    let id = propose(&home, "ada");
    let before = standing(&home, &id);
    assert_eq!((text(&before, "state"), &before["still_needed"]), ("proposed", &json!(2)));
    assert_eq!(before["need"], json!({"approvers": 2, "valid_days": 3, "because": ["claims"]}));
    let apply = |by: &str, more: &[&str]| {
        home.run(&[&["recommendations", "apply", &id, "--by", by, "-o", "out", "--format", "json"], more].concat())
    };
    apply("ada", &[]).exits(1).says(&["it is proposed, so it cannot be applied now"]);
    step(&home, "approve", &id, "Ada").exits(1).says(&["nobody approves what they proposed", "Nothing was changed"]);
    step(&home, "approve", &id, "grace").exits(0).shows(&["1 of 2 still to approve", "claims", "grace approved"]);
    step(&home, "approve", &id, "grace").exits(1).says(&["a second approval is a second person's"]);
    step(&home, "approve", &id, "heidi").exits(0).shows(&["It is approved", "It may be applied until"]);

    // One unit after the other: each has files of its own workloads, and the same again where the answer was lost.
    let first = apply("ada", &["--unit", "claims"]).exits(0).json();
    assert_eq!((&first["changed"], text(&first["standing"], "state")), (&json!(true), "partly-applied"));
    let written = std::fs::read_to_string(home.path().join("out/fleet.tf")).expect("it was written");
    assert!(written.contains("chat") && !written.contains("scores"), "{written}");
    let again = apply("ada", &["--unit", "claims"]).exits(0).json();
    assert_eq!((&again["changed"], &again["files"]), (&json!(false), &first["files"]), "I6");
    apply("ada", &["--unit", "motor"]).exits(1).says(&["not about the unit motor", "claims, lending"]);
    apply("ada", &["--as", "pull-request"]).exits(1).says(&["the savings of the whole plan"]);
    let second = apply("ada", &["--as", "keda"]).exits(0).json();
    assert_eq!((&second["units"], text(&second["standing"], "state")), (&json!(["lending"]), "applied"));
    home.run(&["recommendations", "rollback", &id, "-o", "out"]).exits(64).says(&["--reason"]);
    let roll_back = ["recommendations", "rollback", &id, "-o", "out", "--reason", "too slow", "--by", "ada"];
    home.run(&roll_back).exits(0).shows(&["is rolled back", "No recommendation was applied before"]);
    apply("ada", &[]).exits(1).says(&["rolled-back", "plan again"]);

    let said = history(&standing(&home, &id)).into_iter().map(|(_, action)| action).collect::<Vec<_>>();
    assert_eq!(said, ["propose", "approve", "approve", "apply", "apply", "rollback"]);
    // As of when it was proposed it stands as it stood then.
    let listed = home.json(&["recommendations", "list"]);
    assert_eq!((text(&listed[0], "state"), &listed[0]["proposed_by"]), ("rolled-back", &json!(["ada"])));
    let then = home.json(&["recommendations", "show", &id, "--as-of", text(&listed[0], "created_at")]);
    assert_eq!((text(&then, "state"), list(&then["standing"], "steps").len()), ("proposed", 1));
    let record = home.json(&["audit", "list", "--action", "recommendation."]);
    assert_eq!(record.as_array().map(Vec::len), Some(5));
    home.run(&["audit", "verify"]).exits(0);

    // What is over is proposed anew, and taking that back gives the one before.
    let next = propose(&home, "ada");
    assert_ne!(next, id);
}

fn a_challenge_is_answered_or_overridden(new: NewHome) {
    let home = organisation(new());
    approvals(&home, "approvers = 2\n");
    let id = propose(&home, "ada");
    step(&home, "approve", &id, "grace").exits(0);
    home.run(&["recommendations", "challenge", &id, "--by", "ivan"]).exits(64).says(&["--reason"]);
    home.run(&["recommendations", "challenge", &id, "--by", "ivan", "--reason", " "]).exits(1).says(&["a reason in writing"]);
    step(&home, "challenge", &id, "ivan").exits(0).shows(&[
        "It is challenged",
        "ivan challenged it: since it is so",
        "2 of 2 still",
    ]);
    step(&home, "approve", &id, "grace").exits(1).says(&["ivan challenged it (since it is so)", "override"]);
    step(&home, "answer", &id, "ada").exits(0).shows(&["It is proposed"]);
    step(&home, "challenge", &id, "ivan").exits(0);
    step(&home, "override", &id, "ivan").exits(1).says(&["cannot override"]);
    step(&home, "override", &id, "ada").exits(1).says(&["nobody overrides what they proposed"]);
    step(&home, "override", &id, "grace").exits(0);
    step(&home, "override", &id, "heidi").exits(0).shows(&["It is overridden"]);
    step(&home, "comment", &id, "judy").exits(0);
    step(&home, "reject", &id, "heidi").exits(0).shows(&["It is rejected"]);
    step(&home, "approve", &id, "grace").exits(1).says(&["it is rejected, so it cannot be approved now: plan again"]);
    // Somebody who makes the same plan stands behind it as well.
    let next = propose(&home, "ada");
    assert!(next != id && propose(&home, "grace") == next, "an open one is proposed once");
    step(&home, "approve", &next, "grace").exits(1).says(&["grace proposed it"]);
}

fn what_is_taken_back_gives_the_files_of_the_plan_before(new: NewHome) {
    let home = organisation(new());
    let applied = |id: &str| {
        step(&home, "approve", id, "grace").exits(0);
        home.json(&["recommendations", "apply", id, "--by", "ada", "-o", "out"])["files"].take()
    };
    let first = propose(&home, "ada");
    let before = applied(&first);
    home.write("faster.toml", FLEET.replace("requests_per_second = 4.0", "requests_per_second = 2.0"));
    home.run(&["ingest", "fleet", "faster.toml"]).exits(0);
    let second = propose(&home, "ada");
    assert!(second != first && applied(&second) != before);
    let back = ["recommendations", "rollback", &second, "-o", "back", "--reason", "too dear", "--by", "ada"];
    let back = home.json(&back);
    assert_eq!((text(&back, "restored"), &back["files"]), (first.as_str(), &before));
    let written = std::fs::read_to_string(home.path().join("back/fleet.tf")).expect("it was written");
    assert_eq!(written, text(&list(&back, "files")[0], "text"));
}

fn nothing_is_applied_in_a_freeze(new: NewHome) {
    let home = organisation(new());
    let id = propose(&home, "ada");
    step(&home, "approve", &id, "grace").exits(0);
    approvals(
        &home,
        "[[freeze]]\nname = \"lending's audit\"\nfrom = \"2020-01-01\"\nuntil = \"2099-01-01\"\nunits = [\"lending\"]\n",
    );
    let apply = |unit: &str| home.run(&["recommendations", "apply", &id, "--by", "ada", "-o", "out", "--unit", unit]);
    apply("lending")
        .exits(1)
        .says(&["in the freeze \"lending's audit\" of lending", "the next window opens at 2099-01-01 00:00Z"]);
    home.run(&["recommendations", "show", &id]).exits(0).shows(&[
        "lending's audit",
        "It may be applied until",
        "Replayed request by request",
    ]);
    apply("claims").exits(0);
    home.run(&["approvals", "check", "approvals.toml"]).exits(0).shows(&["1 freezes"]);
    home.write("wrong.toml", "version = 1\napprovers = 9\n[[window]]\ndays = [\"noday\"]\nfrom = \"09:00\"\nuntil = \"10:00\"\n");
    home.run(&["approvals", "check", "wrong.toml"]).exits(1).says(&["wrong.toml", "approvers = 9", "names of weekdays"]);
}

fn what_it_brought_is_told_by_bills_or_by_whoever_knows(new: NewHome) {
    let home = organisation(new());
    let id = propose(&home, "ada");
    step(&home, "approve", &id, "grace").exits(0);
    home.run(&["recommendations", "apply", &id, "--by", "ada", "-o", "out"]).exits(0);
    let verify = |by: &str, more: &[&str]| home.run(&[&["recommendations", "verify", &id, "--by", by], more].concat());
    verify("ada", &["--saved", "12.5"]).exits(1).says(&["nobody verifies what they proposed"]);
    verify("grace", &[]).exits(1).says(&["wait for the bill", "--saved AMOUNT"]);
    verify("grace", &["--saved", "12.5"]).exits(0).shows(&["12.50 USD a month saved", "(given:"]);
    // A month before it was applied and one after it, by turning the clock of what was done back.
    let bill = |month: &'static str, claims: &'static str| {
        Bill::of(month)
            .charge("claims", "Virtual Machines", claims)
            .charge("lending", "Virtual Machines", "30")
            .charge("motor", "Queues", "7")
    };
    for (file, bill) in [("april.csv", bill("2026-04", "60")), ("june.csv", bill("2026-06", "40.25"))] {
        home.write(file, bill.csv());
        home.import_billing(file, "acme");
    }
    let unlock = ["DROP TRIGGER recommendation_step_keeps_values", "ALTER TABLE recommendation_step DISABLE TRIGGER USER"];
    home.tamper(unlock[usize::from(home.is_postgresql())]);
    home.tamper(
        "UPDATE recommendation_step SET done_at = '2026-05-10T00:00:00+00:00' WHERE action IN ('propose', 'approve', 'apply')",
    );
    verify("grace", &[]).exits(0).shows(&["19.75 USD a month saved", "(bills: the effective cost of claims, lending in all"]);
    let told = standing(&home, &id);
    let realised = &list(&told, "steps").last().expect("a step")["details"]["realised"];
    assert_eq!((text(realised, "before"), text(realised, "after")), ("2026-04", "2026-06"));
    assert_eq!(figure(&realised["cost_before"], "amount").to_string(), "90");
    assert_eq!(figure(&realised["cost_after"], "amount").to_string(), "70.25");
    assert!(realised["promised"]["amount"].is_string(), "{realised:#}");
    // With every day of the months before it is known how much such a month differs by itself.
    for month in ["2026-02", "2026-03", "2026-04"] {
        home.write("days.csv", every_day(month).csv());
        home.import_billing("days.csv", "acme");
    }
    verify("grace", &[]).exits(0).shows(&["a month saved, between", "(95 %)"]);
    let told = standing(&home, &id);
    let realised = &list(&told, "steps").last().expect("a step")["details"]["realised"];
    let [low, saved, high] = ["low", "saved", "high"].map(|end| figure(&realised[end], "amount"));
    assert!(low < saved && saved < high, "{realised:#}");
    assert_eq!(low + high, saved + saved, "the saving lies in its middle");
}

/// A charge of claims each day: more from Monday to Friday, and no two weeks the same.
fn every_day(month: &'static str) -> Bill {
    let first: NaiveDate = format!("{month}-01").parse().expect("a month");
    let days = first.iter_days().take_while(|day| day.month() == first.month());
    days.enumerate().fold(Bill::of(month), |bill, (at, day)| {
        let cost = 100 + 7 * (at % 5) + if day.weekday().number_from_monday() > 5 { 0 } else { 60 };
        let as_written = format!("{month}-{:02}T00:00:00Z,{month}-{:02}T00:00:00Z", at % 9 + 2, at % 9 + 1);
        let meant = format!("{}T00:00:00Z,{day}T00:00:00Z", day.succ_opt().expect("a day after"));
        bill.charge("claims", "Virtual Machines", &format!("{cost}.5")).with(&as_written, &meant)
    })
}

fn the_database_refuses_what_the_program_does(new: NewHome) {
    let home = organisation(new());
    let id = propose(&home, "ada");
    let insert = |sequence: u32, by: &str, action: &str, reason: &str| {
        home.tampering(&format!(
            "INSERT INTO recommendation_step (plan, sequence, done_by, action, reason, plan_hash, input_hash, done_at, details) \
             VALUES ('{id}', {sequence}, '{by}', '{action}', '{reason}', '', '', '2026-11-23T00:00:00+00:00', '{{}}')"
        ))
    };
    assert!(insert(2, "ada", "approve", "").is_err_and(|said| said.contains("nobody decides on what they proposed")));
    assert!(insert(2, "grace", "reject", "").is_err());
    assert!(insert(1, "grace", "approve", "").is_err());
    insert(2, "grace", "approve", "").expect("somebody else may");
    assert!(insert(3, "Grace", "approve", "").is_err_and(|said| said.contains("a second person")));
    for statement in ["UPDATE recommendation_step SET done_by = 'ivan'", "DELETE FROM recommendation_step"] {
        assert!(home.tampering(statement).is_err(), "{statement}");
    }
    // The plan itself is held by its hash.
    home.tamper("UPDATE plan SET content = REPLACE(content, '\"claims\"', '\"lending\"')");
    step(&home, "approve", &id, "heidi").exits(1);
    home.run(&["recommendations", "apply", &id, "--by", "ada", "-o", "out"]).exits(1).says(&["not the one that was proposed"]);
}
