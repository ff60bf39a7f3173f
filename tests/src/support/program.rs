use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// The program to test, in a folder, with nothing of the caller's environment or configuration.
pub fn program(folder: &Path) -> Command {
    let mut command = Command::new(path());
    // The width decides where help is wrapped.
    command.current_dir(folder).env_clear().env("HOME", folder).env("COLUMNS", "100");
    command
}

/// `FARTHING_BIN`, or the program that cargo built beside this test (`target/debug/deps/…` → `target/debug/farthing`).
#[allow(clippy::disallowed_methods)]
fn path() -> PathBuf {
    if let Some(named) = std::env::var_os("FARTHING_BIN") {
        let named = PathBuf::from(named);
        assert!(named.is_file(), "FARTHING_BIN is {}, and there is no such program", named.display());
        return named;
    }
    let test = std::env::current_exe().expect("the system knows the path of a running program");
    let built = test.parent().and_then(Path::parent).expect("tests lie two folders deep").join("farthing");
    let built = built.with_extension(std::env::consts::EXE_EXTENSION);
    assert!(built.is_file(), "{} is not there: run `cargo build` first, or name a program in FARTHING_BIN", built.display());
    built
}

/// How a run of the program ended.
#[derive(Debug)]
pub struct Run {
    command: String,
    /// Its exit status.
    pub status: i32,
    /// The data.
    pub stdout: String,
    /// The messages.
    pub stderr: String,
}

impl Run {
    /// Runs it to its end.
    pub fn of(mut command: Command, arguments: &[&str]) -> Self {
        let output = command.args(arguments).output().expect("the program starts");
        Self::ended(&arguments.join(" "), output)
    }

    /// What is left of a process that has ended.
    pub fn ended(arguments: &str, Output { status, stdout, stderr }: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
        let command = format!("farthing {arguments}");
        Self { command, status: status.code().expect("no signal ended the program"), stdout: text(stdout), stderr: text(stderr) }
    }

    /// The run, which must have ended with this status.
    #[track_caller]
    pub fn exits(self, status: i32) -> Self {
        assert!(!self.stderr.contains("panicked"), "{self}");
        assert_eq!(self.status, status, "{self}");
        self
    }

    /// The run, which must have said each of these on stderr.
    #[track_caller]
    pub fn says(self, words: &[&str]) -> Self {
        let missing: Vec<&&str> = words.iter().filter(|word| !self.stderr.contains(**word)).collect();
        assert!(missing.is_empty(), "stderr does not say {missing:?}\n{self}");
        self
    }

    /// The run, which must have printed each of these on stdout.
    #[track_caller]
    pub fn shows(self, words: &[&str]) -> Self {
        let missing: Vec<&&str> = words.iter().filter(|word| !self.stdout.contains(**word)).collect();
        assert!(missing.is_empty(), "stdout does not show {missing:?}\n{self}");
        self
    }

    /// The data as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("stdout is no JSON: {error}\n{self}"))
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} → {}\nstdout: {}\nstderr: {}", self.command, self.status, self.stdout, self.stderr)
    }
}
