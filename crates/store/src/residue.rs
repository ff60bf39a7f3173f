use std::fmt;
use std::str::FromStr;

use farthing_types::Rounded;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What is finer than 1e-18 in a sum of charges: a signed count of 1e-36, exact.
///
/// `amount + residue` is what the bill says, to its last digit; see [`Rounded`]. A sum of 10^8 residues fits.
/// Written as a plain decimal: `-0.0000000000000000003210987655`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Residue(i128);

/// A text that is no residue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no residue: a decimal number of at most 36 places, below 170 in size")]
pub struct ResidueError(String);

const PLACES: usize = 36;
const ONE: u128 = 10_u128.pow(PLACES as u32);

impl Residue {
    /// Nothing was rounded, or what was rounded up and down is equal.
    pub const ZERO: Self = Self(0);

    /// The residue that is `count` × 1e-36.
    pub const fn from_count(count: i128) -> Self {
        Self(count)
    }

    /// The count of 1e-36.
    pub const fn count(self) -> i128 {
        self.0
    }

    /// The sum, or `None` where it does not fit.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }
}

impl From<Rounded> for Residue {
    fn from(rounded: Rounded) -> Self {
        Self(rounded.residue)
    }
}

impl fmt::Display for Residue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, fraction) = (magnitude / ONE, magnitude % ONE);
        if fraction == 0 {
            return f.pad(&format!("{sign}{whole}"));
        }
        let digits = format!("{fraction:0PLACES$}");
        f.pad(&format!("{sign}{whole}.{}", digits.trim_end_matches('0')))
    }
}

impl FromStr for Residue {
    type Err = ResidueError;

    fn from_str(text: &str) -> Result<Self, ResidueError> {
        let fail = || ResidueError(text.chars().take(80).collect());
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || fraction.len() > PLACES || !all_digits || digits.ends_with('.') {
            return Err(fail());
        }
        let count: i128 = format!("{whole}{fraction:0<PLACES$}").parse().map_err(|_| fail())?;
        Ok(Self(if negative { -count } else { count }))
    }
}

impl Serialize for Residue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Residue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use farthing_types::Amount;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn it_is_what_rounding_left_out() {
        let rounded = Amount::parse(b"0.0001234567890123456789012345").unwrap();
        assert_eq!(Residue::from(rounded).to_string(), "-0.0000000000000000003210987655");
        assert_eq!(Residue::ZERO.to_string(), "0");
        for text in ["", "-", ".", "1.", ".5", "1e5", "+1", "--1", "200", &format!("0.{}", "1".repeat(37))] {
            assert!(text.parse::<Residue>().is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn text_round_trips(count in -i128::MAX..=i128::MAX) {
            prop_assert_eq!(Residue(count).to_string().parse(), Ok(Residue(count)));
        }
    }
}
