//! A kept plan as files for those who carry it out, before anybody says that it is applied.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use farthing_application::{PlanExport, PlanFile, export_plan};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use crate::Problem;
use crate::auth::Acting;
use crate::status::json;

/// In which form.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Form {
    /// `terraform`, `keda`, `hpa`, `karpenter`, `app-autoscaling`, `cloudformation`, `pull-request`, `focus-recommendation` or
    /// `s3-lifecycle`.
    #[serde(rename = "as")]
    #[param(rename = "as")]
    form: String,
}

/// A kept plan as files
///
/// Nothing is applied: `application` says that a phase is carried out.
#[utoipa::path(
    get, path = "/v1/recommendations/{id}/files", tag = "plans",
    params(("id" = String, Path, description = "Its id"), Form),
    responses(
        (status = 200, description = "The files", body = [PlanFile]),
        (status = 400, description = "The form is unknown, or not for plans of this kind", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such plan is kept", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn files(
    Acting(api): Acting,
    Path(id): Path<String>,
    query: Result<Query<Form>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(Form { form }) = query?;
    let known = || PlanExport::ALL.map(PlanExport::name).join(", ");
    let unknown = || Problem::new(StatusCode::BAD_REQUEST, format!("as: there is no form {form:?}; the forms are {}", known()));
    let form = PlanExport::named(&form).ok_or_else(unknown)?;
    let text = api.farthing.kept_plan(&id).await?;
    json(&export_plan(&text, &id, form, api.farthing.now())?)
}
