use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::number::{from_rational, to_f64, to_rational};
use crate::oracle;

const LADDER: &str = include_str!("instances/ladder.json");

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

fn instance(value: &Value) -> Instance {
    Instance::from_json(&value.to_string()).unwrap()
}

fn optimum(instance: &Instance) -> Outcome {
    solve(instance, &Limits::default()).unwrap()
}

#[test]
fn the_ladder_has_the_optimum_that_model_md_proves() {
    let instance = Instance::from_json(LADDER).unwrap();
    let outcome = optimum(&instance);
    assert_eq!((outcome.proof.status, outcome.proof.objective), (Status::Optimal, Some(amount("49056"))));
    let bought: Vec<_> = outcome.purchases.iter().map(|p| (p.month, p.quantity, p.ends)).collect();
    assert_eq!(bought, [(0, amount("2"), 12), (6, amount("4"), 18)]);
    assert_eq!(outcome.break_even[0].utilisation, amount("0.6"));
    // Without new ones: the four for half a year, the rest on demand.
    let nothing = amount("10512").checked_add(amount("4380").checked_mul(amount("12")).unwrap()).unwrap();
    assert_eq!(outcome.alternatives[0].objective, Some(nothing));
    // In prices of a month, this plan and the right one: 49.2 and 48 at 70 %, 58.2 and 57.6, 81.6 and 77.4, 96 and 87.6 at 130 %.
    let regret: Vec<String> = outcome.sensitivity.iter().map(|s| s.regret.to_string()).collect();
    assert_eq!(regret, ["876", "438", "3066", "6132"]);
    let priced = outcome.priced.unwrap();
    assert_eq!(priced.cash.iter().copied().sum::<Amount>(), priced.expected, "nothing is paid upfront");
    oracle::agrees(&program(&instance), 49_056.0);
}

/// The hour of AWS's documentation; the rates are facts of that page.
fn aws_hour(commitment: Value, reserved: bool) -> Value {
    let mut offers = vec![json!({"id": "sp", "product": "aws_compute_savings_plan", "term_months": 12,
        "rates": {"r5": 0.7, "vcpu": 0.03, "gb": 0.003, "m5": 8.2, "lambda": "0.00001275", "requests": "0.0000002"}})];
    let mut existing = vec![json!({"offer": "sp", "quantity": commitment, "ends": 12})];
    if reserved {
        offers.push(json!({"id": "ri", "product": "aws_reserved_instance", "term_months": 12, "hourly": 0, "covers": {"r5": 1}}));
        existing.push(json!({"offer": "ri", "quantity": 2, "ends": 12}));
    }
    json!({"slots": [{"month": 0, "hours": 1}],
        "items": [{"id": "r5", "on_demand": 1}, {"id": "vcpu", "on_demand": 0.04}, {"id": "gb", "on_demand": 0.004},
            {"id": "m5", "on_demand": 10}, {"id": "lambda", "on_demand": "0.000015"}, {"id": "requests", "on_demand": "0.0000002"}],
        "scenarios": [{"id": "hour", "probability": 1, "usage": {"r5": [4], "vcpu": [400], "gb": [1600], "m5": [1], "lambda": [1500000], "requests": [1000000]}}],
        "offers": offers, "existing": existing})
}

fn hour_cost(commitment: Value, reserved: bool) -> Priced {
    verify(&instance(&aws_hour(commitment, reserved)), &[]).unwrap()
}

#[test]
fn aws_own_hour_is_billed_as_aws_bills_it() {
    assert_eq!(hour_cost(json!(0), false).expected, amount("59.1"));
    let covered = hour_cost(json!(50), false);
    assert_eq!((covered.expected, covered.on_demand), (amount("50"), Amount::ZERO));
    assert_eq!(covered.offers[0].utilisation, amount("0.9425"), "47.125 of 50 are used");
    assert_eq!(hour_cost(json!(2), false).expected.round(6), amount("58.242857"));
    assert_eq!(hour_cost(json!("18.20"), true).expected, amount("50.9"));
    assert_eq!(hour_cost(json!("47.125"), false).expected, amount("47.125"));
}

