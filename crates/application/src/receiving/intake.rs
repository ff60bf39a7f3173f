//! Requests → the journal.

use std::io::Read;
use std::sync::{Mutex, mpsc};

use chrono::{DateTime, Utc};
use farthing_collectors::span_spool::{Journal, SpoolError};
use farthing_usage::otlp::{self, Encoding, Refusal};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::{AHEAD, Gate, Receiver};
use crate::Error;
use crate::home::blocking;

/// A journal of this size is sorted before its time: that is done in memory.
const LARGEST_JOURNAL: u64 = 64 << 20;
/// Blocks that are appended at a time.
const AT_A_TIME: usize = 8 << 20;
/// What a request is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Spans.
    Traces,
    /// Data points.
    Metrics,
    /// Log records.
    Logs,
}

/// Room for a request's bytes, given back when the request is answered.
#[derive(Debug)]
pub struct Admission {
    held: OwnedSemaphorePermit,
}

/// What became of a request's items. Those that are not refused are safe, or left out by design.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TakenItems {
    /// Items sent.
    pub items: u64,
    /// Spans, log records and data points that are calls of models and were kept.
    pub kept: u64,
    /// Those that are none, left out by design.
    pub skipped: u64,
    /// Items that were refused, by cause.
    pub refused: Vec<(&'static str, u64)>,
    /// What there is to say of them.
    pub message: String,
}

impl TakenItems {
    /// How many were refused in all.
    pub fn refused_items(&self) -> u64 {
        self.refused.iter().map(|(_, items)| items).sum()
    }
}

/// Why nothing of a request was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// It makes no sense. To send it again is of no use.
    Senseless(String),
    /// It is too large.
    TooLarge(String),
    /// There is no room for it at the moment.
    Busy(String),
    /// It cannot be kept at the moment.
    Unavailable {
        /// Why.
        why: String,
        /// When it may be tried again.
        after_seconds: u64,
    },
}

impl Receiver {
    /// Room for a body of this size, before it is read.
    ///
    /// # Errors
    /// [`NotTaken::TooLarge`], [`NotTaken::Busy`], and [`NotTaken::Unavailable`] where too much waits on the disk.
    pub fn admit(&self, bytes: u64) -> Result<Admission, NotTaken> {
        let settings = &self.shared.settings;
        if bytes > settings.body_bytes {
            return Err(too_large(settings.body_bytes));
        }
        let waiting = self.shared.figures.spool_bytes();
        if waiting >= settings.spool_bytes {
            return Err(NotTaken::Unavailable {
                why: format!("{waiting} bytes of spans wait on the disk to be published, which is the limit (otlp_spool_mib)"),
                after_seconds: settings.publish_every.as_secs().clamp(1, 60),
            });
        }
        Ok(Admission { held: self.room(bytes)? })
    }

