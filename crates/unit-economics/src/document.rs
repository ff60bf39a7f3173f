//! What the documents of this crate share: exact decimals in TOML, origins of figures, and the line of what is wrong.

use std::fmt;

use farthing_types::Amount;
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is wrong with a document, with the line and the next step. Nothing of it is used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct DocumentProblem {
    /// The line, from 1.
    pub line: usize,
    /// What, why, and what to do.
    pub message: String,
}

impl DocumentProblem {
    pub(crate) fn at(text: &str, offset: usize, message: impl Into<String>) -> Self {
        Self { line: line_of(text, offset), message: message.into() }
    }

    /// What the TOML reader said.
    pub(crate) fn of_toml(text: &str, error: &toml::de::Error) -> Self {
        Self::at(text, error.span().map_or(0, |span| span.start), error.message())
    }
}

/// Where an entered figure comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FigureSource {
    /// A contract, a price page, a time sheet.
    pub source: String,
    /// The year it speaks of, where stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year: Option<u16>,
}

impl fmt::Display for FigureSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.year {
            Some(year) => write!(f, "{}, {year}", self.source),
            None => f.write_str(&self.source),
        }
    }
}

/// The line of an offset, from 1.
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset.min(text.len())].iter().filter(|b| **b == b'\n').count() + 1
}

/// A decimal: a number, or its text in quotes where it has more than 15 digits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decimal(pub Amount);

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DecimalVisitor;

        impl Visitor<'_> for DecimalVisitor {
            type Value = Decimal;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a decimal such as 38.40 or \"38.40\"")
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Decimal, E> {
                Ok(Decimal(Amount::from_int(value)))
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Decimal, E> {
                // The reader has made a binary fraction of it. A decimal of up to 15 digits survives that: the shortest text that
                // names the fraction is the decimal that was written (IEEE 754 double, DBL_DIG = 15).
                let text = value.to_string();
                let digits = text.bytes().filter(u8::is_ascii_digit).count();
                if !value.is_finite() || digits > 15 {
                    return Err(E::custom(format!("{text} may have lost digits: write the number in quotes")));
                }
                self.visit_str(&text)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Decimal, E> {
                text.parse().map(Decimal).map_err(E::custom)
            }
        }

        deserializer.deserialize_any(DecimalVisitor)
    }
}

/// The day of a TOML date; `None` for a time, or a day that is none.
pub(crate) fn day_of(value: &toml::value::Datetime) -> Option<chrono::NaiveDate> {
    let date = value.date.filter(|_| value.time.is_none() && value.offset.is_none())?;
    chrono::NaiveDate::from_ymd_opt(i32::from(date.year), u32::from(date.month), u32::from(date.day))
}
