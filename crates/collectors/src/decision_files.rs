//! Decisions and their outcomes as files: CSV with a header, JSON lines.
//!
//! - **Idempotence key**: a decision's own id; the same row twice is a repetition, another row under its id is reported.
//! - **Late and restated data**: an import gives each month in it a new revision that replaces the source's earlier one; a few
//!   decisions of another month are added to it by their ids (`application::late_events`).

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use farthing_lake::{Staging, decision_batch};
use farthing_types::BillingPeriod;
use farthing_usage::SeenIds;
use farthing_usage::decision::{Decision, Options, decode};

use crate::masking::Mask;
use crate::usage_files::{EventError, EventReport, Events, Stop, stage};
use crate::{InputFile, Reading};

/// Reads files of decisions and stages those of each month.
///
/// # Errors
/// When a file cannot be read to its end or the lake cannot be written.
pub fn import(files: &[InputFile], mask: Option<&Mask>, staging: &Staging, reading: &Reading) -> Result<Events, EventError> {
    let mut months: BTreeMap<BillingPeriod, Vec<Decision>> = BTreeMap::new();
    let mut seen = SeenIds::default();
    let mut reports = Vec::with_capacity(files.len());
    for file in files {
        reading.begin(file);
        let text = file.open_text(reading)?;
        let report = decode(text, &Options::default(), &mut seen, |decision: Decision| {
            let period = BillingPeriod::of(decision.decided_at).ok_or(Stop::Calendar)?;
            // Repetitions were told by the id as it stands in the file.
            months.entry(period).or_default().push(match mask {
                Some(mask) => mask.decision(decision),
                None => decision,
            });
            Ok(())
        });
        let report = report.map_err(|stop: Stop| stop.at(file))?;
        reading.rows.fetch_add(report.rows, Ordering::Relaxed);
        reports.push(EventReport::from(report).masked(mask));
    }
    let staged =
        months.into_iter().map(|(period, decisions)| stage(staging, period, "decisions.parquet", &decision_batch(&decisions)?));
    Ok(Events { months: staged.collect::<Result<_, _>>()?, files: reports })
}
