use farthing_store::{Collection, LastRun, ReportKind};
use farthing_testkit::TestDatabase;
use farthing_types::{Amount, BillingPeriod, SourceName, Window};

use crate::build::minute;
use crate::on_both_databases;

on_both_databases!(
    how_collecting_stands_reads_back_and_is_replaced,
    calls_that_are_noted_at_once_never_exceed_the_budget,
    what_has_no_budget_is_counted,
    what_a_source_no_longer_had_is_listed_until_the_month_is_whole,
    the_last_report_of_a_provider_stands_and_those_before_it_stay,
);

async fn how_collecting_stands_reads_back_and_is_replaced(database: &TestDatabase) {
    let store = database.store().await;
    let failed = Collection {
        source: "aws".parse().unwrap(),
        attempted_at: minute(1),
        succeeded_at: None,
        collected_to: None,
        problem: Some("access was denied".to_owned()),
        reason: Some("denied".to_owned()),
        notes: String::new(),
        last: LastRun { rows: 3, calls: 7, millis: 1_250 },
    };
    store.collections().note(&failed).await.unwrap();
    assert_eq!(store.collections().of(&failed.source).await.unwrap(), Some(failed.clone()));
    let good = Collection { succeeded_at: Some(minute(2)), collected_to: Some(minute(0)), problem: None, reason: None, ..failed };
    store.collections().note(&good).await.unwrap();
    assert_eq!(store.collections().all().await.unwrap(), [good]);
}

async fn calls_that_are_noted_at_once_never_exceed_the_budget(database: &TestDatabase) {
    let store = database.store().await;
    let (source, month): (_, BillingPeriod) = ("aws".parse().unwrap(), "2026-10".parse().unwrap());
    let (price, budget): (Amount, Amount) = ("0.01".parse().unwrap(), "0.25".parse().unwrap());
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (store, source) = (store.clone(), farthing_types::SourceName::clone(&source));
            tokio::spawn(async move {
                let mut noted = 0;
                for _ in 0..10 {
                    noted += u64::from(store.collections().spend(&source, month, price, Some(budget)).await.unwrap().is_some());
                }
                noted
            })
        })
        .collect();
    let mut noted = 0;
    for task in tasks {
        noted += task.await.unwrap();
    }
    let spending = store.collections().spending(&source).await.unwrap();
    assert_eq!((noted, spending[0].calls, spending[0].cost), (25, 25, budget));
}

async fn what_has_no_budget_is_counted(database: &TestDatabase) {
    let store = database.store().await;
    let source = "openai".parse().unwrap();
    for month in ["2026-09", "2026-10", "2026-10"] {
        store.collections().spend(&source, month.parse().unwrap(), Amount::ZERO, None).await.unwrap();
    }
    let spending = store.collections().spending(&source).await.unwrap();
    assert_eq!(
        spending.iter().map(|one| (one.month.to_string(), one.calls)).collect::<Vec<_>>(),
        [("2026-10".into(), 2), ("2026-09".into(), 1)]
    );
}

async fn what_a_source_no_longer_had_is_listed_until_the_month_is_whole(database: &TestDatabase) {
    let store = database.store().await;
    let (source, period): (SourceName, BillingPeriod) = ("prometheus".parse().unwrap(), "2026-10".parse().unwrap());
    let gap = |from: i64, to: i64| Window { from: minute(from), to: minute(to) };
    store.collections().note_gaps(&source, period, &[gap(5, 9), gap(1, 3)]).await.unwrap();
    store.collections().note_gaps(&"other".parse().unwrap(), period, &[gap(2, 4)]).await.unwrap();
    let of = |found: Vec<farthing_store::CollectionGap>| found.into_iter().map(|gap| gap.window).collect::<Vec<_>>();
    assert_eq!(of(store.collections().gaps(Some(&source)).await.unwrap()), [gap(1, 3), gap(5, 9)]);
    assert_eq!(of(store.collections().gaps(None).await.unwrap()), [gap(2, 4), gap(1, 3), gap(5, 9)]);
    store.collections().note_gaps(&source, period, &[]).await.unwrap();
    assert_eq!(of(store.collections().gaps(None).await.unwrap()), [gap(2, 4)]);
}

async fn the_last_report_of_a_provider_stands_and_those_before_it_stay(database: &TestDatabase) {
    let store = database.store().await;
    let (source, period): (SourceName, BillingPeriod) = ("aws".parse().unwrap(), "2026-10".parse().unwrap());
    let kind = ReportKind::Forecast;
    let state = async |content: &str, at: i64| store.provider_reports().state(&source, period, kind, content, minute(at)).await;
    assert!(state("{\"mean\":\"1\"}", 1).await.unwrap());
    assert!(!state("{\"mean\":\"1\"}", 2).await.unwrap(), "nothing new was said");
    assert!(state("{\"mean\":\"2\"}", 3).await.unwrap());
    assert!(state("{", 4).await.unwrap_err().to_string().contains("no JSON"));
    let standing = async |period, at| {
        let reports = store.provider_reports().standing(kind, period, at).await.unwrap();
        reports.into_iter().map(|report| (report.sequence, report.content)).collect::<Vec<_>>()
    };
    assert_eq!(standing(Some(period), None).await, [(2, "{\"mean\":\"2\"}".to_owned())]);
    assert_eq!(standing(None, Some(minute(2))).await, [(1, "{\"mean\":\"1\"}".to_owned())]);
    assert!(standing(Some(period.next()), None).await.is_empty() && standing(None, Some(minute(0))).await.is_empty());
    assert!(store.provider_reports().standing(ReportKind::Anomalies, None, None).await.unwrap().is_empty());
}
