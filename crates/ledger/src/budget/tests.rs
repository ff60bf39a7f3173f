use farthing_types::{Cost, Selection};
use proptest::prelude::*;

use super::*;
use crate::{Billed, Line, LineKind, Statement, StatementInput, StatementUnit, statements};
use farthing_types::{Amount, BillingPeriod, Currency, UnitId};

fn id(text: &str) -> UnitId {
    text.parse().unwrap()
}

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

fn may() -> BillingPeriod {
    "2026-05".parse().unwrap()
}

const FILE: &str = "unit,month,amount,currency,alert_actual,alert_forecast,note\n\
    top,2026-01/2026-12,1000,USD,80%;100,none,agreed in October\n\
    left,2026-05,700.50,USD,,,\n\
    right,2026-05,400,USD,none,90.5,\n\
    right,2026-06,1,EUR,,,\n";

fn refused(text: &str) -> String {
    BudgetsDocument::parse(text).unwrap_err().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_file_says_what_each_unit_may_cost_in_a_month() {
    let document = BudgetsDocument::parse(FILE).unwrap();
    let budgets = document.of(may());
    assert_eq!(budgets.len(), 3);
    assert_eq!(budgets[&id("top")].thresholds, Thresholds { actual: vec![amount("80"), amount("100")], forecast: vec![] });
    assert_eq!(budgets[&id("left")].thresholds, Thresholds::default());
    assert_eq!(budgets[&id("left")].amount, amount("700.5"));
    assert_eq!(document.of("2026-06".parse().unwrap())[&id("right")].currency, Currency::EUR);
    assert!(document.of("2027-01".parse().unwrap()).is_empty());
}

#[test]
fn problems_name_line_unit_cause_and_next_step() {
    let cases = [
        (
            "top,2026-05,1,USD,,,\ntop,2026-01/2026-12,1,USD,,,",
            "line 3: unit \"top\": line 2 has a budget for 2026-05 already: keep one",
        ),
        ("top,May,1,USD,,,", "line 2: unit \"top\": month: \"May\" is not a billing period"),
        ("top,2026-05/2026-04,1,USD,,,", "2026-05 is not before 2026-04"),
        ("top,2026-05/2099-04,1,USD,,,", "is more than 120 months"),
        ("top,2026-05,-1,USD,,,", "the amount -1 is below zero"),
        ("top,2026-05,1e30,USD,,,", "amount: the amount does not fit"),
        ("top,2026-05,,USD,,,", "there is no amount: give an amount such as"),
        ("top,2026-05,1,dollars,,,", "currency: \"dollars\" is not an ISO 4217"),
        ("top,2026-05,1,USD,eighty,,", "alert_actual: \"eighty\" is no share in percent"),
        (",2026-05,1,USD,,,", "line 2: there is no unit"),
        ("top,2026-05", "line 2: the row cannot be read"),
        ("", "there is no budget in it"),
    ];
    let header = FILE.lines().next().unwrap();
    for (rows, expected) in cases {
        let said = refused(&format!("{header}\n{rows}\n"));
        assert!(said.contains(expected), "{rows:?}: {said}\nlacks {expected:?}");
    }
    assert!(refused("unit,month,amount\n").contains("line 1: there is no column \"currency\""));
    assert!(refused("unit,month,amount,currency,owner\n").contains("the column \"owner\" means nothing here"));
    assert!(refused("unit,month,amount,currency,unit\n").contains("the column \"unit\" stands twice"));
}

/// Statements of May over a tree top → (left → leaf, right), of these own totals.
fn of_tree(totals: &[(&str, &str, Amount)]) -> Vec<Statement> {
    let unit = |name: &str, parent: Option<&str>| StatementUnit {
        id: id(name),
        name: name.to_uppercase(),
        parent: parent.map(id),
        owner: None,
        cost_center: None,
    };
    let line = |(unit, currency, amount): &(&str, &str, Amount)| Line {
        unit: id(unit),
        source: "s".parse().unwrap(),
        currency: currency.parse().unwrap(),
        kind: LineKind::Direct,
        amount: *amount,
    };
    let billed = |(_, currency, amount): &(&str, &str, Amount)| Billed {
        source: "s".parse().unwrap(),
        currency: currency.parse().unwrap(),
        amount: *amount,
        charges: 1,
    };
    statements(&StatementInput {
        selection: Selection::Period(may()),
        cost: Cost::Effective,
        rule_set: None,
        revisions: vec![],
        units: vec![unit("top", None), unit("left", Some("top")), unit("leaf", Some("left")), unit("right", Some("top"))],
        lines: totals.iter().map(line).collect(),
        unattributed: vec![],
        billed: totals.iter().map(billed).collect(),
        corrections: vec![],
        notes: vec![],
    })
    .unwrap()
}

fn status_of(statements: &[Statement], file: &str, expected: &[(&str, &str)]) -> BudgetStatus {
    let units = [("top", None), ("left", Some("top")), ("leaf", Some("left")), ("right", Some("top"))];
    let expected = expected.iter().map(|(unit, total)| {
        let total = amount(total);
        let expected = Expected {
            total,
            low: None,
            high: None,
            days_to_come: 3,
            days_of_history: 20,
            method: "smoothing".into(),
            back_test: None,
        };
        ((id(unit), Currency::USD), expected)
    });
    budget_status(&BudgetInput {
        period: may(),
        cost: Cost::Effective,
        statements,
        budgets: BudgetsDocument::parse(file).unwrap().of(may()),
        units: units.iter().map(|(unit, parent)| (id(unit), unit.to_uppercase(), parent.map(id))).collect(),
        expected: expected.collect(),
    })
}

#[test]
fn units_stand_against_their_budgets_with_those_below_them() {
    let statements = of_tree(&[("leaf", "USD", amount("600")), ("right", "USD", amount("300")), ("top", "EUR", amount("5"))]);
    let status = status_of(&statements, FILE, &[("left", "800"), ("right", "362"), ("top", "9999")]);
    let names: Vec<(&str, u32)> = status.units.iter().map(|state| (state.unit.as_str(), state.depth)).collect();
    assert_eq!(names, [("top", 0), ("left", 1), ("right", 1)]);
    let top = &status.units[0];
    assert_eq!((top.actual, top.actual_percent, top.remaining), (amount("900"), Some(amount("90")), amount("100")));
    assert_eq!((top.allocated, top.over_allocated), (Some(amount("1100.5")), amount("100.5")));
    assert_eq!(top.other_currencies, [Currency::EUR]);
    let alerts: Vec<_> = status.alerts.iter().map(|alert| (alert.unit.as_str(), alert.of.as_str(), alert.beyond)).collect();
    // Top is beyond 80 % so far and asked for no forecast; left will be over; right exactly at 90.5 % is not beyond it.
    assert_eq!(alerts, [("top", "actual", amount("100")), ("left", "forecast", amount("99.5"))]);
    assert!(status.breached);
}

#[test]
fn a_unit_without_a_budget_passes_on_what_stands_below_it() {
    let file = "unit,month,amount,currency\ntop,2026-05,10,USD\nleaf,2026-05,8,USD\nright,2026-05,3,EUR\n";
    let status = status_of(&of_tree(&[("leaf", "USD", amount("8"))]), file, &[]);
    let top = &status.units[0];
    assert_eq!((top.allocated, top.over_allocated), (Some(amount("8")), Amount::ZERO), "another currency is not added");
    assert!(!status.breached, "all of a budget is not more than it: {:?}", status.alerts);
    let nothing =
        status_of(&of_tree(&[("leaf", "USD", amount("0.01"))]), "unit,month,amount,currency\nleaf,2026-05,0,USD\n", &[]);
    assert_eq!((nothing.units[0].actual_percent, nothing.breached), (None, true), "nothing may be spent of nothing");
}

proptest! {
    #[test]
    fn what_is_held_against_a_budget_is_what_the_statement_says(
        own in prop::collection::vec(-10_i128.pow(30)..10_i128.pow(30), 4),
        budget in 0..10_i128.pow(30),
    ) {
        let names = ["top", "left", "leaf", "right"];
        let totals: Vec<_> = names.iter().zip(&own).map(|(unit, own)| (*unit, "USD", Amount::from_atto(*own).unwrap())).collect();
        let statements = of_tree(&totals);
        let budget = Amount::from_atto(budget).unwrap();
        let file = format!("unit,month,amount,currency\ntop,2026-05,{budget},USD\nleft,2026-05,{budget},USD\n");
        let status = status_of(&statements, &file, &[]);
        for state in &status.units {
            let line = statements[0].units.iter().find(|line| line.unit == state.unit).unwrap();
            prop_assert_eq!(state.actual, line.rolled_up.total);
            prop_assert_eq!(state.actual + state.remaining, state.budget);
            let is_beyond = status.alerts.iter().any(|alert| alert.unit == state.unit);
            prop_assert_eq!(is_beyond, state.actual > budget);
        }
        prop_assert_eq!(status.units[0].actual, own.iter().map(|own| Amount::from_atto(*own).unwrap()).sum::<Amount>());
    }
}
