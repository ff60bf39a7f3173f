use std::collections::BTreeMap;

use chrono::NaiveDate;
use farthing_types::Amount;
use serde_json::Value;

use super::document::Planning;
use super::{MeasuredError, commitments, contracts, portfolio, routing, scenarios, storage};
use crate::program::Limits;

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

fn planning(text: &str) -> Planning {
    Planning::from_toml(&format!("version = 1\n{text}")).unwrap()
}

const OFFERS: &str = r#"
[[commitments.offer]]
id = "plan"
product = "aws_compute_savings_plan"
term_months = 12
discount = 0.28
charges = { ServiceName = "EC2" }

[[commitments.offer]]
id = "reserved"
product = "aws_reserved_instance"
term_months = 12
discount = 0.4
charges = { ServiceName = "EC2", SkuId = ["A"] }
"#;

fn facts() -> commitments::Facts {
    let rented = |sku: &str, price: &str, hours: Vec<i64>| commitments::Rented {
        provider: "AWS".to_owned(),
        service: "EC2".to_owned(),
        sku: sku.to_owned(),
        region: "us-east-1".to_owned(),
        on_demand: amount(price),
        hours: hours.into_iter().map(Amount::from_int).collect(),
        listed: Vec::new(),
    };
    let day = |busy: i64, calm: i64| (0..24 * 28).map(move |hour| if hour % 24 < 12 { busy } else { calm }).collect();
    commitments::Facts {
        until: NaiveDate::from_ymd_opt(2026, 6, 1).unwrap(),
        rented: vec![rented("A", "1", day(10, 6)), rented("B", "0.5", day(4, 4)), rented("C", "3", day(1, 1))],
        held: vec![commitments::Held {
            id: "arn:1".to_owned(),
            name: "Plan".to_owned(),
            provider: "AWS".to_owned(),
            is_spend: true,
            hourly_cost: amount("0.72"),
            hourly_units: Amount::ZERO,
            rates: vec![(0, amount("0.72"))],
        }],
        daily: 3,
    }
}

#[test]
fn an_offer_without_a_discount_is_priced_by_the_price_list_and_covers_what_that_has() {
    let mut facts = facts();
    let listed = |payment: &str, price: &str| commitments::Listed {
        term_months: 12,
        payment: Some(payment.to_owned()),
        price: amount(price),
    };
    facts.rented[0].listed = vec![listed("no_upfront", "0.63"), listed("all_upfront", "0.59")];
    let priced = |more: &str| {
        let text = format!("{}{more}\n", OFFERS.replace("discount = 0.4", "").trim_end());
        commitments::derive(&facts, &planning(&text)).unwrap().instance["offers"].clone()
    };
    let hourly = |offers: &Value| {
        let offer = offers.as_array().unwrap().iter().find(|offer| offer["id"] == "reserved: EC2 A us-east-1");
        offer.map(|offer| offer["hourly"].as_str().unwrap().to_owned())
    };
    assert_eq!(hourly(&priced("")).as_deref(), Some("0.63"));
    assert_eq!(hourly(&priced("\npayment = \"all_upfront\"")).as_deref(), Some("0.59"));
    assert_eq!(hourly(&priced("\npayment = \"partial_upfront\"")), None);
}

#[test]
fn reservations_cover_what_always_runs_and_a_held_plan_counts_until_it_ends() {
    let text = format!("{OFFERS}\n[[commitments.held]]\nid = \"arn:1\"\nends = 2026-12-01\n");
    let derived = commitments::derive(&facts(), &planning(&text)).unwrap();
    let instance = crate::commitments::Instance::from_json(&derived.text()).unwrap();
    assert_eq!(instance.slots.iter().map(|s| s.hours).sum::<Amount>().round(9), Amount::from_int(12 * 730));
    assert_eq!((instance.existing[0].ends, instance.existing[0].quantity), (6, amount("0.72")));
    let plan = crate::commitments::solve(&instance, &Limits::default()).unwrap();
    let now = crate::commitments::verify(&instance, &[]).unwrap();
    let planned = plan.priced.unwrap();
    assert!(planned.expected < now.expected, "{planned:?}");
    let reserved: Vec<_> = plan.purchases.iter().filter(|p| p.offer.starts_with("reserved")).collect();
    assert!(!reserved.is_empty() && reserved.iter().all(|p| p.quantity >= Amount::from_int(5)), "{:?}", plan.purchases);
}

#[test]
fn what_is_missing_in_the_document_is_named_with_the_next_step() {
    let error = commitments::derive(&facts(), &planning("")).unwrap_err();
    assert!(matches!(error, MeasuredError::Missing { section: "[[commitments.offer]]", .. }));
    assert!(error.to_string().contains("farthing planning publish"), "{error}");
    let elsewhere = OFFERS.replace("EC2", "Lambda");
    let error = commitments::derive(&facts(), &planning(&elsewhere)).unwrap_err();
    assert!(error.to_string().contains("compare `charges`"), "{error}");
    assert!(Planning::from_toml("version = 2").unwrap_err().to_string().contains("version 2"));
    assert!(Planning::from_toml("version = 1\n[[scenario]]\nid = \"a\"\nprobability = 0.5\ndemand = 1").is_err());
    assert!(Planning::from_toml("version = 1\ncommitmnts = 1").is_err());
}

