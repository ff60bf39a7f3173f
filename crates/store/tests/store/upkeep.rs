use farthing_store::{Digest, Erasure, RevisionFile, RevisionInput, StoreError};
use farthing_testkit::TestDatabase;

use crate::build::{import, may, may_file, minute};
use crate::on_both_databases;

on_both_databases!(
    a_moved_revision_is_the_same_elsewhere,
    of_two_that_move_a_revision_one_does,
    a_retired_revision_is_remembered,
    a_revision_in_force_is_not_retired,
    a_revision_leads_to_its_files_and_rows,
    what_was_removed_is_noted_with_the_files_that_are_left,
);

fn file(name: &str, rows: u64) -> RevisionFile {
    RevisionFile { path: name.to_owned(), rows, bytes: 10, digest: Digest::of(name.as_bytes()) }
}

async fn a_moved_revision_is_the_same_elsewhere(database: &TestDatabase) {
    let store = database.store().await;
    let id = import(&store, "may", "10", minute(0)).await;
    let before = store.revisions().get(id).await.unwrap();
    let files = [file("a", 1), file("b", 2)];
    store.revisions().relocate(id, &before.location, "elsewhere", &files).await.unwrap();
    let mut expected = before.clone();
    (expected.location, expected.files) = ("elsewhere".into(), files.to_vec());
    assert_eq!(store.revisions().active(&may()).await.unwrap(), [expected]);

    let fewer = store.revisions().relocate(id, "elsewhere", "nowhere", &files[..1]).await;
    assert!(matches!(fewer, Err(StoreError::Invalid { .. })), "{fewer:?}");
    assert_eq!(store.revisions().get(id).await.unwrap().location, "elsewhere");
}

async fn of_two_that_move_a_revision_one_does(database: &TestDatabase) {
    let store = database.store().await;
    let id = import(&store, "may", "10", minute(0)).await;
    let from = store.revisions().get(id).await.unwrap().location;
    let files = [file("a", 3)];
    store.revisions().relocate(id, &from, "one", &files).await.unwrap();
    let second = store.revisions().relocate(id, &from, "two", &files).await;
    assert!(matches!(second, Err(StoreError::Conflict { .. })), "{second:?}");
    assert_eq!(store.revisions().get(id).await.unwrap().location, "one");
}

async fn a_retired_revision_is_remembered(database: &TestDatabase) {
    let store = database.store().await;
    let first = import(&store, "may", "10", minute(0)).await;
    import(&store, "may restated", "12.5", minute(10)).await;
    store.revisions().retire(first, "policy v1", 4096, minute(20)).await.unwrap();
    let retired = store.revisions().retired().await.unwrap();
    assert_eq!(retired.len(), 1);
    assert_eq!((retired[&first].retired_at, retired[&first].bytes), (minute(20), 4096));
    assert_eq!(retired[&first].reason, "policy v1");
    let again = store.revisions().retire(first, "policy v1", 4096, minute(21)).await;
    assert!(matches!(again, Err(StoreError::Conflict { .. })), "{again:?}");
    assert_eq!(store.revisions().history(&may()).await.unwrap().len(), 2);
}

async fn a_revision_in_force_is_not_retired(database: &TestDatabase) {
    let store = database.store().await;
    let id = import(&store, "may", "10", minute(0)).await;
    let error = store.revisions().retire(id, "policy v1", 1, minute(1)).await;
    assert!(matches!(error, Err(StoreError::Invalid { .. })), "{error:?}");
    assert!(store.revisions().retired().await.unwrap().is_empty());
}

async fn a_revision_leads_to_its_files_and_rows(database: &TestDatabase) {
    let store = database.store().await;
    let id = import(&store, "may", "10", minute(0)).await;
    let import = store.revisions().get(id).await.unwrap().import;
    assert_eq!(store.imports().files(import).await.unwrap(), [may_file()]);
    assert_eq!(store.imports().get(import).await.unwrap().paths, [may_file().path]);
    assert_eq!(store.revisions().inputs(id).await.unwrap(), [RevisionInput { file: 1, first_row: 1, rows: 3 }]);
}

async fn what_was_removed_is_noted_with_the_files_that_are_left(database: &TestDatabase) {
    let store = database.store().await;
    let id = import(&store, "may", "10", minute(0)).await;
    let from = store.revisions().get(id).await.unwrap().location;
    let erasure = |measure: &str, rows, totals| Erasure {
        at: minute(5),
        by: "ada".to_owned(),
        policy: 2,
        measure: measure.to_owned(),
        columns: vec!["Resource".to_owned()],
        rows,
        held: 1,
        totals,
        reason: "kept for 24 months".to_owned(),
    };
    let people = erasure("erase-people", 2, None);
    store.revisions().erase(id, &from, "one", &[file("a", 3)], &people).await.unwrap();
    let elsewhere = store.revisions().erase(id, &from, "two", &[file("a", 3)], &people).await;
    assert!(matches!(elsewhere, Err(StoreError::Conflict { .. })), "{elsewhere:?}");
    let deleted = erasure("delete", 2, Some(serde_json::json!({"decisions": "2"})));
    let too_many = store.revisions().erase(id, "one", "two", &[file("b", 2)], &deleted).await;
    assert!(matches!(too_many, Err(StoreError::Invalid { .. })), "{too_many:?}");
    store.revisions().erase(id, "one", "two", &[file("b", 1)], &deleted).await.unwrap();
    assert_eq!(store.revisions().erasures().await.unwrap()[&id], [people, deleted]);
    let left = store.revisions().get(id).await.unwrap();
    assert_eq!((left.rows, left.location.as_str(), left.files.as_slice()), (3, "two", &[file("b", 1)][..]));
}
