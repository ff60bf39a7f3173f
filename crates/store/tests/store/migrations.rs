use farthing_store::{Store, StoreError, StoreOptions};
use farthing_testkit::TestDatabase;

use crate::build::{import, may, minute};
use crate::{on_both_databases, tamper};

on_both_databases!(
    migrating_twice_changes_nothing,
    two_processes_may_migrate_at_once,
    a_newer_database_is_refused,
    a_database_without_tables_says_what_to_do,
    a_half_migrated_database_is_completed,
);

async fn migrating_twice_changes_nothing(database: &TestDatabase) {
    let store = database.connect().await;
    let pending = store.pending_migrations().await.unwrap();
    assert_eq!(store.migrate().await.unwrap(), pending);
    assert!(pending.len() >= 7);
    let id = import(&store, "may", "10", minute(0)).await;

    let again = database.connect().await;
    assert_eq!(again.pending_migrations().await.unwrap(), Vec::<String>::new());
    assert_eq!(again.migrate().await.unwrap(), Vec::<String>::new());
    assert_eq!(again.revisions().active(&may()).await.unwrap()[0].id, id);
}

async fn two_processes_may_migrate_at_once(database: &TestDatabase) {
    let mut processes = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let store = database.connect().await;
        processes.spawn(async move { store.migrate().await.unwrap().len() });
    }
    let mut applied = processes.join_all().await;
    applied.sort_unstable();
    assert_eq!(applied[..3], [0, 0, 0]);
    assert!(applied[3] >= 7);
}

async fn a_newer_database_is_refused(database: &TestDatabase) {
    let store = database.store().await;
    tamper(database, "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29990101_000001_future', 0)").await;
    let opened = Store::connect(database.url(), &StoreOptions::default()).await;
    for error in [opened.unwrap_err(), store.migrate().await.unwrap_err()] {
        let text = error.to_string();
        assert!(matches!(&error, StoreError::NewerDatabase { unknown, .. } if unknown == &["m29990101_000001_future"]), "{text}");
        assert!(text.contains("m29990101_000001_future") && text.contains("newer program"), "{text}");
    }
}

async fn a_database_without_tables_says_what_to_do(database: &TestDatabase) {
    let store = database.connect().await;
    let error = store.status(None).await.unwrap_err();
    assert!(error.to_string().contains("farthing migrate"), "{error}");
    assert!(!error.is_transient());
}

async fn a_half_migrated_database_is_completed(database: &TestDatabase) {
    let store = database.store().await;
    // As an older program left it: without the last table.
    tamper(database, "DROP TABLE plan").await;
    tamper(database, "DELETE FROM seaql_migrations WHERE version LIKE '%_create_plan'").await;
    assert_eq!(database.connect().await.pending_migrations().await.unwrap(), ["m20261122_000007_create_plan"]);
    assert_eq!(store.migrate().await.unwrap(), ["m20261122_000007_create_plan"]);
    assert_eq!(store.plans().recent(farthing_store::PlanKind::Fleet, 1, None).await.unwrap(), []);
}
