//! What becomes of facts about people when their time is over.
//!
//! A revision stays the same revision, in the catalogue and in every report as of any moment; its files are written anew without what goes. What
//! statements are split by is never changed by it: usage keeps its owners, which is checked before anything is written, and rows that a pool's
//! driver counts are cleared of people where the policy would delete them.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use chrono::{DateTime, Utc};
use farthing_attribution::RuleSet;
use farthing_audit::Action;
use farthing_event_logs::Event;
use farthing_lake::{
    Erased, Keep, LakeError, LegalHold, Location, PeopleFacts, Personal, Pseudonyms, Retention, Then, WrittenFile,
    decision_batch, describe_file, erase, event_batch, read_decisions, read_events, read_usage, usage_batch, write_rows,
};
use farthing_store::{Dataset, DocumentKind as StoredKind, Erasure, Revision, RevisionFilter};
use farthing_types::{BillingPeriod, Selection, SourceName, UnitId};
use farthing_usage::UsageHour;
use farthing_usage::decision::Decision;
use serde::Serialize;
use serde_json::{Value, json};

use crate::home::blocking;
use crate::owners::owners_of;
use crate::publishing::revision_file;
use crate::{Error, Farthing};

/// What the retention document does to facts about people.
#[derive(Clone, Debug, Serialize)]
pub struct PeopleRetention {
    /// When it was decided.
    pub as_of: DateTime<Utc>,
    /// The version of the document; none without one: everything stays.
    pub policy: Option<u64>,
    /// False where it is only said what would be done.
    pub applied: bool,
    /// Each revision whose time is over and that has anything to erase, or that somebody holds.
    pub revisions: Vec<RetainedPeople>,
}

/// What becomes of one revision.
#[derive(Clone, Debug, Serialize)]
pub struct RetainedPeople {
    /// Its id.
    pub revision: String,
    /// Its source.
    pub source: SourceName,
    /// `usage`, `decisions` or `event_logs`.
    pub dataset: &'static str,
    /// Its period.
    pub period: BillingPeriod,
    /// Its number within those three.
    pub sequence: u64,
    /// `erased`, `deleted` or `stays`.
    pub fate: &'static str,
    /// How many rows are changed or deleted.
    pub rows: u64,
    /// How many stay as they are because they are held.
    pub held: u64,
    /// The columns and tags that are about people.
    pub columns: Vec<String>,
    /// What the deleted rows added up to.
    pub totals: Option<Value>,
    /// By which rule, or held by whom and why.
    pub why: String,
}

/// A run over all revisions.
struct Clearing {
    policy: Retention,
    version: u64,
    pseudonyms: Pseudonyms,
    apply: bool,
}

/// Rows of a kind, as they lie in files.
trait Rows: Personal + Send + 'static {
    fn read(path: &Utf8Path) -> Result<Vec<Self>, LakeError>;
    fn write(path: &Utf8Path, rows: &[Self]) -> Result<(), LakeError>;
    /// The unit that the row itself states.
    fn unit(&self) -> Option<&UnitId>;
    /// Rows that are usage, as such; none of another kind.
    fn as_usage(_: Vec<Self>) -> Vec<UsageHour> {
        Vec::new()
    }
}

impl Rows for UsageHour {
    fn read(path: &Utf8Path) -> Result<Vec<Self>, LakeError> {
        read_usage(path)
    }

    fn write(path: &Utf8Path, rows: &[Self]) -> Result<(), LakeError> {
        write_rows(path, &usage_batch(rows)?)
    }

    fn unit(&self) -> Option<&UnitId> {
        self.dimensions.unit.as_ref()
    }

    fn as_usage(rows: Vec<Self>) -> Vec<UsageHour> {
        rows
    }
}

impl Rows for Decision {
    fn read(path: &Utf8Path) -> Result<Vec<Self>, LakeError> {
        read_decisions(path)
    }

    fn write(path: &Utf8Path, rows: &[Self]) -> Result<(), LakeError> {
        write_rows(path, &decision_batch(rows)?)
    }

    fn unit(&self) -> Option<&UnitId> {
        self.unit.as_ref()
    }
}

impl Rows for Event {
    fn read(path: &Utf8Path) -> Result<Vec<Self>, LakeError> {
        read_events(path)
    }

    fn write(path: &Utf8Path, rows: &[Self]) -> Result<(), LakeError> {
        write_rows(path, &event_batch(rows)?)
    }

