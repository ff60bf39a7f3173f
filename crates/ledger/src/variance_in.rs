//! A bridge between two periods in another currency than that of the bills.
//!
//! The bridge of each currency is taken at one rate, the mean rate of its earlier period, so that its steps stay what they are: prices,
//! volumes, shares. What the converted statements say beyond that is what rates did, the step **fx**: with the mean rate r₁ of a currency and
//! its amounts A₁ and A₂, which the statements convert to E₁ and E₂, fx = Σ over currencies (E₂ − A₂ × r₁) − (E₁ − A₁ × r₁). A row whose money
//! was spent on other days than that of the whole bill has an E₁ other than A₁ × r₁. A currency without a rate of then has that of now.
//!
//! Each step is rounded half to even at 1e-18 when it is converted; what that leaves is in fx, so that the steps sum exactly.

use std::collections::{BTreeMap, BTreeSet};

use farthing_types::{Amount, Currency};

use crate::build::StatementError;
use crate::variance::{Steps, Variance, VarianceCause, add, bridge, close};

/// What a bridge is converted with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VarianceRates {
    /// What a row owes on the converted statements, before and after.
    pub rows: BTreeMap<String, (Amount, Amount)>,
    /// What one of each currency was worth on average in the earlier period, or, where nothing was billed in it then, in the later one.
    pub mean: BTreeMap<Currency, Amount>,
}

/// One bridge of those of all currencies, in the currency `to`. `None` where there is none to convert.
///
/// # Errors
/// When a sum does not fit.
pub fn variance_in(to: Currency, bridges: &[Variance], rates: &VarianceRates) -> Result<Option<Variance>, StatementError> {
    let Some(first) = bridges.first() else { return Ok(None) };
    let overflow = || StatementError::Overflow { what: "a bridge between periods".to_owned(), currency: to };
    let names: BTreeSet<&str> =
        bridges.iter().flat_map(|bridge| &bridge.rows).map(|row| &*row.row).chain(rates.rows.keys().map(|row| &**row)).collect();
    let mut rows = Vec::with_capacity(names.len());
    for name in names {
        let (before, after) = rates.rows.get(name).copied().unwrap_or_default();
        let steps = steps_of(name, bridges, rates).ok_or_else(overflow)?;
        let without = close(name, before, steps, after).ok_or_else(overflow)?;
        let steps = Steps { fx: without.difference, ..steps };
        rows.push(close(name, before, steps, after).ok_or_else(overflow)?);
    }
    let causes = bridges.iter().flat_map(|bridge| bridge.causes.iter().map(|cause| (bridge.currency, cause)));
    let causes =
        causes.map(|(currency, cause)| converted(cause, rates.of(currency))).collect::<Option<_>>().ok_or_else(overflow)?;
    bridge(rows, causes, [first.from, first.to], to, first.cost).map(Some).ok_or_else(overflow)
}

impl VarianceRates {
    fn of(&self, currency: Currency) -> Amount {
        self.mean.get(&currency).copied().unwrap_or_default()
    }
}

/// A product, rounded half to even at 1e-18.
fn times(amount: Amount, rate: Amount) -> Option<Amount> {
    amount.mul_div(rate, Amount::from_int(1))
}

/// The steps of a row in all currencies, each at its mean rate.
fn steps_of(name: &str, bridges: &[Variance], rates: &VarianceRates) -> Option<Steps> {
    let mut sum = Steps::default();
    for bridge in bridges {
        let rate = rates.of(bridge.currency);
        for row in bridge.rows.iter().filter(|row| row.row == name) {
            let Steps { price, volume, mix, fees, correction, rules, shared, fx } = row.steps;
            sum = add(
                sum,
                Steps {
                    price: times(price, rate)?,
                    volume: times(volume, rate)?,
                    mix: times(mix, rate)?,
                    fees: times(fees, rate)?,
                    correction: times(correction, rate)?,
                    rules: times(rules, rate)?,
                    shared: times(shared, rate)?,
                    fx: times(fx, rate)?,
                },
            )?;
        }
    }
    Some(sum)
}

