use chrono::NaiveDate;
use farthing_types::Quantity;
use proptest::prelude::*;

use super::*;
use crate::people::parse;
use crate::{Totals, Volume};

const PEOPLE: &str = r#"version = 1
[[workflow]]
id = "triage"
role = "examiner"
currency = "USD"
wage_per_hour = 34.5
overhead_rate = 0.2
paid_hours = 2000
productive_hours = 1600
training_and_hiring_per_hour = 1.5
handling_minutes = 10
review_minutes = 1
error_rate = 0.05
error_cost = 40
[workflow.sources]
handling_minutes = { source = "time study", year = 2025 }
"#;

fn people() -> WorkflowPeople {
    parse(PEOPLE).unwrap().remove(0)
}

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

fn day(number: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 5, number).unwrap()
}

/// A decision's variables: handling and review seconds (none: not stated), error cost, requests, outcome.
#[derive(Clone, Debug)]
struct One {
    handling: Option<u32>,
    review: Option<u32>,
    cost: Option<u32>,
    requests: Option<u32>,
    outcome: usize,
}

fn totals(decisions: &[One]) -> Totals {
    let mut sum = Totals { cross: vec![Amount::ZERO; 45], ..Totals::default() };
    for one in decisions {
        let wrong = one.outcome == 2;
        let value = |v: Option<u32>| Amount::from_int(i64::from(v.unwrap_or(0)));
        let flag = |set: bool| Amount::from_int(i64::from(set));
        let cost_unstated = wrong && one.cost.is_none();
        let values = [
            Amount::ONE,
            value(one.handling),
            flag(one.handling.is_none()),
            value(one.review),
            flag(one.review.is_none()),
            value(one.cost),
            flag(cost_unstated),
            value(one.requests),
            flag(wrong),
        ];
        let mut cross = Vec::new();
        for i in 0..9 {
            for j in i..9 {
                cross.push(values[i].checked_mul(values[j]).unwrap());
            }
        }
        let mut outcomes = [0; 4];
        outcomes[one.outcome] = 1;
        let each = Totals {
            outcomes,
            handling_seconds: Quantity(values[1]),
            handling_unstated: u64::from(one.handling.is_none()),
            review_seconds: Quantity(values[3]),
            review_unstated: u64::from(one.review.is_none()),
            error_cost: values[5],
            error_cost_unstated: u64::from(cost_unstated),
            requests: u64::from(one.requests.unwrap_or(0)),
            with_requests: u64::from(one.requests.is_some()),
            cross,
        };
        sum = sum.checked_add(&each).unwrap();
    }
    sum
}

fn any_decision() -> impl Strategy<Value = One> {
    let maybe = || prop::option::of(0..5_000_u32);
    (maybe(), maybe(), maybe(), maybe(), 0..4_usize).prop_map(|(handling, review, cost, requests, outcome)| One {
        handling,
        review,
        cost,
        requests,
        outcome,
    })
}

fn line(name: &str, text: &str, fixed: bool, model: Option<&str>) -> CostLine {
    CostLine {
        name: name.to_owned(),
        kind: LineKind::Inference,
        amount: amount(text),
        source: "statement 2026-05".to_owned(),
        fixed,
        model: model.map(|m| m.parse().unwrap()),
    }
}

fn arm(actor: Actor, model: Option<&str>, days: impl IntoIterator<Item = (u32, Totals)>) -> Observations {
    Observations { actor, model: model.map(|m| m.parse().unwrap()), days: days.into_iter().map(|(n, t)| (day(n), t)).collect() }
}

fn cost(observations: &[Observations], lines: &[CostLine], people: Option<&WorkflowPeople>) -> UnitCost {
    let workflow = "triage".parse().unwrap();
    let window = "2026-05-01/2026-06-01".parse().unwrap();
    unit_cost(&Input { workflow: &workflow, window, currency: Currency::USD, observations, people, lines, sensitivity: None })
        .unwrap()
}

