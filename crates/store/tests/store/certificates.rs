use farthing_store::{Certificate, Digest, StoreError};
use farthing_testkit::TestDatabase;

use crate::build::minute;
use crate::on_both_databases;

on_both_databases!(a_certificate_is_kept_and_the_newest_is_found);

async fn a_certificate_is_kept_and_the_newest_is_found(database: &TestDatabase) {
    let store = database.store().await;
    let period = "2026-05".parse().unwrap();
    let of = |at: i64, content: &str| Certificate {
        period,
        issued_at: minute(at),
        digest: Digest::of(content.as_bytes()),
        content: content.to_owned(),
    };
    let (first, second) = (of(0, "{\"first\": 1}"), of(5, "{\"second\": \"é\"}"));
    let certificates = store.certificates();
    assert_eq!(certificates.newest(period, None).await.unwrap(), None);
    certificates.add(&first).await.unwrap();
    certificates.add(&second).await.unwrap();
    assert_eq!(certificates.newest(period, None).await.unwrap(), Some(second.clone()));
    assert_eq!(certificates.newest(period, Some(minute(4))).await.unwrap(), Some(first));
    assert_eq!(certificates.newest("2026-04".parse().unwrap(), None).await.unwrap(), None);
    assert!(matches!(certificates.add(&second).await.unwrap_err(), StoreError::Conflict { .. }));
    assert!(matches!(certificates.add(&of(9, "{")).await.unwrap_err(), StoreError::Invalid { .. }));
}
