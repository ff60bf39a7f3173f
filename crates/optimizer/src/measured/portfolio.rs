//! What may become of models, from their scorecards.

use farthing_types::Amount;
use serde_json::{Map, Value, json};

use super::document::Planning;
use super::{Derived, MeasuredError, times};

/// A model as its scorecard has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// The model.
    pub model: String,
    /// What its decisions cost in a month, people behind it included.
    pub monthly_cost: Amount,
    /// What people alone would cost for the same decisions; none where that is not known.
    pub monthly_value: Option<Amount>,
    /// Share of the decisions of workflows.
    pub covers: Vec<(String, Amount)>,
    /// Its decisions in a month.
    pub decisions: u64,
}

/// The instance: every model may be kept or retired, and what the document adds.
///
/// # Errors
/// [`MeasuredError`] where no model decides anything.
pub fn derive(cards: &[Card], planning: &Planning) -> Result<Derived, MeasuredError> {
    let terms = &planning.portfolio;
    let cards: Vec<&Card> = cards.iter().filter(|card| card.decisions > 0).collect();
    if cards.is_empty() {
        return Err(MeasuredError::Nothing(
            "no model decides anything; import decisions: `farthing ingest decisions PATH --source WORKFLOW`".to_owned(),
        ));
    }
    let unknown = terms.option.iter().find(|option| !cards.iter().any(|card| option["asset"] == card.model.as_str()));
    if let Some(option) = unknown {
        let known: Vec<&str> = cards.iter().map(|card| card.model.as_str()).collect();
        let why = format!("[[portfolio.option]]: no model {} decides anything; known are {}", option["asset"], known.join(", "));
        return Err(MeasuredError::Document(why));
    }
    let months = terms.months.unwrap_or(12);
    let span = Amount::from_int(i64::from(months));
    let (mut assets, mut unvalued) = (Vec::new(), Vec::new());
    for card in cards {
        let run_cost = times(card.monthly_cost, span, "a cost")?.round(9);
        let value = match card.monthly_value {
            Some(value) => times(value, span, "a value")?.round(9),
            None => {
                unvalued.push(card.model.as_str());
                run_cost
            }
        };
        let covers: Map<String, Value> =
            card.covers.iter().map(|(workflow, share)| (workflow.clone(), json!(share.round(9)))).collect();
        let mut options = vec![
            json!({"id": "keep", "kind": "keep", "value": value, "run_cost": run_cost, "covers": covers}),
            json!({"id": "retire", "kind": "retire"}),
        ];
        for stated in terms.option.iter().filter(|option| option["asset"] == card.model.as_str()) {
            let mut option = stated.clone();
            let Some(fields) = option.as_object_mut() else { continue };
            fields.remove("asset");
            for (factor, name, of) in [("value_factor", "value", value), ("run_cost_factor", "run_cost", run_cost)] {
                let factor = fields.remove(factor).map(|factor| decimal(&factor)).transpose()?;
                if !fields.contains_key(name) {
                    let factor = factor.unwrap_or(Amount::ONE);
                    fields.insert(name.to_owned(), json!(times(of, factor, "a factor")?.round(9)));
                }
            }
            if !fields.contains_key("covers") {
                fields.insert("covers".to_owned(), Value::Object(covers.clone()));
            }
            options.push(option);
        }
        assets.push(json!({"id": card.model, "today": "keep", "options": options}));
    }
    let mut workflows = terms.workflow.clone();
    for workflow in assets.iter().flat_map(|asset| asset["options"][0]["covers"].as_object()).flat_map(|covers| covers.keys()) {
        if !workflows.iter().any(|known| known["id"] == workflow.as_str()) {
            workflows.push(json!({"id": workflow, "least_coverage": 0}));
        }
    }
    let mut instance = json!({"assets": assets, "teams": terms.team, "workflows": workflows, "frontier": terms.frontier});
    if let Some(budget) = terms.budget {
        instance["budget"] = json!(budget);
    }
    if let Some(objective) = &terms.objective {
        instance["objective"] = json!(objective);
    }
    let mut assumptions = vec![format!(
        "The value of a model is what people alone would cost for its decisions, over {months} months like those measured; retiring it gives them back to people."
    )];
    if !unvalued.is_empty() {
        assumptions.push(format!(
            "What people would cost is not known for {}: their value is taken to be their cost.",
            unvalued.join(", ")
        ));
    }
    Ok(Derived { instance, months, assumptions })
}

fn decimal(value: &Value) -> Result<Amount, MeasuredError> {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.parse().map_err(|_| MeasuredError::Document(format!("[[portfolio.option]]: {text} is no factor")))
}