const ACCEPTED: One = One { handling: Some(0), review: Some(0), cost: None, requests: Some(1), outcome: 0 };

#[test]
fn a_month_by_hand() {
    // 100 decisions by the AI: 10 escalated at 360 s each, 2 wrong at the file's 40.00; the rate is 76.50 an hour.
    let mut decisions = vec![ACCEPTED; 88];
    decisions.extend(vec![One { handling: Some(360), outcome: 3, ..ACCEPTED }; 10]);
    decisions.extend(vec![One { outcome: 2, ..ACCEPTED }; 2]);
    let observed = [arm(Actor::Ai, Some("gpt-4o"), [(1, totals(&decisions))])];
    let report = cost(&observed, &[line("tokens", "20", false, None), line("endpoint", "100", true, None)], Some(&people()));

    let [ai, person] = &report.arms[..] else { panic!("{report:?}") };
    let parts: Vec<_> = ai.parts.iter().map(|p| (p.name.as_str(), p.amount.to_string())).collect();
    let expected = [("tokens", "20"), ("endpoint", "100"), ("handling", "76.5"), ("review", "0"), ("error cost", "80")];
    assert_eq!(parts, expected.map(|(name, text)| (name, text.to_owned())));
    assert_eq!((ai.total.to_string(), ai.per_decision.to_string()), ("276.5".into(), "2.765".into()));
    assert_eq!(ai.per_sound_decision.unwrap().to_fixed(6), "2.821429");
    assert!(ai.not_included.is_empty());

    // A person: 10 minutes at 76.50 is 12.75, and 5 % of 40.00 is 2.00.
    assert_eq!((person.basis, person.per_decision.to_string()), (Basis::Entered, "14.75".to_owned()));
    assert!(person.parts[0].source.contains("time study, 2025"));
    // (100 fixed) / (14.75 − 1.765) = 7.7.
    let even = ai.break_even.as_ref().unwrap();
    assert_eq!(even.volume, Volume::AtLeast { decisions_per_month: 8 });
    assert_eq!(even.observed_per_month, 100);
    // (14.75 − 1.965) / 40.
    assert_eq!(even.error_rate, Some(crate::ErrorRate::AtMost { rate: amount("0.319625") }));
}

#[test]
fn the_interval_by_decisions_is_that_of_the_mean() {
    // Handling of 360, 720 and 1080 s at 76.50 an hour: 7.65, 15.30, 22.95; mean 15.30, deviation 7.65, t with 2 degrees 4.302653.
    let decisions = [360, 720, 1080].map(|s| One { handling: Some(s), ..ACCEPTED });
    let observed = [arm(Actor::Person, None, [(1, totals(&decisions))])];
    let report = cost(&observed, &[], Some(&people()));
    let arm = &report.arms[0];
    let interval = arm.interval.as_ref().unwrap();
    assert_eq!(arm.per_decision.to_string(), "15.3");
    assert_eq!((interval.sampled, interval.count, interval.standard_error.to_fixed(6)), ("decisions", 3, "4.416730".to_owned()));
    assert_eq!(interval.high.to_fixed(3), "34.304");
    assert!(arm.notes[0].starts_with("too few decisions: 3"));
    assert_eq!(report.arms.len(), 1);
}

#[test]
fn with_ten_days_the_days_are_sampled() {
    let slow = One { handling: Some(720), ..ACCEPTED };
    let days = (1..=12).map(|n| (n, totals(&vec![if n % 2 == 0 { slow.clone() } else { ACCEPTED }; 5])));
    let report = cost(&[arm(Actor::Ai, None, days)], &[], Some(&people()));
    let interval = report.arms[0].interval.clone().unwrap();
    assert_eq!((interval.sampled, interval.count), ("days", 12));
    assert!(interval.method.contains("delta method"), "a constant volume has no noise: {}", interval.method);
    let check = interval.check.unwrap();
    // Days are 0 or 15.30: the means of resamples are multiples of 1.275, and the expanded percentiles lie by one of them at most off.
    let near = |a: Amount, b: Amount| (a - b).abs() < amount("1.275");
    assert!(near(interval.low, check.low) && near(check.high, interval.high), "{check:?}");
    // Day means are 0 and 15.30 alternating: deviation 7.990 over 12 days, standard error 2.3066.
    assert_eq!(interval.standard_error.to_fixed(3), "2.307");
}

