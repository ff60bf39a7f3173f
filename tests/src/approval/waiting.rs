//! Whom a recommendation waits for: assigned, gone to others when nobody answered, and over.

use farthing_testkit::{Received, Receiver};
use serde_json::{Value, json};

use super::{approvals, history, organisation, propose, standing, step};
use crate::alerts::{find, publish, work, work_to_the_end};
use crate::support::{Home, NewHome, Server, list, on_both_databases, text};

on_both_databases!(
    it_is_given_to_somebody_and_listed_as_theirs,
    what_nobody_answers_goes_to_others_by_a_job_and_is_told_of,
    what_is_over_is_recorded_once,
);

/// Makes it seem that all steps were taken so many hours ago.
fn turn_back(home: &Home, hours: u32) {
    let unlock =
        ["DROP TRIGGER IF EXISTS recommendation_step_keeps_values", "ALTER TABLE recommendation_step DISABLE TRIGGER USER"];
    home.tamper(unlock[usize::from(home.is_postgresql())]);
    let earlier = match home.is_postgresql() {
        true => format!("UPDATE recommendation_step SET done_at = done_at - INTERVAL '{hours} hours'"),
        false => {
            format!("UPDATE recommendation_step SET done_at = strftime('%Y-%m-%dT%H:%M:%f+00:00', done_at, '-{hours} hours')")
        }
    };
    assert!(home.tamper(&earlier) > 0);
}

fn ids(list: &Value) -> Vec<String> {
    list.as_array().expect("a list").iter().map(|one| text(one, "id").to_owned()).collect()
}

fn it_is_given_to_somebody_and_listed_as_theirs(new: NewHome) {
    let home = organisation(new());
    let id = propose(&home, "ada");
    let assign = |more: &[&str]| home.run(&[&["recommendations", "assign", &id, "--by", "ada"], more].concat());
    assign(&[]).exits(64).says(&["--to"]);
    assign(&["--to", "grace", "--until", "2020-01-01T00:00:00Z"]).exits(1).says(&["this moment has passed"]);
    assign(&["--to", "grace", "--until", "2099-01-01T00:00:00Z", "--reason", "she knows the fleet"])
        .exits(0)
        .shows(&["assigned to grace until 2099-01-01 00:00Z", "grace is to deal with it until 2099-01-01 00:00Z, as ada said"]);
    let mine = |name: &str| {
        ids(&home
            .run_with(&[("FARTHING_ACTOR", name)], &["--format", "json", "recommendations", "list", "--mine"])
            .exits(0)
            .json())
    };
    assert_eq!((mine("Grace"), mine("heidi")), (vec![id.clone()], vec![]));
    assert_eq!(ids(&home.json(&["recommendations", "list", "--assigned-to", "grace"])), [id.as_str()]);
    // It is said in between, which decides nothing and takes it from nobody.
    step(&home, "comment", &id, "heidi").exits(0);
    step(&home, "approve", &id, "heidi").exits(0);
    assert_eq!(mine("grace"), [id.as_str()]);
    assign(&["--nobody"]).exits(0).shows(&["assigned to nobody any more"]);
    assert!(mine("grace").is_empty());
    let said: Vec<String> = history(&standing(&home, &id)).into_iter().map(|(_, action)| action).collect();
    assert_eq!(said, ["propose", "assign", "comment", "approve", "assign"]);
    let record = home.json(&["audit", "list", "--action", "recommendation.assigned"]);
    assert_eq!(record.as_array().map(Vec::len), Some(2), "{record:#}");
    assert_eq!(record[1]["details"]["details"]["assignee"], "grace");
    // Over HTTP, and where people log in only to somebody who is known.
    home.run(&["tokens", "issue", "grace", "--role", "approver"]).exits(0);
    let issued = home.json(&["tokens", "issue", "eve", "--role", "engineer"]);
    let server = Server::of(&home);
    let bearer = format!("Bearer {}", text(&issued, "secret"));
    let headers = [("Content-Type", "application/json"), ("Authorization", bearer.as_str())];
    let path = format!("/v1/recommendations/{id}/assignment");
    let post = |body: Value| server.request("POST", &path, &headers, &body.to_string());
    assert!(post(json!({"to": "nobody-here"})).is(404).body.contains("farthing users list"));
    let given = post(json!({"to": "eve"})).is(200).json();
    assert_eq!((text(&given["assignment"], "to"), text(&given["assignment"], "by")), ("eve", "eve"));
    let get = |query: &str| server.request("GET", &format!("/v1/recommendations?{query}"), &headers, "");
    assert_eq!(ids(&get("mine=true").is(200).json()), [id.as_str()]);
    assert!(ids(&get("assigned_to=grace").is(200).json()).is_empty());
    get("mine=true&assigned_to=grace").is(400);
}

