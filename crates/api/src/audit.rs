//! The record of what was changed.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use farthing_application::{AuditPage, AuditQuery, VerifyAudit};
use farthing_types::parse_moment;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::Problem;
use crate::auth::Acting;
use crate::pages::next_page;
use crate::state::Api;
use crate::status::json;

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditParameters {
    /// Only what this person or service did.
    actor: Option<String>,
    /// Only this action, such as `period.closed`; `period.` is all of period.
    action: Option<String>,
    /// Only what was done to this, such as `period 2026-05`.
    subject: Option<String>,
    /// Only from this moment on, RFC 3339.
    #[param(format = DateTime)]
    since: Option<String>,
    /// Only before this moment, RFC 3339.
    #[param(format = DateTime)]
    until: Option<String>,
    /// Where the page before said that the next begins.
    cursor: Option<i64>,
    /// At most so many; 100 without it, and no more than 1,000.
    #[param(value_type = Option<u64>, maximum = 4294967295_u64)]
    limit: Option<u32>,
}

/// Whether the record is as it was written.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditVerification {
    /// How many entries there are.
    entries: u64,
    /// The hash of the last.
    head: String,
    /// How many checkpoints were looked at.
    checkpoints: u64,
    /// The last entry that a checkpoint vouches for.
    vouched_up_to: u64,
    /// Each problem in a sentence; none where the record is as it was written.
    problems: Vec<String>,
    /// The key that checkpoints are verified with.
    public_key: String,
}

fn moment(name: &str, text: Option<&str>) -> Result<Option<DateTime<Utc>>, Problem> {
    let moment = text.map(parse_moment).transpose();
    moment.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, format!("{name}: {error}")))
}

/// What was changed, by whom and when, the newest first
///
/// `Link` says where the next page is.
#[utoipa::path(
    get, path = "/v1/audit", tag = "audit", params(AuditParameters),
    responses(
        (status = 200, description = "A page of entries", body = AuditPage, headers(("Link" = String, description = "The next page, where there is one"))),
        (status = 400, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn list(
    State(api): State<Api>,
    uri: Uri,
    query: Result<Query<AuditParameters>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(AuditParameters { actor, action, subject, since, until, cursor, limit }) = query?;
    let (since, until) = (moment("since", since.as_deref())?, moment("until", until.as_deref())?);
    // A number below all entries is before all of them.
    let before = cursor.map(|cursor| u64::try_from(cursor).unwrap_or(0));
    let limit = limit.map(u64::from);
    let page = api.farthing.audit(AuditQuery { actor, action, subject, since, until, before, limit }).await?;
    let headers = page.next.map(|next| next_page(&uri, &next.to_string())).unwrap_or_default();
    Ok((headers, json(&page)?).into_response())
}

/// Whether the record is as it was written
///
/// Every hash, the order, the signatures, and the checkpoints that were written outside of the database.
#[utoipa::path(
    get, path = "/v1/audit/verification", tag = "audit",
    responses(
        (status = 200, description = "What was found", body = AuditVerification)
    )
)]
pub(crate) async fn verification(State(api): State<Api>) -> Result<Json<Value>, Problem> {
    let report = api.farthing.verify_audit(&VerifyAudit::default()).await?;
    let found = report.verification;
    json(&AuditVerification {
        entries: found.entries,
        head: found.head,
        checkpoints: found.checkpoints,
        vouched_up_to: found.vouched_up_to,
        problems: report.said,
        public_key: report.public_key.to_string(),
    })
}

/// A signed statement: at this moment the record had so many entries, and the last had this hash.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SignedCheckpoint {
    /// The entry up to which it vouches.
    sequence: u64,
    /// The hash of that entry.
    head: String,
    /// When it was made.
    at: String,
    /// Why.
    reason: String,
    /// The key that it can be verified with.
    public_key: String,
    /// Ed25519 over the canonical JSON of the fields above, in hex.
    signature: String,
}

/// Sign the newest entry of the record
///
/// What was signed is written where checkpoints are kept outside of the database as well.
#[utoipa::path(
    post, path = "/v1/audit/checkpoints", tag = "audit",
    responses(
        (status = 200, description = "The checkpoint", body = SignedCheckpoint),
        (status = 204, description = "Nothing was recorded since the last one")
    )
)]
pub(crate) async fn checkpoint(Acting(api): Acting) -> Result<Response, Problem> {
    let Some(made) = api.farthing.checkpoint("asked").await? else { return Ok(StatusCode::NO_CONTENT.into_response()) };
    let checkpoint = SignedCheckpoint {
        sequence: made.sequence,
        head: made.head,
        at: made.at,
        reason: made.reason,
        public_key: made.public_key.to_string(),
        signature: made.signature,
    };
    Ok(json(&checkpoint)?.into_response())
}
