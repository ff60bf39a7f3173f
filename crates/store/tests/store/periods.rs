use farthing_store::{Dataset, NewRevision, PeriodState, StoreError, adjustments_of, state_of};
use farthing_testkit::TestDatabase;
use farthing_types::{BillingPeriod, SourceName};

use crate::build::{begin, import, may, minute, publication, revision};
use crate::on_both_databases;

on_both_databases!(
    a_closed_period_is_not_replaced_until_it_is_reopened,
    a_period_is_closed_for_one_source_or_for_all,
    of_a_publisher_and_a_closer_at_once_the_first_wins,
    an_unpublished_unit_of_work_leaves_nothing,
    who_asks_to_reopen_does_not_decide,
);

fn period() -> BillingPeriod {
    "2026-05".parse().unwrap()
}

fn acme() -> SourceName {
    "acme".parse().unwrap()
}

async fn a_closed_period_is_not_replaced_until_it_is_reopened(database: &TestDatabase) {
    let store = database.store().await;
    let first = import(&store, "may", "1500", minute(0)).await;
    store.periods().set(period(), None, PeriodState::Closed, "month end", "grace", minute(10)).await.unwrap();

    let id = begin(&store, minute(11)).await;
    let restated = publication(id, vec![revision("may restated", "1", Some(first))], minute(11));
    let error = store.revisions().publish(&restated).await.unwrap_err();
    assert!(matches!(&error, StoreError::PeriodClosed { since, .. } if *since == minute(10)) && !error.is_transient(), "{error}");
    assert!(error.to_string().contains("month end") && error.to_string().contains("--closed adjust"), "{error}");
    assert_eq!(store.revisions().active(&may()).await.unwrap()[0].id, first);

    // Nor does anything else that reports read of it change: usage, decisions, the log of a process.
    for dataset in [Dataset::Usage, Dataset::Decisions, Dataset::EventLogs] {
        let facts = NewRevision { dataset, totals: Vec::new(), ..revision("may facts", "1", None) };
        let refused = publication(id, vec![facts], minute(11));
        assert!(matches!(store.revisions().publish(&refused).await, Err(StoreError::PeriodClosed { .. })), "{dataset}");
    }

    // Its late delivery is kept, and what adjusts it cannot be posted into it either.
    let late = NewRevision { dataset: Dataset::LateCharges, ..revision("may late", "1200", None) };
    let adjustment = NewRevision { source: adjustments_of(&acme()).unwrap(), ..revision("adjusted", "-300", None) };
    let refused = publication(id, vec![late.clone(), adjustment.clone()], minute(12));
    assert!(matches!(store.revisions().publish(&refused).await, Err(StoreError::PeriodClosed { .. })));
    let june = NewRevision { period: period().next(), ..adjustment };
    store.revisions().publish(&publication(id, vec![late, june], minute(12))).await.unwrap();
    assert_eq!(store.revisions().active(&may()).await.unwrap()[0].id, first);

    store.periods().set(period(), None, PeriodState::Open, "wrong month", "grace", minute(20)).await.unwrap();
    let second = import(&store, "may restated", "1", minute(21)).await;
    assert_eq!(store.revisions().active(&may()).await.unwrap()[0].id, second);
    let states = |events: Vec<farthing_store::PeriodEvent>| state_of(&events, period(), &acme()).map(|event| event.state);
    for (moment, expected) in [(9, None), (10, Some(PeriodState::Closed)), (20, Some(PeriodState::Open))] {
        assert_eq!(states(store.periods().events(Some(minute(moment))).await.unwrap()), expected, "minute {moment}");
    }
}

async fn a_period_is_closed_for_one_source_or_for_all(database: &TestDatabase) {
    let store = database.store().await;
    let other: SourceName = "other".parse().unwrap();
    store.periods().set(period(), Some(&acme()), PeriodState::Closed, "", "grace", minute(0)).await.unwrap();
    // A clock that went back does not change what was in force before.
    let later = store.periods().set(period().next(), None, PeriodState::Closed, "", "grace", minute(-5)).await.unwrap();
    assert!(later.at > minute(0));
    let events = store.periods().events(None).await.unwrap();
    let closed = |period, source: &SourceName| state_of(&events, period, source).is_some_and(|e| e.state == PeriodState::Closed);
    assert!(closed(period(), &acme()) && closed(period(), &adjustments_of(&acme()).unwrap()));
    assert!(!closed(period(), &other) && closed(period().next(), &other) && !closed(period().previous(), &acme()));
}