#[test]
fn the_shared_worked_example_has_the_same_truths() {
    let Some(shared) = oracle::shared() else { return };
    let text = std::fs::read_to_string(shared.join("solver/commitments/aws_savings_plan_worked_example.json")).unwrap();
    let truths = &serde_json::from_str::<Value>(&text).unwrap()["truths"];
    let near = |name: &str, cost: Amount| {
        assert!((truths[name].as_f64().or(truths[name][0].as_f64()).unwrap() - to_f64(cost)).abs() < 5e-7, "{name}")
    };
    near("on_demand_total", hour_cost(json!(0), false).expected);
    near("all_at_sp_rates", hour_cost(json!("47.125"), false).expected);
    near("bill_commit_50", hour_cost(json!(50), false).expected);
    near("bill_commit_2", hour_cost(json!(2), false).expected);
    near("bill_commit_18.20_with_2_r5_RIs(excl RI fee)", hour_cost(json!("18.20"), true).expected);
}

#[test]
fn narrow_plans_come_before_broad_ones_and_the_own_account_first() {
    let instance = instance(&json!({"slots": [{"month": 0}],
        "items": [{"id": "a", "on_demand": 10, "account": "one"}, {"id": "b", "on_demand": 10, "account": "two"}],
        "scenarios": [{"id": "s", "probability": 1, "usage": {"a": [1], "b": [1]}}],
        "offers": [{"id": "compute", "product": "aws_compute_savings_plan", "term_months": 12, "rates": {"a": 5, "b": 6}, "account": "two"},
            {"id": "ec2", "product": "aws_ec2_instance_savings_plan", "term_months": 12, "rates": {"a": 4}}]}));
    let held = |index: usize, quantity: &str| Holding { offer: &instance.offers[index], quantity: amount(quantity) };
    let usage = [Amount::ONE, Amount::ONE];
    let open = |holdings: &[Holding<'_>]| {
        let bill = Application::new(&instance.items, holdings).bill(&usage);
        bill.on_demand.iter().map(|u| from_rational(u).unwrap()).collect::<Vec<_>>()
    };
    // Though a saves 50 % and b 40 %, the plan of account two covers b first.
    assert_eq!(open(&[held(0, "6")]), [Amount::ONE, Amount::ZERO]);
    // The narrow plan takes half of a; the broad one then has enough for b and the rest of a.
    assert_eq!(open(&[held(0, "8.5"), held(1, "2")]), [Amount::ZERO, Amount::ZERO]);
    let bill = Application::new(&instance.items, &[held(0, "9"), held(1, "2")]).bill(&usage);
    assert_eq!(bill.unused(0, amount("9")), to_rational(amount("0.5")));
}

/// One item, one offer of discount d without upfront, an hour a slot.
fn constant_commitment(demand: &[u32], discount: &str) -> Value {
    let price = Amount::ONE.checked_sub(amount(discount)).unwrap();
    let slots: Vec<Value> = demand.iter().map(|_| json!({"month": 0, "hours": 1})).collect();
    json!({"slots": slots, "items": [{"id": "gpu", "on_demand": 1}],
        "scenarios": [{"id": "seen", "probability": 1, "usage": {"gpu": demand}}],
        "offers": [{"id": "1y", "product": "gcp_resource_cud", "term_months": 12, "hourly": price, "covers": {"gpu": 1}}]})
}

