//! Accruals: what a billing period owes for days that are over and not billed yet, and the entries that post and reverse it.
//!
//! A source is late where its charges end sooner before the end of the period than they did in the period before. What each unit
//! was charged a day, times the days that are missing, is accrued; where nothing is billed yet, a day of the period before counts.

use chrono::NaiveDate;
use farthing_types::{Amount, BillingPeriod, Cost, Currency, SourceName, UnitId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::build::StatementError;
use crate::input::StatementUnit;
use crate::journal::{Accruing, Journal, JournalLayout};

/// How far a source has billed a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LateSource {
    /// The source.
    pub source: SourceName,
    /// The last day that has usage; none where nothing is billed yet.
    pub billed_until: Option<NaiveDate>,
    /// The last day that should have.
    pub expected_until: NaiveDate,
    /// The days in between.
    pub missing_days: u32,
    /// The period whose days say what a day costs.
    pub basis: BillingPeriod,
    /// How many of its days are billed.
    pub basis_days: u32,
}

/// What one unit, or nobody, was charged for usage of a late source over the days of its basis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccrualBasis {
    /// The unit; none where the money belongs to none.
    pub unit: Option<UnitId>,
    /// The source.
    pub source: SourceName,
    /// How much, over all days of the basis.
    pub amount: Amount,
}

/// Everything that accruals are made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccrualInput {
    /// The billing period.
    pub period: BillingPeriod,
    /// The currency of every amount.
    pub currency: Currency,
    /// Which of the four costs the amounts are.
    pub cost: Cost,
    /// The version of the rule set; `None` where there is none.
    pub rule_set: Option<String>,
    /// The unit tree of the period.
    pub units: Vec<StatementUnit>,
    /// The sources that are late.
    pub sources: Vec<LateSource>,
    /// What units were charged by them.
    pub basis: Vec<AccrualBasis>,
}

/// What one unit, or nobody, owes a source for the days that are missing: `accrued = billed × missing_days ÷ basis_days`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AccrualLine {
    /// The unit; `null` where the money belongs to none.
    pub unit: Option<UnitId>,
    /// The source.
    pub source: SourceName,
    /// What was billed over the days of the basis.
    pub billed: Amount,
    /// What is accrued, rounded half to even at 1e-18.
    pub accrued: Amount,
}

/// The accruals of a period in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Accruals {
    /// The billing period.
    pub period: BillingPeriod,
    /// The currency of every amount.
    pub currency: Currency,
    /// Which of the four costs the amounts are.
    pub cost: Cost,
    /// The sources that are late.
    pub sources: Vec<LateSource>,
    /// What each unit owes.
    pub lines: Vec<AccrualLine>,
    /// Their sum.
    pub total: Amount,
    /// Two journals: the accrual on the last day of the period, and its reversal on the first day of the next. None where
    /// nothing is accrued.
    pub journals: Vec<Journal>,
}

