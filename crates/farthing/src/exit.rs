//! How the program ends.

use std::io::{ErrorKind, Write, stderr};
use std::process::ExitCode;

use farthing_application::{Error, Kind};

use crate::output::{Format, visible_json, visible_lines};

/// The exit statuses that scripts rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Done.
    Done = 0,
    /// Failed.
    Failed = 1,
    /// Differences, not reconciled, or infeasible.
    Differences = 2,
    /// Done with partial data: rows were set aside.
    Partial = 3,
    /// Wrong usage.
    Usage = 64,
    /// Try again later.
    TryAgain = 75,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status as u8)
    }
}

/// A request that makes no sense, found after the arguments were read.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub String);

/// Shows what clap says: help on stdout, mistakes on stderr.
pub fn usage(error: &clap::Error) -> ExitCode {
    // Nothing can be done about an error while printing an error.
    let _ = error.print();
    if error.use_stderr() { Status::Usage.into() } else { Status::Done.into() }
}

/// Shows why a command failed, once, and gives the status for it.
pub fn failed(error: &anyhow::Error, format: Option<Format>) -> ExitCode {
    if is_closed_pipe(error) {
        return Status::Done.into();
    }
    let (status, kind) = classify(error);
    let message = message(error);
    let text = match format {
        Some(Format::Json | Format::Ndjson) => {
            visible_json(&serde_json::json!({"error": {"message": message, "kind": kind, "status": status as u8}}).to_string())
        }
        _ => format!("error: {}", visible_lines(&message)),
    };
    let _ = writeln!(stderr(), "{text}");
    status.into()
}

/// The error and its causes, each said once: many messages hold their cause already.
fn message(error: &anyhow::Error) -> String {
    let mut message = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !message.contains(&cause) {
            message = format!("{message}: {cause}");
        }
    }
    message
}

fn classify(error: &anyhow::Error) -> (Status, &'static str) {
    if error.is::<UsageError>() {
        return (Status::Usage, "usage");
    }
    match error.downcast_ref::<Error>() {
        Some(known) if known.is_transient() => (Status::TryAgain, "conflict"),
        Some(known) => match known.kind() {
            Kind::Invalid => (Status::Failed, "invalid"),
            Kind::Unknown => (Status::Failed, "unknown"),
            Kind::Forbidden => (Status::Failed, "forbidden"),
            Kind::NotFound => (Status::Failed, "not_found"),
            Kind::Stale => (Status::Failed, "stale"),
            Kind::Limit => (Status::Failed, "limit"),
            Kind::Unavailable => (Status::TryAgain, "unavailable"),
            Kind::Conflict | Kind::Failed => (Status::Failed, "failed"),
        },
        None => (Status::Failed, "failed"),
    }
}

/// `farthing … | head` is no error.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == ErrorKind::BrokenPipe))
}
