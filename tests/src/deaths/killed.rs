//! F1: kill -9 of the program at every point of an import, and at random moments.

use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};

use super::victim::{Backend, End, Victim};
use crate::support::{Bill, entries, list, signal};

/// What is to be seen at a point of an import, in a home that had so many folders of revisions.
type Seen = fn(&Path, usize) -> bool;

/// The points of an import.
const POINTS: [(&str, Seen); 5] = [
    ("begun: the lock is there", |store, _| !below(store, 1).is_empty()),
    ("staging: charges are being written", |store, _| is_staged(store, "charges-0000.parquet")),
    ("staged: a month is complete", |store, _| is_staged(store, "rollup.parquet")),
    ("placed: a month is at its place, and not published", |store, before| placed(store) > before),
    ("published: what was staged goes", |store, before| placed(store) > before + 1 && below(store, 1).is_empty()),
];

fn is_staged(store: &Path, name: &str) -> bool {
    below(store, 3).iter().any(|path| path.ends_with(name))
}

/// What lies in the staging folder, so many folders deep.
fn below(store: &Path, depth: usize) -> Vec<PathBuf> {
    let mut found = vec![store.join("lake/staging")];
    for _ in 0..depth {
        let folders = found.iter().filter_map(|folder| std::fs::read_dir(folder).ok());
        found = folders.flat_map(|entries| entries.filter_map(Result::ok)).map(|entry| entry.path()).collect();
    }
    found
}

/// Waits until the child that decoded for a killed import is gone as well: it holds the lock until it notices.
fn nobody_writes(store: &Path) {
    for lock in below(store, 1).iter().filter(|path| path.extension().is_some_and(|extension| extension == "lock")) {
        std::fs::File::open(lock).and_then(|file| file.lock()).expect("a lock that nobody holds can be taken");
    }
}

/// How many revisions' folders there are.
fn placed(store: &Path) -> usize {
    ["2026-05", "2026-06"].iter().map(|month| entries(&store.join(format!("lake/charges/source=acme/period={month}")))).sum()
}

fn at_every_point(backend: Backend) {
    for (point, seen) in POINTS {
        let Some(victim) = Victim::on(backend) else { return };
        let before = placed(&victim.home.store());
        let end = victim.killed_when(|store| seen(store, before));
        println!("{backend:?}, {point}: {end:?}");
        victim.survives(point);
    }
}

fn at_random_moments(backend: Backend) {
    let Some(victim) = Victim::on(backend) else { return };
    let whole = victim.undisturbed();
    victim.restore();
    // Where it falls depends on the machine; the seed tells runs apart and says which moments were meant.
    let seed = RandomState::new().hash_one(0_u8);
    for number in 0..5_u64 {
        let share = splitmix(seed.wrapping_add(number)) % 1_000;
        let end = victim.killed_after(whole.mul_f64(share as f64 / 1_000.0));
        println!("{backend:?}, seed {seed}, number {number}: at {share}/1000 of {whole:?}: {end:?}");
        victim.survives(&format!("seed {seed}, number {number}"));
        victim.restore();
    }
}

/// Spreads the numbers that follow a seed.
fn splitmix(number: u64) -> u64 {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^ (mixed >> 27)
}

#[test]
fn f01_an_import_killed_at_any_point_is_whole_or_not_there_on_sqlite() {
    at_every_point(Backend::Sqlite);
}

#[test]
fn f01_an_import_killed_at_any_point_is_whole_or_not_there_on_postgres() {
    at_every_point(Backend::Postgres);
}

#[test]
fn f01_an_import_killed_at_random_moments_is_whole_or_not_there_on_sqlite() {
    at_random_moments(Backend::Sqlite);
}

#[test]
fn f01_an_import_killed_at_random_moments_is_whole_or_not_there_on_postgres() {
    at_random_moments(Backend::Postgres);
}

#[test]
fn what_a_killed_import_left_is_told_and_swept_at_once() {
    let victim = Victim::on(Backend::Sqlite).expect("SQLite is always there");
    // Early, so that a machine that is busy with something else has not published it by then.
    let end = victim.killed_when(|store| is_staged(store, "charges-0000.parquet"));
    assert_eq!(end, End::Killed);
    nobody_writes(&victim.home.store());
    victim.home.run(&["status"]).exits(0).shows(&["acme, begun", "ended before its work did", "Run the same import again"]);
    let swept = victim.home.run(&["lake", "sweep"]).exits(0);
    swept.shows(&["staging/", "goes", "Add --apply"]);
    victim.home.run(&["lake", "sweep", "--apply"]).exits(0).shows(&["removed"]);
    assert_eq!(entries(&victim.home.store().join("lake/staging")), 0);
    victim.survives("swept");
}

#[test]
fn an_import_that_runs_is_not_swept_however_old_it_is() {
    let victim = Victim::on(Backend::Sqlite).expect("SQLite is always there");
    victim.home.write("other.csv", Bill::of("2026-05").charges(50).csv().replace("Service ", "Other "));
    let mut child = victim.start();
    while !is_staged(&victim.home.store(), "charges-0000.parquet") {
        assert!(child.try_wait().expect("a child can be asked").is_none(), "the import ended before it was seen");
    }
    signal(&child, "STOP");
    // A sweep and another import, which clears up after what died, find it at work.
    let swept = victim.home.run(&["lake", "sweep", "--older-than", "0", "--apply"]).exits(0);
    swept.shows(&["in use"]);
    victim.home.import_billing("other.csv", "other");
    let status = victim.home.json(&["status"]);
    assert_eq!(list(&status, "failures"), [] as [serde_json::Value; 0]);
    signal(&child, "CONT");
    assert!(child.wait().expect("a child can be waited for").success());
    victim.home.invariants_hold();
    victim.nothing_is_left("after it went on");
}
