//! Faults of the database itself: F22 of PostgreSQL, F23 of SQLite.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use farthing_store::{DocumentKind, Store, StoreError, StoreOptions, execute, sqlite_url};
use farthing_testkit::{Home, TestDatabase};
use farthing_types::{Amount, BillingPeriod, SourceName};
use tokio::sync::Barrier;

use crate::build::{import, may, minute};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f22_of_two_transactions_that_wait_for_each_other_one_is_whole_and_one_is_told() {
    let Some(database) = TestDatabase::postgres().await else { return };
    let store = database.store().await;
    let barrier = Arc::new(Barrier::new(2));
    let in_order = |who: &'static str, kinds: [DocumentKind; 2]| {
        let (store, barrier) = (store.clone(), Arc::clone(&barrier));
        tokio::spawn(async move {
            let work = store.begin().await.unwrap();
            work.documents().publish(kinds[0], "content = 1", who, minute(1)).await.unwrap();
            barrier.wait().await;
            match work.documents().publish(kinds[1], "content = 1", who, minute(1)).await {
                Ok(_) => work.commit().await.map(|()| who),
                Err(error) => {
                    drop(work);
                    Err(error)
                }
            }
        })
    };
    let kinds = [DocumentKind::Fleet, DocumentKind::Models];
    let ada = in_order("ada", kinds);
    let grace = in_order("grace", [kinds[1], kinds[0]]);
    let (winners, told): (Vec<_>, Vec<_>) = [ada.await.unwrap(), grace.await.unwrap()].into_iter().partition(Result::is_ok);
    let (winner, told) = (winners[0].as_ref().unwrap(), told[0].as_ref().unwrap_err());
    assert!(told.is_transient(), "{told}");
    for kind in kinds {
        let newest = store.documents().newest(kind).await.unwrap().unwrap();
        assert_eq!((newest.version, newest.published_by.as_str()), (1, *winner), "nothing of the other is there");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f22_serialization_failures_are_told_and_what_is_repeated_counts_once() {
    let Some(database) = TestDatabase::postgres().await else { return };
    drop(database.store().await);
    let strict = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation = ''serializable''', \
                  current_database()); END $$";
    execute(database.url(), strict).await.unwrap();
    let store = database.connect().await;
    let (source, month): (SourceName, BillingPeriod) = ("aws".parse().unwrap(), "2026-10".parse().unwrap());
    let (price, budget): (Amount, Amount) = ("0.01".parse().unwrap(), "0.30".parse().unwrap());
    let task = |_| {
        let (store, source) = (store.clone(), source.clone());
        tokio::spawn(async move {
            let (mut noted, mut told) = (0_u64, 0_u64);
            for _ in 0..10 {
                loop {
                    match store.collections().spend(&source, month, price, Some(budget)).await {
                        Ok(sum) => {
                            noted += u64::from(sum.is_some());
                            break;
                        }
                        Err(error) => {
                            assert!(error.is_transient(), "{error}");
                            told += 1;
                        }
                    }
                }
            }
            (noted, told)
        })
    };
    let tasks: Vec<_> = (0..8).map(task).collect();
    let (mut noted, mut told) = (0, 0);
    for task in tasks {
        let (of_task, failures) = task.await.unwrap();
        (noted, told) = (noted + of_task, told + failures);
    }
    println!("{told} serialization failures");
    let spending = store.collections().spending(&source).await.unwrap();
    assert_eq!((noted, spending[0].calls, spending[0].cost), (30, 30, budget));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f22_a_pool_that_is_exhausted_says_so_and_goes_on() {
    let Some(database) = TestDatabase::postgres().await else { return };
    drop(database.store().await);
    let options = StoreOptions { max_connections: 2, acquire_timeout: Duration::from_millis(200), ..StoreOptions::default() };
    let store = Store::connect(database.url(), &options).await.unwrap();
    let held = [store.begin().await.unwrap(), store.begin().await.unwrap()];
    let error = store.revisions().active(&may()).await.unwrap_err();
    assert!(error.is_transient() && error.to_string().contains("all connections are in use"), "{error}");
    let error = store.begin().await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    let [one, other] = held;
    one.rollback().await.unwrap();
    drop(other);
    import(&store, "may", "1", minute(1)).await;
    assert_eq!(store.revisions().active(&may()).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f23_a_sqlite_that_is_locked_says_so_and_is_as_it_was() {
    let database = TestDatabase::sqlite();
    let other = database.store().await;
    let options = StoreOptions { busy_timeout: Duration::from_millis(50), ..StoreOptions::default() };
    let store = Store::connect(database.url(), &options).await.unwrap();
    let held = other.begin().await.unwrap();
    held.documents().publish(DocumentKind::Fleet, "content = 1", "ada", minute(1)).await.unwrap();
    let error = store.documents().publish(DocumentKind::Fleet, "content = 2", "grace", minute(2)).await.unwrap_err();
    assert!(error.is_transient() && error.to_string().contains("another process holds the lock"), "{error}");
    // Who reads is not kept from it, and sees what was committed.
    assert_eq!(store.documents().newest(DocumentKind::Fleet).await.unwrap(), None);
    held.commit().await.unwrap();
    store.documents().publish(DocumentKind::Fleet, "content = 2", "grace", minute(3)).await.unwrap();
    let newest = store.documents().newest(DocumentKind::Fleet).await.unwrap().unwrap();
    assert_eq!((newest.version, newest.published_by.as_str()), (2, "grace"));
}

#[tokio::test]
async fn f23_a_sqlite_that_may_not_be_written_is_read_and_says_so() {
    let database = TestDatabase::sqlite();
    let store = database.store().await;
    let there = import(&store, "may", "1", minute(1)).await;
    store.close().await.unwrap();
    let read_only = Store::connect(&format!("{}?mode=ro", database.url()), &StoreOptions::default()).await.unwrap();
    assert_eq!(read_only.revisions().active(&may()).await.unwrap()[0].id, there);
    let error = read_only.documents().publish(DocumentKind::Fleet, "content = 1", "ada", minute(2)).await.unwrap_err();
    assert!(error.to_string().contains("cannot be written to") && !error.is_transient(), "{error}");
    read_only.close().await.unwrap();
    let store = database.connect().await;
    assert_eq!(store.documents().newest(DocumentKind::Fleet).await.unwrap(), None);
    assert_eq!(store.revisions().active(&may()).await.unwrap()[0].id, there);
}

const IMPORTS: i64 = 6;

/// Imports whose last commits stand in the log alone, as a crash of the host leaves them; the database and its log.
async fn crashed(folder: &Path) -> (Vec<u8>, Vec<u8>) {
    let url = sqlite_url(&folder.join("farthing.db"));
    let store = Store::connect(&url, &StoreOptions::default()).await.unwrap();
    store.migrate().await.unwrap();
    execute(&url, "PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
    for number in 1..=IMPORTS {
        import(&store, &format!("content {number}"), &number.to_string(), minute(number)).await;
    }
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    // While the store is open nothing is taken over from the log.
    let (file, log) = (read("farthing.db"), read("farthing.db-wal"));
    store.close().await.unwrap();
    (file, log)
}

/// What is there of the imports: as many as are whole, and nothing of any other.
async fn whole_imports(file: &[u8], log: &[u8]) -> Result<i64, StoreError> {
    let home = Home::new();
    home.write("farthing.db", file);
    home.write("farthing.db-wal", log);
    let store = Store::connect(&sqlite_url(&home.join("farthing.db")), &StoreOptions::default()).await?;
    let history = store.revisions().history(&may()).await?;
    for (number, revision) in (1..).zip(&history) {
        let billed = revision.totals.iter().map(|total| total.amount).collect::<Vec<_>>();
        assert_eq!((revision.sequence, billed), (number, vec![Amount::from_int(number as i64)]), "{revision:?}");
    }
    // What reports read is the last that is whole, and it is there once.
    let active = store.revisions().active(&may()).await?;
    assert_eq!(active.first().map(|revision| revision.id), history.last().map(|revision| revision.id));
    assert!(active.len() <= 1);
    // And what was lost is imported again.
    let next = history.len() as i64 + 1;
    import(&store, &format!("content {next}"), &next.to_string(), minute(next)).await;
    assert_eq!(store.revisions().history(&may()).await?.len() as i64, next);
    store.close().await?;
    Ok(next - 1)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f23_a_torn_log_gives_whole_imports_and_no_half() {
    let home = Home::new();
    let (file, log) = crashed(home.path()).await;
    assert_eq!(whole_imports(&file, &log).await.unwrap(), IMPORTS);
    assert_eq!(whole_imports(&file, &[]).await.unwrap(), 0);
    let mut seen = Vec::new();
    for part in 1..64 {
        // Torn off anywhere, in the middle of a frame too.
        let torn = &log[..log.len() * part / 64];
        seen.push(whole_imports(&file, torn).await.unwrap());
        // A sector that was never written: what follows it does not count.
        let mut holed = log.clone();
        let at = log.len() * part / 64;
        let end = (at + 512).min(holed.len());
        holed[at..end].fill(0);
        assert!(whole_imports(&file, &holed).await.unwrap() <= IMPORTS);
    }
    assert!(seen.windows(2).all(|pair| pair[0] <= pair[1]) && seen.contains(&0) && seen.contains(&(IMPORTS - 1)), "{seen:?}");
}
