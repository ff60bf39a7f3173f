//! What a comparison rests on: each input moved by itself, and how far the saving follows.

use farthing_types::{Amount, ModelId};
use num_traits::{Signed, Zero};
use serde::Serialize;
use utoipa::ToSchema;

use super::drivers::Driver;
use super::{CostPerDecision, LineKind};
use crate::exact::{Fraction, count, fraction, to_amount};
use crate::{Actor, EconomicsError};

/// The sensitivity of one arm's saving against people, per decision: a tornado.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Sensitivity {
    /// Who decides.
    pub actor: Actor,
    /// With which model.
    pub model: Option<ModelId>,
    /// A person's cost per decision less this arm's, with every input as it is.
    pub saving_per_decision: Amount,
    /// The inputs, the one with the widest effect first.
    pub inputs: Vec<SensitivityInput>,
}

/// One input, moved from its lower to its upper value while the others stay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SensitivityInput {
    /// Which.
    pub input: String,
    /// Its unit of measure: `minutes`, `share`, `per decision`, `per hour`, `decisions a month` and so on.
    pub unit: &'static str,
    /// Its value.
    pub base: Amount,
    /// The lower value it is moved to.
    pub low: Amount,
    /// The upper value.
    pub high: Amount,
    /// What the range is: `95 % interval`, or `± 10 %`.
    pub range: String,
    /// The saving per decision at the lower value.
    pub saving_at_low: Amount,
    /// The saving at the upper value.
    pub saving_at_high: Amount,
    /// The distance of the two.
    pub swing: Amount,
    /// True where the saving changes its sign within the range: the comparison hangs on this input.
    pub decides: bool,
}

/// The sensitivity of each arm that is compared with people.
pub(super) fn of_arms(arms: &[CostPerDecision], share: Amount) -> Result<Vec<Sensitivity>, EconomicsError> {
    let Some(person) = arms.iter().find(|arm| arm.actor == Actor::Person) else { return Ok(Vec::new()) };
    let with_ai = arms.iter().filter(|arm| arm.actor != Actor::Person && arm.decisions > 0);
    with_ai.map(|arm| Sides { arm, person, share: fraction(share) }.sensitivity()).collect()
}

struct Sides<'a> {
    arm: &'a CostPerDecision,
    person: &'a CostPerDecision,
    share: Fraction,
}

/// An input before it is rounded. `effect` is what its move adds to the saving, as a function of its value.
struct Moved<'a> {
    input: String,
    unit: &'static str,
    base: Fraction,
    bounds: Option<(Amount, Amount)>,
    effect: Box<dyn Fn(&Fraction) -> Fraction + 'a>,
}

