//! Published examples, read from the shared data.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::NaiveDateTime;
use farthing_types::{Amount, Cost, FourCosts};
use serde_json::Value;

use crate::tests::{Bill, rules, totals};
use crate::{ChargeGroup, Figure, FigureOn, explain};

#[allow(clippy::disallowed_methods)]
pub(super) fn shared(path: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("FARTHING_SHARED");
    if folder.is_none() {
        println!("skipped: FARTHING_SHARED is not set");
    }
    Some(PathBuf::from(folder?).join("data").join(path))
}

fn vectors() -> Option<Value> {
    let path = shared("vectors/other_vectors.json")?;
    Some(serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
}

/// Koku's distribution of unallocated worker cost: recipient rows and a negating row on the source.
#[test]
fn kokus_distribution_nets_to_zero() {
    let Some(vectors) = vectors() else { return };
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
    let net: Amount = answer.pools.iter().map(|line| line.costs.billed).sum();
    assert_eq!(net.to_string(), example["expected"]["net"].to_string());
    assert_eq!(totals(&answer), ["A 25", "B 75", "Worker unallocated 0"]);
}

/// AWS's split cost allocation: an hour of a machine by weighted processors and memory, 9/52 a processor and 1/52 a gigabyte.
#[test]
fn the_split_of_a_machine_costs_what_aws_derives() {
    let Some(vectors) = vectors() else { return };
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
        assert_eq!(left, right.checked_mul(Amount::from_int(weight(count))).unwrap(), "{unit}");
    }
    let sum: Amount = answer.pools.iter().filter(|line| !line.gives()).map(|line| line.costs.billed).sum();
    assert_eq!(sum.to_string(), hours);
}

/// The official FOCUS 1.0 sample, row by row: a thousand real charges of three clouds, a third of them without tags.
#[test]
fn the_official_sample_ties_out_to_its_published_sum() {
    let Some(path) = shared("focus/real/focus_1.0_sample_1000.csv") else { return };
    let rules = rules(
        r#"
units = [{ id = "orion" }, { id = "PeoriaData" }, { id = "data" }, { id = "microsoft" }, { id = "platform" }]
[[rules]]
id = "queues"
unit = "platform"
when = { ServiceName = { regex = "Queue|Logs|CloudWatch" } }
[[rules]]
id = "business-unit"
unit_from_tag = "business_unit"
[[rules]]
id = "accounts"
unit = "orion"
when = { SubAccountName = { glob = "*Orion*" }, ChargeCategory = { not = "Credit" } }
[[rules]]
id = "azure"
unit = "microsoft"
when = { ProviderName = "Microsoft" }
[[pools]]
id = "platform"
unit = "platform"
driver = "direct_cost"
fallback = "even"
"#,
    );
    let mut bill = Bill::new(&rules);
    let fields: Vec<String> = bill.keys.fields().map(str::to_owned).collect();
    let mut billed = Amount::ZERO;
    for row in csv::Reader::from_path(path).unwrap().deserialize() {
        let row: BTreeMap<String, String> = row.unwrap();
        let text = |column: &str| row.get(column).filter(|text| *text != "NULL").cloned();
        let tags: BTreeMap<String, String> = text("Tags").map_or(BTreeMap::new(), |json| serde_json::from_str(&json).unwrap());
        let value = |field: &str| field.strip_prefix("tag:").map_or_else(|| text(field), |tag| tags.get(tag).cloned());
        let values: Vec<Option<String>> = fields.iter().map(|field| value(field)).collect();
        let key = bill.keys.push(values.iter().map(|value| value.as_deref()));
        // Some rows have no list or contracted cost.
        let costs = FourCosts::ZERO.map(|cost, _| text(cost.column()).map_or(Amount::ZERO, |text| text.parse().unwrap()));
        billed += costs.billed;
        let day = NaiveDateTime::parse_from_str(&row["ChargePeriodStart"], "%Y-%m-%d %H:%M:%S").unwrap().date();
        bill.groups.push(ChargeGroup {
            source: 0,
            key,
            currency: row["BillingCurrency"].parse().unwrap(),
            day,
            costs,
            charges: 1,
        });
    }
    let answer = bill.attribute(&rules);
    assert_eq!((bill.groups.len(), billed.to_string().as_str()), (1000, "20.52022672899"));
    assert!(answer.is_proven());
    let proof = |cost: Cost| answer.proof.iter().find(|proof| proof.cost == cost).unwrap();
    assert_eq!(proof(Cost::Billed).billed.to_string(), "20.52022672899");
    assert_eq!(proof(Cost::Effective).billed.to_string(), "14.97651418586");
    assert!(!proof(Cost::Billed).attributed.is_zero() && !proof(Cost::Billed).unattributed.is_zero());
    assert_eq!(answer.idle_rules, []);
    // Every figure is explained to its last charge.
    for line in &answer.unattributed {
        let figure = Figure { on: FigureOn::Reason(line.reason), source: None, currency: None, rule: None };
        let why = explain(&rules, &bill.charges(), &answer, &figure).unwrap();
        assert_eq!(why.evidence.iter().map(|evidence| evidence.charges).sum::<u64>(), line.charges);
        assert_eq!(why.evidence.iter().map(|evidence| evidence.costs).sum::<FourCosts>(), line.costs);
    }
    let lines = answer.coverage.iter().map(|line| format!("{} {} charges {}", line.rule, line.charges, line.costs.billed));
    let rest = answer.unattributed.iter().map(|line| format!("{} {} charges {}", line.reason, line.charges, line.costs.billed));
    let counted: u64 =
        answer.coverage.iter().map(|line| line.charges).chain(answer.unattributed.iter().map(|line| line.charges)).sum();
    assert_eq!(counted, 1000);
    println!("{}", lines.chain(rest).chain(totals(&answer)).collect::<Vec<_>>().join("\n"));
}

