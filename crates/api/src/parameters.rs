//! Parameters that several routes read.

use std::str::FromStr;

use axum::http::StatusCode;
use farthing_types::{BillingPeriod, IdError, SourceName};

use crate::Problem;

/// The id in the parameter of this name, where it was given.
pub(crate) fn id_of<T: FromStr<Err = IdError>>(name: &str, text: Option<&str>) -> Result<Option<T>, Problem> {
    text.map(str::parse).transpose().map_err(|error| Problem::new(StatusCode::BAD_REQUEST, format!("{name}: {error}")))
}

pub(crate) fn source_of(text: Option<&str>) -> Result<Option<SourceName>, Problem> {
    id_of("source", text)
}

pub(crate) fn period_of(text: Option<&str>) -> Result<Option<BillingPeriod>, Problem> {
    Ok(text.map(str::parse).transpose()?)
}