    fn room(&self, bytes: u64) -> Result<OwnedSemaphorePermit, NotTaken> {
        let kib = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX);
        let busy = || NotTaken::Busy("as many requests as there is room for are being worked on (otlp_queue_mib)".to_owned());
        self.shared.room.clone().try_acquire_many_owned(kib).map_err(|_| busy())
    }

    /// Takes a request. When this answers, what it says was kept is safe from a crash and from a loss of power.
    ///
    /// # Errors
    /// See [`NotTaken`]; then nothing of it was kept.
    pub async fn take(
        &self,
        signal: Signal,
        encoding: Encoding,
        gzip: bool,
        body: Vec<u8>,
        mut admission: Admission,
    ) -> Result<TakenItems, NotTaken> {
        let decoding = self.shared.decoding.clone().acquire_owned().await;
        let (this, accepts) = (self.clone(), self.accepts()?);
        let read = blocking(move || {
            let _decoding = decoding;
            let body = if gzip { this.unpacked(&body, &mut admission) } else { Ok(body) };
            Ok((body.and_then(|body| this.read(signal, encoding, &body, accepts)), admission))
        });
        let failed = |error: Error| NotTaken::Unavailable { why: error.to_string(), after_seconds: 10 };
        let (read, admission) = read.await.map_err(failed)?;
        let (taken, block) = read?;
        if let Some(block) = block {
            let bytes = block.len() as u64;
            let why =
                |why: String| NotTaken::Unavailable { why: format!("the spans cannot be written: {why}"), after_seconds: 10 };
            let length = self.shared.writer.append(block).await.map_err(why)?;
            self.shared.figures.appended(bytes, self.now());
            if length >= LARGEST_JOURNAL {
                self.shared.full.notify_one();
            }
        }
        drop(admission);
        Ok(taken)
    }

    /// The body as it was packed, with room for it as it grows.
    fn unpacked(&self, packed: &[u8], admission: &mut Admission) -> Result<Vec<u8>, NotTaken> {
        let most = self.shared.settings.body_bytes;
        let (mut body, mut reader) = (Vec::new(), flate2::read::MultiGzDecoder::new(packed));
        loop {
            let read = reader.by_ref().take(1 << 18).read_to_end(&mut body);
            match read.map_err(|error| NotTaken::Senseless(format!("the body is no whole gzip: {error}")))? {
                0 => return Ok(body),
                _ if body.len() as u64 > most => return Err(too_large(most)),
                more => admission.held.merge(self.room(more as u64)?),
            }
        }
    }

    fn read(
        &self,
        signal: Signal,
        encoding: Encoding,
        body: &[u8],
        accepts: Accepts,
    ) -> Result<(TakenItems, Option<Vec<u8>>), NotTaken> {
        let senseless = |error: otlp::MessageError| NotTaken::Senseless(format!("the body is no OTLP export request: {error}"));
        let shared = &self.shared;
        let of_metrics = shared.settings.usage_from == Signal::Metrics;
        let check = |at: DateTime<Utc>| accepts.check(at);
        let (items, received) = match signal {
            Signal::Traces => {
                let spans = otlp::spans_of(encoding, body, &shared.wanted).map_err(senseless)?;
                if of_metrics {
                    return Ok((refused(spans.len() as u64, "traces", TRACES), None));
                }
                (spans.len() as u64, otlp::receive(&spans, &shared.options, check))
            }
            Signal::Logs => {
                let records = otlp::logs_of(encoding, body, &shared.wanted).map_err(senseless)?;
                if of_metrics {
                    return Ok((refused(records.len() as u64, "logs", LOGS), None));
                }
                (records.len() as u64, otlp::receive_logs(&records, &shared.options, check))
            }
            Signal::Metrics => {
                let (points, others) = otlp::points_of(encoding, body, &shared.wanted).map_err(senseless)?;
                let items = points.len() as u64 + others;
                if !of_metrics {
                    return Ok((refused(items, "metrics", METRICS), None));
                }
                let reach = |at: DateTime<Utc>| accepts.check(at).map(|()| accepts.reach(at));
                (items, otlp::receive_points(&points, others, &shared.options, reach))
            }
        };
        let mut block = received.block;
        if let Some(masking) = &accepts.gate.masking {
            block.dimensions.iter_mut().for_each(|of| masking.mask.dimensions(of));
        }
        let taken = TakenItems {
            items,
            kept: block.len() as u64,
            skipped: received.skipped,
            refused: received.refused.iter().map(|refusal| (refusal.rule, refusal.spans)).collect(),
            message: told(&received.refused),
        };
        Ok((taken, (!block.is_empty()).then(|| block.to_bytes())))
    }

    fn accepts(&self) -> Result<Accepts, NotTaken> {
        let (now, late) = (self.now(), self.shared.settings.late);
        let gate = self.shared.gate.read().expect("nobody panics with it").clone();
        let gate = gate.map_err(|why| NotTaken::Unavailable { why, after_seconds: 60 })?;
        Ok(Accepts { from: now - late, to: now + AHEAD, days: late.num_days(), gate })
    }
}

const METRICS: &str = "metrics are not kept: usage is read from spans, and the same calls would count twice. Send traces to /v1/traces, or \
                       set otlp_usage = \"metrics\" where nobody sends spans";
const TRACES: &str = "spans are not kept: usage is read from metrics (otlp_usage), and the same calls would count twice";
const LOGS: &str = "log records are not kept: usage is read from metrics (otlp_usage), and the same calls would count twice";

/// A request of which nothing is kept.
fn refused(items: u64, rule: &'static str, message: &str) -> TakenItems {
    if items == 0 {
        return TakenItems::default();
    }
    TakenItems { items, refused: vec![(rule, items)], message: message.to_owned(), ..TakenItems::default() }
}