/// FOCUS's example of a closed period that is corrected, in its two styles: a difference, or a negation and the right charges.
#[test]
fn corrections_of_a_closed_period_leave_it_and_move_the_money() {
    let Some(vectors) = vectors() else { return };
    let expected = &vectors["focus_correction_closed_s1"]["expected"];
    let rules = rules(
        r#"
units = [{ id = "R-111" }, { id = "R-222" }]
rules = [{ id = "by-resource", unit_from_column = "ResourceId" }]
"#,
    );
    let read = |bill: Bill, file: &str| {
        let path = shared(&format!("focus/spec_examples_corrections/{file}.csv")).unwrap();
        let rows = csv::Reader::from_path(path).unwrap().into_deserialize::<BTreeMap<String, String>>();
        rows.fold(bill, |bill, row| {
            let row = row.unwrap();
            let values: Vec<(&str, &str)> =
                ["ResourceId", "ChargeCategory", "ChargeClass"].map(|c| (c, row[c].as_str())).to_vec();
            bill.charge_on(&row["ChargePeriodStart"][..10], &row["BilledCost"], &values)
        })
    };
    let billed = |bill: &Bill| bill.groups.iter().map(|group| group.costs.billed).sum::<Amount>().to_string();
    let may = read(Bill::new(&rules), "closed_s1_original");
    assert_eq!(billed(&may), expected["May invoice BilledCost"].to_string());
    assert_eq!(totals(&may.attribute(&rules)), ["R-111 1500"]);
    for style in ["closed_s1_delta", "closed_s1_ledger"] {
        let june = read(Bill::new(&rules), style);
        assert_eq!(billed(&june), expected["June invoice net BilledCost"].to_string(), "{style}");
        let corrected = read(read(Bill::new(&rules), "closed_s1_original"), style).attribute(&rules);
        let resources = expected["May charge-period cost after correction"].as_object().unwrap();
        let wanted: Vec<String> = resources.iter().map(|(resource, cost)| format!("{resource} {cost}")).collect();
        assert_eq!(totals(&corrected), wanted, "{style}");
        assert!(corrected.is_proven() && corrected.unattributed.is_empty());
    }
}
