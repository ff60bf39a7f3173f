//! Azure: `manifest.json` of a Cost Management export (`blobs`, each with `byteCount` and `dataRowCount`).

use serde_json::Value;

use super::{Listed, Manifest};

pub(crate) fn read(json: &Value) -> Option<Manifest> {
    let text = |pointer: &str| json.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let blobs = json.get("blobs")?.as_array()?;
    // The amortised export has the columns of the actual one, so that only the manifest tells them apart.
    let format = (text("/exportConfig/type") == "AmortizedCost").then_some("azure-ea-amortized");
    let listed = |blob: &Value| {
        let count = |name: &str| blob.get(name).and_then(Value::as_u64);
        let path = blob.get("blobName")?.as_str()?.trim_start_matches('/').to_owned();
        Some(Listed { path, bytes: count("byteCount"), rows: count("dataRowCount"), format })
    };
    Some(Manifest {
        of: format!("azure {} {}", text("/exportConfig/exportName"), text("/runInfo/startDate")),
        written: text("/runInfo/submittedTime").to_owned(),
        files: blobs.iter().map(listed).collect::<Option<_>>()?,
    })
}
