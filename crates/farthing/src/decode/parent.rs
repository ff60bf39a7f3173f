//! The parent's side.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use farthing_application::decode::{Decoded, Job};
use farthing_application::{DecodeError, Decoder, Reading};

use super::{Blame, COMMAND, Limits, Order, Said};

/// The longest line that is listened to: an answer lists files and findings, and no honest one comes near.
const LONGEST_LINE: u64 = 256 << 20;

/// How much is kept of what a child says on its way down.
const LAST_WORDS: u64 = 16 << 10;

/// How long a request to stop or the end of the time allowed may go unnoticed.
const GLANCE: Duration = Duration::from_millis(50);

/// Decodes in a child of this program.
#[derive(Debug)]
pub struct ChildDecoder {
    /// This program.
    pub program: PathBuf,
    /// What the child may use.
    pub limits: Limits,
}

impl Decoder for ChildDecoder {
    fn decode(&self, job: &Job, reading: &Reading) -> Result<Decoded, DecodeError> {
        let mut running = Running::start(self, job)?;
        let ended = running.follow(reading);
        let status = running.end(matches!(ended, Err(Ended::Silence)));
        tracing::debug!(decode.status = %status, "the decoder ended");
        ended.map_err(|ended| running.explain(ended, status))
    }
}

/// How the conversation ended without an answer.
enum Ended {
    Stopped,
    TimedOut,
    /// The child closed its side.
    Silence,
    Refused(String, Blame),
    Garbled(String),
}

struct Running {
    child: Child,
    lines: Receiver<Result<Said, String>>,
    last_words: Option<std::thread::JoinHandle<String>>,
    deadline: Instant,
    limits: Limits,
    file: String,
}

impl Running {
    fn start(decoder: &ChildDecoder, job: &Job) -> Result<Self, DecodeError> {
        let unusable = |what: &str, error: &dyn std::fmt::Display| DecodeError::Unusable(format!("{what}: {error}"));
        let limits = decoder.limits;
        let order = serde_json::to_vec(&Order { job: job.clone(), limits }).expect("an order has names as keys");
        let mut command = Command::new(&decoder.program);
        command.arg0("farthing").arg(COMMAND).env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A group of its own: Ctrl-C is for the parent, which then ends the child.
        command.process_group(0);
        let mut child = command.spawn().map_err(|error| unusable(&decoder.program.display().to_string(), &error))?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (mut stdin, stdout, stderr) =
            (stdin.expect("stdin is piped"), stdout.expect("stdout is piped"), stderr.expect("stderr is piped"));
        let (say, lines) = sync_channel(64);
        std::thread::spawn(move || listen(BufReader::new(stdout), &say));
        let last_words = Some(std::thread::spawn(move || keep(stderr)));
        let deadline = Instant::now() + Duration::from_secs(limits.seconds);
        let file = job.files.first().map(|file| file.path.to_string()).unwrap_or_default();
        // A child that ends before it read its order says why, or how it ended does.
        let _ = stdin.write_all(&order);
        drop(stdin);
        Ok(Self { child, lines, last_words, deadline, limits, file })
    }

    /// Listens until the answer, a request to stop, the end of the time, or the child's end.
    fn follow(&mut self, reading: &Reading) -> Result<Decoded, Ended> {
        loop {
            if reading.cancelled.load(Ordering::Relaxed) {
                return Err(Ended::Stopped);
            }
            if Instant::now() >= self.deadline {
                return Err(Ended::TimedOut);
            }
            match self.lines.recv_timeout(GLANCE) {
                Ok(Ok(Said::Begins(file))) => self.file = file.into_string(),
                Ok(Ok(Said::Progress(bytes, rows))) => {
                    reading.bytes.store(bytes, Ordering::Relaxed);
                    reading.rows.store(rows, Ordering::Relaxed);
                }
                Ok(Ok(Said::Done(decoded))) => return Ok(decoded),
                Ok(Ok(Said::Refused { message, blame })) => return Err(Ended::Refused(message, blame)),
                Ok(Err(garbled)) => return Err(Ended::Garbled(garbled)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(Ended::Silence),
            }
        }
    }

    /// Ends the child, whatever it does. After its answer there is nothing left for it to do; where it fell silent it is ending
    /// by itself, and how it ends says why.
    fn end(&mut self, by_itself: bool) -> ExitStatus {
        let patience = Instant::now() + Duration::from_secs(if by_itself { 5 } else { 0 });
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return status,
                Ok(None) if Instant::now() < patience => std::thread::sleep(Duration::from_millis(1)),
                // It has ended by itself where killing it fails.
                _ => drop(self.child.kill().and_then(|()| self.child.wait())),
            }
        }
    }

    fn explain(&mut self, ended: Ended, status: ExitStatus) -> DecodeError {
        let Limits { memory_mib, seconds, output_mib } = self.limits;
        let file = std::mem::take(&mut self.file);
        match ended {
            Ended::Stopped => return DecodeError::Stopped,
            Ended::TimedOut => return DecodeError::Time { file, seconds },
            Ended::Refused(message, Blame::Lake) => return DecodeError::Lake(message),
            Ended::Refused(message, Blame::Delivery) => return DecodeError::Incomplete(message),
            Ended::Refused(_, Blame::Memory) => return DecodeError::Memory { file, mib: memory_mib },
            Ended::Refused(message, Blame::Files) => return DecodeError::Refused(message),
            Ended::Garbled(how) => return DecodeError::Died { file, how },
            Ended::Silence => {}
        }
        let words = self.last_words.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
        let out_of_memory = ["memory allocation of", "failed to spawn thread", "Cannot allocate memory"];
        match status.signal() {
            _ if out_of_memory.iter().any(|words_of| words.contains(words_of)) => DecodeError::Memory { file, mib: memory_mib },
            Some(SIGXCPU) => DecodeError::Time { file, seconds },
            Some(SIGXFSZ) => DecodeError::Output { file, mib: output_mib },
            Some(SIGKILL) => {
                DecodeError::Died { file, how: "killed from outside; the system may have run out of memory".to_owned() }
            }
            signal => {
                let said = words.lines().next().unwrap_or_default();
                let how = match signal {
                    Some(signal) => format!("signal {signal}"),
                    None => format!("status {}", status.code().unwrap_or_default()),
                };
                DecodeError::Died { file, how: if said.is_empty() { how } else { format!("{how}: {said}") } }
            }
        }
    }
}

// Linux, the BSDs and macOS agree on these numbers.
const SIGKILL: i32 = 9;
const SIGXCPU: i32 = 24;
const SIGXFSZ: i32 = 25;

/// Passes on what the child says, line by line, until it says no more or nobody listens.
fn listen(mut out: impl BufRead, say: &SyncSender<Result<Said, String>>) {
    loop {
        let mut line = Vec::new();
        match (&mut out).take(LONGEST_LINE).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        // A line that breaks off is that of a child that was ended in the middle of it.
        if line.last() != Some(&b'\n') && (line.len() as u64) < LONGEST_LINE {
            return;
        }
        let said = serde_json::from_slice(&line).map_err(|error| format!("it answered what is no answer: {error}"));
        let garbled = said.is_err();
        if say.send(said).is_err() || garbled {
            return;
        }
    }
}

/// The beginning of what the child says on stderr; the rest is read and dropped, lest the pipe fill.
fn keep(mut stderr: impl Read) -> String {
    let mut kept = Vec::new();
    let _ = (&mut stderr).take(LAST_WORDS).read_to_end(&mut kept);
    let _ = std::io::copy(&mut stderr, &mut std::io::sink());
    String::from_utf8_lossy(&kept).into_owned()
}
