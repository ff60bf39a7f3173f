use std::collections::BTreeMap;

use farthing_types::{Amount, Cost, Currency, Quantity, Selection};
use proptest::prelude::*;

use crate::{
    Billed, Correction, Line, LineKind, Revision, Statement, StatementInput, StatementUnit, Unattributed, closing, statements,
};

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

fn unit(id: &str, name: &str, parent: Option<&str>) -> StatementUnit {
    let parent = parent.map(|parent| parent.parse().unwrap());
    StatementUnit {
        id: id.parse().unwrap(),
        name: name.into(),
        parent,
        owner: Some(format!("{id}@acme.example")),
        cost_center: None,
    }
}

fn direct(unit: &str, text: &str) -> Line {
    let (unit, source) = (unit.parse().unwrap(), "aws".parse().unwrap());
    Line { unit, source, currency: Currency::USD, kind: LineKind::Direct, amount: amount(text) }
}

fn shared(unit: &str, quantity: i64, text: &str) -> Line {
    let (pool, driver) = ("cluster".to_owned(), "tokens".to_owned());
    let (quantity, total_quantity) = (Quantity::from_int(quantity), Quantity::from_int(40));
    Line { kind: LineKind::Shared { pool, part: None, driver, quantity, total_quantity }, ..direct(unit, text) }
}

fn unattributed(reason: &str, description: &str, text: &str, charges: u64) -> Unattributed {
    let (reason, description, source) = (reason.into(), description.into(), "aws".parse().unwrap());
    Unattributed { reason, description, source, currency: Currency::USD, amount: amount(text), charges }
}

fn billed(text: &str, charges: u64) -> Billed {
    Billed { source: "aws".parse().unwrap(), currency: Currency::USD, amount: amount(text), charges }
}

/// Lending with two units below it, and a platform whose cost is shared by tokens.
fn input() -> StatementInput {
    StatementInput {
        selection: Selection::Period("2026-05".parse().unwrap()),
        cost: Cost::Effective,
        rule_set: Some("v7".into()),
        revisions: vec![Revision { source: "aws".parse().unwrap(), id: "r1".into(), charges: 1_204_331 }],
        units: vec![
            unit("platform", "Platform", None),
            unit("scoring", "Scoring", Some("lending")),
            unit("claims", "Claims triage", Some("lending")),
            unit("lending", "Lending", None),
        ],
        lines: vec![
            direct("lending", "100.5"),
            direct("claims", "61208.40"),
            direct("platform", "8000"),
            shared("platform", 40, "-8000"),
            shared("claims", 30, "6000"),
            shared("scoring", 10, "2000"),
        ],
        unattributed: vec![
            unattributed("credit", "no rule for credits", "-12.5", 3),
            unattributed("no_tags", "no tags", "2804.10", 212),
        ],
        billed: vec![billed("72100.50", 1_204_331)],
        corrections: Vec::new(),
        notes: Vec::new(),
    }
}

fn one(input: &StatementInput) -> Statement {
    let mut statements = statements(input).unwrap();
    assert_eq!(statements.len(), 1);
    statements.remove(0)
}

#[test]
fn a_statement_as_json() {
    insta::assert_json_snapshot!(one(&input()));
}

#[test]
fn a_statement_reads_back() {
    let statement = one(&input());
    let text = serde_json::to_string(&statement).unwrap();
    assert_eq!(serde_json::from_str::<Statement>(&text).unwrap(), statement);
}

#[test]
fn a_unit_stands_with_those_below_it() {
    let statement = one(&input());
    let below = |id: &str| statement.subtree(&id.parse().unwrap()).iter().map(|unit| unit.unit.to_string()).collect::<Vec<_>>();
    assert_eq!(below("lending"), ["lending", "claims", "scoring"]);
    assert_eq!((below("claims"), below("nobody")), (vec!["claims".to_owned()], vec![]));
}

#[test]
fn a_statement_that_closes_says_so_and_names_the_largest_reason() {
    insta::assert_snapshot!(closing(&one(&input())));
    let mut nothing_left = input();
    nothing_left.unattributed.clear();
    nothing_left.billed = vec![billed("69308.90", 1)];
    insta::assert_snapshot!(closing(&one(&nothing_left)));
}

#[test]
fn a_statement_that_does_not_close_says_by_how_much_and_where() {
    let mut open = input();
    open.billed[0].amount = amount("72100.51");
    let statement = one(&open);
    assert_eq!((statement.proven, statement.difference), (false, amount("0.01")));
    insta::assert_snapshot!(closing(&statement));
}

