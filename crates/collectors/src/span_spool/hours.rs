//! Journals → runs by hour → the usage of hours.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use camino::Utf8PathBuf;
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use farthing_types::BillingPeriod;
use farthing_usage::otlp::{Merged, SpanFact, each_span_once, merge_spans};
use farthing_usage::{Counts, Grain, Rollup, UsageHour, UsageRecord};

use super::reading::{Names, RunWriter, Spans};
use super::{Spool, SpoolError, entries, make_folder, number_name, rename, sync_folder, write_whole};

const NEW: &str = "new";
const DONE: &str = "run";
const BASE: &str = "base.json";
/// Runs of an hour from which on they are made one.
const MANY_RUNS: usize = 32;
/// Distinct dimensions of an hour.
const MOST_KEYS: usize = 5_000_000;

/// An hour of spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SpoolHour(DateTime<Utc>);

impl SpoolHour {
    /// Its first moment.
    pub fn start(self) -> DateTime<Utc> {
        self.0
    }

    /// The hour before.
    pub fn before(self) -> Self {
        Self(self.0 - TimeDelta::hours(1))
    }

    /// The hour after.
    pub fn after(self) -> Self {
        Self(self.0 + TimeDelta::hours(1))
    }

    fn read(name: &str) -> Option<Self> {
        let moment = NaiveDateTime::parse_from_str(&format!("{name}:00"), "%Y-%m-%dT%H:%M").ok()?;
        Some(Self(moment.and_utc()))
    }
}

impl Spool {
    fn hour_folder(&self, hour: SpoolHour) -> Utf8PathBuf {
        self.folder.join("hours").join(hour.0.format("%Y-%m").to_string()).join(hour.0.format("%Y-%m-%dT%H").to_string())
    }

    /// The hours that there are.
    fn hours(&self) -> Result<Vec<SpoolHour>, SpoolError> {
        let months = self.folder.join("hours");
        let mut hours = Vec::new();
        for month in entries(&months)? {
            hours.extend(entries(&months.join(month))?.iter().filter_map(|name| SpoolHour::read(name)));
        }
        hours.sort_unstable();
        Ok(hours)
    }

