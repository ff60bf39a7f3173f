//! The statement of one unit: what it is charged, by service and by pool, beside the month before.

use std::collections::BTreeMap;

use farthing_types::{Amount, BillingPeriod, Cost, Currency, Quantity, Selection, UnitId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::build::StatementError;
use crate::compare::change_tenths;
use crate::input::Revision;
use crate::rates::Conversion;
use crate::statement::{Share, Statement, UnitAmounts};

/// An amount with what it was in the month before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Beside {
    /// How much.
    pub amount: Amount,
    /// How much a month before; `null` where that month has no charges.
    pub previous: Option<Amount>,
    /// `amount − previous`.
    pub change: Option<Amount>,
    /// The change in tenths of a percent of `previous`; `null` where that was zero.
    pub change_tenths: Option<i64>,
}

/// What rules sent to the unit of one service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ServiceLine {
    /// The service; `null` where the charges name none.
    pub service: Option<String>,
    /// How much.
    #[serde(flatten)]
    pub figures: Beside,
}

/// What one pool gave to the unit, or took from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PoolLine {
    /// The pool.
    pub pool: String,
    /// True where the unit's own money was split among others.
    pub gives: bool,
    /// What it was split by.
    pub driver: String,
    /// The driver's quantity for the unit.
    pub quantity: Quantity,
    /// The driver's quantity over all recipients.
    pub total_quantity: Quantity,
    /// What one of the driver cost, `amount ÷ quantity` rounded half to even at 1e-18; `null` where the pool was split part by part,
    /// each at its own rate, or was given.
    pub rate: Option<Amount>,
    /// In how many parts the pool's charges were split; 0 where they were as a whole.
    pub parts: u64,
    /// How much.
    #[serde(flatten)]
    pub figures: Beside,
}

/// A unit below the one that the statement is of, with those below it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnitBelow {
    /// Its id.
    pub unit: UnitId,
    /// Its name.
    pub name: String,
    /// How far it stands below: 1 for the next level.
    pub depth: u32,
    /// What rules sent to it and those below it.
    pub direct: Amount,
    /// What pools gave to them, less what they took.
    pub shared: Amount,
    /// `direct + shared`.
    #[serde(flatten)]
    pub figures: Beside,
}

/// That the statement it is a part of adds up to what was billed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct WholeProof {
    /// What was billed to all.
    pub billed_total: Amount,
    /// What of it belongs to units.
    pub attributed_total: Amount,
    /// What belongs to none.
    pub unattributed_total: Amount,
    /// `billed_total − attributed_total − unattributed_total`.
    pub difference: Amount,
    /// How many charges were billed.
    pub charges: u64,
}

/// What one unit and those below it are charged for a period, in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnitStatement {
    /// The charges that it is about: `period`.
    #[serde(flatten)]
    pub selection: Selection,
    /// The currency of every amount.
    pub currency: Currency,
    /// Which of the four costs the amounts are.
    pub cost: Cost,
    /// The unit.
    pub unit: UnitId,
    /// Its name.
    pub name: String,
    /// The names of the units above it, the top one first.
    pub above: Vec<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The cost centre in the books.
    pub cost_center: Option<String>,
    /// What it is charged: `direct_total + shared_total`.
    pub total: Beside,
    /// What rules sent: the sum of `direct`.
    pub direct_total: Beside,
    /// What pools gave, less what they took: the sum of `shared`.
    pub shared_total: Beside,
    /// By service, the largest amount first.
    pub direct: Vec<ServiceLine>,
    /// By pool, the largest amount first.
    pub shared: Vec<PoolLine>,
    /// The units below it, depth first.
    pub below: Vec<UnitBelow>,
    /// The month before, where it has charges.
    pub previous_period: Option<BillingPeriod>,
    /// The statement that this one is a part of.
    pub whole: WholeProof,
    /// True where the parts sum to the unit's figures, and the whole to what was billed.
    pub proven: bool,
    /// Why it is not; empty where it is.
    pub problems: Vec<String>,
    /// What was done otherwise than the rules ask for.
    pub notes: Vec<String>,
    /// How the whole was converted; left out where it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversion: Option<Conversion>,
    /// The revisions of facts that were read.
    pub revisions: Vec<Revision>,
    /// The version of the rule set; `null` where there is none.
    pub rule_set: Option<String>,
}

