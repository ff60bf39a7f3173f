//! Tables that somebody has before them, as files.

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use farthing_application::{Farthing, PaperSize, ShownTable};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Problem;
use crate::forms::{Form, chosen};
use crate::state::Api;

/// What becomes of it.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AsFile {
    /// `xlsx` or `pdf`; what the client accepts without it.
    format: Option<String>,
    /// The paper of a PDF: `a4` (the default) or `letter`.
    paper: Option<String>,
}

/// The paper of this name; A4 without one.
pub(crate) fn paper_of(name: Option<&str>) -> Result<PaperSize, Problem> {
    match name {
        None | Some("a4") => Ok(PaperSize::A4),
        Some("letter") => Ok(PaperSize::Letter),
        Some(other) => Err(Problem::new(StatusCode::BAD_REQUEST, format!("paper: {other:?} is none of a4, letter"))),
    }
}

/// Make a table a file
///
/// Any table that a client shows, as a workbook with the exact figures, or on paper. Nothing of it is kept.
#[utoipa::path(
    post, path = "/v1/tables", tag = "reports", params(AsFile), request_body = ShownTable,
    responses(
        (status = 200, description = "The file", content(
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (Vec<u8> = "application/pdf")
        )),
        (status = 400, description = "It is no table, or one with too many rows for this form", body = Problem, content_type = "application/problem+json"),
        (status = 406, description = "None of the accepted forms is one that tables have", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The body has other fields", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn table(
    State(api): State<Api>,
    headers: HeaderMap,
    query: Result<Query<AsFile>, QueryRejection>,
    body: Result<Json<ShownTable>, JsonRejection>,
) -> Result<Response, Problem> {
    let (Query(wanted), Json(table)) = (query?, body?);
    let form = chosen(&headers, wanted.format.as_deref(), &[Form::Xlsx, Form::Pdf])?;
    let (paper, now) = (paper_of(wanted.paper.as_deref())?, api.farthing.now());
    let work = move || match form {
        Form::Pdf => Farthing::print_table(&table, paper, now),
        _ => Farthing::table_workbook(&table, now),
    };
    let made = tokio::task::spawn_blocking(work).await;
    let made = made.map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    Ok(form.file("table", made?))
}
