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

fn taken(outcome: &Outcome) -> Vec<&str> {
    outcome.assets.iter().map(|a| a.option.as_str()).collect()
}

/// The best of all combinations that keep the limits.
fn by_enumeration(instance: &Instance) -> Option<Amount> {
    let mut choices = vec![vec![]];
    for asset in &instance.assets {
        choices = choices.iter().flat_map(|c| (0..asset.options.len()).map(move |o| [c.as_slice(), &[o]].concat())).collect();
    }
    choices.iter().filter_map(|c| verify(instance, instance.budget, c).ok()).map(|score| objective(instance, &score)).min()
}

#[test]
fn the_hand_instance_has_the_optimum_of_all_its_combinations() {
    let instance = Instance::from_json(HAND).unwrap();
    let outcome = optimum(&instance);
    assert_eq!((outcome.proof.status, outcome.proof.objective), (Status::Optimal, Some(amount("-130"))));
    assert_eq!(by_enumeration(&instance), Some(amount("-130")));
    assert_eq!(taken(&outcome), ["retrain", "merge", "retire"]);
    let score = outcome.scorecard.clone().unwrap();
    assert_eq!((score.value, score.net, score.value_per_spend), (amount("210"), amount("130"), Some(amount("2.625"))));
    assert_eq!((score.teams[0].amount, score.workflows[0].amount), (amount("35"), Amount::ONE));
    assert_eq!(
        score.kinds.iter().map(|k| (k.kind, k.assets)).collect::<Vec<_>>(),
        [(Kind::Retrain, 1), (Kind::Merge, 1), (Kind::Retire, 1)]
    );
    assert_eq!(outcome.today.unwrap().net, amount("60"));
    oracle::agrees(&program(&instance), -130.0);
}

#[test]
fn options_that_were_not_taken_say_what_they_would_cost() {
    let outcome = optimum(&Instance::from_json(HAND).unwrap());
    let of = |name: &str| outcome.alternatives.iter().find(|a| a.name == name).unwrap().clone();
    assert_eq!(of("C: keep").difference, Some(amount("10")));
    assert_eq!(of("B: keep").difference, Some(amount("30")));
    assert_eq!(of("B: retire").objective, None, "the workflow would not be covered");
}

#[test]
fn budget_mode_gives_the_most_value_for_a_given_spend() {
    let instance = changed(|v| {
        v["objective"] = json!("value");
        v["budget"] = json!(125);
        v["frontier"] = json!([70, 80, 90, 120, 160]);
    });
    let outcome = optimum(&instance.unwrap());
    // 125: retrain, merge and C kept cost 120 and are worth 240.
    assert_eq!((outcome.proof.objective, outcome.scorecard.unwrap().budget_left), (Some(amount("-240")), Some(amount("5"))));
    let points: Vec<_> =
        outcome.frontier.iter().map(|p| (p.value.map(|v| v.to_string()), p.spend.map(|s| s.to_string()))).collect();
    let some = |v: &str, s: &str| (Some(v.to_owned()), Some(s.to_owned()));
    assert_eq!(points, [(None, None), some("210", "80"), some("210", "80"), some("240", "120"), some("250", "160")]);
}

#[test]
fn what_cannot_be_met_is_named_with_the_least_that_helps() {
    let words = |change: fn(&mut Value)| {
        let outcome = optimum(&changed(change).unwrap());
        assert_eq!(outcome.proof.status, Status::Infeasible);
        outcome.proof.relaxations.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(words(|v| v["budget"] = json!(75)), ["raise the budget from 75 to 80 money"]);
    assert_eq!(
        words(|v| {
            v["budget"] = json!(80);
            v["teams"][0]["capacity"] = json!(34);
        }),
        ["raise the capacity of data science from 34 to 35 days"]
    );
    assert_eq!(words(|v| v["workflows"][0]["least_coverage"] = json!(2)), ["lower the coverage of w from 2 to 1 share"]);
}

#[test]
fn the_verifier_finds_every_kind_of_violation() {
    let instance = changed(|v| {
        v["budget"] = json!(10);
        v["teams"][0]["capacity"] = json!(5);
    })
    .unwrap();
    let broken = verify(&instance, instance.budget, &[0, 1, 0]).unwrap_err().join("\n");
    for part in ["B: merge needs A in another option", "data science: 15 days are above 5", "the budget is exceeded by 80"] {
        assert!(broken.contains(part), "{part} is missing in {broken}");
    }
    assert!(verify(&instance, None, &[0, 2, 1]).unwrap_err()[0].contains("w: coverage 0.6 is below 1"));
    assert!(verify(&instance, None, &[0, 9, 1]).unwrap_err()[0].contains("not among its asset's options"));
    assert!(verify(&instance, None, &[0]).unwrap_err()[0].contains("1 choices for 3 assets"));
}

#[test]
fn errors_name_the_field() {
    let message = |change: fn(&mut Value)| changed(change).unwrap_err();
    assert!(
        message(|v| v["assets"][1]["options"][1]["requires"][0]["options"] = json!(["sell"]))
            .contains("assets[1].options[1].requires[0].options[0]: there is no option sell; known are keep, retrain")
    );
    assert!(message(|v| v["assets"][0]["today"] = json!("x")).contains("assets[0].today: there is no option x"));
    assert!(message(|v| v["assets"][0]["options"] = json!([])).contains("assets[0]: the asset has no options"));
    assert!(
        message(|v| v["assets"][0]["options"][0]["kind"] = json!("sell"))
            .contains("assets[0].options[0].kind: \"sell\" stands where one of `keep`, `retrain`")
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// The plan is the best of all combinations, or says what to relax where there is none.
    #[test]
    fn the_plan_is_the_best_of_all_combinations(
        options in prop::collection::vec(prop::collection::vec((0_i64..50, 0_i64..40, 0_i64..9, 0_i64..5), 1..4), 1..5),
        budget in 0_i64..120, capacity in 0_i64..25, least in 0_i64..8, by_value in any::<bool>(),
    ) {
        let option = |(o, (value, cost, days, part)): (usize, &(i64, i64, i64, i64))| json!({"id": format!("o{o}"), "kind": "keep", "value": value, "run_cost": cost, "effort": {"t": days}, "covers": {"w": part}});
        let assets: Vec<Value> = options.iter().enumerate().map(|(a, of)| json!({"id": format!("a{a}"), "options": of.iter().enumerate().map(option).collect::<Vec<_>>()})).collect();
        let value = json!({"teams": [{"id": "t", "capacity": capacity}], "workflows": [{"id": "w", "least_coverage": least}], "budget": budget,
            "objective": if by_value { "value" } else { "net" }, "assets": assets});
        let instance = Instance::from_json(&value.to_string()).unwrap();
        let outcome = optimum(&instance);
        prop_assert_eq!(outcome.proof.objective, by_enumeration(&instance));
        match outcome.proof.objective {
            Some(objective) => prop_assert!(outcome.proof.bound.unwrap() <= to_f64(objective) + 1e-9),
            None => prop_assert!(!outcome.proof.relaxations.is_empty()),
        }
    }
}
