use crate::tests::{Bill, amount, rules, totals};
use crate::{Attribution, AttributionError, RuleSet, attribute};

/// Units a to d and two services, each charged by its `unit` tag.
fn with_pools(pools: &str) -> RuleSet {
    let units = ["a", "b", "c", "d", "it", "hr"].map(|id| format!("{{ id = \"{id}\" }}")).join(", ");
    rules(&format!("units = [{units}]\nrules = [{{ id = \"by-unit\", unit_from_tag = \"unit\" }}]\n{pools}"))
}

fn bill(rules: &RuleSet, charges: &[(&str, &str)]) -> Bill {
    charges.iter().fold(Bill::new(rules), |bill, (unit, amount)| bill.charge(amount, &[("tag:unit", unit)]))
}

fn lines(answer: &Attribution) -> Vec<String> {
    let line = |l: &crate::PoolLine| {
        format!("{} {} {} {}/{} {}: {}", l.pool, l.unit, l.driver, l.quantity, l.total_quantity, l.share, l.costs.billed)
    };
    answer.pools.iter().map(line).collect()
}

#[test]
fn a_split_shows_quantity_and_total_and_takes_the_money_from_its_source() {
    let rules = with_pools("[[pools]]\nid = \"it\"\nunit = \"it\"\ndriver = \"tokens\"");
    let bill = bill(&rules, &[("it", "100"), ("a", "1")]).used("tokens", "a", 25).used("tokens", "b", 75).used("tokens", "hr", 0);
    let answer = bill.attribute(&rules);
    assert_eq!(lines(&answer), ["it it tokens 100/100 -1: -100", "it a tokens 25/100 0.25: 25", "it b tokens 75/100 0.75: 75"]);
    assert_eq!(totals(&answer), ["a 26", "b 75", "it 0"]);
    assert!(answer.is_proven() && answer.notes.is_empty());
}

#[test]
fn the_odd_unit_goes_to_the_first_unit_and_credits_are_shared_too() {
    let rules = with_pools("[[pools]]\nid = \"it\"\nunit = \"it\"\ndriver = \"even\"\nrecipients = [\"c\", \"a\", \"b\"]");
    let answer = bill(&rules, &[("it", "-100")]).attribute(&rules);
    assert_eq!(totals(&answer), ["a -33.333333333333333334", "b -33.333333333333333333", "c -33.333333333333333333", "it 0"]);
}

#[test]
fn a_missing_driver_falls_back_and_says_so() {
    let pool = |fallback: &str| with_pools(&format!("[[pools]]\nid = \"it\"\nunit = \"it\"\ndriver = \"requests\"\n{fallback}"));
    let charges = [("it", "90"), ("a", "1"), ("b", "2"), ("c", "-5")];
    let totals_with = |rules: &RuleSet| {
        let answer = bill(rules, &charges).attribute(rules);
        assert!(answer.is_proven());
        (totals(&answer), answer.notes[0].to_string())
    };
    let (totals, note) = totals_with(&pool("fallback = \"direct_cost\""));
    assert_eq!(totals, ["a 31", "b 62", "c -5", "it 0"]);
    assert_eq!(note, "pool \"it\" (USD): no recipient has any requests, so it was split by direct_cost");
    let (totals, _) = totals_with(&pool("fallback = \"even\""));
    assert_eq!(totals, ["a 19", "b 20", "c 13", "d 18", "hr 18", "it 0"]);
    let (totals, note) = totals_with(&pool(""));
    assert_eq!(totals, ["a 1", "b 2", "c -5", "it 90"]);
    assert_eq!(note, "pool \"it\" (USD): no recipient has any requests, so it was kept on its own unit");
}

#[test]
fn stages_step_down_in_their_order_and_a_stage_in_the_order_of_giving() {
    let pools = |it: u32, hr: u32| {
        with_pools(&format!(
            "[[pools]]\nid = \"hr\"\nunit = \"hr\"\nstage = {hr}\ndriver = \"even\"\nrecipients = [\"a\", \"b\"]\n\
             [[pools]]\nid = \"it\"\nunit = \"it\"\nstage = {it}\ndriver = \"fixed\"\nweights = {{ hr = 0.5, a = \"1.5\" }}"
        ))
    };
    let charges = [("it", "80"), ("hr", "10")];
    for (it, hr) in [(1, 2), (1, 1)] {
        let rules = pools(it, hr);
        assert_eq!(rules.warnings(), []);
        assert_eq!(totals(&bill(&rules, &charges).attribute(&rules)), ["a 75", "b 15", "hr 0", "it 0"]);
    }
    let late = pools(2, 1);
    assert_eq!(late.warnings().len(), 1);
    assert_eq!(totals(&bill(&late, &charges).attribute(&late)), ["a 65", "b 5", "hr 20", "it 0"]);
}

