use farthing_types::{Amount, Currency};
use num_traits::One;
use serde::Serialize;
use utoipa::ToSchema;

use super::WorkflowPeople;
use crate::EconomicsError;
use crate::exact::{Fraction, fraction, to_amount};

/// What a productive hour of a person costs, with the steps to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LoadedRate {
    /// For each productive hour: wage, benefits, overhead, hours paid and not worked, training and hiring together.
    pub per_hour: Amount,
    /// Its currency.
    pub currency: Currency,
    /// The parts; they sum to `per_hour` exactly.
    pub parts: Vec<RatePart>,
    /// The formula, in words.
    pub formula: &'static str,
}

/// One part of the rate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RatePart {
    /// Which: `wage`, `benefits`, `overhead`, `unproductive_hours`, `training_and_hiring`; `idle_hours` and `attrition` where stated.
    pub name: &'static str,
    /// How much of the rate.
    pub per_hour: Amount,
    /// Where the figure behind it comes from.
    pub source: String,
}

const FORMULA: &str =
    "wage / (1 - benefits share) * (1 + overhead rate) * (paid hours / productive hours) + training and hiring per hour";

const FULL_FORMULA: &str = "wage / (1 - benefits share) * (1 + overhead rate) * (paid hours / productive hours) / utilisation \
     + training and hiring per hour + attrition rate * replacement cost / (productive hours * utilisation)";

