use farthing_approval::{Action, Details, Step};
use farthing_store::{PlanId, Store, StoreError};
use farthing_testkit::TestDatabase;

use crate::build::minute;
use crate::on_both_databases;

on_both_databases!(
    steps_read_back_in_their_order,
    of_two_at_once_one_is_first,
    the_database_itself_divides_the_duties,
    steps_are_never_changed,
);

fn step(sequence: u64, by: &str, action: Action) -> Step {
    Step {
        sequence,
        by: by.to_owned(),
        action,
        reason: "since it is so".to_owned(),
        plan_hash: "1".repeat(64),
        input_hash: "2".repeat(64),
        at: minute(i64::try_from(sequence).unwrap()),
        details: Details::default(),
    }
}

async fn proposed(store: &Store) -> PlanId {
    let plan = PlanId::new(minute(0));
    store.recommendation_steps().add(plan, &step(1, "ada", Action::Propose)).await.unwrap();
    plan
}

async fn steps_read_back_in_their_order(database: &TestDatabase) {
    let store = database.store().await;
    let (plan, other) = (proposed(&store).await, proposed(&store).await);
    let details = Details { approvers: Some(2), units: ["risk".parse().unwrap()].into(), ..Details::default() };
    let given = Step { details, at: minute(9), ..step(2, "gr\0ace", Action::Comment) };
    store.recommendation_steps().add(plan, &given).await.unwrap();
    let read = store.recommendation_steps().of(plan, None).await.unwrap();
    assert_eq!(read.len(), 2);
    assert_eq!((read[1].by.as_str(), &read[1].details, read[1].at), ("gr\u{2400}ace", &given.details, minute(9)));
    assert_eq!(store.recommendation_steps().of(plan, Some(minute(8))).await.unwrap().len(), 1);
    let all = store.recommendation_steps().of_all(&[plan, other, PlanId::new(minute(5))], None).await.unwrap();
    assert_eq!((all.len(), all[&plan].len(), all[&other].len()), (2, 2, 1));
}

async fn of_two_at_once_one_is_first(database: &TestDatabase) {
    let store = database.store().await;
    let plan = proposed(&store).await;
    let writers = ["grace", "heidi", "ivan"].map(|name| {
        let store = store.clone();
        tokio::spawn(async move { store.recommendation_steps().add(plan, &step(2, name, Action::Approve)).await })
    });
    let mut added = 0;
    for writer in writers {
        match writer.await.unwrap() {
            Ok(()) => added += 1,
            Err(error) => assert!(error.is_transient() || database.url().starts_with("sqlite"), "{error}"),
        }
    }
    assert_eq!((added, store.recommendation_steps().of(plan, None).await.unwrap().len()), (1, 2));
    let again = store.recommendation_steps().add(plan, &step(2, "judy", Action::Approve)).await.unwrap_err();
    assert!(matches!(again, StoreError::Conflict { .. }), "{again}");
}

async fn the_database_itself_divides_the_duties(database: &TestDatabase) {
    let store = database.store().await;
    let plan = proposed(&store).await;
    let refused = async |step: Step, said: &str| {
        let error = store.recommendation_steps().add(plan, &step).await.unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    };
    for action in [Action::Approve, Action::Override, Action::Verify] {
        refused(step(2, "ADA", action), "nobody decides on what they proposed").await;
    }
    refused(Step { reason: " ".to_owned(), ..step(2, "grace", Action::Reject) }, "").await;
    store.recommendation_steps().add(plan, &step(2, "grace", Action::Approve)).await.unwrap();
    refused(step(3, "Grace", Action::Approve), "a second approval").await;
    // After a challenge everybody looks at it again.
    store.recommendation_steps().add(plan, &step(3, "heidi", Action::Challenge)).await.unwrap();
    store.recommendation_steps().add(plan, &step(4, "grace", Action::Override)).await.unwrap();
    // What nobody proposed is nobody's to approve.
    let nobodys = PlanId::new(minute(7));
    assert!(store.recommendation_steps().add(nobodys, &step(1, "grace", Action::Approve)).await.is_err());
}

async fn steps_are_never_changed(database: &TestDatabase) {
    let store = database.store().await;
    proposed(&store).await;
    for statement in [
        "UPDATE recommendation_step SET done_by = 'grace'",
        "DELETE FROM recommendation_step",
        "INSERT INTO recommendation_step SELECT * FROM recommendation_step",
    ] {
        assert!(farthing_store::execute(database.url(), statement).await.is_err(), "{statement}");
    }
}
