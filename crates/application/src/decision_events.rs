//! Decisions as they are sent: one call, some rows, each taken, known or refused by itself.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use chrono::SubsecRound;
use farthing_lake::{WrittenFile, append_rows, decision_batch, decision_ids_in, describe_file, read_decisions, write_rows};
use farthing_store::{Dataset, Digest, Revision, RevisionFile};
use farthing_types::{BillingPeriod, SourceName};
use farthing_usage::decision::{Decision, Options, Statement, decode_numbered};
use farthing_usage::{DecodeError, Effect, Limits, SeenIds};
use serde::Serialize;
use utoipa::ToSchema;

use crate::deliveries::DeliveryPolicy;
use crate::home::blocking;
use crate::masking::MaskInForce;
use crate::publishing::{Running, StagedPeriod, Standing};
use crate::{Error, Farthing, ImportedPeriod};

/// How the revisions that this makes were read.
const FORMAT: &str = "decision-events";
/// Files that a month's revision may have before a call writes it anew as one.
const MOST_FILES: usize = 32;

/// What became of decisions that were sent.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DecisionsTaken {
    /// The source they are kept under.
    pub source: SourceName,
    /// Rows sent.
    pub rows: u64,
    /// Those that are new and were added.
    pub added: u64,
    /// Those that were stated later than what was there of the same decision, and took its place: an error found, a review booked.
    pub updated: u64,
    /// Those that are there already with the same content, or stand in the call twice: nothing to do.
    pub known: u64,
    /// Those that were stated earlier than what is there of the same decision: it stays.
    pub outdated: u64,
    /// Those that were not taken, and why. The others were.
    pub refused: Vec<RowNote>,
    /// What is odd about rows that were taken.
    pub warnings: Vec<RowNote>,
    /// The months that have a new revision.
    pub periods: Vec<ImportedPeriod>,
}

/// What there is to say about one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RowNote {
    /// Which, from 1: the element of a JSON array, the line of NDJSON.
    pub row: u64,
    /// Its id, where it could be read.
    pub id: Option<String>,
    /// The column, where it is about one.
    pub column: Option<String>,
    /// A stable name of the cause: `conflicting-id`, `missing`, `not-a-time`.
    pub rule: String,
    /// Cause and next step.
    pub message: String,
}

/// Rows that can be read, by their month.
#[derive(Default)]
struct Sent {
    rows: u64,
    repeated: u64,
    months: BTreeMap<BillingPeriod, Vec<(u64, Decision)>>,
    refused: Vec<RowNote>,
    warnings: Vec<RowNote>,
}

/// What is to be written of the rows sent.
#[derive(Default)]
struct Sorted {
    added: u64,
    updated: u64,
    known: u64,
    outdated: u64,
    refused: Vec<RowNote>,
    months: BTreeMap<BillingPeriod, Change>,
}

/// What a month gets.
enum Change {
    /// New decisions, beside those that are there.
    More(Vec<Decision>),
    /// All its decisions: some of those that are there were stated anew.
    Whole(Vec<Decision>),
}

/// What is there of the decisions of a call.
struct There {
    standing: Standing,
    /// The months that hold some of them, whole.
    months: BTreeMap<BillingPeriod, Vec<Decision>>,
}