    /// The hours of a month that have spans here.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub fn hours_of(&self, period: BillingPeriod) -> Result<Vec<SpoolHour>, SpoolError> {
        let mut found = Vec::new();
        for hour in self.hours()?.into_iter().filter(|hour| period.window().contains(hour.0)) {
            if self.has_spans(hour)? {
                found.push(hour);
            }
        }
        Ok(found)
    }

    /// The runs of an hour: `NEW`, `DONE`, or both.
    fn runs_of(&self, hour: SpoolHour, endings: &[&str]) -> Result<Vec<Utf8PathBuf>, SpoolError> {
        let folder = self.hour_folder(hour);
        let runs = entries(&folder)?.into_iter().map(|name| folder.join(name));
        Ok(runs.filter(|path| path.extension().is_some_and(|ending| endings.contains(&ending))).collect())
    }

    /// The numbers of all runs.
    pub(super) fn runs(&self) -> Result<BTreeSet<u64>, SpoolError> {
        let mut numbers = BTreeSet::new();
        for hour in self.hours()? {
            let runs = self.runs_of(hour, &[NEW, DONE])?;
            numbers.extend(runs.iter().filter_map(|run| run.file_stem()?.parse::<u64>().ok()));
        }
        Ok(numbers)
    }

    /// The runs that are in no revision yet.
    pub(super) fn waiting_runs(&self) -> Result<Vec<Utf8PathBuf>, SpoolError> {
        let hours = self.hours()?;
        Ok(hours.into_iter().map(|hour| self.runs_of(hour, &[NEW])).collect::<Result<Vec<_>, _>>()?.concat())
    }

    /// The hours with spans that are in no revision yet, in order.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub fn waiting_hours(&self) -> Result<Vec<SpoolHour>, SpoolError> {
        let mut waiting = Vec::new();
        for hour in self.hours()? {
            if !self.runs_of(hour, &[NEW])?.is_empty() {
                waiting.push(hour);
            }
        }
        Ok(waiting)
    }

    /// Sorts a journal into runs of its hours, and removes it. Doing so again, after it was left half done, gives the same runs.
    ///
    /// # Errors
    /// When a file cannot be read or written; the journal is then still there.
    pub fn sort(&self, journal: u64) -> Result<(), SpoolError> {
        let path = self.folder.join("journal").join(number_name(journal));
        let remove = || std::fs::remove_file(&path).map_err(SpoolError::io(&path));
        let mut sums = self.sums()?.unwrap_or_default();
        // Its runs were safe before its sums were kept.
        if journal == sums.journal {
            return remove();
        }
        let names = Rc::new(RefCell::new(Names::default()));
        let mut hours: BTreeMap<SpoolHour, Vec<SpanFact>> = BTreeMap::new();
        let mut spans = Spans::open(&path, &names)?;
        loop {
            match spans.next() {
                None => break,
                Some(Ok(span)) => hours.entry(SpoolHour(span.hour())).or_default().push(span),
                // What was being written when the process ended was not acknowledged.
                Some(Err(SpoolError::Damaged { .. })) => {
                    let length = std::fs::metadata(&path).map_err(SpoolError::io(&path))?.len();
                    tracing::warn!(journal.path = %path, journal.whole_bytes = spans.at(), journal.bytes = length, "a journal was not whole");
                    break;
                }
                Some(Err(error)) => return Err(error),
            }
        }
        let totals = spans.totals();
        let has_totals = !totals.is_empty();
        for fact in sums.add(totals) {
            hours.entry(SpoolHour(fact.hour())).or_default().push(fact);
        }
        for (hour, mut spans) in hours {
            spans.sort_by_key(|span| (span.trace, span.span));
            let folder = self.hour_folder(hour);
            make_folder(&folder)?;
            let run = folder.join(number_name(journal));
            // It was whole before the journal was removed, and may have been in a revision since.
            if run.with_extension(DONE).exists() || run.with_extension(NEW).exists() {
                continue;
            }
            let staged = run.with_extension("part");
            let mut writer = RunWriter::create(&staged, &names)?;
            spans.into_iter().try_for_each(|span| writer.add(span))?;
            writer.end()?;
            rename(&staged, &run.with_extension(NEW))?;
            sync_folder(&folder)?;
            folder.ancestors().skip(1).take(2).try_for_each(sync_folder)?;
        }
        if has_totals {
            sums.journal = journal;
            self.keep_sums(&sums)?;
        }
        remove()
    }

    /// True where it is noted what the revision had of an hour before its first span came.
    pub fn has_base(&self, hour: SpoolHour) -> bool {
        self.hour_folder(hour).join(BASE).exists()
    }

    /// True where an hour has any spans.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn has_spans(&self, hour: SpoolHour) -> Result<bool, SpoolError> {
        Ok(!self.runs_of(hour, &[NEW, DONE])?.is_empty())
    }

    /// Notes what the revision has of an hour before its first span comes: nothing, or something after a backup was restored without its
    /// spans, or where the month was imported from files. What comes is added to it. It is noted before the first publication, so that what
    /// was published is never taken for it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn note_base(&self, hour: SpoolHour, usage: &[UsageHour]) -> Result<(), SpoolError> {
        let folder = self.hour_folder(hour);
        make_folder(&folder)?;
        write_whole(&folder.join(BASE), &serde_json::to_vec(usage).expect("usage is JSON"))
    }

    /// The usage of an hour: all its spans, each once, and what is noted beside them.
    ///
    /// # Errors
    /// When a run is missing or damaged, or there are too many distinct dimensions.
    pub fn usage_of(&self, hour: SpoolHour) -> Result<(Vec<UsageHour>, Merged), SpoolError> {
        // A call of the next hour can be that which one of this hour wraps.
        let added_up = self.added_up(hour, &[hour, hour.after()])?;
        // A log record is of when its call ended: what it says, a span of the hour before may say better.
        if added_up.1.of_logs == 0 || !self.has_spans(hour.before())? {
            return Ok(added_up);
        }
        self.added_up(hour, &[hour.before(), hour, hour.after()])
    }

    /// The usage of an hour, by the runs of some hours.
    fn added_up(&self, hour: SpoolHour, by: &[SpoolHour]) -> Result<(Vec<UsageHour>, Merged), SpoolError> {
        let names = Rc::new(RefCell::new(Names::default()));
        let paths = by.iter().map(|hour| self.runs_of(*hour, &[NEW, DONE])).collect::<Result<Vec<_>, _>>()?.concat();
        let runs = paths.iter().map(|path| Spans::open(path, &names)).collect::<Result<Vec<_>, _>>()?;
        let nanos = |hour: SpoolHour| hour.0.timestamp_nanos_opt().unwrap_or(i64::MAX);
        let mut sums: HashMap<u32, Counts> = HashMap::new();
        let mut overflow = None;
        let compare = |a: u32, b: u32| {
            let names = names.borrow();
            names.all[a as usize].cmp(&names.all[b as usize])
        };
        let merged = merge_spans(runs, compare, nanos(hour)..nanos(hour.after()), |span| {
            let sum = sums.entry(span.dimensions).or_default();
            match sum.checked_add(&span.counts) {
                Ok(more) => *sum = more,
                Err(what) => overflow = Some(what),
            }
        })?;
        if let Some(what) = overflow {
            return Err(farthing_usage::RollupError::Overflow { hour: hour.0, what }.into());
        }
        let mut rollup = Rollup::with_limit(MOST_KEYS);
        for (place, counts) in sums {
            let dimensions = names.borrow().all[place as usize].clone();
            let record = UsageRecord { at: hour.0, grain: Grain::Hour, dimensions, counts };
            rollup.add(&record)?;
        }
        for noted in self.base(hour)? {
            rollup.add_hour(&noted)?;
        }
        Ok((rollup.into_hours(), merged))
    }

    fn base(&self, hour: SpoolHour) -> Result<Vec<UsageHour>, SpoolError> {
        let path = self.hour_folder(hour).join(BASE);
        match std::fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|error| SpoolError::Damaged { path, why: error.to_string() }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(SpoolError::io(&path)(error)),
        }
    }

    /// Notes that the spans of an hour are in a revision. Many runs become one.
    ///
    /// # Errors
    /// When a file cannot be renamed or written.
    pub fn settle(&self, hour: SpoolHour) -> Result<(), SpoolError> {
        for run in self.runs_of(hour, &[NEW])? {
            rename(&run, &run.with_extension(DONE))?;
        }
        let runs = self.runs_of(hour, &[DONE])?;
        if runs.len() >= MANY_RUNS {
            self.join(&runs)?;
        }
        sync_folder(&self.hour_folder(hour))
    }

    /// Writes runs as one, in place of the last; then removes the others. Left half done, some spans are there twice, which changes nothing.
    fn join(&self, runs: &[Utf8PathBuf]) -> Result<(), SpoolError> {
        let Some((last, others)) = runs.split_last() else { return Ok(()) };
        let names = Rc::new(RefCell::new(Names::default()));
        let staged = last.with_extension("part");
        let mut writer = RunWriter::create(&staged, &names)?;
        let open = runs.iter().map(|path| Spans::open(path, &names)).collect::<Result<Vec<_>, _>>()?;
        let compare = |a: u32, b: u32| {
            let names = names.borrow();
            names.all[a as usize].cmp(&names.all[b as usize])
        };
        each_span_once(open, &compare, |span| writer.add(span))?;
        writer.end()?;
        rename(&staged, last)?;
        others.iter().try_for_each(|run| std::fs::remove_file(run).map_err(SpoolError::io(run)))
    }

    /// Removes the spans of hours before a moment that are in a revision: no span that began then is taken any more.
    ///
    /// # Errors
    /// When a folder cannot be removed.
    pub fn forget(&self, before: DateTime<Utc>) -> Result<(), SpoolError> {
        for hour in self.hours()?.into_iter().take_while(|hour| hour.0 < before) {
            if self.runs_of(hour, &[NEW])?.is_empty() {
                let folder = self.hour_folder(hour);
                std::fs::remove_dir_all(&folder).map_err(SpoolError::io(&folder))?;
            }
        }
        Ok(())
    }
}