fn converted(cause: &VarianceCause, rate: Amount) -> Option<VarianceCause> {
    let price = |price: Option<Amount>| price.map_or(Some(None), |price| times(price, rate).map(Some));
    Some(VarianceCause {
        amount: times(cause.amount, rate)?,
        price_before: price(cause.price_before)?,
        price_after: price(cause.price_after)?,
        ..cause.clone()
    })
}

#[cfg(test)]
mod tests {
    use farthing_types::Cost;
    use proptest::prelude::*;

    use super::*;
    use crate::variance::{Item, RowTotals, VarianceInput, variance};

    fn amount(text: &str) -> Amount {
        text.parse().unwrap()
    }

    /// A bridge of one SKU in one currency: its cost before and after at the same quantity.
    fn priced(currency: &str, row: &str, before: &str, after: &str) -> Variance {
        let item = |cost: &str| Item {
            row: row.to_owned(),
            family: ["aws", "Compute", "Hours"].map(str::to_owned),
            sku: "small".to_owned(),
            is_correction: false,
            quantity: amount("10"),
            amount: amount(cost),
        };
        let totals = RowTotals { before: amount(before), after: amount(after), ..RowTotals::default() };
        let (from, to) = ("2026-04".parse().unwrap(), "2026-05".parse().unwrap());
        let rows = [(row.to_owned(), totals)].into();
        let currency = currency.parse().unwrap();
        let (before, after) = (vec![item(before)], vec![item(after)]);
        variance(&VarianceInput { from, to, currency, cost: Cost::Effective, rows, before, after }).unwrap()
    }

    fn rates(rows: &[(&str, &str, &str)], mean: &[(&str, &str)]) -> VarianceRates {
        VarianceRates {
            rows: rows.iter().map(|(row, before, after)| ((*row).to_owned(), (amount(before), amount(after)))).collect(),
            mean: mean.iter().map(|(currency, rate)| (currency.parse().unwrap(), amount(rate))).collect(),
        }
    }

    #[test]
    fn prices_stay_prices_and_rates_are_a_step_of_their_own() {
        // 100 dollars at 0.9, then 110 dollars at 0.8; and 10 euros both times.
        let bridges = [priced("EUR", "claims", "10", "10"), priced("USD", "claims", "100", "110")];
        let rates = rates(&[("claims", "100", "98")], &[("EUR", "1"), ("USD", "0.9")]);
        let found = variance_in(Currency::EUR, &bridges, &rates).unwrap().unwrap();
        assert_eq!((found.total.before, found.total.after), (amount("100"), amount("98")));
        assert_eq!((found.total.steps.price, found.total.steps.fx), (amount("9"), amount("-11")));
        assert_eq!(found.total.difference, Amount::ZERO);
        assert_eq!((found.causes[0].amount, found.causes[0].price_before), (amount("9"), Some(amount("9"))));
        assert_eq!(variance_in(Currency::EUR, &[], &rates).unwrap(), None);
    }

    proptest! {
        #[test]
        fn steps_sum_to_the_difference_at_any_rate(
            sides in prop::collection::vec((-1000_i64..1000, -1000_i64..1000, 1_i128..10_i128.pow(19)), 1..4),
            before in -1000_i64..1000, after in -1000_i64..1000,
        ) {
            let currencies = ["EUR", "GBP", "USD"];
            let bridges: Vec<Variance> = sides.iter().zip(currencies)
                .map(|((before, after, _), currency)| priced(currency, "a", &before.to_string(), &after.to_string())).collect();
            let mean = sides.iter().zip(currencies).map(|(side, currency)| (currency.parse().unwrap(), Amount::from_atto(side.2).unwrap()));
            let rows = [("a".to_owned(), (Amount::from_int(before), Amount::from_int(after)))].into();
            let found = variance_in(Currency::EUR, &bridges, &VarianceRates { rows, mean: mean.collect() }).unwrap().unwrap();
            prop_assert_eq!(found.total.difference, Amount::ZERO);
            let steps: Amount = found.total.steps.named().iter().map(|(_, step)| *step).sum();
            prop_assert_eq!(found.total.before + steps, found.total.after);
        }
    }
}