impl Farthing {
    /// Takes decisions from the text of a call: a JSON array or one object a line.
    ///
    /// An id is one decision: the same content again is known and changes nothing, what was stated later takes the earlier's place
    /// ([`Decision::compare`] has the rule), and other content under it is refused. What is refused keeps no other row out.
    ///
    /// # Errors
    /// When the text as a whole cannot be read, or somebody else writes the same months at the same time: send it again then, what was
    /// taken is known.
    pub async fn take_decisions(&self, source: &SourceName, text: Vec<u8>) -> Result<DecisionsTaken, Error> {
        let masking = self.mask_in_force().await?;
        let (mask, sent) = (masking.clone(), text.clone());
        let sent = blocking(move || read(&sent, mask.as_ref())).await?;
        let taken = |sent: &Sent, sorted: Sorted, periods| DecisionsTaken {
            source: source.clone(),
            rows: sent.rows,
            added: sorted.added,
            updated: sorted.updated,
            known: sent.repeated + sorted.known,
            outdated: sorted.outdated,
            refused: in_order([sent.refused.clone(), sorted.refused].concat()),
            warnings: sent.warnings.clone(),
            periods,
        };
        // Looked at first, so that a call that brings nothing new leaves no trace.
        let (sorted, _) = self.sorted(source, &sent, masking.as_ref()).await?;
        if sorted.months.is_empty() {
            return Ok(taken(&sent, sorted, Vec::new()));
        }
        // A call is no delivery: the same text later may bring what was refused before.
        let call = format!("{FORMAT} {} {}", Digest::of(&text), self.now().to_rfc3339());
        let running =
            match self.begin_import(source, Dataset::Decisions, &[], &call, &DeliveryPolicy::default(), Arc::default()).await? {
                Ok(running) => running,
                Err(_) => return Err(Error::Panicked("a call was taken for a delivery that is there".to_owned())),
            };
        match self.write_sent(&running, &sent, masking.as_ref()).await {
            Ok((sorted, periods)) => Ok(taken(&sent, sorted, periods)),
            Err(error) => Err(self.fail(&running, error).await),
        }
    }

    /// Tells new rows from known ones and those that cannot be taken, by what is there now.
    async fn sorted(&self, source: &SourceName, sent: &Sent, masking: Option<&MaskInForce>) -> Result<(Sorted, Standing), Error> {
        let there = self.decisions_there(source, sent).await?;
        let sorted = sort(sent, there.months, &there.standing, masking);
        Ok((sorted, there.standing))
    }

    /// The months that hold decisions of the call. Of all others the ids are read and nothing else.
    async fn decisions_there(&self, source: &SourceName, sent: &Sent) -> Result<There, Error> {
        let standing = self.standing_of(source, Dataset::Decisions).await?;
        let there = self.with_files(standing.active.clone()).await?;
        let files: Vec<_> = there.iter().map(|revision| (revision.period, self.fact_files(revision))).collect();
        let ids: HashSet<String> = sent.months.values().flatten().map(|(_, decision)| decision.id.clone()).collect();
        let months = blocking(move || {
            let wanted: HashSet<&str> = ids.iter().map(String::as_str).collect();
            let mut months = BTreeMap::new();
            for (period, files) in files {
                let holds = |file: &Utf8PathBuf| Ok::<bool, Error>(!decision_ids_in(file, &wanted)?.is_empty());
                if files.iter().map(holds).collect::<Result<Vec<_>, _>>()?.contains(&true) {
                    months.insert(period, read_all(&files)?);
                }
            }
            Ok(months)
        });
        Ok(There { standing, months: months.await? })
    }

    async fn write_sent(
        &self,
        running: &Running,
        sent: &Sent,
        masking: Option<&MaskInForce>,
    ) -> Result<(Sorted, Vec<ImportedPeriod>), Error> {
        let (mut sorted, standing) = self.sorted(&running.source, sent, masking).await?;
        if sorted.months.is_empty() {
            self.nothing_new(running, "The same decisions are there already. Nothing changed.".to_owned()).await?;
            return Ok((sorted, Vec::new()));
        }
        let mut staged = Vec::new();
        for (period, change) in std::mem::take(&mut sorted.months) {
            let folder = running.staging.path().join(period.to_string());
            let there = standing.of(period).map(|revision| Earlier {
                folder: self.folder(revision),
                facts: self.fact_files(revision),
                files: revision.files.iter().map(written_file).collect(),
            });
            staged.push(blocking(move || stage(period, folder, change, there)).await?);
        }
        let placements = self.placements(running, &standing, staged)?;
        let message = format!(
            "{} rows sent, {} added, {} updated, {} known, {} outdated, {} refused.{}",
            sent.rows,
            sorted.added,
            sorted.updated,
            sent.repeated + sorted.known,
            sorted.outdated,
            sent.refused.len() + sorted.refused.len(),
            running.masking_note()
        );
        let revisions = self.publish(running, placements, FORMAT, &message, Vec::new(), None).await?;
        Ok((sorted, revisions.iter().map(ImportedPeriod::from).collect()))
    }
}

