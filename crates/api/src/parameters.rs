//! Parameters that several routes read.

use axum::http::StatusCode;
use farthing_types::{BillingPeriod, IdError, PeriodError, SourceName};

use crate::Problem;

pub(crate) fn source_of(text: Option<&str>) -> Result<Option<SourceName>, Problem> {
    let source = text.map(str::parse).transpose();
    source.map_err(|error: IdError| Problem::new(StatusCode::BAD_REQUEST, format!("source: {error}")))
}

pub(crate) fn period_of(text: Option<&str>) -> Result<Option<BillingPeriod>, Problem> {
    let period = text.map(str::parse).transpose();
    period.map_err(|error: PeriodError| Problem::new(StatusCode::BAD_REQUEST, error.to_string()))
}
