//! F22: a PostgreSQL that is killed, or stands still, while imports commit.

use std::process::Command;
use std::time::{Duration, Instant};

use farthing_testkit::TestDatabase;

use super::crew::{Crew, ended, is_alive};
use crate::dependency_rules::workspace;
use crate::support::Home;

/// A server of this test's own.
struct Server {
    folder: String,
    url: String,
}

fn script(arguments: &[&str]) -> String {
    let run = Command::new(workspace().join("scripts/postgres.sh")).args(arguments).output();
    let run = run.expect("the script of this repository runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8_lossy(&run.stdout).trim().to_owned()
}

impl Server {
    fn start() -> Self {
        let said = script(&["own"]);
        let (folder, url) = said.split_once(' ').expect("a folder and an address");
        Self { folder: folder.to_owned(), url: url.to_owned() }
    }

    /// Kills all of its processes and starts it again.
    fn crash(&self) {
        script(&["crash", &self.folder]);
    }

    /// All of its processes stand still, their transactions under way, for `time`.
    fn stands_still(&self, time: Duration) {
        script(&["pause", &self.folder]);
        spin(time);
        script(&["resume", &self.folder]);
    }
}

/// Lets time pass: it is what the fault is made of.
fn spin(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        std::hint::spin_loop();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        script(&["end", &self.folder]);
    }
}

#[test]
fn f22_a_server_that_is_killed_while_imports_commit_loses_nothing_and_doubles_nothing() {
    // The other tests' server stays as it is; this only asks whether there may be one.
    if TestDatabase::postgres_blocking().is_none() {
        return;
    }
    let server = Server::start();
    let crew = Crew::new(Home::on_database(&server.url), 12, 40).scheduled();
    let mut worker = crew.start(&["worker", "--parallel", "2", "--lease", "2"]);
    // A worker that finds no server when it starts says so and ends.
    crew.under_way(&mut worker);
    for crash in 1..=6 {
        // Into the imports that follow the last start, further each time.
        spin(Duration::from_millis(150 * crash));
        server.crash();
    }
    // The worker has lived through all of it, and goes on by itself.
    while crew.in_state("queued") + crew.in_state("running") > 0 {
        is_alive(&mut worker);
        assert_eq!(crew.in_state("failed"), 0, "{:#?}", crew.runs());
    }
    let said = ended(worker).exits(0);
    // Which of them says it depends on what it was doing: looking for work, holding a lease, or importing; where the server was away for longer
    // than a lease, what is noticed is that.
    let noticed =
        ["tries again", "could not be", "was lost while it was under way", "communicating with database", "its lease ran out"];
    assert!(noticed.iter().any(|words| said.stderr.contains(words)), "no crash was noticed: {said}");
    crew.is_whole();
}

#[test]
fn f22_a_server_that_stands_still_while_imports_commit_loses_nothing_and_doubles_nothing() {
    if TestDatabase::postgres_blocking().is_none() {
        return;
    }
    let server = Server::start();
    let crew = Crew::new(Home::on_database(&server.url), 10, 40).scheduled();
    // Two who take over from each other what the other's lease ran out for.
    let workers = [(); 2].map(|()| crew.start(&["worker", "--parallel", "1", "--lease", "2"]));
    for pause in 1..=4 {
        spin(Duration::from_millis(120 * pause));
        // Longer than the lease: who held it has to find that out before it commits.
        server.stands_still(Duration::from_millis(2_500));
    }
    while crew.in_state("queued") + crew.in_state("running") > 0 {
        assert_eq!(crew.in_state("failed"), 0, "{:#?}", crew.runs());
    }
    for worker in workers {
        ended(worker).exits(0);
    }
    crew.is_whole();
}
