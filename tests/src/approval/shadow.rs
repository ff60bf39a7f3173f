//! Plans that run in shadow: nothing is applied, and what they would have done is held beside what was done.

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc};
use serde_json::{Value, json};

use super::{FLEET, history, organisation, propose, standing, step};
use crate::support::{Exact, Home, NewHome, Server, figure, list, on_both_databases, text};

on_both_databases!(
    in_shadow_nothing_is_applied_and_the_bill_says_how_far_both_agree,
    what_no_bill_says_is_given_by_somebody_else_than_who_proposed,
    a_routing_in_shadow_is_held_beside_the_decisions_that_were_taken,
);

/// The hours from a moment on, `None` charged by the day.
fn bill(from: DateTime<Utc>, charged: &[(i64, &str)]) -> String {
    let head = "BilledCost,EffectiveCost,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,\
                SkuId,PricingQuantity,PricingUnit,ServiceName\n";
    let month = from.date_naive().with_day(1).expect("every month has a first day");
    let next = month.checked_add_months(chrono::Months::new(1)).expect("there is a next month");
    let stamp = |moment: DateTime<Utc>| moment.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    charged.iter().fold(head.to_owned(), |text, (hour, quantity)| {
        let at = from + TimeDelta::hours(*hour);
        let cost = quantity.parse::<f64>().expect("a number") * 1.5;
        text + &format!(
            "{cost},{cost},USD,{month}T00:00:00Z,{next}T00:00:00Z,{},{},Usage,s,{quantity},Hours,Compute\n",
            stamp(at),
            stamp(at + TimeDelta::hours(1))
        )
    })
}

/// Makes it seem that all that was done was done at a moment.
fn turn_back(home: &Home, to: DateTime<Utc>) {
    let unlock =
        ["DROP TRIGGER IF EXISTS recommendation_step_keeps_values", "ALTER TABLE recommendation_step DISABLE TRIGGER USER"];
    home.tamper(unlock[usize::from(home.is_postgresql())]);
    assert!(home.tamper(&format!("UPDATE recommendation_step SET done_at = '{}'", to.format("%Y-%m-%dT%H:%M:%S+00:00"))) > 0);
}

/// When a plan was made: a moment ago.
fn made_at(home: &Home, id: &str) -> DateTime<Utc> {
    text(&home.json(&["recommendations", "show", id]), "created_at").parse().expect("a moment")
}

