use std::ops::ControlFlow;
use std::time::Duration;

use farthing_types::Amount;
use proptest::prelude::*;
use serde_json::Value;

use super::*;

const HAND: &str = include_str!("instances/hand.json");
const HAND_EXPECTED: &str = include_str!("expected/hand.json");
const SHORT: &str = include_str!("instances/short_of_quota.json");

fn optimum(text: &str) -> Outcome {
    let instance = Instance::from_json(text).unwrap();
    let limits = Limits { time_limit: Duration::from_secs(60), gap: 0.0, ..Limits::default() };
    solve(&instance, &limits, &mut |_| ControlFlow::Continue(())).unwrap()
}

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

#[test]
fn the_hand_instance_has_the_optimum_that_model_md_proves() {
    let outcome = optimum(HAND);
    let expected: Value = serde_json::from_str(HAND_EXPECTED).unwrap();
    assert_eq!(outcome.status, Status::Optimal);
    assert_eq!(outcome.objective, Some(amount(expected["objective"].as_str().unwrap())));
    let written = serde_json::to_value(&outcome).unwrap();
    assert_eq!(written["status"], expected["status"]);
    assert_eq!(written["commit"], expected["commit"]);
    assert_eq!(written["plan"], 0);
    assert_eq!(written["n"]["w"]["a"], serde_json::json!([1, 2, 0, 1]));
    assert_eq!(written["n"]["w"]["b"], serde_json::json!([0, 0, 1, 0]));
}

#[test]
fn the_verifier_prices_the_hand_plan_to_the_unit() {
    let instance = Instance::from_json(HAND).unwrap();
    let plan = optimum(HAND).plan.unwrap();
    let priced = verify(&instance, &plan).unwrap();
    let parts = [priced.total, priced.commitments, priced.spend, priced.on_demand];
    assert_eq!(parts, [amount("5.6"), amount("2"), amount("0"), amount("3.6")]);
    assert_eq!(priced.types[0], TypeHours { used: 4, committed: 3, idle: 1, planned: Amount::ZERO, on_demand: Amount::ONE });
}

#[test]
fn a_spend_commitment_may_cover_a_fraction_of_an_instance() {
    let instance = Instance::from_json(HAND).unwrap();
    let mut plan = optimum(HAND).plan.unwrap();
    plan.commit = vec![0, 0];
    plan.spend = amount("0.8");
    // Hours 0 and 3: covered. Hour 1: one on demand. Hour 2: 0.8 covers 0.8/2.08 of b, so 2.6 - 1 remain.
    let priced = verify(&instance, &plan).unwrap();
    assert_eq!(priced.total, amount("5.8"));
    assert_eq!(priced.types[1].planned, amount("0.8").checked_div(amount("2.08")).unwrap());
}

#[test]
fn the_verifier_finds_every_kind_of_violation() {
    let instance = Instance::from_json(SHORT).unwrap();
    let mut plan = Plan::empty(&instance);
    plan.replicas[0].insert(1, vec![1, 0]);
    plan.replicas[1].insert(0, vec![4, 3]);
    plan.spend = -Amount::ONE;
    let broken = verify(&instance, &plan).unwrap_err();
    let has = |test: &dyn Fn(&Violation) -> bool| broken.iter().any(test);
    assert!(has(&|v| matches!(v, Violation::Incompatible { workload, .. } if workload == "v")));
    assert!(has(&|v| matches!(v, Violation::Demand { workload, hour: 1, .. } if workload == "v")));
    assert!(has(&|v| matches!(v, Violation::MinReplicas { workload, hour: 1, found: 0, least: 1 } if workload == "v")));
    assert!(has(&|v| matches!(v, Violation::Quota { type_id, hour: 0, found: 4, quota: 3 } if type_id == "a")));
    assert!(has(&|v| matches!(v, Violation::NegativeSpend(_))));
    plan.replicas.pop();
    assert!(matches!(verify(&instance, &plan).unwrap_err()[0], Violation::Shape { what: "workloads", .. }));
}

