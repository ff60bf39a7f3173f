//! What an hour without a system costs: its decisions, made by people.

use chrono::{DateTime, Utc};
use farthing_types::{Amount, Window};
use serde::Serialize;
use utoipa::ToSchema;

use crate::EconomicsError;
use crate::exact::{Fraction, count, fraction, to_amount};
use crate::people::WorkflowPeople;

/// What a system did in an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HourOfWork {
    /// Decisions by the AI alone.
    pub by_ai: u64,
    /// Decisions by the AI that a person checked.
    pub checked: u64,
}

/// What a fallback is worked out from.
#[derive(Clone, Copy, Debug)]
pub struct FallbackInput<'a> {
    /// The time.
    pub window: Window,
    /// The people who stand in.
    pub people: &'a WorkflowPeople,
    /// What the system did, by hour; hours without decisions left out.
    pub hours: &'a [(DateTime<Utc>, HourOfWork)],
    /// How many people can take over at once.
    pub people_on_hand: Option<u64>,
}

/// What an hour without a system costs in people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Fallback {
    /// Who stands in.
    pub role: String,
    /// What an hour of them costs, loaded.
    pub rate_per_hour: Amount,
    /// Minutes that a decision takes a person.
    pub handling_minutes: Amount,
    /// Where these come from.
    pub sources: Vec<String>,
    /// Decisions of the system in a mean hour.
    pub decisions_per_hour: Amount,
    /// What people cost who make them: an hour of downtime.
    pub cost_per_hour: Amount,
    /// How many people that takes.
    pub people_per_hour: Amount,
    /// The busiest hour.
    pub busiest_hour: DateTime<Utc>,
    /// Decisions in it.
    pub busiest_decisions: u64,
    /// What people would have cost who make them.
    pub busiest_cost: Amount,
    /// How many people that would have taken.
    pub busiest_people: Amount,
    /// How many can take over at once, where it is stated.
    pub people_on_hand: Option<u64>,
    /// Decisions of a mean hour that these do not get to.
    pub left_per_hour: Option<Amount>,
    /// Decisions of the busiest hour that these do not get to.
    pub left_in_busiest: Option<Amount>,
}

const OUT: EconomicsError = EconomicsError::OutOfRange("the cost of a fallback");

/// What an hour without the system costs.
///
/// `minutes = by_ai × handling + checked × (handling − review)`, for who checks a decision works on it already;
/// `cost = minutes ÷ 60 × loaded rate`. The mean hour is of all hours of the window. `None` where the system made no decision, or the
/// people file states no handling time.
///
/// # Errors
/// [`EconomicsError::OutOfRange`] where a figure does not fit, and those of the loaded rate.
pub fn fallback(input: &FallbackInput<'_>) -> Result<Option<Fallback>, EconomicsError> {
    let people = input.people;
    let busiest = input.hours.iter().max_by_key(|(at, hour)| (hour.by_ai + hour.checked, std::cmp::Reverse(*at)));
    let (Some(&(busiest_hour, busiest)), Some(handling)) = (busiest, people.handling_minutes) else { return Ok(None) };
    let hours = (input.window.to - input.window.from).num_hours();
    if hours <= 0 || handling.is_zero() {
        return Ok(None);
    }
    let rate = people.loaded_rate()?.per_hour;
    let review = people.review_minutes.unwrap_or_default().min(handling);
    // Hours of people.
    let work = |by_ai: u64, checked: u64| -> Fraction {
        let minutes = count(by_ai) * fraction(handling) + count(checked) * (fraction(handling) - fraction(review));
        minutes / count(60)
    };
    let rounded = |value: &Fraction| to_amount(value).ok_or(OUT);
    let (mut by_ai, mut checked) = (0_u64, 0_u64);
    for (_, hour) in input.hours {
        by_ai = by_ai.checked_add(hour.by_ai).ok_or(OUT)?;
        checked = checked.checked_add(hour.checked).ok_or(OUT)?;
    }
    let all_hours = count(u64::try_from(hours).map_err(|_| OUT)?);
    let mean_work = work(by_ai, checked) / &all_hours;
    let mean_decisions = (count(by_ai) + count(checked)) / &all_hours;
    let busiest_decisions = busiest.by_ai + busiest.checked;
    let busiest_work = work(busiest.by_ai, busiest.checked);
    // The share of an hour's decisions that those on hand do not get to.
    let left = |decisions: &Fraction, work: &Fraction| -> Result<Option<Amount>, EconomicsError> {
        let Some(on_hand) = input.people_on_hand.map(count) else { return Ok(None) };
        let left = if on_hand >= *work { count(0) } else { decisions * (work - &on_hand) / work };
        rounded(&left).map(Some)
    };
    Ok(Some(Fallback {
        role: people.role.clone(),
        rate_per_hour: rate,
        handling_minutes: handling,
        sources: ["wage_per_hour", "handling_minutes"].map(|figure| format!("{figure}: {}", people.origin_of(figure))).to_vec(),
        decisions_per_hour: rounded(&mean_decisions)?,
        cost_per_hour: rounded(&(&mean_work * fraction(rate)))?,
        people_per_hour: rounded(&mean_work)?,
        busiest_hour,
        busiest_decisions,
        busiest_cost: rounded(&(&busiest_work * fraction(rate)))?,
        busiest_people: rounded(&busiest_work)?,
        people_on_hand: input.people_on_hand,
        left_per_hour: left(&mean_decisions, &mean_work)?,
        left_in_busiest: left(&count(busiest_decisions), &busiest_work)?,
    }))
}
