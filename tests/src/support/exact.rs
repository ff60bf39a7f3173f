use std::fmt;
use std::iter::Sum;
use std::ops::Add;

/// A decimal of up to 18 places, read and added without the program's own arithmetic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exact(i128);

const PLACES: usize = 18;

impl Exact {
    /// Reads `-12.50`.
    pub fn parse(text: &str) -> Self {
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        assert!(fraction.len() <= PLACES, "{text} has more than {PLACES} decimals");
        let padded = format!("{whole}{fraction:0<PLACES$}");
        Self(sign * padded.parse::<i128>().unwrap_or_else(|_| panic!("{text:?} is not a decimal number")))
    }

    /// As a float, for comparison with bounds, which are floats.
    pub fn approximately(self) -> f64 {
        self.0 as f64 / 1e18
    }
}

impl Add for Exact {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.checked_add(other.0).expect("a sum of a test fits 38 digits"))
    }
}

impl Sum for Exact {
    fn sum<I: Iterator<Item = Self>>(figures: I) -> Self {
        figures.fold(Self::default(), Add::add)
    }
}

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, digits) = (if self.0 < 0 { "-" } else { "" }, format!("{:019}", self.0.unsigned_abs()));
        let (whole, fraction) = digits.split_at(digits.len() - PLACES);
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        write!(f, "{sign}{whole}{point}{fraction}")
    }
}

#[test]
fn decimals_are_read_added_and_written_exactly() {
    let sum: Exact = ["20.28022672899", "0.24000000000", "-0.5", "1"].into_iter().map(Exact::parse).sum();
    assert_eq!(sum.to_string(), "21.02022672899");
    assert_eq!((Exact::parse("-0.10") + Exact::parse("0.1")).to_string(), "0");
    assert_eq!(Exact::parse("-0.000000000000000001").to_string(), "-0.000000000000000001");
    assert!(Exact::parse("2.5") > Exact::parse("2.49"));
}