#[test]
fn the_quantile_rule_gives_the_answers_of_the_servegen_cases() {
    let Some(shared) = oracle::shared() else { return };
    let rates = std::fs::read_to_string(shared.join("traces/servegen/model_rate_10min.csv")).unwrap();
    let mut hourly: BTreeMap<String, BTreeMap<u64, f64>> = BTreeMap::new();
    for line in rates.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let hour = cells[2].parse::<u64>().unwrap() / 3_600;
        let most = hourly.entry(cells[1].to_owned()).or_default().entry(hour).or_insert(0.0);
        *most = most.max(cells[3].parse().unwrap());
    }
    let text = std::fs::read_to_string(shared.join("solver/commitments/servegen_constant_commitment_truth.json")).unwrap();
    let truth: Value = serde_json::from_str(&text).unwrap();
    for row in truth["rows"].as_array().unwrap() {
        let rates: Vec<f64> = hourly[row["model"].as_str().unwrap()].values().copied().collect();
        let capacity = rates.iter().copied().fold(0.0, f64::max) / 40.0;
        let demand: Vec<u32> = rates.iter().map(|rate| (rate / capacity - 1e-9).ceil() as u32).collect();
        assert_eq!(demand.len() as u64, row["hours"].as_u64().unwrap());
        let outcome = optimum(&instance(&constant_commitment(&demand, &row["discount"].to_string())));
        assert_eq!(outcome.proof.status, Status::Optimal);
        let commit = outcome.purchases[0].quantity;
        assert_eq!(commit, Amount::from_int(row["optimal_commit"].as_i64().unwrap()), "{row}");
        assert_eq!(outcome.proof.objective, Some(amount(&row["cost"].to_string())), "{row}");
    }
}

#[test]
fn upfront_is_spread_over_the_term_and_paid_in_cash() {
    let instance = instance(
        &json!({"months": 2, "hours_per_month": 100, "slots": [{"month": 0, "hours": 100}, {"month": 1, "hours": 100}],
        "items": [{"id": "gpu", "on_demand": 1}], "scenarios": [{"id": "s", "probability": 1, "usage": {"gpu": [1, 1]}}],
        "offers": [{"id": "partial", "product": "azure_reservation", "term_months": 12, "upfront": 300, "hourly": 0.25, "covers": {"gpu": 1}}]}),
    );
    let outcome = optimum(&instance);
    let priced = outcome.priced.unwrap();
    assert_eq!(priced.expected, amount("100"), "0.25 + 300 ÷ 1200 an hour");
    assert_eq!(priced.cash, [amount("325"), amount("25")]);
    assert_eq!((priced.upfront, priced.coverage), (amount("300"), Amount::ONE));
}

#[test]
fn a_long_term_is_bought_for_a_short_horizon_only_where_the_rest_is_not_charged() {
    let of = |beyond: &str| {
        optimum(&instance(
            &json!({"months": 12, "slots": [{"month": 0, "hours": 8760}], "items": [{"id": "gpu", "on_demand": 1}], "beyond_horizon": beyond,
            "scenarios": [{"id": "s", "probability": 1, "usage": {"gpu": [1]}}],
            "offers": [{"id": "3y", "product": "aws_reserved_instance", "term_months": 36, "hourly": "0.4", "covers": {"gpu": 1}},
                {"id": "1y", "product": "aws_reserved_instance", "term_months": 12, "hourly": "0.6", "covers": {"gpu": 1}}]}),
        ))
    };
    let (spread, charged) = (of("spread"), of("charged"));
    assert_eq!((spread.purchases[0].offer.as_str(), spread.proof.objective), ("3y", Some(amount("3504"))));
    assert_eq!((charged.purchases[0].offer.as_str(), charged.proof.objective), ("1y", Some(amount("5256"))));
    assert_eq!(charged.alternatives[1].objective, Some(amount("8760")), "3y would cost 10,512 in all, so nothing is bought");
}

