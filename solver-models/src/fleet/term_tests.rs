//! Terms: answers known by hand, judged by another solver, and the two ways to solve beside each other.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use farthing_types::Amount;
use proptest::prelude::*;

use super::*;
use crate::oracle;

fn solved(text: &str) -> (Instance, Outcome) {
    let instance = Instance::from_json(text).unwrap();
    let limits = Limits { time_limit: Duration::from_secs(60), gap: 0.0, ..Limits::default() };
    let outcome = solve(&instance, &limits, &mut |_| ControlFlow::Continue(())).unwrap();
    (instance, outcome)
}

/// The optimum, for us and for highspy on our exports.
fn costs(text: &str, cost: &str) -> Plan {
    let (instance, outcome) = solved(text);
    assert_eq!((outcome.status, outcome.objective), (Status::Optimal, Some(cost.parse().unwrap())), "{text}");
    oracle::agrees(&whole_program(&instance), cost.parse().unwrap());
    outcome.plan.unwrap()
}

const SCENARIOS: &str = include_str!("instances/scenarios.json");
const SPOT: &str = include_str!("instances/spot.json");
const ZONES: &str = include_str!("instances/zones.json");

#[test]
fn commitments_are_made_before_the_scenario_is_known() {
    let plan = costs(SCENARIOS, "2.2");
    assert_eq!(plan.commit, [2]);
    assert_eq!(plan.replicas[0][&0], [2, 6]);
}

#[test]
fn capacity_at_risk_is_bounded_and_priced_with_its_interruptions() {
    let plan = costs(SPOT, "7.2");
    assert_eq!((plan.replicas[0][&0][0], plan.replicas[0][&1][0]), (6, 4));
}

#[test]
fn the_loss_of_a_zone_is_survived_at_the_least_cost() {
    let plan = costs(ZONES, "3.7");
    assert_eq!(plan.replicas[0].values().map(|hours| hours[0]).collect::<Vec<_>>(), [1, 1, 1]);
}

/// One type of capacity 1 at price 1, one workload.
fn single(hours: usize, top: &str, workload: &str, demand: &str) -> String {
    format!(
        r#"{{"hours":{hours},{top}"types":[{{"id":"a","od_price":1,"quota":9}}],
            "workloads":[{{"id":"w",{workload}"capacity":{{"a":1}},"demand":{demand}}}]}}"#
    )
}

