//! Progress bars on stderr: none where stderr is no terminal.

use std::io::{IsTerminal, stderr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use farthing_application::{Reading, Verifying};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::task::JoinHandle;

/// Whether to show any.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    visible: bool,
}

impl Progress {
    /// Bars, unless they are unwanted or nobody would see them.
    pub fn new(unwanted: bool) -> Self {
        Self { visible: !unwanted && stderr().is_terminal() }
    }

    fn bar(self, length: u64, template: &str) -> ProgressBar {
        if !self.visible {
            return ProgressBar::hidden();
        }
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        ProgressBar::new(length).with_style(style.progress_chars("━╸ "))
    }

    /// A bar that follows the reading of files, and stops the reading at Ctrl-C.
    pub fn reading(self, what: &str, bytes: u64, reading: Arc<Reading>) -> Following {
        let bar = self.bar(bytes, "{msg} {bar:30} {bytes}/{total_bytes} · {bytes_per_sec} · {eta} left");
        bar.set_message(what.to_owned());
        follow(bar, reading, |reading| (&reading.bytes, None, &reading.cancelled))
    }

    /// A bar that follows the fetching of files, of which it is found out on the way how much there is to fetch.
    pub fn fetching(self, reading: Arc<Reading>) -> Following {
        let bar = self.bar(0, "{msg} {bar:30} {bytes}/{total_bytes} · {bytes_per_sec} · {eta} left");
        bar.set_message("fetching");
        follow(bar, reading, |reading| (&reading.bytes, Some(&reading.expected), &reading.cancelled))
    }

    /// A bar that follows the verification of the lake, and stops it at Ctrl-C.
    pub fn verifying(self, bytes: u64, verifying: Arc<Verifying>) -> Following {
        let bar = self.bar(bytes, "{msg} {bar:30} {bytes}/{total_bytes} · {bytes_per_sec} · {eta} left");
        bar.set_message("verifying");
        follow(bar, verifying, |verifying| (&verifying.bytes, None, &verifying.cancelled))
    }

    /// A bar over a known number of things.
    pub fn counting(self, what: &str, length: u64) -> ProgressBar {
        let bar = self.bar(length, "{msg} {bar:30} {human_pos}/{human_len} · {per_sec} · {eta} left");
        bar.set_message(what.to_owned());
        bar
    }

    /// A line that says how far something open-ended is.
    pub fn line(self) -> ProgressBar {
        self.bar(0, "{msg}")
    }
}

/// How far work is, how much there is where that was not known, and how it is stopped.
type Parts<'a> = (&'a AtomicU64, Option<&'a AtomicU64>, &'a AtomicBool);

/// Shows how far something has come, and tells it to stop at Ctrl-C.
fn follow<T: Send + Sync + 'static>(bar: ProgressBar, work: Arc<T>, of: fn(&T) -> Parts<'_>) -> Following {
    let follow = async move {
        let mut tick = tokio::time::interval(Duration::from_millis(100));
        loop {
            let (bytes, expected, cancelled) = of(&work);
            if let Some(expected) = expected {
                bar.set_length(expected.load(Ordering::Relaxed));
            }
            tokio::select! {
                _ = tick.tick() => bar.set_position(bytes.load(Ordering::Relaxed)),
                _ = tokio::signal::ctrl_c() => cancelled.store(true, Ordering::Relaxed),
            }
        }
    };
    Following { task: tokio::spawn(follow) }
}

/// A bar that follows something. Dropping it takes it away.
pub struct Following {
    task: JoinHandle<()>,
}

impl Drop for Following {
    fn drop(&mut self) {
        self.task.abort();
    }
}
