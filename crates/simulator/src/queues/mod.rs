//! Queues with closed forms, beside those of [`crate::erlang`]. Rates are per unit of time, and times come out in that unit.

mod general;
mod single;

pub use general::{GeneralQueue, PoissonGeneral};
pub use single::FiniteQueue;

use crate::ErlangError;

/// A rate or time that has to be above 0.
fn above_zero(what: &'static str, value: f64) -> Result<(), ErlangError> {
    if value > 0.0 && value.is_finite() { Ok(()) } else { Err(ErlangError::OutOfRange { what, value, range: "above 0" }) }
}

fn at_least_zero(what: &'static str, value: f64) -> Result<(), ErlangError> {
    if value >= 0.0 && value.is_finite() { Ok(()) } else { Err(ErlangError::OutOfRange { what, value, range: "at least 0" }) }
}

#[cfg(test)]
mod tests;