fn too_large(most: u64) -> NotTaken {
    NotTaken::TooLarge(format!("the body is larger than {most} bytes (otlp_body_mib); send fewer spans at a time"))
}

fn told(refused: &[Refusal]) -> String {
    let cause = |refusal: &Refusal| format!("{} ({}): {}", refusal.spans, refusal.rule, refusal.message);
    refused.iter().map(cause).collect::<Vec<_>>().join("; ")
}

/// Which calls can be taken, by their beginning.
struct Accepts {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    days: i64,
    gate: Gate,
}

impl Accepts {
    fn check(&self, at: DateTime<Utc>) -> Result<(), (&'static str, String)> {
        if at < self.from {
            let why = format!("it began more than {} days ago (otlp_late_days); import older traces as files", self.days);
            return Err(("too-late", why));
        }
        if at > self.to {
            return Err(("in-the-future", format!("it began at {at}, in the future: check the sender's clock")));
        }
        match self.gate.closed.iter().find(|period| period.window().contains(at)) {
            Some(period) => Err(("period-closed", format!("{period} is closed; reopen it, or leave the spans out"))),
            None => Ok(()),
        }
    }

    /// The first moment from which on all is taken up to one that is.
    fn reach(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        let ends = self.gate.closed.iter().map(|period| period.end()).filter(|end| *end <= at);
        ends.max().map_or(self.from, |end| end.max(self.from))
    }
}

/// One thread that appends blocks to the journal, as many as there are at a time, and waits for the disk once for all of them.
pub(super) struct Writer {
    orders: Mutex<mpsc::Sender<Order>>,
}

enum Order {
    Append(Vec<u8>, oneshot::Sender<Result<u64, String>>),
    Rotate(oneshot::Sender<Result<u64, SpoolError>>),
}

impl Writer {
    pub fn start(journal: Journal) -> Result<Self, Error> {
        let (orders, taken) = mpsc::channel();
        let work = move || write(journal, &taken);
        let spawned = std::thread::Builder::new().name("span-journal".to_owned()).spawn(work);
        spawned.map_err(|error| Error::Panicked(format!("no thread can be started: {error}")))?;
        Ok(Self { orders: Mutex::new(orders) })
    }

    fn order(&self, order: Order) -> Result<(), String> {
        let orders = self.orders.lock().expect("nobody panics with it");
        orders.send(order).map_err(|_| "the journal's thread has ended".to_owned())
    }

    /// Appends a block; how long the journal then is.
    async fn append(&self, block: Vec<u8>) -> Result<u64, String> {
        let (tell, done) = oneshot::channel();
        self.order(Order::Append(block, tell))?;
        done.await.map_err(|_| "the journal's thread has ended".to_owned())?
    }

    /// Ends the journal and begins another; the number of the new one.
    pub async fn rotate(&self) -> Result<u64, Error> {
        let (tell, done) = oneshot::channel();
        self.order(Order::Rotate(tell)).map_err(Error::Panicked)?;
        Ok(done.await.map_err(|_| Error::Panicked("the journal's thread has ended".to_owned()))??)
    }
}

fn write(mut journal: Journal, orders: &mpsc::Receiver<Order>) {
    let mut next = orders.recv().ok();
    while let Some(order) = next.take() {
        let (mut blocks, mut waiting) = (Vec::new(), Vec::new());
        let mut order = Some(order);
        while let Some(Order::Append(block, tell)) = order.take_if(|order| matches!(order, Order::Append(..))) {
            if blocks.is_empty() {
                blocks = block;
            } else {
                blocks.extend(block);
            }
            waiting.push(tell);
            if blocks.len() >= AT_A_TIME {
                break;
            }
            order = orders.try_recv().ok();
        }
        if !waiting.is_empty() {
            let written = journal.append(&blocks).map(|()| journal.bytes()).map_err(|error| error.to_string());
            // Whoever does not listen any more sends the same spans again, which changes nothing.
            waiting.into_iter().for_each(|tell| drop(tell.send(written.clone())));
        }
        if let Some(Order::Rotate(tell)) = order {
            // An empty one can go on.
            let rotated = if journal.bytes() == 0 { Ok(None) } else { journal.next().map(Some) };
            let answer = rotated.map(|new| {
                if let Some(new) = new {
                    journal = new;
                }
                journal.number()
            });
            drop(tell.send(answer));
        }
        next = orders.recv().ok();
    }
}