const MUTUAL: &str = r#"
[[pools]]
id = "it"
unit = "it"
driver = "fixed"
reciprocal = true
weights = { hr = 20, a = 30, b = 50 }
[[pools]]
id = "hr"
unit = "hr"
driver = "fixed"
reciprocal = true
weights = { it = 10, a = 60, b = 30 }
"#;

/// By hand: T_it = 100 + 0.1·T_hr and T_hr = 50 + 0.2·T_it, so T_it = 105/0.98 and T_hr = 70/0.98;
/// a = 0.3·T_it + 0.6·T_hr = 73.5/0.98 = 75, b = 0.5·T_it + 0.3·T_hr = 73.5/0.98 = 75.
#[test]
fn pools_that_give_to_each_other_are_solved_together() {
    let rules = with_pools(MUTUAL);
    let answer = bill(&rules, &[("it", "100"), ("hr", "50")]).attribute(&rules);
    assert_eq!(totals(&answer), ["a 75", "b 75", "hr 0", "it 0"]);
    insta::assert_snapshot!(lines(&answer).join("\n"));
    assert!(answer.is_proven());
}

#[test]
fn pools_that_give_to_nobody_else_are_refused() {
    let rules = with_pools(&MUTUAL.replace(", a = 30, b = 50", "").replace(", a = 60, b = 30", ""));
    let bill = bill(&rules, &[("it", "100")]);
    let error = attribute(&rules, &bill.charges(), &bill.drivers).unwrap_err();
    assert_eq!(error, AttributionError::Singular { pools: vec!["hr".into(), "it".into()] });
}

#[test]
fn a_pool_that_gives_to_pools_only_keeps_nothing() {
    let rules = with_pools(&MUTUAL.replace("a = 30, b = 50", "c = 0"));
    let answer = bill(&rules, &[("it", "0.000000000000000007"), ("hr", "0.00000000000000001")]).attribute(&rules);
    assert_eq!(totals(&answer), ["a 0.000000000000000011", "b 0.000000000000000006", "hr 0", "it 0"]);
}

#[test]
fn a_negative_driver_is_refused() {
    let rules = with_pools("[[pools]]\nid = \"it\"\nunit = \"it\"\ndriver = \"tokens\"");
    let bill = bill(&rules, &[("it", "1")]).used("tokens", "a", -1);
    let error = attribute(&rules, &bill.charges(), &bill.drivers).unwrap_err();
    assert!(matches!(error, AttributionError::NegativeDriver { .. }), "{error}");
}

#[test]
fn only_units_that_hold_in_the_window_receive() {
    let rules = rules(
        r#"
units = [{ id = "top" }, { id = "leaf", parent = "top" }, { id = "gone", until = 2026-05-01 }, { id = "pool" }]
rules = [{ id = "r", unit = "pool" }]
pools = [{ id = "p", unit = "pool", driver = "even" }, { id = "q", unit = "top", stage = 2, driver = "even", recipients = ["gone"] }]
"#,
    );
    let answer = Bill::new(&rules).charge("3", &[]).attribute(&rules);
    assert_eq!(totals(&answer), ["leaf 3", "pool 0"]);
    assert_eq!(answer.pools[1].costs.list, amount("12"));
}

/// The policies of the file format's reference: tax by use, credits kept, unused commitments by a fixed key.
#[test]
fn credits_tax_and_idle_follow_their_policies() {
    let rules = rules(
        r#"
units = [{ id = "claims" }, { id = "lending" }, { id = "platform" }, { id = "tax" }, { id = "idle" }]
rules = [
    { id = "tax", unit = "tax", when = { ChargeCategory = "Tax" } },
    { id = "credits-kept", unit = "platform", when = { ChargeCategory = "Credit" } },
    { id = "unused-commitments", unit = "idle", when = { CommitmentDiscountStatus = "Unused" } },
    { id = "by-team", unit_from_tag = "team" },
]
pools = [
    { id = "tax-by-use", unit = "tax", driver = "direct_cost" },
    { id = "idle-by-contract", unit = "idle", driver = "fixed", weights = { claims = 3, lending = 1 } },
]
"#,
    );
    let bill = Bill::new(&rules)
        .charge("60", &[("tag:team", "claims")])
        .charge("40", &[("tag:team", "lending")])
        .charge("19", &[("ChargeCategory", "Tax"), ("Tags", "{}")])
        .charge("-5", &[("ChargeCategory", "Credit")])
        .charge("8", &[("CommitmentDiscountStatus", "Unused")]);
    let answer = bill.attribute(&rules);
    // The platform's direct cost is below zero, so it takes no part in the tax.
    assert_eq!(totals(&answer), ["claims 77.4", "idle 0", "lending 49.6", "platform -5", "tax 0"]);
    assert!(answer.is_proven() && answer.unattributed.is_empty());
}
