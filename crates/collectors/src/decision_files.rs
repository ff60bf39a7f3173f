//! Decisions and their outcomes as files: CSV with a header, JSON lines.
//!
//! - **Idempotence key**: a decision's own id; the same row twice is a repetition, one that was stated later takes the earlier's place
//!   (`usage::decision::Latest`), any other row under its id is reported.
//! - **Late and restated data**: an import gives each month in it a new revision that replaces the source's earlier one; a few
//!   decisions of another month are added to it by their ids (`application::late_events`).

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use farthing_lake::{Staging, decision_batch};
use farthing_types::BillingPeriod;
use farthing_usage::decision::{Decision, Latest, Options, decode_numbered};
use farthing_usage::{Effect, Finding, SeenIds};

use crate::masking::Mask;
use crate::usage_files::{EventError, EventReport, Events, Stop, stage};
use crate::{InputFile, Reading};

/// Reads files of decisions and stages those of each month.
///
/// # Errors
/// When a file cannot be read to its end or the lake cannot be written.
pub fn import(files: &[InputFile], mask: Option<&Mask>, staging: &Staging, reading: &Reading) -> Result<Events, EventError> {
    let (mut latest, mut seen) = (Latest::default(), SeenIds::default());
    let mut reports = Vec::with_capacity(files.len());
    for file in files {
        reading.begin(file);
        let text = file.open_text(reading)?;
        let mut conflicts = Vec::new();
        let report = decode_numbered(text, &Options::default(), &mut seen, |row, decision: Decision| {
            BillingPeriod::of(decision.decided_at).ok_or(Stop::Calendar)?;
            if let Err(conflict) = latest.add(decision) {
                let (column, rule, message) = ("id".to_owned(), "conflicting-duplicate", conflict.to_string());
                conflicts.push(Finding { row, column, rule, effect: Effect::SetAside, message });
            }
            Ok(())
        });
        let mut report = report.map_err(|stop: Stop| stop.at(file))?;
        conflicts.into_iter().for_each(|conflict| report.findings.add(conflict));
        reading.rows.fetch_add(report.rows, Ordering::Relaxed);
        reports.push(EventReport::from(report).masked(mask));
    }
    // Repetitions and corrections were told by the id as it stands in the file.
    let mut months: BTreeMap<BillingPeriod, Vec<Decision>> = BTreeMap::new();
    for decision in latest.into_decisions() {
        let Some(period) = BillingPeriod::of(decision.decided_at) else { continue };
        months.entry(period).or_default().push(match mask {
            Some(mask) => mask.decision(decision),
            None => decision,
        });
    }
    let staged =
        months.into_iter().map(|(period, decisions)| stage(staging, period, "decisions.parquet", &decision_batch(&decisions)?));
    Ok(Events { months: staged.collect::<Result<_, _>>()?, files: reports })
}