/// The decisions of files.
pub(crate) fn read_all(files: &[Utf8PathBuf]) -> Result<Vec<Decision>, Error> {
    let decisions = files.iter().map(|file| read_decisions(file)).collect::<Result<Vec<_>, _>>()?;
    Ok(decisions.into_iter().flatten().collect())
}

fn in_order(mut notes: Vec<RowNote>) -> Vec<RowNote> {
    notes.sort_by(|a, b| (a.row, &a.rule).cmp(&(b.row, &b.rule)));
    notes
}

fn read(text: &[u8], masking: Option<&MaskInForce>) -> Result<Sent, Error> {
    let rows = text.len();
    let options = Options {
        format: farthing_usage::decision::Format::Json,
        // Every row may have a note: none is only counted.
        limits: Limits { findings: rows, ..Limits::default() },
        ..Options::default()
    };
    let mut sent = Sent::default();
    let mut ids: HashMap<u64, String> = HashMap::new();
    let report = decode_numbered(text, &options, &mut SeenIds::default(), |row, decision| {
        let Some(period) = BillingPeriod::of(decision.decided_at) else {
            let message = "the time lies outside the years 1970 to 9998".to_owned();
            sent.refused.push(RowNote { row, id: Some(decision.id), column: None, rule: "not-a-time".to_owned(), message });
            return Ok(());
        };
        ids.insert(row, decision.id.clone());
        let decision = match masking {
            Some(masking) => masking.mask.decision(decision),
            None => decision,
        };
        sent.months.entry(period).or_default().push((row, as_kept(decision)));
        Ok::<(), DecodeError>(())
    });
    let report = report.map_err(|error| Error::Invalid(format!("the body cannot be read: {error}; nothing was taken")))?;
    (sent.rows, sent.repeated) = (report.rows, report.duplicates);
    for finding in report.findings.first() {
        let message = masking.map_or(finding.message.clone(), |masking| masking.mask.message(&finding.message));
        let column = (!finding.column.is_empty()).then(|| finding.column.clone());
        let note =
            RowNote { row: finding.row, id: ids.get(&finding.row).cloned(), column, rule: finding.rule.to_owned(), message };
        match finding.effect {
            Effect::SetAside => sent.refused.push(note),
            Effect::Kept => sent.warnings.push(note),
        }
    }
    if sent.rows == 0 {
        return Err(Error::Invalid("the body has no row: send a JSON array of decisions, or one object a line".to_owned()));
    }
    Ok(sent)
}

/// The lake keeps microseconds.
fn as_kept(mut decision: Decision) -> Decision {
    decision.decided_at = decision.decided_at.trunc_subsecs(6);
    decision.error_found_at = decision.error_found_at.map(|moment| moment.trunc_subsecs(6));
    decision.updated_at = decision.updated_at.map(|moment| moment.trunc_subsecs(6));
    decision
}

