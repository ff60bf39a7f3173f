use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::number::to_f64;
use crate::oracle;

const HAND: &str = include_str!("instances/hand.json");

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

fn changed(change: impl Fn(&mut Value)) -> Result<Instance, String> {
    let mut value: Value = serde_json::from_str(HAND).unwrap();
    change(&mut value);
    Instance::from_json(&value.to_string()).map_err(|e| e.to_string())
}

fn optimum(instance: &Instance) -> Outcome {
    solve(instance, &Limits::default()).unwrap()
}

fn words(outcome: &Outcome) -> Vec<String> {
    assert_eq!(outcome.proof.status, Status::Infeasible);
    outcome.proof.relaxations.iter().map(ToString::to_string).collect()
}

#[test]
fn the_hand_instance_has_the_optimum_and_the_prices_that_model_md_works_out() {
    let instance = Instance::from_json(HAND).unwrap();
    let outcome = optimum(&instance);
    assert_eq!((outcome.proof.status, outcome.proof.objective), (Status::Optimal, Some(amount("155.4"))));
    let routes: Vec<_> =
        outcome.routes.iter().map(|r| (r.handler.as_str(), r.decisions.to_string(), r.share.to_string())).collect();
    let expected = [("small", "440", "0.44"), ("large", "510", "0.51"), ("team", "50", "0.05")];
    assert_eq!(routes, expected.map(|(h, n, s)| (h, n.to_owned(), s.to_owned())));
    let price = |name: &str| outcome.prices.iter().find(|p| p.constraint == name).map_or(0.0, |p| p.price);
    for (name, expected) in [
        ("the quality of claim", 1.8),
        ("what people decide of claim", 1.828),
        ("the volume of claim", 0.1554),
        ("the capacity of team", 0.0),
    ] {
        assert!((price(name) - expected).abs() < 1e-9, "{name}: {}", price(name));
    }
    oracle::agrees(&program(&instance), 155.4);
}

#[test]
fn a_shadow_price_is_what_one_more_unit_costs() {
    let instance = Instance::from_json(HAND).unwrap();
    let base = to_f64(optimum(&instance).proof.objective.unwrap());
    // A thousandth of quality is one right answer of 1,000.
    let better = changed(|v| v["decisions"][0]["least_quality"] = json!("0.931")).unwrap();
    assert!((to_f64(optimum(&better).proof.objective.unwrap()) - base - 1.8).abs() < 1e-6);
    let curve: Vec<Option<String>> = optimum(&instance).demand.iter().map(|at| at.cost.map(|c| c.to_string())).collect();
    let proportional = ["108.78", "132.09", "178.71", "202.02", "310.8"].map(|c| Some(c.to_owned()));
    assert_eq!(curve[..5], proportional, "nothing is scarce yet");
    assert_eq!(curve[5], None, "3,000 decisions ask for 150 of the team and it takes 100");
}

#[test]
fn residence_and_speed_rule_handlers_out() {
    let instance = changed(|v| {
        v["handlers"][0]["region"] = json!("us");
        v["handlers"][1]["region"] = json!("eu");
        v["handlers"][2]["region"] = json!("eu");
        v["decisions"][0]["regions"] = json!(["eu"]);
    });
    let outcome = optimum(&instance.unwrap());
    assert!(outcome.routes.iter().all(|r| r.handler != "small"));
    let slow = changed(|v| {
        v["handlers"][1]["handles"]["claim"]["latency"] = json!(9);
        v["decisions"][0]["slowest"] = json!(5);
        v["decisions"][0]["least_quality"] = json!("0.905");
    });
    let outcome = optimum(&slow.unwrap());
    assert!(outcome.routes.iter().all(|r| r.handler != "large"), "{:?}", outcome.routes);
}

#[test]
fn mean_latency_is_kept_and_has_a_price() {
    let instance = changed(|v| {
        v["handlers"][0]["handles"]["claim"]["latency"] = json!(1);
        v["handlers"][1]["handles"]["claim"]["latency"] = json!(4);
        v["handlers"][2]["handles"]["claim"]["latency"] = json!(60);
        v["decisions"][0]["most_latency"] = json!("5.5");
        v["handlers"][2]["capacity"] = json!(1000);
    });
    let outcome = optimum(&instance.unwrap());
    // 440 + 4·510 + 60·50 = 5,480 seconds of 5,500: it does not bind, and has no price.
    assert!(outcome.prices.iter().all(|p| p.constraint != "the latency of all claim"));
    let words = words(&optimum(
        &changed(|v| {
            v["handlers"][2]["handles"]["claim"]["latency"] = json!(60);
            v["decisions"][0]["most_latency"] = json!(2);
        })
        .unwrap(),
    ));
    assert_eq!(words, ["lower what people decide of claim from 50 to 33.333333 decisions"]);
}