    // An event log says nothing of units.
    fn unit(&self) -> Option<&UnitId> {
        None
    }
}

/// Reads a retention document, or says what is wrong with it.
pub(crate) fn retention_of(text: &str, name: &str) -> Result<Retention, Error> {
    Retention::parse(text).map_err(|problem| Error::Document { file: name.to_owned(), problems: vec![problem.to_string()] })
}

impl Farthing {
    /// The retention document in force with its version. Without any, everything is kept for ever.
    pub(crate) async fn retention(&self) -> Result<(Retention, Option<u64>), Error> {
        match self.store.documents().newest(StoredKind::Retention).await? {
            Some(document) => {
                let name = format!("retention v{}", document.version);
                Ok((retention_of(&document.content, &name)?, Some(document.version)))
            }
            None => Ok((Retention::default(), None)),
        }
    }

    /// Decides what the retention document does to facts about people, and does it where `apply` says so. Replaced revisions are cleared as those
    /// in force are. A hold wins over everything.
    ///
    /// # Errors
    /// When the document, the database or the file system fails. What was done until then stays done.
    pub async fn retain_people(&self, apply: bool) -> Result<PeopleRetention, Error> {
        let (policy, version) = self.retention().await?;
        let mut report = PeopleRetention { as_of: self.now(), policy: version, applied: apply, revisions: Vec::new() };
        let Some(version) = version else { return Ok(report) };
        let clearing = Clearing { policy, version, pseudonyms: Pseudonyms::new(), apply };
        let retired = self.store.revisions().retired().await?;
        let erasures = self.store.revisions().erasures().await?;
        for facts in [PeopleFacts::Usage, PeopleFacts::Decisions, PeopleFacts::EventLogs] {
            let filter = RevisionFilter { dataset: Some(dataset_of(facts)), ..RevisionFilter::default() };
            for revision in self.store.revisions().history(&filter).await? {
                let due = clearing.policy.due(facts, &revision.source, revision.period, report.as_of);
                let Some(keep) = due.filter(|_| !retired.contains_key(&revision.id)) else { continue };
                let done = erasures.get(&revision.id).and_then(|done| done.last());
                if done.is_some_and(|done| done.held == 0 && done.columns == columns_of(facts, keep) && covers(done, keep)) {
                    continue;
                }
                report.revisions.extend(match facts {
                    PeopleFacts::Usage => self.clear::<UsageHour>(&clearing, facts, keep, &revision).await?,
                    PeopleFacts::Decisions => self.clear::<Decision>(&clearing, facts, keep, &revision).await?,
                    PeopleFacts::EventLogs => self.clear::<Event>(&clearing, facts, keep, &revision).await?,
                });
            }
        }
        Ok(report)
    }

