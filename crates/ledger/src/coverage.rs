//! What share of a bill is attributed by which rule, and why the rest is not.

use ethnum::I256;
use farthing_types::{Amount, Cost, Currency, Selection};
use serde::Serialize;
use utoipa::ToSchema;

use crate::build::StatementError;
use crate::compare::tenths_of;
use crate::statement::Statement;

/// What a rule sent to units, or 0 where it sent nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleAmount {
    /// The rule.
    pub rule: String,
    /// The sum, before pools.
    pub amount: Amount,
    /// How many charges.
    pub charges: u64,
}

/// A rule's or a reason's part of the bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CoverageLine {
    /// The rule or, where nothing is attributed, the reason.
    pub name: String,
    /// The reason in the words of people; none for a rule.
    pub description: Option<String>,
    /// The sum.
    pub amount: Amount,
    /// In tenths of a percent of what was billed, rounded half away from zero; `null` where nothing was billed.
    pub share_tenths: Option<i64>,
    /// How many charges.
    pub charges: u64,
}

/// The coverage of a bill by the rules: `billed_total = Σ rules + Σ unattributed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RuleCoverage {
    /// The charges that it is about: `period` or `window`.
    #[serde(flatten)]
    pub selection: Selection,
    /// The currency of every amount.
    pub currency: Currency,
    /// Which of the four costs the amounts are.
    pub cost: Cost,
    /// The version of the rule set; `null` where there is none.
    pub rule_set: Option<String>,
    /// What was billed.
    pub billed_total: Amount,
    /// What rules sent to units, in tenths of a percent of it.
    pub attributed_tenths: Option<i64>,
    /// What each rule sent to units, in the order of the rule file; those too that sent nothing.
    pub rules: Vec<CoverageLine>,
    /// What belongs to no unit, the largest amount first.
    pub unattributed: Vec<CoverageLine>,
    /// `billed_total − Σ rules − Σ unattributed`.
    pub difference: Amount,
}

/// The coverage of a statement by `rules`, in its currency and cost.
///
/// # Errors
/// When a sum does not fit.
pub fn coverage(statement: &Statement, rules: Vec<RuleAmount>) -> Result<RuleCoverage, StatementError> {
    let total = statement.billed_total;
    let share = |amount: Amount| tenths_of(I256::from(amount.atto()), total);
    let by_rule = rules.into_iter().map(|RuleAmount { rule, amount, charges }| CoverageLine {
        name: rule,
        description: None,
        amount,
        share_tenths: share(amount),
        charges,
    });
    let rules: Vec<CoverageLine> = by_rule.collect();
    let rest = statement.unattributed.iter().map(|line| CoverageLine {
        name: line.reason.clone(),
        description: Some(line.description.clone()),
        amount: line.amount,
        share_tenths: share(line.amount),
        charges: line.charges,
    });
    let unattributed: Vec<CoverageLine> = rest.collect();
    let overflow = || StatementError::Overflow { what: "coverage".to_owned(), currency: statement.currency };
    let sum = |lines: &[CoverageLine]| lines.iter().try_fold(Amount::ZERO, |sum, line| sum.checked_add(line.amount));
    let (sent, rest) = (sum(&rules).ok_or_else(overflow)?, sum(&unattributed).ok_or_else(overflow)?);
    let difference = total.checked_sub(sent).and_then(|left| left.checked_sub(rest)).ok_or_else(overflow)?;
    Ok(RuleCoverage {
        selection: statement.selection,
        currency: statement.currency,
        cost: statement.cost,
        rule_set: statement.rule_set.clone(),
        billed_total: total,
        attributed_tenths: share(sent),
        rules,
        unattributed,
        difference,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Billed, Line, LineKind, StatementInput, Unattributed, statements};

    fn statement(sent: Amount, rest: Amount) -> Statement {
        let source: farthing_types::SourceName = "aws".parse().unwrap();
        let currency = Currency::USD;
        let line =
            Line { unit: "claims".parse().unwrap(), source: source.clone(), currency, kind: LineKind::Direct, amount: sent };
        let unattributed = Unattributed {
            reason: "no_tags".into(),
            description: "no tags".into(),
            source: source.clone(),
            currency,
            amount: rest,
            charges: 2,
        };
        let input = StatementInput {
            selection: Selection::Period("2026-05".parse().unwrap()),
            cost: Cost::Billed,
            rule_set: None,
            revisions: Vec::new(),
            units: Vec::new(),
            lines: vec![line],
            unattributed: vec![unattributed],
            billed: vec![Billed { source, currency, amount: sent + rest, charges: 3 }],
            corrections: Vec::new(),
            notes: Vec::new(),
        };
        statements(&input).unwrap().remove(0)
    }

    fn rule(amount: Amount) -> RuleAmount {
        RuleAmount { rule: "by-team".into(), amount, charges: 1 }
    }

    #[test]
    fn shares_are_of_the_bill() {
        let found = coverage(&statement(Amount::from_int(2), Amount::from_int(1)), vec![rule(Amount::from_int(2))]).unwrap();
        assert_eq!((found.attributed_tenths, found.unattributed[0].share_tenths), (Some(667), Some(333)));
        assert!(found.difference.is_zero());
        let nothing = coverage(&statement(Amount::ONE, -Amount::ONE), vec![rule(Amount::ONE)]).unwrap();
        assert_eq!((nothing.attributed_tenths, nothing.difference), (None, Amount::ZERO));
        let less = coverage(&statement(Amount::from_int(2), Amount::ONE), vec![rule(Amount::ONE)]).unwrap();
        assert_eq!(less.difference, Amount::ONE);
    }

    proptest! {
        #[test]
        fn rules_and_reasons_are_the_bill(sent in -(10_i128.pow(36))..10_i128.pow(36), rest in -(10_i128.pow(36))..10_i128.pow(36)) {
            let [sent, rest] = [sent, rest].map(|count| Amount::from_atto(count).unwrap());
            let found = coverage(&statement(sent, rest), vec![rule(sent)]).unwrap();
            prop_assert_eq!(found.difference, Amount::ZERO);
            prop_assert_eq!(found.rules[0].amount + found.unattributed[0].amount, found.billed_total);
        }
    }
}