#[test]
fn an_infeasible_instance_says_which_hour_which_quota_and_how_much() {
    let outcome = optimum(SHORT);
    assert_eq!((outcome.status, outcome.objective, outcome.gap), (Status::Infeasible, None, None));
    let [shortage] = outcome.shortages.as_slice() else { panic!("{:?}", outcome.shortages) };
    // Hour 1 wants 2 a for v and 3 a or 1 b (and another replica) for w; 3 a are allowed.
    assert_eq!(shortage.hour, 1);
    assert_eq!(shortage.quotas.iter().map(|q| q.missing).sum::<u32>(), 1);
    // Three a: one for v (short by 1/2) and two for w (its minimum; short by 1/3) is the least share of demand unserved.
    let missing: Vec<_> = shortage.workloads.iter().map(|w| (w.workload.as_str(), w.missing, w.missing_replicas)).collect();
    assert_eq!(missing, [("v", 10.0, 0), ("w", 10.0, 0)]);
    let written = serde_json::to_value(&outcome).unwrap();
    assert_eq!(written["status"], "infeasible");
    assert_eq!(written["infeasible"][0]["quotas"][0]["missing"], 1);
    assert!(shortage.to_string().contains("raising the quota of"), "{shortage}");
}

#[test]
fn a_workload_without_any_type_is_named() {
    let outcome = optimum(r#"{"hours":1,"types":[{"id":"a","od_price":1}],"workloads":[{"id":"w","capacity":{},"demand":[3]}]}"#);
    assert_eq!(outcome.status, Status::Infeasible);
    assert!(outcome.shortages[0].to_string().contains("workload w lacks capacity for 3 of 3; no quota helps"));
}

#[test]
fn limits_that_make_no_sense_are_refused() {
    let instance = Instance::from_json(HAND).unwrap();
    let mut quiet = |_: Progress| ControlFlow::Continue(());
    let limits = Limits { time_limit: Duration::ZERO, gap: 0.0, ..Limits::default() };
    assert!(matches!(solve(&instance, &limits, &mut quiet), Err(SolveError::Limits(_))));
    let limits = Limits { gap: -0.1, ..Limits::default() };
    assert!(matches!(solve(&instance, &limits, &mut quiet), Err(SolveError::Limits(_))));
}

#[test]
fn a_limit_that_was_reached_is_never_called_optimal() {
    assert_eq!(Status::of_gap(0.0, 0.0), Status::Optimal);
    assert_eq!(Status::of_gap(0.0005, 0.001), Status::GapLimit);
    assert_eq!(Status::of_gap(0.0015, 0.001), Status::TimeLimit);
    assert_eq!(Status::of_gap(0.0005, 0.0), Status::TimeLimit);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The cost is convex in the spend commitment, so the best one is no worse than a little less and a little more.
    #[test]
    fn no_other_spend_commitment_is_cheaper(
        used in prop::collection::vec(0_u32..9, 8),
        commit in prop::collection::vec(0_u32..4, 2),
        other in 0_i64..40,
    ) {
        let instance = Instance::from_json(HAND).unwrap();
        let mut plan = Plan::empty(&instance);
        // Enough of both types to pass the check of the demand; what is bought for it is the question here.
        let hours = |i: usize| used[i * 4..i * 4 + 4].iter().map(|n| n + 2 - i as u32).collect::<Vec<_>>();
        plan.replicas[0].insert(0, hours(0));
        plan.replicas[0].insert(1, hours(1));
        plan.commit = commit;
        plan.spend = purchase::best_spend(&instance, &plan.usage(&instance), &plan.commit);
        if let Ok(best) = verify(&instance, &plan) {
            let step = Amount::from_atto(1_000_000_000).unwrap();
            let near = [plan.spend.checked_sub(step), plan.spend.checked_add(step), Some(Amount::from_int(other))];
            for spend in near.into_iter().flatten().filter(|s| !s.is_negative()) {
                let cost = verify(&instance, &Plan { spend, ..plan.clone() }).unwrap().total;
                prop_assert!(cost >= best.total, "{spend} costs {cost}, {} costs {}", plan.spend, best.total);
            }
        }
    }
}

/// Two days of hours, a few workloads with daily demand: small enough for the whole program, large enough to decompose.
pub(super) fn any_instance() -> impl Strategy<Value = Instance> {
    let types = prop::collection::vec((5_u32..80, 40_u32..70, 60_u32..85), 2..4);
    let workloads = prop::collection::vec((prop::collection::vec(1_u32..40, 3), 1_u32..60, 0_u32..3), 2..5);
    (types, workloads, 4_usize..8).prop_map(|(types, workloads, hours)| {
        let cents = |n: u32| Amount::from_int(i64::from(n)).checked_div(Amount::from_int(100)).unwrap();
        let kind = |(i, (price, commit, rate)): (usize, &(u32, u32, u32))| InstanceType {
            id: format!("t{i}"),
            on_demand_price: cents(price * 10),
            commit_price: (i != 2).then(|| cents(price * commit / 10)),
            plan_rate: Some(cents(price * rate / 10)),
            quota: (i != 0).then_some(9),
            terms: TypeTerms::default(),
        };
        let workload = |(w, (capacity, demand, least)): (usize, &(Vec<u32>, u32, u32))| Workload {
            id: format!("w{w}"),
            min_replicas: *least,
            capacity: (0..types.len()).map(|i| (i == 0 || (w + i) % 3 > 0).then(|| cents(capacity[i] * 10))).collect(),
            demand: (0..hours).map(|h| cents(demand * (100 + 37 * ((h + w) % 3) as u32) / 10)).collect(),
            terms: WorkloadTerms::default(),
        };
        let (kinds, loads) = (types.iter().enumerate().map(kind).collect(), workloads.iter().enumerate().map(workload).collect());
        Instance::new(hours, kinds, loads).unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// The two methods know nothing of each other: the bound of the decomposition must not exceed the optimum of the whole
    /// program, and its plan must not be cheaper.
    #[test]
    fn the_decomposition_brackets_the_optimum_of_the_whole_program(instance in any_instance()) {
        let whole = monolith::solve(&instance, &Limits { gap: 0.0, ..Limits::default() }).unwrap().unwrap();
        let limits = Limits { time_limit: Duration::from_secs(60), gap: 0.2, ..Limits::default() };
        let mut quiet = |_: Progress| ControlFlow::Continue(());
        let parts = decompose::solve(&instance, &limits, Instant::now(), None, &mut quiet).unwrap().unwrap();
        prop_assert_eq!(whole.status, Status::Optimal);
        let optimum = crate::to_f64(whole.objective.unwrap());
        prop_assert!(parts.bound.unwrap() <= optimum * (1.0 + 1e-9), "bound {:?} of {}", parts.bound, optimum);
        prop_assert!(parts.objective.unwrap() >= whole.objective.unwrap());
        prop_assert!(verify(&instance, parts.plan.as_ref().unwrap()).is_ok());
    }
}

#[test]
fn the_decomposition_names_what_an_infeasible_instance_lacks() {
    let instance = Instance::from_json(SHORT).unwrap();
    let limits = Limits { time_limit: Duration::from_millis(200), gap: 0.001, ..Limits::default() };
    let outcome =
        decompose::solve(&instance, &limits, Instant::now(), None, &mut |_| ControlFlow::Continue(())).unwrap().unwrap();
    assert_eq!((outcome.status, outcome.shortages.len(), outcome.shortages[0].hour), (Status::Infeasible, 1, 1));
}

#[test]
fn a_search_that_is_stopped_returns_the_best_plan_so_far() {
    let instance = Instance::from_json(HAND).unwrap();
    let limits = Limits { time_limit: Duration::from_secs(600), gap: 0.0, ..Limits::default() };
    let mut seen = Vec::new();
    let mut stop = |p: Progress| {
        seen.push((p.objective, p.bound));
        if p.objective.is_some() && p.bound.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let outcome = decompose::solve(&instance, &limits, Instant::now(), None, &mut stop).unwrap().unwrap();
    assert_ne!(outcome.status, Status::Infeasible);
    assert!(verify(&instance, outcome.plan.as_ref().unwrap()).is_ok());
    assert!(outcome.bound.unwrap() <= 5.6 && outcome.objective.unwrap() >= amount("5.6"));
    assert!(!seen.is_empty());
}

/// The folder of real data, where there is one.
#[allow(clippy::disallowed_methods)]
fn shared() -> Option<std::path::PathBuf> {
    let folder = std::env::var_os("FARTHING_SHARED");
    if folder.is_none() {
        println!("skipped: FARTHING_SHARED is not set");
    }
    folder.map(Into::into)
}

#[test]
fn the_shared_tiny_instances_have_their_known_answers() {
    let Some(shared) = shared() else { return };
    let read = |name: &str| std::fs::read_to_string(shared.join("data/solver/fleet").join(name)).unwrap();
    for (name, cost) in [("tiny_a.json", "24.48"), ("tiny_plan.json", "16")] {
        let outcome = optimum(&read(name));
        assert_eq!((outcome.status, outcome.objective), (Status::Optimal, Some(amount(cost))), "{name}");
    }
    let outcome = optimum(&read("tiny_infeasible.json"));
    assert_eq!(outcome.status, Status::Infeasible);
    assert_eq!(outcome.shortages[0].hour, 2);
}
