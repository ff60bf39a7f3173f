use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use farthing_application::{GivenTotal, ReconcileQuery, Reconciliation};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::Problem;
use crate::chargeback::OneOrSeveral;
use crate::state::Api;
use crate::status::one_or_several;

/// What is to be reconciled.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ToReconcile {
    /// The billing period.
    #[schema(pattern = r"^\d{4}-\d{2}$", example = "2026-05")]
    period: String,
    /// Totals of invoices, as `INV-7=18554.86`, with several currencies `INV-7=18554.86EUR`. Without these and `totals` the
    /// imported Invoice Detail is used.
    #[serde(default)]
    invoices: Vec<String>,
    /// What sources invoiced altogether, as `aws=18554.86`.
    #[serde(default)]
    totals: Vec<String>,
    /// As it was at this moment, RFC 3339; as it is now without it.
    #[schema(format = DateTime, example = "2026-06-03T04:00:00Z")]
    as_of: Option<String>,
}

/// A billing period's charges against its invoices
///
/// `difference = invoice_rounding + residue + open`, and `open` is the sum of the open items, each with its reason and owner.
#[utoipa::path(
    post, path = "/v1/reconciliation", tag = "reports", request_body = ToReconcile,
    responses(
        (status = 200, description = "A reconciliation; an array of them where there are several currencies", body = OneOrSeveral<Reconciliation>),
        (status = 400, description = "A value makes no sense", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such charges, or no invoices", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body is none of these", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn reconciliation(
    State(api): State<Api>,
    body: Result<Json<ToReconcile>, JsonRejection>,
) -> Result<Json<Value>, Problem> {
    let Json(wanted) = body?;
    let wrong = |error: String| Problem::new(StatusCode::BAD_REQUEST, error);
    let given = |texts: &[String]| texts.iter().map(|text| text.parse()).collect::<Result<Vec<GivenTotal>, String>>();
    let query = ReconcileQuery {
        period: wanted.period.parse()?,
        invoices: given(&wanted.invoices).map_err(wrong)?,
        totals: given(&wanted.totals).map_err(wrong)?,
    };
    let found = api.as_of(wanted.as_of.as_deref())?.reconcile(&query).await?;
    one_or_several(&found)
}
