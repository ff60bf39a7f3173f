//! Hosting a model against buying its tokens.
//!
//! Method: OpenCost, "Build vs. buy", July 2026.

use farthing_types::Amount;
use serde::Serialize;
use utoipa::ToSchema;

use crate::EconomicsError;

/// Which of the two is cheaper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cheaper {
    /// Hosting it oneself.
    Own,
    /// Buying tokens from a provider.
    External,
    /// Neither.
    Equal,
}

/// Hosting a model against buying its tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BuildOrBuy {
    /// The share of the endpoint's capacity that was used: cost at full use ÷ cost as allocated.
    pub utilization: Amount,
    /// Which is cheaper at that utilisation.
    pub cheaper_now: Cheaper,
    /// The utilisation from which hosting is cheaper; above 1, it never is.
    pub break_even_utilization: Amount,
}

/// Compares hosting with buying, each in cost per million tokens: `usage` at full use of the endpoint, `allocation` as its whole
/// cost falls on the tokens served, `external` as a provider sells them.
///
/// Hosting costs `usage ÷ u` at utilisation u, so it equals `external` at `u = usage ÷ external`.
///
/// # Errors
/// [`EconomicsError::Zero`] or [`EconomicsError::Negative`] for a price that is not above 0.
pub fn build_or_buy(usage: Amount, allocation: Amount, external: Amount) -> Result<BuildOrBuy, EconomicsError> {
    for (price, what) in [(usage, "the cost at full use"), (allocation, "the allocated cost"), (external, "the external price")] {
        if price.is_negative() {
            return Err(EconomicsError::Negative(what));
        }
        if price.is_zero() {
            return Err(EconomicsError::Zero(what));
        }
    }
    let out_of_range = EconomicsError::OutOfRange("a utilisation");
    let cheaper_now = match allocation.cmp(&external) {
        std::cmp::Ordering::Less => Cheaper::Own,
        std::cmp::Ordering::Equal => Cheaper::Equal,
        std::cmp::Ordering::Greater => Cheaper::External,
    };
    Ok(BuildOrBuy {
        utilization: usage.checked_div(allocation).ok_or(out_of_range.clone())?,
        cheaper_now,
        break_even_utilization: usage.checked_div(external).ok_or(out_of_range)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::served::tests::shared_vectors;

    fn amount(text: &str) -> Amount {
        text.parse().unwrap()
    }

    #[test]
    fn build_or_buy_breaks_even_at_half_use() {
        let answer = build_or_buy(amount("1"), amount("4"), amount("2")).unwrap();
        assert_eq!((answer.utilization.to_string(), answer.break_even_utilization.to_string()), ("0.25".into(), "0.5".into()));
        assert_eq!(answer.cheaper_now, Cheaper::External);
        assert_eq!(build_or_buy(amount("1"), amount("2"), amount("2")).unwrap().cheaper_now, Cheaper::Equal);
        assert!(build_or_buy(amount("0"), amount("4"), amount("2")).is_err());
    }

    /// The same example as the shared test vectors state it.
    #[test]
    fn the_shared_vector_holds() {
        let Some(vectors) = shared_vectors() else { return };
        let number = |value: &serde_json::Value| -> Amount { amount(&value.to_string()) };
        let case = &vectors["opencost_build_vs_buy"];
        let (input, expected) = (&case["input"], &case["expected"]);
        let price = |key: &str| number(&input[key]);
        let answer =
            build_or_buy(price("usage_per_million"), price("allocation_per_million"), price("external_api_per_million")).unwrap();
        assert_eq!(answer.utilization, number(&expected["utilization"]));
        assert_eq!(answer.break_even_utilization, number(&expected["break_even_utilization"]));
        assert_eq!(expected["cheaper_now"] == "external API", answer.cheaper_now == Cheaper::External);
    }
}