#[test]
fn three_points_have_the_variance_of_the_weeks() {
    let weeks = [80.0, 100.0, 120.0, 100.0];
    let (points, _) = scenarios(&[], &weeks);
    let mean: f64 = points.iter().map(|p| crate::to_f64(p.probability) * crate::to_f64(p.demand)).sum();
    let variance: f64 = points.iter().map(|p| crate::to_f64(p.probability) * (crate::to_f64(p.demand) - mean).powi(2)).sum();
    assert!((mean - 1.0).abs() < 1e-9 && (variance - 0.08 / 3.0).abs() < 1e-4, "{variance}");
    assert_eq!(scenarios(&[], &[1.0, 2.0]).0.len(), 1);
}

#[test]
fn cold_data_moves_and_data_without_an_inventory_stays() {
    let text = r#"
[storage]
months = 6
[[storage.class]]
id = "STANDARD"
storage = 0.023
[[storage.class]]
id = "GLACIER"
storage = 0.004
transition = 0.03
retrieval = 0.01
minimum_months = 3
[[storage.dataset]]
resource = "arn:aws:s3:::logs*"
class = "STANDARD"
mean_object_kb = 1024
prefix = "logs/"
"#;
    let stored = |resource: &str| storage::Stored {
        resource: resource.to_owned(),
        gb: amount("1000"),
        requests: Amount::ZERO,
        cost: amount("23"),
    };
    let derived = storage::derive(&[stored("arn:aws:s3:::logs-1"), stored("arn:aws:s3:::other")], &planning(text)).unwrap();
    assert!(derived.assumptions.iter().any(|said| said.contains("1 resources at 23.00")), "{:?}", derived.assumptions);
    let instance = crate::storage::Instance::from_json(&derived.text()).unwrap();
    assert_eq!(instance.datasets[0].objects, Amount::from_int(1_024_000));
    let plan = crate::storage::solve(&instance, &Limits::default()).unwrap();
    assert_eq!(plan.datasets[0].stays[0].class, "GLACIER");
    assert_eq!(plan.datasets[0].today, Some(amount("138")));
}

#[test]
fn a_commit_below_what_is_used_is_signed_and_today_is_list_price() {
    let text = r#"
[[contracts.offer]]
id = "commit"
provider = "openai"
pricing = { kind = "commit", minimum = 800, price = 0.85 }
[[contracts.offer]]
id = "of nobody"
provider = "cohere"
pricing = { kind = "commit", minimum = 1, price = 0.1 }
"#;
    let facts = contracts::Facts {
        tokens: vec![contracts::TokenNeed {
            model: "gpt-4o".to_owned(),
            provider: "openai".to_owned(),
            monthly: amount("1000"),
            tokens: amount("5000000"),
        }],
        ..contracts::Facts::default()
    };
    let derived = contracts::derive(&facts, &planning(text)).unwrap();
    let cost = |instance: &Value| {
        let instance = crate::contracts::Instance::from_json(&instance.to_string()).unwrap();
        crate::contracts::solve(&instance, &Limits::default()).unwrap().proof.objective.unwrap()
    };
    assert_eq!(cost(&derived.instance), Amount::from_int(10_200));
    assert_eq!(cost(&contracts::as_today(&derived.instance, &facts)), Amount::from_int(12_000));
    assert!(derived.assumptions.iter().any(|said| said.contains("of nobody")));
}

#[test]
fn decisions_move_to_the_cheaper_arm_as_far_as_it_was_measured_and_quality_stays() {
    let arm = |name: &str, is_person, decisions, wrong, cost: &str| routing::Arm {
        workflow: "claims".to_owned(),
        name: name.to_owned(),
        is_person,
        decisions,
        wrong,
        cost: amount(cost),
        model: None,
        half_width: None,
    };
    let arms = [arm("small", false, 1000, 20, "1"), arm("people", true, 1000, 20, "5")];
    let derived = routing::derive(&arms, 1, &Planning::default()).unwrap();
    let instance = crate::routing::Instance::from_json(&derived.text()).unwrap();
    let plan = crate::routing::solve(&instance, &Limits::default()).unwrap();
    assert_eq!(plan.proof.objective, Some(amount("5000")));
    assert!(routing::derive(&[], 1, &Planning::default()).is_err());
}

#[test]
fn a_model_that_costs_more_than_people_is_retired_unless_it_can_be_mended() {
    let card = |model: &str, cost: &str, value: &str| portfolio::Card {
        model: model.to_owned(),
        monthly_cost: amount(cost),
        monthly_value: Some(amount(value)),
        covers: vec![("claims".to_owned(), amount("0.5"))],
        decisions: 10,
    };
    let cards = [card("good", "10", "50"), card("bad", "30", "20")];
    let option_of = |text: &str| {
        let derived = portfolio::derive(&cards, &planning(text)).unwrap();
        let instance = crate::portfolio::Instance::from_json(&derived.text()).unwrap();
        let plan = crate::portfolio::solve(&instance, &Limits::default()).unwrap();
        plan.assets.iter().map(|a| (a.asset.clone(), a.option.clone())).collect::<BTreeMap<_, _>>()
    };
    assert_eq!((option_of("")["good"].as_str(), option_of("")["bad"].as_str()), ("keep", "retire"));
    let mended = "[[portfolio.option]]\nasset = \"bad\"\nkind = \"retrain\"\nid = \"retrain\"\nvalue_factor = 2\none_off = 30";
    assert_eq!(option_of(mended)["bad"], "retrain");
    let unknown =
        portfolio::derive(&cards, &planning("[[portfolio.option]]\nasset = \"other\"\nkind = \"retrain\"")).unwrap_err();
    assert!(unknown.to_string().contains("known are good, bad"), "{unknown}");
}
