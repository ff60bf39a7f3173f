use farthing_types::Amount;
use num_traits::Signed;
use serde::Serialize;
use utoipa::ToSchema;

use super::CostPerDecision;
use crate::exact::{Fraction, count, fraction, to_amount};
use crate::people::WorkflowPeople;
use crate::{Actor, EconomicsError};

/// Who decides, and what that frees. A saving of money is a different thing: hours that are freed cost as much as before until
/// fewer hours are paid or other work is done in them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Capacity {
    /// Decisions of all arms.
    pub decisions: u64,
    /// Automation: by the AI alone, not handed to a person and not overridden.
    pub automated: u64,
    /// Their share.
    pub automated_share: Amount,
    /// Augmentation: an AI and a person, as a matter of course or because the AI's answer was handed on or overridden.
    pub augmented: u64,
    /// Their share.
    pub augmented_share: Amount,
    /// By a person alone.
    pub person: u64,
    /// Their share.
    pub person_share: Amount,
    /// Hours that people worked on all of them, handling and review.
    pub hours_worked: Amount,
    /// Hours that people would have needed for the decisions in which an AI took part, at their own mean handling time, less the
    /// hours they worked on them: capacity freed in the window. Below zero where the AI makes more work than it takes over. None
    /// where it is not known how long a decision takes a person.
    pub hours_freed: Option<Amount>,
    /// The same as full-time people, at the people file's productive hours.
    pub full_time_freed: Option<Amount>,
    /// The handling time of people that this rests on, in minutes, and where it comes from.
    pub minutes_of_a_person: Option<Amount>,
    /// `measured` or `entered`.
    pub minutes_are: Option<super::Basis>,
}

/// The capacity of the arms together; `None` without decisions.
pub(super) fn capacity(
    arms: &[CostPerDecision],
    people: Option<&WorkflowPeople>,
    months: &Fraction,
) -> Result<Option<Capacity>, EconomicsError> {
    let decisions: u64 = arms.iter().map(|arm| arm.decisions).sum();
    if decisions == 0 {
        return Ok(None);
    }
    let of = |actor: Actor| arms.iter().filter(move |arm| arm.actor == actor);
    let total = |actor| of(actor).map(|arm| arm.decisions).sum::<u64>();
    let handed_on: u64 = of(Actor::Ai).map(|arm| arm.outcomes.escalated + arm.outcomes.overridden).sum();
    let (automated, augmented) = (total(Actor::Ai) - handed_on, total(Actor::AiThenPerson) + handed_on);
    let person = total(Actor::Person);
    let out_of_range = EconomicsError::OutOfRange("the capacity of people");
    let rounded = |value: &Fraction| to_amount(value).ok_or(out_of_range.clone());
    let share = |of: u64| rounded(&(count(of) / count(decisions)));
    let hours =
        |arm: &CostPerDecision| (&arm.drivers.handling.mean + &arm.drivers.review.mean) * count(arm.decisions) / count(60);
    let by_people = of(Actor::Person).next();
    let minutes = by_people.map(|arm| arm.drivers.handling.mean.clone()).filter(Signed::is_positive);
    let freed = minutes.as_ref().map(|minutes| {
        let with_ai = arms.iter().filter(|arm| arm.actor != Actor::Person);
        with_ai.fold(count(0), |sum, arm| sum + count(arm.decisions) * minutes / count(60) - hours(arm))
    });
    let full_time = freed.as_ref().zip(people).map(|(freed, people)| {
        let productive = fraction(people.productive_hours) * months / count(12);
        freed / productive
    });
    Ok(Some(Capacity {
        decisions,
        automated,
        automated_share: share(automated)?,
        augmented,
        augmented_share: share(augmented)?,
        person,
        person_share: share(person)?,
        hours_worked: rounded(&arms.iter().fold(count(0), |sum, arm| sum + hours(arm)))?,
        hours_freed: freed.as_ref().map(rounded).transpose()?,
        full_time_freed: full_time.as_ref().map(rounded).transpose()?,
        minutes_of_a_person: minutes.as_ref().map(rounded).transpose()?,
        minutes_are: by_people.filter(|_| minutes.is_some()).map(|arm| arm.basis),
    }))
}
