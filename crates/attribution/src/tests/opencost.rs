//! OpenCost's allocation cases, against values recomputed exactly.
//!
//! Idle money comes by cluster and resource and goes to those who use that resource of that cluster; shares are fixed by direct cost
//! before idle money is added; what is filtered is filtered after sharing.

use std::collections::{BTreeMap, BTreeSet};

use farthing_types::Amount;
use num_rational::BigRational;
use num_traits::Signed;
use serde_json::Value;

use super::real::shared;
use super::{Bill, rules};
use crate::{Attribution, RuleSet};

const IDLE: &str = "__idle__";
const UNALLOCATED: &str = "__unallocated__";

const IDLE_BY_USE: &str = r#"
[[pools]]
id = "idle"
unit = "__idle__"
driver = "direct_cost"
within = ["tag:cluster", "tag:resource"]
"#;

struct Vectors(Value);

impl Vectors {
    fn read() -> Option<Self> {
        let path = shared("vectors/opencost_allocation_vectors.json")?;
        Some(Self(serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()))
    }

    fn allocations(&self) -> impl Iterator<Item = &Value> {
        self.0["allocations"].as_array().unwrap().iter()
    }

    /// The distinct values of labels, and a rule for each combination.
    fn rules(&self, labels: &[&str], pools: &str) -> RuleSet {
        let values = |allocation: &Value| -> Vec<Option<String>> {
            labels.iter().map(|label| allocation[*label].as_str().map(str::to_owned)).collect()
        };
        let combinations: BTreeSet<Vec<Option<String>>> = self.allocations().map(values).collect();
        let mut text = format!("[[units]]\nid = {IDLE:?}\n[[units]]\nid = \"overhead\"\n");
        text += &format!("[[rules]]\nid = \"idle\"\nunit = {IDLE:?}\nwhen = {{ \"tag:idle\" = \"true\" }}\n");
        text += "[[rules]]\nid = \"overhead\"\nunit = \"overhead\"\nwhen = { \"tag:overhead\" = \"true\" }\n";
        for (at, combination) in combinations.iter().enumerate() {
            let name: Vec<&str> = combination.iter().map(|value| value.as_deref().unwrap_or(UNALLOCATED)).collect();
            let name = name.join("/");
            text += &format!("[[units]]\nid = {name:?}\n[[rules]]\nid = \"r{at}\"\nunit = {name:?}\nwhen = {{ ");
            let conditions = labels.iter().zip(combination).map(|(label, value)| match value {
                Some(value) => format!("\"tag:{label}\" = {value:?}"),
                None => format!("\"tag:{label}\" = {{ absent = true }}"),
            });
            text += &(conditions.collect::<Vec<_>>().join(", ") + " }\n");
        }
        rules(&(text + pools))
    }

    /// A charge for every resource of every container, and for what stood idle.
    fn bill(&self, rules: &RuleSet, overhead: Option<&str>) -> Bill {
        let mut bill = Bill::new(rules);
        for allocation in self.allocations() {
            let texts = allocation.as_object().unwrap().iter().filter_map(|(name, value)| Some((name, value.as_str()?)));
            let tags: Vec<(String, &str)> = texts.map(|(name, value)| (format!("tag:{name}"), value)).collect();
            for (resource, cost) in allocation["cost"].as_object().unwrap() {
                let mut values: Vec<(&str, &str)> = tags.iter().map(|(name, value)| (name.as_str(), *value)).collect();
                values.push(("tag:resource", resource));
                bill = bill.charge(&cost.to_string(), &values);
            }
        }
        for (cluster, resources) in self.0["idle"].as_object().unwrap() {
            for (resource, cost) in resources.as_object().unwrap() {
                let values = [("tag:idle", "true"), ("tag:cluster", cluster.as_str()), ("tag:resource", resource.as_str())];
                bill = bill.charge(&cost.to_string(), &values);
            }
        }
        match overhead {
            Some(cost) => bill.charge(cost, &[("tag:overhead", "true")]),
            None => bill,
        }
    }

