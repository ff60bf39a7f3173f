use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::number::{from_rational, to_f64, to_rational};
use crate::oracle;

const HAND: &str = include_str!("instances/hand.json");

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

fn instance(value: &Value) -> Instance {
    Instance::from_json(&value.to_string()).unwrap()
}

fn optimum(instance: &Instance) -> Outcome {
    solve(instance, &Limits::default()).unwrap()
}

/// One need, one period, one scenario.
fn simple(demand: &str, contracts: &Value) -> Instance {
    instance(
        &json!({"periods": 1, "needs": [{"id": "n"}], "scenarios": [{"id": "s", "probability": 1, "demand": {"n": [demand]}}], "contracts": contracts}),
    )
}

#[test]
fn the_hand_instance_has_its_optimum_and_its_flips() {
    let instance = Instance::from_json(HAND).unwrap();
    let outcome = optimum(&instance);
    assert_eq!((outcome.proof.status, outcome.proof.objective), (Status::Optimal, Some(amount("960"))));
    let signed: Vec<bool> = outcome.contracts.iter().map(|c| c.signed).collect();
    assert_eq!(signed, [false, true]);
    let flip = outcome.contracts[1].flip.unwrap();
    assert_eq!((flip.factor.round(6), flip.proven, flip.without), (amount("1.25"), true, amount("1200")));
    // Pay as you go comes in when its price falls below what the units save: none beyond the minimum of 80, so 0.8.
    let entry = outcome.contracts[0].flip.unwrap();
    assert!(entry.proven && entry.factor <= amount("0.8"), "{entry:?}");
    oracle::agrees(&program(&instance), 960.0);
}

#[test]
fn every_kind_of_pricing_bills_as_its_words_say() {
    let tiers = json!([{"from": 0, "price": 2}, {"from": 100, "price": 1}, {"from": 200, "price": "0.5"}]);
    let cost = |demand: &str, pricing: Value| {
        let outcome = optimum(&simple(demand, &json!([{"id": "c", "serves": {"n": 1}, "pricing": pricing}])));
        (outcome.proof.status, outcome.proof.objective.unwrap().to_string(), outcome.contracts[0].count)
    };
    let graduated = json!({"kind": "graduated", "tiers": tiers});
    assert_eq!(cost("50", graduated.clone()).1, "100");
    assert_eq!(cost("150", graduated.clone()).1, "250");
    assert_eq!(cost("250", graduated).1, "325");
    let volume = json!({"kind": "volume", "tiers": tiers});
    assert_eq!(cost("99", volume.clone()).1, "198");
    assert_eq!(cost("100", volume.clone()).1, "100", "the tier holds from 100 on");
    assert_eq!(cost("250", volume).1, "125");
    let commit = json!({"kind": "commit", "minimum": 80, "price": "0.7"});
    assert_eq!((cost("10", commit.clone()).1, cost("200", commit).1), ("80".to_owned(), "140".to_owned()));
    let prepaid = json!({"kind": "prepaid", "pack_units": 100, "pack_price": 60, "overage": 1});
    assert_eq!(cost("250", prepaid.clone()), (Status::Optimal, "170".to_owned(), 2));
    assert_eq!(cost("261", prepaid), (Status::Optimal, "180".to_owned(), 3));
    let seats = json!({"kind": "seats", "seat_price": 25, "units_per_seat": 40, "minimum": 2});
    assert_eq!((cost("30", seats.clone()).2, cost("81", seats).2), (2, 3));
}

