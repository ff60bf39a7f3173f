use chrono::DateTime;
use farthing_types::{Amount, Currency, Quantity};
use proptest::prelude::*;

use super::*;
use crate::statistics::SplitMix64;

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

fn trial(number: u32, arm: usize) -> Trial {
    Trial {
        at: DateTime::from_timestamp(1_777_622_400 + i64::from(number) * 60, 0).unwrap(),
        id: format!("d{number:05}"),
        arm,
        by_ai: true,
        handling_seconds: Quantity::default(),
        handling_unstated: false,
        review_seconds: Quantity::default(),
        review_unstated: false,
        error_cost: Amount::ZERO,
        error_cost_unstated: false,
        wrong: false,
        requests: Some(1),
        ai_cost: None,
    }
}

fn run(trials: &[Trial], change: impl Fn(&mut ExperimentInput<'_>)) -> Experiment {
    let workflow = "triage".parse().unwrap();
    let mut input = ExperimentInput {
        workflow: &workflow,
        window: "2026-05-01/2026-06-01".parse().unwrap(),
        currency: Currency::USD,
        arms: ["new".to_owned(), "old".to_owned()],
        rate_per_hour: Some(amount("60")),
        handling_minutes: Some(amount("10")),
        review_minutes: None,
        error_cost: Some(amount("40")),
        ai_cost: amount("30"),
        others: Calls::default(),
        cluster: Cluster::Decision,
        tuned_for: 1_000,
    };
    change(&mut input);
    experiment(&input, "model", trials).unwrap()
}

#[test]
fn two_arms_by_hand() {
    // 300 a side. The new one escalates one in ten for 5 minutes, the old one in five; of each hundred 1 and 2 are wrong at 40.
    let trials: Vec<Trial> = (0..600)
        .map(|n| {
            let (arm, place) = ((n % 2) as usize, n / 2);
            let mut one = trial(n, arm);
            if place % (if arm == 0 { 10 } else { 5 }) == 3 {
                one.handling_seconds = Quantity(amount("300"));
            }
            if place % (if arm == 0 { 100 } else { 50 }) == 7 {
                (one.wrong, one.error_cost_unstated) = (true, true);
            }
            one
        })
        .collect();
    let found = run(&trials, |_| {});
    let [new, old] = &found.arms[..] else { panic!("{found:?}") };
    // 15.00 of the AI each; 30 × 5 and 60 × 5; 3 × 40 and 6 × 40.
    assert_eq!((new.ai, new.handling, new.errors, new.total), (amount("15"), amount("150"), amount("120"), amount("285")));
    assert_eq!((old.total, old.per_decision, old.error_rate), (amount("555"), amount("1.85"), amount("0.02")));
    assert_eq!(found.cost.difference, amount("-0.9"));
    assert_eq!(found.error_rate.difference, amount("-0.01"));
    assert_eq!((found.error_rate.verdict, found.clusters), (Shown::NotShown, 600), "nine errors show nothing");
    assert!(found.cost.low.unwrap() < found.cost.difference && found.cost.difference < found.cost.high.unwrap());
}

#[test]
fn a_large_difference_is_shown_and_stays_shown() {
    let mut random = SplitMix64(5);
    let trials: Vec<Trial> = (0..2_000)
        .map(|n| {
            let arm = random.below(2);
            let seconds = random.below(600) + if arm == 0 { 0 } else { 300 };
            Trial { handling_seconds: Quantity(Amount::from_int(seconds as i64)), ..trial(n, arm) }
        })
        .collect();
    let found = run(&trials, |_| {});
    assert_eq!((found.cost.verdict, found.error_rate.verdict), (Shown::Shown, Shown::NotShown));
    assert!(found.cost.high.unwrap().is_negative(), "the first arm is cheaper");
    assert!((400..800).contains(&found.cost.first_shown_after.unwrap()), "{:?}", found.cost);
    // By day there are two clusters: nothing can be shown.
    let by_day = run(&trials, |input| input.cluster = Cluster::Day);
    assert!(by_day.notes.iter().any(|note| note.contains("few to be taken as clusters")), "{:?}", by_day.notes);
}

#[test]
fn too_few_decisions_show_nothing_and_say_so() {
    let trials: Vec<Trial> = (0..100).map(|n| trial(n, (n % 2) as usize)).collect();
    let found = run(&trials, |_| {});
    assert_eq!((found.cost.verdict, found.cost.low), (Shown::NotShown, None));
    assert!(found.notes[0].contains("50 decisions: nothing is shown before each arm has 200"), "{:?}", found.notes);
}

#[test]
fn what_nothing_states_is_named() {
    let mut trials: Vec<Trial> = (0..4).map(|n| trial(n, (n % 2) as usize)).collect();
    trials[0].review_unstated = true;
    trials[1].requests = None;
    let found = run(&trials, |_| {});
    assert!(found.notes.iter().any(|note| note.contains("review of 1 decisions is left out")), "{:?}", found.notes);
    assert!(found.notes.iter().any(|note| note.contains("shared by decisions")), "{:?}", found.notes);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn nothing_is_lost_and_order_changes_nothing(
        seed in any::<u64>(),
        decisions in 2..400_u32,
        others in 0..50_u64,
    ) {
        let mut random = SplitMix64(seed);
        let mut trials: Vec<Trial> = (0..decisions).map(|n| Trial {
            handling_seconds: Quantity(Amount::from_int(random.below(900) as i64)),
            error_cost: Amount::from_int(random.below(3) as i64),
            wrong: random.below(9) == 0,
            requests: Some(1 + random.below(4) as u64),
            ..trial(n, (n % 2) as usize)
        }).collect();
        let calls = Calls { decisions: others, with_requests: others, requests: 3 * others, ..Calls::default() };
        let found = run(&trials, |input| input.others = calls);
        for arm in &found.arms {
            prop_assert_eq!(arm.total, arm.ai + arm.handling + arm.review + arm.errors);
        }
        let borne: Amount = found.arms.iter().map(|arm| arm.ai).sum();
        prop_assert!(borne <= amount("30"));
        prop_assert_eq!(borne == amount("30"), others == 0);
        trials.reverse();
        prop_assert_eq!(run(&trials, |input| input.others = calls), found);
    }
}

#[test]
fn a_shadow_is_held_against_what_took_effect() {
    let pair = |shadow: &str, real: &str, wrong| ShadowPair {
        shadow: Some(shadow.to_owned()),
        real: Some(real.to_owned()),
        real_was_wrong: wrong,
    };
    let mut pairs = vec![pair("approve", "approve", false); 90];
    pairs.extend(vec![pair("refer", "approve", true); 4]);
    pairs.extend(vec![pair("refer", "approve", false); 5]);
    pairs.push(pair("approve", "deny", false));
    pairs.push(ShadowPair { shadow: None, real: Some("deny".to_owned()), real_was_wrong: false });
    let workflow = "triage".parse().unwrap();
    let found = shadow(&workflow, "2026-05-01/2026-06-01".parse().unwrap(), "m 2".to_owned(), &pairs, 2, 1_000);
    assert_eq!((found.pairs, found.agreeing, found.not_compared), (100, 90, 3));
    assert_eq!((found.real_wrong, found.real_wrong_and_shadow_differs, found.real_sound_and_shadow_differs), (4, 4, 6));
    assert_eq!(found.differences[0], ShadowDifference { real: "approve".into(), shadow: "refer".into(), pairs: 9 });
    assert_eq!(found.agreement, Some(amount("0.9")));
    let (low, high) = (found.low.unwrap(), found.high.unwrap());
    assert!(low < amount("0.75") && amount("0.5") < low && high == amount("1"), "{low} {high}");
    let nothing = shadow(&workflow, "2026-05-01/2026-06-01".parse().unwrap(), "m".to_owned(), &[], 0, 1_000);
    assert_eq!((nothing.agreement, nothing.low), (None, None));
}

/// Two models of which one is four times as dear: by calls they would cost the same. What the bill says beyond is shared evenly, and all of
/// it is somebody's.
#[test]
fn each_decision_is_costed_by_its_own_model() {
    let priced = |n: u32| Trial { ai_cost: Some(amount(["0.01", "0.04"][n as usize % 2])), ..trial(n, (n % 2) as usize) };
    let trials: Vec<Trial> = (0..600).map(priced).collect();
    let others = Calls { decisions: 200, with_requests: 0, requests: 0, ai_cost: amount("5") };
    let found = run(&trials, |input| input.others = others);
    let ai = &found.ai;
    assert_eq!((ai.basis, ai.arms, ai.others, ai.difference), (AiBasis::OwnModel, amount("15"), amount("5"), amount("10")));
    assert_eq!(ai.arms + ai.others + ai.difference, ai.billed);
    let of = |arm: &ExperimentArm| (arm.ai, arm.ai_difference, arm.total);
    assert_eq!(of(&found.arms[0]), (amount("3"), amount("3.75"), amount("6.75")));
    assert_eq!(of(&found.arms[1]), (amount("12"), amount("3.75"), amount("15.75")));
    assert_eq!((found.cost.difference, found.cost.verdict), (amount("-0.03"), Shown::Shown));
    // One that cannot be tied, and the bill is shared by calls as before.
    let mut untied = trials;
    untied[7].ai_cost = None;
    let found = run(&untied, |_| {});
    assert_eq!((found.ai.basis, found.arms[0].ai, found.ai.difference), (AiBasis::Calls, amount("15"), Amount::ZERO));
}