fn in_shadow_nothing_is_applied_and_the_bill_says_how_far_both_agree(new: NewHome) {
    let home = organisation(new());
    let id = propose(&home, "ada");
    let agreement = |home: &Home| home.json(&["recommendations", "agreement", &id]);
    home.run(&["recommendations", "agreement", &id]).exits(1).says(&["never ran in shadow"]);
    step(&home, "approve", &id, "grace").exits(0);
    home.run(&["recommendations", "shadow", &id, "--by", "ada"]).exits(0).shows(&["It is shadowed", "Nothing of it is applied"]);
    let apply = ["recommendations", "apply", &id, "--by", "ada", "-o", "out"];
    home.run(&apply).exits(1).says(&["it is shadowed, so it cannot be applied now", "runs in shadow"]);
    assert!(!home.path().join("out").exists());
    let found = agreement(&home)["found"].take();
    assert_eq!((text(&found, "basis"), list(&found, "untold").len()), ("nothing", 1), "{found:#}");

    // Three hours of two days ago are billed: as planned, more than planned, less than planned.
    let midnight = (made_at(&home, &id) - TimeDelta::days(2)).date_naive().and_hms_opt(0, 0, 0).expect("midnight").and_utc();
    // All three in one month and one day, whenever the test runs.
    let from = midnight.with_hour(10).expect("ten o'clock");
    turn_back(&home, from - TimeDelta::minutes(30));
    let plan = home.json(&["recommendations", "show", &id])["plan"].take();
    let planned = |hour: i64| -> i64 {
        let index = usize::try_from(((from + TimeDelta::hours(hour)).timestamp().div_euclid(3600) - 96).rem_euclid(168))
            .expect("an hour");
        let workloads = list(&plan, "workloads").iter().flat_map(|one| list(one, "types"));
        workloads.filter_map(|kind| kind["replicas"][index].as_i64()).sum()
    };
    let (more, less) = ((planned(1) + 2).to_string(), (planned(2) - 1).to_string());
    let csv = bill(from, &[(0, &planned(0).to_string()), (1, &more), (2, &less)]);
    let home = home.file("bill.csv", csv).ingest_billing("bill.csv", "acme");
    let found = agreement(&home)["found"].take();
    let expected = (planned(0) + planned(1) + planned(2) - 1, planned(0) + planned(1) + 2 + planned(2));
    assert_eq!((text(&found, "basis"), text(&found, "counted")), ("bills", "replica-hours"));
    assert_eq!(
        (figure(&found, "agreed").to_string(), figure(&found, "of").to_string()),
        (expected.0.to_string(), expected.1.to_string())
    );
    let line = &list(&found, "lines")[0];
    assert_eq!((text(line, "name"), &line["compared"], &line["same"]), ("s", &json!(3), &json!(1)));
    // Done less planned is the difference.
    let amount = |name: &str| figure(&found[name], "amount");
    // On demand at 1.5 an hour, whichever hours these are.
    let replicas: i64 = (0..3).map(planned).sum();
    assert_eq!(amount("cost_planned"), Exact::parse(&format!("{}.{}", replicas * 3 / 2, replicas * 3 % 2 * 5)));
    assert_eq!(amount("cost_planned") + amount("difference"), amount("cost_done"));
    let missing =
        list(&found, "untold").iter().any(|said| said.as_str().is_some_and(|said| said.contains("have no hourly charge")));
    assert!(missing, "{found:#}");
    home.run(&["recommendations", "agreement", &id]).exits(0).shows(&["% as planned", "Not told:", "was paid"]);
    let server = Server::of(&home);
    let answered = server.get(&format!("/v1/recommendations/{id}/agreement")).is(200).json();
    assert_eq!((&answered["found"]["share"], &answered["found"]["lines"]), (&found["share"], &found["lines"]));

    // Taken out of it, what was found is on record, and it waits for approval again.
    home.run(&["recommendations", "resume", &id, "--by", "ada"]).exits(0).shows(&["taken out of shadow"]);
    let told = standing(&home, &id);
    let said: Vec<String> = history(&told).into_iter().map(|(_, action)| action).collect();
    assert_eq!(said, ["propose", "approve", "shadow", "resume"]);
    assert_eq!(list(&told, "steps")[3]["details"]["agreement"]["share"], found["share"]);
    let recorded = agreement(&home)["recorded"].take();
    assert_eq!((recorded.as_array().map(Vec::len), text(&recorded[0], "by")), (Some(1), "ada"));
    home.run(&apply).exits(1).says(&["cannot be applied now"]);
    home.run(&["audit", "verify"]).exits(0);
}

fn what_no_bill_says_is_given_by_somebody_else_than_who_proposed(new: NewHome) {
    let home = organisation(new());
    let id = propose(&home, "ada");
    home.run(&["recommendations", "shadow", &id, "--by", "ada"]).exits(0);
    turn_back(&home, made_at(&home, &id) - TimeDelta::hours(84));
    let observe = |by: &str, more: &[&str]| home.run(&[&["recommendations", "observe", &id, "--by", by], more].concat());
    observe("ada", &["--of", "84", "--agreed", "80"]).exits(1).says(&["nobody observes in shadow what they proposed"]);
    observe("grace", &["--of", "84", "--agreed", "85"]).exits(1).says(&["which are no more"]);
    observe("grace", &["--of", "84"]).exits(64);
    observe("grace", &["--of", "84", "--agreed", "63", "--cost", "100", "--reason", "from the cluster's own counts"])
        .exits(0)
        .shows(&["75.00 % as planned", "between paid and planned (given)"]);
    observe("grace", &[]).exits(0).shows(&["observed in shadow"]);
    let recorded = home.json(&["recommendations", "agreement", &id])["recorded"].take();
    let bases: Vec<&str> = recorded.as_array().expect("a list").iter().map(|one| text(&one["agreement"], "basis")).collect();
    assert_eq!(bases, ["given", "nothing"]);
    // The database refuses it too: a figure of one's own.
    let columns = "plan, sequence, done_by, action, reason, plan_hash, input_hash, done_at, details";
    let own = format!(
        "INSERT INTO recommendation_step ({columns}) SELECT plan, 90, done_by, 'observe', reason, plan_hash, input_hash, done_at, '{{}}' \
         FROM recommendation_step WHERE sequence = 1"
    );
    if home.is_postgresql() {
        home.tamper("ALTER TABLE recommendation_step ENABLE TRIGGER USER");
    }
    let refused = home.tampering(&own).expect_err("the database refuses it");
    assert!(refused.contains("nobody decides on what they proposed"), "{refused}");
    // What is in shadow is not late, and the same plan is not proposed beside it.
    assert_eq!(propose(&home, "ada"), id);
    let home = home.fleet(&FLEET.replace("price = \"1.5\"", "price = \"1.25\""));
    assert_ne!(propose(&home, "ada"), id);
    let unknown: Value = home.json(&["audit", "list", "--action", "recommendation.observed"]);
    assert_eq!(unknown.as_array().map(Vec::len), Some(2));
}

