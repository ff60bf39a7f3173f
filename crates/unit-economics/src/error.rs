use farthing_types::Currency;

/// Why a cost per decision cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EconomicsError {
    /// A figure beyond ±1e20.
    #[error("{0} does not fit 38 digits with 18 decimals. Look for an impossible time, rate or cost in the input")]
    OutOfRange(&'static str),
    /// Amounts of different currencies.
    #[error("{what} is in {found} and the report in {wanted}. Convert it with a dated rate first")]
    Currency {
        /// Which figure.
        what: String,
        /// Its currency.
        found: Currency,
        /// The report's.
        wanted: Currency,
    },
    /// A window without length, or beyond the calendar.
    #[error("the window {0} holds no time to divide by")]
    Window(String),
    /// Nothing to divide by.
    #[error("{0} is zero, so there is nothing to divide by")]
    Zero(&'static str),
    /// A quantity below zero.
    #[error("{0} is below zero")]
    Negative(&'static str),
}