    /// Clears one revision; none where nothing of it is about people any more.
    async fn clear<T: Rows>(
        &self,
        clearing: &Clearing,
        facts: PeopleFacts,
        keep: &Keep,
        revision: &Revision,
    ) -> Result<Option<RetainedPeople>, Error> {
        let (rules, _) = self.as_closed(Selection::Period(revision.period)).await?.rules().await?;
        let mut keep = keep.clone();
        let mut why = format!("{keep}");
        if keep.then == Then::Delete && is_split_by(&rules, facts) {
            keep.then = Then::ErasePeople;
            why += &format!(", but pools of {} are split by these rows: they stay, without people", revision.period);
        }
        let files = self.fact_files(revision);
        let read = move || files.into_iter().map(|path| Ok((T::read(&path)?, path))).collect::<Result<Vec<_>, Error>>();
        let files = blocking(read).await?;
        let units = self.units_of_rows(&rules, revision, &files).await?;
        let holds: Vec<(&LegalHold, BTreeSet<UnitId>)> = clearing
            .policy
            .holds_on(facts, &revision.source, revision.period)
            .into_iter()
            .map(|hold| (hold, below(&rules, hold)))
            .collect();
        let (mut erased, mut held_by) = (Vec::new(), BTreeSet::new());
        for ((rows, path), units) in files.into_iter().zip(&units) {
            let mut held = Vec::with_capacity(rows.len());
            for (row, unit) in rows.iter().zip(units) {
                let by = holds.iter().find(|(hold, below)| hold.holds_row(row, unit.as_ref(), below));
                held_by.extend(by.map(|(hold, _)| format!("held by {}: {}", hold.by, hold.reason)));
                held.push(by.is_some());
            }
            let before = if facts == PeopleFacts::Usage { rows.clone() } else { Vec::new() };
            erased.push((before, erase(rows, &held, &keep, &clearing.pseudonyms), path));
        }
        let sum = |of: fn(&Erased<T>) -> u64| erased.iter().map(|(_, erased, _)| of(erased)).sum::<u64>();
        let (changed, held) = (sum(|erased| erased.changed), sum(|erased| erased.held));
        if held > 0 {
            why = held_by.into_iter().chain([why]).collect::<Vec<_>>().join("; ");
        }
        let mut told = RetainedPeople {
            revision: revision.id.to_string(),
            source: revision.source.clone(),
            dataset: facts.as_str(),
            period: revision.period,
            sequence: revision.sequence,
            fate: "stays",
            rows: changed,
            held,
            columns: columns_of(facts, &keep),
            totals: None,
            why,
        };
        if changed == 0 {
            return Ok((held > 0).then_some(told));
        }
        if facts == PeopleFacts::Usage && keep.then == Then::ErasePeople {
            let before: Vec<T> = erased.iter().flat_map(|(before, ..)| before).cloned().collect();
            let after: Vec<T> = erased.iter().flat_map(|(_, after, _)| &after.rows).cloned().collect();
            if self.moves_usage(&rules, revision, T::as_usage(before), T::as_usage(after)).await? {
                told.rows = 0;
                told.why += "; stays: by its callers it is told whose other usage of the month is. State the units of that usage, or a \
                             workload in the rules, first";
                return Ok(Some(told));
            }
        }
        told.fate = if keep.then == Then::Delete { "deleted" } else { "erased" };
        told.totals = totals_of(erased.iter().filter_map(|(_, erased, _)| erased.totals.clone()).collect());
        if clearing.apply {
            let files = erased.into_iter().map(|(_, erased, path)| (path, erased.rows)).collect();
            self.rewrite(clearing, revision, files, &told, keep.then).await?;
        }
        Ok(Some(told))
    }

    /// Whose each row is: what it states, and of usage also what the rules say of it.
    async fn units_of_rows<T: Rows>(
        &self,
        rules: &RuleSet,
        revision: &Revision,
        files: &[(Vec<T>, Utf8PathBuf)],
    ) -> Result<Vec<Vec<Option<UnitId>>>, Error> {
        if revision.dataset != Dataset::Usage {
            return Ok(files.iter().map(|(rows, _)| rows.iter().map(|row| row.unit().cloned()).collect()).collect());
        }
        let others = self.other_usage(revision).await?;
        let of_file = |(rows, _): &(Vec<T>, Utf8PathBuf)| {
            let mine = T::as_usage(rows.clone());
            let count = mine.len();
            let all: Vec<UsageHour> = mine.into_iter().chain(others.iter().cloned()).collect();
            owners_of(rules, &all).into_iter().take(count).map(|(unit, _)| unit).collect()
        };
        Ok(files.iter().map(of_file).collect())
    }

    /// The month's usage of other sources, which says whose callers are.
    async fn other_usage(&self, revision: &Revision) -> Result<Vec<UsageHour>, Error> {
        let then = self.at(revision.superseded_at.and_then(|at| at.checked_sub_signed(chrono::TimeDelta::microseconds(1))));
        let mut files = Vec::new();
        for other in then
            .store
            .revisions()
            .as_of(
                &RevisionFilter { dataset: Some(Dataset::Usage), source: None, period: Some(revision.period) },
                then.stated_moment(),
            )
            .await?
        {
            if other.source != revision.source {
                files.extend(self.fact_files(&other));
            }
        }
        let read = move || files.iter().map(|file| Ok(read_usage(file)?)).collect::<Result<Vec<_>, Error>>();
        Ok(blocking(read).await?.into_iter().flatten().collect())
    }

    /// True where usage without its callers would be of other units than with them.
    async fn moves_usage(
        &self,
        rules: &RuleSet,
        revision: &Revision,
        before: Vec<UsageHour>,
        after: Vec<UsageHour>,
    ) -> Result<bool, Error> {
        let others = self.other_usage(revision).await?;
        let rules = rules.clone();
        blocking(move || {
            let owners = |mine: Vec<UsageHour>| {
                let all: Vec<UsageHour> = mine.into_iter().chain(others.iter().cloned()).collect();
                owners_of(&rules, &all).into_iter().map(|(unit, _)| unit).collect::<Vec<_>>()
            };
            Ok(owners(before) != owners(after))
        })
        .await
    }

