use farthing_audit::{Action, Chain, Checkpoint, Entry, GENESIS, SigningKey};
use farthing_store::{AuditFilter, NewEntry, Store};
use farthing_testkit::TestDatabase;
use serde_json::json;

use crate::build::minute;
use crate::{on_both_databases, tamper};

on_both_databases!(
    entries_are_chained_in_the_order_in_which_they_are_committed,
    an_entry_goes_with_the_change_that_it_records,
    an_entry_is_read_back_as_it_was_hashed,
    entries_are_found_by_what_they_say,
    a_checkpoint_is_kept_once,
);

async fn append(store: &Store, actor: &str, action: Action, at: i64) -> Entry {
    let new = NewEntry { actor, action, subject: "period 2026-05".to_owned(), details: json!({}), at: minute(at) };
    store.audit().append(&new).await.unwrap()
}

async fn entries_are_chained_in_the_order_in_which_they_are_committed(database: &TestDatabase) {
    let store = database.store().await;
    let writers = (0..4).map(|writer| {
        let store = store.clone();
        tokio::spawn(async move {
            for at in 0..5 {
                append(&store, &format!("writer {writer}"), Action::PlanKept, at).await;
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let entries = store.audit().after(0, 100).await.unwrap();
    assert_eq!(entries.len(), 20);
    let mut chain = Chain::new(&[], &[], &[]);
    entries.iter().for_each(|entry| chain.take(entry));
    assert_eq!(chain.end().problems, []);
    assert_eq!((entries[0].sequence, entries[0].previous.as_str()), (1, GENESIS));
}

async fn an_entry_goes_with_the_change_that_it_records(database: &TestDatabase) {
    let store = database.store().await;
    for committed in [false, true] {
        let work = store.begin().await.unwrap();
        work.documents().publish(farthing_store::DocumentKind::Rules, "version = 1", "ada", minute(1)).await.unwrap();
        let new = NewEntry {
            actor: "ada",
            action: Action::DocumentPublished,
            subject: "document rules".to_owned(),
            details: json!({"version": 1}),
            at: minute(1),
        };
        work.audit().append(&new).await.unwrap();
        if committed {
            work.commit().await.unwrap()
        } else {
            drop(work)
        }
        let there = store.audit().newest().await.unwrap();
        assert_eq!(there.is_some(), committed);
    }
}

async fn an_entry_is_read_back_as_it_was_hashed(database: &TestDatabase) {
    let store = database.store().await;
    let details = json!({"b": "é\u{1f600}\n\"", "a": [1, null, {"d": false, "c": "12.50"}], "n": "a\0b"});
    let new = NewEntry { actor: "a\0da", action: Action::PlanKept, subject: "plan 1".to_owned(), details, at: minute(3) };
    let appended = store.audit().append(&new).await.unwrap();
    let read = store.audit().newest().await.unwrap().unwrap();
    assert_eq!(read, appended);
    assert_eq!(farthing_audit::hash_of(&read).unwrap(), read.hash);
    let inexact = NewEntry { details: json!({"rows": u64::MAX}), ..new };
    assert!(store.audit().append(&inexact).await.unwrap_err().to_string().contains("write it as text"));
}

async fn entries_are_found_by_what_they_say(database: &TestDatabase) {
    let store = database.store().await;
    append(&store, "ada", Action::PeriodClosed, 1).await;
    append(&store, "grace", Action::ReopeningAsked, 2).await;
    append(&store, "ada", Action::ReopeningGranted, 3).await;
    let found = async |filter: AuditFilter| -> Vec<u64> {
        let entries = store.audit().before(&filter, None, 10).await.unwrap();
        entries.iter().map(|entry| entry.sequence).collect()
    };
    let all = AuditFilter::default;
    assert_eq!(found(all()).await, [3, 2, 1]);
    assert_eq!(found(AuditFilter { actor: Some("ada".into()), ..all() }).await, [3, 1]);
    assert_eq!(found(AuditFilter { action: Some("reopening.".into()), ..all() }).await, [3, 2]);
    assert_eq!(found(AuditFilter { action: Some("period.closed".into()), ..all() }).await, [1]);
    assert_eq!(found(AuditFilter { since: Some(minute(2)), until: Some(minute(3)), ..all() }).await, [2]);
    assert_eq!(found(AuditFilter { subject: Some("' OR 1=1 --".into()), ..all() }).await, [0; 0]);
    let page = store.audit().before(&all(), Some(3), 1).await.unwrap();
    assert_eq!(page[0].sequence, 2);
}

async fn a_checkpoint_is_kept_once(database: &TestDatabase) {
    let store = database.store().await;
    let key: SigningKey = SigningKey::generate().unwrap().parse().unwrap();
    let entry = append(&store, "ada", Action::PeriodClosed, 1).await;
    let checkpoint = Checkpoint::sign(&key, &entry, "2026-06-01T00:00:00.000000Z".to_owned(), "hour".to_owned());
    assert!(store.audit().add_checkpoint(&checkpoint).await.unwrap());
    assert!(!store.audit().add_checkpoint(&checkpoint).await.unwrap());
    let kept = store.audit().checkpoints().await.unwrap();
    assert!(kept == [checkpoint] && kept[0].is_signed());
    // What is no JSON of ours is a problem that is told, and no error that hides the others.
    if database.url().starts_with("sqlite") {
        tamper(database, "DROP TRIGGER audit_entry_keeps_values").await;
    } else {
        tamper(database, "ALTER TABLE audit_entry DISABLE TRIGGER USER").await;
    }
    tamper(database, "UPDATE audit_entry SET details = '{ }'").await;
    let mut chain = Chain::new(&kept, &[], &[key.public()]);
    store.audit().after(0, 10).await.unwrap().iter().for_each(|entry| chain.take(entry));
    assert_eq!(chain.end().problems, [farthing_audit::Problem::Altered { sequence: 1 }]);
}
