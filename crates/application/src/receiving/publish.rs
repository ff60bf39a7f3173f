//! The journal → hours → revisions of usage.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use farthing_collectors::span_spool::{SpoolError, SpoolHour};
use farthing_lake::{describe_file, read_usage, reread_rows, usage_batch, write_rows};
use farthing_store::{Collection, Dataset, LastRun};
use farthing_types::BillingPeriod;
use farthing_usage::{Rollup, RollupError, UsageHour, hour_of};

use super::{Receiver, Shared};
use crate::deliveries::DeliveryPolicy;
use crate::home::blocking;
use crate::publishing::{Running, StagedPeriod};
use crate::{Error, Farthing};

/// How the revisions that this makes were read.
pub(crate) const FORMAT: &str = "otlp-received";
/// Hours × dimensions of a month.
const MOST_ROWS: usize = 20_000_000;

impl Receiver {
    /// Publishes what was acknowledged and is in no revision yet.
    ///
    /// # Errors
    /// When a month could not be published: its spans wait, those of the others are published.
    pub async fn publish(&self) -> Result<(), Error> {
        let shared = &self.shared;
        let _one_at_a_time = shared.publishing.lock().await;
        let from = self.now();
        let published = self.publish_waiting().await;
        let (problem, notes) = match &published {
            Ok(closed) if closed.is_empty() => (None, String::new()),
            Ok(closed) => {
                let months: Vec<String> = closed.iter().map(ToString::to_string).collect();
                (
                    None,
                    format!("spans of {} wait: closed since they were acknowledged; reopen to publish them", months.join(", ")),
                )
            }
            Err(error) => (Some(error.to_string()), String::new()),
        };
        let this = self.clone();
        let left = blocking(move || Ok(this.shared.spool.waiting_bytes()?)).await?;
        match problem {
            None => shared.figures.published(left, self.now(), from),
            Some(_) => shared.figures.failed(),
        }
        self.note(problem, notes).await?;
        published.map(|_| ())
    }

    /// How receiving stands, where `status` shows it beside what is collected. Nothing is noted of a receiver that was never sent anything.
    async fn note(&self, problem: Option<String>, notes: String) -> Result<(), Error> {
        let (shared, now) = (&self.shared, self.now());
        let collections = shared.farthing.store.collections();
        let source = shared.settings.source.clone();
        let before = collections.of(&source).await?;
        let standing = shared.farthing.standing_of(&source, Dataset::Usage).await?;
        if before.is_none() && problem.is_none() && standing.active.is_empty() {
            return Ok(());
        }
        let (succeeded_at, collected_to) = match (&problem, before) {
            (None, _) => (Some(now), Some(now)),
            (Some(_), Some(before)) => (before.succeeded_at, before.collected_to),
            (Some(_), None) => (None, None),
        };
        let reason = problem.as_ref().map(|_| "import".to_owned());
        // What is received is asked for by no call; how much of it, its own figures say.
        let last = LastRun::default();
        collections
            .note(&Collection { source, attempted_at: now, succeeded_at, collected_to, problem, reason, notes, last })
            .await?;
        Ok(())
    }

    /// The months that are closed, so that their spans wait.
    async fn publish_waiting(&self) -> Result<Vec<BillingPeriod>, Error> {
        let shared = &self.shared;
        let current = shared.writer.rotate().await?;
        let this = self.clone();
        let (waiting, hours) = blocking(move || {
            let spool = &this.shared.spool;
            for journal in spool.journals()?.into_iter().filter(|journal| *journal < current) {
                spool.sort(journal)?;
            }
            let waiting = spool.waiting_hours()?;
            // What is new says something of its neighbours too: what a call of the hour before wraps, or whose log record came in the hour
            // after, may have come only now.
            let mut hours: BTreeSet<SpoolHour> = waiting.iter().copied().collect();
            for neighbour in waiting.iter().flat_map(|hour| [hour.before(), hour.after()]) {
                if !hours.contains(&neighbour) && spool.has_spans(neighbour)? {
                    hours.insert(neighbour);
                }
            }
            Ok((waiting, hours))
        })
        .await?;
        let period_of = |hour: SpoolHour| {
            let beyond = || Error::Panicked("an hour beyond the calendar was acknowledged".to_owned());
            BillingPeriod::of(hour.start()).ok_or_else(beyond)
        };
        let mut months: BTreeMap<BillingPeriod, BTreeSet<SpoolHour>> = BTreeMap::new();
        for hour in hours {
            months.entry(period_of(hour)?).or_default().insert(hour);
        }
        let (mut closed, mut stuck, mut failed) = (BTreeSet::new(), BTreeSet::new(), None);
        for (period, hours) in months {
            match self.publish_month(period, hours).await {
                Ok(true) => {}
                Ok(false) => drop(closed.insert(period)),
                Err(error) => {
                    stuck.insert(period);
                    failed = Some(error);
                }
            }
        }
        // An hour is in a revision where its month is, and where those of its neighbours say what it changes in them.
        let (mut settled, mut waits) = (Vec::new(), BTreeSet::new());
        for hour in waiting {
            let own = period_of(hour)?;
            if closed.contains(&own) {
                waits.insert(own);
                continue;
            }
            let of = [period_of(hour.before())?, own, period_of(hour.after())?];
            if of.iter().all(|period| !stuck.contains(period)) {
                settled.push(hour);
            }
        }
        let (this, before) = (self.clone(), self.now() - shared.settings.late - chrono::TimeDelta::days(2));
        blocking(move || {
            settled.into_iter().try_for_each(|hour| this.shared.spool.settle(hour))?;
            Ok(this.shared.spool.forget(before)?)
        })
        .await?;
        match failed {
            Some(error) => Err(error),
            None => Ok(waits.into_iter().collect()),
        }
    }

