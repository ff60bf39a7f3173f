//! Workers that are killed, and such as sleep past their lease.

use std::hash::{BuildHasher, RandomState};
use std::process::Child;
use std::time::{Duration, Instant};

use super::crew::{Crew, ended, is_alive};
use crate::support::{NewHome, children, list, on_both_databases, signal, signal_to, text};

on_both_databases!(
    f01_two_workers_killed_a_hundred_times_lose_nothing_and_double_nothing,
    f27_a_worker_that_wakes_after_its_lease_commits_nothing,
    f28_a_clock_that_is_set_under_schedulers_and_workers_loses_nothing_and_doubles_nothing,
    a_worker_that_is_told_to_end_gives_its_run_back,
    a_run_that_is_cancelled_while_it_is_under_way_leaves_nothing,
);

/// With as many on the other database: two hundred in all.
const KILLS: u64 = 100;

/// Spreads the numbers that follow a seed.
fn splitmix(number: u64) -> u64 {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^ (mixed >> 27)
}

fn worker(crew: &Crew) -> Child {
    crew.start(&["worker", "--lease", "1"])
}

fn f01_two_workers_killed_a_hundred_times_lose_nothing_and_double_nothing(new: NewHome) {
    let crew = Crew::new(new(), 30, 40).scheduled();
    // Where a kill falls depends on the machine; the seed tells runs apart and says which moments were meant.
    let seed = RandomState::new().hash_one(0_u8);
    println!("seed {seed}");
    let mut workers = [worker(&crew), worker(&crew)];
    for number in 0..KILLS {
        let random = splitmix(seed.wrapping_add(number));
        // From the start of a process to well into an import. Which moment it is does not matter; that there are many does.
        let (start, wait) = (Instant::now(), Duration::from_micros(random % 500_000));
        while start.elapsed() < wait {
            std::hint::spin_loop();
        }
        let victim = &mut workers[(random >> 32) as usize % 2];
        victim.kill().and_then(|()| victim.wait()).expect("a child can be killed");
        *victim = worker(&crew);
    }
    for mut worker in workers {
        worker.kill().and_then(|()| worker.wait()).expect("a child can be killed");
    }
    crew.work_to_the_end();
    let attempts: u64 = crew.runs().iter().filter_map(|run| run["attempt"].as_u64()).sum();
    println!("{attempts} attempts at 30 runs");
    assert!(attempts > 30, "no kill met a run");
    crew.is_whole();
}

/// The database's clock is what all go by. That it is set is that all that was noted by it lies in the future, or in the past.
fn f28_a_clock_that_is_set_under_schedulers_and_workers_loses_nothing_and_doubles_nothing(new: NewHome) {
    const FUTURE: &str = "2099-01-01T00:00:00+00:00";
    const PAST: &str = "2026-01-01T00:00:00+00:00";
    let crew = Crew::new(new(), 8, 40).scheduled();
    let mut workers = [worker(&crew), worker(&crew)];
    let schedulers: Vec<Child> = (0..2).map(|_| crew.start(&["scheduler"])).collect();
    // Set back by decades: the next times, and what is leased, lie far ahead.
    crew.home.tamper(&format!("UPDATE job_schedule SET next_at = '{FUTURE}', seen_at = '{FUTURE}'"));
    crew.home.tamper(&format!("UPDATE job_run SET lease_until = '{FUTURE}' WHERE state = 'running'"));
    workers[0].kill().and_then(|()| workers[0].wait().map(drop)).expect("a child can be killed");
    crew.home.run(&["scheduler", "--once"]).exits(0);
    // Set forwards: all is due again, and every lease is over.
    crew.home.tamper(&format!("UPDATE job_schedule SET next_at = '{PAST}', seen_at = '{PAST}'"));
    crew.home.run(&["scheduler", "--once"]).exits(0);
    workers[1].kill().and_then(|()| workers[1].wait().map(drop)).expect("a child can be killed");
    for mut scheduler in schedulers {
        scheduler.kill().and_then(|()| scheduler.wait()).expect("a child can be killed");
    }
    crew.work_to_the_end();
    crew.is_whole();
}

fn f27_a_worker_that_wakes_after_its_lease_commits_nothing(new: NewHome) {
    let crew = Crew::new(new(), 1, 3_000).scheduled();
    // A lease so long that it is not renewed while the worker is stopped: whoever is stopped holding SQLite's lock stops everybody.
    let mut sleeper = crew.start(&["worker", "--lease", "86400"]);
    crew.under_way(&mut sleeper);
    signal(&sleeper, "STOP");
    // Lets the lease run out; another worker takes the run and does it.
    crew.work_to_the_end();
    let done = crew.runs();
    assert_eq!((text(&done[0], "state"), &done[0]["attempt"]), ("done", &2.into()), "{:#}", done[0]);
    let before = crew.home.state();
    signal(&sleeper, "CONT");
    // It tells what became of its work before it ends.
    let slept = ended(sleeper).exits(0);
    slept.says(&["attempt 1 of run"]);
    assert_eq!(crew.home.state(), before);
    assert_eq!(crew.runs(), done);
    crew.is_whole();
    assert_eq!(list(&crew.home.json(&["lake", "verify"]), "orphans"), [] as [serde_json::Value; 0], "its files are gone");
}

/// What decodes a worker's bill sleeps from now on: the run cannot end before the worker does something about it.
fn decoder_sleeps(worker: &mut Child) {
    let decoder = loop {
        is_alive(worker);
        if let Some(child) = children(worker.id()).first() {
            break *child;
        }
    };
    signal_to(decoder, "STOP");
}

fn a_worker_that_is_told_to_end_gives_its_run_back(new: NewHome) {
    let crew = Crew::new(new(), 1, 20_000).scheduled();
    let mut worker = crew.start(&["worker", "--grace", "0"]);
    decoder_sleeps(&mut worker);
    ended(worker).exits(0);
    let run = &crew.runs()[0];
    assert_eq!((text(run, "state"), &run["attempt"], &run["failures"]), ("queued", &1.into(), &0.into()), "{run:#}");
    assert!(text(run, "message").contains("told to end"), "{run:#}");
    crew.work_to_the_end();
    crew.is_whole();
}

fn a_run_that_is_cancelled_while_it_is_under_way_leaves_nothing(new: NewHome) {
    let crew = Crew::new(new(), 1, 20_000).scheduled();
    let mut worker = crew.start(&["worker", "--lease", "1"]);
    decoder_sleeps(&mut worker);
    let id = text(&crew.runs()[0], "id").to_owned();
    crew.home.run(&["jobs", "cancel", &id, "--by", "ada"]).exits(0).shows(&["to be cancelled"]);
    while crew.in_state("running") > 0 {}
    ended(worker).exits(0);
    let run = &crew.runs()[0];
    assert_eq!(text(run, "state"), "cancelled", "{run:#}");
    crew.home.run(&["worker", "--until-idle"]).exits(0);
    assert_eq!(list(&crew.home.json(&["status"]), "periods"), [] as [serde_json::Value; 0], "nobody takes it up again");
}
