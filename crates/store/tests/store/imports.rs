use farthing_store::{Digest, ImportId, ImportOutcome, StoreError};
use farthing_testkit::TestDatabase;

use crate::build::{begin, finding, minute, publication, revision};
use crate::on_both_databases;

on_both_databases!(
    the_history_of_imports_is_told_newest_first,
    an_import_ends_once,
    an_import_that_died_is_noted_once_and_never_publishes,
    more_findings_than_one_statement_holds_are_kept
);

async fn the_history_of_imports_is_told_newest_first(database: &TestDatabase) {
    let store = database.store().await;
    let killed = begin(&store, minute(0)).await;
    let idle = begin(&store, minute(1)).await;
    let failed = begin(&store, minute(1)).await;
    store.imports().nothing_new(idle, Digest::of(b"x"), "already there", minute(2)).await.unwrap();
    store.imports().fail(failed, "the disk is full", &[], minute(3)).await.unwrap();

    let recent = store.imports().recent(Some(&"acme".parse().unwrap()), 10, None).await.unwrap();
    assert_eq!(recent.len(), 3);
    assert_eq!(recent[2].id, killed);
    let of = |id: ImportId| recent.iter().find(|import| import.id == id).unwrap();
    assert_eq!((of(idle).outcome, of(idle).digest), (Some(ImportOutcome::NothingNew), Some(Digest::of(b"x"))));
    assert_eq!((of(failed).ended_at, of(failed).message.as_deref()), (Some(minute(3)), Some("the disk is full")));
    assert_eq!((of(killed).ended_at, of(killed).paths.as_slice()), (None, ["bill/may.csv".to_owned()].as_slice()));
    assert_eq!(store.imports().recent(Some(&"other".parse().unwrap()), 10, None).await.unwrap(), []);
    assert_eq!(store.imports().recent(None, 1, None).await.unwrap().len(), 1);
    let unfinished: Vec<_> = store.imports().unfinished().await.unwrap().iter().map(|import| import.id).collect();
    assert_eq!(unfinished, [killed]);
}

async fn an_import_ends_once(database: &TestDatabase) {
    let store = database.store().await;
    let id = begin(&store, minute(0)).await;
    store.imports().fail(id, "first", &[], minute(1)).await.unwrap();
    let error = store.imports().fail(id, "second", &[finding("late", 1)], minute(2)).await.unwrap_err();
    assert!(matches!(error, StoreError::ImportEnded { import, .. } if import == id), "{error}");
    assert_eq!(store.imports().get(id).await.unwrap().message.as_deref(), Some("first"));
    assert_eq!(store.findings().of_import(id, 10).await.unwrap(), []);
    let unknown = ImportId::new(minute(0));
    let error = store.imports().fail(unknown, "x", &[], minute(2)).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound { .. }) && error.to_string().contains(&unknown.to_string()), "{error}");
}

async fn an_import_that_died_is_noted_once_and_never_publishes(database: &TestDatabase) {
    let store = database.store().await;
    let (killed, ended) = (begin(&store, minute(0)).await, begin(&store, minute(1)).await);
    store.imports().nothing_new(ended, Digest::of(b"x"), "already there", minute(2)).await.unwrap();
    assert!(store.imports().died(killed, "it was killed", minute(3)).await.unwrap());
    for id in [killed, ended, ImportId::new(minute(0))] {
        assert!(!store.imports().died(id, "again", minute(4)).await.unwrap());
    }
    let import = store.imports().get(killed).await.unwrap();
    assert_eq!((import.outcome, import.message.as_deref()), (Some(ImportOutcome::Died), Some("it was killed")));
    let error = store.revisions().publish(&publication(killed, vec![revision("late", "1", None)], minute(5))).await.unwrap_err();
    assert!(matches!(error, StoreError::ImportEnded { import, .. } if import == killed), "{error}");
    assert_eq!(store.imports().unfinished().await.unwrap(), []);
}

async fn more_findings_than_one_statement_holds_are_kept(database: &TestDatabase) {
    let store = database.store().await;
    let id = begin(&store, minute(0)).await;
    let findings: Vec<_> = (0..2_501).map(|i| finding(&format!("rule-{i}"), i)).collect();
    store.imports().fail(id, "too dirty", &findings, minute(1)).await.unwrap();
    assert_eq!(store.findings().of_import(id, 10_000).await.unwrap(), findings);
}