impl Sides<'_> {
    fn sensitivity(&self) -> Result<Sensitivity, EconomicsError> {
        let saving = &self.person.exact - &self.arm.exact;
        let mut moved = self.times();
        moved.extend(self.error_rates());
        moved.extend(self.prices());
        moved.extend(self.volume());
        let mut inputs = Vec::with_capacity(moved.len());
        for input in moved.into_iter().filter(|input| input.base.is_positive()) {
            inputs.push(self.shown(input, &saving)?);
        }
        inputs.sort_by(|a, b| b.swing.cmp(&a.swing).then_with(|| a.input.cmp(&b.input)));
        let saving_per_decision = to_amount(&saving).ok_or(OUT_OF_RANGE)?;
        Ok(Sensitivity { actor: self.arm.actor, model: self.arm.model.clone(), saving_per_decision, inputs })
    }

    fn shown(&self, moved: Moved<'_>, saving: &Fraction) -> Result<SensitivityInput, EconomicsError> {
        let rounded = |value: &Fraction| to_amount(value).ok_or(OUT_OF_RANGE);
        let bounds = moved.bounds.filter(|(low, high)| low < high);
        let (low, high, range) = match bounds {
            Some((low, high)) => (fraction(low.max(Amount::ZERO)), fraction(high), "95 % interval".to_owned()),
            None => {
                let percent = rounded(&(&self.share * count(100)))?;
                let by = &moved.base * &self.share;
                (&moved.base - &by, &moved.base + by, format!("± {percent} %"))
            }
        };
        let (at_low, at_high) = (saving + (moved.effect)(&low), saving + (moved.effect)(&high));
        Ok(SensitivityInput {
            input: moved.input,
            unit: moved.unit,
            base: rounded(&moved.base)?,
            low: rounded(&low)?,
            high: rounded(&high)?,
            range,
            saving_at_low: rounded(&at_low)?,
            saving_at_high: rounded(&at_high)?,
            swing: rounded(&(&at_high - &at_low).abs())?,
            decides: at_low.is_positive() != at_high.is_positive(),
        })
    }

    /// Minutes of work: their cost rises and falls with them.
    fn times(&self) -> Vec<Moved<'_>> {
        let in_proportion = |driver: &Driver, to: &Fraction| &driver.cost * (to / &driver.mean - count(1));
        let arms = [("handling", &self.arm.drivers.handling), ("review", &self.arm.drivers.review)];
        let mut moved: Vec<Moved<'_>> = arms
            .into_iter()
            .map(|(name, driver)| Moved {
                input: format!("{name} by people of what the AI decides"),
                unit: "minutes per decision",
                base: driver.mean.clone(),
                bounds: driver.bounds,
                effect: Box::new(move |to| -in_proportion(driver, to)),
            })
            .collect();
        let handling = &self.person.drivers.handling;
        moved.push(Moved {
            input: "handling by people".to_owned(),
            unit: "minutes per decision",
            base: handling.mean.clone(),
            bounds: handling.bounds,
            effect: Box::new(move |to| in_proportion(handling, to)),
        });
        moved
    }

    /// Shares of wrong decisions, at what one costs on that side.
    fn error_rates(&self) -> Vec<Moved<'_>> {
        let each = |side: &CostPerDecision| side.error_cost_each.clone().unwrap_or_default();
        let (of_arm, of_person) = (each(self.arm), each(self.person));
        let (arm, person) = (&self.arm.drivers.error_rate, &self.person.drivers.error_rate);
        vec![
            Moved {
                input: "error rate of the AI".to_owned(),
                unit: "share of decisions",
                base: arm.mean.clone(),
                bounds: arm.bounds,
                effect: Box::new(move |to| -&of_arm * (to - &arm.mean)),
            },
            Moved {
                input: "error rate of people".to_owned(),
                unit: "share of decisions",
                base: person.mean.clone(),
                bounds: person.bounds,
                effect: Box::new(move |to| &of_person * (to - &person.mean)),
            },
        ]
    }

    /// What both sides pay: the hour of work and the error; and each kind of the AI's cost lines.
    fn prices(&self) -> Vec<Moved<'_>> {
        let labour = |side: &CostPerDecision| &side.drivers.handling.cost + &side.drivers.review.cost;
        let errors = |side: &CostPerDecision| side.drivers.error_rate.cost.clone();
        let minutes = |side: &CostPerDecision| &side.drivers.handling.mean + &side.drivers.review.mean;
        let hours = minutes(self.person) / count(60);
        let rate = if hours.is_zero() { count(0) } else { labour(self.person) / hours };
        let error = self.arm.error_cost_each.clone().or_else(|| self.person.error_cost_each.clone()).unwrap_or_default();
        // Both sides pay it: where it moves, the difference of what they pay moves in proportion.
        let in_proportion = |base: &Fraction, difference: Fraction| {
            let base = base.clone();
            Box::new(move |to: &Fraction| &difference * (to / &base - count(1))) as Box<dyn Fn(&Fraction) -> Fraction>
        };
        let price = |input: &str, unit, base: Fraction, difference: Fraction| Moved {
            input: input.to_owned(),
            unit,
            effect: in_proportion(&base, difference),
            base,
            bounds: None,
        };
        let mut moved = vec![
            price("loaded rate of people", "per hour", rate, labour(self.person) - labour(self.arm)),
            price("cost of an error", "per wrong decision", error, errors(self.person) - errors(self.arm)),
        ];
        let decisions = count(self.arm.decisions);
        let is_line = |kind: LineKind| !matches!(kind, LineKind::Handling | LineKind::Review | LineKind::Errors);
        let lines = self.arm.parts.iter().filter(|part| is_line(part.kind));
        moved.extend(lines.map(|part| {
            let cost = fraction(part.amount) / &decisions;
            // A service may be paid by use and by time: two lines of one name.
            let name = if part.fixed { format!("{}, fixed", part.name) } else { part.name.clone() };
            price(&name, "per decision", cost.clone(), -cost)
        }));
        moved
    }

    /// Decisions, over which fixed cost is spread.
    fn volume(&self) -> Option<Moved<'_>> {
        let decisions = count(self.arm.decisions);
        let fixed = self.arm.parts.iter().filter(|part| part.fixed).fold(count(0), |sum, part| sum + fraction(part.amount));
        fixed.is_positive().then(|| Moved {
            input: "volume, over which fixed cost is spread".to_owned(),
            unit: "decisions in the window",
            base: decisions.clone(),
            bounds: None,
            effect: Box::new(move |to| if to.is_positive() { &fixed / &decisions - &fixed / to } else { count(0) }),
        })
    }
}

const OUT_OF_RANGE: EconomicsError = EconomicsError::OutOfRange("the sensitivity of a saving");
