//! Dated rates between currencies, and statements in another currency than that of the bill.
//!
//! Money is attributed in the currency that it was billed in; only then are the lines converted, each group of charges by itself:
//! `amount × rate`, or `amount ÷ rate` where only the other direction is published, in 256 bits and rounded half to even once, at 1e-18.
//! What was billed is converted apart from the lines, and the difference, which is rounding alone, stands on a line of its own.

mod conversion;
mod document;

#[cfg(test)]
mod tests;

pub use conversion::{AppliedRate, Conversion, OriginalTotal};
pub use document::{ConversionRule, Factor, MissingRate, RateLine, RatesDocument, RatesProblem};
