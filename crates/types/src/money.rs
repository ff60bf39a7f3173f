use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Amount, Currency};

/// An exact amount of one currency.
///
/// There is no multiplication of money by money and no addition across currencies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub struct Money {
    /// How much.
    pub amount: Amount,
    /// Of what.
    pub currency: Currency,
}

/// Why two sums of money cannot be combined.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The currencies differ.
    #[error("{0} and {1} cannot be added: convert one with a dated rate first")]
    Currencies(Currency, Currency),
    /// The result is beyond ±1e20.
    #[error("the sum does not fit 38 digits with 18 decimals")]
    OutOfRange,
}

impl Money {
    /// `amount` of `currency`.
    pub const fn new(amount: Amount, currency: Currency) -> Self {
        Self { amount, currency }
    }

    /// The sum of two amounts of one currency.
    ///
    /// # Errors
    /// When the currencies differ or the sum does not fit.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Currencies(self.currency, other.currency));
        }
        let amount = self.amount.checked_add(other.amount).ok_or(MoneyError::OutOfRange)?;
        Ok(Self { amount, currency: self.currency })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn currencies_do_not_mix() {
        let dollar = Money::new(Amount::ONE, Currency::USD);
        let euro = Money::new(Amount::ONE, Currency::EUR);
        assert_eq!(dollar.checked_add(euro), Err(MoneyError::Currencies(Currency::USD, Currency::EUR)));
        assert_eq!(dollar.checked_add(dollar).unwrap().to_string(), "2 USD");
    }
}
