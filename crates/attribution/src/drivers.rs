//! What units used, by measure: what pools are split by.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use farthing_types::{Quantity, UnitId};

use crate::input::AttributionError;
use crate::rules::RuleSet;

/// The time in which something was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Span {
    /// The whole of the statement's time, or unknown.
    Whole,
    /// A day in UTC.
    Day(NaiveDate),
    /// The hour that begins at this moment.
    Hour(DateTime<Utc>),
}

impl Span {
    /// The texts by which pools ask for it: `2026-05-10` and `2026-05-10T13`.
    fn slots(self) -> impl Iterator<Item = String> {
        let (day, hour) = match self {
            Self::Whole => (None, None),
            Self::Day(day) => (Some(day), None),
            Self::Hour(at) => (Some(at.date_naive()), Some(at)),
        };
        let day = day.map(|day| day.format("%Y-%m-%d").to_string());
        day.into_iter().chain(hour.map(|at| at.format("%Y-%m-%dT%H").to_string()))
    }
}

type Quantities = BTreeMap<UnitId, Quantity>;

/// Measures of usage that pools can be split by: measure → unit → quantity, and the same by day and hour where that is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drivers {
    measures: BTreeMap<String, Measure>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Measure {
    total: Quantities,
    /// By day and by hour; what is known by the hour is in its day, too.
    slots: BTreeMap<String, Quantities>,
    has_hours: bool,
}

impl Drivers {
    /// No measures.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds to what a unit has used in the whole of the statement's time.
    ///
    /// # Errors
    /// When the sum does not fit.
    pub fn add(&mut self, measure: &str, unit: UnitId, quantity: Quantity) -> Result<(), AttributionError> {
        self.add_in(measure, unit, quantity, Span::Whole)
    }

    /// Adds to what a unit has used in a day or an hour, and so in the statement's time.
    ///
    /// # Errors
    /// When the sum does not fit.
    pub fn add_in(&mut self, measure: &str, unit: UnitId, quantity: Quantity, span: Span) -> Result<(), AttributionError> {
        let known = self.measures.entry(measure.to_owned()).or_default();
        known.has_hours |= matches!(span, Span::Hour(_));
        let add = |quantities: &mut Quantities| {
            let used = quantities.entry(unit.clone()).or_default();
            let sum = used.0.checked_add(quantity.0);
            let overflow = || AttributionError::DriverOverflow { measure: measure.to_owned(), unit: unit.clone() };
            *used = Quantity(sum.ok_or_else(overflow)?);
            Ok(())
        };
        add(&mut known.total)?;
        span.slots().try_for_each(|slot| add(known.slots.entry(slot).or_default()))
    }

    /// What a unit has used, if the measure is known at all.
    pub fn quantity(&self, measure: &str, unit: &UnitId) -> Option<Quantity> {
        self.measures.get(measure).map(|known| known.total.get(unit).copied().unwrap_or_default())
    }

    /// What a unit has used in a slot (`2026-05-10` or `2026-05-10T13`). Of a measure that is known by the day, an hour is its day;
    /// one that is not known by time is the same at any.
    pub(crate) fn quantity_in(&self, measure: &str, unit: &UnitId, slot: &str) -> Option<Quantity> {
        let known = self.measures.get(measure)?;
        let slot = if known.has_hours { slot } else { slot.get(..10).unwrap_or(slot) };
        let quantities = if known.slots.is_empty() { Some(&known.total) } else { known.slots.get(slot) };
        Some(quantities.and_then(|quantities| quantities.get(unit)).copied().unwrap_or_default())
    }

    /// Every unit's quantity of a measure.
    pub fn units(&self, measure: &str) -> impl Iterator<Item = (&UnitId, Quantity)> {
        let known = self.measures.get(measure).into_iter().flat_map(|known| &known.total);
        known.map(|(unit, quantity)| (unit, *quantity))
    }

    /// The measures, in order.
    pub fn measures(&self) -> impl Iterator<Item = &str> {
        self.measures.keys().map(String::as_str)
    }

    /// Measured quantities of the measures that `rules` read and that units it knows have; the rest would go unused.
    pub fn read_by(&self, rules: &RuleSet) -> Self {
        let read = rules.measures_read();
        let mut measures = self.measures.clone();
        measures.retain(|measure, _| read.contains(measure.as_str()));
        for known in measures.values_mut() {
            let slots = known.slots.values_mut();
            slots.chain([&mut known.total]).for_each(|units| units.retain(|unit, _| rules.units().knows(unit.as_str())));
        }
        Self { measures }
    }
}
