use farthing_types::{Amount, Cost, Currency, Selection};
use proptest::prelude::*;

use super::{Entry, Journal, JournalError, JournalLayout, journal};
use crate::{Billed, Line, LineKind, Statement, StatementInput, StatementUnit, Unattributed, statements};

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

/// `claims` stands below `insurance`, whose cost centre it has; `platform` has none and gives to `claims`.
fn statement(direct: &[(&str, Amount)], shared: Amount, rest: Amount, billed: Option<Amount>) -> Statement {
    let source: farthing_types::SourceName = "aws".parse().unwrap();
    let currency = Currency::USD;
    let unit = |id: &str, parent: Option<&str>, center: Option<&str>| StatementUnit {
        id: id.parse().unwrap(),
        name: id.to_owned(),
        parent: parent.map(|parent| parent.parse().unwrap()),
        owner: None,
        cost_center: center.map(str::to_owned),
    };
    let line = |unit: &str, amount, kind| Line { unit: unit.parse().unwrap(), source: source.clone(), currency, kind, amount };
    let pool = || LineKind::Shared {
        part: None,
        pool: "by-use".into(),
        driver: "even".into(),
        quantity: farthing_types::Quantity::from_int(1),
        total_quantity: farthing_types::Quantity::from_int(1),
    };
    let mut lines: Vec<Line> = direct.iter().map(|(unit, amount)| line(unit, *amount, LineKind::Direct)).collect();
    lines.extend([line("claims", shared, pool()), line("platform", -shared, pool())]);
    let sum = direct.iter().map(|(_, amount)| *amount).sum::<Amount>() + rest;
    let input = StatementInput {
        selection: Selection::Period("2026-05".parse().unwrap()),
        cost: Cost::Billed,
        rule_set: Some("v3".into()),
        revisions: Vec::new(),
        units: vec![unit("insurance", None, Some("4700")), unit("claims", Some("insurance"), None), unit("platform", None, None)],
        lines,
        unattributed: vec![Unattributed {
            reason: "no_tags".into(),
            description: "no tags".into(),
            source: source.clone(),
            currency,
            amount: rest,
            charges: 1,
        }],
        billed: vec![Billed { source: source.clone(), currency, amount: billed.unwrap_or(sum), charges: 1 }],
        corrections: Vec::new(),
        notes: Vec::new(),
    };
    statements(&input).unwrap().remove(0)
}

fn small() -> Statement {
    let direct = [("claims", amount("100.005")), ("insurance", amount("-3.335")), ("platform", amount("10"))];
    statement(&direct, amount("10"), amount("0.333333333333333333"), None)
}

#[test]
fn a_journal_posts_units_reasons_and_the_bill() {
    let found = journal(&small(), &JournalLayout::default()).unwrap();
    let line = |l: &super::JournalLine| {
        let center = l.cost_center.as_deref().unwrap_or("-");
        format!("{} {} {} {} D {} C {}", l.line, l.entry.as_str(), l.account, center, l.debit, l.credit)
    };
    let expected = [
        "1 direct expense 4700 D 0 C 3.34",
        "2 direct expense 4700 D 100 C 0",
        "3 shared expense 4700 D 10 C 0",
        "4 direct expense - D 10 C 0",
        "5 shared expense - D 0 C 10",
        "6 unattributed unattributed - D 0.33 C 0",
        "7 billed clearing - D 0 C 107",
        "8 rounding rounding - D 0.01 C 0",
    ];
    assert_eq!(found.lines.iter().map(line).collect::<Vec<_>>(), expected);
    assert_eq!((found.debit_total, found.rounding, found.left_out), (amount("120.34"), amount("0.01"), 0));
    assert_eq!(found.debit_total, found.credit_total);
    assert_eq!((found.id.as_str(), found.date.to_string().as_str()), ("FARTHING-2026-05-USD-billed", "2026-05-31"));
    assert_eq!(found.without_cost_center, ["platform".parse().unwrap()]);
    assert_eq!(found.rounding_line().unwrap().exact, Amount::ZERO);
}

const LAYOUT: &str = r#"
version = 1
journal = "CLOUD"
delimiter = ";"
decimal_comma = true
date_format = "%d.%m.%Y"
[accounts]
expense = "640000"
clearing = "160000"
unattributed = "649000"
rounding = "658000"
units = { platform = "641000" }
sources = { aws = "160010" }
[[columns]]
name = "Date"
value = "{date}"
[[columns]]
name = "Account"
value = "{account}"
[[columns]]
name = "Amount"
value = "{amount}"
[[columns]]
name = "Side"
value = "{side}{{x}}"
[[columns]]
name = "Text"
value = "{entry}; {unit}"
"#;

