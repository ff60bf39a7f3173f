use num_bigint::BigInt;
use num_traits::{One, Signed, ToPrimitive, Zero};
use serde::Serialize;
use utoipa::ToSchema;

use farthing_types::Amount;

use crate::EconomicsError;
use crate::exact::{Fraction, count, to_amount};

/// The volume at which an AI is cheaper than people, decisions in a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schema(as = BreakEvenVolume)]
pub enum Volume {
    /// From the first decision on.
    Always,
    /// At no volume: a decision's variable cost is not below a person's (or the volume does not fit 64 bits).
    Never,
    /// From this volume on; one decision less, and people are cheaper.
    AtLeast {
        /// Decisions in a month.
        decisions_per_month: u64,
    },
    /// Up to this volume: fixed cost is negative (credits) and each further decision eats them up.
    AtMost {
        /// Decisions in a month.
        decisions_per_month: u64,
    },
}

/// The share of wrong decisions up to which the AI is no dearer than people at the volume observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schema(as = BreakEvenErrorRate)]
pub enum ErrorRate {
    /// Even if every decision were wrong.
    Always,
    /// Not even without an error.
    Never,
    /// Up to this share, 0 to 1, rounded down at 1e-18.
    AtMost {
        /// The share.
        rate: Amount,
    },
}

/// Where an AI and people cost the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BreakEven {
    /// The AI's cost in a month that does not depend on volume: the parts marked fixed.
    pub fixed_per_month: Amount,
    /// The AI's other cost for each decision.
    pub variable_per_decision: Amount,
    /// A person's cost for each decision.
    pub person_per_decision: Amount,
    /// The volume from which the AI is cheaper.
    pub volume: Volume,
    /// Decisions in a month as observed in the window, rounded down.
    pub observed_per_month: u64,
    /// The error rate up to which the AI is no dearer; none where the cost of an error is not known.
    pub error_rate: Option<ErrorRate>,
}

/// What a break-even is taken of, exactly.
pub(crate) struct Sides {
    pub fixed_total: Fraction,
    pub total: Fraction,
    pub error_total: Fraction,
    pub decisions: u64,
    pub months: Fraction,
    pub person: Fraction,
    pub error_cost: Option<Fraction>,
}

pub(crate) fn break_even(sides: &Sides) -> Result<BreakEven, EconomicsError> {
    if sides.decisions == 0 {
        return Err(EconomicsError::Zero("the number of decisions"));
    }
    let decisions = count(sides.decisions);
    let fixed = &sides.fixed_total / &sides.months;
    let variable = (&sides.total - &sides.fixed_total) / &decisions;
    let amount = |value: &Fraction, what| to_amount(value).ok_or(EconomicsError::OutOfRange(what));
    let without_errors = (&sides.total - &sides.error_total) / &decisions;
    Ok(BreakEven {
        fixed_per_month: amount(&fixed, "the fixed cost in a month")?,
        variable_per_decision: amount(&variable, "the variable cost per decision")?,
        person_per_decision: amount(&sides.person, "a person's cost per decision")?,
        volume: volume(&fixed, &variable, &sides.person),
        observed_per_month: (&decisions / &sides.months).floor().to_integer().to_u64().unwrap_or(u64::MAX),
        error_rate: sides.error_cost.as_ref().and_then(|cost| error_rate(&without_errors, &sides.person, cost)),
    })
}

/// The smallest whole N with `fixed + variable × N ≤ person × N`.
fn volume(fixed: &Fraction, variable: &Fraction, person: &Fraction) -> Volume {
    let gain = person - variable;
    let whole = |n: Fraction| n.to_integer().to_u64();
    if gain.is_positive() {
        if !fixed.is_positive() {
            return Volume::Always;
        }
        return whole((fixed / gain).ceil()).map_or(Volume::Never, |n| Volume::AtLeast { decisions_per_month: n });
    }
    if !fixed.is_negative() {
        return Volume::Never;
    }
    if gain.is_zero() {
        return Volume::Always;
    }
    whole((fixed / gain).floor()).map_or(Volume::Always, |n| Volume::AtMost { decisions_per_month: n })
}

