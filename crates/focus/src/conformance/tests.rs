use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{is_product, is_subcategory, rule_ids, values};
use crate::{CsvDecoder, Header, Severity};

const HEADER: &str = "BilledCost,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargeCategory,ChargeClass,ChargeFrequency,\
                      ChargePeriodStart,ChargePeriodEnd,ListCost,ListUnitPrice,PricingQuantity,PricingUnit,CommitmentDiscountId,\
                      CommitmentDiscountStatus,ServiceCategory,ServiceSubcategory,InvoiceId,Tags";
const GOOD: &str = "6,USD,2026-05-01T00:00:00Z,2026-06-01T00:00:00Z,Usage,,Usage-Based,2026-05-02T00:00:00Z,2026-05-03T00:00:00Z,\
                    6,2,3,Hours,,,Compute,Virtual Machines,I1,{}\n";

/// The broken rules of a bill in which `found` of the good row is replaced, with how many rows break each.
fn broken(found: &str, replaced: &str) -> BTreeMap<String, u64> {
    let names: Vec<&str> = HEADER.split(',').collect();
    let (header, _) = Header::read(&names).unwrap();
    assert!(GOOD.contains(found), "{found}");
    let text = format!("{GOOD}{}{GOOD}", GOOD.replacen(found, replaced, 1));
    let charges = CsvDecoder::new(header, b',').decode(text.as_bytes(), 2).unwrap();
    let errors = charges.findings.list();
    let breaks_one = errors.iter().any(|finding| finding.severity == Severity::Error);
    assert_eq!(charges.conformity.broke_must, u64::from(breaks_one), "{errors:?}");
    errors.into_iter().filter(|finding| finding.rule.contains("-C-")).map(|finding| (finding.rule, finding.count)).collect()
}

#[track_caller]
fn breaks(found: &str, replaced: &str, rules: &[&str]) {
    let broken = broken(found, replaced);
    assert_eq!(broken.keys().map(String::as_str).collect::<Vec<_>>(), rules, "{found} → {replaced}");
    assert!(broken.values().all(|rows| *rows == 1), "{broken:?}");
}

#[test]
fn a_good_row_breaks_nothing_and_each_fault_its_rule() {
    breaks("Usage-Based", "Usage-Based", &[]);
    breaks(",Usage,", ",Usages,", &["ChargeCategory-C-003-M"]);
    breaks(",Usage,,Usage-Based", ",Purchase,,Usage-Based", &["ChargeFrequency-C-004-C"]);
    breaks("Usage,,", "Usage,Fix,", &["ChargeClass-C-005-C"]);
    breaks("Compute", "Computing", &["ServiceCategory-C-003-M", "ServiceSubcategory-C-004-M"]);
    breaks("Virtual Machines", "Block Storage", &["ServiceSubcategory-C-004-M"]);
    breaks("6,2,3", "6,2,4", &["ListCost-C-009-C"]);
    breaks("6,2,3", "6,-2,-3", &["ListUnitPrice-C-008-M"]);
    breaks("Hours,,", "Hours,,Used", &["CommitmentDiscountStatus-C-003-C"]);
    breaks("Hours,,", "Hours,cd-1,", &["CommitmentDiscountStatus-C-004-C"]);
    breaks("3,Hours", "3,", &["PricingUnit-C-006-C"]);
    breaks("2026-05-03T", "2026-05-01T", &["ChargePeriodEnd-C-004-M"]);
    breaks(",{}", ",team", &["Tags-C-001-M"]);
    // Corrections may disagree with their prices.
    breaks(
        "Usage,,Usage-Based,2026-05-02T00:00:00Z,2026-05-03T00:00:00Z,6,2,3",
        "Usage,Correction,Usage-Based,2026-05-02T00:00:00Z,2026-05-03T00:00:00Z,6,2,4",
        &[],
    );
}

#[test]
fn products_are_compared_exactly_and_within_the_tolerance() {
    let unit = 10_i128.pow(18);
    assert!(is_product(6 * unit, 2 * unit, 3 * unit));
    assert!(is_product(6 * unit + 6_000_000_000, 2 * unit, 3 * unit));
    assert!(!is_product(6 * unit + 6_100_000_000, 2 * unit, 3 * unit));
    assert!(is_product(0, 1, 1), "a product finer than 1e-18 is no difference");
    assert!(!is_product(0, unit, unit));
}

#[test]
fn lists_are_in_order_and_every_category_has_an_other() {
    let lists = [values::CHARGE_CATEGORIES, values::SERVICE_CATEGORIES, values::PRICING_CATEGORIES, values::CHARGE_FREQUENCIES];
    assert!(lists.iter().all(|list| list.is_sorted()));
    assert!(values::SERVICE_SUBCATEGORIES.is_sorted_by_key(|(name, _)| *name));
    assert_eq!(values::SERVICE_SUBCATEGORIES.len() + values::SERVICE_CATEGORIES.len(), 82);
    assert!(is_subcategory("Other (Compute)", "Compute") && !is_subcategory("Other (Compute)", "Storage"));
    assert!(values::SERVICE_SUBCATEGORIES.iter().all(|(_, category)| values::SERVICE_CATEGORIES.contains(category)));
}

#[test]
fn no_rule_is_there_twice() {
    let mut ids = rule_ids();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
}

/// Every id is one of the models, where they are to be had.
#[test]
#[allow(clippy::disallowed_methods)]
fn ids_are_those_of_the_requirement_models() {
    let Some(folder) = std::env::var_os("FARTHING_SHARED") else { return println!("skipped: FARTHING_SHARED is not set") };
    let ids = |file: &str| -> serde_json::Value {
        let path = std::path::Path::new(&folder).join("data/focus/models").join(file);
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    };
    let (earlier, later) = (ids("model-1.2.0.1.json"), ids("model-1.3.json"));
    for (rule, in_1_2, in_1_3) in super::rule_ids() {
        assert!(later["ModelRules"].get(in_1_3).is_some(), "{in_1_3} is no rule of 1.3");
        assert!(rule > crate::Version::V1_2 || earlier["ModelRules"].get(in_1_2).is_some(), "{in_1_2} is no rule of 1.2");
    }
}

proptest! {
    #[test]
    fn whole_prices_and_quantities_give_their_product(price in 0_i128..1_000_000, quantity in 0_i128..1_000_000, off in 1_i128..10) {
        let unit = 10_i128.pow(18);
        prop_assert!(is_product(price * quantity * unit, price * unit, quantity * unit));
        prop_assert!(!is_product((price * quantity + 2000 * off) * unit, price * unit, quantity * unit));
    }
}