    /// Holds the figures of a case against the exact ones. `only` filters after sharing; idle shares then stand apart where the case
    /// lists them apart.
    fn check(&self, case: &str, labels: &[&str], pools: &str, overhead: Option<&str>, only: Option<&str>) {
        let rules = self.rules(labels, pools);
        let answer = self.bill(&rules, overhead).attribute(&rules);
        assert!(answer.is_proven() && answer.unattributed.is_empty(), "case {case}");
        let expected = &self.0["cases"][case]["exact"].as_object().unwrap();
        let apart = only.filter(|_| expected.contains_key(IDLE));
        let mut found = figures(&answer, apart);
        found.retain(|unit, (amount, _)| only.is_none_or(|only| unit == only || unit == IDLE) && !amount.is_zero());
        assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>());
        for (unit, (amount, lines)) in &found {
            let wanted: BigRational = expected[unit].as_str().unwrap().parse().unwrap();
            let found = BigRational::new(amount.atto().into(), 10_i64.pow(18).into());
            // Largest remainder moves each line by less than 1e-18.
            let rounding = BigRational::new((*lines).into(), 10_i64.pow(18).into());
            assert!((&found - &wanted).abs() <= rounding, "case {case}: {unit} has {amount} and not {wanted}");
        }
        if only.is_none() {
            let total: Amount = found.values().map(|(amount, _)| *amount).sum();
            assert_eq!(total, self.0["cases"][case]["total"].to_string().parse().unwrap(), "case {case}");
        }
    }
}

/// What stands on each unit, with the number of rounded lines in it. The idle money that the unit `apart` received stands apart.
fn figures(answer: &Attribution, apart: Option<&str>) -> BTreeMap<String, (Amount, i64)> {
    let mut figures: BTreeMap<String, (Amount, i64)> = BTreeMap::new();
    let mut add = |unit: &str, amount: Amount, rounded: i64| {
        let figure = figures.entry(unit.to_owned()).or_default();
        *figure = (figure.0 + amount, figure.1 + rounded);
    };
    answer.direct.iter().for_each(|line| add(line.unit.as_str(), line.costs.billed, 0));
    for line in &answer.pools {
        let is_idle = line.pool.as_str() == "idle" && apart == Some(line.unit.as_str());
        add(if is_idle { IDLE } else { line.unit.as_str() }, line.costs.billed, 1);
    }
    figures
}

fn shared_pool(unit: &str, driver: &str, recipients: &[&str], stage: u32) -> String {
    format!(
        "[[pools]]\nid = \"share-{unit}\"\nunit = {unit:?}\ndriver = {driver:?}\nstage = {stage}\nrecipients = {recipients:?}\n"
    )
}

#[test]
fn what_is_aggregated_by_any_label_is_what_it_cost() {
    let Some(vectors) = Vectors::read() else { return };
    let by = [("1a", ["cluster"]), ("1b", ["namespace"]), ("1e", ["controllerKind"]), ("1j", ["team"])];
    for (case, labels) in by {
        vectors.check(case, &labels, "", None, None);
    }
    vectors.check("2d", &["app", "env"], "", None, None);
}

#[test]
fn idle_money_goes_to_those_who_use_the_same_resource_of_the_same_cluster() {
    let Some(vectors) = Vectors::read() else { return };
    vectors.check("3a", &["namespace"], &idle_to(&["namespace1", "namespace2", "namespace3"]), None, None);
}

fn idle_to(recipients: &[&str]) -> String {
    format!("{IDLE_BY_USE}recipients = {recipients:?}\n")
}

#[test]
fn a_shared_namespace_and_an_overhead_are_split_evenly_or_by_cost() {
    let Some(vectors) = Vectors::read() else { return };
    let both = ["namespace1", "namespace2"];
    vectors.check("4a", &["namespace"], &shared_pool("namespace3", "even", &both, 1), None, None);
    vectors.check("4b", &["namespace"], &shared_pool("namespace3", "direct_cost", &both, 1), None, None);
    let all = ["namespace1", "namespace2", "namespace3"];
    vectors.check("4d", &["namespace"], &shared_pool("overhead", "direct_cost", &all, 1), Some("168"), None);
}

#[test]
fn what_is_filtered_is_filtered_after_sharing() {
    let Some(vectors) = Vectors::read() else { return };
    let clusters = idle_to(&["cluster1", "cluster2"]);
    vectors.check("5a", &["cluster"], &clusters, None, Some("cluster1"));
    vectors.check("5b", &["cluster"], &clusters, None, Some("cluster1"));
    let namespaces = ["namespace1", "namespace2", "namespace3"];
    let idle = idle_to(&namespaces);
    vectors.check("6b", &["namespace"], &idle, None, Some("namespace2"));
    let overhead = shared_pool("overhead", "direct_cost", &namespaces, 1);
    vectors.check("6d", &["namespace"], &(idle.clone() + &overhead), Some("168"), Some("namespace2"));
    // namespace1 passes on what it received of the idle money, by direct cost that no idle money is in.
    let namespace1 = shared_pool("namespace1", "direct_cost", &["namespace2", "namespace3"], 2);
    vectors.check("6f", &["namespace"], &(idle + &namespace1), None, Some("namespace2"));
}
