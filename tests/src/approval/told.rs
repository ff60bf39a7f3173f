//! Who is told that something waits.

use farthing_testkit::{Received, Receiver};

use super::{approvals, organisation, propose, step};
use crate::alerts::{find, publish, work_to_the_end};
use crate::support::{NewHome, on_both_databases};

on_both_databases!(plans_that_wait_for_approval_or_get_old_are_told_of);

fn plans_that_wait_for_approval_or_get_old_are_told_of(new: NewHome) {
    let home = organisation(new());
    approvals(&home, "[[threshold]]\nname = \"all\"\napprovers = 1\nvalid_days = 3\n");
    let receiver = Receiver::start(|_| (200, Vec::new(), String::new()));
    let told = || -> Vec<String> {
        let texts = receiver.received().iter().map(Received::json).map(|body| body["text"].to_string()).collect::<Vec<_>>();
        texts.into_iter().map(|text| text.trim_matches('"').to_owned()).collect()
    };
    publish(
        &home,
        &format!(
            "plan_days = 365\n[channel.chat]\nkind = \"slack\"\nurl = \"{}\"\nallow_loopback = true\nevents = [\"approval\", \"plan-expiry\"]\n",
            receiver.address()
        ),
    );
    let id = propose(&home, "ada");
    find(&home);
    work_to_the_end(&home);
    let first = told();
    assert_eq!(first.len(), 2, "{first:?}");
    assert_eq!(first[0], "The fleet plan waits for approval");
    assert!(first[1].starts_with("The fleet plan should not be followed any more from "), "{first:?}");
    // Who is challenged has to answer: that is another event. What is decided waits for nobody.
    step(&home, "challenge", &id, "grace").exits(0);
    find(&home);
    work_to_the_end(&home);
    assert_eq!(told()[2..], ["The fleet plan is challenged and waits for an answer"]);
    step(&home, "reject", &id, "grace").exits(0);
    find(&home);
    work_to_the_end(&home);
    assert_eq!(told().len(), 3);
}