#[test]
fn a_layout_is_the_file_of_the_books() {
    let layout = JournalLayout::parse(LAYOUT).unwrap();
    let text = layout.render(&[journal(&small(), &layout).unwrap()]);
    let expected = [
        "Date;Account;Amount;Side;Text",
        "31.05.2026;640000;-3,34;C{x};\"direct; insurance\"",
        "31.05.2026;640000;100,00;D{x};\"direct; claims\"",
        "31.05.2026;640000;10,00;D{x};\"shared; claims\"",
        "31.05.2026;641000;10,00;D{x};\"direct; platform\"",
        "31.05.2026;641000;-10,00;C{x};\"shared; platform\"",
        "31.05.2026;649000;0,33;D{x};\"unattributed; \"",
        "31.05.2026;160010;-107,00;C{x};\"billed; \"",
        "31.05.2026;658000;0,01;D{x};\"rounding; \"",
    ];
    assert_eq!(text.split("\r\n").filter(|line| !line.is_empty()).collect::<Vec<_>>(), expected);
}

#[test]
fn a_layout_that_cannot_be_used_says_why() {
    for (found, replaced, says) in [
        ("version = 1", "version = 2", "version = 2"),
        ("\"%d.%m.%Y\"", "\"%H:%M\"", "no format of dates"),
        ("\"%d.%m.%Y\"", "\"%Q\"", "no format of dates"),
        ("delimiter = \";\"", "delimiter = \",\"", "do not go together"),
        ("delimiter = \";\"", "delimiter = \"a\"", "one character"),
        ("{account}", "{acount}", "{acount} is nothing"),
        ("{account}", "{account", "brace"),
        ("expense = ", "expnse = ", "expnse"),
        ("journal = \"CLOUD\"", "decimals = 19", "0 to 18"),
    ] {
        assert!(LAYOUT.contains(found), "{found}");
        let error = JournalLayout::parse(&LAYOUT.replacen(found, replaced, 1)).expect_err(replaced).to_string();
        assert!(error.contains(says), "{replaced}: {error}");
    }
}

#[test]
fn what_a_spreadsheet_would_run_is_text() {
    let mut found = journal(&small(), &JournalLayout::default()).unwrap();
    found.lines[0].text = "=cmd|' /C calc'!A0".into();
    let text = JournalLayout::default().render(&[found]);
    assert!(text.contains(",'=cmd|"), "{text}");
    assert!(text.contains(",-3.34\r\n"), "{text}");
}

#[test]
fn what_is_not_proven_is_not_posted() {
    let wrong = statement(&[("claims", amount("1"))], Amount::ZERO, Amount::ZERO, Some(amount("2")));
    let error = journal(&wrong, &JournalLayout::default()).unwrap_err();
    assert!(matches!(&error, JournalError::NotProven { problems, .. } if !problems.is_empty()), "{error}");
    let mut days = small();
    days.selection = Selection::Window("2026-05-01/2026-05-08".parse().unwrap());
    assert!(matches!(journal(&days, &JournalLayout::default()), Err(JournalError::NoPeriod(_))));
}

fn any_amount() -> impl Strategy<Value = Amount> {
    prop_oneof![
        (-1000_i64..1000).prop_map(Amount::from_int),
        (-(10_i128.pow(19))..10_i128.pow(19)).prop_map(|count| Amount::from_atto(count).unwrap()),
        (-(10_i128.pow(34))..10_i128.pow(34)).prop_map(|count| Amount::from_atto(count).unwrap()),
    ]
}

fn balances(found: &Journal) -> bool {
    let exact: Amount = found.lines.iter().map(|line| line.exact).sum();
    let unit = 10_i128.pow(18 - found.decimals);
    let rounded = |amount: Amount| amount.atto() % unit == 0;
    found.debit_total == found.credit_total
        && found.lines.iter().all(|line| !line.debit.is_negative() && !line.credit.is_negative())
        && found.lines.iter().all(|line| line.debit.is_zero() != line.credit.is_zero())
        && found.lines.iter().all(|line| rounded(line.debit) && rounded(line.credit))
        && found.lines.iter().filter(|line| line.entry != Entry::Rounding).all(|line| {
            ((line.debit - line.credit).atto() - line.exact.atto()).abs() * 2 <= unit
        })
        // What has no line is below half a unit.
        && exact.atto().abs() * 2 <= unit * i128::from(found.left_out)
        && found.rounding.atto().abs() * 2 <= unit * (found.lines.len() as i128 + 2)
}

proptest! {
    #[test]
    fn debits_are_credits_and_every_line_is_its_amount_rounded(
        amounts in prop::collection::vec(any_amount(), 3), shared in any_amount(), rest in any_amount(), decimals in 0..=18_u32,
    ) {
        let direct: Vec<(&str, Amount)> = ["claims", "insurance", "platform"].into_iter().zip(amounts).collect();
        let layout = JournalLayout { decimals: Some(decimals), ..JournalLayout::default() };
        let found = journal(&statement(&direct, shared, rest, None), &layout).unwrap();
        prop_assert!(balances(&found), "{found:?}");
        prop_assert!(decimals < 18 || (found.rounding.is_zero() && found.left_out == 0));
    }
}
