//! One thread reads, several decode and encode, one writes in the file's order.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};

use farthing_focus::{Charges, Conformity, Findings};
use farthing_lake::{ChargeEncoder, ChargeWriter, EncodedPart, LakeError};

use super::import::ImportError;
use crate::Reading;
use crate::masking::Mask;

/// What a file's rows came to.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub rows_read: u64,
    pub set_aside: u64,
    pub conformity: Conformity,
    pub findings: Findings,
}

struct Decoded {
    parts: Vec<EncodedPart>,
    outcome: Outcome,
}

/// Hands a part of the file on to be decoded; an error means that nobody listens any more.
pub(crate) type Feed<T> = SyncSender<(usize, T)>;

/// Runs `read` on a thread that feeds parts, decodes them on as many threads as there are cores, and appends them in order.
///
/// `decode` numbers rows from 1 within its part; `row_offset` is added to the numbers of the first part. What `mask` masks goes no
/// further than the thread that decoded it.
pub(crate) fn run<T: Send>(
    writer: &mut ChargeWriter<'_>,
    encoder: &ChargeEncoder,
    mask: Option<&Mask>,
    reading: &Reading,
    row_offset: u64,
    read: impl FnOnce(Feed<T>) -> Result<(), ImportError> + Send,
    decode: impl Fn(&T) -> Result<Charges, ImportError> + Sync,
) -> Result<Outcome, ImportError> {
    let workers = std::thread::available_parallelism().map_or(2, |cores| cores.get().min(16));
    let (feed, parts) = sync_channel::<(usize, T)>(0);
    let parts = &Mutex::new(parts);
    let decode = &|part: &T| -> Result<Charges, ImportError> {
        match (decode(part)?, mask) {
            (charges, Some(mask)) => Ok(mask.charges(charges).map_err(LakeError::from)?),
            (charges, None) => Ok(charges),
        }
    };
    std::thread::scope(|scope| {
        let (done, results) = sync_channel(0);
        let reader = scope.spawn(move || read(feed));
        for _ in 0..workers {
            let done = done.clone();
            scope.spawn(move || work(parts, encoder, decode, &done));
        }
        drop(done);
        let outcome = collect(writer, encoder, reading, row_offset, &results);
        // When writing failed the threads still wait to hand over their parts: letting go of the receiver ends them.
        drop(results);
        drain(parts);
        let read = reader.join().unwrap_or(Err(ImportError::Damaged));
        match (outcome, read) {
            // A reader that lost its listeners says only that; the cause is in the outcome.
            (Err(error), _) => Err(error),
            (Ok(_), Err(error)) => Err(error),
            (Ok(outcome), Ok(())) => Ok(outcome),
        }
    })
}

fn next<T>(parts: &Mutex<Receiver<(usize, T)>>) -> Option<(usize, T)> {
    parts.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

fn drain<T>(parts: &Mutex<Receiver<(usize, T)>>) {
    while next(parts).is_some() {}
}

fn work<T>(
    parts: &Mutex<Receiver<(usize, T)>>,
    encoder: &ChargeEncoder,
    decode: &(impl Fn(&T) -> Result<Charges, ImportError> + Sync),
    done: &SyncSender<(usize, Result<Decoded, ImportError>)>,
) {
    while let Some((index, part)) = next(parts) {
        let decoded = decode(&part).and_then(|charges| {
            let parts = encoder.encode(&charges)?;
            let Charges { rows_read, set_aside, conformity, findings, .. } = charges;
            let outcome = Outcome { rows_read, set_aside, conformity, findings };
            Ok(Decoded { parts, outcome })
        });
        drop(part);
        if done.send((index, decoded)).is_err() {
            return;
        }
    }
}

fn collect(
    writer: &mut ChargeWriter<'_>,
    encoder: &ChargeEncoder,
    reading: &Reading,
    row_offset: u64,
    results: &Receiver<(usize, Result<Decoded, ImportError>)>,
) -> Result<Outcome, ImportError> {
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    let mut total = Outcome::default();
    for (index, decoded) in results {
        waiting.insert(index, decoded?);
        while let Some(decoded) = waiting.remove(&next) {
            next += 1;
            for part in decoded.parts {
                writer.append(encoder, part)?;
            }
            let Outcome { rows_read, set_aside, conformity, mut findings } = decoded.outcome;
            findings.shift_rows(row_offset + total.rows_read);
            total.findings.append(findings);
            total.rows_read += rows_read;
            total.set_aside += set_aside;
            total.conformity += conformity;
            reading.rows.fetch_add(rows_read, Ordering::Relaxed);
        }
    }
    Ok(total)
}