/// Whoever is first, the other sees it: a period that is closed has what it had when it was closed.
async fn of_a_publisher_and_a_closer_at_once_the_first_wins(database: &TestDatabase) {
    for round in 0..8 {
        let store = database.store().await;
        let period: BillingPeriod = format!("2025-{:02}", round + 1).parse().unwrap();
        let id = begin(&store, minute(0)).await;
        let new = NewRevision { period, ..revision("may", "10", None) };
        let publication = publication(id, vec![new], minute(1));
        let (publisher, closer) = (store.clone(), database.connect().await);
        let publishing = tokio::spawn(async move { publisher.revisions().publish(&publication).await });
        let closing = tokio::spawn(async move {
            closer.periods().set(period, None, PeriodState::Closed, "", "grace", minute(2)).await.unwrap();
            closer.revisions().history(&farthing_store::RevisionFilter { period: Some(period), ..Default::default() }).await
        });
        let (published, when_closed) = (publishing.await.unwrap(), closing.await.unwrap().unwrap());
        assert_eq!(published.is_ok(), when_closed.len() == 1, "round {round}: {published:?} {when_closed:?}");
    }
}

/// A process that dies within the transaction that publishes: nothing of it is there.
async fn an_unpublished_unit_of_work_leaves_nothing(database: &TestDatabase) {
    let store = database.store().await;
    let first = import(&store, "may", "10", minute(0)).await;
    let id = begin(&store, minute(1)).await;
    let work = store.begin().await.unwrap();
    let restated = publication(id, vec![revision("may restated", "11", Some(first))], minute(1));
    work.revisions().publish(&restated).await.unwrap();
    work.rollback().await.unwrap();
    assert_eq!(store.revisions().active(&may()).await.unwrap()[0].id, first);
    assert_eq!(store.imports().unfinished().await.unwrap().iter().map(|import| import.id).collect::<Vec<_>>(), [id]);
    store.revisions().publish(&restated).await.unwrap();
    assert_eq!(store.revisions().history(&may()).await.unwrap().len(), 2);
}

async fn who_asks_to_reopen_does_not_decide(database: &TestDatabase) {
    let store = database.store().await;
    import(&store, "may", "1500", minute(0)).await;
    store.periods().set(period(), None, PeriodState::Closed, "month end", "grace", minute(10)).await.unwrap();
    let ask = |by: &'static str, at| {
        let store = &store;
        async move { store.reopenings().ask(period(), None, "wrong rate", by, minute(at)).await.unwrap() }
    };
    let asked = ask("ada", 11).await;
    assert_eq!(ask("grace", 12).await, asked, "one request waits at a time");
    let state = || async { state_of(&store.periods().events(None).await.unwrap(), period(), &acme()).map(|event| event.state) };

    let error = store.reopenings().decide(&asked, true, "ada", minute(13)).await.unwrap_err();
    assert!(matches!(&error, StoreError::SamePerson { by, .. } if by == "ada"), "{error}");
    // The database itself refuses what gets past the program.
    let forged = farthing_store::Reopening { by: "somebody else".to_owned(), ..asked.clone() };
    store.reopenings().decide(&forged, true, "ada", minute(13)).await.unwrap_err();
    assert_eq!(state().await, Some(PeriodState::Closed));

    store.reopenings().decide(&asked, false, "grace", minute(14)).await.unwrap();
    assert_eq!((state().await, store.reopenings().waiting().await.unwrap()), (Some(PeriodState::Closed), vec![]));
    assert!(matches!(store.reopenings().decide(&asked, true, "grace", minute(15)).await, Err(StoreError::Conflict { .. })));

    let again = ask("ada", 16).await;
    assert_ne!(again.id, asked.id);
    store.reopenings().decide(&again, true, "grace", minute(17)).await.unwrap();
    assert_eq!(state().await, Some(PeriodState::Open));
}
