use axum::Json;
use farthing_application::{Farthing, SourceKinds};
use serde_json::Value;

use crate::Problem;
use crate::status::json;

/// What can be collected over the network, and what each kind of source is told
///
/// Secrets are named by the variable of the server's environment that holds one; with `_FILE` after it, the path of a file that does.
#[utoipa::path(
    get, path = "/v1/sources/kinds", tag = "facts",
    responses((status = 200, description = "The kinds of sources with their fields", body = SourceKinds))
)]
pub(crate) async fn kinds() -> Result<Json<Value>, Problem> {
    json(&Farthing::source_kinds())
}
