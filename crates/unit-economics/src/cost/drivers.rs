//! What a cost per decision follows: the quantities behind its parts.

use farthing_types::Amount;

use crate::exact::Fraction;

/// A quantity for each decision, with what it costs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Driver {
    /// Its mean over all decisions of the arm: minutes, or a share.
    pub mean: Fraction,
    /// What it costs for each decision.
    pub cost: Fraction,
    /// The 95 % interval of the mean; none where it was entered or does not vary.
    pub bounds: Option<(Amount, Amount)>,
}

/// The quantities of one arm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Drivers {
    /// Minutes of handling.
    pub handling: Driver,
    /// Minutes of review.
    pub review: Driver,
    /// The share of wrong decisions.
    pub error_rate: Driver,
}
