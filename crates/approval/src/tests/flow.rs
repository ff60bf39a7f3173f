use chrono::TimeDelta;

use super::{Flow, at, unit};
use crate::{Action as A, Details, DocumentInput, FactInput, Inputs, Refusal, State, months};

#[test]
fn it_is_approved_applied_in_phases_and_verified() {
    let mut flow = Flow::new(1);
    assert_eq!(flow.does("grace", A::Approve).unwrap().state, State::Approved);
    let case = flow.does_for("ada", A::Apply, &["risk"]).unwrap();
    assert_eq!((case.state, case.applied.len()), (State::PartlyApplied, 1));
    // Asked again it is done, and nothing is done twice.
    let steps = flow.steps.len();
    flow.does_for("ada", A::Apply, &["risk"]).unwrap();
    assert_eq!(flow.steps.len(), steps);
    assert!(matches!(flow.does_for("ada", A::Apply, &["lending"]), Err(Refusal::OtherUnit { .. })));
    assert!(matches!(flow.does("grace", A::Verify), Err(Refusal::NotNow { state: State::PartlyApplied, .. })));
    assert_eq!(flow.does("ada", A::Apply).unwrap().state, State::Applied);
    assert_eq!(flow.steps.last().unwrap().details.units, [unit("payments")].into());
    assert!(matches!(flow.does("Ada", A::Verify), Err(Refusal::Own { .. })));
    assert_eq!(flow.does("grace", A::Verify).unwrap().state, State::Verified);
    assert_eq!(flow.does("ada", A::Rollback).unwrap().state, State::RolledBack);
    assert!(flow.does("ada", A::Apply).is_err());
}

#[test]
fn nobody_approves_their_own_nor_twice() {
    let mut flow = Flow::new(2);
    assert_eq!(flow.does("ada", A::Approve), Err(Refusal::Own { by: "ada".into(), action: A::Approve }));
    assert!(matches!(flow.does(" ADA ", A::Approve), Err(Refusal::Own { .. })));
    assert_eq!(flow.does("", A::Approve), Err(Refusal::Nobody));
    assert_eq!(flow.does("grace", A::Approve).unwrap().state, State::Proposed);
    assert_eq!(flow.does("Grace", A::Approve), Err(Refusal::Twice("Grace".into())));
    // Who makes the same plan stands behind it: their approval is none any more, and they give no other.
    flow.does("grace", A::Propose).unwrap();
    assert!(matches!(flow.does("grace", A::Approve), Err(Refusal::Own { .. })));
    flow.does("heidi", A::Approve).unwrap();
    assert_eq!(flow.does("ivan", A::Approve).unwrap().state, State::Approved);
    assert!(matches!(flow.does("judy", A::Approve), Err(Refusal::NotNow { state: State::Approved, .. })));
}

#[test]
fn a_challenge_is_answered_or_overridden() {
    let mut flow = Flow::new(2);
    flow.does("grace", A::Approve).unwrap();
    let case = flow.does("heidi", A::Challenge).unwrap();
    assert_eq!((case.state, case.approvals.len()), (State::Challenged, 0), "what was approved before counts no more");
    assert!(matches!(flow.does("grace", A::Approve), Err(Refusal::Challenged { .. })));
    assert!(matches!(flow.does("heidi", A::Override), Err(Refusal::OwnChallenge(_))));
    assert!(matches!(flow.does("ada", A::Override), Err(Refusal::Own { .. })));
    assert_eq!(flow.does("grace", A::Override).unwrap().state, State::Challenged);
    assert_eq!(flow.does("ivan", A::Override).unwrap().state, State::Overridden);
    let mut flow = Flow::new(1);
    flow.does("heidi", A::Challenge).unwrap();
    flow.does("grace", A::Reject).unwrap();
    assert!(matches!(flow.does("grace", A::Approve), Err(Refusal::NotNow { state: State::Rejected, .. })));
    let mut flow = Flow::new(1);
    assert!(matches!(flow.does("grace", A::Answer), Err(Refusal::NotNow { .. })));
    flow.does("heidi", A::Challenge).unwrap();
    assert_eq!(flow.does("ada", A::Answer).unwrap().state, State::Proposed);
    assert_eq!(flow.does("heidi", A::Approve).unwrap().state, State::Approved);
    assert_eq!(flow.does("grace", A::Reject).unwrap().state, State::Rejected);
    assert!(matches!(flow.does("grace", A::Approve), Err(Refusal::NotNow { state: State::Rejected, .. })));
    assert_eq!(flow.does("grace", A::Comment).unwrap().state, State::Rejected);
}

