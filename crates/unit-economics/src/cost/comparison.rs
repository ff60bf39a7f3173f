use farthing_types::Amount;
use serde::Serialize;
use utoipa::ToSchema;

use super::CostPerDecision;
use super::interval::{LEVEL, rounded};
use crate::EconomicsError;
use crate::exact::{Fraction, float, to_amount};
use crate::statistics::welch_difference;

/// What an arm saves against people, for each decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AgainstPeople)]
pub struct Comparison {
    /// A person's cost per decision less this arm's, exactly, rounded once: above zero, the arm is cheaper.
    pub saving_per_decision: Amount,
    /// The lower bound of its 95 % interval.
    pub low: Option<Amount>,
    /// The upper bound.
    pub high: Option<Amount>,
    /// What the figures show.
    pub verdict: Verdict,
    /// How the interval was taken.
    pub method: String,
}

/// What a comparison shows at the level of its interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The arm is cheaper than people.
    Cheaper,
    /// People are cheaper.
    Dearer,
    /// Neither: the interval holds zero, or there is none.
    NotShown,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quality {
    /// The cost per decision, errors and all.
    AsItIs,
    /// The cost for each decision that was not wrong.
    Sound,
    /// The cost per decision without that of errors: as if both sides erred alike.
    Levelled,
}

/// Compares `arm` with people.
pub(super) fn compare(
    arm: &CostPerDecision,
    person: &CostPerDecision,
    quality: Quality,
) -> Result<Option<Comparison>, EconomicsError> {
    let side = |of: &CostPerDecision| -> Option<(Fraction, Option<(f64, f64)>)> {
        let (exact, interval) = match quality {
            Quality::AsItIs => (of.exact.clone(), &of.interval),
            Quality::Sound => (of.exact_sound.clone()?, &of.sound_interval),
            Quality::Levelled => (&of.exact - &of.drivers.error_rate.cost, &of.without_errors),
        };
        Some((exact, interval.as_ref().map(|i| (float(i.standard_error), i.degrees as f64))))
    };
    let (Some((arm_cost, arm_error)), Some((person_cost, person_error))) = (side(arm), side(person)) else { return Ok(None) };
    let saving = to_amount(&(person_cost - arm_cost)).ok_or(EconomicsError::OutOfRange("the saving per decision"))?;
    // A figure that was entered has no error of its own; one that was measured and has no interval leaves nothing to show.
    let known = |of: &CostPerDecision, error: Option<(f64, f64)>| match of.basis {
        super::Basis::Entered | super::Basis::Published => Some((0.0, 0.0)),
        super::Basis::Measured | super::Basis::EventLog => error,
    };
    let bounds = known(person, person_error).zip(known(arm, arm_error)).and_then(|(person, arm)| {
        // Only the errors matter here; the difference itself is exact.
        let found = welch_difference((0.0, person.0, person.1), (0.0, arm.0, arm.1), LEVEL)?;
        let half = rounded(found.high)?;
        Some((saving.checked_sub(half)?, saving.checked_add(half)?))
    });
    let verdict = match bounds {
        Some((low, _)) if low > Amount::ZERO => Verdict::Cheaper,
        Some((_, high)) if high.is_negative() => Verdict::Dearer,
        _ => Verdict::NotShown,
    };
    let method = match (bounds, person.basis) {
        (None, _) => "no interval: too few decisions, or no variation between them",
        (_, super::Basis::Entered) => "Student's t on this arm; people's figure was entered and is taken as known",
        (_, super::Basis::Published) => "Student's t on this arm; people's figure was published and is taken as known",
        (_, super::Basis::Measured | super::Basis::EventLog) => "difference of independent means, Welch's degrees of freedom",
    };
    Ok(Some(Comparison {
        saving_per_decision: saving,
        low: bounds.map(|b| b.0),
        high: bounds.map(|b| b.1),
        verdict,
        method: method.to_owned(),
    }))
}
