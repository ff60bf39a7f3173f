//! Exact arithmetic on the texts of a mapping.

use ethnum::I256;
use farthing_types::Amount;

/// An exact count of 1e-36.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Exact(I256);

const ATTO: i128 = 1_000_000_000_000_000_000;

impl Exact {
    /// Reads a decimal with up to 36 places.
    pub fn parse(text: &str) -> Option<Self> {
        let rounded = Amount::parse(text.trim().as_bytes()).ok()?;
        Some(Self(I256::from(rounded.amount.atto()) * I256::from(ATTO) + I256::from(rounded.residue)))
    }

    /// The sum. Texts are below 1e20, so some 1e20 of them fit.
    pub fn plus(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }

    /// The same with the other sign.
    pub fn negative(self) -> Self {
        Self(-self.0)
    }

    /// The decimal, with no more places than it needs.
    pub fn text(self) -> String {
        let digits = format!("{:0>37}", self.0.unsigned_abs().to_string());
        let (whole, fraction) = digits.split_at(digits.len() - 36);
        let sign = if self.0 < I256::ZERO { "-" } else { "" };
        match fraction.trim_end_matches('0') {
            "" => format!("{sign}{whole}"),
            fraction => format!("{sign}{whole}.{fraction}"),
        }
    }
}

/// The product, rounded half to even at 1e-18; `None` where a factor is no decimal or the product does not fit.
pub(crate) fn product(factors: &[&str]) -> Option<String> {
    let mut product = Amount::ONE;
    for factor in factors {
        product = product.checked_mul(Amount::parse(factor.trim().as_bytes()).ok()?.amount)?;
    }
    Some(product.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sums_keep_every_digit() {
        let sum = |texts: &[&str]| texts.iter().map(|t| Exact::parse(t).unwrap()).fold(Exact::default(), Exact::plus).text();
        assert_eq!(sum(&["0.1", "0.2"]), "0.3");
        assert_eq!(sum(&["1e-28", "1"]), "1.0000000000000000000000000001");
        assert_eq!(sum(&["-5", "4.5"]), "-0.5");
        assert_eq!(Exact::parse("12").unwrap().negative().text(), "-12");
        assert!(Exact::parse("n/a").is_none());
        assert_eq!(product(&["0.5", "0.25", "-4"]).as_deref(), Some("-0.5"));
    }

    proptest! {
        #[test]
        fn agrees_with_whole_numbers(a in -1_000_000_000_i64..1_000_000_000, b in -1_000_000_000_i64..1_000_000_000) {
            let read = |n: i64| Exact::parse(&n.to_string()).unwrap();
            prop_assert_eq!(read(a).plus(read(b)).text(), (a + b).to_string());
        }
    }
}
