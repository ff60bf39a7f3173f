//! What a statement in another currency says of where its figures come from.

use chrono::NaiveDate;
use farthing_types::{Amount, Currency};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::document::ConversionRule;
use crate::sentence::format_amount;

/// How a statement was converted. `billed_total` of the statement is the sum of `converted_total` over the originals, and its units and
/// reasons sum to it with the reason `fx_rounding`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Conversion {
    /// The currency of the statement.
    pub to: Currency,
    /// Which rate holds for a charge.
    pub rule: ConversionRule,
    /// The version of the rates; `null` where nothing had to be converted.
    pub rates: Option<u64>,
    /// What was billed in each currency, and what it came to.
    pub originals: Vec<OriginalTotal>,
    /// What was billed, converted, less the converted lines: rounding alone. It stands on the statement as the reason `fx_rounding`.
    pub rounding: Amount,
    /// The rates that were used, by pair and day.
    pub applied: Vec<AppliedRate>,
}

/// The statement of one currency, before it was converted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OriginalTotal {
    /// The currency that was billed in.
    pub currency: Currency,
    /// What was billed.
    pub billed_total: Amount,
    /// What of it belongs to units.
    pub attributed_total: Amount,
    /// What of it belongs to none.
    pub unattributed_total: Amount,
    /// What was billed, in the currency of the statement.
    pub converted_total: Amount,
    /// `converted_total ÷ billed_total`, rounded half to even at 1e-18; `null` where nothing was billed.
    pub mean_rate: Option<Amount>,
}

/// A rate that was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct AppliedRate {
    /// What is exchanged, as it is published.
    pub from: Currency,
    /// For what.
    pub to: Currency,
    /// The day of the rate.
    pub date: NaiveDate,
    /// The rate.
    pub rate: Amount,
    /// True where amounts were divided by it, since only this direction is published.
    pub inverse: bool,
}

impl Conversion {
    /// Where the figures come from, in sentences: what was billed and came to, and by which rates.
    pub fn sentences(&self) -> Vec<String> {
        let to = self.to;
        let mut sentences = Vec::new();
        for original in self.originals.iter().filter(|original| original.currency != to) {
            let rate = original.mean_rate.map_or(String::new(), |rate| format!(", {} each in the mean", rate.to_fixed(6)));
            let (billed, came) = (format_amount(original.billed_total, 2), format_amount(original.converted_total, 2));
            sentences.push(format!("Billed {billed} {} · {came} {to}{rate}.", original.currency));
        }
        let same = self.originals.iter().find(|original| original.currency == to);
        if let Some(original) = same.filter(|_| self.originals.len() > 1) {
            sentences.push(format!("Billed {} {to} as it is.", format_amount(original.billed_total, 2)));
        }
        if let Some(version) = self.rates {
            let rounding = match self.rounding.is_zero() {
                true => "Nothing was left by rounding.".to_owned(),
                false => format!("Rounding left {} {to}, a line of its own.", self.rounding),
            };
            sentences.push(format!(
                "Converted {}, rates v{version}, {} of them. {rounding}",
                self.rule.describe(),
                self.applied.len()
            ));
        }
        sentences
    }
}
