//! What becomes of revisions that were replaced.

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use farthing_audit::Action;
use farthing_lake::{Fate, Location, Replaced, copy_revision, decide};
use farthing_store::{PeriodEvent, PeriodState, Plan, PlanKind, Revision, RevisionFilter, RevisionState, adjusted_by};
use farthing_types::{BillingPeriod, SourceName};
use serde::Serialize;
use serde_json::json;

use crate::home::blocking;
use crate::{Error, Farthing};

/// The tier that old revisions move to.
const ARCHIVE: &str = "archive";

/// What the policy does to revisions that were replaced.
#[derive(Clone, Debug, Serialize)]
pub struct LakeRetention {
    /// When it was decided.
    pub as_of: DateTime<Utc>,
    /// The version of the policy; `None` without one: everything stays.
    pub policy: Option<u64>,
    /// False where it is only said what would be done.
    pub applied: bool,
    /// Each revision that was replaced and still has its files.
    pub revisions: Vec<RetainedRevision>,
    /// Bytes of the files that go.
    pub bytes_retired: u64,
    /// Bytes of the files that move to the archive.
    pub bytes_archived: u64,
}

/// What becomes of one revision.
#[derive(Clone, Debug, Serialize)]
pub struct RetainedRevision {
    /// Its id.
    pub revision: String,
    /// Its source.
    pub source: SourceName,
    /// `charges`, `usage` or `decisions`.
    pub dataset: &'static str,
    /// Its period.
    pub period: BillingPeriod,
    /// Its number within those three.
    pub sequence: u64,
    /// Until when reports read it.
    pub replaced_at: DateTime<Utc>,
    /// The bytes of its files.
    pub bytes: u64,
    /// `stays`, `archived` or `retired`.
    pub fate: &'static str,
    /// Why.
    pub why: String,
}

impl Farthing {
    /// Decides what the policy does to each revision that was replaced, and does it where `apply` says so.
    ///
    /// A revision in force is never touched, nor one that a closed period, a kept plan or a hold names. What is retired stays
    /// in the catalogue: a report as of then says that its files are gone.
    ///
    /// # Errors
    /// When the policy, the database or the file system fails. What was done until then stays done.
    pub async fn retain_lake(&self, apply: bool) -> Result<LakeRetention, Error> {
        let (policy, version) = self.lake_policy().await?;
        let revisions = self.replaced_revisions().await?;
        let (plans, periods) = (self.kept_plans().await?, self.store.periods().events(None).await?);
        let (retention, _) = self.retention().await?;
        let of_hold = |revision: &Revision| {
            let hold = retention.hold_on_replaced(revision.dataset.as_str(), &revision.source, revision.period)?;
            Some(format!("held by {}: {}", hold.by, hold.reason))
        };
        let named_by = |revision: &Revision| {
            of_hold(revision).or_else(|| of_closed_period(revision, &periods)).or_else(|| of_plan(revision, &plans))
        };
        let replaced: Vec<Replaced> = revisions.iter().map(|revision| replaced(revision, named_by(revision))).collect();
        let fates = decide(&policy, &replaced, self.now());
        let mut result = LakeRetention {
            as_of: self.now(),
            policy: version,
            applied: apply,
            revisions: Vec::new(),
            bytes_retired: 0,
            bytes_archived: 0,
        };
        for (revision, fate) in revisions.iter().zip(fates) {
            let bytes = revision.files.iter().map(|file| file.bytes).sum();
            let (fate, why) = match fate {
                Fate::Stays(why) => ("stays", why),
                Fate::Archived(why) => {
                    if let (true, Some(archive)) = (apply, &policy.archive) {
                        self.lake.link_tier(ARCHIVE, &archive.folder)?;
                        self.archive(revision).await?;
                    }
                    result.bytes_archived += bytes;
                    ("archived", why)
                }
                Fate::Retired(why) => {
                    if apply {
                        let reason = format!("lake policy v{}: {why}", version.unwrap_or_default());
                        let work = self.store.begin().await?;
                        work.revisions().retire(revision.id, &reason, bytes, self.now()).await?;
                        let (subject, details) = (format!("revision {}", revision.id), json!({"reason": reason}));
                        self.record(&work, &self.actor, Action::RevisionRetired, subject, details).await?;
                        work.commit().await?;
                        // Noted first: a process that ends here leaves a folder that nobody lists, which `sweep` takes.
                        self.lake.remove(&Location::from_stored(&revision.location))?;
                    }
                    result.bytes_retired += bytes;
                    ("retired", why)
                }
            };
            result.revisions.push(RetainedRevision {
                revision: revision.id.to_string(),
                source: revision.source.clone(),
                dataset: revision.dataset.as_str(),
                period: revision.period,
                sequence: revision.sequence,
                replaced_at: revision.superseded_at.unwrap_or(revision.imported_at),
                bytes,
                fate,
                why,
            });
        }
        Ok(result)
    }