fn a_routing_in_shadow_is_held_beside_the_decisions_that_were_taken(new: NewHome) {
    let home = new();
    home.run(&["demo", "--rows", "2000", "--no-progress"]).exits(0);
    let plan = home.run_with(&[("FARTHING_ACTOR", "ada")], &["--format", "json", "plan", "routing"]).exits(0).json();
    let id = text(&plan, "id").to_owned();
    home.run(&["recommendations", "shadow", &id, "--by", "ada"]).exits(0).shows(&["It is shadowed", "Nothing of it is applied"]);
    let agreement = || home.json(&["recommendations", "agreement", &id])["found"].take();
    // No month lies in the moment since as a whole, and a decision's cost is known by the month.
    assert_eq!(text(&agreement(), "basis"), "nothing");

    // It ran in shadow since the middle of March: April and May count, both as a whole.
    turn_back(&home, "2026-03-15T00:00:00Z".parse().expect("a moment"));
    let found = agreement();
    assert_eq!((text(&found, "basis"), text(&found, "counted")), ("decisions", "decisions"), "{found:#}");
    assert_eq!((text(&found, "from"), text(&found, "until")), ("2026-04-01T00:00:00Z", "2026-06-01T00:00:00Z"));
    // What was done is what the decisions say, arm by arm; what was planned is the same number of them, shared otherwise.
    let taken =
        home.json(&["sql", "SELECT Workflow, Actor, Model, COUNT(*) AS n FROM decisions GROUP BY Workflow, Actor, Model"]);
    let taken = taken.as_array().expect("rows");
    let lines = list(&found, "lines");
    assert_eq!((lines.len(), taken.len()), (11, 11), "{found:#}");
    for arm in taken {
        let (workflow, actor, model) = (text(arm, "Workflow"), text(arm, "Actor"), arm["Model"].as_str().unwrap_or_default());
        let is_it = |line: &&Value| {
            let name = text(line, "name").strip_prefix(workflow).and_then(|rest| rest.strip_prefix(": ")).unwrap_or_default();
            match actor {
                "ai" => name == model,
                "person" => {
                    !name.is_empty()
                        && !taken.iter().any(|other| other["Model"].as_str().is_some_and(|model| name.starts_with(model)))
                }
                _ => name.starts_with(&format!("{model}, then ")),
            }
        };
        let line = lines.iter().find(is_it).unwrap_or_else(|| panic!("{arm} is not in {found:#}"));
        assert_eq!(Some(text(line, "done").to_owned()), arm["n"].as_u64().map(|n| n.to_string()), "{line:#}");
        let (done, planned, agreed) = (figure(line, "done"), figure(line, "planned"), figure(line, "agreed"));
        assert_eq!(agreed, if planned < done { planned } else { done }, "{line:#}");
    }
    let sum = |name: &str| lines.iter().map(|line| figure(line, name)).sum::<Exact>();
    assert_eq!((sum("done"), sum("agreed")), (figure(&found, "of"), figure(&found, "agreed")));
    assert!((sum("planned").approximately() - sum("done").approximately()).abs() < 1e-6, "{found:#}");
    let amount = |name: &str| figure(&found[name], "amount");
    assert_eq!(amount("cost_planned") + amount("difference"), amount("cost_done"));
    assert!(amount("difference") > Exact::parse("0"), "it was proposed since it saves");
    home.run(&["recommendations", "agreement", &id]).exits(0).shows(&["% as planned", "Which of the two a single decision"]);
    home.run(&["recommendations", "resume", &id, "--by", "ada"]).exits(0).shows(&["taken out of shadow"]);
    let recorded = home.json(&["recommendations", "agreement", &id])["recorded"].take();
    assert_eq!(recorded.as_array().map(Vec::len), Some(1), "{recorded:#}");
}
