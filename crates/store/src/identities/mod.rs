//! People, tokens and sessions: who may ask for what over the network.

mod people;
mod sessions;
mod tokens;

use std::collections::BTreeSet;

use farthing_identity::Grant;

pub use people::{People, Person, Subject};
pub use sessions::{LoginSession, LoginSessions};
pub use tokens::{ApiToken, ApiTokens};

use crate::StoreError;

/// A grant as two columns: its roles, and the units that it is limited to.
fn columns_of(grant: &Grant) -> (String, Option<String>) {
    let list = |words: Vec<&str>| serde_json::to_string(&words).expect("words are text");
    let roles = list(grant.roles.iter().map(|role| role.as_str()).collect());
    (roles, grant.units.as_ref().map(|units| list(units.iter().map(|unit| unit.as_str()).collect())))
}

/// The grant in two columns, which keeps the rules of every grant.
fn grant_of(what: &'static str, name: &str, roles: &str, units: Option<&str>) -> Result<Grant, StoreError> {
    let damaged = |why: String| StoreError::Damaged { what, id: name.to_owned(), why };
    let roles: BTreeSet<_> = serde_json::from_str(roles).map_err(|error| damaged(format!("its roles: {error}")))?;
    let units = units.map(serde_json::from_str).transpose().map_err(|error| damaged(format!("its units: {error}")))?;
    Grant::new(roles, units).map_err(|error| damaged(error.to_string()))
}