#[test]
fn two_sources_that_are_wrong_by_the_same_are_not_proven() {
    let mut crossed = input();
    crossed.billed = vec![billed("72101.50", 1), Billed { source: "azure".parse().unwrap(), ..billed("-1", 1) }];
    let statement = one(&crossed);
    assert_eq!(statement.difference, Amount::ZERO);
    assert_eq!((statement.proven, statement.problems.len()), (false, 2));
}

#[test]
fn each_currency_has_its_own_statement() {
    let mut two = input();
    two.lines.push(Line { currency: Currency::EUR, ..direct("claims", "5") });
    two.billed.push(Billed { currency: Currency::EUR, ..billed("5", 1) });
    let both = statements(&two).unwrap();
    let totals: Vec<String> = both.iter().map(|s| format!("{} {} {}", s.currency, s.billed_total, s.proven)).collect();
    assert_eq!(totals, ["EUR 5 true", "USD 72100.5 true"]);
}

#[test]
fn units_nobody_listed_and_units_above_each_other_stand_on_it_once() {
    let mut odd = input();
    odd.units = vec![unit("a", "A", Some("b")), unit("b", "B", Some("a")), unit("claims", "Claims", Some("gone"))];
    let statement = one(&odd);
    let places: Vec<String> = statement.units.iter().map(|u| format!("{} {} {}", u.depth, u.unit, u.rolled_up.total)).collect();
    assert_eq!(places, ["0 claims 67208.4", "0 lending 100.5", "0 platform 0", "0 scoring 2000", "0 a 0", "1 b 0"]);
    assert!(statement.proven);
}

#[test]
fn adjustments_of_earlier_months_are_named_by_month() {
    let correction = |period: &str, text: &str| Correction {
        period: period.parse().unwrap(),
        currency: Currency::USD,
        amount: amount(text),
        charges: 1,
    };
    let corrections = vec![correction("2026-03", "-300"), correction("2026-04", "5"), correction("2026-03", "300.25")];
    let statement = one(&StatementInput { corrections, ..input() });
    let months: Vec<String> = statement.adjustments.iter().map(|a| format!("{} {} {}", a.period, a.amount, a.charges)).collect();
    assert_eq!(months, ["2026-03 0.25 2", "2026-04 5 1"]);
    assert!(
        closing(&statement).contains("Adjustments of earlier months in it: 2026-03 0.25 (2 charges), 2026-04 5.00 (1 charge).")
    );
}

