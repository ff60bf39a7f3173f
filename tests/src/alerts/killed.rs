//! Whoever dies between sending and noting it tells again, with the same id.

use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use farthing_testkit::Receiver;
use serde_json::json;

use super::{KEY, TOKEN, alerts, assert_signed, find, home, ids, publish, webhook, work_to_the_end};
use crate::support::{NewHome, on_both_databases, signal_to, text};

on_both_databases!(f01_a_worker_that_is_killed_before_it_notes_what_it_sent_sends_it_again_with_the_same_id);

fn f01_a_worker_that_is_killed_before_it_notes_what_it_sent_sends_it_again_with_the_same_id(new: NewHome) {
    let home = home(new);
    let process = Arc::new(AtomicU32::new(0));
    let started = Arc::new((Mutex::new(false), Condvar::new()));
    let (victim, known) = (Arc::clone(&process), Arc::clone(&started));
    // Who is told the first time has got the message, and the one who told it dies of it.
    let receiver = Receiver::start(move |number| {
        if number == 1 {
            let is_started = known.1.wait_while(known.0.lock().expect("nobody panics"), |started| !*started);
            drop(is_started.expect("nobody panics"));
            signal_to(victim.load(Ordering::SeqCst), "KILL");
        }
        (200, Vec::new(), String::new())
    });
    publish(&home, &webhook("ops", &receiver.address(), "events = [\"budget\"]\nunits = [\"claims\"]"));
    // A look alone: what is found is sent by the worker that is to die.
    home.run(&["jobs", "run", "--kind", "find-alerts"]).exits(0);
    home.run(&["worker", "--until-idle"]).exits(0);
    home.run(&["scheduler", "--once"]).exits(0);
    let mut command = home.program();
    command.args(["--home", home.name(), "worker", "--lease", "1"]).envs([("HOOK_KEY", KEY), ("HOOK_TOKEN", TOKEN)]);
    let worker = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let mut worker = worker.expect("the program starts");
    process.store(worker.id(), Ordering::SeqCst);
    *started.0.lock().expect("nobody panics") = true;
    started.1.notify_all();
    assert_eq!(worker.wait().expect("a child can be waited for").code(), None, "a signal ended it");
    assert_eq!((receiver.received().len(), text(&alerts(&home)[0], "state")), (1, "waiting"));

    home.tamper("UPDATE job_run SET lease_until = '2026-01-01T00:00:00+00:00' WHERE state = 'running'");
    work_to_the_end(&home);
    let received = receiver.received();
    assert_eq!(received.len(), 2);
    received.iter().for_each(assert_signed);
    assert_eq!(ids(&received)[0], ids(&received)[1]);
    assert_eq!(received[0].body, received[1].body);
    let alert = &alerts(&home)[0];
    assert_eq!((text(alert, "state"), &alert["attempts"]), ("sent", &json!(2)));
    find(&home);
    assert_eq!(receiver.received().len(), 2);
}