#[test]
fn what_is_late_is_refused() {
    let mut flow = Flow::new(1);
    flow.now += TimeDelta::days(14);
    assert_eq!(flow.case().state, State::Expired);
    assert!(matches!(flow.does("grace", A::Approve), Err(Refusal::Expired(_))));
    let mut flow = Flow::new(1);
    flow.does("grace", A::Approve).unwrap();
    flow.does_for("ada", A::Apply, &["risk"]).unwrap();
    flow.now += TimeDelta::days(7);
    // What is applied stays so, and the rest is not applied any more.
    assert_eq!(flow.case().state, State::PartlyApplied);
    assert!(matches!(flow.does("ada", A::Apply), Err(Refusal::Expired(_))));
    flow.does("ada", A::Rollback).unwrap();
}

#[test]
fn what_is_stale_is_refused_until_it_is_half_done() {
    let mut flow = Flow::new(1);
    flow.changes.facts.push("usage of gateway for 2026-06 came since".into());
    assert!(matches!(flow.does("grace", A::Approve), Err(Refusal::Stale(why)) if why.len() == 1));
    flow.changes.facts.clear();
    flow.does("grace", A::Approve).unwrap();
    flow.changes.facts.push("usage of gateway for 2026-06 came since".into());
    assert!(flow.does("ada", A::Apply).unwrap_err().is_stale());
    flow.changes.facts.clear();
    flow.does_for("ada", A::Apply, &["risk"]).unwrap();
    flow.changes.facts.push("usage of gateway for 2026-06 came since".into());
    flow.changes.documents.push("the fleet document: v1 then, v2 now".into());
    assert!(matches!(flow.does("ada", A::Apply), Err(Refusal::Stale(why)) if why.len() == 1));
    flow.changes.documents.clear();
    flow.does("ada", A::Apply).unwrap();
}

#[test]
fn steps_that_should_not_be_there_count_for_nothing() {
    let mut flow = Flow::new(2);
    flow.push("ada", A::Approve, Details { approvers: Some(1), ..Details::default() });
    flow.push("ada", A::Apply, Details::default());
    flow.push("grace", A::Approve, Details { approvers: Some(2), ..Details::default() });
    flow.push("grace", A::Approve, Details { approvers: Some(2), ..Details::default() });
    let case = flow.case();
    assert_eq!((case.state, case.approvals.len(), case.applied.len()), (State::Proposed, 1, 0));
}

#[test]
fn a_plan_of_nobody_or_that_is_not_recommended_is_not_approved() {
    let mut flow = Flow::new(1);
    flow.proposal.is_recommended = false;
    assert_eq!(flow.does("grace", A::Approve), Err(Refusal::NotRecommended));
    let mut flow = Flow::new(1);
    flow.steps.clear();
    assert_eq!(flow.does("grace", A::Approve), Err(Refusal::Unproposed));
}

#[test]
fn inputs_say_what_is_otherwise() {
    let fact = |period: &str, digest: &str| FactInput {
        dataset: "charges".into(),
        source: "acme".into(),
        period: period.into(),
        digest: digest.into(),
    };
    let document = |version| DocumentInput { kind: "fleet".into(), version, digest: version.to_string() };
    let inputs = |facts: Vec<FactInput>, version| Inputs { facts, documents: vec![document(version)] }.sorted();
    let then = inputs(vec![fact("2026-05", "b"), fact("2026-04", "a")], 1);
    assert_eq!(then.hash(), inputs(vec![fact("2026-04", "a"), fact("2026-05", "b")], 1).hash());
    let now = inputs(vec![fact("2026-05", "c"), fact("2026-06", "d")], 2);
    assert_ne!(then.hash(), now.hash());
    let changes = then.changes(&now);
    let facts = [
        "charges of acme for 2026-04 are gone",
        "charges of acme for 2026-05 were restated or added to",
        "charges of acme for 2026-06 came since",
    ];
    assert_eq!(
        (changes.facts, changes.documents),
        (facts.map(str::to_owned).to_vec(), vec!["the fleet document: v1 then, v2 now".to_owned()])
    );
    assert_eq!(then.changes(&then), crate::Changes::default());
}

#[test]
fn the_month_before_and_the_month_after_are_compared() {
    let charged = ["2026-03", "2026-04", "2026-05", "2026-06", "2026-07"].map(|month| month.parse().unwrap());
    let applied = (at("2026-05-10T00:00:00Z"), at("2026-05-20T00:00:00Z"));
    let of = |now: &str| months(applied, charged, at(now)).map(|(before, after)| format!("{before} {after}"));
    assert_eq!(of("2026-06-30T00:00:00Z"), None, "June is not over");
    assert_eq!(of("2026-07-02T00:00:00Z").as_deref(), Some("2026-04 2026-06"));
    assert_eq!(of("2026-08-01T00:00:00Z").as_deref(), Some("2026-04 2026-07"));
}
