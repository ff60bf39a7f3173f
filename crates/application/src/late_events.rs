//! Events of a month that come with a delivery of another: a decision that was reported forty days late.
//!
//! A month's usage or decisions are replaced as a whole, so a few late rows of it must not stand for the month. Decisions have ids:
//! where there are fewer than half of what is there, they are added to it. Hours of usage have none, and whether they are in the
//! sums already cannot be told: a few of another month are set aside, and the month stays.

use std::collections::HashMap;

use farthing_focus::Severity;
use farthing_lake::{Staging, decision_batch, describe_file, read_decisions, write_rows};
use farthing_store::{Dataset, Revision};
use farthing_usage::decision::Decision;

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
            let Some(there) = there.filter(is_late) else {
                sorted
                    .findings
                    .extend(there.and_then(|there| shrunk(&month, there.rows, "give all files of the month together")));
                sorted.months.push(month);
                continue;
            };
            // What was masked otherwise cannot be put together.
            let same_masking = there.masking.map(|masking| masking.digest) == running.masked_by().map(|masking| masking.digest);
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

    /// The decisions that are there, with the late ones in place of those of the same id; and how many are new.
    async fn with_late_decisions(
        &self,
        running: &Running,
        there: &Revision,
        late: StagedPeriod,
    ) -> Result<(StagedPeriod, Staging, u64), Error> {
        let staging = self.lake.stage(&format!("{}-{}", running.id, late.period))?;
        let before = self.fact_files(there);
        blocking(move || {
            let read = |files: Vec<camino::Utf8PathBuf>| -> Result<Vec<Decision>, Error> {
                let decisions = files.iter().map(|file| read_decisions(file)).collect::<Result<Vec<_>, _>>()?;
                Ok(decisions.into_iter().flatten().collect())
            };
            let mut decisions = read(before)?;
            let known = decisions.len();
            let mut places: HashMap<String, usize> =
                decisions.iter().enumerate().map(|(at, decision)| (decision.id.clone(), at)).collect();
            for decision in read(late.fact_files())? {
                match places.get(&decision.id) {
                    Some(at) => decisions[*at] = decision,
                    None => {
                        places.insert(decision.id.clone(), decisions.len());
                        decisions.push(decision);
                    }
                }
            }
            let folder = staging.path().join(late.period.to_string());
            std::fs::create_dir_all(&folder).map_err(|source| Error::Home { path: folder.to_string(), source })?;
            let path = folder.join("decisions.parquet");
            write_rows(&path, &decision_batch(&decisions)?)?;
            let rows = decisions.len() as u64;
            let files = vec![describe_file(&path, rows)?];
            let new = (decisions.len() - known) as u64;
            Ok((StagedPeriod { folder, rows, files, ..late }, staging, new))
        })
        .await
    }
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
