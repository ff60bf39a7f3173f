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

/// AWS's split cost allocation: an hour of a machine by weighted processors and memory, 9/52 a processor and 1/52 a gigabyte.
#[test]
fn the_split_of_a_machine_costs_what_aws_derives() {
    let Some(vectors) = vectors() else {
        println!("skipped: FARTHING_SHARED is not set");
        return;
    };
    let input = &vectors["aws_split_cost_allocation_unit_cost"]["input"];
    let weight = |name: &str| input[name].as_i64().unwrap();
    let rules = rules(&format!(
        r#"
units = [{{ id = "processors" }}, {{ id = "memory" }}, {{ id = "machine" }}]
rules = [{{ id = "all", unit = "machine" }}]
pools = [{{ id = "split", unit = "machine", driver = {{ vcpu = {}, memory_gb = {} }} }}]
"#,
        weight("cpu_weight"),
        weight("memory_weight")
    ));
    let hours = input["amortized_per_hour"].as_f64().unwrap().to_string();
    let bill = Bill::new(&rules).charge(&hours, &[]);
    let bill = bill.used("vcpu", "processors", weight("vcpu")).used("memory_gb", "memory", weight("memory_gb"));
    let answer = bill.attribute(&rules);
    let expected = &vectors["aws_split_cost_allocation_unit_cost"]["expected_exact"];
    for (unit, count, per) in [("processors", "vcpu", "per_vcpu_hour"), ("memory", "memory_gb", "per_gb_hour")] {
        let line = answer.pools.iter().find(|line| line.unit.as_str() == unit).unwrap();
        // quantity ÷ total ÷ count is the exact rational that AWS derives.
        let (over, under) = expected[per].as_str().unwrap().split_once('/').unwrap();
        let left = line.quantity.0.checked_mul(under.parse().unwrap()).unwrap();
        let right = line.total_quantity.0.checked_mul(over.parse().unwrap()).unwrap();
        assert_eq!(left, right.checked_mul(farthing_types::Amount::from_int(weight(count))).unwrap(), "{unit}");
    }
    let sum: farthing_types::Amount = answer.pools.iter().filter(|line| !line.gives()).map(|line| line.costs.billed).sum();
    assert_eq!(sum.to_string(), hours);
}
