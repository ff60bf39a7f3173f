//! What becomes of revisions that were replaced. A function of policy, catalogue and moment: it touches nothing.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use farthing_types::{BillingPeriod, SourceName};

use super::LakePolicy;

/// A revision that was replaced, as far as its fate depends on it.
#[derive(Clone, Debug)]
pub struct Replaced {
    /// Its id.
    pub id: String,
    /// The kind of facts.
    pub dataset: String,
    /// Their source.
    pub source: SourceName,
    /// Their billing period.
    pub period: BillingPeriod,
    /// Its number within those three.
    pub sequence: u64,
    /// Since when reports no longer read it.
    pub replaced_at: DateTime<Utc>,
    /// True where it lies in the archive already.
    pub archived: bool,
    /// Why it must stay besides what the policy says: a closed period or a kept plan that names it.
    pub named_by: Option<String>,
}

/// What becomes of a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It stays where it is, and why.
    Stays(String),
    /// It moves to the archive, and why.
    Archived(String),
    /// Its files go, and why.
    Retired(String),
}

/// The fate of each, in the order given.
pub fn decide(policy: &LakePolicy, replaced: &[Replaced], now: DateTime<Utc>) -> Vec<Fate> {
    let rank = ranks(replaced);
    replaced.iter().zip(rank).map(|(revision, newer)| fate(policy, revision, newer, now)).collect()
}

/// How many later revisions of the same source, kind and period were replaced too.
fn ranks(replaced: &[Replaced]) -> Vec<usize> {
    let mut sequences: BTreeMap<_, Vec<u64>> = BTreeMap::new();
    let group = |revision: &Replaced| (revision.dataset.clone(), revision.source.clone(), revision.period);
    for revision in replaced {
        sequences.entry(group(revision)).or_default().push(revision.sequence);
    }
    let newer = |revision: &Replaced| sequences[&group(revision)].iter().filter(|other| **other > revision.sequence).count();
    replaced.iter().map(newer).collect()
}

fn fate(policy: &LakePolicy, revision: &Replaced, newer: usize, now: DateTime<Utc>) -> Fate {
    let age = now - revision.replaced_at;
    let days = |days: u32| TimeDelta::days(i64::from(days));
    let moves = policy.archive.as_ref().filter(|archive| !revision.archived && age >= days(archive.after_days));
    let stay = |why: String| match moves {
        Some(archive) => Fate::Archived(format!("replaced {} days ago, archive after {}", age.num_days(), archive.after_days)),
        None => Fate::Stays(why),
    };
    if let Some(by) = &revision.named_by {
        return stay(by.clone());
    }
    if let Some(hold) = policy.holds.iter().find(|hold| hold.holds(&revision.source, revision.period)) {
        return stay(format!("held: {}", hold.reason));
    }
    let (keep_days, keep_last) = (policy.retention.keep_days, policy.retention.keep_last);
    if keep_days.is_none() && keep_last.is_none() {
        return stay("kept for ever".to_owned());
    }
    if let Some(limit) = keep_days.filter(|limit| age < days(*limit)) {
        return stay(format!("replaced {} days ago, kept for {limit}", age.num_days()));
    }
    if let Some(limit) = keep_last.filter(|limit| newer < *limit as usize) {
        return stay(format!("one of the last {limit} that were replaced"));
    }
    let limits = [keep_days.map(|days| format!("{days} days")), keep_last.map(|last| format!("the last {last}"))];
    Fate::Retired(format!(
        "replaced {} days ago; kept are {}",
        age.num_days(),
        limits.into_iter().flatten().collect::<Vec<_>>().join(" and ")
    ))
}
