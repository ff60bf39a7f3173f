//! Cost per million tokens of a model that one hosts, from the time of prefill and decode.
//!
//! Method and worked example: OpenCost, `docs/inference-cost-tracking.md` (prefill and decode apart by their time, cached prompt
//! tokens left out of the input).

use farthing_types::{Amount, Quantity, apportion};
use serde::Serialize;

use crate::EconomicsError;

const MILLION: Amount = Amount::from_int(1_000_000);

/// What an endpoint cost and did in a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServedTokens {
    /// The cost allocated to the endpoint.
    pub cost: Amount,
    /// Tokens of prompts, cached ones among them.
    pub prompt_tokens: u64,
    /// Tokens of prompts that were found in the cache, and so not computed.
    pub cached_tokens: u64,
    /// Tokens generated.
    pub generated_tokens: u64,
    /// Time spent on prompts.
    pub prefill_seconds: Quantity,
    /// Time spent on generating.
    pub decode_seconds: Quantity,
}

/// Cost per million tokens, by what is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CostPerMillion {
    /// All cost over all tokens, cached ones among them.
    pub blended: Amount,
    /// The cost of prefill over the input tokens that were computed.
    pub input: Amount,
    /// The cost of decode over the tokens generated.
    pub output: Amount,
    /// The part of the cost that prefill bears; with that of decode it is the whole.
    pub prefill_cost: Amount,
    /// The part of the cost that decode bears.
    pub decode_cost: Amount,
    /// Input tokens that were computed: prompt − cached.
    pub effective_input_tokens: u64,
}

/// Tokens found in a prefix cache that counts blocks: hits × block size; `None` where that does not fit 64 bits.
pub fn cached_tokens(hit_blocks: u64, block_size: u64) -> Option<u64> {
    hit_blocks.checked_mul(block_size)
}

impl ServedTokens {
    /// Splits the cost between prefill and decode by time (exactly, by largest remainder) and divides by tokens.
    ///
    /// # Errors
    /// Where a time or more cached tokens than prompt tokens are impossible, where there is no time or no token to divide by, and
    /// where a figure does not fit.
    pub fn cost_per_million(&self) -> Result<CostPerMillion, EconomicsError> {
        let effective = self.prompt_tokens.checked_sub(self.cached_tokens);
        let effective = effective.ok_or(EconomicsError::Negative("prompt tokens less cached tokens"))?;
        if self.prefill_seconds.0.is_negative() || self.decode_seconds.0.is_negative() {
            return Err(EconomicsError::Negative("the time of prefill or decode"));
        }
        let shares = apportion(self.cost, &[self.prefill_seconds.0, self.decode_seconds.0]);
        let shares = shares.map_err(|_| EconomicsError::Zero("the time of prefill and decode"))?;
        let all =
            self.prompt_tokens.checked_add(self.generated_tokens).ok_or(EconomicsError::OutOfRange("the count of tokens"))?;
        Ok(CostPerMillion {
            blended: per_million(self.cost, all, "the count of tokens")?,
            input: per_million(shares[0], effective, "the count of computed input tokens")?,
            output: per_million(shares[1], self.generated_tokens, "the count of generated tokens")?,
            prefill_cost: shares[0],
            decode_cost: shares[1],
            effective_input_tokens: effective,
        })
    }
}

/// `cost` for each million of `tokens`; no cost over no tokens is nothing.
///
/// # Errors
/// [`EconomicsError::Zero`] for a cost without tokens, [`EconomicsError::OutOfRange`] where it does not fit.
pub fn per_million(cost: Amount, tokens: u64, what: &'static str) -> Result<Amount, EconomicsError> {
    if tokens == 0 {
        return if cost.is_zero() { Ok(Amount::ZERO) } else { Err(EconomicsError::Zero(what)) };
    }
    let tokens = i64::try_from(tokens).map_err(|_| EconomicsError::OutOfRange(what))?;
    cost.mul_div(MILLION, Amount::from_int(tokens)).ok_or(EconomicsError::OutOfRange("the cost per million tokens"))
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    fn amount(text: &str) -> Amount {
        text.parse().unwrap()
    }

    #[test]
    fn opencosts_worked_example_holds() {
        let served = ServedTokens {
            cost: amount("3.2"),
            prompt_tokens: 12_000_000,
            cached_tokens: cached_tokens(50_000, 16).unwrap(),
            generated_tokens: 3_000_000,
            prefill_seconds: Quantity::from_int(600),
            decode_seconds: Quantity::from_int(600),
        };
        assert_eq!(served.cached_tokens, 800_000);
        let cost = served.cost_per_million().unwrap();
        assert_eq!(cost.effective_input_tokens, 11_200_000);
        assert_eq!(
            (cost.blended.to_fixed(3), cost.input.to_fixed(3), cost.output.to_fixed(3)),
            ("0.213".into(), "0.143".into(), "0.533".into())
        );
    }

    /// The same example as the shared test vectors state it.
    #[test]
    fn the_shared_vectors_hold() {
        let Some(vectors) = shared_vectors() else { return };
        let number = |value: &serde_json::Value| -> Amount { amount(&value.to_string()) };
        let count = |value: &serde_json::Value| value.as_u64().unwrap();
        let case = &vectors["opencost_inference_unit_cost"];
        let (input, expected) = (&case["input"], &case["expected"]);
        let served = ServedTokens {
            cost: number(&input["allocation_total_cost"]),
            prompt_tokens: count(&input["prompt_tokens"]),
            cached_tokens: cached_tokens(count(&input["cache_hit_blocks"]), count(&input["block_size"])).unwrap(),
            generated_tokens: count(&input["generation_tokens"]),
            prefill_seconds: Quantity(number(&input["prefill_s"])),
            decode_seconds: Quantity(number(&input["decode_s"])),
        };
        let cost = served.cost_per_million().unwrap();
        assert_eq!(served.cached_tokens, count(&expected["cached_tokens"]));
        assert_eq!(cost.effective_input_tokens, count(&expected["effective_input_tokens"]));
        for (found, key) in
            [(cost.blended, "blended_per_million"), (cost.input, "input_per_million"), (cost.output, "output_per_million")]
        {
            assert_eq!(found.round(3), number(&expected[key]), "{key}");
        }
    }

    #[allow(clippy::disallowed_methods)]
    pub(crate) fn shared_vectors() -> Option<serde_json::Value> {
        let Ok(folder) = std::env::var("FARTHING_SHARED") else {
            eprintln!("skipped: FARTHING_SHARED is not set");
            return None;
        };
        let text = std::fs::read_to_string(format!("{folder}/data/vectors/other_vectors.json")).unwrap();
        Some(serde_json::from_str(&text).unwrap())
    }

    proptest! {
        #[test]
        fn prefill_and_decode_bear_the_whole_cost(cost in -(10_i128.pow(30))..10_i128.pow(30), prefill in 0..10_i64.pow(9), decode in 1..10_i64.pow(9), prompt in 1..10_u64.pow(12), generated in 1..10_u64.pow(12)) {
            let served = ServedTokens {
                cost: Amount::from_atto(cost).unwrap(),
                prompt_tokens: prompt,
                cached_tokens: prompt / 3,
                generated_tokens: generated,
                prefill_seconds: Quantity::from_int(prefill),
                decode_seconds: Quantity::from_int(decode),
            };
            let answer = served.cost_per_million().unwrap();
            prop_assert_eq!(answer.prefill_cost + answer.decode_cost, served.cost);
        }
    }
}
