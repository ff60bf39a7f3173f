//! Who decides what, from measured cost, quality and volume of every arm.

use farthing_types::Amount;
use serde_json::{Map, Value, json};

use super::document::Planning;
use super::{Derived, MeasuredError, over, times};

/// Who decides in a workflow, with what it costs and how good it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arm {
    /// The workflow.
    pub workflow: String,
    /// Its name within the workflow: `llama-3.1-8b`, `people`, `gpt-4o, then people`.
    pub name: String,
    /// Whether a person has the last word.
    pub is_person: bool,
    /// Decisions in the window.
    pub decisions: u64,
    /// Of them wrong.
    pub wrong: u64,
    /// What one costs.
    pub cost: Amount,
    /// The model, where there is one.
    pub model: Option<String>,
    /// Half of the width of the interval of that cost.
    pub half_width: Option<Amount>,
}

impl Arm {
    /// Its name in the instance.
    pub fn id(&self) -> String {
        format!("{}: {}", self.workflow, self.name)
    }

    fn quality(&self) -> Amount {
        let wrong = i64::try_from(self.wrong).unwrap_or(i64::MAX);
        let all = i64::try_from(self.decisions.max(1)).unwrap_or(i64::MAX);
        Amount::ONE - Amount::from_int(wrong).checked_div(Amount::from_int(all)).expect("there is at least one").round(9)
    }
}

/// The instance of a month. Without a promise in the document the quality of today is promised, to a millionth.
///
/// # Errors
/// [`MeasuredError`] where no arm was measured.
pub fn derive(arms: &[Arm], months: u32, planning: &Planning) -> Result<Derived, MeasuredError> {
    let terms = &planning.routing;
    let arms: Vec<&Arm> = arms.iter().filter(|arm| arm.decisions > 0).collect();
    if arms.is_empty() {
        return Err(MeasuredError::Nothing(
            "there are no decisions. Import some: `farthing ingest decisions PATH --source WORKFLOW`".to_owned(),
        ));
    }
    let growth = terms.most_growth.unwrap_or_else(|| "0.25".parse().expect("a decimal"));
    let window = Amount::from_int(i64::from(months.max(1)));
    let monthly = |decisions: u64| {
        over(Amount::from_int(i64::try_from(decisions).unwrap_or(i64::MAX)), window, "decisions").map(|d| d.round(6))
    };
    let mut workflows: Vec<&str> = arms.iter().map(|arm| arm.workflow.as_str()).collect();
    workflows.sort_unstable();
    workflows.dedup();
    let (mut decisions, mut handlers, mut promised) = (Vec::new(), Vec::new(), Vec::new());
    for workflow in workflows {
        let mine: Vec<&&Arm> = arms.iter().filter(|arm| arm.workflow == workflow).collect();
        let (all, wrong) = (mine.iter().map(|arm| arm.decisions).sum::<u64>(), mine.iter().map(|arm| arm.wrong).sum::<u64>());
        let volume: Amount = mine.iter().map(|arm| monthly(arm.decisions)).sum::<Result<Amount, _>>()?;
        let mut decision = json!({"id": workflow, "volume": volume});
        match terms.workflow.iter().find(|known| known["id"] == workflow) {
            Some(known) => {
                for (name, value) in known.as_object().into_iter().flatten() {
                    decision[name] = value.clone();
                }
            }
            None => promised.push(workflow),
        }
        if decision.get("least_quality").is_none() {
            let today = Arm { decisions: all, wrong, ..(**mine[0]).clone() }.quality();
            decision["least_quality"] = json!((today - "0.000001".parse::<Amount>().expect("a decimal")).max(Amount::ZERO));
        }
        decisions.push(decision);
        for arm in mine {
            let most = times(monthly(arm.decisions)?, Amount::ONE + growth, "a capacity")?;
            let mut handling = json!({"cost": arm.cost.round(9), "quality": arm.quality()});
            let mut handler = json!({"id": arm.id(), "kind": if arm.is_person { "person" } else { "model" }, "capacity": most});
            if let Some(known) = terms.handler.iter().find(|known| known["id"] == arm.id().as_str()) {
                for (name, value) in known.as_object().into_iter().flatten() {
                    let into = if name == "latency" { &mut handling } else { &mut handler };
                    into[name] = value.clone();
                }
            }
            handler["handles"] = Value::Object(Map::from_iter([(workflow.to_owned(), handling)]));
            handlers.push(handler);
        }
    }
    let mut assumptions = vec![
        format!(
            "What was measured of an arm holds up to {} % more of the decisions that it was measured on; what lies beyond needs an experiment first.",
            times(growth, Amount::from_int(100), "growth")?.to_fixed(0)
        ),
        "The cost of a decision is its measured mean, fixed parts included: moving decisions saves it once the fixed parts follow.".to_owned(),
    ];
    if !promised.is_empty() {
        assumptions.push(format!("No [[routing.workflow]] speaks of {}: the quality of today is promised.", promised.join(", ")));
    }
    Ok(Derived { instance: json!({"decisions": decisions, "handlers": handlers}), months: 1, assumptions })
}
