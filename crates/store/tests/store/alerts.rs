use farthing_store::{AlertFilter, AlertId, AlertState, NewAlert};
use farthing_testkit::TestDatabase;

use crate::build::minute;
use crate::on_both_databases;

on_both_databases!(
    a_channel_is_told_of_an_event_once,
    what_waits_is_put_together_and_stays_so,
    of_two_who_send_a_message_one_does,
    alerts_come_in_pages,
);

fn alert(channel: &str, key: &str, message: Option<&str>, due: i64) -> NewAlert {
    NewAlert {
        id: AlertId::new(minute(1)),
        channel: channel.to_owned(),
        event_key: key.to_owned(),
        topic: "budget".to_owned(),
        event: "{}".to_owned(),
        message: message.map(str::to_owned),
        due_at: minute(due),
        created_at: minute(1),
    }
}

fn message(first: AlertId) -> String {
    format!("of {first}")
}

async fn a_channel_is_told_of_an_event_once(database: &TestDatabase) {
    let store = database.store().await;
    let (ops, boss) = (alert("ops", "k", Some("m1"), 1), alert("boss", "k", None, 9));
    assert_eq!(store.alerts().add(&[ops.clone(), boss]).await.unwrap(), 2);
    assert_eq!(store.alerts().add(&[alert("ops", "k", Some("m2"), 1), alert("ops", "l", Some("m3"), 2)]).await.unwrap(), 1);
    assert_eq!(store.alerts().next().await.unwrap(), Some(minute(1)));
    let filter = AlertFilter { state: Some(AlertState::Waiting), channel: Some("ops".to_owned()), limit: 10, after: None };
    let listed = store.alerts().list(&filter).await.unwrap();
    assert_eq!(listed.iter().map(|alert| alert.event_key.as_str()).collect::<Vec<_>>(), ["k", "l"]);
    assert_eq!((listed[0].id, listed[0].message.as_deref(), listed[0].attempts), (ops.id, Some("m1"), 0));
    assert!(store.alerts().end("m1", AlertState::Sent, None, minute(3)).await.unwrap());
    // It is known for as long as it is remembered.
    assert_eq!(store.alerts().add(&[alert("ops", "k", None, 1)]).await.unwrap(), 0);
    assert_eq!(store.alerts().forget(minute(3)).await.unwrap(), 0);
    assert_eq!(store.alerts().forget(minute(4)).await.unwrap(), 1);
}

async fn what_waits_is_put_together_and_stays_so(database: &TestDatabase) {
    let store = database.store().await;
    let rows =
        [alert("boss", "b", None, 5), alert("boss", "a", None, 4), alert("boss", "c", None, 9), alert("ops", "a", None, 3)];
    store.alerts().add(&rows).await.unwrap();
    assert!(store.alerts().due(minute(6), 10).await.unwrap().is_empty());
    store.alerts().put_together(minute(6), message).await.unwrap();
    let due = store.alerts().due(minute(6), 10).await.unwrap();
    let keys: Vec<Vec<&str>> = due.iter().map(|rows| rows.iter().map(|row| row.event_key.as_str()).collect()).collect();
    assert_eq!(keys, [vec!["a"], vec!["a", "b"]], "the one that waits longest first");
    let together = due[1][0].message.clone().unwrap();
    assert_eq!(together, message(rows[1].id));
    // What is due later goes into another message, and does not change the first.
    store.alerts().put_together(minute(10), message).await.unwrap();
    let due = store.alerts().due(minute(10), 10).await.unwrap();
    assert_eq!(due.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2, 1]);
    assert_eq!(due[1][1].message.as_deref(), Some(together.as_str()));
    assert_eq!(store.alerts().due(minute(10), 1).await.unwrap().len(), 1);
}

async fn of_two_who_send_a_message_one_does(database: &TestDatabase) {
    let store = database.store().await;
    store.alerts().add(&[alert("ops", "a", Some("m"), 1), alert("ops", "b", Some("m"), 1)]).await.unwrap();
    assert!(store.alerts().try_once("m", 1, minute(2), minute(4)).await.unwrap());
    assert!(!store.alerts().try_once("m", 1, minute(2), minute(4)).await.unwrap());
    assert!(store.alerts().due(minute(3), 10).await.unwrap().is_empty());
    assert!(store.alerts().wait("m", minute(8), "it answered 500").await.unwrap());
    let due = store.alerts().due(minute(8), 10).await.unwrap();
    assert_eq!((due[0].len(), due[0][1].attempts, due[0][1].said.as_deref()), (2, 1, Some("it answered 500")));
    assert!(store.alerts().try_once("m", 2, minute(8), minute(9)).await.unwrap());
    assert!(store.alerts().end("m", AlertState::Failed, Some("it answered 410"), minute(9)).await.unwrap());
    assert!(!store.alerts().end("m", AlertState::Sent, None, minute(9)).await.unwrap());
    assert!(!store.alerts().try_once("m", 3, minute(9), minute(9)).await.unwrap());
    let listed = store.alerts().list(&AlertFilter { limit: 10, ..AlertFilter::default() }).await.unwrap();
    assert!(listed.iter().all(|alert| alert.state == AlertState::Failed && alert.ended_at == Some(minute(9))));
}

async fn alerts_come_in_pages(database: &TestDatabase) {
    let store = database.store().await;
    let found = |channel: &str, key: &str, at| NewAlert { created_at: minute(at), ..alert(channel, key, None, 9) };
    let all = [found("ops", "a", 1), found("ops", "b", 1), found("boss", "a", 1), found("ops", "c", 2), found("boss", "c", 2)];
    let all = all.map(|one| NewAlert { id: AlertId::new(minute(1)), ..one });
    store.alerts().add(&all).await.unwrap();
    let whole = store.alerts().list(&AlertFilter { limit: 10, ..AlertFilter::default() }).await.unwrap();
    let (mut read, mut after) = (Vec::new(), None);
    loop {
        let page = store.alerts().list(&AlertFilter { after, limit: 2, ..AlertFilter::default() }).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some((last.created_at, last.channel.clone(), last.event_key.clone()));
        read.extend(page);
    }
    assert_eq!((read.len(), read), (5, whole));
}