/// The largest e with `without_errors + e × cost ≤ person`.
fn error_rate(without_errors: &Fraction, person: &Fraction, cost: &Fraction) -> Option<ErrorRate> {
    if !cost.is_positive() {
        return None;
    }
    let rate = (person - without_errors) / cost;
    if rate.is_negative() {
        return Some(ErrorRate::Never);
    }
    if rate >= Fraction::one() {
        return Some(ErrorRate::Always);
    }
    let atto = (rate * BigInt::from(Amount::ONE.atto())).floor().to_integer();
    Some(ErrorRate::AtMost { rate: Amount::from_atto(atto.to_i128()?)? })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::exact::fraction;

    fn cents(value: i128) -> Amount {
        Amount::from_atto(value * 10_i128.pow(16)).unwrap()
    }

    fn sides(fixed: i128, variable: i128, person: i128, decisions: u64, error: (i128, i128)) -> Sides {
        let total = fixed + variable * i128::from(decisions);
        Sides {
            fixed_total: fraction(cents(fixed)),
            total: fraction(cents(total)),
            error_total: fraction(cents(error.0)),
            decisions,
            months: Fraction::one(),
            person: fraction(cents(person)),
            error_cost: Some(fraction(cents(error.1))),
        }
    }

    #[test]
    fn by_hand() {
        // 1 000.00 a month and 0.25 a decision against 3.00: 1 000 / 2.75 = 363.6.
        let answer = break_even(&sides(100_000, 25, 300, 1_000, (0, 5_000))).unwrap();
        assert_eq!(answer.volume, Volume::AtLeast { decisions_per_month: 364 });
        // At 1 000 decisions the AI costs 1.25; the 1.75 left pays for 3.5 % of errors at 50.00.
        assert_eq!(answer.error_rate, Some(ErrorRate::AtMost { rate: "0.035".parse().unwrap() }));
        assert_eq!(
            (answer.fixed_per_month.to_string(), answer.variable_per_decision.to_string()),
            ("1000".into(), "0.25".into())
        );

        assert_eq!(break_even(&sides(1, 300, 300, 10, (0, 1))).unwrap().volume, Volume::Never);
        assert_eq!(break_even(&sides(0, 299, 300, 10, (0, 1))).unwrap().volume, Volume::Always);
        assert_eq!(break_even(&sides(0, 301, 300, 10, (0, 1))).unwrap().error_rate, Some(ErrorRate::Never));
        assert_eq!(break_even(&sides(0, 1, 300, 10, (0, 100))).unwrap().error_rate, Some(ErrorRate::Always));
        assert_eq!(break_even(&sides(0, 1, 300, 0, (0, 100))), Err(EconomicsError::Zero("the number of decisions")));
    }

    proptest! {
        #[test]
        fn break_even_really_breaks_even(fixed in -1_000_000..1_000_000_i128, variable in -500..500_i128, person in 0..500_i128, decisions in 1..10_000_u64, wrong in 0..100_i128, cost in 1..10_000_i128) {
            let errors = (wrong * cost).min(10_000_000);
            let answer = break_even(&sides(fixed, variable, person, decisions, (errors, cost))).unwrap();
            let ai = |n: i128| fixed + variable * n;
            let no_dearer = |n: i128| ai(n) <= person * n;
            match answer.volume {
                Volume::Always => prop_assert!([1, 2, 1_000, 1 << 40].into_iter().all(no_dearer)),
                Volume::Never => prop_assert!(![1, 2, 1_000, 1 << 40].into_iter().any(|n| ai(n) < person * n)),
                Volume::AtLeast { decisions_per_month: n } => {
                    let n = i128::from(n);
                    prop_assert!(no_dearer(n) && no_dearer(n + 1) && !no_dearer(n - 1));
                }
                Volume::AtMost { decisions_per_month: n } => {
                    let n = i128::from(n);
                    prop_assert!(no_dearer(n) && !no_dearer(n + 1));
                }
            }
            // In units of 1e-16: total − errors + rate × cost × decisions against person × decisions.
            let n = i128::from(decisions);
            let left = (person * n - (ai(n) - errors)) * 10_i128.pow(18);
            let worth = |rate: i128| rate * cost * n;
            match answer.error_rate.unwrap() {
                ErrorRate::Never => prop_assert!(left < 0),
                ErrorRate::Always => prop_assert!(left >= worth(10_i128.pow(18))),
                ErrorRate::AtMost { rate } => prop_assert!(worth(rate.atto()) <= left && worth(rate.atto() + 1) > left),
            }
        }
    }
}
