//! F29 and F30: several people decide at the same moment, and an answer is lost.

use std::io::Write;
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use super::{approvals, history, organisation, propose, standing, step};
use crate::support::{Home, NewHome, Run, Server, on_both_databases, text};

on_both_databases!(
    f29_two_approvers_at_once_leave_one_deciding_order,
    f29_of_two_at_once_where_one_is_enough_one_decides,
    f30_what_is_applied_and_whose_answer_is_lost_is_applied_once,
);

fn start(home: &Home, arguments: &[&str]) -> Child {
    let mut command = home.program();
    command.args(["--home", home.name()]).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts")
}

/// All of them at once, in processes of their own.
fn at_once(home: &Home, id: &str, people: &[&str]) -> Vec<Run> {
    let start = |name: &&str| start(home, &["recommendations", "approve", id, "--by", name]);
    let children: Vec<Child> = people.iter().map(start).collect();
    let end = |child: Child| Run::ended("approving at once", child.wait_with_output().expect("the program ends"));
    children.into_iter().map(end).collect()
}

fn f29_two_approvers_at_once_leave_one_deciding_order(new: NewHome) {
    let home = organisation(new());
    approvals(&home, "approvers = 2\n");
    let id = propose(&home, "ada");
    // Who proposed is among them, and one approves twice.
    let runs = at_once(&home, &id, &["grace", "heidi", "ada", "grace"]);
    assert_eq!(runs.iter().filter(|run| run.status == 0).count(), 2, "{}", runs.iter().map(Run::to_string).collect::<String>());
    let told = standing(&home, &id);
    assert_eq!(text(&told, "state"), "approved");
    let mut approved = history(&told);
    assert_eq!(approved.remove(0), ("ada".to_owned(), "propose".to_owned()));
    approved.sort();
    assert_eq!(approved, [("grace", "approve"), ("heidi", "approve")].map(|(who, what)| (who.to_owned(), what.to_owned())));
    home.run(&["audit", "verify"]).exits(0);
}

fn f29_of_two_at_once_where_one_is_enough_one_decides(new: NewHome) {
    let home = organisation(new());
    let id = propose(&home, "ada");
    let runs = at_once(&home, &id, &["grace", "heidi", "ivan"]);
    let (done, others): (Vec<&Run>, Vec<&Run>) = runs.iter().partition(|run| run.status == 0);
    assert_eq!(done.len(), 1);
    for other in others {
        assert!(other.status == 1 && other.stderr.contains("it is approved, so it cannot be approved now"), "{other}");
    }
    assert_eq!(history(&standing(&home, &id)).len(), 2);
}

fn f30_what_is_applied_and_whose_answer_is_lost_is_applied_once(new: NewHome) {
    let home = organisation(new());
    let id = propose(&home, "ada");
    step(&home, "approve", &id, "grace").exits(0);
    let server = Server::of(&home);
    let (path, body) = (format!("/v1/recommendations/{id}/application"), json!({"by": "ada", "form": "hpa"}));
    for _ in 0..3 {
        // Sent, and gone before the answer comes.
        let sent = body.to_string();
        let mut stream = server.begin("POST", &path, &[("Content-Type", "application/json")], sent.len());
        stream.write_all(sent.as_bytes()).expect("it is sent");
    }
    let first = server.post(&path, &body).is(200).json();
    let again = server.post(&path, &body).is(200).json();
    assert_eq!((&again["changed"], &again["files"]), (&json!(false), &first["files"]));
    let applied = history(&standing(&home, &id)).into_iter().filter(|(_, action)| action == "apply").count();
    assert_eq!(applied, 1, "I6");
    // The same files are there for whoever only looks, and nothing is applied by that.
    let names = |files: &Value| files.as_array().expect("files").iter().map(|file| file["name"].clone()).collect::<Vec<_>>();
    let looked = server.get(&format!("/v1/recommendations/{id}/files?form=hpa")).is(200).json();
    assert_eq!(names(&looked), names(&first["files"]));
    server.get(&format!("/v1/recommendations/{id}/files?form=cron")).is(400);
    assert_eq!(history(&standing(&home, &id)).into_iter().filter(|(_, action)| action == "apply").count(), 1);
    home.run(&["audit", "verify"]).exits(0);
}
