use farthing_store::{Digest, Plan, PlanId, PlanKind, PlanStatus, StoreError};
use farthing_testkit::TestDatabase;

use crate::build::minute;
use crate::on_both_databases;

on_both_databases!(a_plan_reads_back_as_it_was_computed, plans_come_in_pages, plans_that_make_no_sense_are_refused);

fn plan(at: i64) -> Plan {
    Plan {
        id: PlanId::new(minute(at)),
        kind: PlanKind::Fleet,
        input_digest: Digest::of(b"inputs"),
        content: r#"{"b": 1.10, "a": "é"}"#.to_owned(),
        status: PlanStatus::GapLimit,
        created_at: minute(at),
        expires_at: minute(at + 60),
    }
}

async fn a_plan_reads_back_as_it_was_computed(database: &TestDatabase) {
    let store = database.store().await;
    let (first, second) = (plan(0), plan(1));
    store.plans().add(&first).await.unwrap();
    store.plans().add(&second).await.unwrap();
    assert_eq!(store.plans().get(first.id).await.unwrap(), first);
    assert_eq!(store.plans().recent(PlanKind::Fleet, 5, None).await.unwrap(), [second.clone(), first.clone()]);
    assert!(!first.is_expired(minute(59)) && first.is_expired(minute(60)));
    let again = store.plans().add(&second).await.unwrap_err();
    assert!(matches!(again, StoreError::Conflict { .. }), "{again}");
}

async fn plans_come_in_pages(database: &TestDatabase) {
    let store = database.store().await;
    // Several of one moment too.
    let made: Vec<Plan> = [0, 1, 1, 1, 2].map(plan).into();
    for one in &made {
        store.plans().add(one).await.unwrap();
    }
    let whole = store.plans().recent(PlanKind::Fleet, 10, None).await.unwrap();
    let (mut read, mut last) = (Vec::new(), None);
    loop {
        let page = store.plans().recent_before(PlanKind::Fleet, last, 2, None).await.unwrap();
        let Some(end) = page.last() else { break };
        last = Some((end.created_at, end.id));
        read.extend(page);
    }
    assert_eq!((read.len(), read), (made.len(), whole));
}

async fn plans_that_make_no_sense_are_refused(database: &TestDatabase) {
    let store = database.store().await;
    let no_json = Plan { content: "{".to_owned(), ..plan(0) };
    let expired = Plan { expires_at: minute(0), ..plan(0) };
    for plan in [no_json, expired] {
        let error = store.plans().add(&plan).await.unwrap_err();
        assert!(matches!(error, StoreError::Invalid { .. }), "{error}");
        assert!(matches!(store.plans().get(plan.id).await.unwrap_err(), StoreError::NotFound { .. }));
    }
}
