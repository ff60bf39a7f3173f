use chrono::TimeDelta;

use super::{Flow, policy::subject, unit, units};
use crate::{Action as A, Asked, Details, Policy, Refusal, State};

const TEXT: &str = "version = 1\n[[escalation]]\nname = \"a day\"\nafter_hours = 24\nto_role = \"controller\"\n\
                    [[escalation]]\nname = \"two days\"\nafter_hours = 48\nto = \"carol\"\nunits = [\"lending\"]\n\
                    [[escalation]]\nname = \"who proposed\"\nafter_hours = 1\nto = \"Ada\"\n";

/// The rule that is due, if one is, once it was followed.
fn escalated(flow: &mut Flow) -> Option<String> {
    let policy = Policy::parse(TEXT).unwrap();
    let rule = policy.escalation(&subject("1"), &flow.case(), flow.now)?.clone();
    let details = Details { assignee: rule.to, role: rule.to_role, rule: Some(rule.name.clone()), ..Details::default() };
    flow.push("job follow-recommendations", A::Escalate, details);
    Some(rule.name)
}

#[test]
fn what_nobody_answers_goes_to_others_once_each() {
    let mut flow = Flow::new(2);
    flow.now += TimeDelta::hours(23);
    flow.does("heidi", A::Comment).unwrap();
    assert_eq!(escalated(&mut flow), None, "nor does it go to who proposed it");
    flow.now += TimeDelta::hours(1);
    assert_eq!(escalated(&mut flow).as_deref(), Some("a day"), "a comment is no answer");
    assert_eq!(escalated(&mut flow), None);
    assert_eq!((flow.case().waiting.escalated[0].whom(), flow.case().waiting.assignment), ("the role controller".into(), None));
    flow.now += TimeDelta::hours(24);
    assert_eq!(escalated(&mut flow).as_deref(), Some("two days"));
    assert_eq!(flow.case().waiting.assignment.unwrap().to, "carol");
    // An answer begins it anew, for whoever it waits for now.
    flow.does("grace", A::Approve).unwrap();
    assert_eq!((escalated(&mut flow), flow.case().waiting.escalated.len()), (None, 0));
    flow.now += TimeDelta::hours(24);
    assert_eq!(escalated(&mut flow).as_deref(), Some("a day"));
    flow.does("heidi", A::Approve).unwrap();
    flow.now += TimeDelta::hours(24);
    assert_eq!(escalated(&mut flow), None, "what is approved waits for nobody's decision");
}

#[test]
fn it_is_given_to_somebody_and_taken_back() {
    let mut flow = Flow::new(1);
    let until = flow.now + TimeDelta::days(1);
    flow.push("ada", A::Assign, Details { assignee: Some("grace".into()), until: Some(until), ..Details::default() });
    let assigned = flow.case().waiting.assignment.unwrap();
    assert_eq!((assigned.to.as_str(), assigned.by.as_str(), assigned.until), ("grace", "ada", Some(until)));
    flow.does("ivan", A::Approve).unwrap();
    assert!(flow.case().waiting.assignment.is_some(), "who is to deal with it sees to it being applied too");
    flow.push("ada", A::Assign, Details::default());
    assert_eq!(flow.case().waiting.assignment, None);
    flow.does("ivan", A::Reject).unwrap();
    assert!(matches!(flow.does("ada", A::Assign), Err(Refusal::NotNow { state: State::Rejected, .. })));
}

#[test]
fn that_its_time_is_over_is_recorded_once() {
    let mut flow = Flow::new(1);
    assert!(flow.does("job", A::Expire).is_err());
    flow.does("grace", A::Approve).unwrap();
    flow.now += TimeDelta::days(7);
    assert_eq!((flow.case().state, flow.case().lapsed), (State::Expired, Some(State::Approved)));
    assert_eq!(flow.does("job", A::Expire).unwrap().lapsed, None);
    assert!(flow.does("job", A::Expire).is_err() && flow.case().state == State::Expired);
}

#[test]
fn units_are_approved_by_those_who_are_limited_to_them() {
    let mut flow = Flow::new(1);
    let of = |flow: &mut Flow, by: &str, names: &[&str]| {
        let details = Details { units: units(names), approvers: Some(1), ..Details::default() };
        flow.push(by, A::Approve, details);
        flow.case()
    };
    let case = of(&mut flow, "grace", &["payments"]);
    assert_eq!((case.state, case.approved_by(), case.approvals_of(&unit("payments"))), (State::Proposed, 0, 1));
    assert_eq!(of(&mut flow, "heidi", &["risk"]).state, State::Approved);
    let asked = |action| Asked { by: "grace", action, reason: "since it is so" };
    let theirs = |action, names: &[&str]| flow.case().for_theirs(asked(action), &units(names));
    assert_eq!(theirs(A::Approve, &["payments", "motor"]), Ok(units(&["payments"])));
    assert!(matches!(theirs(A::Approve, &["motor"]), Err(Refusal::NotTheirs { .. })));
    assert!(matches!(theirs(A::Reject, &["payments"]), Err(Refusal::NotTheirs { others, .. }) if others == units(&["risk"])));
    assert_eq!(theirs(A::Reject, &["payments", "risk"]), Ok(units(&["payments", "risk"])));
    // A plan without units is about the whole organisation.
    flow.proposal.units.clear();
    let refused = flow.case().for_theirs(asked(A::Approve), &units(&["payments"])).unwrap_err().to_string();
    assert!(refused.contains("the whole organisation"), "{refused}");
    assert_eq!(flow.case().approved_by(), 0);
}

#[test]
fn what_is_wrong_with_an_escalation_is_said() {
    let text = "version = 1\n[[escalation]]\nname = \"a\"\nafter_hours = 0\nto = \"ada\"\n\
                [[escalation]]\nname = \"a\"\nafter_hours = 1\nto = \"ada\"\nto_role = \"controller\"\n";
    let said: Vec<String> = Policy::parse(text).unwrap_err().iter().map(ToString::to_string).collect();
    let wanted = ["after_hours lies from 1", "another one has this name", "one of them"];
    assert_eq!(said.len(), wanted.len(), "{said:#?}");
    assert!(said.iter().zip(wanted).all(|(said, wanted)| said.contains(wanted)), "{said:#?}");
}