#[test]
fn what_cannot_be_met_is_named_with_the_least_that_helps() {
    let short = changed(|v| v["decisions"][0]["least_human"] = json!("0.2")).unwrap();
    let said = words(&optimum(&short));
    assert!(
        said == ["raise the capacity of team from 100 to 200 units"]
            || said == ["lower what people decide of claim from 200 to 100 decisions"],
        "{said:?}"
    );
    let poor = changed(|v| v["budget"] = json!(100)).unwrap();
    assert_eq!(words(&optimum(&poor)).len(), 1);
}

#[test]
fn handlers_that_get_nothing_say_how_much_cheaper_they_would_have_to_be() {
    let instance = changed(|v| {
        let medium =
            json!({"id": "medium", "kind": "model", "size": "32B", "handles": {"claim": {"cost": "0.08", "quality": "0.92"}}});
        v["handlers"].as_array_mut().unwrap().push(medium);
    });
    let outcome = optimum(&instance.unwrap());
    assert_eq!((outcome.considered.len(), outcome.considered[0].handler.as_str()), (1, "medium"));
    // Its quality is worth 0.01 + 0.02·1.80 = 0.046.
    assert!((outcome.considered[0].cheaper_by - 0.034).abs() < 1e-9);
}

#[test]
fn the_verifier_finds_every_kind_of_violation() {
    let instance = changed(|v| v["budget"] = json!(150)).unwrap();
    let routes: Routes = [((0, 0), amount("800")), ((0, 2), amount("120"))].into_iter().collect();
    let broken = verify(&instance, &routes).unwrap_err().join("\n");
    for part in
        ["fewer decisions are routed", "quality of claim is too low", "team has too little capacity", "budget is exceeded"]
    {
        assert!(broken.contains(part), "{part} is missing in {broken}");
    }
    let routes: Routes = [((0, 0), amount("1010"))].into_iter().collect();
    let broken = verify(&instance, &routes).unwrap_err().join("\n");
    assert!(broken.contains("more decisions are routed") && broken.contains("people decide too few"), "{broken}");
}

#[test]
fn errors_name_the_field() {
    let message = |change: fn(&mut Value)| changed(change).unwrap_err();
    assert!(
        message(|v| v["handlers"][0]["kind"] = json!("robot"))
            .contains("handlers[0].kind: \"robot\" stands where `model` or `person`")
    );
    assert!(
        message(|v| v["decisions"][0]["regions"] = json!(["mars"]))
            .contains("decisions[0].regions: no handler is in the region mars")
    );
    assert!(
        message(|v| v["handlers"][0]["handles"] = json!({"x": {"cost": 1}}))
            .contains("handlers[0].handles.x: there is no decision x; known are claim")
    );
    assert!(message(|v| v["decisions"][0]["least_quality"] = json!(93)).contains("must be from 0 to 1"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever the instance: a plan passes its verifier and its duals price the right-hand sides (strong duality).
    #[test]
    fn the_prices_of_what_binds_sum_to_the_cost(
        handlers in prop::collection::vec((1_i64..100, 50_i64..100, 50_i64..900), 2..6),
        quality in 50_i64..95,
        volume in 1_i64..800,
    ) {
        let handlers: Vec<Value> = handlers.iter().enumerate().map(|(i, (cost, quality, capacity))| json!({"id": format!("h{i}"), "kind": "model", "capacity": capacity,
            "handles": {"d": {"cost": cost, "quality": format!("0.{quality:02}")}}})).collect();
        let value = json!({"decisions": [{"id": "d", "volume": volume, "least_quality": format!("0.{quality:02}")}], "handlers": handlers});
        let instance = Instance::from_json(&value.to_string()).unwrap();
        let outcome = optimum(&instance);
        if let Some(cost) = outcome.proof.objective {
            // The price of volume has that of its quality in it; capacities stand for themselves.
            let capacities = instance.handlers.iter().map(|h| (format!("the capacity of {}", h.id), to_f64(h.capacity.unwrap())));
            let price = |name: &str| outcome.prices.iter().find(|p| p.constraint == name).map_or(0.0, |p| p.price);
            let total: f64 = volume as f64 * price("the volume of d") + capacities.map(|(name, c)| c * price(&name)).sum::<f64>();
            prop_assert!((total - to_f64(cost)).abs() < 1e-4 * to_f64(cost).max(1.0), "{total} and {cost}");
        } else {
            prop_assert!(!outcome.proof.relaxations.is_empty());
        }
    }
}