impl WorkflowPeople {
    /// The loaded rate for a productive hour:
    ///
    /// `wage ÷ (1 − benefits_share) × (1 + overhead_rate) × paid_hours ÷ productive_hours + training_and_hiring_per_hour`
    ///
    /// Where they are stated, hours without work to do are paid too (`÷ utilisation`), and who leaves is replaced
    /// (`+ attrition_rate × replacement_cost ÷ (productive_hours × utilisation)`).
    ///
    /// The benefits share is of total compensation, as BLS ECEC publishes it, hence the division. It is taken exactly and rounded
    /// once, half to even at 1e-18; the parts are the steps between, the last of them by difference, so they sum exactly.
    ///
    /// # Errors
    /// [`EconomicsError::OutOfRange`] where the rate does not fit.
    pub fn loaded_rate(&self) -> Result<LoadedRate, EconomicsError> {
        let one = Fraction::one();
        let wage = fraction(self.wage_per_hour);
        let compensation = &wage / (&one - fraction(self.benefits_share));
        let with_overhead = &compensation * (&one + fraction(self.overhead_rate));
        let worked = &with_overhead * fraction(self.paid_hours) / fraction(self.productive_hours);
        let utilised = &worked / fraction(self.utilisation);
        let trained = &utilised + fraction(self.training_and_hiring_per_hour);
        let replaced = fraction(self.attrition_rate) * fraction(self.replacement_cost);
        let rate = &trained + replaced / (fraction(self.productive_hours) * fraction(self.utilisation));

        let has_idle_hours = self.utilisation != Amount::ONE;
        let has_attrition = !self.attrition_rate.is_zero();
        let steps = [
            ("wage", "wage_per_hour", wage, true),
            ("benefits", "benefits_share", compensation, true),
            ("overhead", "overhead_rate", with_overhead, true),
            ("unproductive_hours", "productive_hours", worked, true),
            ("idle_hours", "utilisation", utilised, has_idle_hours),
            ("training_and_hiring", "training_and_hiring_per_hour", trained, true),
            ("attrition", "attrition_rate", rate, has_attrition),
        ];
        let mut before = Amount::ZERO;
        let mut parts = Vec::with_capacity(steps.len());
        for (name, figure, step, is_stated) in steps {
            let step = to_amount(&step).ok_or(EconomicsError::OutOfRange("the loaded rate"))?;
            // What is not stated adds nothing to the step before it.
            if is_stated {
                parts.push(RatePart { name, per_hour: step - before, source: self.origin_of(figure) });
                before = step;
            }
        }
        let formula = if has_idle_hours || has_attrition { FULL_FORMULA } else { FORMULA };
        Ok(LoadedRate { per_hour: before, currency: self.currency, parts, formula })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::people::parse;

    fn people(text: &str) -> WorkflowPeople {
        let head = "version = 1\n[[workflow]]\nid = \"w\"\nrole = \"r\"\ncurrency = \"USD\"\n";
        parse(&format!("{head}{text}")).unwrap().remove(0)
    }

    #[test]
    fn the_rate_by_hand() {
        // 34.50 / 0.69 = 50; + 20 % = 60; 2000 / 1600 = 1.25: 75; + 1.50.
        let people = people(
            "wage_per_hour = 34.50\noverhead_rate = 0.2\npaid_hours = 2000\nproductive_hours = 1600\ntraining_and_hiring_per_hour = \"1.5\"",
        );
        let rate = people.loaded_rate().unwrap();
        assert_eq!(rate.per_hour.to_string(), "76.5");
        let parts: Vec<_> = rate.parts.iter().map(|p| (p.name, p.per_hour.to_string())).collect();
        let expected = [
            ("wage", "34.5"),
            ("benefits", "15.5"),
            ("overhead", "10"),
            ("unproductive_hours", "15"),
            ("training_and_hiring", "1.5"),
        ];
        assert_eq!(parts, expected.map(|(name, text)| (name, text.to_owned())));
        assert!(rate.parts[1].source.contains("Bureau of Labor Statistics"));
    }

    #[test]
    fn idle_hours_and_those_who_leave_are_paid_for() {
        // 75 as above; / 0.8 = 93.75; + 1.50; + 0.2 × 6400 / (1600 × 0.8) = 1.
        let people = people(
            "wage_per_hour = 34.50\noverhead_rate = 0.2\npaid_hours = 2000\nproductive_hours = 1600\nutilisation = 0.8\n\
             training_and_hiring_per_hour = \"1.5\"\nattrition_rate = 0.2\nreplacement_cost = 6400",
        );
        let rate = people.loaded_rate().unwrap();
        assert_eq!(rate.per_hour.to_string(), "96.25");
        let parts: Vec<_> = rate.parts.iter().map(|p| (p.name, p.per_hour.to_string())).collect();
        assert_eq!(
            parts[4..],
            [("idle_hours", "18.75".to_owned()), ("training_and_hiring", "1.5".to_owned()), ("attrition", "1".to_owned())]
        );
        assert!(rate.formula.contains("utilisation"));
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_rate(wage in 1..100_000_u32, benefits in 0..99_u32, overhead in 0..300_u32, productive in 1..2080_u32, training in 0..1000_u32) {
            let people = people(&format!(
                "wage_per_hour = \"{wage}e-2\"\nbenefits_share = \"{benefits}e-2\"\noverhead_rate = \"{overhead}e-2\"\n\
                 paid_hours = 2080\nproductive_hours = {productive}\ntraining_and_hiring_per_hour = \"{training}e-2\""
            ));
            let rate = people.loaded_rate().unwrap();
            prop_assert_eq!(rate.parts.iter().map(|p| p.per_hour).sum::<Amount>(), rate.per_hour);
            prop_assert!(rate.parts.iter().all(|p| !p.per_hour.is_negative()));
            // The same in integers: 1e-2 of wage and training over the common denominator.
            let (w, b, o, p, t) = (i128::from(wage), i128::from(benefits), i128::from(overhead), i128::from(productive), i128::from(training));
            let denominator = (100 - b) * p;
            let numerator = w * (100 + o) * 2080 + t * denominator;
            let atto = Amount::from_atto(numerator * 10_i128.pow(16)).unwrap();
            let expected = atto.mul_div(Amount::from_atto(1).unwrap(), Amount::from_atto(denominator).unwrap()).unwrap();
            prop_assert_eq!(rate.per_hour, expected);
        }
    }
}