#[test]
fn rising_tiers_are_filled_in_order_and_shared_with_who_is_cheaper() {
    let contracts = json!([
        {"id": "cheap at first", "serves": {"n": 1}, "pricing": {"kind": "graduated", "tiers": [{"from": 0, "price": 1}, {"from": 60, "price": 5}]}},
        {"id": "flat", "serves": {"n": 1}, "fee": 7, "pricing": {"kind": "graduated", "tiers": [{"from": 0, "price": 2}]}}]);
    let outcome = optimum(&simple("100", &contracts));
    assert_eq!(outcome.proof.objective, Some(amount("147")));
    assert_eq!(outcome.contracts[0].units[0].units, amount("60"));
    let single = json!({"periods": 1, "needs": [{"id": "n", "single_source": true}], "scenarios": [{"id": "s", "probability": 1, "demand": {"n": [100]}}], "contracts": contracts});
    let outcome = optimum(&instance(&single));
    assert_eq!(outcome.proof.objective, Some(amount("207")), "one source pays 7 + 200, and not 60 + 200");
}

#[test]
fn packs_and_seats_are_bought_before_demand_is_known() {
    let value = json!({"periods": 1, "needs": [{"id": "n"}],
        "scenarios": [{"id": "low", "probability": "0.5", "demand": {"n": [100]}}, {"id": "high", "probability": "0.5", "demand": {"n": [300]}}],
        "contracts": [{"id": "packs", "serves": {"n": 1}, "pricing": {"kind": "prepaid", "pack_units": 100, "pack_price": 60, "overage": 1}}]});
    let outcome = optimum(&instance(&value));
    // The second and third pack cost 60 each and save 100 in half of the cases: one pack only.
    assert_eq!((outcome.contracts[0].count, outcome.proof.objective), (1, Some(amount("160"))));
    assert_eq!(outcome.scenarios, [amount("60"), amount("260")]);
}

#[test]
fn of_a_group_one_is_signed_and_what_is_signed_stays() {
    let pricing = |price: u32| json!({"kind": "graduated", "tiers": [{"from": 0, "price": price}]});
    let value = json!({"periods": 2, "needs": [{"id": "n"}], "scenarios": [{"id": "s", "probability": 1, "demand": {"n": [10, 10]}}],
        "contracts": [{"id": "basic", "serves": {"n": 1}, "group": "edition", "pricing": pricing(9)}, {"id": "pro", "serves": {"n": 1}, "group": "edition", "fee": 30, "pricing": pricing(5)},
            {"id": "old", "serves": {"n": 1}, "fee": 1, "signed": true, "pricing": pricing(50)}]});
    let outcome = optimum(&instance(&value));
    assert_eq!(outcome.proof.objective, Some(amount("162")), "2 + 60 + 100");
    let names: Vec<bool> = outcome.contracts.iter().map(|c| c.signed).collect();
    assert_eq!((names, outcome.contracts[2].flip), (vec![false, true, true], None));
    // Pro: 60φ + 100φ = 180 of basic at φ = 1.125.
    assert_eq!(outcome.contracts[1].flip.map(|f| (f.factor, f.proven)), Some((amount("1.125"), true)));
}

#[test]
fn too_few_seats_are_named_with_the_least_that_helps() {
    let contracts = json!([{"id": "bots", "serves": {"n": 1}, "pricing": {"kind": "seats", "seat_price": 25, "units_per_seat": 40, "most": 2}}]);
    let outcome = optimum(&simple("130", &contracts));
    assert_eq!(outcome.proof.status, Status::Infeasible);
    let words: Vec<String> = outcome.proof.relaxations.iter().map(ToString::to_string).collect();
    assert_eq!(words, ["raise the most seats of bots from 2 to 4 seats"]);
}

#[test]
fn the_verifier_finds_every_kind_of_violation() {
    let contracts = json!([{"id": "bots", "serves": {"n": 1}, "group": "g", "pricing": {"kind": "seats", "seat_price": 25, "units_per_seat": 40, "most": 2}},
        {"id": "flat", "serves": {"n": 1}, "group": "g", "signed": true, "pricing": {"kind": "graduated", "tiers": [{"from": 0, "price": 2}]}}]);
    let instance = simple("100", &contracts);
    let units = [((0, 0, 0, 0), amount("90")), ((1, 0, 0, 0), amount("5"))].into_iter().collect();
    let broken = verify(&instance, &Plan { signed: vec![true, false], counts: vec![2, 0], units }).unwrap_err().join("\n");
    for part in ["flat is signed already", "5 units of need 0 run under flat", "95 of 100 units", "seats are too few"] {
        assert!(broken.contains(part), "{part} is missing in {broken}");
    }
    let units = [((0, 0, 0, 0), amount("60")), ((1, 0, 0, 0), amount("40"))].into_iter().collect();
    let broken = verify(&instance, &Plan { signed: vec![true, true], counts: vec![3, 0], units }).unwrap_err().join("\n");
    assert!(broken.contains("3 packs or seats are not from 0 to 2") && broken.contains("2 contracts of the group g"), "{broken}");
}

