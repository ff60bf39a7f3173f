//! A home with one bill for each of many sources, a schedule for each bill, and workers that can be killed.

use std::process::{Child, Stdio};

use serde_json::Value;

use crate::support::{Bill, Exact, Home, Run, list, signal, text};

/// A home whose schedules import a bill each.
pub struct Crew {
    pub home: Home,
    sources: Vec<String>,
    rows: usize,
}

/// What was due long ago.
const LONG_AGO: &str = "2026-01-01T00:00:00+00:00";

impl Crew {
    /// So many sources with a bill of so many charges each; nothing is due yet.
    pub fn new(home: Home, sources: usize, rows: usize) -> Self {
        let sources: Vec<String> = (0..sources).map(|number| format!("source-{number:02}")).collect();
        let mut schedules = "version = 1\n".to_owned();
        for source in &sources {
            // Each source has services of its own: the same rows under two names would be refused.
            home.write(&format!("{source}.csv"), Bill::of("2026-05").charges(rows).csv().replace("Service ", source));
            let path = home.path().join(format!("{source}.csv"));
            schedules += &format!(
                "[[schedule]]\nname = \"{source}\"\nkind = \"import-billing\"\ncron = \"0 0 1 1 *\"\nattempts = 1000\nretry_seconds = 0\n\
                 with = {{ source = \"{source}\", paths = [{path:?}] }}\n"
            );
        }
        home.write("schedules.toml", schedules);
        home.run(&["schedules", "publish", "schedules.toml"]).exits(0);
        Self { home, sources, rows }
    }

    /// Makes every schedule due, once.
    pub fn due(self) -> Self {
        let changed = self.home.tamper(&format!("UPDATE job_schedule SET next_at = '{LONG_AGO}', seen_at = '{LONG_AGO}'"));
        assert_eq!(changed, self.sources.len() as u64);
        self
    }

    /// Makes every schedule due, and adds its run.
    pub fn scheduled(self) -> Self {
        let crew = self.due();
        crew.home.run(&["scheduler", "--once"]).exits(0).says(&[&format!("{} runs were added", crew.sources.len())]);
        crew
    }

    /// Starts a command of the program.
    pub fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.home.program();
        command.args(["--home", self.home.name()]).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program starts")
    }

    /// Waits until rows that a worker's run has decoded lie in the staging folder.
    pub fn under_way(&self, worker: &mut Child) {
        let staging = self.home.store().join("lake/staging");
        let is_staged = || {
            let folders = std::fs::read_dir(&staging).into_iter().flatten().filter_map(Result::ok);
            folders.filter_map(|folder| std::fs::read_dir(folder.path()).ok()).flatten().count() > 0
        };
        while !is_staged() {
            is_alive(worker);
        }
    }

    /// The runs that somebody asked for: not those that keep statements, which are added when something was published.
    pub fn runs(&self) -> Vec<Value> {
        let runs = self.home.json(&["jobs", "list", "--limit", "10000"]);
        let runs = runs.as_array().expect("runs are a list").iter();
        runs.filter(|run| text(run, "kind") != "keep-statements").cloned().collect()
    }

    /// How many runs are in a state.
    pub fn in_state(&self, state: &str) -> usize {
        self.runs().iter().filter(|run| text(run, "state") == state).count()
    }

    /// Works until every run has ended. Leases of workers that are gone are let run out.
    pub fn work_to_the_end(&self) {
        loop {
            self.home.tamper(&format!("UPDATE job_run SET lease_until = '{LONG_AGO}' WHERE state = 'running'"));
            self.home.run(&["worker", "--until-idle", "--parallel", "2"]).exits(0);
            if self.in_state("queued") + self.in_state("running") == 0 {
                return;
            }
        }
    }

    /// Nothing is lost and nothing doubled: every run is done, and every bill is there once.
    pub fn is_whole(&self) {
        let runs = self.runs();
        assert_eq!(runs.len(), self.sources.len(), "a job has one run a time");
        for run in &runs {
            assert_eq!(text(run, "state"), "done", "{run:#}");
        }
        let status = self.home.json(&["status"]);
        let periods = list(&status, "periods");
        let there: Vec<&str> = periods.iter().map(|period| text(period, "source")).collect();
        assert_eq!(there, self.sources, "each source has one month");
        for period in periods {
            assert_eq!((&period["sequence"], &period["rows"]), (&1.into(), &self.rows.into()), "published once: {period:#}");
        }
        let one = (0..self.rows).map(|row| Exact::parse(&format!("{row}.01"))).fold(Exact::parse("0"), |sum, cost| sum + cost);
        let all = self.sources.iter().fold(Exact::parse("0"), |sum, _| sum + one);
        let sum = self.home.value("SELECT SUM(BilledCost) FROM focus");
        assert_eq!(Exact::parse(sum.as_str().expect("money is text")), all);
        self.home.invariants_hold();
        let verified = self.home.json(&["lake", "verify"]);
        assert_eq!(list(&verified, "differences"), [] as [Value; 0]);
        // I2: what is asked for again is there already.
        let source = &self.sources[0];
        self.home.changes_nothing(&["ingest", "billing", &format!("{source}.csv"), "--source", source]);
    }
}

/// A process that is waited for must not have ended by itself.
#[track_caller]
pub fn is_alive(child: &mut Child) {
    assert!(child.try_wait().expect("a child can be asked").is_none(), "the process ended by itself");
}

/// Tells a process to end, and waits until it has.
pub fn ended(child: Child) -> Run {
    signal(&child, "TERM");
    Run::ended("started beside others", child.wait_with_output().expect("the program ends"))
}
