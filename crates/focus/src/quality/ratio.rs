//! Exact shares.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use farthing_types::Amount;
use num_rational::BigRational;
use num_traits::{One, Zero};
use serde::de::{self, Deserializer, Visitor};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// An exact fraction, not negative. Texts of it are rounded down, so that only the whole reads as 1 or 100 %.
///
/// In JSON `{"decimal": "0.870967", "exact": "27/31"}`. Read from `"0.98"` or `"98 %"`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ratio(BigRational);

impl Ratio {
    /// `part` ÷ `whole`; `None` for a whole of nothing, or a part that is negative.
    pub fn of(part: Amount, whole: Amount) -> Option<Self> {
        let fits = !whole.is_zero() && !whole.is_negative() && !part.is_negative();
        fits.then(|| Self(BigRational::new(part.atto().into(), whole.atto().into())))
    }

    /// All of it.
    pub fn whole() -> Self {
        Self(BigRational::one())
    }

    /// The mean of figures, each counted so many times; `None` of none.
    pub fn mean<'a>(figures: impl IntoIterator<Item = (u32, &'a Self)>) -> Option<Self> {
        let (mut sum, mut times) = (BigRational::zero(), 0);
        for (weight, ratio) in figures {
            sum += &ratio.0 * BigRational::from_integer(weight.into());
            times += weight;
        }
        (times > 0).then(|| Self(sum / BigRational::from_integer(times.into())))
    }

    /// What is missing to `bound`; nothing where it is reached.
    pub fn short_of(&self, bound: &Self) -> Self {
        Self(if self.0 < bound.0 { &bound.0 - &self.0 } else { BigRational::zero() })
    }

    /// As a decimal with this many places, rounded down.
    pub fn decimal(&self, places: u32) -> String {
        let scaled =
            (&self.0 * BigRational::from_integer(num_traits::pow(10.into(), places as usize))).floor().to_integer().to_string();
        let padded = format!("{scaled:0>width$}", width = places as usize + 1);
        let (whole, fraction) = padded.split_at(padded.len() - places as usize);
        if places == 0 { whole.to_owned() } else { format!("{whole}.{fraction}") }
    }

    /// As percent with one decimal, rounded down: `87.0 %`.
    pub fn percent(&self) -> String {
        format!("{} %", Self(&self.0 * BigRational::from_integer(100.into())).decimal(1))
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.decimal(6))
    }
}

impl fmt::Debug for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl Serialize for Ratio {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut ratio = serializer.serialize_struct("Ratio", 2)?;
        ratio.serialize_field("decimal", &self.decimal(6))?;
        ratio.serialize_field("exact", &self.0.to_string())?;
        ratio.end()
    }
}

/// What is no share.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no share: write \"0.98\" or \"98 %\", between 0 and 1")]
pub struct RatioError(String);

impl FromStr for Ratio {
    type Err = RatioError;

    fn from_str(text: &str) -> Result<Self, RatioError> {
        let fail = || RatioError(text.chars().take(64).collect());
        let (digits, whole) = match text.trim().strip_suffix('%') {
            Some(percent) => (percent.trim_end(), Amount::from_int(100)),
            None => (text.trim(), Amount::ONE),
        };
        let ratio = digits.parse().ok().and_then(|part| Self::of(part, whole)).ok_or_else(fail)?;
        if ratio.0 <= BigRational::one() { Ok(ratio) } else { Err(fail()) }
    }
}

impl<'de> Deserialize<'de> for Ratio {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Ratio;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a share in quotes, such as \"0.98\" or \"98 %\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Ratio, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Text)
    }
}

impl PartialSchema for Ratio {
    fn schema() -> RefOr<Schema> {
        let text = |what: &str, example: &str| {
            ObjectBuilder::new().schema_type(Type::String).description(Some(what)).examples([example]).build()
        };
        ObjectBuilder::new()
            .description(Some("A share between 0 and 1."))
            .property("decimal", text("With six decimals, rounded down.", "0.870967"))
            .property("exact", text("As it is.", "27/31"))
            .required("decimal")
            .required("exact")
            .into()
    }
}

impl ToSchema for Ratio {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Ratio")
    }
}
