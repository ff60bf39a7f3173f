//! The forms that one report is answered in: the one that `format` names, or the first that the client accepts.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use farthing_application::AnswerFormat;

use crate::Problem;

/// A form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    Ndjson,
    Arrow,
    Parquet,
    Xlsx,
    Pdf,
}

impl Form {
    fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Arrow => "arrow",
            Self::Parquet => "parquet",
            Self::Xlsx => "xlsx",
            Self::Pdf => "pdf",
        }
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Ndjson => AnswerFormat::Ndjson.media_type(),
            Self::Arrow => AnswerFormat::Arrow.media_type(),
            Self::Parquet => "application/vnd.apache.parquet",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Pdf => "application/pdf",
        }
    }

    /// A file of this form, with the name that a browser keeps it under.
    pub fn file(self, name: &str, content: Vec<u8>) -> Response {
        let disposition = format!("attachment; filename=\"{name}.{}\"", self.name());
        ([(header::CONTENT_TYPE, self.media_type().to_owned()), (header::CONTENT_DISPOSITION, disposition)], content)
            .into_response()
    }
}

/// The form that is asked for: `format` before what the client accepts.
pub(crate) fn chosen(headers: &HeaderMap, format: Option<&str>, forms: &[Form]) -> Result<Form, Problem> {
    let names = || forms.iter().map(|form| form.name()).collect::<Vec<_>>().join(", ");
    if let Some(format) = format {
        let unknown = || Problem::new(StatusCode::BAD_REQUEST, format!("format: {format:?} is none of {}", names()));
        return forms.iter().copied().find(|form| form.name() == format).ok_or_else(unknown);
    }
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("*/*");
    for range in accept.split(',').map(|range| range.split(';').next().unwrap_or_default().trim()) {
        let matches = |form: &&Form| match range.split_once('/') {
            Some(("*", "*")) => true,
            Some((kind, "*")) => form.media_type().starts_with(&format!("{kind}/")),
            _ => form.media_type() == range,
        };
        if let Some(form) = forms.iter().find(matches) {
            return Ok(*form);
        }
    }
    let known = forms.iter().map(|form| form.media_type()).collect::<Vec<_>>().join(", ");
    Err(Problem::new(StatusCode::NOT_ACCEPTABLE, format!("none of {accept} is a form that this report has: {known}")))
}
