//! The child's side.

use std::io::{BufReader, Write, stderr, stdin, stdout};
use std::panic::PanicHookInfo;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use farthing_application::{Reading, decode};

use super::{Blame, Order, Said};

/// Decodes what standard input orders. Called by the program itself.
pub fn run() -> ExitCode {
    std::panic::set_hook(Box::new(say_panic));
    let order: Order = match serde_json::from_reader(BufReader::new(stdin())) {
        Ok(order) => order,
        Err(error) => {
            let _ = writeln!(stderr(), "this command is for the program's own use; what it read is no order: {error}");
            return ExitCode::FAILURE;
        }
    };
    if let Err(error) = order.limits.impose() {
        let _ = writeln!(stderr(), "the limits cannot be set: {error}");
        return ExitCode::FAILURE;
    }
    let reading = Arc::new(Reading::announcing(|file| say(&Said::Begins(file.to_owned()))));
    let watched = reading.clone();
    std::thread::spawn(move || {
        loop {
            say(&Said::Progress(watched.bytes.load(Ordering::Relaxed), watched.rows.load(Ordering::Relaxed)));
            std::thread::sleep(Duration::from_millis(100));
        }
    });
    match decode::run(&order.job, &reading) {
        Ok(decoded) => {
            say(&Said::Progress(reading.bytes.load(Ordering::Relaxed), reading.rows.load(Ordering::Relaxed)));
            say(&Said::Done(decoded));
        }
        Err(error) => {
            let blame = match () {
                () if error.is_of_the_lake() => Blame::Lake,
                () if error.is_out_of_memory() => Blame::Memory,
                () if error.is_incomplete() => Blame::Delivery,
                () => Blame::Files,
            };
            say(&Said::Refused { message: error.to_string(), blame });
        }
    }
    ExitCode::SUCCESS
}

/// One line to the parent. When nobody listens the parent is gone, and with it the reason to go on.
fn say(said: &Said) {
    let mut line = serde_json::to_vec(said).expect("what is said has names as keys");
    line.push(b'\n');
    let mut out = stdout().lock();
    if out.write_all(&line).and_then(|()| out.flush()).is_err() {
        std::process::exit(1);
    }
}

/// What went wrong and where, on one line; the parent makes an error of it.
fn say_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(|at| format!("{}:{}", at.file().rsplit('/').next().unwrap_or_default(), at.line()));
    let message = panic.payload_as_str().unwrap_or("no message");
    let _ = writeln!(stderr(), "{message} ({})", place.unwrap_or_default());
}