/// Effective prices of x2iedn.32xlarge as they are published, bought year by year or for three years.
#[test]
fn real_reservations_are_chosen_by_use_and_term() {
    let Some(shared) = oracle::shared() else { return };
    let text = std::fs::read_to_string(shared.join("prices/commitments/ec2_reserved_x2iedn.32xlarge_all_regions.csv")).unwrap();
    let mut offers = Vec::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.split(',').collect();
        if (cells[1], cells[2]) == ("us-east-1", "linux") {
            let months = if cells[6].starts_with("yrTerm3") { 36 } else { 12 };
            offers.push(json!({"id": cells[6], "product": "aws_reserved_instance", "term_months": months, "hourly": cells[7], "covers": {"vm": 1}, "most": 10}));
        }
    }
    assert_eq!(offers.len(), 12);
    // Two are always used, a third one for 40 % of the hours, for three years.
    let slots: Vec<Value> = (0..3)
        .flat_map(|year| [json!({"month": 12 * year, "hours": 3504}), json!({"month": 12 * year, "hours": 5256})])
        .collect();
    let outcome = optimum(&instance(
        &json!({"months": 36, "slots": slots, "purchase_months": [0, 12, 24], "items": [{"id": "vm", "on_demand": "26.676"}],
        "scenarios": [{"id": "s", "probability": 1, "usage": {"vm": [3, 2, 3, 2, 3, 2]}}], "offers": offers, "beyond_horizon": "charged"}),
    ));
    let bought: Vec<_> = outcome.purchases.iter().map(|p| (p.offer.as_str(), p.month, p.quantity)).collect();
    // The cheapest pays for itself at 7.447412 ÷ 26.676 = 28 % of the hours: all three.
    assert_eq!(bought, [("yrTerm3Standard.allUpfront", 0, amount("3"))]);
    assert_eq!(outcome.proof.objective, amount("7.447412").checked_mul(amount("78840")));
    assert_eq!(outcome.proof.status, Status::Optimal);
}

#[test]
fn provisioned_throughput_has_a_minimum_and_an_increment() {
    let of = |demand: u32| {
        let instance = instance(&json!({"slots": [{"month": 0, "hours": 730}], "items": [{"id": "tokens", "on_demand": 1}],
            "scenarios": [{"id": "s", "probability": 1, "usage": {"tokens": [demand]}}],
            "offers": [{"id": "ptu", "product": "provisioned_throughput", "term_months": 1, "hourly": 2, "covers": {"tokens": 4},
                "minimum": 15, "increment": 5, "most": 1000}]}));
        optimum(&instance).purchases.first().map(|p| p.quantity)
    };
    // 15 units cost 30 an hour and serve 60: worth it from demand 30 on. Five more cost 10 and serve 20 more.
    assert_eq!(of(29), None);
    assert_eq!(of(31), Some(amount("15")));
    assert_eq!(of(69), Some(amount("15")));
    assert_eq!(of(71), Some(amount("20")));
}

fn risky(weight: &str) -> Outcome {
    optimum(&instance(&json!({"slots": [{"month": 0, "hours": 1}], "items": [{"id": "gpu", "on_demand": 1}],
        "scenarios": [{"id": "low", "probability": "0.7", "usage": {"gpu": [2]}}, {"id": "high", "probability": "0.3", "usage": {"gpu": [10]}}],
        "offers": [{"id": "1y", "product": "azure_savings_plan", "term_months": 12, "rates": {"gpu": "0.5"}}],
        "risk": {"level": "0.9", "weight": weight}})))
}

#[test]
fn who_fears_bad_cases_commits_to_more() {
    let (calm, afraid) = (risky("0"), risky("0.5"));
    assert_eq!(calm.purchases[0].quantity, Amount::ONE, "two units at 0.5");
    // Mean: 1 + 0.3·8 = 3.4. Afraid: all ten are covered for 5 in every case.
    assert_eq!((calm.proof.objective, calm.priced.unwrap().tail), (Some(amount("3.4")), Some(amount("9"))));
    assert_eq!(afraid.purchases[0].quantity, amount("5"));
    let priced = afraid.priced.unwrap();
    assert_eq!((priced.expected, priced.tail, afraid.proof.objective), (amount("5"), Some(amount("5")), Some(amount("5"))));
    assert_eq!((calm.proof.status, afraid.proof.status), (Status::Optimal, Status::Optimal));
}