    /// Publishes a month with hours that are to be added up anew; false where it is closed.
    async fn publish_month(&self, period: BillingPeriod, hours: BTreeSet<SpoolHour>) -> Result<bool, Error> {
        let shared = &self.shared;
        let farthing = &shared.farthing;
        let source = &shared.settings.source;
        if farthing.standing_of(source, Dataset::Usage).await?.closed(period).is_some() {
            return Ok(false);
        }
        // No delivery: the same hours may come again with more in them.
        let call = format!("{FORMAT} {period} {}", farthing.now().to_rfc3339());
        let policy = DeliveryPolicy::default();
        let running = match farthing.begin_import(source, Dataset::Usage, &[], &call, &policy, Arc::default()).await? {
            Ok(running) => running,
            Err(_) => return Err(Error::Panicked("received spans were taken for a delivery that is there".to_owned())),
        };
        if let Err(error) = farthing.write_received(&self.shared, &running, period, hours).await {
            return Err(farthing.fail(&running, error).await);
        }
        Ok(true)
    }
}

impl Farthing {
    async fn write_received(
        &self,
        shared: &Arc<Shared>,
        running: &Running,
        period: BillingPeriod,
        hours: BTreeSet<SpoolHour>,
    ) -> Result<(), Error> {
        let standing = self.standing(running).await?;
        let there = standing.of(period).map(|revision| self.fact_files(revision)).unwrap_or_default();
        let (shared, folder) = (Arc::clone(shared), running.staging.path().join(period.to_string()));
        let staging = running.staging.path().to_owned();
        let staged = blocking(move || {
            let before = there.iter().map(|file| read_usage(file)).collect::<Result<Vec<_>, _>>()?.concat();
            let usage = month_of(&shared, &before, &hours)?;
            std::fs::create_dir_all(&folder).map_err(|source| Error::Home { path: folder.to_string(), source })?;
            let path = folder.join("usage.parquet");
            write_rows(&path, &usage_batch(&usage)?)?;
            let file = describe_file(&path, usage.len() as u64)?;
            reread_rows(&staging, period, &file)?;
            Ok(StagedPeriod {
                period,
                folder,
                rows: file.rows,
                files: vec![file],
                totals: Vec::new(),
                rows_digest: None,
                inputs: Vec::new(),
            })
        })
        .await?;
        let placements = self.placements(running, &standing, vec![staged])?;
        if placements.is_empty() {
            self.nothing_new(running, "The same spans are there already. Nothing changed.".to_owned()).await?;
            return Ok(());
        }
        let message = format!("Received spans, added up by hour.{}", running.masking_note());
        self.publish(running, placements, FORMAT, &message, Vec::new(), None).await?;
        Ok(())
    }
}

/// A month's usage: some hours added up from all their spans, the others as they are.
fn month_of(shared: &Shared, before: &[UsageHour], hours: &BTreeSet<SpoolHour>) -> Result<Vec<UsageHour>, Error> {
    let spool = &shared.spool;
    let mut rollup = Rollup::with_limit(MOST_ROWS);
    let fits = |error: RollupError| Error::from(SpoolError::from(error));
    for hour in hours {
        if !spool.has_base(*hour) {
            let of_hour: Vec<UsageHour> = before.iter().filter(|row| hour_of(row.hour) == hour.start()).cloned().collect();
            spool.note_base(*hour, &of_hour)?;
        }
        let (usage, merged) = spool.usage_of(*hour)?;
        if merged.conflicting > 0 {
            tracing::warn!(hour = %hour.start(), spans = merged.conflicting, "spans came again with other values; what ended last stands");
        }
        usage.iter().try_for_each(|row| rollup.add_hour(row)).map_err(fits)?;
    }
    let starts: BTreeSet<_> = hours.iter().map(|hour| hour.start()).collect();
    let is_made = |row: &UsageHour| starts.contains(&hour_of(row.hour));
    before.iter().filter(|row| !is_made(row)).try_for_each(|row| rollup.add_hour(row)).map_err(fits)?;
    Ok(rollup.into_hours())
}
