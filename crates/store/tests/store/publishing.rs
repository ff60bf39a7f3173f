use farthing_store::{Digest, ImportOutcome, NewRevision, Restatement, RevisionFilter, RevisionState, StoreError};
use farthing_testkit::TestDatabase;

use crate::build::{begin, finding, import, may, minute, publication, revision};
use crate::{on_both_databases, tamper};

on_both_databases!(
    a_published_revision_reads_back_as_it_was_given,
    a_restatement_replaces_the_active_revision_and_keeps_the_old_one,
    of_two_publishers_at_once_one_wins,
    of_two_restatements_at_once_one_wins,
    a_publisher_that_saw_an_older_state_is_refused,
    the_same_content_is_recognised,
    a_refused_publication_leaves_the_earlier_state,
    a_clock_that_went_back_leaves_no_gap,
    several_periods_become_visible_together,
    values_that_break_a_rule_are_refused,
    the_database_itself_allows_one_active_revision,
    an_ended_import_cannot_publish,
    a_changed_row_is_reported,
);

async fn a_published_revision_reads_back_as_it_was_given(database: &TestDatabase) {
    let store = database.store().await;
    let id = begin(&store, minute(0)).await;
    let mut new = revision("may", "20.52022672899", None);
    new.findings.push(finding("nul\0in-a-value", 40));
    let published = store.revisions().publish(&publication(id, vec![new.clone()], minute(1))).await.unwrap();

    let [read] = published.try_into().unwrap();
    assert_eq!((read.id, read.import, read.sequence, read.supersedes), (new.id, id, 1, None));
    assert_eq!((read.period, read.digest, read.rows, read.findings), (new.period, new.digest, 3, 42));
    assert_eq!((&read.location, &read.files, &read.totals), (&new.location, &new.files, &new.totals));
    assert_eq!((read.state, read.imported_at, read.superseded_at), (RevisionState::Active, minute(1), None));
    assert_eq!(store.revisions().get(new.id).await.unwrap(), read);
    assert_eq!(store.revisions().active(&may()).await.unwrap(), [read]);

    let findings = store.findings().of_revision(new.id, 10).await.unwrap();
    assert_eq!(findings[0], new.findings[0]);
    assert_eq!(findings[1].rule, "nul\u{2400}in-a-value");
    assert_eq!(store.findings().of_import(id, 1).await.unwrap(), findings[..1]);
    let import = store.imports().get(id).await.unwrap();
    assert_eq!((import.outcome, import.ended_at), (Some(ImportOutcome::Done), Some(minute(1))));
    let counted = store.deliveries().of([id, begin(&store, minute(2)).await]).await.unwrap();
    assert_eq!(counted.into_iter().collect::<Vec<_>>(), [(id, publication(id, Vec::new(), minute(1)).counted.unwrap())]);
}

async fn a_restatement_replaces_the_active_revision_and_keeps_the_old_one(database: &TestDatabase) {
    let store = database.store().await;
    let first = import(&store, "may", "10", minute(0)).await;
    let second = import(&store, "may restated", "12.5", minute(10)).await;

    let [active] = store.revisions().active(&may()).await.unwrap().try_into().unwrap();
    assert_eq!((active.id, active.sequence, active.supersedes), (second, 2, Some(first)));
    let [old, _] = store.revisions().history(&may()).await.unwrap().try_into().unwrap();
    assert_eq!((old.id, old.state, old.superseded_at), (first, RevisionState::Superseded, Some(minute(10))));
    for (moment, expected) in [(-1, None), (0, Some(first)), (9, Some(first)), (10, Some(second)), (99, Some(second))] {
        let then = store.revisions().as_of(&may(), minute(moment)).await.unwrap();
        assert_eq!(then.iter().map(|revision| revision.id).collect::<Vec<_>>(), Vec::from_iter(expected), "minute {moment}");
    }
}

async fn of_two_publishers_at_once_one_wins(database: &TestDatabase) {
    race(database, None).await;
}

async fn of_two_restatements_at_once_one_wins(database: &TestDatabase) {
    race(database, Some("before")).await;
}