#[test]
fn where_volume_varies_the_interval_is_fiellers() {
    let days = (1..=12).map(|n| (n, totals(&vec![One { handling: Some(60 * n), ..ACCEPTED }; if n % 3 == 0 { 30 } else { 2 }])));
    let report = cost(&[arm(Actor::Ai, None, days)], &[], Some(&people()));
    let interval = report.arms[0].interval.clone().unwrap();
    assert!(interval.method.contains("Fieller"), "{}", interval.method);
    assert!(interval.low < report.arms[0].per_decision && report.arms[0].per_decision < interval.high);
}

#[test]
fn a_saving_is_shown_only_where_its_interval_leaves_zero_out() {
    use Verdict::{Cheaper, Dearer, NotShown};
    let people = people();
    // Handling of 300 or 360 s by turns is about 7.01; people's figure, entered, is 14.75.
    let by_turns = |a: u32, b: u32| {
        totals(&(0..40).map(|i| One { handling: Some(if i % 2 == 0 { a } else { b }), ..ACCEPTED }).collect::<Vec<_>>())
    };
    for (handling, verdict) in [((300, 360), Cheaper), ((900, 960), Dearer), ((0, 1440), NotShown)] {
        let report = cost(&[arm(Actor::Ai, None, [(1, by_turns(handling.0, handling.1))])], &[], Some(&people));
        let found = report.arms[0].against_people.as_ref().unwrap();
        assert_eq!(found.verdict, verdict, "{found:?}");
        assert_eq!(found.saving_per_decision, amount("14.75") - report.arms[0].per_decision);
    }
    // Against people who were measured, both errors count.
    let observed = [arm(Actor::Ai, None, [(1, by_turns(300, 360))]), arm(Actor::Person, None, [(1, by_turns(0, 700))])];
    let report = cost(&observed, &[], Some(&people));
    let found = report.arms[0].against_people.as_ref().unwrap();
    assert_eq!((found.verdict, found.saving_per_decision.to_string()), (NotShown, "0.425".to_owned()));
    // One decision each: nothing is shown.
    let observed = [arm(Actor::Ai, None, [(1, totals(&[ACCEPTED]))])];
    assert_eq!(cost(&observed, &[], Some(&people)).arms[0].against_people.as_ref().unwrap().verdict, NotShown);
}

#[test]
fn what_is_not_stated_is_said() {
    let decisions = [One { handling: None, review: None, outcome: 2, ..ACCEPTED }];
    let report = cost(&[arm(Actor::AiThenPerson, None, [(1, totals(&decisions))])], &[], None);
    assert_eq!(report.arms[0].not_included.len(), 3);
    assert!(report.notes[0].contains("no people file"));
    assert_eq!(report.arms[0].interval, None);
    let report = cost(&[arm(Actor::Person, None, [(1, totals(&[One { handling: Some(60), ..ACCEPTED }]))])], &[], None);
    assert!(report.arms[0].not_included[0].contains("60 s of people's time"));
}

#[test]
fn a_line_of_a_model_without_decisions_is_unassigned() {
    let observed = [arm(Actor::Ai, Some("a"), [(1, totals(&[ACCEPTED]))]), arm(Actor::Person, None, [(1, totals(&[ACCEPTED]))])];
    let report = cost(&observed, &[line("a", "5", false, Some("a")), line("b", "7", false, Some("b"))], Some(&people()));
    assert_eq!(report.arms[0].total.to_string(), "5");
    assert_eq!(report.unassigned[0].amount.to_string(), "7");
    assert!(report.arms[1].parts.iter().all(|p| p.kind != LineKind::Inference), "people bear no inference");
}

