use chrono::TimeDelta;
use farthing_types::Amount;
use proptest::prelude::*;

use super::Flow;
use crate::{Action as A, Beside, Refusal, State, agreement_of, share};

#[test]
fn in_shadow_nothing_is_applied_and_it_is_approved_anew_afterwards() {
    let mut flow = Flow::new(1);
    flow.does("grace", A::Approve).unwrap();
    let case = flow.does("ada", A::Shadow).unwrap();
    assert_eq!((case.state, case.approvals.len(), case.good_until), (State::Shadowed, 0, None));
    for action in [A::Apply, A::Approve, A::Shadow, A::Challenge] {
        assert!(matches!(flow.does("heidi", action), Err(Refusal::NotNow { state: State::Shadowed, .. })), "{action}");
    }
    assert!(matches!(flow.does("ada", A::Observe), Err(Refusal::Own { .. })), "nobody says of their own how it went");
    flow.does("grace", A::Observe).unwrap();
    flow.now += TimeDelta::days(2);
    let case = flow.does("ada", A::Resume).unwrap();
    let shadow = case.shadow.clone().unwrap();
    assert_eq!((case.state, shadow.ended), (State::Proposed, Some(flow.now)));
    assert_eq!(shadow.end(flow.now + TimeDelta::days(1)), flow.now);
    flow.does("heidi", A::Observe).unwrap();
    assert_eq!(flow.does("grace", A::Approve).unwrap().state, State::Approved);
    // What is in shadow is not late: it is when it comes back.
    let mut flow = Flow::new(1);
    flow.does("ada", A::Shadow).unwrap();
    flow.now += TimeDelta::days(20);
    assert_eq!(flow.case().state, State::Shadowed);
    assert_eq!(flow.does("ada", A::Resume).unwrap().state, State::Expired);
}

fn beside(planned: i64, done: i64) -> Beside {
    Beside { planned: Amount::from_int(planned), done: Amount::from_int(done) }
}

#[test]
fn of_two_counts_the_smaller_is_agreed_on() {
    let counts = [("a", beside(4, 4)), ("a", beside(2, 6)), ("b", beside(0, 2))].map(|(name, both)| (name.to_owned(), both));
    let (lines, sums) = agreement_of(counts);
    let told: Vec<_> = lines.iter().map(|line| (line.name.as_str(), line.compared, line.same, line.done.to_string())).collect();
    assert_eq!(told, [("a", 2, 1, "10".to_owned()), ("b", 1, 0, "2".to_owned())]);
    assert_eq!(sums, Some((Amount::from_int(6), Amount::from_int(12))));
    assert_eq!(share(Amount::from_int(6), Amount::from_int(12)), "0.5".parse().ok());
    assert_eq!((agreement_of([]).1, share(Amount::ZERO, Amount::ZERO)), (None, None), "of nothing there is no share");
}

proptest! {
    /// It is the same whichever of the two is the plan, and whole only where both are the same throughout.
    #[test]
    fn agreement_is_mutual(counts in proptest::collection::vec((0_usize..3, 0_i64..50, 0_i64..50), 0..40)) {
        let name = |at: usize| ["a", "b", "c"][at].to_owned();
        let (_, one) = agreement_of(counts.iter().map(|(at, planned, done)| (name(*at), beside(*planned, *done))));
        let (_, other) = agreement_of(counts.iter().map(|(at, planned, done)| (name(*at), beside(*done, *planned))));
        prop_assert_eq!(one, other);
        if let Some((agreed, of)) = one {
            prop_assert!(agreed <= of);
            prop_assert_eq!(agreed == of, counts.iter().all(|(_, planned, done)| planned == done));
        }
    }
}
