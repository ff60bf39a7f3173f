use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use farthing_testkit::TestDatabase;
use serde_json::Value;

use super::{Run, program};

/// A home of one test: a folder for its files, which is also where the program runs, and the program's own home below it.
///
/// What prepares a test must succeed and gives the home on; what is tested is `run` or `json`.
pub struct Home {
    folder: farthing_testkit::Home,
    /// Where it is not SQLite in the program's own home.
    database: Option<TestDatabase>,
}

impl Home {
    /// An empty one.
    pub fn new() -> Self {
        Self { folder: farthing_testkit::Home::new(), database: None }
    }

    /// An empty one whose database is on a PostgreSQL server; `None` where none is named, and then it says so.
    pub fn on_postgresql() -> Option<Self> {
        Some(Self { folder: farthing_testkit::Home::new(), database: Some(TestDatabase::postgres_blocking()?) })
    }

    /// An empty one on a database that is there already, and stays.
    pub fn on_database(url: &str) -> Self {
        Self { folder: farthing_testkit::Home::new(), database: Some(TestDatabase::at(url)) }
    }

    /// The program, in the home's folder and on its database.
    pub fn program(&self) -> Command {
        let mut program = program(self.path());
        program.envs(self.database.as_ref().map(|database| ("FARTHING_DATABASE_URL", database.url())));
        program
    }

    /// An empty one on SQLite, and one on PostgreSQL where there is a server for tests.
    pub fn on_each_database() -> Vec<Self> {
        [Self::new()].into_iter().chain(Self::on_postgresql()).collect()
    }

    /// Changes the catalogue behind the program's back; gives how many rows the statement changed.
    pub fn tamper(&self, statement: &str) -> u64 {
        match &self.database {
            Some(database) => database.execute(statement),
            None => TestDatabase::in_file(&self.store().join("farthing.db")).execute(statement),
        }
    }

    /// The same where the database may refuse it, and then what it says.
    pub fn tampering(&self, statement: &str) -> Result<u64, String> {
        match &self.database {
            Some(database) => database.try_execute(statement),
            None => TestDatabase::in_file(&self.store().join("farthing.db")).try_execute(statement),
        }
    }

    /// True where its database is on a PostgreSQL server.
    pub fn is_postgresql(&self) -> bool {
        self.database.is_some()
    }

    /// The folder of the test's files.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A file to import. The program runs in the folder, so its name is enough to name it.
    pub fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        self.folder.write(name, content);
        self
    }

    /// Writes a file of this name again.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        self.folder.write(name, content);
    }

    /// Imports a bill in which every row is good.
    pub fn ingest_billing(self, path: impl AsRef<Path>, source: &str) -> Self {
        self.import_billing(path, source);
        self
    }

    /// Imports a bill whose rows are there already, in another file or source, as charges of their own.
    pub fn import_once_more(&self, path: &str, source: &str) -> Value {
        self.json(&["ingest", "billing", path, "--source", source, "--allow-overlap", "the test wants them twice"])
    }

    /// Imports a request trace; `more` names a model and a workload.
    pub fn ingest_trace(self, path: impl AsRef<Path>, source: &str, more: &[&str]) -> Self {
        self.import_trace(path, source, more);
        self
    }

    /// Publishes rules.
    pub fn rules(self, text: &str) -> Self {
        self.publish(&["rules", "publish"], "rules.toml", text)
    }

    /// Publishes a fleet profile.
    pub fn fleet(self, text: &str) -> Self {
        self.publish(&["ingest", "fleet"], "fleet.toml", text)
    }

    fn publish(self, command: &[&str], name: &str, text: &str) -> Self {
        self.folder.write(name, text);
        self.run(&[command, &[name]].concat()).exits(0);
        self
    }

    /// Opens a closed period again: one person asks, another grants it.
    pub fn reopen(&self, period: &str, reason: &str) {
        self.run(&["reopen", period, "--reason", reason, "--by", "ada"]).exits(0);
        self.run(&["reopen", period, "--approve", "--by", "grace"]).exits(0).shows(&["is now open"]);
    }

    /// Imports a bill in which every row is good; gives the report.
    pub fn import_billing(&self, path: impl AsRef<Path>, source: &str) -> Value {
        self.json(&["ingest", "billing", name(path.as_ref()), "--source", source])
    }

    /// Imports a request trace in which every row is good; gives the report.
    pub fn import_trace(&self, path: impl AsRef<Path>, source: &str, more: &[&str]) -> Value {
        let fixed = ["ingest", "usage", name(path.as_ref()), "--source", source, "--format", "request-trace"];
        self.json(&[&fixed, more].concat())
    }

    /// The one answer of a query.
    pub fn value(&self, query: &str) -> Value {
        let rows = self.json(&["sql", query]);
        let row = rows.as_array().and_then(|rows| rows.first()).and_then(Value::as_object);
        let value = row.and_then(|row| row.values().next());
        value.unwrap_or_else(|| panic!("{query} has no answer: {rows:#}")).clone()
    }

    /// Runs a command that must succeed, and reads what it says as JSON.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        self.run(&[&["--format", "json"], arguments].concat()).exits(0).json()
    }

    /// Runs a command.
    pub fn run(&self, arguments: &[&str]) -> Run {
        self.run_with(&[], arguments)
    }

    /// Runs a command with settings in its environment.
    pub fn run_with(&self, settings: &[(&str, &str)], arguments: &[&str]) -> Run {
        let mut program = self.program();
        program.envs(settings.iter().copied());
        Run::of(program, &[&["--home", self.name()], arguments].concat())
    }

    /// Runs a command that reads standard input.
    pub fn run_told(&self, arguments: &[&str], input: &str) -> Run {
        let arguments = [&["--home", self.name()], arguments].concat();
        let mut program = self.program();
        program.args(&arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = program.spawn().expect("the program starts");
        let written = child.stdin.take().expect("stdin is piped").write_all(input.as_bytes());
        // A program that ends without reading says why.
        drop(written);
        Run::ended(&arguments.join(" "), child.wait_with_output().expect("the program ends"))
    }

    /// The path of the program's own home.
    pub fn store(&self) -> PathBuf {
        self.path().join(self.name())
    }

    /// Relative to the folder, so that no message holds a path that changes from run to run.
    pub fn name(&self) -> &'static str {
        "home"
    }
}

fn name(path: &Path) -> &str {
    path.to_str().expect("the paths of tests are UTF-8")
}
