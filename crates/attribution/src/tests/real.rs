//! Published examples, read from the shared data.

use serde_json::Value;

use crate::tests::{Bill, rules, totals};

#[allow(clippy::disallowed_methods)]
fn vectors() -> Option<Value> {
    let folder = std::env::var_os("FARTHING_SHARED")?;
    let path = std::path::Path::new(&folder).join("data/vectors/other_vectors.json");
    Some(serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
}

/// Koku's distribution of unallocated worker cost: recipient rows and a negating row on the source.
#[test]
fn kokus_distribution_nets_to_zero() {
    let Some(vectors) = vectors() else {
        println!("skipped: FARTHING_SHARED is not set");
        return;
    };
    let example = &vectors["koku_worker_unallocated"];
    let rules = rules(
        r#"
units = [{ id = "A" }, { id = "B" }, { id = "Worker unallocated" }]
rules = [{ id = "unallocated", unit = "Worker unallocated" }]
pools = [{ id = "distribution", unit = "Worker unallocated", driver = "usage" }]
"#,
    );
    let cost = example["input"]["worker_unallocated_cost"].to_string();
    let mut bill = Bill::new(&rules).charge(&cost, &[]);
    for (project, usage) in example["input"]["usage"].as_object().unwrap() {
        bill = bill.used("usage", project, usage.as_i64().unwrap());
    }
    let answer = bill.attribute(&rules);
    for (unit, expected) in example["expected"]["distributed_cost"].as_object().unwrap() {
        let line = answer.pools.iter().find(|line| line.unit.as_str() == unit).unwrap();
        assert_eq!(line.costs.billed.to_string(), expected.to_string(), "{unit}");
    }
    let net: farthing_types::Amount = answer.pools.iter().map(|line| line.costs.billed).sum();
    assert_eq!(net.to_string(), example["expected"]["net"].to_string());
    assert_eq!(totals(&answer), ["A 25", "B 75", "Worker unallocated 0"]);
}
