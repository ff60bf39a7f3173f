//! Hours of usage that a source no longer has, carried over from what is there: a source that keeps samples for two weeks gives a month in
//! parts, and each part replaces the hours that it knows and no others.

use chrono::{DateTime, Utc};
use farthing_lake::{describe_file, read_usage, usage_batch, write_rows};
use farthing_store::Revision;
use farthing_types::Window;
use farthing_usage::{Rollup, RollupError, UsageHour};

use crate::home::blocking;
use crate::publishing::{Running, StagedPeriod, Standing};
use crate::{Error, Farthing};

/// As many distinct hours × dimensions as an import takes.
const MOST_HOURS: usize = 20_000_000;

impl Farthing {
    /// The staged months with the hours before `known_from` that are there.
    ///
    /// # Errors
    /// When what is there was masked otherwise, or cannot be read.
    pub(crate) async fn with_earlier_hours(
        &self,
        running: &Running,
        standing: &Standing,
        known_from: DateTime<Utc>,
        months: Vec<StagedPeriod>,
    ) -> Result<Vec<StagedPeriod>, Error> {
        let mut merged = Vec::with_capacity(months.len());
        for month in months {
            let Some(there) = standing.of(month.period) else {
                merged.push(month);
                continue;
            };
            if there.masking.map(|masking| masking.digest) != running.masked_by().map(|masking| masking.digest) {
                return Err(Error::Invalid(format!(
                    "{} no longer has the hours of {} before {known_from}, and those that are there were masked by another policy: they cannot \
                     be put together, and the month stays as it is",
                    running.source, month.period
                )));
            }
            let before = self.fact_files(there);
            merged.push(
                blocking(move || {
                    let mut hours = Vec::new();
                    for file in before {
                        hours.extend(read_usage(&file)?.into_iter().filter(|hour| hour.hour < known_from));
                    }
                    put_together(month, hours, known_from)
                })
                .await?,
            );
        }
        Ok(merged)
    }

    /// Up to where the hours of a revision of usage reach.
    pub(crate) async fn hours_reach_to(&self, revision: &Revision) -> Result<Option<DateTime<Utc>>, Error> {
        let files = self.fact_files(revision);
        blocking(move || {
            let mut last = None;
            for file in files {
                last = last.max(read_usage(&file)?.iter().map(|hour| hour.hour).max());
            }
            Ok(last.map(|hour| hour + chrono::TimeDelta::hours(1)))
        })
        .await
    }
}

/// A staged month with earlier hours, in the order that any import writes them: the same hours are the same file.
fn put_together(month: StagedPeriod, earlier: Vec<UsageHour>, known_from: DateTime<Utc>) -> Result<StagedPeriod, Error> {
    let unfit = |error: RollupError| Error::Invalid(format!("{}: {error}; the month stays as it is", month.period));
    let mut rollup = Rollup::with_limit(MOST_HOURS);
    for hour in &earlier {
        rollup.add_hour(hour).map_err(unfit)?;
    }
    for file in month.fact_files() {
        for hour in read_usage(&file)? {
            if hour.hour < known_from {
                let said = format!("{}: an hour before {known_from} came, which the source no longer has", month.period);
                return Err(Error::Invalid(format!("{said}; the month stays as it is")));
            }
            rollup.add_hour(&hour).map_err(unfit)?;
        }
        std::fs::remove_file(&file).map_err(|source| Error::Home { path: file.to_string(), source })?;
    }
    let hours = rollup.into_hours();
    let (path, rows) = (month.folder.join("usage.parquet"), hours.len() as u64);
    write_rows(&path, &usage_batch(&hours)?)?;
    Ok(StagedPeriod { rows, files: vec![describe_file(&path, rows)?], ..month })
}

/// What is missing of a month whose hours from `known_from` on were given, where those up to `known_to` were there and `noted` were not.
pub(crate) fn gaps(month: Window, known_from: DateTime<Utc>, known_to: Option<DateTime<Utc>>, noted: &[Window]) -> Vec<Window> {
    let known_to = known_to.unwrap_or(month.from).clamp(month.from, month.to);
    let mut gaps: Vec<Window> = noted.to_vec();
    gaps.push(Window { from: known_to, to: known_from });
    // What was given now fills what was missing of it.
    gaps.iter_mut().for_each(|gap| *gap = Window { from: gap.from.max(month.from), to: gap.to.min(known_from) });
    gaps.retain(|gap| gap.from < gap.to);
    gaps.sort_by_key(|gap| gap.from);
    let mut joined: Vec<Window> = Vec::new();
    for gap in gaps {
        match joined.last_mut() {
            Some(last) if gap.from <= last.to => last.to = last.to.max(gap.to),
            _ => joined.push(gap),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: u32, hour: u32) -> DateTime<Utc> {
        format!("2026-10-{day:02}T{hour:02}:00:00Z").parse().unwrap()
    }

    fn gap(from: (u32, u32), to: (u32, u32)) -> Window {
        Window { from: at(from.0, from.1), to: at(to.0, to.1) }
    }

    #[test]
    fn what_is_missing_is_what_nobody_ever_gave() {
        let month = Window { from: at(1, 0), to: "2026-11-01T00:00:00Z".parse().unwrap() };
        // The first run comes late.
        assert_eq!(gaps(month, at(9, 5), None, &[]), [gap((1, 0), (9, 5))]);
        // Runs every day leave no further gap, and the first one stays.
        let first = [gap((1, 0), (9, 5))];
        assert_eq!(gaps(month, at(12, 0), Some(at(24, 3)), &first), first);
        // Weeks without a run leave one.
        assert_eq!(gaps(month, at(20, 0), Some(at(15, 0)), &first), [first[0], gap((15, 0), (20, 0))]);
        // What joins is one, and what came after all is none.
        assert_eq!(gaps(month, at(20, 0), Some(at(9, 0)), &first), [gap((1, 0), (20, 0))]);
        assert_eq!(gaps(month, at(4, 0), Some(at(24, 0)), &first), [gap((1, 0), (4, 0))]);
        assert!(gaps(month, at(1, 0), Some(at(24, 0)), &first).is_empty());
        // A month that is gone as a whole.
        assert_eq!(gaps(month, month.to, None, &[]), [month]);
        assert!(gaps(month, month.to, Some(month.to), &[]).is_empty());
    }
}
