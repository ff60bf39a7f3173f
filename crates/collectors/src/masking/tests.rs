use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Decimal128Array, RecordBatch, StringArray};
use farthing_usage::{Counts, Dimensions, Grain, UsageRecord};

use super::*;

fn mask(policy: &str) -> Mask {
    let key = MaskingKey::new("a key of a test, long enough").unwrap();
    Mask::new(MaskingPolicy::parse(&format!("version = 1\n{policy}")).unwrap(), Some(key)).unwrap()
}

fn batch() -> RecordBatch {
    let texts = |values: [Option<&str>; 3]| -> ArrayRef { Arc::new(StringArray::from(values.to_vec())) };
    let tags = [Some(r#"{"User":"ann","team":"a"}"#), Some(r#"{"team":"b", "n": 1}"#), None];
    let costs = Decimal128Array::from(vec![1, 2, 3]).with_precision_and_scale(38, 18).unwrap();
    RecordBatch::try_from_iter_with_nullable([
        ("BilledCost", Arc::new(costs) as ArrayRef, true),
        ("ResourceId", texts([Some("ann"), Some("bob"), Some("ann")]), true),
        ("ResourceName", texts([Some("ann's laptop"), None, Some("")]), true),
        ("Tags", texts(tags), true),
        ("x_Owner", texts([Some("ann"), None, None]), true),
        ("x_Region", texts([Some("r"), None, None]), true),
    ])
    .unwrap()
}

fn column(rows: &RecordBatch, name: &str) -> Vec<Option<String>> {
    rows.column_by_name(name).unwrap().as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect()
}

#[test]
fn columns_and_tags_are_masked_alike_and_nothing_else_is() {
    let mask = mask(
        "columns = { ResourceId = 'hash', ResourceName = 'drop', 'x_*' = 'hash', x_Region = 'keep' }\ntags = { user = 'hash' }",
    );
    let (before, after) = (batch(), mask.rows(&batch()).unwrap());
    let ann = mask.key.as_ref().unwrap().mask("ann");
    assert!(ann.starts_with("masked-") && ann.len() == 39, "{ann}");
    let ids = column(&after, "ResourceId");
    assert_eq!((ids[0].as_ref(), ids[2].as_ref()), (Some(&ann), Some(&ann)));
    assert_ne!(ids[1], ids[0]);
    assert_eq!(column(&after, "ResourceName"), [None, None, None]);
    assert_eq!(column(&after, "x_Owner")[0].as_ref(), Some(&ann));
    assert_eq!(column(&after, "x_Region"), column(&before, "x_Region"));
    let tags = column(&after, "Tags");
    assert_eq!(tags[0].as_deref().unwrap(), format!(r#"{{"User":"{ann}","team":"a"}}"#));
    assert_eq!(tags[1..], column(&before, "Tags")[1..], "tags without a masked key are left as they were written");
    assert_eq!(after.column(0), before.column(0));
}

#[test]
fn usage_and_decisions_are_masked_as_bills_are() {
    let mask = mask("columns.Principal = 'hash'\ntags = { user = 'hash', seat = 'drop' }");
    let mut dimensions = Dimensions::of("gateway".parse().unwrap());
    dimensions.principal = Some("ann".into());
    dimensions.workload = Some("chat".into());
    dimensions.tags = [("user", "ann"), ("seat", "7"), ("team", "a")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    let at = "2026-05-01T07:00:00Z".parse().unwrap();
    let record = UsageRecord { at, grain: Grain::Hour, dimensions, counts: Counts { requests: 3, ..Counts::default() } };
    let masked = mask.usage(record.clone());
    let ann = mask.key.as_ref().unwrap().mask("ann");
    assert_eq!((masked.dimensions.principal, masked.dimensions.workload), (Some(ann.clone()), Some("chat".into())));
    assert_eq!(masked.dimensions.tags, [("user", ann.as_str()), ("team", "a")].map(|(k, v)| (k.to_owned(), v.to_owned())).into());
    assert_eq!(masked.counts, record.counts);
    assert_eq!(
        mask.message(r#"id "a\"nn" is there twice, as "bob"; see row 3"#),
        r#"id "(masked)" is there twice, as "(masked)"; see row 3"#
    );
    assert_eq!(mask.message("no \"end"), "no \"(masked)\"");
}

#[test]
fn another_policy_or_key_has_another_fingerprint_and_the_same_has_the_same() {
    let policy = "columns.ResourceId = 'hash'";
    let other_key = MaskingKey::new("another key, long enough").unwrap();
    let parsed = MaskingPolicy::parse(&format!("version = 1\n{policy}")).unwrap();
    let all = [mask(policy), mask("columns.ResourceId = 'drop'"), Mask::new(parsed, Some(other_key)).unwrap()];
    let prints: std::collections::BTreeSet<String> = all.iter().map(Mask::fingerprint).collect();
    assert_eq!(prints.len(), 3);
    assert_eq!(mask(policy).fingerprint(), mask("[columns]\n# as before\nResourceId = 'hash'").fingerprint());
}

#[test]
fn the_mask_is_the_keyed_hash_of_the_standard() {
    // RFC 4231, test case 2, whose key is too short for use.
    let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    let key: MaskingKey = serde_json::from_str("\"Jefe\"").unwrap();
    assert_eq!(key.digest(b"what do ya want for nothing?"), expected);
    assert_eq!(MaskingKey::new("Jefe"), Err(KeyError));
    assert!(!format!("{key:?}").contains("Jefe"));
}

#[test]
fn a_policy_that_hashes_needs_a_key() {
    let policy = |text: &str| MaskingPolicy::parse(&format!("version = 1\n{text}")).unwrap();
    assert!(Mask::new(policy("tags.user = 'hash'"), None).is_none());
    assert!(Mask::new(policy("tags.user = 'drop'"), None).is_some());
}

#[test]
fn mistakes_of_a_policy_are_named() {
    for (text, says) in [
        ("version = 2", "version 1"),
        ("version = 1\ncolumns.ResourceId = 'blur'", "blur"),
        ("version = 1\ncolumn.ResourceId = 'hash'", "column"),
        ("version = 1\ncolumns.BilledCost = 'drop'", "never masked"),
        ("version = 1\ncolumns.BillingPeriodStart = 'hash'", "never masked"),
        ("version = 1\ncolumns.BillingCurrency = 'hash'", "never masked"),
        ("version = 1\ncolumns.Tags = 'hash'", "[tags]"),
        ("version = 1\ncolumns.DecisionId = 'drop'", "say hash"),
        ("version = 1\ncolumns.'Resource*' = 'drop'", "begins with x_"),
        ("version = 1\ntags.'  ' = 'drop'", "no key of a tag"),
    ] {
        let error = MaskingPolicy::parse(text).unwrap_err().to_string();
        assert!(error.contains(says), "{text}: {error}");
    }
    let policy =
        MaskingPolicy::parse("version = 1\n[columns]\nResourceNmae = 'drop'\nx_Owner = 'drop'\nPrincipal = 'hash'").unwrap();
    assert_eq!(policy.warnings().len(), 1, "{:?}", policy.warnings());
    assert!(policy.warnings()[0].contains("ResourceNmae"));
}
