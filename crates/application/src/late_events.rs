//! Events of a month that come with a delivery of another: a decision that was reported forty days late.
//!
//! A month's usage or decisions are replaced as a whole, so a few late rows of it must not stand for the month. Decisions have ids:
//! where there are fewer than half of what is there, they are added to it. A correction that was stated later than what a delivery says
//! of the same decision stays, whichever came first (`usage::decision::Latest`). Hours of usage have none, and whether they are in the
//! sums already cannot be told: a few of another month are set aside, and the month stays.

use std::collections::HashMap;

use farthing_focus::Severity;
use farthing_lake::{Staging, decision_batch, describe_file, write_rows};
use farthing_store::{Dataset, Revision};
use farthing_usage::decision::{Decision, Statement};

use crate::decision_events::read_all;
use crate::deliveries::{is_stray, shrunk};
use crate::home::blocking;
use crate::publishing::{Running, StagedPeriod, Standing};
use crate::{Error, Farthing, Finding};

/// What became of the months of a delivery.
#[derive(Default)]
pub(crate) struct Sorted {
    pub months: Vec<StagedPeriod>,
    pub findings: Vec<Finding>,
    pub set_aside: u64,
    /// Folders that months lie in until they are published.
    pub stagings: Vec<Staging>,
}

impl Farthing {
    /// Tells months from a few late events of a month.
    pub(crate) async fn sort_events(
        &self,
        running: &Running,
        standing: &Standing,
        months: Vec<StagedPeriod>,
    ) -> Result<Sorted, Error> {
        let main = months.iter().map(|month| month.rows).max().unwrap_or_default();
        let mut sorted = Sorted::default();
        for month in months {
            let has_ids = running.dataset == Dataset::Decisions;
            let is_late =
                |there: &&Revision| if has_ids { month.rows * 2 < there.rows } else { is_stray(&month, main, there.rows) };
            let there = standing.of(month.period).filter(|_| !standing.holds(&month, running.digest));
            // What was masked otherwise cannot be put together.
            let same_masking =
                there.map(|there| there.masking.map(|m| m.digest)) == Some(running.masked_by().map(|masking| masking.digest));
            let Some(there) = there.filter(is_late) else {
                sorted
                    .findings
                    .extend(there.and_then(|there| shrunk(&month, there.rows, "give all files of the month together")));
                let month = match there.filter(|_| has_ids && same_masking) {
                    Some(there) => {
                        let (month, corrected) = self.with_corrections(there, month).await?;
                        sorted.findings.extend((corrected > 0).then(|| kept(&month, corrected)));
                        month
                    }
                    None => month,
                };
                sorted.months.push(month);
                continue;
            };
            if has_ids && same_masking {
                let late = month.rows;
                let (month, staging, new) = self.with_late_decisions(running, there, month).await?;
                sorted.findings.push(added(&month, late, new));
                sorted.months.push(month);
                sorted.stagings.push(staging);
            } else {
                sorted.set_aside += month.rows;
                sorted.findings.push(stray(&month, there.rows));
            }
        }
        Ok(sorted)
    }

    /// The decisions that are there, with the late ones that were stated later in place of those of the same id; and how many are new.
    async fn with_late_decisions(
        &self,
        running: &Running,
        there: &Revision,
        late: StagedPeriod,
    ) -> Result<(StagedPeriod, Staging, u64), Error> {
        let staging = self.lake.stage(&format!("{}-{}", running.id, late.period))?;
        let before = self.fact_files(there);
        blocking(move || {
            let mut decisions = read_all(&before)?;
            let known = decisions.len();
            let mut places: HashMap<String, usize> =
                decisions.iter().enumerate().map(|(at, decision)| (decision.id.clone(), at)).collect();
            for decision in read_all(&late.fact_files())? {
                match places.get(&decision.id) {
                    // Two rows of which neither says that it is later: a delivery is how the source has it now.
                    Some(&at) if decisions[at].compare(&decision) == Ok(Statement::Earlier) => {}
                    Some(&at) => decisions[at] = decision,
                    None => {
                        places.insert(decision.id.clone(), decisions.len());
                        decisions.push(decision);
                    }
                }
            }
            let folder = staging.path().join(late.period.to_string());
            std::fs::create_dir_all(&folder).map_err(|source| Error::Home { path: folder.to_string(), source })?;
            let new = (decisions.len() - known) as u64;
            Ok((rewritten(StagedPeriod { folder, ..late }, "decisions.parquet", &decisions)?, staging, new))
        })
        .await
    }

    /// A month as it was delivered, with the corrections of it that are there and were stated later; and how many these are.
    async fn with_corrections(&self, there: &Revision, month: StagedPeriod) -> Result<(StagedPeriod, u64), Error> {
        let before = self.fact_files(there);
        blocking(move || {
            let is_corrected = |decision: &Decision| decision.stated_at() > decision.decided_at;
            let corrections: HashMap<String, Decision> =
                read_all(&before)?.into_iter().filter(is_corrected).map(|decision| (decision.id.clone(), decision)).collect();
            if corrections.is_empty() {
                return Ok((month, 0));
            }
            let (mut decisions, mut kept) = (read_all(&month.fact_files())?, 0);
            for decision in &mut decisions {
                let Some(correction) = corrections.get(&decision.id) else { continue };
                if decision.compare(correction) == Ok(Statement::Later) {
                    *decision = correction.clone();
                    kept += 1;
                }
            }
            match kept {
                0 => Ok((month, 0)),
                kept => Ok((rewritten(month, "decisions-corrected.parquet", &decisions)?, kept)),
            }
        })
        .await
    }
}

/// A staged month with these decisions in place of those that it has, in a file of this name.
fn rewritten(month: StagedPeriod, name: &str, decisions: &[Decision]) -> Result<StagedPeriod, Error> {
    for file in month.fact_files().iter().filter(|file| file.exists()) {
        std::fs::remove_file(file).map_err(|source| Error::Home { path: file.to_string(), source })?;
    }
    let path = month.folder.join(name);
    write_rows(&path, &decision_batch(decisions)?)?;
    let rows = decisions.len() as u64;
    Ok(StagedPeriod { rows, files: vec![describe_file(&path, rows)?], ..month })
}

fn kept(month: &StagedPeriod, corrected: u64) -> Finding {
    let message = format!(
        "corrections of {} that were stated later than this delivery says of the same decisions: they stay, and the rest of the month is \
         as it was delivered",
        month.period
    );
    finding("later-corrections", Severity::Note, month, corrected, message)
}

fn added(month: &StagedPeriod, late: u64, new: u64) -> Finding {
    let again =
        if new < late { format!(", {} of them by their ids in place of what was there", late - new) } else { String::new() };
    let message = format!(
        "late decisions of {}: they were added to the {} that were there{again}, and the month was not replaced",
        month.period,
        month.rows - new
    );
    finding("late-events", Severity::Note, month, late, message)
}

fn stray(month: &StagedPeriod, there: u64) -> Finding {
    let message = format!(
        "a few late rows of {}, of which there are {there}: that month stays as it is and these were set aside, since it cannot be \
         told whether they are in its sums. Import all files of that month together",
        month.period
    );
    finding("stray-period", Severity::Error, month, month.rows, message)
}

fn finding(rule: &str, severity: Severity, month: &StagedPeriod, count: u64, message: String) -> Finding {
    let (rule, value) = (rule.to_owned(), month.period.to_string());
    Finding { rule, severity, column: String::new(), count, rows: Vec::new(), value, message }
}
