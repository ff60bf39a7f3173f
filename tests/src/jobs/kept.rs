//! What must outlast faults of the database: migrations that are killed, copies, a newer program's tables.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use super::crew::Crew;
use crate::support::{Bill, Home, NewHome, Run, on_both_databases, program};

on_both_databases!(
    f24_a_migration_that_is_killed_half_way_is_whole_or_not_there,
    f24_a_newer_database_is_not_downgraded,
    f25_a_backup_that_is_restored_is_the_same,
    f25_a_backup_that_is_damaged_or_goes_where_something_is_changes_nothing,
);

fn f24_a_migration_that_is_killed_half_way_is_whole_or_not_there(new: NewHome) {
    let start = Instant::now();
    new().run(&["migrate"]).exits(0);
    let whole = start.elapsed();
    let seed = RandomState::new().hash_one(0_u8);
    println!("seed {seed}");
    for number in 0..12_u64 {
        let home = new();
        let mut child = home.program().args(["--home", home.name(), "migrate"]).spawn().expect("the program starts");
        let (start, share) = (Instant::now(), seed.rotate_left(number as u32 * 5) % 1_000);
        let wait: Duration = whole.mul_f64(share as f64 / 1_000.0);
        while start.elapsed() < wait {
            std::hint::spin_loop();
        }
        child.kill().and_then(|()| child.wait()).expect("a child can be killed");
        // Half of the tables would stop what comes next.
        home.run(&["migrate"]).exits(0).says(&["is up to date"]);
        let crew = Crew::new(home, 1, 5).scheduled();
        crew.work_to_the_end();
        crew.is_whole();
    }
}

fn f24_a_newer_database_is_not_downgraded(new: NewHome) {
    let home = new();
    home.run(&["migrate"]).exits(0);
    home.tamper("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20990101_000001_of_tomorrow', 0)");
    for command in [&["status"][..], &["migrate"], &["worker", "--until-idle"], &["scheduler", "--once"]] {
        home.run(command).exits(1).says(&["upgraded by a newer program", "m20990101_000001_of_tomorrow", "is not downgraded"]);
    }
    home.tamper("DELETE FROM seaql_migrations WHERE version = 'm20990101_000001_of_tomorrow'");
    home.run(&["status"]).exits(0);
}

/// The same home in another place: its own files, and SQLite.
fn beside(home: &Home, name: &str, arguments: &[&str]) -> Run {
    Run::of(program(home.path()), &[&["--home", name], arguments].concat())
}

fn f25_a_backup_that_is_restored_is_the_same(new: NewHome) {
    let crew = Crew::new(new(), 3, 30).scheduled();
    crew.work_to_the_end();
    let home = &crew.home;
    // A revision that was replaced, a closed month, and a run that waits go along.
    home.write("source-00.csv", Bill::of("2026-05").charges(31).csv().replace("Service ", "source-00"));
    home.import_billing("source-00.csv", "source-00");
    home.run(&["close", "2026-05", "--reason", "tied out"]);
    home.json(&["jobs", "run", "source-01"]);
    let said = home.run(&["backup", "copy"]).exits(0);
    said.shows(&["4 revisions", "The copy was read again"]);
    let report = |run: Run| run.exits(0).stdout;
    let questions: [&[&str]; 4] = [
        &["chargeback", "--period", "2026-05", "--format", "csv"],
        &["periods", "--format", "csv"],
        &["schedules", "list", "--format", "csv"],
        &["jobs", "list", "--format", "csv"],
    ];
    for question in questions {
        assert_eq!(report(beside(home, "copy", question)), report(home.run(question)), "{question:?}");
    }
    beside(home, "copy", &["lake", "verify", "--deep"]).exits(0);
    // Back into an empty home, on the same kind of database.
    let other = new();
    let copy = home.path().join("copy");
    let copy = copy.to_str().expect("the paths of tests are UTF-8");
    other.run(&["restore", copy]).exits(0).shows(&["4 revisions"]);
    for question in questions {
        assert_eq!(report(other.run(question)), report(home.run(question)), "{question:?}");
    }
    other.invariants_hold();
    other.run(&["worker", "--until-idle"]).exits(0);
    other.run(&["jobs", "list", "--state", "queued"]).exits(0).shows(&["no such runs"]);
}

fn f25_a_backup_that_is_damaged_or_goes_where_something_is_changes_nothing(new: NewHome) {
    let crew = Crew::new(new(), 1, 30).scheduled();
    crew.work_to_the_end();
    let home = &crew.home;
    home.run(&["backup", "copy"]).exits(0);
    home.run(&["backup", "copy"]).exits(1).says(&["has tables already"]);
    home.run(&["backup", home.name()]).exits(1).says(&["itself"]);
    home.run(&["restore", "copy"]).exits(1).says(&["has tables already"]);
    home.run(&["restore", "nowhere"]).exits(1).says(&["no backup"]);
    let month = home.path().join("copy/lake/charges/source=source-00/period=2026-05");
    let revision = std::fs::read_dir(month).expect("the month is there").next().expect("a revision").expect("its folder");
    let file = revision.path().join("charges-0000.parquet");
    let mut bytes = std::fs::read(&file).expect("facts can be read");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes).expect("a copy can be damaged");
    let other = new();
    let copy = home.path().join("copy");
    let copy = copy.to_str().expect("the paths of tests are UTF-8");
    other.run(&["restore", copy]).exits(1).says(&["charges-0000.parquet", "SHA-256"]);
    // Nothing is visible, and a good backup goes to the same place.
    home.run(&["backup", "second"]).exits(0);
    let second = home.path().join("second");
    other.run(&["restore", second.to_str().expect("the paths of tests are UTF-8")]).exits(0);
    other.invariants_hold();
}