#[test]
fn people_in_another_currency_are_refused() {
    let people = parse(&PEOPLE.replace("USD", "EUR")).unwrap().remove(0);
    let workflow = "triage".parse().unwrap();
    let window = "2026-05-01/2026-06-01".parse().unwrap();
    let input = Input {
        workflow: &workflow,
        window,
        currency: Currency::USD,
        observations: &[],
        people: Some(&people),
        lines: &[],
        sensitivity: None,
    };
    assert!(matches!(unit_cost(&input), Err(EconomicsError::Currency { .. })));
}

#[test]
fn the_report_as_json() {
    let mut decisions = vec![ACCEPTED; 40];
    decisions.push(One { handling: Some(360), outcome: 1, ..ACCEPTED });
    decisions.push(One { outcome: 2, ..ACCEPTED });
    let observed = [arm(Actor::Ai, Some("gpt-4o"), [(1, totals(&decisions[..20])), (2, totals(&decisions[20..]))])];
    let report = cost(&observed, &[line("endpoint", "100", true, None)], Some(&people()));
    insta::assert_snapshot!(serde_json::to_string_pretty(&report).unwrap());
}

fn any_arms() -> impl Strategy<Value = Vec<Observations>> {
    let days = || prop::collection::vec(prop::collection::vec(any_decision(), 0..4), 0..14);
    let arm_of = move |actor: Actor, model: Option<&'static str>| {
        days().prop_map(move |days| arm(actor, model, days.iter().enumerate().map(|(i, d)| (i as u32 + 1, totals(d)))))
    };
    (
        arm_of(Actor::Ai, Some("a")),
        arm_of(Actor::AiThenPerson, Some("a")),
        arm_of(Actor::Ai, Some("b")),
        arm_of(Actor::Person, None),
    )
        .prop_map(|(a, b, c, d)| vec![a, b, c, d])
}

