//! Whatever people try, in whatever order.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::Flow;
use crate::{Action, Case, State, same_person};

const PEOPLE: [&str; 5] = ["ada", "Ada", "grace", "heidi", "ivan"];
const UNITS: [&[&str]; 4] = [&[], &["risk"], &["payments"], &["risk", "payments"]];

proptest! {
    #[test]
    fn nothing_is_applied_that_enough_others_did_not_approve(
        approvers in 1_u32..=3,
        tries in proptest::collection::vec((0_usize..5, 0_usize..Action::ALL.len(), 0_usize..4, 0_i64..30), 1..60),
    ) {
        let mut flow = Flow::new(approvers);
        for (person, action, units, hours) in tries {
            flow.now += TimeDelta::hours(hours);
            let before = flow.case();
            let taken = flow.does_for(PEOPLE[person], Action::ALL[action], UNITS[units]);
            let case = flow.case();
            if taken.is_err() {
                prop_assert_eq!(&case, &before, "what is refused changes nothing");
            }
            // Who approves is nobody who proposed, and each of them is another.
            for (index, approval) in case.approvals.iter().enumerate() {
                prop_assert!(!case.is_proposer(&approval.by));
                prop_assert!(case.approvals[..index].iter().all(|other| !same_person(&other.by, &approval.by)));
            }
            if matches!(case.state, State::Approved | State::Overridden) {
                prop_assert!(case.approvals.len() >= approvers as usize && case.challenge.is_none() == (case.state == State::Approved));
            }
            if before.state.is_over() {
                prop_assert_eq!(case.state, before.state, "what is over stays over");
            }
        }
        applied_once_and_within_time(&flow)?;
    }
}

/// Each unit is applied once, after the approvals and before they ended.
fn applied_once_and_within_time(flow: &Flow) -> Result<(), TestCaseError> {
    let mut seen = std::collections::BTreeSet::new();
    for (index, step) in flow.steps.iter().enumerate().filter(|(_, step)| step.action == Action::Apply) {
        for unit in &step.details.units {
            prop_assert!(seen.insert(unit.clone()), "{} twice", unit);
        }
        let before = Case::of(flow.proposal.clone(), &flow.steps[..index], step.at);
        prop_assert!(matches!(before.state, State::Approved | State::Overridden | State::PartlyApplied), "{}", before.state);
        prop_assert!(before.approvals.len() >= flow.approvers as usize);
        prop_assert!(before.good_until.is_some_and(|end| step.at < end));
    }
    prop_assert!(flow.steps.iter().zip(1..).all(|(step, sequence)| step.sequence == sequence));
    Ok(())
}
