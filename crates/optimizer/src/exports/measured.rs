//! Plans beside the fleet's as files: the S3 lifecycle of each bucket, and rows of FOCUS recommendations.

use chrono::{DateTime, Utc};
use farthing_solver_models::storage::{self, Schedule};
use farthing_types::{Amount, Money};
use serde_json::Value;

use super::focus_recommendation::{Row, csv_of};
use super::names::plain;
use super::{Export, ExportError, PlanFile, pretty};

/// The model of a plan from imported data, `storage` say; `None` where the text is another plan.
fn model_of(plan: &Value) -> Option<&str> {
    let (name, _) = plan["model"].as_str()?.split_once('/')?;
    plan["instance"].is_object().then_some(name)
}

/// Makes the files of a plan from imported data; `None` where the text is a plan of a fleet, or none at all.
///
/// # Errors
/// [`ExportError`], where the form does not fit the plan, or S3 would refuse the lifecycle.
pub fn export_measured(text: &str, form: Export, now: DateTime<Utc>) -> Option<Result<Vec<PlanFile>, ExportError>> {
    let plan: Value = serde_json::from_str(text).ok()?;
    let model = model_of(&plan)?;
    Some(match (form, model) {
        (Export::S3Lifecycle, "storage") => lifecycles(&plan),
        (Export::FocusRecommendation, _) => recommendation(&plan, model, now),
        _ => Err(ExportError::OtherPlan(model.to_owned())),
    })
}

/// One document a bucket: a rule for all of its objects, unless the dataset has a prefix.
fn lifecycles(plan: &Value) -> Result<Vec<PlanFile>, ExportError> {
    let unreadable = |why: String| ExportError::Unreadable(why);
    let instance = storage::Instance::from_json(&plan["instance"].to_string()).map_err(|error| unreadable(error.to_string()))?;
    let class = |name: &str| instance.classes.iter().position(|class| class.id == name);
    let mut files = Vec::new();
    for (dataset, planned) in instance.datasets.iter().zip(plan["datasets"].as_array().into_iter().flatten()) {
        let stay = |stay: &Value| {
            let month = |name: &str| u32::try_from(stay[name].as_u64()?).ok();
            Some((class(stay["class"].as_str()?)?, month("from")?, month("until")?))
        };
        let stays: Option<Vec<_>> = planned["stays"].as_array().into_iter().flatten().map(stay).collect();
        let stays = stays.ok_or_else(|| unreadable(format!("dataset {}: its stays cannot be read", dataset.id)))?;
        let mut alone = dataset.clone();
        alone.prefix.get_or_insert_default();
        let of_one = storage::Instance { datasets: vec![alone], ..instance.clone() };
        let document = storage::lifecycle(&of_one, &[Schedule { stays }]);
        let document = document.map_err(|broken| {
            let said: Vec<String> = broken.iter().map(ToString::to_string).collect();
            ExportError::Lifecycle(said.join("; "))
        })?;
        if !document.rules.is_empty() {
            let text = pretty(&serde_json::to_value(&document).expect("plain data serialises"));
            files.push(PlanFile { name: format!("{}.json", plain(&dataset.id)), text });
        }
    }
    if files.is_empty() { Err(ExportError::NothingMoves) } else { Ok(files) }
}

fn recommendation(plan: &Value, model: &str, now: DateTime<Utc>) -> Result<Vec<PlanFile>, ExportError> {
    let missing = || ExportError::NoMoney("FOCUS recommendations");
    let saved: Money = serde_json::from_value(plan["saved"].clone()).map_err(|_| missing())?;
    let months = plan["months"].as_i64().filter(|months| *months > 0).ok_or_else(missing)?;
    let impact = (-saved.amount).checked_div(Amount::from_int(months)).ok_or_else(missing)?;
    let (subcategory, description) = match model {
        "commitments" => ("Commitment Purchase", "Buy the planned reservations and spend plans"),
        "storage" => ("Other (Cost)", "Move data to the planned storage classes"),
        "contracts" => ("Other (Cost)", "Sign the planned contracts and licences"),
        "routing" => ("Other (Cost)", "Route decisions to the planned models and people"),
        _ => ("Modernization", "Keep, retrain, merge and retire models as planned"),
    };
    let text = |name: &str| plan[name].as_str().unwrap_or_default().to_owned();
    let id = if text("id").is_empty() { text("input_hash") } else { text("id") };
    let details =
        serde_json::json!({"model": model, "months": months, "status": plan["status"], "input_hash": plan["input_hash"]});
    let row = Row { saved, impact, subcategory, description: description.to_owned(), details: details.to_string(), id };
    Ok(vec![PlanFile { name: "recommendations.csv".to_owned(), text: csv_of(&row, now) }])
}