/// Eight publishers, each with connections of its own, that all saw the same state.
async fn race(database: &TestDatabase, before: Option<&str>) {
    let store = database.store().await;
    let replaces = match before {
        Some(content) => Some(import(&store, content, "1", minute(-10)).await),
        None => None,
    };
    let start = std::sync::Arc::new(tokio::sync::Barrier::new(8));
    let mut publishers = tokio::task::JoinSet::new();
    for i in 0..8 {
        let (own_store, start) = (database.connect().await, start.clone());
        let id = begin(&store, minute(i)).await;
        let publication = publication(id, vec![revision(&format!("content {i}"), "2", replaces)], minute(i));
        publishers.spawn(async move {
            start.wait().await;
            (id, own_store.revisions().publish(&publication).await)
        });
    }
    let mut winners = Vec::new();
    for (id, result) in publishers.join_all().await {
        let outcome = store.imports().get(id).await.unwrap().outcome;
        match result {
            Ok(revisions) => {
                assert_eq!(outcome, Some(ImportOutcome::Done));
                winners.push(revisions[0].id);
            }
            Err(error @ StoreError::RevisionConflict { expected, .. }) => {
                assert_eq!((expected, outcome), (replaces, None));
                assert!(error.is_transient());
            }
            Err(error) => panic!("{error}"),
        }
    }
    let active = store.revisions().active(&may()).await.unwrap();
    assert_eq!(winners, active.iter().map(|revision| revision.id).collect::<Vec<_>>());
    assert_eq!(winners.len(), 1);
    assert_eq!(store.revisions().history(&may()).await.unwrap().len(), 1 + usize::from(before.is_some()));
}

async fn a_publisher_that_saw_an_older_state_is_refused(database: &TestDatabase) {
    let store = database.store().await;
    let first = import(&store, "may", "10", minute(0)).await;
    let second = import(&store, "may restated", "11", minute(1)).await;
    let id = begin(&store, minute(2)).await;
    let late = publication(id, vec![revision("from the first", "9", Some(first))], minute(3));
    let error = store.revisions().publish(&late).await.unwrap_err();
    assert!(
        matches!(error, StoreError::RevisionConflict { expected, found, .. } if expected == Some(first) && found == Some(second))
    );
    assert!(error.to_string().contains("charges of acme for 2026-05") && error.to_string().contains("run it again"), "{error}");
}

async fn the_same_content_is_recognised(database: &TestDatabase) {
    let store = database.store().await;
    let first = import(&store, "may", "10", minute(0)).await;
    let second = import(&store, "may restated", "11", minute(1)).await;
    let refused = async |new: NewRevision| {
        let id = begin(&store, minute(2)).await;
        let error = store.revisions().publish(&publication(id, vec![new], minute(3))).await.unwrap_err();
        assert!(matches!(error, StoreError::AlreadyPublished { .. }) && !error.is_transient(), "{error}");
        store.imports().nothing_new(id, Digest::of(b"may restated"), "nothing new", minute(4)).await.unwrap();
    };
    refused(revision("may restated", "11", Some(second))).await;
    assert_eq!(store.revisions().active(&may()).await.unwrap()[0].id, second);

    // What was replaced may come back: then it is a revision like any other.
    let third = import(&store, "may", "10", minute(5)).await;
    let history = store.revisions().history(&may()).await.unwrap();
    assert_eq!(history.iter().map(|revision| revision.id).collect::<Vec<_>>(), [first, second, third]);
    assert_eq!((history[0].digest, history[0].state), (history[2].digest, RevisionState::Superseded));

    // The same rows in another file are the same content, and other rows in the same file are not.
    let with_rows = |files: &str, rows: &str, replaces| {
        let rows_digest = Some(Digest::of(rows.as_bytes()));
        NewRevision { rows_digest, ..revision(files, "10", Some(replaces)) }
    };
    let id = begin(&store, minute(6)).await;
    let fourth = with_rows("may.csv", "rows", third);
    store.revisions().publish(&publication(id, vec![fourth.clone()], minute(6))).await.unwrap();
    refused(with_rows("may.parquet", "rows", fourth.id)).await;
    let id = begin(&store, minute(7)).await;
    let fifth = with_rows("may.csv", "rows as a newer program reads them", fourth.id);
    let fifth = NewRevision { restates: Some(Restatement::Attribution), ..fifth };
    store.revisions().publish(&publication(id, vec![fifth.clone()], minute(7))).await.unwrap();
    assert_eq!(store.revisions().active(&may()).await.unwrap()[0].id, fifth.id);
    let restated = store.revisions().history(&may()).await.unwrap().into_iter().map(|revision| revision.restates);
    let amounts = Some(Restatement::Amounts);
    assert_eq!(restated.collect::<Vec<_>>(), [None, amounts, amounts, amounts, Some(Restatement::Attribution)]);
}

async fn a_refused_publication_leaves_the_earlier_state(database: &TestDatabase) {
    let store = database.store().await;
    let first = import(&store, "may", "10", minute(0)).await;
    let before = store.status(None).await.unwrap();
    let id = begin(&store, minute(1)).await;
    // The revision of May could be published; the one of June sees a predecessor that is not there.
    let mut june = revision("june", "5", Some(first));
    june.period = "2026-06".parse().unwrap();
    let publication = publication(id, vec![revision("may restated", "11", Some(first)), june], minute(2));
    let error = store.revisions().publish(&publication).await.unwrap_err();
    assert!(matches!(error, StoreError::RevisionConflict { found: None, .. }), "{error}");

    assert_eq!(store.status(None).await.unwrap()[0].active, before[0].active);
    assert_eq!(store.imports().get(id).await.unwrap().outcome, None);
    assert_eq!(store.findings().of_import(id, 10).await.unwrap(), []);
    store.imports().fail(id, "conflict", &[finding("lost", 1)], minute(3)).await.unwrap();
    assert_eq!(store.findings().of_import(id, 10).await.unwrap(), [finding("lost", 1)]);
}