#[test]
fn a_ramp_starts_replicas_before_the_peak() {
    let plan = costs(&single(4, "", r#""ramp":2,"#, "[1,1,4,1]"), "9");
    assert_eq!(plan.replicas[0][&0], [1, 2, 4, 2]);
}

#[test]
fn a_replica_that_warms_up_is_paid_an_hour_before_it_serves() {
    let plan = costs(&single(4, "", r#""warm_up":1,"#, "[1,1,4,1]"), "10");
    assert_eq!(plan.replicas[0][&0], [1, 4, 4, 1]);
}

#[test]
fn replicas_change_in_the_hours_that_allow_it() {
    for top in [r#""change_hours":[0,2],"#, r#""change_hours":[2],"#] {
        let plan = costs(&single(4, top, "", "[1,3,2,1]"), "10");
        assert_eq!(plan.replicas[0][&0], [3, 3, 2, 2]);
    }
    // With a warm-up the blocks are not merged: three replicas must run before the second block's first hour needs them.
    costs(&single(4, r#""change_hours":[0,2],"#, r#""warm_up":1,"#, "[1,1,3,3]"), "12");
}

#[test]
fn soft_limits_give_way_at_their_price() {
    costs(&single(1, "", r#""unserved_price":0.5,"#, "[3]"), "1.5");
    costs(&single(1, "", r#""unserved_price":1.5,"#, "[3]"), "3");
    let excess = r#"{"hours":1,"types":[{"id":"a","od_price":1,"quota":2,"excess_price":0.5}],
        "workloads":[{"id":"w","capacity":{"a":1},"demand":[3]}]}"#;
    costs(excess, "3.5");
}

#[test]
fn a_price_on_changes_keeps_todays_plan() {
    let sticky = |price: &str| {
        format!(
            r#"{{"hours":1,"types":[{{"id":"a","od_price":1}},{{"id":"b","od_price":1.1}}],
                "workloads":[{{"id":"w","capacity":{{"a":1,"b":1}},"demand":[2],"today":{{"b":2}},"change_price":{price}}}]}}"#
        )
    };
    assert_eq!(costs(&sticky("0.1"), "2.2").replicas[0].keys().collect::<Vec<_>>(), [&1]);
    assert_eq!(costs(&sticky("0.01"), "2.04").replicas[0].keys().collect::<Vec<_>>(), [&0]);
}

#[test]
fn what_is_committed_already_stays_paid() {
    let text = r#"{"hours":3,"plan_committed":0.25,"types":[{"id":"a","od_price":1,"commit_price":0.5,"committed":3}],
        "workloads":[{"id":"w","capacity":{"a":1},"demand":[1,4,1]}]}"#;
    let plan = costs(text, "6.25");
    assert_eq!((plan.commit[0], plan.spend), (3, "0.25".parse().unwrap()));
}

#[test]
fn terms_that_cannot_be_met_are_named_with_the_least_that_helps() {
    let (_, outcome) = solved(&single(2, "", r#""ramp":1,"#, "[1,4]").replace(r#""quota":9"#, r#""quota":2"#));
    assert_eq!(outcome.status, Status::Infeasible);
    assert!(outcome.reasons()[0].contains("raising the quota of a"), "{:?}", outcome.reasons());
    let tight = r#"{"hours":1,"types":[{"id":"a","od_price":1,"quota":9,"zone":"x"}],"survive":[{"loss":"zone","replicas":1}],
        "workloads":[{"id":"w","capacity":{"a":1},"demand":[1]}]}"#;
    let (_, outcome) = solved(tight);
    assert_eq!(outcome.status, Status::Infeasible);
    assert_eq!(outcome.reasons(), ["lower replicas without zone x of workload w, hour 0 from 1 to 0 replicas"]);
}

#[test]
fn the_verifier_finds_what_breaks_a_term() {
    let instance = Instance::from_json(&single(
        3,
        r#""change_hours":[0,2],"survive":[{"loss":"spot","demand":1}],"#,
        r#""ramp":1,"warm_up":1,"#,
        "[2,2,2]",
    ))
    .unwrap();
    let mut plan = Plan::empty(&instance);
    plan.replicas[0].insert(0, vec![4, 2, 1]);
    let broken = verify(&instance, &plan).unwrap_err();
    let has = |test: &dyn Fn(&Violation) -> bool| broken.iter().any(test);
    assert!(has(&|v| matches!(v, Violation::Ramp { hour: 1, before: 4, after: 2, .. })));
    assert!(has(&|v| matches!(v, Violation::ChangeHours { hour: 1, before: 4, after: 2, .. })));
    assert!(has(&|v| matches!(v, Violation::Demand { hour: 2, .. })));
    assert!(has(&|v| matches!(v, Violation::Loss { hour: 2, .. })));
    let signed = single(1, "", "", "[1]").replace(r#""quota":9"#, r#""commit_price":1,"committed":2"#);
    let signed = Instance::from_json(&signed).unwrap();
    let mut plan = Plan::empty(&signed);
    plan.replicas[0].insert(0, vec![1]);
    assert!(matches!(verify(&signed, &plan).unwrap_err()[0], Violation::Committed { found: 0, least: 2, .. }));
}

#[test]
fn an_explanation_says_what_binds_and_what_else_was_considered() {
    let text = include_str!("instances/hand.json");
    let (instance, outcome) = solved(text);
    let limits = Limits { time_limit: Duration::from_secs(60), gap: 0.0, ..Limits::default() };
    let explanation = explain(&instance, &outcome, &limits, &mut |_| ControlFlow::Continue(())).unwrap().unwrap();
    let cost = |name: &str| {
        let found = explanation.alternatives.iter().find(|a| a.without == name).unwrap();
        found.cost.unwrap().0.to_string()
    };
    // Without commitments 6.6; without b the peak needs four a's: one committed 2 + 0 + 1 + 3 + 0 = 6, two committed 4 + 2 = 6.
    assert_eq!((cost("commitments"), cost("b")), ("6.6".to_owned(), "6".to_owned()));
    // Quotas of 10 do not bind, so they have no price and a little less of them costs nothing.
    assert!(explanation.binding.quotas.is_empty());
    assert!(explanation.quota_curve.iter().all(|point| point.cost.unwrap().0 == outcome.objective.unwrap()));
    assert!(explanation.demand_curve.windows(2).all(|pair| pair[0].cost <= pair[1].cost));
    assert_eq!(explanation.binding.hours[0].hour, 2, "{:?}", explanation.binding);
    let range = explanation.stands.iter().find(|s| s.of == "on-demand price of b").unwrap();
    // At 3 a b costs as much as three a's more in hour 2: from there the plan would be another.
    assert!(range.from < 1.0 && range.to > 1.1 && range.to < 1.3 && !range.open_above, "{range:?}");
}

/// A few hours, types in zones and on spot, workloads with every kind of term.
fn any_terms() -> impl Strategy<Value = Instance> {
    let types = prop::collection::vec((5_i64..80, 1_u32..12), 3..5);
    let workloads = prop::collection::vec((prop::collection::vec(1_i64..40, 4), 1_i64..60, 0_u32..64), 1..4);
    (types, workloads, 3_usize..6).prop_map(|(types, workloads, hours)| {
        let cents = |n: i64| Amount::from_atto(i128::from(n) * 10_i128.pow(16)).unwrap();
        let kind = |(i, (price, quota)): (usize, &(i64, u32))| InstanceType {
            id: format!("t{i}"),
            on_demand_price: cents(price * 10),
            commit_price: (i == 0).then(|| cents(price * 6)),
            plan_rate: (i < 2).then(|| cents(price * 7)),
            quota: Some(quota * 20),
            terms: TypeTerms {
                zone: Some(format!("z{}", i % 2)),
                interruption: (i == 2).then(|| Interruption { rate: cents(5), cost: cents(40) }),
                excess_price: (i == 1).then(|| cents(700)),
                committed: u32::from(i == 0),
            },
        };
        let workload = |(w, (capacity, demand, flags)): (usize, &(Vec<i64>, i64, u32))| {
            let on = |bit: u32| flags & (1 << bit) != 0;
            let zone = Survive { loss: Loss::Zone, demand: cents(50), replicas: 1 };
            let spot = Survive { loss: Loss::Spot, demand: cents(70), replicas: 0 };
            Workload {
                id: format!("w{w}"),
                min_replicas: flags % 3,
                capacity: (0..types.len()).map(|i| Some(cents(capacity[i % 4] * 10))).collect(),
                demand: (0..hours).map(|h| cents(demand * (100 + 37 * ((h + w) as i64 % 3)) / 10)).collect(),
                terms: WorkloadTerms {
                    ramp: on(0).then_some(4),
                    warm_up: u32::from(on(1)),
                    survive: [(on(2), zone), (on(3), spot)].into_iter().filter(|(on, _)| *on).map(|(_, s)| s).collect(),
                    unserved_price: on(4).then(|| cents(150)),
                    today: if on(5) { vec![1; types.len()] } else { Vec::new() },
                    change_price: on(5).then(|| cents(5)),
                },
            }
        };
        let (kinds, loads) = (types.iter().enumerate().map(kind).collect(), workloads.iter().enumerate().map(workload).collect());
        Instance::new(hours, kinds, loads).unwrap()
    })
}

/// Two days of eight workloads on four types in two zones: too large for one program, with terms that link hours and types.
fn two_days(terms: &str) -> Instance {
    let types = [("a", "1.0", "x"), ("b", "1.9", "x"), ("c", "1.2", "y"), ("d", "2.1", "y")].map(|(id, price, zone)| {
        format!(r#"{{"id":"{id}","od_price":{price},"commit_price":{price},"plan_rate":{price},"zone":"{zone}","quota":60}}"#)
    });
    let workload = |w: usize| {
        let demand: Vec<String> = (0..48).map(|h| (20 + 7 * w + (h * (w + 3)) % 17).to_string()).collect();
        let capacity = format!(r#"{{"a":{},"b":{},"c":{},"d":{}}}"#, 4 + w % 3, 9 + w % 2, 5, 10 + w % 3);
        format!(r#"{{"id":"w{w}","capacity":{capacity},"demand":[{}],{terms}}}"#, demand.join(","))
    };
    let workloads: Vec<String> = (0..8).map(workload).collect();
    let survive = r#"[{"loss":"zone","demand":0.5,"replicas":1}]"#;
    let (types, workloads) = (types.join(","), workloads.join(","));
    Instance::from_json(&format!(r#"{{"hours":48,"survive":{survive},"types":[{types}],"workloads":[{workloads}]}}"#)).unwrap()
}

fn is_planned(instance: &Instance, method: Method, seconds: u64, gap: f64) -> f64 {
    let limits = Limits { time_limit: Duration::from_secs(seconds), gap, ..Limits::default() };
    let outcome = solve(instance, &limits, &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(outcome.method, method);
    assert!(verify(instance, outcome.plan.as_ref().unwrap()).is_ok());
    outcome.gap.unwrap()
}

#[test]
fn a_large_instance_with_ramps_and_losses_is_decomposed_by_hours() {
    for terms in [r#""ramp":3"#, r#""ramp":2,"unserved_price":0.25"#] {
        let gap = is_planned(&two_days(terms), Method::Decomposition, 600, 0.01);
        assert!(gap <= 0.01, "{terms}: {gap}");
    }
}

#[test]
fn a_large_instance_with_warm_ups_is_planned_by_workload() {
    is_planned(&two_days(r#""ramp":3,"warm_up":1"#), Method::ByWorkload, 20, 0.05);
}

#[test]
fn a_ramp_of_nothing_keeps_the_number_of_replicas_the_same() {
    let instance = two_days(r#""ramp":0"#);
    let flat = solve(&instance, &Limits::default(), &mut |_| ControlFlow::Continue(())).unwrap();
    let replicas = &flat.plan.unwrap().replicas[0];
    let totals: Vec<u32> = (0..48).map(|hour| replicas.values().map(|hours| hours[hour]).sum()).collect();
    assert!(totals.iter().all(|total| *total == totals[0]), "{totals:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Both ways to solve an instance with terms: the bound is below the optimum of the whole program, and the plan keeps every term.
    #[test]
    fn one_workload_at_a_time_brackets_the_optimum_of_the_whole_program(instance in any_terms()) {
        let whole = monolith::solve_with_terms(&instance, &Limits { gap: 0.0, ..Limits::default() }).unwrap().unwrap();
        let limits = Limits { time_limit: Duration::from_secs(20), gap: 0.01, ..Limits::default() };
        let parts = by_workload::solve(&instance, &limits, Instant::now(), None, &mut |_| ControlFlow::Continue(()));
        if let (Some(optimum), Ok(Some(parts))) = (whole.objective, parts) {
            let (bound, found) = (parts.bound.unwrap(), parts.objective.unwrap());
            let optimum = crate::to_f64(optimum);
            prop_assert!(bound <= optimum * (1.0 + 1e-9) + 1e-6, "bound {} of {}", bound, optimum);
            prop_assert!(crate::to_f64(found) >= optimum * (1.0 - 1e-9) - 1e-6, "{} and not {}", found, optimum);
            prop_assert!(verify(&instance, parts.plan.as_ref().unwrap()).is_ok());
        }
    }

    /// The same of the decomposition by hours, with what it knows: ramps, losses, soft limits.
    #[test]
    fn the_decomposition_with_terms_brackets_the_optimum_of_the_whole_program(instance in any_terms()) {
        let instance = by_workload::without_terms(&instance);
        let whole = monolith::solve_with_terms(&instance, &Limits { gap: 0.0, ..Limits::default() }).unwrap().unwrap();
        let limits = Limits { time_limit: Duration::from_secs(20), gap: 0.01, ..Limits::default() };
        let parts = decompose::solve(&instance, &limits, Instant::now(), None, &mut |_| ControlFlow::Continue(()));
        match (whole.objective, parts) {
            (Some(optimum), Ok(Some(parts))) => {
                let (bound, found) = (parts.bound.unwrap(), crate::to_f64(parts.objective.unwrap()));
                let optimum = crate::to_f64(optimum);
                prop_assert!(bound <= optimum * (1.0 + 1e-9) + 1e-6, "bound {} of {}", bound, optimum);
                prop_assert!(found >= optimum * (1.0 - 1e-9) - 1e-6, "{} and not {}", found, optimum);
                prop_assert!(verify(&instance, parts.plan.as_ref().unwrap()).is_ok());
            }
            (optimum, parts) => prop_assert!(optimum.is_none() || parts.is_ok(), "{:?}: {:?}", optimum, parts.err()),
        }
    }

    /// The program that is written for others and the one in good_lp know nothing of each other.
    #[test]
    fn both_formulations_have_one_optimum(instance in super::tests::any_instance()) {
        let solve = |found: Result<Option<Outcome>, SolveError>| found.unwrap().unwrap().objective;
        let limits = Limits { gap: 0.0, ..Limits::default() };
        let (one, other) = (solve(monolith::solve(&instance, &limits)), solve(monolith::solve_with_terms(&instance, &limits)));
        prop_assert_eq!(one, other);
    }

    /// The same instance gives the same plan, byte for byte, on as many threads as there are.
    #[test]
    fn the_same_instance_gives_the_same_plan_byte_for_byte(plain in super::tests::any_instance(), terms in any_terms()) {
        let limits = Limits { time_limit: Duration::from_secs(60), gap: 0.2, ..Limits::default() };
        let mut quiet = |_: Progress| ControlFlow::Continue(());
        let text = |found: Option<Outcome>| {
            found.map(|mut outcome| {
                outcome.seconds = 0.0;
                serde_json::to_string(&outcome).unwrap()
            })
        };
        let once = text(decompose::solve(&plain, &limits, Instant::now(), None, &mut quiet).unwrap());
        prop_assert_eq!(once, text(decompose::solve(&plain, &limits, Instant::now(), None, &mut quiet).unwrap()));
        let hourly = by_workload::without_terms(&terms);
        let mut by_hours = || decompose::solve(&hourly, &limits, Instant::now(), None, &mut quiet).ok().and_then(&text);
        prop_assert_eq!(by_hours(), by_hours());
        let mut with_terms = || by_workload::solve(&terms, &limits, Instant::now(), None, &mut quiet).ok().and_then(&text);
        prop_assert_eq!(with_terms(), with_terms());
    }
}