#[test]
fn a_policy_that_cannot_be_kept_says_what_to_relax() {
    let outcome = optimum(&instance(&json!({"slots": [{"month": 0, "hours": 730}], "items": [{"id": "gpu", "on_demand": 1}],
        "scenarios": [{"id": "s", "probability": 1, "usage": {"gpu": [10]}}],
        "offers": [{"id": "all upfront", "product": "aws_reserved_instance", "term_months": 12, "upfront": 4000, "hourly": 0, "covers": {"gpu": 1}}],
        "policy": {"upfront_limit": 20000, "least_coverage": "0.8"}})));
    assert_eq!(outcome.proof.status, Status::Infeasible);
    let words: Vec<String> = outcome.proof.relaxations.iter().map(ToString::to_string).collect();
    assert_eq!(words, ["raise the upfront limit from 20000 to 32000 money"]);
}

#[test]
fn several_plans_are_priced_in_the_providers_order_with_an_honest_gap() {
    // The narrow plan for a is held already; the broad one could serve a and b.
    let text = json!({"slots": [{"month": 0, "hours": 100}, {"month": 0, "hours": 50}],
        "items": [{"id": "a", "on_demand": 1}, {"id": "b", "on_demand": 1}],
        "scenarios": [{"id": "s", "probability": 1, "usage": {"a": [4, 1], "b": [3, 5]}}],
        "offers": [{"id": "ec2", "product": "aws_ec2_instance_savings_plan", "term_months": 12, "rates": {"a": "0.5"}},
            {"id": "compute", "product": "aws_compute_savings_plan", "term_months": 12, "rates": {"a": "0.6", "b": "0.7"}}]});
    let instance = instance(&text);
    let outcome = optimum(&instance);
    let priced = outcome.priced.unwrap();
    assert!(outcome.proof.bound.unwrap() <= to_f64(priced.objective) + 1e-9);
    assert!(outcome.proof.gap.unwrap() < 0.05, "{:?}", outcome.proof);
    assert!(outcome.alternatives.iter().all(|a| a.difference.unwrap() >= -amount("0.000001")), "{:?}", outcome.alternatives);
    oracle::agrees(&program(&instance), outcome.proof.bound.unwrap());
}

#[test]
fn coverage_is_that_of_the_providers_order() {
    // The program would give b to the narrow plan and a to the broad one; the provider gives a to the narrow plan first.
    let of = |least: &str| {
        optimum(&instance(
            &json!({"slots": [{"month": 0, "hours": 100}], "items": [{"id": "a", "on_demand": 1}, {"id": "b", "on_demand": 1}],
            "scenarios": [{"id": "s", "probability": 1, "usage": {"a": [10], "b": [10]}}],
            "offers": [{"id": "narrow", "product": "aws_ec2_instance_savings_plan", "term_months": 12, "rates": {"a": "0.5", "b": "0.6"}, "most": 6},
                {"id": "broad", "product": "aws_compute_savings_plan", "term_months": 12, "rates": {"a": "0.7"}}],
            "policy": {"least_coverage": least}}),
        ))
    };
    let kept = of("0.55");
    // Six for the narrow plan and 8.333… on demand an hour; the broad plan would be idle and is dropped.
    assert_eq!((kept.purchases.len(), kept.purchases[0].offer.as_str(), kept.proof.status), (1, "narrow", Status::Feasible));
    assert_eq!(kept.priced.unwrap().expected.round(6), amount("1433.333333"));
    // Ten of a for 5, and 1 ÷ 0.6 of b.
    let broken = of("0.9");
    assert_eq!(broken.proof.status, Status::Infeasible);
    let words = broken.proof.relaxations[0].to_string();
    assert_eq!(words, "lower the least coverage: the provider's order of application reaches less from 0.9 to 0.58 share");
}

