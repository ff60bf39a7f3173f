//! How demand may go, from how it went.

use farthing_types::Amount;
use serde::Serialize;
use utoipa::ToSchema;

use super::document::ScenarioTerms;

/// A way that demand may go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DemandScenario {
    /// Its name.
    pub id: String,
    /// Its probability.
    pub probability: Amount,
    /// What measured demand is multiplied by.
    pub demand: Amount,
}

/// Probability of each of the outer of three points, in hundredths.
const OUTER: f64 = 0.17;

/// The scenarios of the document, or three points that have the mean and the variance of the measured weeks: the outer two lie
/// σ ÷ √(2·0.17) beside the mean. One scenario where fewer than three weeks were measured.
pub fn scenarios(stated: &[ScenarioTerms], weeks: &[f64]) -> (Vec<DemandScenario>, String) {
    if !stated.is_empty() {
        let of = |s: &ScenarioTerms| DemandScenario { id: s.id.clone(), probability: s.probability, demand: s.demand };
        return (stated.iter().map(of).collect(), "Demand goes one of the ways that the planning document states.".to_owned());
    }
    let only = |why: &str| {
        let as_measured = DemandScenario { id: "as measured".to_owned(), probability: Amount::ONE, demand: Amount::ONE };
        (vec![as_measured], why.to_owned())
    };
    let mean = weeks.iter().sum::<f64>() / weeks.len().max(1) as f64;
    if weeks.len() < 3 || mean <= 0.0 {
        return only(
            "Demand stays as measured: fewer than three weeks say nothing of how it varies. [[scenario]] in the planning document states others.",
        );
    }
    let variance = weeks.iter().map(|week| (week / mean - 1.0).powi(2)).sum::<f64>() / (weeks.len() - 1) as f64;
    // Demand below nothing is none, and more than twice as much is a guess that nothing measured supports.
    let step = (variance / (2.0 * OUTER)).sqrt().min(0.9);
    if step < 0.005 {
        return only("Demand stays as measured: the weeks hardly differ.");
    }
    let point = |id: &str, probability: &str, demand: f64| DemandScenario {
        id: id.to_owned(),
        probability: probability.parse().expect("a decimal"),
        demand: format!("{demand:.3}").parse().expect("a decimal"),
    };
    let points = vec![point("lower", "0.17", 1.0 - step), point("as measured", "0.66", 1.0), point("higher", "0.17", 1.0 + step)];
    let said = format!(
        "Demand goes one of three ways with the mean and variance of {} measured weeks: {:.0} %, 100 % or {:.0} % of what was measured.",
        weeks.len(),
        100.0 * (1.0 - step),
        100.0 * (1.0 + step)
    );
    (points, said)
}