#[test]
fn a_statement_of_a_window_names_it_and_reads_back() {
    let selection = Selection::Window("2026-05-01/2026-05-08".parse().unwrap());
    let mut statement = one(&StatementInput { selection, ..input() });
    let text = serde_json::to_string(&statement).unwrap();
    assert!(text.starts_with(r#"{"window":{"from":"2026-05-01T00:00:00Z","to":"2026-05-08T00:00:00Z"},"currency""#), "{text}");
    assert_eq!(serde_json::from_str::<Statement>(&text).unwrap(), statement);
    let other = statement.clone();
    assert!(!statement.compare(&other), "there is no period before a window");
}

#[test]
fn the_earlier_period_stands_beside() {
    let before = StatementInput {
        selection: Selection::Period("2026-04".parse().unwrap()),
        lines: vec![direct("claims", "61109.48"), direct("scoring", "0")],
        unattributed: vec![unattributed("no_tags", "no tags", "2812.54", 200)],
        billed: vec![billed("63922.02", 1)],
        ..input()
    };
    let mut statement = one(&input());
    assert!(statement.compare(&one(&before)));
    let change = |id: &str| statement.units.iter().find(|u| u.unit.as_str() == id).unwrap().previous.unwrap().change_tenths;
    assert_eq!((change("lending"), change("claims"), change("scoring")), (Some(134), Some(100), None));
    assert_eq!(statement.unattributed[0].previous.unwrap().change_tenths, Some(-3));
    assert_eq!(statement.unattributed[1].previous.unwrap().change_tenths, None);
    assert_eq!(statement.previous.unwrap().amount, amount("63922.02"));
    let other_cost = StatementInput { cost: Cost::List, ..before };
    assert!(!statement.compare(&one(&other_cost)));
}

fn any_input() -> impl Strategy<Value = StatementInput> {
    let id = || prop::sample::select(vec!["a", "b", "c", "d", "e"]);
    let source = || prop::sample::select(vec!["aws", "azure"]);
    let any_amount = || (-(10_i128.pow(30))..10_i128.pow(30)).prop_map(|count| Amount::from_atto(count).unwrap());
    let line = (id(), source(), any::<bool>(), any::<bool>(), any_amount()).prop_map(|(id, source, euro, pool, amount)| Line {
        source: source.parse().unwrap(),
        currency: if euro { Currency::EUR } else { Currency::USD },
        amount,
        ..if pool { shared(id, 3, "0") } else { direct(id, "0") }
    });
    let parents = prop::collection::btree_map(id(), prop::option::of(id()), 0..5);
    (prop::collection::vec(line, 0..30), prop::collection::vec((source(), any_amount()), 0..5), parents).prop_map(
        |(lines, rest, parents)| {
            let rest = rest.into_iter().map(|(source, amount)| Unattributed {
                source: source.parse().unwrap(),
                amount,
                ..unattributed("x", "x", "0", 1)
            });
            let unattributed: Vec<Unattributed> = rest.collect();
            let mut totals: BTreeMap<_, Amount> = BTreeMap::new();
            let posted = lines.iter().map(|l| (&l.source, l.currency, l.amount));
            for (source, currency, amount) in posted.chain(unattributed.iter().map(|l| (&l.source, l.currency, l.amount))) {
                *totals.entry((source.clone(), currency)).or_default() += amount;
            }
            let billed =
                totals.into_iter().map(|((source, currency), amount)| Billed { source, currency, amount, charges: 1 }).collect();
            let units = parents.into_iter().map(|(id, parent)| unit(id, id, parent)).collect();
            StatementInput { lines, unattributed, billed, units, ..input() }
        },
    )
}

proptest! {
    #[test]
    fn a_statement_of_honest_lines_is_proven_and_adds_up_both_ways(input in any_input()) {
        for statement in statements(&input).unwrap() {
            prop_assert!(statement.proven, "{:?}", statement.problems);
            let own: Amount = statement.units.iter().map(|u| u.total).sum();
            let tops: Amount = statement.units.iter().filter(|u| u.depth == 0).map(|u| u.rolled_up.total).sum();
            prop_assert_eq!(own, statement.attributed_total);
            prop_assert_eq!(tops, statement.attributed_total);
            for unit in &statement.units {
                prop_assert_eq!(unit.shares.iter().map(|s| s.amount).sum::<Amount>(), unit.shared);
                prop_assert_eq!(unit.rolled_up.direct + unit.rolled_up.shared, unit.rolled_up.total);
            }
            let proof: Amount = statement.proof.iter().map(|row| row.billed).sum();
            prop_assert_eq!(proof, statement.billed_total);
        }
    }

    #[test]
    fn a_changed_line_is_noticed(input in any_input(), at in any::<prop::sample::Index>(), by in 1..1000_i64) {
        prop_assume!(!input.lines.is_empty());
        let mut changed = input;
        let line = at.get(&changed.lines).clone();
        let position = at.index(changed.lines.len());
        changed.lines[position].amount = line.amount + Amount::from_int(by);
        let statement = statements(&changed).unwrap().into_iter().find(|s| s.currency == line.currency).unwrap();
        prop_assert!(!statement.proven);
        prop_assert_eq!(statement.difference, Amount::from_int(-by));
    }

    #[test]
    fn the_order_of_the_input_does_not_matter(input in any_input(), turn in 0..30_usize) {
        let mut other = input.clone();
        let middle = turn.min(other.lines.len());
        other.lines.rotate_left(middle);
        other.units.reverse();
        other.billed.reverse();
        other.unattributed.reverse();
        prop_assert_eq!(statements(&input), statements(&other));
    }
}

/// Two parts of a pool, of two sources each: a source does not count twice.
#[test]
fn shares_that_were_split_part_by_part_are_one_with_the_sum_of_their_quantities() {
    let line = |part: &str, source: &str, quantity: i64, text: &str| {
        let (quantity, total_quantity) = (Quantity::from_int(quantity), Quantity::from_int(10));
        let (pool, driver, part) = ("gpus".to_owned(), "tokens".to_owned(), Some(part.to_owned()));
        let kind = LineKind::Shared { pool, part, driver, quantity, total_quantity };
        Line { source: source.parse().unwrap(), kind, ..direct("scoring", text) }
    };
    let mut input = input();
    input.lines.extend([line("one", "aws", 3, "1"), line("one", "azure", 3, "2"), line("two", "aws", 4, "5")]);
    input.notes.push((Currency::USD, "a pool had no driver".into()));
    input.notes.push((Currency::EUR, "of another currency".into()));
    let statement = one(&input);
    let scoring = statement.units.iter().find(|unit| unit.unit.as_str() == "scoring").unwrap();
    let share = scoring.shares.iter().find(|share| share.pool == "gpus").unwrap();
    assert_eq!((share.amount, share.parts), (amount("8"), 2));
    assert_eq!((share.quantity, share.total_quantity), (Quantity::from_int(7), Quantity::from_int(20)));
    assert_eq!(statement.notes, ["a pool had no driver"]);
}
