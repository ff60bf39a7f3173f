//! AWS: `<report>-Manifest.json` of the Cost and Usage Report (`reportKeys`) and of Data Exports (`dataFiles`).

use serde_json::Value;

use super::{Listed, Manifest};

pub(crate) fn read(json: &Value) -> Option<Manifest> {
    let text = |pointer: &str| json.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (keys, name) = match (json.get("reportKeys"), json.get("dataFiles")) {
        (Some(keys), _) => (keys, text("/reportName")),
        (None, Some(keys)) => (keys, text("/exportArn")),
        (None, None) => return None,
    };
    let keys: Vec<&str> = keys.as_array()?.iter().map(Value::as_str).collect::<Option<_>>()?;
    // Data Exports do not say which period they are of; the folder of their files does.
    let period = match text("/billingPeriod/start") {
        "" => keys.first().and_then(|key| partition(key)).unwrap_or_default(),
        start => start,
    };
    Some(Manifest {
        of: format!("aws {name} {period}"),
        written: String::new(),
        files: keys.iter().map(|key| Listed { path: without_bucket(key).to_owned(), ..Listed::default() }).collect(),
    })
}

/// `s3://bucket/key` → `key`.
fn without_bucket(key: &str) -> &str {
    key.strip_prefix("s3://").and_then(|rest| rest.split_once('/')).map_or(key, |(_, key)| key)
}

fn partition(key: &str) -> Option<&str> {
    key.split('/').find(|part| part.contains('='))
}
