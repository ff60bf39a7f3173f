use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use farthing_testkit::TestDatabase;

use crate::support::{Bill, Home, Run, State, entries, list, program, text};

/// Which database a home has.
#[derive(Clone, Copy, Debug)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// A home with two months of bills, and a delivery of the same months with other content that is to be killed.
pub struct Victim {
    pub home: Home,
    _database: Option<TestDatabase>,
    /// What reports say before the delivery and after it.
    pub before: State,
    pub after: State,
    pub delivery: &'static str,
}

/// How a run was seen to be ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Killed,
    ByItself,
}

const INGEST: [&str; 3] = ["ingest", "billing", "new"];

fn months(extra: usize) -> [(&'static str, String); 2] {
    let bill = |month| Bill::of(month).charges(2_000 + extra).csv();
    [("2026-05.csv", bill("2026-05")), ("2026-06.csv", bill("2026-06"))]
}

impl Victim {
    /// `None` where there is no such database for the test.
    pub fn on(backend: Backend) -> Option<Self> {
        let database = match backend {
            Backend::Sqlite => None,
            Backend::Postgres => Some(TestDatabase::postgres_blocking()?),
        };
        let mut home = Home::new();
        for (folder, extra) in [("old", 0), ("new", 1)] {
            for (name, bill) in months(extra) {
                home = home.file(&format!("{folder}/{name}"), bill);
            }
        }
        if let Some(database) = &database {
            home.write("farthing.toml", format!("database_url = {:?}\n", database.url()));
        }
        let home = home.ingest_billing("new", "acme");
        let after = home.state();
        let home = home.ingest_billing("old", "acme");
        let before = home.state();
        assert_ne!(without_revisions(&before), without_revisions(&after));
        Some(Self { home, _database: database, before, after, delivery: "new" })
    }

    /// Starts the delivery.
    pub fn start(&self) -> Child {
        let mut command = program(self.home.path());
        command.args(["--home", self.home.name()]).args(INGEST).args(["--source", "acme"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts")
    }

    /// Kills the delivery as soon as `seen` holds of the home. It is looked at as often as the machine allows.
    pub fn killed_when(&self, mut seen: impl FnMut(&Path) -> bool) -> End {
        let mut child = self.start();
        let store = self.home.store();
        while !seen(&store) {
            if child.try_wait().expect("a child can be asked").is_some() {
                return End::ByItself;
            }
        }
        kill(child)
    }

    /// Kills the delivery some time after its start.
    pub fn killed_after(&self, time: Duration) -> End {
        let child = self.start();
        let start = Instant::now();
        // Which moment it is does not matter; that there are many does.
        while start.elapsed() < time {
            std::hint::spin_loop();
        }
        kill(child)
    }

    /// How long a delivery takes that nobody kills.
    pub fn undisturbed(&self) -> Duration {
        let start = Instant::now();
        assert!(self.start().wait().expect("a child can be waited for").success());
        start.elapsed()
    }

    /// What must hold after the delivery was killed, and that it continues.
    pub fn survives(&self, how: &str) {
        let found = self.home.state();
        let (before, after) = (without_revisions(&self.before), without_revisions(&self.after));
        let seen = without_revisions(&found);
        assert!(seen == before || seen == after, "{how}: a part of the delivery is visible: {found:#?}");
        self.home.invariants_hold();
        if self.is_noted_as_running() {
            let status = self.home.json(&["status"]);
            let said = list(&status, "failures").iter().filter_map(|line| line.as_str()).collect::<Vec<_>>().join("\n");
            assert!(
                said.contains("ended before its work did") && said.contains("Run the same import again"),
                "{how}: {status:#}"
            );
        }
        self.run_again().exits(0);
        assert_eq!(without_revisions(&self.home.state()), after, "{how}: the next run did not complete it");
        self.home.invariants_hold();
        self.home.changes_nothing(&["ingest", "billing", self.delivery, "--source", "acme"]);
        self.nothing_is_left(how);
    }

    /// True where `status` names an import without an end.
    fn is_noted_as_running(&self) -> bool {
        let status = self.home.json(&["status"]);
        !list(&status, "failures").is_empty()
    }

    pub fn run_again(&self) -> Run {
        self.home.run(&["ingest", "billing", self.delivery, "--source", "acme"])
    }

    /// No folder that nobody lists, nothing staged, no import that looks as if it ran.
    pub fn nothing_is_left(&self, how: &str) {
        let found = self.home.json(&["lake", "verify"]);
        assert_eq!(list(&found, "orphans"), [] as [serde_json::Value; 0], "{how}");
        assert_eq!(list(&found, "differences"), [] as [serde_json::Value; 0], "{how}");
        assert_eq!(entries(&self.home.store().join("lake/staging")), 0, "{how}");
        assert_eq!(list(&self.home.json(&["status"]), "failures"), [] as [serde_json::Value; 0], "{how}");
    }

    /// Back to what there was before the delivery.
    pub fn restore(&self) {
        self.home.import_billing("old", "acme");
        assert_eq!(without_revisions(&self.home.state()), without_revisions(&self.before));
    }
}

/// The reports without the ids and numbers of the revisions that they were made of, which grow with each import.
fn without_revisions(state: &State) -> Vec<String> {
    let rows = |line: &serde_json::Value| {
        format!("{} {} {} {:?}", text(line, "source"), text(line, "period"), line["rows"], line["totals"])
    };
    let mut seen = state.reports().to_vec();
    seen.extend(state.catalogue().iter().map(rows));
    seen
}

fn kill(mut child: Child) -> End {
    // SIGKILL: nothing of the program runs after it.
    let sent = child.kill();
    let status = child.wait().expect("a killed child can be waited for");
    if sent.is_ok() && status.code().is_none() { End::Killed } else { End::ByItself }
}
