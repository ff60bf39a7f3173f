use farthing_types::{Amount, BillingPeriod, UnitId};
use proptest::prelude::*;

use super::*;
use crate::people::parse as people;
use crate::tokens::PoolShare;

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

fn month(text: &str) -> BillingPeriod {
    text.parse().unwrap()
}

const SYSTEMS: &str = r#"version = 1
currency = "USD"

[[system]]
id = "triage"
name = "Claims triage"
units = ["claims"]
workflow = "claims"

[[system.line]]
id = "endpoint"
kind = "inference"
charges = { "tag:Workload" = "claims" }

[[system.line]]
id = "retraining"
kind = "training"
charges = { "tag:Workload" = "claims-model" }
over_months = 3

[[system.line]]
id = "platform"
kind = "platform"
pool = "shared"

[[system.line]]
id = "engineers"
kind = "people"
hours_per_month = 40
rate_per_hour = 95
source = { source = "time sheets", year = 2026 }
"#;

fn charge(unit: &str, workload: Option<&str>, cost: &str) -> OwnedCharge {
    OwnedCharge {
        unit: unit.parse().unwrap(),
        category: if workload.is_some() { "AI" } else { "Storage" }.to_owned(),
        values: vec![workload.map(str::to_owned)],
        cost: amount(cost),
        charges: 1,
    }
}

fn total(month: &MonthCharges) -> Amount {
    month.charges.iter().map(|c| c.cost).chain(month.shares.iter().map(|s| s.cost)).sum()
}

fn report(text: &str, months: &[MonthCharges]) -> Result<Ownership, OwnershipError> {
    let document = SystemsDocument::parse(text).unwrap();
    let statement_total = total(months.last().unwrap());
    ownership(&OwnershipInput { period: months.last().unwrap().period, document: &document, months, statement_total })
}

#[test]
fn every_charge_goes_to_one_line_or_to_none() {
    let share = |pool: &str, cost: &str| PoolShare { unit: "claims".parse().unwrap(), pool: pool.to_owned(), cost: amount(cost) };
    let months = [
        MonthCharges {
            period: month("2026-04"),
            charges: vec![charge("claims", Some("claims-model"), "100")],
            shares: Vec::new(),
        },
        MonthCharges {
            period: month("2026-05"),
            charges: vec![
                charge("claims", Some("claims"), "50"),
                charge("claims", Some("claims-model"), "10"),
                charge("claims", None, "7"),
            ],
            shares: vec![share("shared", "5"), share("other", "3")],
        },
    ];
    let report = report(SYSTEMS, &months).unwrap();
    let system = &report.systems[0];
    let lines: Vec<_> = system.lines.iter().map(|l| (l.id.as_str(), l.cost.to_fixed(4), l.source.as_str())).collect();
    let expected = [
        ("endpoint", "50.0000", "bill: tag:Workload = claims"),
        // A third of 10 and a third of the 100 of the month before.
        ("retraining", "36.6667", "bill: tag:Workload = claims-model"),
        ("platform", "5.0000", "bill: share of pool shared"),
        ("engineers", "3800.0000", "entered: time sheets, 2026"),
    ];
    assert_eq!(lines, expected.map(|(id, cost, source)| (id, cost.to_owned(), source)));
    assert_eq!((system.billed.to_string(), system.entered.to_string()), ("65".into(), "3800".into()));
    let unclaimed: Vec<_> = report.unclaimed.iter().map(|l| (l.name.as_str(), l.amount.to_string())).collect();
    assert_eq!(unclaimed, [("Storage", "7".into()), ("share of pool other", "3".into())]);
    assert_eq!((report.claimed.to_string(), report.difference), ("65".into(), Amount::ZERO));
    assert_eq!(report.notes.len(), 1);
    assert!(report.notes[0].contains("1 of the 2 months before, from 2026-03 to 2026-03"), "{}", report.notes[0]);
}

const TWICE: &str = r#"version = 1
currency = "USD"
[[system]]
id = "a"
units = ["claims"]
line = [{ id = "all", kind = "other", charges = {} }]
[[system]]
id = "b"
units = ["claims"]
line = [{ id = "ai", kind = "inference", charges = { "tag:Workload" = "claims" } }]
"#;

#[test]
fn a_charge_that_two_lines_claim_is_named_unless_they_share_it() {
    let months = [MonthCharges {
        period: month("2026-05"),
        charges: vec![charge("claims", Some("claims"), "10"), charge("claims", None, "1")],
        shares: Vec::new(),
    }];
    let error = report(TWICE, &months).unwrap_err().to_string();
    assert!(
        error.starts_with("2026-05: system a, line all and system b, line ai all claim AI of unit claims: 1 charges, 10. "),
        "{error}"
    );
    let shared =
        TWICE.replace("charges = {} }", "charges = {}, share = 0.25 }").replace("\"claims\" } }", "\"claims\" }, share = 0.5 }");
    let report = report(&shared, &months).unwrap();
    let claims: Vec<_> = report.systems.iter().map(|system| system.billed.to_string()).collect();
    assert_eq!(claims, ["2.75", "5"]);
    assert_eq!((report.unclaimed_total.to_string(), report.difference), ("3.25".into(), Amount::ZERO));
    let too_much = shared.replace("0.25", "0.75");
    assert!(super::tests::report(&too_much, &months).is_err());
}