/// What rules sent to the unit and those below it, by service, in the statement's cost and currency.
pub type ByService = BTreeMap<Option<String>, Amount>;

/// A whole statement with what it does not say of a unit.
#[derive(Clone, Copy, Debug)]
pub struct Whole<'a> {
    /// The statement.
    pub statement: &'a Statement,
    /// Direct amounts by service, added up apart from it.
    pub services: &'a ByService,
}

/// Makes the statement of `unit` of the whole one, beside that of the month before. `pools` has the unit whose money each pool
/// splits. `None` where the unit is not on the statement.
///
/// # Errors
/// When a sum does not fit. A statement that does not close is no error: it says so.
pub fn unit_statement(
    now: Whole<'_>,
    before: Option<Whole<'_>>,
    unit: &UnitId,
    pools: &BTreeMap<String, UnitId>,
) -> Result<Option<UnitStatement>, StatementError> {
    let statement = now.statement;
    let tree = statement.subtree(unit);
    let Some(own) = tree.first() else { return Ok(None) };
    let sheet = Sheet { now, before, unit, pools };
    let direct = sheet.services()?;
    let shared = sheet.pools()?;
    let mut problems = statement.problems.clone();
    for (what, is, parts) in [
        ("services", own.rolled_up.direct, sheet.sum(direct.iter().map(|line| line.figures.amount))?),
        ("pools", own.rolled_up.shared, sheet.sum(shared.iter().map(|line| line.figures.amount))?),
    ] {
        if is != parts {
            problems.push(format!("the {what} of {unit} come to {parts} {}, and its statement says {is}", statement.currency));
        }
    }
    let then = before.and_then(|before| before.statement.subtree(unit).first());
    let figure = |of: fn(&UnitAmounts) -> Amount| sheet.beside(of(own), then.map(of).unwrap_or_default());
    let below = tree[1..].iter().map(|line| sheet.below(line, own.depth)).collect::<Result<_, _>>()?;
    let whole = WholeProof {
        billed_total: statement.billed_total,
        attributed_total: statement.attributed_total,
        unattributed_total: statement.unattributed_total,
        difference: statement.difference,
        charges: statement.charges,
    };
    Ok(Some(UnitStatement {
        selection: statement.selection,
        currency: statement.currency,
        cost: statement.cost,
        unit: unit.clone(),
        name: own.name.clone(),
        above: above(statement, own),
        owner: own.owner.clone(),
        cost_center: own.cost_center.clone(),
        total: figure(|line| line.rolled_up.total)?,
        direct_total: figure(|line| line.rolled_up.direct)?,
        shared_total: figure(|line| line.rolled_up.shared)?,
        direct,
        shared,
        below,
        previous_period: before.and_then(|before| before.statement.selection.period()),
        whole,
        proven: problems.is_empty(),
        problems,
        notes: statement.notes.clone(),
        conversion: statement.conversion.clone(),
        revisions: statement.revisions.clone(),
        rule_set: statement.rule_set.clone(),
    }))
}

/// The names of the units above one, the top one first.
fn above(statement: &Statement, unit: &UnitAmounts) -> Vec<String> {
    let parent = |line: &&UnitAmounts| {
        let above = line.parent.as_ref()?;
        statement.units.iter().find(|other| other.unit == *above)
    };
    let mut names: Vec<String> =
        std::iter::successors(parent(&unit), |line| parent(line)).map(|line| line.name.clone()).collect();
    names.reverse();
    names
}

/// One unit on two statements.
struct Sheet<'a> {
    now: Whole<'a>,
    before: Option<Whole<'a>>,
    unit: &'a UnitId,
    pools: &'a BTreeMap<String, UnitId>,
}

/// The shares of one pool in a tree of units.
#[derive(Default)]
struct Given {
    amount: Amount,
    quantity: Amount,
    total: Amount,
    parts: u64,
}

/// A pool, whether it takes, and what it was split by.
type PoolKey = (String, bool, String);