async fn a_clock_that_went_back_leaves_no_gap(database: &TestDatabase) {
    let store = database.store().await;
    import(&store, "may", "10", minute(10)).await;
    let second = import(&store, "may restated", "11", minute(5)).await;
    let microsecond = chrono::TimeDelta::microseconds(1);
    let [old, new] = store.revisions().history(&may()).await.unwrap().try_into().unwrap();
    assert_eq!((old.superseded_at, new.imported_at), (Some(minute(10) + microsecond), minute(10) + microsecond));
    let then = store.revisions().as_of(&may(), minute(10)).await.unwrap();
    assert_eq!(then.iter().map(|revision| revision.id).collect::<Vec<_>>(), [old.id]);
    assert_eq!(store.revisions().as_of(&may(), minute(11)).await.unwrap()[0].id, second);
}

async fn several_periods_become_visible_together(database: &TestDatabase) {
    let store = database.store().await;
    let id = begin(&store, minute(0)).await;
    let mut june = revision("june", "-3.000000000000000001", None);
    june.period = "2026-06".parse().unwrap();
    store.revisions().publish(&publication(id, vec![june, revision("may", "1", None)], minute(1))).await.unwrap();
    let active = store.revisions().active(&RevisionFilter::default()).await.unwrap();
    assert_eq!(active.iter().map(|revision| revision.period.to_string()).collect::<Vec<_>>(), ["2026-05", "2026-06"]);
    assert_eq!(active[1].totals[0].amount.to_string(), "-3.000000000000000001");
}

async fn values_that_break_a_rule_are_refused(database: &TestDatabase) {
    let store = database.store().await;
    let id = begin(&store, minute(0)).await;
    let mut outside = revision("may", "1", None);
    outside.location = "../elsewhere".to_owned();
    let mut twice = revision("may", "1", None);
    twice.totals.push(twice.totals[0].clone());
    let mut beyond = revision("may", "-1", None);
    beyond.totals[0].magnitude = "0.5".parse().unwrap();
    let mut rows = revision("may", "1", None);
    rows.rows = 4;
    let pair = vec![revision("may", "1", None), revision("may too", "1", None)];
    for revisions in [vec![outside], vec![twice], vec![beyond], vec![rows], pair, vec![]] {
        let error = store.revisions().publish(&publication(id, revisions, minute(1))).await.unwrap_err();
        assert!(matches!(error, StoreError::Invalid { .. }), "{error}");
    }
    assert_eq!(store.revisions().history(&RevisionFilter::default()).await.unwrap(), []);
}

async fn the_database_itself_allows_one_active_revision(database: &TestDatabase) {
    let store = database.store().await;
    import(&store, "may", "10", minute(0)).await;
    import(&store, "may restated", "11", minute(1)).await;
    let connection = sea_orm::Database::connect(database.url()).await.unwrap();
    for statement in [
        "UPDATE revision SET state = 'active', superseded_at = NULL",
        "UPDATE revision SET state = 'superseded'",
        "UPDATE revision SET state = 'gone'",
        "UPDATE revision SET sequence = 1",
        "UPDATE revision SET source = 'nobody'",
        "UPDATE import SET outcome = NULL",
    ] {
        let refused = sea_orm::ConnectionTrait::execute_unprepared(&connection, statement).await;
        assert!(refused.is_err(), "{statement}");
    }
}

async fn an_ended_import_cannot_publish(database: &TestDatabase) {
    let store = database.store().await;
    let id = begin(&store, minute(0)).await;
    store.imports().fail(id, "declared lost", &[], minute(1)).await.unwrap();
    let late = publication(id, vec![revision("may", "1", None)], minute(2));
    let error = store.revisions().publish(&late).await.unwrap_err();
    assert!(matches!(error, StoreError::ImportEnded { outcome: ImportOutcome::Failed, .. }), "{error}");
    assert_eq!(store.revisions().active(&may()).await.unwrap(), []);
}

async fn a_changed_row_is_reported(database: &TestDatabase) {
    let store = database.store().await;
    import(&store, "may", "10.5", minute(0)).await;
    tamper(database, "UPDATE revision_total SET amount = '10.50'").await;
    let error = store.revisions().active(&may()).await.unwrap_err().to_string();
    assert!(error.contains("\"10.50\"") && error.contains("amount") && error.contains("restore"), "{error}");
}