#[test]
fn problems_of_a_document_are_named_with_their_lines() {
    let wrong = SYSTEMS
        .replace("pool = \"shared\"", "pool = \"shared\"\ncharges = {}")
        .replace("over_months = 3", "over_months = 0")
        .replace("rate_per_hour = 95\n", "")
        .replace("id = \"endpoint\"", "id = \"retraining\"");
    let problems = SystemsDocument::parse(&wrong).unwrap_err();
    insta::assert_snapshot!(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
    let none = "version = 1\ncurrency = \"USD\"\n[[system]]\nid = \"a\"\nline = [{ id = \"x\", kind = \"licence\", amount = 3, from = 2026-01-01 }]\n";
    let problems = SystemsDocument::parse(none).unwrap_err();
    assert!(problems[0].to_string().contains("say where the amount comes from"), "{problems:?}");
    assert!(SystemsDocument::parse("version = 1\n").unwrap_err()[0].to_string().contains("currency"));
}

#[test]
fn an_hour_without_the_system_costs_its_people() {
    let people = people(
        "version = 1\n[[workflow]]\nid = \"claims\"\nrole = \"examiner\"\ncurrency = \"USD\"\nwage_per_hour = 30\nbenefits_share = 0\n\
         handling_minutes = 6\nreview_minutes = 1\n",
    )
    .unwrap()
    .remove(0);
    let hour = |text: &str, by_ai: u64, checked: u64| (text.parse().unwrap(), HourOfWork { by_ai, checked });
    let hours = [hour("2026-05-01T09:00:00Z", 60, 12), hour("2026-05-02T09:00:00Z", 60, 12)];
    let window = "2026-05-01/2026-05-03".parse().unwrap();
    let input = FallbackInput { window, people: &people, hours: &hours, people_on_hand: Some(5) };
    let found = fallback(&input).unwrap().unwrap();
    // 60 × 6 + 12 × (6 − 1) minutes are 7 hours, at 30; over 48 hours there are 14 of them.
    assert_eq!((found.busiest_cost.to_string(), found.busiest_people.to_string()), ("210".into(), "7".into()));
    assert_eq!((found.cost_per_hour.to_string(), found.decisions_per_hour.to_string()), ("8.75".into(), "3".into()));
    assert_eq!(found.busiest_hour, hours[0].0);
    // Five people get to five sevenths of it.
    assert_eq!(found.left_in_busiest.unwrap().to_fixed(3), "20.571");
    assert_eq!(found.left_per_hour, Some(Amount::ZERO));
    assert_eq!(fallback(&FallbackInput { hours: &[], ..input }).unwrap(), None);
}

fn any_charge() -> impl Strategy<Value = OwnedCharge> {
    let units = prop::sample::select(vec!["claims", "other"]);
    let workloads = prop::option::of(prop::sample::select(vec!["claims", "claims-model", "x"]));
    (units, workloads, -(10_i128.pow(30))..10_i128.pow(30))
        .prop_map(|(unit, workload, cost)| OwnedCharge { cost: Amount::from_atto(cost).unwrap(), ..charge(unit, workload, "0") })
}

proptest! {
    /// Claimed and unclaimed are what the units cost; and over the months that bear it, an amortised line costs what was billed.
    #[test]
    fn nothing_is_lost_and_nothing_counts_twice(charges in prop::collection::vec(any_charge(), 0..30), first in 1..100_u32, second in 1..100_u32) {
        let text = format!(
            "{SYSTEMS}\n[[system]]\nid = \"second\"\nunits = [\"other\"]\n[[system.line]]\nid = \"p\"\nkind = \"other\"\ncharges = {{ \"tag:Workload\" = \"x\" }}\n\
             share = \"{}\"\n[[system.line]]\nid = \"q\"\nkind = \"other\"\ncharges = {{}}\nshare = \"{}\"\n",
            Amount::from_int(i64::from(first)).checked_div(Amount::from_int(200)).unwrap(),
            Amount::from_int(i64::from(second)).checked_div(Amount::from_int(200)).unwrap(),
        );
        let charges: Vec<OwnedCharge> = charges.into_iter().filter(|charge| charge.unit == "claims".parse::<UnitId>().unwrap() || charge.values[0].is_some()).collect();
        let first_month = MonthCharges { period: month("2026-05"), charges, shares: Vec::new() };
        let now = report(&text, std::slice::from_ref(&first_month)).unwrap();
        prop_assert_eq!(now.difference, Amount::ZERO);
        prop_assert_eq!(now.claimed + now.unclaimed_total, total(&first_month));
        prop_assert_eq!(now.systems.iter().map(|system| system.billed).sum::<Amount>(), now.claimed);
        let retraining = |report: &Ownership| report.systems[0].lines[1].clone();
        let mut borne = retraining(&now).cost;
        for later in ["2026-06", "2026-07"] {
            let empty = MonthCharges { period: month(later), charges: Vec::new(), shares: Vec::new() };
            borne += retraining(&report(&text, &[first_month.clone(), empty]).unwrap()).cost;
        }
        prop_assert_eq!(borne, retraining(&now).billed);
    }
}