impl Sheet<'_> {
    fn sum(&self, amounts: impl IntoIterator<Item = Amount>) -> Result<Amount, StatementError> {
        let sum = amounts.into_iter().try_fold(Amount::ZERO, Amount::checked_add);
        sum.ok_or_else(|| StatementError::Overflow { what: self.unit.to_string(), currency: self.now.statement.currency })
    }

    fn beside(&self, amount: Amount, previous: Amount) -> Result<Beside, StatementError> {
        if self.before.is_none() {
            return Ok(Beside { amount, ..Beside::default() });
        }
        let change = self.sum([amount, -previous])?;
        Ok(Beside { amount, previous: Some(previous), change: Some(change), change_tenths: change_tenths(previous, amount) })
    }

    fn services(&self) -> Result<Vec<ServiceLine>, StatementError> {
        let nothing = ByService::new();
        let (now, before) = (self.now.services, self.before.map_or(&nothing, |before| before.services));
        let amount = |services: &ByService, service: &Option<String>| services.get(service).copied().unwrap_or_default();
        let names: std::collections::BTreeSet<&Option<String>> = now.keys().chain(before.keys()).collect();
        let line = |service: &Option<String>| {
            let figures = self.beside(amount(now, service), amount(before, service))?;
            Ok(ServiceLine { service: service.clone(), figures })
        };
        let mut lines = names.into_iter().map(line).collect::<Result<Vec<_>, StatementError>>()?;
        lines.sort_by_key(|line| std::cmp::Reverse(line.figures.amount.abs()));
        Ok(lines)
    }

    fn given(&self, statement: &Statement) -> Result<BTreeMap<PoolKey, Given>, StatementError> {
        let mut given: BTreeMap<PoolKey, Given> = BTreeMap::new();
        for line in statement.subtree(self.unit) {
            for Share { pool, driver, quantity, total_quantity, parts, amount } in &line.shares {
                let gives = self.pools.get(pool) == Some(&line.unit);
                let known = given.entry((pool.clone(), gives, driver.clone())).or_default();
                known.amount = self.sum([known.amount, *amount])?;
                known.quantity = self.sum([known.quantity, quantity.0])?;
                // The units of a tree share the pool's total; part by part each has that of its own parts.
                known.total = known.total.max(total_quantity.0);
                known.parts = known.parts.max(*parts);
            }
        }
        Ok(given)
    }

    fn pools(&self) -> Result<Vec<PoolLine>, StatementError> {
        let now = self.given(self.now.statement)?;
        let before = self.before.map(|before| self.given(before.statement)).transpose()?.unwrap_or_default();
        let keys: std::collections::BTreeSet<&PoolKey> = now.keys().chain(before.keys()).collect();
        let line = |key: &PoolKey| {
            let (nothing, then) = (Given::default(), before.get(key).map_or(Amount::ZERO, |given| given.amount));
            let given = now.get(key).unwrap_or(&nothing);
            let (pool, gives, driver) = key.clone();
            let rate = if gives || given.parts > 0 { None } else { given.amount.checked_div(given.quantity) };
            Ok(PoolLine {
                pool,
                gives,
                driver,
                quantity: Quantity(given.quantity),
                total_quantity: Quantity(given.total),
                rate,
                parts: given.parts,
                figures: self.beside(given.amount, then)?,
            })
        };
        let mut lines = keys.into_iter().map(line).collect::<Result<Vec<_>, StatementError>>()?;
        lines.sort_by_key(|line| std::cmp::Reverse(line.figures.amount.abs()));
        Ok(lines)
    }

    fn below(&self, line: &UnitAmounts, depth: u32) -> Result<UnitBelow, StatementError> {
        let then = self.before.and_then(|before| before.statement.units.iter().find(|other| other.unit == line.unit));
        Ok(UnitBelow {
            unit: line.unit.clone(),
            name: line.name.clone(),
            depth: line.depth - depth,
            direct: line.rolled_up.direct,
            shared: line.rolled_up.shared,
            figures: self.beside(line.rolled_up.total, then.map(|then| then.rolled_up.total).unwrap_or_default())?,
        })
    }
}