    /// The revisions that were replaced and have their files still.
    async fn replaced_revisions(&self) -> Result<Vec<Revision>, Error> {
        let retired = self.store.revisions().retired().await?;
        let mut revisions = self.store.revisions().history(&RevisionFilter::default()).await?;
        revisions.retain(|revision| revision.state == RevisionState::Superseded && !retired.contains_key(&revision.id));
        Ok(revisions)
    }

    async fn kept_plans(&self) -> Result<Vec<Plan>, Error> {
        let mut plans = Vec::new();
        for kind in PlanKind::ALL {
            plans.extend(self.store.plans().recent(*kind, u64::from(u32::MAX), None).await?);
        }
        Ok(plans)
    }

    /// Copies a revision to the archive, reads the copy, and points the catalogue there.
    async fn archive(&self, revision: &Revision) -> Result<(), Error> {
        let from = Location::from_stored(&revision.location);
        let to = from.in_tier(ARCHIVE);
        let (lake, listed) = (self.lake.clone(), self.listed(revision));
        let (name, target) = (format!("archive-{}", revision.id), to.clone());
        blocking(move || {
            let staging = lake.stage(&name)?;
            copy_revision(&listed, staging.path())?;
            // What a killed process left half way is no revision yet.
            lake.remove(&target)?;
            Ok(lake.place(staging.path(), &target)?)
        })
        .await?;
        self.store.revisions().relocate(revision.id, from.as_str(), to.as_str(), &revision.files).await?;
        // Whoever was reading it may go on; `sweep` takes the folder later.
        Ok(self.lake.leave(&from, SystemTime::from(self.now()))?)
    }
}

/// Who closed a period closed it on the revisions that were in force then: these stay, also when it was reopened later.
fn of_closed_period(revision: &Revision, events: &[PeriodEvent]) -> Option<String> {
    let source = adjusted_by(&revision.source).unwrap_or_else(|| revision.source.clone());
    let was_in_force = |at| revision.imported_at <= at && revision.superseded_at.is_none_or(|superseded| at < superseded);
    let is_about = |event: &&PeriodEvent| {
        let of_source = event.source.as_ref().is_none_or(|closed| *closed == source || *closed == revision.source);
        event.state == PeriodState::Closed && event.period == revision.period && of_source && was_in_force(event.at)
    };
    let event = events.iter().find(is_about)?;
    Some(format!("{} was closed on it on {}", event.period, event.at.format("%Y-%m-%d %H:%MZ")))
}

fn of_plan(revision: &Revision, plans: &[Plan]) -> Option<String> {
    let id = revision.id.to_string();
    plans.iter().find(|plan| plan.content.contains(&id)).map(|plan| format!("the plan {} names it", plan.id))
}

fn replaced(revision: &Revision, named_by: Option<String>) -> Replaced {
    Replaced {
        id: revision.id.to_string(),
        dataset: revision.dataset.as_str().to_owned(),
        source: revision.source.clone(),
        period: revision.period,
        sequence: revision.sequence,
        replaced_at: revision.superseded_at.unwrap_or(revision.imported_at),
        archived: Location::from_stored(&revision.location).is_in_tier(),
        named_by,
    }
}
