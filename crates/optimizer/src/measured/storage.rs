//! Where data lies, from storage charges and inventories.

use farthing_types::Amount;
use serde_json::{Value, json};

use super::document::Planning;
use super::{Derived, MeasuredError, over, times};

/// KB of 1,024 bytes in a GB.
const KB_A_GB: i64 = 1_048_576;

/// A resource that stores data, as the bill has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// `ResourceId`.
    pub resource: String,
    /// GB that lay there on the average of the month.
    pub gb: Amount,
    /// Requests of the month.
    pub requests: Amount,
    /// What the bill says of the month, storage and requests.
    pub cost: Amount,
}

/// The instance: a dataset for each resource that an inventory speaks of.
///
/// # Errors
/// [`MeasuredError`] where the document has no classes or inventories, or none of these is of a resource on the bill.
pub fn derive(stored: &[Stored], planning: &Planning) -> Result<Derived, MeasuredError> {
    let terms = &planning.storage;
    if terms.class.is_empty() {
        return Err(MeasuredError::Missing {
            section: "[[storage.class]]",
            what: "which storage classes there are and what they cost",
        });
    }
    if terms.dataset.is_empty() {
        return Err(MeasuredError::Missing {
            section: "[[storage.dataset]]",
            what: "how large objects are, how often they are read and how long they are kept",
        });
    }
    let months = terms.months.unwrap_or(12);
    let (mut datasets, mut left, mut left_cost, mut billed) = (Vec::new(), 0_u64, Amount::ZERO, Amount::ZERO);
    for of in stored.iter().filter(|of| of.gb > Amount::ZERO) {
        let Some(known) = terms.dataset.iter().find(|known| known.takes(&of.resource)) else {
            (left, left_cost) = (left + 1, left_cost + of.cost);
            continue;
        };
        billed += of.cost;
        let gb = of.gb.round(6);
        let kb = times(gb, Amount::from_int(KB_A_GB), "the size of a dataset")?;
        let objects = over(kb, known.mean_object_kb, "the number of objects")?.round(0);
        let read = times(gb, known.reads_share, "what is read")?;
        let each = |value: Amount| vec![value; months as usize];
        let mut dataset = json!({
            "id": of.resource, "gb": gb, "objects": objects, "class": known.class, "reads": each(read.min(gb)),
            "requests": each(of.requests.round(0)),
        });
        for (name, value) in known.more() {
            dataset[name] = value;
        }
        datasets.push(dataset);
    }
    if datasets.is_empty() {
        let why = "no storage charge on the bill is of a resource that the planning document has an inventory of; compare `resource` of [[storage.dataset]] with the column ResourceId";
        return Err(MeasuredError::Nothing(why.to_owned()));
    }
    let mut assumptions = vec![
        format!(
            "{} resources with an inventory, which the bill has at {} a month; they stay as large as they are.",
            datasets.len(),
            billed.to_fixed(2)
        ),
        "Prices are those of the classes in the planning document; requests are taken to be reads.".to_owned(),
    ];
    if left > 0 {
        assumptions
            .push(format!("{left} resources at {} a month have no inventory and are left as they are.", left_cost.to_fixed(2)));
    }
    let classes: &[Value] = &terms.class;
    Ok(Derived { instance: json!({"months": months, "classes": classes, "datasets": datasets}), months, assumptions })
}