fn any_lines() -> impl Strategy<Value = Vec<CostLine>> {
    let one = (-(10_i128.pow(26))..10_i128.pow(26), any::<bool>(), 0..4_usize);
    prop::collection::vec(one, 0..6).prop_map(|rows| {
        let built = rows.into_iter().map(|(atto, fixed, model)| {
            let mut built = line("line", "0", fixed, [None, Some("a"), Some("b"), Some("c")][model]);
            built.amount = Amount::from_atto(atto).unwrap();
            built
        });
        built.collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn parts_sum_to_totals_and_arms_to_lines(arms in any_arms(), lines in any_lines()) {
        let report = cost(&arms, &lines, Some(&people()));
        let mut borne: Amount = report.unassigned.iter().map(|line| line.amount).sum();
        for arm in &report.arms {
            prop_assert_eq!(arm.parts.iter().map(|p| p.amount).sum::<Amount>(), arm.total);
            prop_assert_eq!(arm.parts.iter().map(|p| p.per_decision).sum::<Amount>(), arm.per_decision);
            if arm.decisions > 0 {
                prop_assert_eq!(arm.total.checked_div(Amount::from_int(arm.decisions as i64)), Some(arm.per_decision));
            }
            if let Some(interval) = &arm.interval {
                prop_assert!(interval.low <= interval.high);
                prop_assert!(interval.low <= arm.per_decision + amount("0.000001"));
                prop_assert!(interval.high + amount("0.000001") >= arm.per_decision);
            }
            borne += arm.parts.iter().filter(|p| p.kind == LineKind::Inference).map(|p| p.amount).sum::<Amount>();
        }
        prop_assert_eq!(borne, lines.iter().map(|line| line.amount).sum::<Amount>());
    }

    #[test]
    fn the_order_of_arms_and_days_changes_nothing(arms in any_arms(), lines in any_lines()) {
        let report = cost(&arms, &lines, Some(&people()));
        let reversed: Vec<Observations> = arms.into_iter().rev().collect();
        prop_assert_eq!(cost(&reversed, &lines, Some(&people())), report);
    }

    /// The moments from exact cross products against those from the decisions themselves.
    #[test]
    fn the_interval_by_decisions_matches_two_passes(decisions in prop::collection::vec(any_decision(), 2..40)) {
        let report = cost(&[arm(Actor::Ai, None, [(1, totals(&decisions))])], &[], Some(&people()));
        let each = |one: &One| {
            let minutes = |stated: Option<u32>, default: f64| stated.map_or(default, |s| f64::from(s) / 60.0);
            let cost = one.cost.map_or(if one.outcome == 2 { 40.0 } else { 0.0 }, f64::from);
            (minutes(one.handling, 10.0) + minutes(one.review, 1.0)) * 76.5 / 60.0 + cost
        };
        let costs: Vec<f64> = decisions.iter().map(each).collect();
        let n = costs.len() as f64;
        let mean = costs.iter().sum::<f64>() / n;
        let error = (costs.iter().map(|c| (c - mean).powi(2)).sum::<f64>() / (n - 1.0) / n).sqrt();
        let shown: f64 = report.arms[0].interval.as_ref().unwrap().standard_error.to_string().parse().unwrap();
        prop_assert!((shown - error).abs() < 1e-5 + error * 1e-9, "{} {}", shown, error);
    }
}

#[test]
fn segments_bear_the_lines_together_and_the_whole_is_their_sum() {
    let lines = [line("endpoint", "100", true, None)];
    let people = people();
    let web = [arm(Actor::Ai, None, [(1, totals(&vec![ACCEPTED; 30]))])];
    let post = [arm(Actor::Ai, None, [(1, totals(&vec![ACCEPTED; 10]))])];
    let workflow = "triage".parse().unwrap();
    let window = "2026-05-01/2026-06-01".parse().unwrap();
    let input = Input {
        workflow: &workflow,
        window,
        currency: Currency::USD,
        observations: &[],
        people: Some(&people),
        lines: &lines,
        sensitivity: None,
    };
    let both = crate::unit_costs(&input, &[&web, &post]).unwrap();
    let endpoint: Vec<_> = both.iter().map(|slice| slice.arms[0].parts[0].amount.to_string()).collect();
    assert_eq!(endpoint, ["75", "25"], "by their calls");
    assert_eq!(both.iter().map(|slice| slice.arms.len()).collect::<Vec<_>>(), [2, 2], "people stand beside each");
}

#[test]
fn automation_augmentation_and_capacity() {
    // 70 by the AI alone, 20 handed on at 6 min, 10 checked for 1 min (the file's), 5 by people at 10 min.
    let handed_on = One { handling: Some(360), outcome: 3, ..ACCEPTED };
    let mut by_ai = vec![ACCEPTED; 70];
    by_ai.extend(vec![handed_on; 20]);
    let observed = [
        arm(Actor::Ai, None, [(1, totals(&by_ai))]),
        arm(Actor::AiThenPerson, None, [(1, totals(&vec![One { review: None, ..ACCEPTED }; 10]))]),
        arm(Actor::Person, None, [(1, totals(&vec![One { handling: Some(600), ..ACCEPTED }; 5]))]),
    ];
    let capacity = cost(&observed, &[], Some(&people())).capacity.unwrap();
    assert_eq!((capacity.automated, capacity.augmented, capacity.person, capacity.decisions), (70, 30, 5, 105));
    assert_eq!(capacity.minutes_of_a_person.unwrap().to_string(), "10");
    // 100 decisions at 10 min are 1 000 min; people worked 120 on what was handed on and 10 on checks.
    assert_eq!(capacity.hours_freed.unwrap().to_fixed(6), "14.500000");
    // And 50 min on their own.
    assert_eq!(capacity.hours_worked.to_fixed(6), "3.000000");
    let shares = [capacity.automated_share, capacity.augmented_share, capacity.person_share];
    assert_eq!(shares.iter().map(|s| s.to_fixed(4)).collect::<Vec<_>>(), ["0.6667", "0.2857", "0.0476"]);
}

#[test]
fn a_tornado_by_hand() {
    let mut decisions = vec![ACCEPTED; 98];
    decisions.extend(vec![One { outcome: 2, ..ACCEPTED }; 2]);
    let observed = [arm(Actor::Ai, None, [(1, totals(&decisions))])];
    let lines = [line("endpoint", "100", true, None)];
    let (workflow, people) = ("triage".parse().unwrap(), people());
    let window = "2026-05-01/2026-06-01".parse().unwrap();
    let input = Input {
        workflow: &workflow,
        window,
        currency: Currency::USD,
        observations: &observed,
        people: Some(&people),
        lines: &lines,
        sensitivity: Some(amount("0.1")),
    };
    let report = unit_cost(&input).unwrap();
    let tornado = &report.sensitivity[0];
    // A person: 12.75 of handling and 2.00 of errors. The AI: 1.00 and 0.80.
    assert_eq!(tornado.saving_per_decision.to_string(), "12.95");
    let swing = |name: &str| {
        let input = tornado.inputs.iter().find(|input| input.input == name).unwrap_or_else(|| panic!("{name}: {tornado:#?}"));
        (input.range.clone(), input.swing.to_fixed(4))
    };
    assert_eq!(swing("handling by people"), ("± 10 %".into(), "2.5500".into()));
    assert_eq!(swing("loaded rate of people"), ("± 10 %".into(), "2.5500".into()));
    assert_eq!(swing("cost of an error"), ("± 10 %".into(), "0.2400".into()));
    assert_eq!(swing("endpoint, fixed"), ("± 10 %".into(), "0.2000".into()));
    assert_eq!(swing("error rate of people"), ("± 10 %".into(), "0.4000".into()));
    // 100 / 90 less 100 / 110.
    assert_eq!(swing("volume, over which fixed cost is spread"), ("± 10 %".into(), "0.2020".into()));
    // 2 of 100: 0.02 ± 1.984 · 0.01407, the lower bound cut at nought, at 40.00 each.
    let (range, by_errors) = swing("error rate of the AI");
    assert_eq!((range.as_str(), by_errors.as_str()), ("95 % interval", "1.9168"));
    let swings: Vec<Amount> = tornado.inputs.iter().map(|input| input.swing).collect();
    assert!(swings.is_sorted_by(|a, b| a >= b), "the widest first");
    assert!(tornado.inputs.iter().all(|input| !input.decides));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn segments_sum_to_the_lines(groups in prop::collection::vec(any_arms(), 1..4), lines in any_lines()) {
        let (workflow, people) = ("triage".parse().unwrap(), people());
        let window = "2026-05-01/2026-06-01".parse().unwrap();
        let input = Input { workflow: &workflow, window, currency: Currency::USD, observations: &[], people: Some(&people), lines: &lines, sensitivity: Some(amount("0.2")) };
        let slices: Vec<&[Observations]> = groups.iter().map(Vec::as_slice).collect();
        let reports = crate::unit_costs(&input, &slices).unwrap();
        let parts = reports.iter().flat_map(|report| &report.arms).flat_map(|arm| &arm.parts);
        let borne: Amount = parts.filter(|p| p.kind == LineKind::Inference).map(|p| p.amount).sum();
        let unassigned: Amount = reports.iter().flat_map(|report| &report.unassigned).map(|line| line.amount).sum();
        prop_assert_eq!(borne + unassigned, lines.iter().map(|line| line.amount).sum::<Amount>());
        for report in &reports {
            if let Some(capacity) = &report.capacity {
                prop_assert_eq!(capacity.automated + capacity.augmented + capacity.person, capacity.decisions);
            }
            // What one input does alone is the saving where it is moved to what it is.
            for input in report.sensitivity.iter().flat_map(|arm| &arm.inputs) {
                prop_assert!(input.low <= input.base + amount("0.000001") && input.base <= input.high + amount("0.000001"));
            }
        }
    }
}