fn sort(
    sent: &Sent,
    mut there: BTreeMap<BillingPeriod, Vec<Decision>>,
    standing: &Standing,
    masking: Option<&MaskInForce>,
) -> Sorted {
    let mut sorted = Sorted::default();
    // Where each decision of the call stands: in a month that is there, or among the new ones of its month.
    let mut places: HashMap<String, (BillingPeriod, usize)> = HashMap::new();
    for (period, decisions) in &there {
        places.extend(decisions.iter().enumerate().map(|(at, decision)| (decision.id.clone(), (*period, at))));
    }
    let kept: BTreeMap<BillingPeriod, usize> = there.iter().map(|(period, decisions)| (*period, decisions.len())).collect();
    let (mut grown, mut changed) = (BTreeSet::new(), BTreeSet::new());
    for (period, decisions) in &sent.months {
        let refusal = unwritable(standing, *period, masking);
        for (row, decision) in decisions {
            let id = Some(decision.id.clone());
            let note =
                |rule: &str, message: String| RowNote { row: *row, id: id.clone(), column: None, rule: rule.to_owned(), message };
            let place = places.get(&decision.id).copied();
            let known = place.map(|(month, at)| &mut there.get_mut(&month).expect("a place is of a month that is there")[at]);
            let statement = known.as_ref().map(|known| known.compare(decision)).transpose();
            match (statement, &refusal, known) {
                (Err(conflict), ..) => sorted.refused.push(note("conflicting-id", conflict.to_string())),
                (Ok(Some(Statement::Same)), ..) => sorted.known += 1,
                (Ok(Some(Statement::Earlier)), ..) => sorted.outdated += 1,
                (Ok(_), Some((rule, why)), _) => sorted.refused.push(note(rule, why.clone())),
                (Ok(_), None, Some(known)) => {
                    *known = decision.clone();
                    sorted.updated += 1;
                    // Where the earlier came with this call, the month still only grows.
                    if place.is_some_and(|(month, at)| kept.get(&month).is_some_and(|kept| at < *kept)) {
                        changed.insert(*period);
                    }
                }
                (Ok(_), None, None) => {
                    let month = there.entry(*period).or_default();
                    places.insert(decision.id.clone(), (*period, month.len()));
                    month.push(decision.clone());
                    sorted.added += 1;
                    grown.insert(*period);
                }
            }
        }
    }
    for (period, mut decisions) in there {
        if changed.contains(&period) {
            sorted.months.insert(period, Change::Whole(decisions));
        } else if grown.contains(&period) {
            decisions.drain(..kept.get(&period).copied().unwrap_or_default());
            sorted.months.insert(period, Change::More(decisions));
        }
    }
    sorted
}

/// Why a month takes no further row.
fn unwritable(standing: &Standing, period: BillingPeriod, masking: Option<&MaskInForce>) -> Option<(&'static str, String)> {
    if let Some(closed) = standing.closed(period) {
        return Some(("period-closed", closed.to_string()));
    }
    let there: &Revision = standing.of(period)?;
    let by = masking.map(|masking| masking.recorded.digest);
    (there.masking.map(|masking| masking.digest) != by).then(|| {
        let message = format!(
            "the decisions of {period} were masked otherwise than the policy in force would: both cannot stand in one month. Import the \
             month again as a whole"
        );
        ("masked-otherwise", message)
    })
}

/// The revision of a month that a call goes on from.
struct Earlier {
    folder: Utf8PathBuf,
    facts: Vec<Utf8PathBuf>,
    files: Vec<WrittenFile>,
}

/// New decisions become a file beside those that are there; a month whose decisions were stated anew, or which has many files, becomes
/// one file.
fn stage(period: BillingPeriod, folder: Utf8PathBuf, change: Change, there: Option<Earlier>) -> Result<StagedPeriod, Error> {
    let files = match (change, there) {
        (Change::Whole(decisions), _) | (Change::More(decisions), None) => whole(&folder, &decisions)?,
        (Change::More(more), Some(there)) if there.files.len() >= MOST_FILES => {
            let mut decisions = read_all(&there.facts)?;
            decisions.extend(more);
            whole(&folder, &decisions)?
        }
        (Change::More(more), Some(there)) => {
            let name = format!("decisions-{:04}.parquet", there.files.len());
            append_rows(&there.folder, there.files, &folder, &name, &decision_batch(&more)?)?
        }
    };
    let rows = files.iter().map(|file| file.rows).sum();
    Ok(StagedPeriod { period, folder, rows, files, totals: Vec::new(), rows_digest: None, inputs: Vec::new() })
}

fn whole(folder: &Utf8Path, decisions: &[Decision]) -> Result<Vec<WrittenFile>, Error> {
    std::fs::create_dir_all(folder).map_err(|source| Error::Home { path: folder.to_string(), source })?;
    let path = folder.join("decisions.parquet");
    write_rows(&path, &decision_batch(decisions)?)?;
    Ok(vec![describe_file(&path, decisions.len() as u64)?])
}

/// A file as the catalogue lists it, for the next revision.
fn written_file(file: &RevisionFile) -> WrittenFile {
    WrittenFile { name: file.path.clone(), bytes: file.bytes, rows: file.rows, sha256: file.digest.to_string() }
}