    /// Writes what is left of a revision, points the catalogue there, and removes what was there before: at once, since who goes is to be gone.
    async fn rewrite<T: Rows>(
        &self,
        clearing: &Clearing,
        revision: &Revision,
        files: Vec<(Utf8PathBuf, Vec<T>)>,
        told: &RetainedPeople,
        then: Then,
    ) -> Result<(), Error> {
        let from = Location::from_stored(&revision.location);
        let to = from.next_cut();
        let (lake, name, target) = (self.lake.clone(), format!("erase-{}", revision.id), to.clone());
        let written = blocking(move || {
            let staging = lake.stage(&name)?;
            let mut written: Vec<WrittenFile> = Vec::new();
            for (path, rows) in files {
                let copy = staging.path().join(path.file_name().unwrap_or_default());
                T::write(&copy, &rows)?;
                written.push(describe_file(&copy, rows.len() as u64)?);
            }
            // What a killed process left half way is no revision yet.
            lake.remove(&target)?;
            lake.place(staging.path(), &target)?;
            Ok(written)
        })
        .await?;
        let files = written.iter().map(revision_file).collect::<Result<Vec<_>, _>>()?;
        let erasure = Erasure {
            at: self.now(),
            by: self.actor.to_string(),
            policy: clearing.version,
            measure: then.as_str().to_owned(),
            columns: told.columns.clone(),
            rows: told.rows,
            held: told.held,
            totals: told.totals.clone(),
            reason: told.why.clone(),
        };
        let work = self.store.begin().await?;
        let noted = async {
            work.revisions().erase(revision.id, from.as_str(), to.as_str(), &files, &erasure).await?;
            let details = json!({
                "policy": clearing.version, "measure": erasure.measure, "columns": erasure.columns, "rows": erasure.rows.to_string(),
                "held": erasure.held.to_string(), "reason": erasure.reason,
            });
            self.record(&work, &self.actor, Action::PeopleErased, format!("revision {}", revision.id), details).await
        };
        if let Err(error) = noted.await {
            self.lake.withdraw(&to);
            return Err(error);
        }
        work.commit().await?;
        Ok(self.lake.remove(&from)?)
    }
}

fn dataset_of(facts: PeopleFacts) -> Dataset {
    match facts {
        PeopleFacts::Decisions => Dataset::Decisions,
        PeopleFacts::Usage => Dataset::Usage,
        PeopleFacts::EventLogs => Dataset::EventLogs,
    }
}

/// The columns that are about people, with the tags of the rule.
fn columns_of(facts: PeopleFacts, keep: &Keep) -> Vec<String> {
    let columns = match facts {
        PeopleFacts::Decisions => Decision::COLUMNS,
        PeopleFacts::Usage => UsageHour::COLUMNS,
        PeopleFacts::EventLogs => Event::COLUMNS,
    };
    columns.iter().map(|column| (*column).to_owned()).chain(keep.tags.iter().map(|tag| format!("tag:{tag}"))).collect()
}

/// True where what was done is what the rule asks for.
fn covers(done: &Erasure, keep: &Keep) -> bool {
    done.measure == Then::Delete.as_str() || keep.then == Then::ErasePeople
}

/// True where statements are split by how many of such rows there are.
fn is_split_by(rules: &RuleSet, facts: PeopleFacts) -> bool {
    let read = rules.measures_read();
    match facts {
        PeopleFacts::Decisions => read.contains("decisions"),
        PeopleFacts::Usage => !read.is_empty(),
        PeopleFacts::EventLogs => false,
    }
}

/// The unit of a hold and all that were ever below it.
fn below(rules: &RuleSet, hold: &LegalHold) -> BTreeSet<UnitId> {
    let mut found: BTreeSet<UnitId> = hold.unit.clone().into_iter().collect();
    loop {
        let is_below = |unit: &&farthing_attribution::Unit| unit.parent.as_ref().is_some_and(|parent| found.contains(parent));
        let more: Vec<UnitId> =
            rules.units().spans().filter(is_below).map(|unit| unit.id.clone()).filter(|id| !found.contains(id)).collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}

/// The totals of all files of a revision: one, or a list.
fn totals_of(mut totals: Vec<Value>) -> Option<Value> {
    match totals.len() {
        0 => None,
        1 => totals.pop(),
        _ => Some(Value::Array(totals)),
    }
}
