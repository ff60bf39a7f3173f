use farthing_store::{Digest, RevisionFile, StoreError};
use farthing_testkit::TestDatabase;

use crate::build::{import, may, minute};
use crate::on_both_databases;

on_both_databases!(
    a_moved_revision_is_the_same_elsewhere,
    of_two_that_move_a_revision_one_does,
    a_retired_revision_is_remembered,
    a_revision_in_force_is_not_retired,
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
