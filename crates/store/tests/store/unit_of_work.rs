use farthing_store::{Backend, DocumentKind, Store, StoreError, StoreOptions};
use farthing_testkit::TestDatabase;

use crate::build::{begin, may, minute, publication, revision};
use crate::on_both_databases;

on_both_databases!(
    committed_work_becomes_visible_together,
    work_that_is_dropped_changes_nothing,
    a_failed_call_takes_back_only_itself,
    a_server_that_is_not_there_is_named,
);

async fn committed_work_becomes_visible_together(database: &TestDatabase) {
    let store = database.store().await;
    let import = begin(&store, minute(0)).await;
    let work = store.begin().await.unwrap();
    work.documents().publish(DocumentKind::Rules, "rules", "ann", minute(1)).await.unwrap();
    work.revisions().publish(&publication(import, vec![revision("may", "1", None)], minute(1))).await.unwrap();
    assert_eq!(store.revisions().active(&may()).await.unwrap(), []);
    assert_eq!(work.revisions().active(&may()).await.unwrap().len(), 1);
    work.commit().await.unwrap();
    assert_eq!(store.revisions().active(&may()).await.unwrap().len(), 1);
    assert_eq!(store.documents().newest(DocumentKind::Rules).await.unwrap().unwrap().version, 1);
}

async fn work_that_is_dropped_changes_nothing(database: &TestDatabase) {
    let store = database.store().await;
    let import = begin(&store, minute(0)).await;
    for rolled_back in [true, false] {
        let work = store.begin().await.unwrap();
        work.documents().publish(DocumentKind::Rules, "rules", "ann", minute(1)).await.unwrap();
        work.revisions().publish(&publication(import, vec![revision("may", "1", None)], minute(1))).await.unwrap();
        if rolled_back {
            work.rollback().await.unwrap();
        } else {
            drop(work);
        }
        assert_eq!(store.revisions().active(&may()).await.unwrap(), []);
        assert_eq!(store.documents().newest(DocumentKind::Rules).await.unwrap(), None);
        assert_eq!(store.imports().get(import).await.unwrap().ended_at, None);
    }
    // The lock is free again.
    store.revisions().publish(&publication(import, vec![revision("may", "1", None)], minute(2))).await.unwrap();
}

async fn a_failed_call_takes_back_only_itself(database: &TestDatabase) {
    let store = database.store().await;
    let import = begin(&store, minute(0)).await;
    let work = store.begin().await.unwrap();
    work.documents().publish(DocumentKind::Rules, "rules", "ann", minute(1)).await.unwrap();
    let wrong = revision("may", "1", Some(farthing_store::RevisionId::new(minute(0))));
    let error = work.revisions().publish(&publication(import, vec![wrong], minute(1))).await.unwrap_err();
    assert!(matches!(error, StoreError::RevisionConflict { .. }), "{error}");
    work.commit().await.unwrap();
    assert_eq!(store.documents().newest(DocumentKind::Rules).await.unwrap().unwrap().version, 1);
    assert_eq!(store.imports().get(import).await.unwrap().ended_at, None);
}

async fn a_server_that_is_not_there_is_named(database: &TestDatabase) {
    let store = database.connect().await;
    store.ping().await.unwrap();
    let wrong = match store.backend() {
        Backend::Sqlite => farthing_store::sqlite_url(std::path::Path::new("/dev/null/farthing.db")),
        Backend::Postgres => "postgres://ann:secret@127.0.0.1:1/farthing".to_owned(),
    };
    let options = StoreOptions { acquire_timeout: std::time::Duration::from_millis(500), ..StoreOptions::default() };
    let error = Store::connect(&wrong, &options).await.unwrap_err();
    assert!(matches!(error, StoreError::Connect { .. }), "{error}");
    assert!(!error.to_string().contains("secret"), "{error}");
}