#[test]
fn errors_name_the_field() {
    let message = |change: fn(&mut Value)| {
        let mut value: Value = serde_json::from_str(LADDER).unwrap();
        change(&mut value);
        Instance::from_json(&value.to_string()).unwrap_err().to_string()
    };
    assert_eq!(
        message(|v| v["scenarios"][0]["usage"] = json!({"cpu": [1, 2, 3, 4]})),
        "scenarios[0].usage.cpu: there is no item cpu; known are gpu"
    );
    assert!(message(|v| v["scenarios"][0]["probability"] = json!(0.5)).contains("scenarios: the probabilities sum to 0.5"));
    assert!(
        message(|v| v["offers"][0]["product"] = json!("aws_ri"))
            .starts_with("offers[0].product: \"aws_ri\" stands where one of `aws_reserved_instance`")
    );
    assert!(
        message(|v| v["existing"][0]["offer"] = json!("3y")).contains("existing[0].offer: there is no offer 3y; known are 1y")
    );
    assert!(
        message(|v| v["purchase_months"] = json!([12]))
            .contains("purchase_months[0]: 12 is out of range; it must be from 0 to 11")
    );
    assert!(message(|v| v["slots"] = json!([])).contains("slots: there are no slots"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// The best constant commitment is the largest k in use in at least a share 1 − discount of the hours (newsvendor).
    #[test]
    fn one_offer_follows_the_quantile_rule(demand in prop::collection::vec(0_u32..12, 1..40), percent in 1_u32..99) {
        let discount = format!("0.{percent:02}");
        let outcome = optimum(&instance(&constant_commitment(&demand, &discount)));
        let used = |k: u32| demand.iter().filter(|d| **d >= k).count() as u32 * 100;
        let needed = |k: u32| used(k) >= (100 - percent) * demand.len() as u32;
        let rule = (1..=12).take_while(|k| needed(*k)).last().unwrap_or(0);
        let cost_of = |k: u32| -> Amount {
            let fixed = Amount::ONE.checked_sub(amount(&discount)).unwrap().checked_mul(Amount::from_int(i64::from(k) * demand.len() as i64)).unwrap();
            fixed + Amount::from_int(demand.iter().map(|d| i64::from(d.saturating_sub(k))).sum())
        };
        prop_assert_eq!(outcome.proof.status, Status::Optimal);
        prop_assert_eq!(outcome.proof.objective, Some(cost_of(rule)));
    }

    /// What is covered and what is on demand is the usage, and no holding gives more than it has.
    #[test]
    fn an_hour_conserves_usage_and_commitments(usage in prop::collection::vec(0_i64..50, 3), plan in 0_i64..100, units in 0_i64..20) {
        let value = json!({"slots": [{"month": 0}], "items": [{"id": "a", "on_demand": 1}, {"id": "b", "on_demand": 3}, {"id": "c", "on_demand": 0}],
            "scenarios": [{"id": "s", "probability": 1, "usage": {}}],
            "offers": [{"id": "p", "product": "aws_compute_savings_plan", "term_months": 12, "rates": {"a": 0.7, "b": 2.2, "c": 0.1}},
                {"id": "r", "product": "aws_reserved_instance", "term_months": 12, "hourly": 1, "covers": {"a": 3, "b": 1}}]});
        let instance = instance(&value);
        let holdings = [Holding { offer: &instance.offers[0], quantity: Amount::from_int(plan) }, Holding { offer: &instance.offers[1], quantity: Amount::from_int(units) }];
        let usage: Vec<Amount> = usage.into_iter().map(Amount::from_int).collect();
        let bill = Application::new(&instance.items, &holdings).bill(&usage);
        let mut left: Vec<_> = holdings.iter().map(|h| to_rational(h.quantity)).collect();
        for (used, left) in bill.used.iter().zip(&mut left) { *left -= used; }
        prop_assert!(left.iter().all(|l| *l >= to_rational(Amount::ZERO)));
        prop_assert!(bill.on_demand.iter().zip(&usage).all(|(open, used)| *open >= to_rational(Amount::ZERO) && *open <= to_rational(*used)));
        // Open usage and unused commitments do not meet.
        prop_assert!(left[0] == to_rational(Amount::ZERO) || bill.on_demand.iter().all(|o| *o == to_rational(Amount::ZERO)));
    }
}