fn what_nobody_answers_goes_to_others_by_a_job_and_is_told_of(new: NewHome) {
    let home = organisation(new());
    home.write("wrong.toml", "version = 1\n[[escalation]]\nname = \"a\"\nafter_hours = 1\nto_role = \"viewer\"\n");
    home.run(&["approvals", "check", "wrong.toml"]).exits(1).says(&["who is viewer approves nothing"]);
    approvals(
        &home,
        "[[escalation]]\nname = \"a day\"\nafter_hours = 24\nto_role = \"controller\"\n\
         [[escalation]]\nname = \"three days\"\nafter_hours = 72\nto = \"carol\"\nunits = [\"lending\"]\n",
    );
    home.run(&["tokens", "issue", "olaf", "--role", "controller"]).exits(0);
    let receiver = Receiver::start(|_| (200, Vec::new(), String::new()));
    let told = || -> Vec<String> {
        receiver.received().iter().map(Received::json).map(|body| body["text"].as_str().unwrap_or_default().to_owned()).collect()
    };
    let channel = format!(
        "[channel.chat]\nkind = \"slack\"\nurl = \"{}\"\nallow_loopback = true\nevents = [\"approval\"]\n",
        receiver.address()
    );
    publish(&home, &channel);
    let id = propose(&home, "ada");
    work(&home);
    assert_eq!(history(&standing(&home, &id)).len(), 1, "it is not time yet");
    let next = &standing(&home, &id)["escalates"];
    assert_eq!(text(next, "to"), "the role controller", "{next:#}");

    turn_back(&home, 25);
    work(&home);
    work(&home);
    let told_standing = standing(&home, &id);
    let steps = history(&told_standing);
    assert_eq!(steps[1..], [("job follow-recommendations".to_owned(), "escalate".to_owned())], "once, whoever looks again");
    assert_eq!(text(&list(&told_standing, "steps")[1]["details"], "role"), "controller");
    let of = |name: &str| ids(&home.json(&["recommendations", "list", "--assigned-to", name]));
    assert_eq!((of("olaf"), of("grace")), (vec![id.clone()], vec![]), "it is with whoever has the role");

    turn_back(&home, 48);
    work(&home);
    assert_eq!(standing(&home, &id)["assignment"]["to"], "carol");
    assert_eq!(of("carol"), [id.as_str()]);
    find(&home);
    work_to_the_end(&home);
    let told = told();
    assert!(told.iter().any(|text| text == "Nobody answered the fleet plan: it goes to carol"), "{told:?}");
    // It gives nobody a right: who is asked still is another than who proposed.
    step(&home, "approve", &id, "ada").exits(1).says(&["nobody approves what they proposed"]);
    step(&home, "approve", &id, "carol").exits(0);
    let record = home.json(&["audit", "list", "--action", "recommendation.escalated"]);
    assert_eq!(record.as_array().map(Vec::len), Some(2));
    assert_eq!(text(&record[0], "actor"), "job follow-recommendations");
    home.run(&["audit", "verify"]).exits(0);
}

fn what_is_over_is_recorded_once(new: NewHome) {
    let home = organisation(new());
    let id = propose(&home, "ada");
    home.tamper("UPDATE plan SET expires_at = '2026-06-01T00:00:00+00:00'");
    work(&home);
    work(&home);
    let told = standing(&home, &id);
    assert_eq!(text(&told, "state"), "expired");
    let steps = history(&told);
    assert_eq!(steps[1..], [("job follow-recommendations".to_owned(), "expire".to_owned())]);
    home.run(&["recommendations", "show", &id]).exits(0).shows(&["found expired"]);
    // It stays so whatever becomes of the plan's own end.
    home.tamper("UPDATE plan SET expires_at = '2099-06-01T00:00:00+00:00'");
    step(&home, "approve", &id, "grace").exits(1).says(&["plan again"]);
    home.run(&["recommendations", "assign", &id, "--to", "grace", "--by", "ada"]).exits(1).says(&["plan again"]);
    assert_ne!(propose(&home, "ada"), id);
    home.run(&["audit", "verify"]).exits(0);
}
