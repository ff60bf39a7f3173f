use farthing_store::{DocumentKind, StoreError};
use farthing_testkit::TestDatabase;

use crate::build::minute;
use crate::{on_both_databases, tamper};

on_both_databases!(
    versions_count_up_and_identical_content_changes_nothing,
    of_two_different_documents_at_once_none_is_lost,
    a_document_of_an_earlier_moment_is_found,
    documents_that_stand_for_each_other_are_published_one_after_the_other,
    a_changed_document_is_reported,
    a_text_that_postgresql_cannot_hold_is_refused,
);

async fn versions_count_up_and_identical_content_changes_nothing(database: &TestDatabase) {
    let store = database.store().await;
    let documents = store.documents();
    assert_eq!(documents.newest(DocumentKind::Rules).await.unwrap(), None);
    let publish = async |content: &str, at| {
        store_version(store.documents().publish(DocumentKind::Rules, content, "ann", minute(at)).await.unwrap())
    };
    assert_eq!(publish("[unit]\n", 0).await, (1, true));
    assert_eq!(publish("[unit]\n", 1).await, (1, false));
    assert_eq!(publish("[unit]\r\n", 2).await, (2, true));
    // Going back is a version of its own.
    assert_eq!(publish("[unit]\n", 3).await, (3, true));
    let other = documents.publish(DocumentKind::People, "[unit]\n", "ann", minute(4)).await.unwrap();
    assert_eq!(store_version(other), (1, true));

    let second = documents.get(DocumentKind::Rules, 2).await.unwrap();
    assert_eq!((second.content.as_str(), second.published_at, second.published_by.as_str()), ("[unit]\r\n", minute(2), "ann"));
    let versions: Vec<u64> = documents.all(DocumentKind::Rules).await.unwrap().iter().map(|d| d.version).collect();
    assert_eq!(versions, [3, 2, 1]);
    let missing = documents.get(DocumentKind::Rules, 4).await.unwrap_err();
    assert!(matches!(missing, StoreError::NotFound { .. }) && missing.to_string().contains("rules v4"), "{missing}");
}

fn store_version(published: farthing_store::PublishedDocument) -> (u64, bool) {
    (published.document.version, published.is_new)
}

async fn of_two_different_documents_at_once_none_is_lost(database: &TestDatabase) {
    let store = database.store().await;
    let start = std::sync::Arc::new(tokio::sync::Barrier::new(6));
    let mut publishers = tokio::task::JoinSet::new();
    for i in 0..6 {
        let (own_store, start) = (database.connect().await, start.clone());
        publishers.spawn(async move {
            start.wait().await;
            own_store.documents().publish(DocumentKind::Fleet, &format!("fleet {i}"), "ann", minute(i)).await
        });
    }
    let mut published: Vec<u64> = Vec::new();
    for result in publishers.join_all().await {
        match result {
            Ok(new) => published.push(new.document.version),
            Err(error) => assert!(matches!(error, StoreError::Conflict { .. }) && error.is_transient(), "{error}"),
        }
    }
    published.sort_unstable();
    assert!(!published.is_empty());
    let mut stored: Vec<u64> = store.documents().all(DocumentKind::Fleet).await.unwrap().iter().map(|d| d.version).collect();
    stored.reverse();
    assert_eq!(stored, published);
    assert_eq!(stored, (1..=stored.len() as u64).collect::<Vec<_>>());
}

async fn a_document_of_an_earlier_moment_is_found(database: &TestDatabase) {
    let store = database.store().await;
    let documents = store.documents();
    for (content, at) in [("one", 0), ("two", 10), ("three", 5)] {
        documents.publish(DocumentKind::Prices, content, "ann", minute(at)).await.unwrap();
    }
    for (moment, expected) in [(-1, None), (0, Some("one")), (9, Some("one")), (10, Some("two")), (11, Some("three"))] {
        let then = documents.as_of(DocumentKind::Prices, minute(moment)).await.unwrap();
        assert_eq!(then.map(|document| document.content).as_deref(), expected, "minute {moment}");
    }
}

async fn documents_that_stand_for_each_other_are_published_one_after_the_other(database: &TestDatabase) {
    let store = database.store().await;
    let (rules, units) = (DocumentKind::Rules, DocumentKind::Units);
    // Two that have each seen none of the other: only one of them was checked against what there is.
    let start = std::sync::Arc::new(tokio::sync::Barrier::new(2));
    let mut publishers = tokio::task::JoinSet::new();
    for (kind, other) in [(rules, units), (units, rules)] {
        let (own_store, start) = (database.connect().await, start.clone());
        publishers.spawn(async move {
            start.wait().await;
            own_store.documents().publish_beside(kind, "one", "ann", minute(5), &[(other, None)]).await
        });
    }
    let results = publishers.join_all().await;
    let conflicts = results.iter().filter(|result| matches!(result, Err(error) if error.is_transient())).count();
    assert_eq!((conflicts, results.iter().filter(|result| result.is_ok()).count()), (1, 1), "{results:?}");

    let first = results.into_iter().flatten().next().unwrap().document.kind;
    let second = if first == rules { units } else { rules };
    let published = store.documents().publish_beside(second, "two", "ann", minute(1), &[(first, Some(1))]).await.unwrap();
    assert_eq!(published.document.published_at, minute(5), "never before what it was checked against");
    let stale = store.documents().publish_beside(second, "three", "ann", minute(6), &[(first, Some(2))]).await.unwrap_err();
    assert!(matches!(stale, StoreError::Conflict { .. }), "{stale}");
    assert_eq!(store.documents().newest(second).await.unwrap().unwrap().content, "two", "nothing was published");
}

async fn a_changed_document_is_reported(database: &TestDatabase) {
    let store = database.store().await;
    store.documents().publish(DocumentKind::Rules, "one", "ann", minute(0)).await.unwrap();
    tamper(database, "UPDATE document SET content = 'two'").await;
    let error = store.documents().newest(DocumentKind::Rules).await.unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }) && error.to_string().contains("rules v1"), "{error}");
}

async fn a_text_that_postgresql_cannot_hold_is_refused(database: &TestDatabase) {
    let store = database.store().await;
    let error = store.documents().publish(DocumentKind::Rules, "a\0b", "ann", minute(0)).await.unwrap_err();
    assert!(matches!(error, StoreError::Invalid { .. }), "{error}");
}
