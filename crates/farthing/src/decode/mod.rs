//! Untrusted files are decoded in a child of this program: `farthing decode`, which people do not call.
//!
//! The parent sends one [`Order`] as JSON to the child's standard input and closes it; the child says what it does, a JSON object
//! a line, on its standard output. It has no environment, no terminal and no other open file; before it opens a file it
//! gives up, for good, what [`Limits`] do not allow. Whatever happens to it, the parent goes on.

mod child;
mod limits;
mod parent;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use camino::Utf8PathBuf;
use farthing_application::decode::{Decoded, Job};
use serde::{Deserialize, Serialize};

pub use child::run;
pub use limits::Limits;
pub use parent::ChildDecoder;

/// The name of the hidden command.
const COMMAND: &str = "decode";

/// This program, also after another was put in its place.
pub fn this_program() -> std::io::Result<PathBuf> {
    let running = PathBuf::from("/proc/self/exe");
    if running.exists() { Ok(running) } else { std::env::current_exe() }
}

/// What the parent asks for.
#[derive(Serialize, Deserialize)]
struct Order {
    job: Job,
    limits: Limits,
}

/// What is to blame where files are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Blame {
    /// The files.
    Files,
    /// Their delivery, which is not whole.
    Delivery,
    /// The lake, which could not be written.
    Lake,
    /// The limit on memory.
    Memory,
}

/// What the child says.
#[derive(Serialize, Deserialize)]
enum Said {
    /// It is about to read this file.
    Begins(Utf8PathBuf),
    /// How far it is in all: bytes and rows. Comes ten times a second, also where nothing moved.
    Progress(u64, u64),
    /// It is done.
    Done(Decoded),
    /// It cannot.
    Refused { message: String, blame: Blame },
}
