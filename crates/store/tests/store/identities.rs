use std::collections::BTreeSet;

use farthing_identity::{Grant, Role};
use farthing_store::{ApiToken, Person, StoreError, Subject};
use farthing_testkit::TestDatabase;

use crate::build::minute;
use crate::{on_both_databases, tamper};

on_both_databases!(
    people_are_kept_as_they_are,
    whom_a_provider_vouches_for_is_one_person,
    a_token_is_known_by_its_hash_and_revoked_once,
    sessions_end,
    what_is_damaged_is_said
);

fn person(name: &str, roles: &[Role]) -> Person {
    Person {
        name: name.to_owned(),
        password: Some("hash".to_owned()),
        grant: Grant::new(roles.iter().copied(), None).unwrap(),
        added_at: minute(1),
        added_by: "root".to_owned(),
        disabled_at: None,
        failures: 0,
        locked_until: None,
        subject: None,
    }
}

async fn whom_a_provider_vouches_for_is_one_person(database: &TestDatabase) {
    let store = database.store().await;
    let subject = Subject { issuer: "https://op.example".to_owned(), id: "00u1".to_owned() };
    assert_eq!(store.people().of_subject(&subject).await.unwrap(), None);
    let ada = Person { password: None, subject: Some(subject.clone()), ..person("ada", &[Role::Viewer]) };
    store.people().add(&ada).await.unwrap();
    assert_eq!(store.people().of_subject(&subject).await.unwrap(), Some(ada));
    let other = Subject { issuer: "https://other.example".to_owned(), ..subject.clone() };
    assert_eq!(store.people().of_subject(&other).await.unwrap(), None);
    // Nobody else becomes them, by being added or later; people whom nobody vouches for may be many.
    let twin = Person { subject: Some(subject.clone()), ..person("twin", &[Role::Viewer]) };
    assert!(matches!(store.people().add(&twin).await, Err(StoreError::Conflict { .. })));
    store.people().add(&person("bob", &[Role::Viewer])).await.unwrap();
    store.people().add(&person("carol", &[Role::Viewer])).await.unwrap();
    assert!(matches!(store.people().link("bob", &subject).await, Err(StoreError::Conflict { .. })));
    store.people().link("bob", &other).await.unwrap();
    assert_eq!(store.people().of_subject(&other).await.unwrap().unwrap().name, "bob");
}

async fn people_are_kept_as_they_are(database: &TestDatabase) {
    let store = database.store().await;
    let ada = person("ada", &[Role::Viewer, Role::Approver]);
    store.people().add(&ada).await.unwrap();
    assert_eq!(store.people().get("ada").await.unwrap(), Some(ada.clone()));
    assert!(matches!(store.people().add(&ada).await, Err(StoreError::Conflict { .. })));
    let limited = Grant::new([Role::Viewer], Some(BTreeSet::from(["payments".parse().unwrap()]))).unwrap();
    store.people().give("ada", &limited).await.unwrap();
    store.people().failed("ada", 5, Some(minute(9))).await.unwrap();
    store.people().disable("ada", Some(minute(4))).await.unwrap();
    let now = store.people().get("ada").await.unwrap().unwrap();
    assert_eq!((now.grant, now.failures, now.locked_until, now.disabled_at), (limited, 5, Some(minute(9)), Some(minute(4))));
    store.people().set_password("ada", "other").await.unwrap();
    let now = store.people().get("ada").await.unwrap().unwrap();
    assert_eq!((now.password.as_deref(), now.failures, now.locked_until), (Some("other"), 0, None));
    assert!(matches!(store.people().disable("nobody", None).await, Err(StoreError::NotFound { .. })));
    assert_eq!(store.people().count().await.unwrap(), 1);
}

async fn a_token_is_known_by_its_hash_and_revoked_once(database: &TestDatabase) {
    let store = database.store().await;
    let token = ApiToken {
        name: "ci".to_owned(),
        person: None,
        hash: "a".repeat(64),
        grant: Grant::new([Role::Viewer], None).unwrap(),
        issued_at: minute(1),
        issued_by: "ada".to_owned(),
        expires_at: minute(9),
        used_at: None,
        revoked_at: None,
        revoked_by: None,
    };
    store.api_tokens().issue(&token).await.unwrap();
    assert_eq!(store.api_tokens().of(&token.hash).await.unwrap(), Some(token.clone()));
    assert_eq!(store.api_tokens().of("ci").await.unwrap(), None);
    store.api_tokens().used("ci", minute(3)).await.unwrap();
    assert!(store.api_tokens().revoke("ci", "grace", minute(4)).await.unwrap());
    assert!(!store.api_tokens().revoke("ci", "eve", minute(5)).await.unwrap());
    let revoked = store.api_tokens().get("ci").await.unwrap().unwrap();
    assert_eq!(
        (revoked.used_at, revoked.revoked_at, revoked.revoked_by.as_deref()),
        (Some(minute(3)), Some(minute(4)), Some("grace"))
    );
    // A name is used once.
    let again = ApiToken { hash: "b".repeat(64), ..token };
    assert!(matches!(store.api_tokens().issue(&again).await, Err(StoreError::Conflict { .. })));
}

async fn sessions_end(database: &TestDatabase) {
    let store = database.store().await;
    let sessions = store.login_sessions();
    for hash in ["one", "two"] {
        sessions.begin(hash, "ada", minute(1), minute(0)).await.unwrap();
    }
    sessions.used("one", minute(2)).await.unwrap();
    assert_eq!(sessions.of("one").await.unwrap().unwrap().used_at, minute(2));
    sessions.end("one", minute(3)).await.unwrap();
    assert_eq!(sessions.of("one").await.unwrap(), None);
    sessions.end_all("ada", minute(4)).await.unwrap();
    assert_eq!(sessions.of("two").await.unwrap(), None);
    // Old ones are forgotten when another begins.
    sessions.begin("three", "ada", minute(9), minute(5)).await.unwrap();
    tamper(database, "UPDATE login_session SET ended_at = NULL").await;
    assert_eq!(sessions.of("two").await.unwrap(), None);
    assert!(sessions.of("three").await.unwrap().is_some());
}

async fn what_is_damaged_is_said(database: &TestDatabase) {
    let store = database.store().await;
    store.people().add(&person("ada", &[Role::Viewer])).await.unwrap();
    tamper(database, "UPDATE person SET roles = '[\"root\"]'").await;
    assert!(matches!(store.people().get("ada").await, Err(StoreError::Damaged { .. })));
}