#[test]
fn errors_name_the_field() {
    let message = |change: fn(&mut Value)| {
        let mut value: Value = serde_json::from_str(HAND).unwrap();
        change(&mut value);
        Instance::from_json(&value.to_string()).unwrap_err().to_string()
    };
    assert!(
        message(|v| v["contracts"][1]["pricing"]["kind"] = json!("flat"))
            .contains("contracts[1].pricing.kind: flat is not a kind of pricing")
    );
    assert!(
        message(|v| v["contracts"][0]["pricing"]["tiers"][0]["from"] = json!(1))
            .contains("contracts[0].pricing.tiers: tiers begin at 0")
    );
    assert!(
        message(|v| v["contracts"][0]["serves"] = json!({"gpu": 1}))
            .contains("contracts[0].serves.gpu: there is no need gpu; known are tokens")
    );
    let rising = message(|v| {
        v["contracts"][0]["pricing"] = json!({"kind": "volume", "tiers": [{"from": 0, "price": 1}, {"from": 5, "price": 2}]})
    });
    assert!(rising.contains("must not rise"), "{rising}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    /// One contract: the program finds what the contract's words say, whatever the tiers.
    #[test]
    fn one_contract_costs_what_its_words_say(demand in 1_i64..500, prices in prop::collection::vec(1_i64..20, 3), volume in any::<bool>()) {
        let mut prices = prices;
        if volume { prices.sort_unstable_by(|a, b| b.cmp(a)); }
        let tiers: Vec<Value> = prices.iter().enumerate().map(|(j, p)| json!({"from": 100 * j, "price": p})).collect();
        let kind = if volume { "volume" } else { "graduated" };
        let instance = simple(&demand.to_string(), &json!([{"id": "c", "serves": {"n": 1}, "pricing": {"kind": kind, "tiers": tiers}}]));
        let (Pricing::Graduated(tiers) | Pricing::Volume(tiers)) = &instance.contracts[0].pricing else { panic!("tiers were given") };
        let units = to_rational(Amount::from_int(demand));
        let expected = if volume { super::verify::volume(tiers, &units) } else { super::verify::graduated(tiers, &units) };
        let outcome = optimum(&instance);
        prop_assert_eq!(outcome.proof.objective, from_rational(&expected));
        prop_assert_eq!(outcome.proof.status, Status::Optimal);
    }

    /// At the flip both choices cost the same: V(φ*) = V₀, by solving there again.
    #[test]
    fn at_the_flip_both_choices_cost_the_same(demand in 10_i64..200, price in 1_i64..10, minimum in 0_i64..900, discounted in 1_i64..9) {
        let contracts = json!([{"id": "list", "serves": {"n": 1}, "pricing": {"kind": "graduated", "tiers": [{"from": 0, "price": price}]}},
            {"id": "commit", "serves": {"n": 1}, "pricing": {"kind": "commit", "minimum": minimum, "price": discounted}}]);
        let instance = simple(&demand.to_string(), &contracts);
        let flip = optimum(&instance).contracts[1].flip.unwrap();
        prop_assert!(flip.proven);
        let scaled = instance.with_factor(1, flip.factor).unwrap();
        let (_, there, _) = solve_with(&scaled, &Limits::default(), Some((1, true))).unwrap().unwrap();
        prop_assert!((to_f64(there.expected) - to_f64(flip.without)).abs() < 1e-6 * to_f64(flip.without));
    }
}
