//! Double-entry journals: what each unit owes as debits on cost centres, what was invoiced as credits, in the books' decimals.
//!
//! Every line is its exact amount rounded half to even to the decimals of the books, so that each can be held against the
//! statement; what rounding leaves over is a line of its own on the rounding account. Debits and credits are equal, exactly.

mod accruing;
mod layout;
mod render;
#[cfg(test)]
mod tests;

pub(crate) use accruing::Accruing;
pub use layout::{Accounts, JournalLayout, LayoutColumn, LayoutError};

use std::collections::BTreeMap;

use chrono::NaiveDate;
use farthing_types::{Amount, BillingPeriod, Cost, Currency, UnitId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::build::StatementError;
use crate::rates::Conversion;
use crate::statement::Statement;

/// Why a statement cannot be posted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// It is about days.
    #[error("a journal is of a billing period, and {0} are days: name a --period")]
    NoPeriod(String),
    /// Attributed + unattributed is not billed.
    #[error(
        "the statement of {period} in {currency} is not proven, so it must not be posted: {}. `farthing status` shows which revision is \
         incomplete",
        .problems.join("; ")
    )]
    NotProven {
        /// The period.
        period: BillingPeriod,
        /// The currency.
        currency: Currency,
        /// What is wrong with it.
        problems: Vec<String>,
    },
    /// A sum beyond ±1e20.
    #[error(transparent)]
    Sum(#[from] StatementError),
}

/// What a line posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = JournalEntry)]
pub enum Entry {
    /// What rules sent to a unit.
    Direct,
    /// What pools gave to a unit, less what they took.
    Shared,
    /// What belongs to no unit.
    Unattributed,
    /// What a source billed.
    Billed,
    /// What is owed for days that are not billed yet.
    Accrual,
    /// What rounding left over.
    Rounding,
}

impl Entry {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Shared => "shared",
            Self::Unattributed => "unattributed",
            Self::Billed => "billed",
            Self::Accrual => "accrual",
            Self::Rounding => "rounding",
        }
    }
}

/// One line. Either debit or credit is zero, and neither is negative.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct JournalLine {
    /// Its number, from 1.
    pub line: u32,
    /// What it posts.
    pub entry: Entry,
    /// The account in the books.
    pub account: String,
    /// The cost centre: the unit's, or that of the nearest unit above it that has one.
    pub cost_center: Option<String>,
    /// The unit.
    pub unit: Option<UnitId>,
    /// What it is, for people.
    pub text: String,
    /// Debited, in the decimals of the books.
    pub debit: Amount,
    /// Credited, in the decimals of the books.
    pub credit: Amount,
    /// The exact amount that was rounded: debits positive, credits negative.
    pub exact: Amount,
}

/// A balanced journal: `debit_total = credit_total`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Journal {
    /// Its name: the same for the same period, currency and cost.
    pub id: String,
    /// The billing period.
    pub period: BillingPeriod,
    /// The last day of it: the day of posting.
    pub date: NaiveDate,
    /// The currency of every amount.
    pub currency: Currency,
    /// Which of the four costs the amounts are.
    pub cost: Cost,
    /// The version of the rule set; `null` where there is none.
    pub rule_set: Option<String>,
    /// The decimals of the books.
    pub decimals: u32,
    /// The lines.
    pub lines: Vec<JournalLine>,
    /// The sum of all debits.
    pub debit_total: Amount,
    /// The sum of all credits.
    pub credit_total: Amount,
    /// What was posted to the rounding account: debits positive, credits negative. It has a line where it is not zero.
    pub rounding: Amount,
    /// How many amounts round to zero and have no line; they are part of the rounding.
    pub left_out: u32,
    /// Units that have no cost centre, nor has any above them.
    pub without_cost_center: Vec<UnitId>,
    /// How the statement was converted; left out where it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversion: Option<Conversion>,
}

/// Posts a proven statement of a billing period by the accounts of `layout`.
///
/// # Errors
/// When the statement is of some days or not proven, or a sum does not fit.
pub fn journal(statement: &Statement, layout: &JournalLayout) -> Result<Journal, JournalError> {
    let (currency, cost) = (statement.currency, statement.cost);
    let period = statement.selection.period().ok_or_else(|| JournalError::NoPeriod(statement.selection.to_string()))?;
    if !statement.proven {
        return Err(JournalError::NotProven { period, currency, problems: statement.problems.clone() });
    }
    let mut posting = Posting::new(layout.decimals_of(currency));
    let centers = cost_centers(statement.units.iter().map(|unit| (&unit.unit, &unit.parent, &unit.cost_center)));
    for unit in &statement.units {
        let (account, center) = (layout.accounts.of_unit(&unit.unit), centers.get(&unit.unit).cloned().flatten());
        for (entry, amount, what) in [(Entry::Direct, unit.direct, "direct"), (Entry::Shared, unit.shared, "shared by pools")] {
            let text = format!("{}: {what}, {period}", unit.name);
            posting.post(entry, account, center.clone(), Some(unit.unit.clone()), text, amount);
        }
    }
    for reason in &statement.unattributed {
        let text = format!("Not attributed: {}, {period}", reason.description);
        posting.post(Entry::Unattributed, &layout.accounts.unattributed, None, None, text, reason.amount);
    }
    for source in &statement.proof {
        let account = layout.accounts.of_source(&source.source);
        let text = format!("{}: {cost} cost, {period}", source.source);
        posting.post(Entry::Billed, account, None, None, text, -source.billed);
    }
    Ok(posting.into_journal(Heading {
        id: format!("{}-{period}-{currency}-{cost}", layout.journal),
        period,
        date: last_day(period),
        currency,
        cost,
        rule_set: statement.rule_set.clone(),
        rounding_account: &layout.accounts.rounding,
        conversion: statement.conversion.clone(),
    })?)
}

