use object_store::ObjectMeta;
use object_store::path::Path;

use super::listing::is_same;
use super::*;

fn object(e_tag: Option<&str>, size: u64, second: i64) -> ObjectMeta {
    let last_modified = chrono::DateTime::from_timestamp(second, 5_000_000).unwrap();
    ObjectMeta { location: Path::from("a"), last_modified, size, e_tag: e_tag.map(str::to_owned), version: None }
}

#[test]
fn an_object_is_told_by_its_tag_and_size_or_its_time() {
    let listed = object(Some("a"), 3, 7);
    assert!(is_same(&listed, &object(Some("a"), 3, 9)));
    assert!(!is_same(&listed, &object(Some("b"), 3, 7)));
    assert!(!is_same(&listed, &object(Some("a"), 4, 7)));
    assert!(is_same(&object(None, 3, 7), &object(None, 3, 7)));
    assert!(!is_same(&object(None, 3, 7), &object(None, 3, 8)));
}

#[test]
fn an_address_is_read_and_written() {
    for (text, shown) in
        [("s3://b", "s3://b/"), ("s3://b/", "s3://b/"), ("s3://b/p/q/", "s3://b/p/q"), ("s3://b/x y", "s3://b/x y")]
    {
        assert_eq!(BucketAddress::parse(text).unwrap().to_string(), shown);
    }
    assert!(BucketAddress::is_meant("s3://") && !BucketAddress::is_meant("/s3/x"));
}

#[test]
fn access_is_never_shown_with_its_secrets() {
    let access = BucketAccess {
        endpoint: Some("https://minio".into()),
        access_key_id: Some("hidden".into()),
        secret_access_key: Some("hidden".into()),
        session_token: Some("hidden".into()),
        ..BucketAccess::default()
    };
    let shown = format!("{access:?}");
    assert!(shown.contains("minio") && !shown.contains("hidden"), "{shown}");
}

#[test]
fn only_this_machine_may_be_spoken_to_in_the_clear() {
    let open = |endpoint: &str, allow_http| {
        let access = BucketAccess { endpoint: Some(endpoint.into()), allow_http, anonymous: true, ..BucketAccess::default() };
        access.open(&BucketAddress::parse("s3://b/p").unwrap()).map(|_| ())
    };
    for endpoint in ["http://127.0.0.1:9000", "http://localhost:9000", "http://[::1]:9000", "https://minio.example"] {
        open(endpoint, false).unwrap();
    }
    for endpoint in ["http://minio.example", "http://127.0.0.1.example:9000", "http://10.0.0.1", "http://[fe80::1]"] {
        assert!(matches!(open(endpoint, false), Err(BucketError::PlainHttp { .. })), "{endpoint}");
        open(endpoint, true).unwrap();
    }
}