/// Accrues what late sources will bill, and posts it by the accounts of `layout`.
///
/// # Errors
/// When a sum does not fit.
pub fn accruals(input: &AccrualInput, layout: &JournalLayout) -> Result<Accruals, StatementError> {
    let overflow = || StatementError::Overflow { what: "the accruals".to_owned(), currency: input.currency };
    let mut lines = Vec::new();
    for basis in &input.basis {
        let Some(late) = input.sources.iter().find(|late| late.source == basis.source) else { continue };
        let [missing, days] = [late.missing_days, late.basis_days.max(1)].map(|days| Amount::from_int(i64::from(days)));
        let accrued = basis.amount.mul_div(missing, days).ok_or_else(overflow)?;
        if !accrued.is_zero() {
            let AccrualBasis { unit, source, amount } = basis.clone();
            lines.push(AccrualLine { unit, source, billed: amount, accrued });
        }
    }
    lines.sort_by(|a, b| (&a.source, &a.unit).cmp(&(&b.source, &b.unit)));
    let total = lines.iter().try_fold(Amount::ZERO, |sum, line| sum.checked_add(line.accrued)).ok_or_else(overflow)?;
    let AccrualInput { period, currency, cost, ref rule_set, ref units, ref sources, .. } = *input;
    let accruing = Accruing { period, currency, cost, rule_set: rule_set.clone(), units, lines: &lines };
    let journals = if lines.is_empty() { Vec::new() } else { accruing.journals(layout)?.to_vec() };
    Ok(Accruals { period, currency, cost, sources: sources.clone(), lines, total, journals })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn input(amounts: &[(usize, &str)], missing_days: u32, basis_days: u32) -> AccrualInput {
        let period: BillingPeriod = "2026-05".parse().unwrap();
        let source: SourceName = "aws".parse().unwrap();
        let late = LateSource {
            source: source.clone(),
            billed_until: NaiveDate::from_ymd_opt(2026, 5, 28),
            expected_until: NaiveDate::from_ymd_opt(2026, 5, 31).unwrap(),
            missing_days,
            basis: period,
            basis_days,
        };
        let unit = |at: usize| (at > 0).then(|| format!("unit-{at}").parse::<UnitId>().unwrap());
        let basis = amounts.iter().map(|(at, amount)| AccrualBasis {
            unit: unit(*at),
            source: source.clone(),
            amount: amount.parse().unwrap(),
        });
        let named = |at: &usize| StatementUnit {
            id: unit(*at).unwrap(),
            name: format!("Unit {at}"),
            parent: None,
            owner: None,
            cost_center: Some(format!("47{at:02}")),
        };
        AccrualInput {
            period,
            currency: "USD".parse().unwrap(),
            cost: Cost::Billed,
            rule_set: Some("v3".to_owned()),
            units: amounts.iter().map(|(at, _)| at).filter(|at| **at > 0).map(named).collect(),
            sources: vec![late],
            basis: basis.collect(),
        }
    }

    #[test]
    fn three_days_of_twenty_eight_are_accrued_and_reversed() {
        let found = accruals(&input(&[(1, "280"), (2, "56"), (0, "2.8")], 3, 28), &JournalLayout::default()).unwrap();
        let accrued: Vec<String> = found.lines.iter().map(|line| line.accrued.to_string()).collect();
        assert_eq!((accrued, found.total.to_string()), (["0.3", "30", "6"].map(str::to_owned).to_vec(), "36.3".to_owned()));
        let [posted, reversed] = found.journals.as_slice() else { panic!("two journals") };
        assert_eq!((posted.date.to_string(), reversed.date.to_string()), ("2026-05-31".to_owned(), "2026-06-01".to_owned()));
        assert_eq!(posted.id, "FARTHING-2026-05-USD-billed-accrual");
        assert_eq!(reversed.id, "FARTHING-2026-05-USD-billed-accrual-reversal");
        let sides = |journal: &Journal| -> Vec<(String, String, String)> {
            let line = |line: &crate::JournalLine| (line.account.clone(), line.debit.to_string(), line.credit.to_string());
            journal.lines.iter().map(line).collect()
        };
        let expected = [("expense", "30", "0"), ("expense", "6", "0"), ("unattributed", "0.3", "0"), ("accrued", "0", "36.3")];
        let text = |(account, debit, credit): (&str, &str, &str)| (account.to_owned(), debit.to_owned(), credit.to_owned());
        assert_eq!(sides(posted), expected.map(text).to_vec());
        assert_eq!(sides(reversed), expected.map(|(account, debit, credit)| text((account, credit, debit))).to_vec());
    }

    #[test]
    fn nothing_late_is_nothing_to_post() {
        let found = accruals(&input(&[(1, "280")], 0, 28), &JournalLayout::default()).unwrap();
        assert_eq!((found.lines.len(), found.journals.len(), found.total), (0, 0, Amount::ZERO));
    }

    proptest! {
        #[test]
        fn what_is_posted_balances_and_is_reversed_to_nothing(
            amounts in prop::collection::vec((0_usize..6, -1_000_000_000_i64..1_000_000_000), 0..8), missing in 0_u32..31, days in 1_u32..31
        ) {
            let texts: Vec<(usize, String)> = amounts.iter().map(|(unit, amount)| (*unit, format!("{amount}e-7"))).collect();
            let texts: Vec<(usize, &str)> = texts.iter().map(|(unit, text)| (*unit, text.as_str())).collect();
            let found = accruals(&input(&texts, missing, days), &JournalLayout::default()).unwrap();
            let mut net = std::collections::BTreeMap::new();
            for journal in &found.journals {
                prop_assert_eq!(journal.debit_total, journal.credit_total);
                for line in &journal.lines {
                    let sum = net.entry((line.account.clone(), line.unit.clone())).or_insert(Amount::ZERO);
                    *sum = sum.checked_add(line.debit).and_then(|sum| sum.checked_add(-line.credit)).unwrap();
                }
            }
            prop_assert!(net.values().all(|sum| sum.is_zero()), "{:?}", net);
        }
    }
}