fn last_day(period: BillingPeriod) -> NaiveDate {
    period.next().start().date_naive().pred_opt().expect("a billing period has a day before its end")
}

/// What stands above the lines of a journal.
struct Heading<'a> {
    id: String,
    period: BillingPeriod,
    date: NaiveDate,
    currency: Currency,
    cost: Cost,
    rule_set: Option<String>,
    rounding_account: &'a str,
    conversion: Option<Conversion>,
}

/// Each unit's cost centre, or that of the nearest unit above it that has one.
fn cost_centers<'a>(
    units: impl Iterator<Item = (&'a UnitId, &'a Option<UnitId>, &'a Option<String>)>,
) -> BTreeMap<UnitId, Option<String>> {
    let listed: BTreeMap<&UnitId, (&Option<UnitId>, &Option<String>)> =
        units.map(|(unit, parent, own)| (unit, (parent, own))).collect();
    let above = |unit: &&'a UnitId| listed.get(*unit).and_then(|&(parent, _)| parent.as_ref());
    let center = |unit: &&UnitId| listed.get(*unit).and_then(|&(_, own)| own.clone());
    // No way up is longer than there are units.
    let nearest = |unit| std::iter::successors(Some(unit), above).take(listed.len()).find_map(|unit| center(&unit));
    listed.keys().map(|unit| ((*unit).clone(), nearest(*unit))).collect()
}

/// The lines as they are posted.
struct Posting {
    decimals: u32,
    lines: Vec<JournalLine>,
    left_out: u32,
}

impl Posting {
    fn new(decimals: u32) -> Self {
        Self { decimals, lines: Vec::new(), left_out: 0 }
    }

    fn post(
        &mut self,
        entry: Entry,
        account: &str,
        cost_center: Option<String>,
        unit: Option<UnitId>,
        text: String,
        exact: Amount,
    ) {
        let rounded = exact.round(self.decimals);
        if rounded.is_zero() && !exact.is_zero() {
            self.left_out += 1;
        }
        self.write(entry, account, cost_center, unit, text, exact, rounded);
    }

    /// Books take no lines of nothing.
    #[expect(clippy::too_many_arguments, reason = "they are the columns of a line")]
    fn write(
        &mut self,
        entry: Entry,
        account: &str,
        cost_center: Option<String>,
        unit: Option<UnitId>,
        text: String,
        exact: Amount,
        rounded: Amount,
    ) {
        if rounded.is_zero() {
            return;
        }
        let (debit, credit) = if rounded.is_negative() { (Amount::ZERO, -rounded) } else { (rounded, Amount::ZERO) };
        let line = self.lines.len() as u32 + 1;
        self.lines.push(JournalLine { line, entry, account: account.to_owned(), cost_center, unit, text, debit, credit, exact });
    }

    /// Posts what rounding left over, and closes the journal.
    fn into_journal(mut self, heading: Heading<'_>) -> Result<Journal, StatementError> {
        let Heading { id, period, date, currency, cost, rule_set, rounding_account, conversion } = heading;
        let rounding = -self.balance(currency)?;
        self.write(Entry::Rounding, rounding_account, None, None, format!("Rounding, {period}"), Amount::ZERO, rounding);
        let Self { lines, left_out, decimals } = self;
        let sum = |side: fn(&JournalLine) -> Amount| total(lines.iter().map(side), currency);
        let (debit_total, credit_total) = (sum(|line| line.debit)?, sum(|line| line.credit)?);
        let without_cost_center = lines.iter().filter(|line| line.cost_center.is_none()).filter_map(|line| line.unit.clone());
        let mut without_cost_center: Vec<UnitId> = without_cost_center.collect();
        without_cost_center.dedup();
        Ok(Journal {
            id,
            period,
            date,
            currency,
            cost,
            rule_set,
            decimals,
            lines,
            debit_total,
            credit_total,
            rounding,
            left_out,
            without_cost_center,
            conversion,
        })
    }

    /// What debits have more than credits.
    fn balance(&self, currency: Currency) -> Result<Amount, StatementError> {
        total(self.lines.iter().flat_map(|line| [line.debit, -line.credit]), currency)
    }
}

fn total(mut amounts: impl Iterator<Item = Amount>, currency: Currency) -> Result<Amount, StatementError> {
    let total = amounts.try_fold(Amount::ZERO, Amount::checked_add);
    total.ok_or_else(|| StatementError::Overflow { what: "the journal".to_owned(), currency })
}
