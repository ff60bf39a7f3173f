//! Values that say what matters to a test and hide what does not.

use chrono::{DateTime, TimeDelta, Utc};
use farthing_store::{
    Dataset, Delivery, Digest, Finding, ImportId, ImportedFile, NewImport, NewRevision, Publication, Residue, Restatement,
    RevisionFile, RevisionFilter, RevisionId, RevisionInput, RevisionTotal, Severity, Store,
};
use farthing_types::{Amount, Cost, Currency};

/// A moment, `minutes` after the first of June 2026, with more digits than a microsecond has.
pub(crate) fn minute(minutes: i64) -> DateTime<Utc> {
    let start: DateTime<Utc> = "2026-06-01T04:00:00.123456Z".parse().unwrap();
    start + TimeDelta::minutes(minutes)
}

/// Begins an import of charges of `acme`.
pub(crate) async fn begin(store: &Store, at: DateTime<Utc>) -> ImportId {
    let id = ImportId::new(at);
    let new = NewImport { id, source: "acme".parse().unwrap(), dataset: Dataset::Charges, files: vec![may_file()] };
    store.imports().begin(&new, at).await.unwrap();
    id
}

/// The file that every import reads.
pub(crate) fn may_file() -> ImportedFile {
    ImportedFile { number: 1, path: "bill/may.csv".to_owned(), bytes: 17, digest: Digest::of(b"the bill of May 1") }
}

/// A revision of May 2026 with one total, made of `content`.
pub(crate) fn revision(content: &str, billed: &str, replaces: Option<RevisionId>) -> NewRevision {
    let id = RevisionId::new(minute(0));
    NewRevision {
        id,
        dataset: Dataset::Charges,
        source: "acme".parse().unwrap(),
        period: "2026-05".parse().unwrap(),
        digest: Digest::of(content.as_bytes()),
        rows_digest: None,
        masking: None,
        format: "focus-1.2-csv".to_owned(),
        code_version: "0.1.0".to_owned(),
        replaces,
        restates: replaces.map(|_| Restatement::Amounts),
        rows: 3,
        location: format!("charges/acme/2026-05/{id}"),
        files: vec![RevisionFile { path: "part-0.parquet".to_owned(), rows: 3, bytes: 4096, digest: Digest::of(b"part") }],
        inputs: vec![RevisionInput { file: 1, first_row: 1, rows: 3 }],
        totals: vec![total(Currency::USD, Cost::Billed, billed.parse().unwrap())],
        findings: vec![finding("not-a-decimal", 2)],
    }
}

pub(crate) fn total(currency: Currency, cost: Cost, amount: Amount) -> RevisionTotal {
    RevisionTotal { currency, cost, amount, magnitude: amount.abs(), residue: Residue::ZERO, charges: 3 }
}

pub(crate) fn finding(rule: &str, count: u64) -> Finding {
    Finding {
        file: "may.csv".to_owned(),
        rows: vec![7, 9],
        column: Some("BilledCost".to_owned()),
        rule: rule.to_owned(),
        severity: Severity::Error,
        value: Some("N/A".to_owned()),
        message: "the row was set aside".to_owned(),
        count,
    }
}

pub(crate) fn publication(import: ImportId, revisions: Vec<NewRevision>, at: DateTime<Utc>) -> Publication {
    Publication {
        import,
        digest: Digest::of(b"all files"),
        message: format!("{} revisions", revisions.len()),
        counted: Some(Delivery { rows_read: 3, rows_set_aside: 1, rows_held: 2, rows_broke_must: 1, rows_broke_should: 0 }),
        revisions,
        findings: Vec::new(),
        run: None,
        at,
    }
}

/// Imports `content` for May 2026 in place of what is active; gives the revision's id.
pub(crate) async fn import(store: &Store, content: &str, billed: &str, at: DateTime<Utc>) -> RevisionId {
    let active = store.revisions().active(&may()).await.unwrap().pop();
    let new = revision(content, billed, active.map(|revision| revision.id));
    let id = new.id;
    let import = begin(store, at).await;
    store.revisions().publish(&publication(import, vec![new], at)).await.unwrap();
    id
}

pub(crate) fn may() -> RevisionFilter {
    RevisionFilter {
        dataset: Some(Dataset::Charges),
        source: Some("acme".parse().unwrap()),
        period: Some("2026-05".parse().unwrap()),
    }
}
