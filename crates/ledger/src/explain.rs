//! From a figure of a statement to its charges and shares, with the arithmetic that closes.

use chrono::NaiveDate;
use farthing_types::{Amount, Cost, Currency, Quantity, Selection, SourceName, UnitId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::build::StatementError;
use crate::cell::{Cell, Part, Place};
use crate::rates::Conversion;
use crate::statement::Statement;

/// Charges that one rule sent to one unit, or that belong to none, as they are handed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ChargesLine {
    /// The unit; none where they belong to none.
    pub unit: Option<UnitId>,
    /// The reason where they belong to no unit.
    pub reason: Option<String>,
    /// The rule that sent them, or matched all the same.
    pub rule: Option<String>,
    /// What the rule went by.
    pub because: Vec<Value>,
    /// The service, and the columns that the cell names.
    pub columns: Vec<Value>,
    /// Their source.
    pub source: SourceName,
    /// The first day of them.
    pub first: NaiveDate,
    /// The last day of them.
    pub last: NaiveDate,
    /// How many they are.
    pub charges: u64,
    /// Their sum as it was billed, where it is converted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original: Option<Original>,
    /// Their sum.
    pub amount: Amount,
}

/// An amount before it was converted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = OriginalAmount)]
pub struct Original {
    /// The currency that it was billed in.
    pub currency: Currency,
    /// How much.
    pub amount: Amount,
}

/// A column or `tag:NAME` with its value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[schema(as = FieldValue)]
pub struct Value {
    /// The column.
    pub field: String,
    /// Its value; `null` where there is none.
    pub value: Option<String>,
}

/// What a pool gave to a unit, or took from its own, as it is handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolShare {
    /// The pool.
    pub pool: String,
    /// The unit whose money it splits.
    pub pool_unit: UnitId,
    /// Its stage.
    pub stage: u32,
    /// The unit that receives; on the line that takes the money the pool's own.
    pub unit: UnitId,
    /// The source of the charges.
    pub source: SourceName,
    /// The part of the pool's charges that was split by itself; `None` where it was split as a whole.
    pub part: Option<String>,
    /// What it was split by.
    pub driver: String,
    /// The driver's quantity for the unit.
    pub quantity: Quantity,
    /// The driver's quantity over all recipients.
    pub total_quantity: Quantity,
    /// What the pool split of this source (and part), in the cost and currency of the statement.
    pub pool_amount: Amount,
    /// True on the line that takes the money from the pool's unit.
    pub gives: bool,
    /// How much it is as it was billed, where it is converted.
    pub original: Option<Original>,
    /// How much was posted.
    pub amount: Amount,
}

/// A share with its arithmetic: `amount = exact + rounding`, `exact = pool_amount × quantity ÷ total_quantity`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ShareLine {
    /// The pool.
    pub pool: String,
    /// The unit whose money it splits: where to look for the charges.
    pub pool_unit: UnitId,
    /// Its stage.
    pub stage: u32,
    /// The unit.
    pub unit: UnitId,
    /// The source of the charges.
    pub source: SourceName,
    /// The part of the pool's charges that was split by itself; left out where it was split as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// What it was split by; on the line that takes the money, too.
    pub driver: String,
    /// The driver's quantity for the unit; on the line that takes the money the total.
    pub quantity: Quantity,
    /// The driver's quantity over all recipients.
    pub total_quantity: Quantity,
    /// What the pool split of this source (and part).
    pub pool_amount: Amount,
    /// `pool_amount ÷ total_quantity`, rounded half to even at 1e-18: the price of one of the driver; `null` beyond ±1e20.
    pub rate: Option<Amount>,
    /// `pool_amount × quantity ÷ total_quantity`, rounded half to even at 1e-18; what is given has a minus.
    pub exact: Amount,
    /// What largest-remainder rounding added at 1e-18, so that the shares sum to the pool.
    pub rounding: Amount,
    /// How much it is as it was billed, where it is converted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original: Option<Original>,
    /// `exact + rounding`: what was posted.
    pub amount: Amount,
}

/// Why a figure is what it is: `statement_amount = charges_total + shares_total + elsewhere`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Explanation {
    /// The charges that the statement is about: `period` or `window`.
    #[serde(flatten)]
    pub selection: Selection,
    /// The currency of every amount.
    pub currency: Currency,
    /// Which of the four costs the amounts are.
    pub cost: Cost,
    /// The version of the rule set; `null` where there is none.
    pub rule_set: Option<String>,
    /// The cell, as it can be asked for again.
    #[schema(value_type = String)]
    pub cell: Cell,
    /// How everything was converted; left out where it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversion: Option<Conversion>,
    /// The figure of the statement that the cell is, or is a part of.
    pub statement_amount: Amount,
    /// The sum of `charges`.
    pub charges_total: Amount,
    /// The sum of `shares`.
    pub shares_total: Amount,
    /// `charges_total + shares_total`: the cell.
    pub amount: Amount,
    /// What of the figure the cell leaves out, since it names a source, a rule, a pool or columns.
    pub elsewhere: Amount,
    /// `statement_amount − amount − elsewhere`: zero, or the statement cannot be explained.
    pub difference: Amount,
    /// The charges, the largest amount first.
    pub charges: Vec<ChargesLine>,
    /// What pools gave and took, by stage, pool, source, unit.
    pub shares: Vec<ShareLine>,
}

/// Explains a cell of `statement` by all the lines that stand on the cell's row, in the statement's cost and currency.
/// `None` where the statement has no such row.
///
/// # Errors
/// When a sum does not fit.
pub fn explain_cell(
    statement: &Statement,
    cell: &Cell,
    charges: Vec<ChargesLine>,
    shares: Vec<PoolShare>,
) -> Result<Option<Explanation>, StatementError> {
    let Some(statement_amount) = figure(statement, cell) else { return Ok(None) };
    let currency = statement.currency;
    let sum = |amounts: Vec<Amount>| {
        let total = amounts.into_iter().try_fold(Amount::ZERO, Amount::checked_add);
        total.ok_or_else(|| StatementError::Overflow { what: cell.to_string(), currency })
    };
    let (mut charges, other_charges): (Vec<_>, Vec<_>) = match cell.part {
        Part::Shared => (Vec::new(), Vec::new()),
        _ => charges.into_iter().partition(|line| cell.takes_charges(line)),
    };
    let (shares, other_shares): (Vec<_>, Vec<_>) = match cell.part {
        Part::Direct => (Vec::new(), Vec::new()),
        _ => shares.into_iter().partition(|share| cell.takes_share(share)),
    };
    charges.sort_by_key(|line| std::cmp::Reverse(line.amount.abs()));
    let shares = shares.into_iter().map(|share| ShareLine::of(share, currency)).collect::<Result<Vec<_>, _>>()?;
    let charges_total = sum(charges.iter().map(|line| line.amount).collect())?;
    let shares_total = sum(shares.iter().map(|share| share.amount).collect())?;
    let amount = sum(vec![charges_total, shares_total])?;
    let other = other_charges.iter().map(|line| line.amount).chain(other_shares.iter().map(|share| share.amount));
    let elsewhere = sum(other.collect())?;
    let difference = sum(vec![statement_amount, -amount, -elsewhere])?;
    Ok(Some(Explanation {
        selection: statement.selection,
        currency,
        cost: statement.cost,
        rule_set: statement.rule_set.clone(),
        cell: cell.clone(),
        conversion: statement.conversion.clone(),
        statement_amount,
        charges_total,
        shares_total,
        amount,
        elsewhere,
        difference,
        charges,
        shares,
    }))
}

/// The figure on the statement that a cell is, or is a part of.
fn figure(statement: &Statement, cell: &Cell) -> Option<Amount> {
    match &cell.place {
        Place::Reason(reason) => statement.unattributed.iter().find(|line| line.reason == *reason).map(|line| line.amount),
        Place::Unit { unit, own } => {
            let line = statement.units.iter().find(|line| line.unit == *unit)?;
            Some(match (cell.part, own) {
                (Part::Direct, true) => line.direct,
                (Part::Shared, true) => line.shared,
                (Part::Total, true) => line.total,
                (Part::Direct, false) => line.rolled_up.direct,
                (Part::Shared, false) => line.rolled_up.shared,
                (Part::Total, false) => line.rolled_up.total,
            })
        }
    }
}

impl Cell {
    fn takes_source(&self, source: &SourceName) -> bool {
        self.source.as_ref().is_none_or(|wanted| wanted == source)
    }

    fn takes_charges(&self, line: &ChargesLine) -> bool {
        let value = |field: &str| line.columns.iter().find(|column| column.field == field).and_then(|c| c.value.as_deref());
        self.takes_source(&line.source)
            && self.pool.is_none()
            && (self.rule.is_none() || self.rule == line.rule)
            && self.fields.iter().all(|(field, wanted)| value(field).unwrap_or_default() == wanted)
    }

    fn takes_share(&self, share: &PoolShare) -> bool {
        self.takes_source(&share.source)
            && self.rule.is_none()
            && self.fields.is_empty()
            && self.pool.as_ref().is_none_or(|pool| *pool == share.pool)
    }
}

impl ShareLine {
    fn of(share: PoolShare, currency: Currency) -> Result<Self, StatementError> {
        let PoolShare {
            pool,
            pool_unit,
            stage,
            unit,
            source,
            part,
            driver,
            quantity,
            total_quantity,
            pool_amount,
            gives,
            original,
            amount,
        } = share;
        let overflow = || StatementError::Overflow { what: format!("pool {pool}"), currency };
        let rate = pool_amount.checked_div(total_quantity.0);
        let exact = match gives {
            true => -pool_amount,
            false => pool_amount.mul_div(quantity.0, total_quantity.0).ok_or_else(overflow)?,
        };
        let rounding = amount.checked_sub(exact).ok_or_else(overflow)?;
        Ok(Self {
            pool,
            pool_unit,
            stage,
            unit,
            source,
            part,
            driver,
            quantity,
            total_quantity,
            pool_amount,
            rate,
            exact,
            rounding,
            original,
            amount,
        })
    }
}

#[cfg(test)]
mod tests {
    use farthing_types::apportion;
    use proptest::prelude::*;

    use super::*;
    use crate::{Billed, Line, LineKind, StatementInput, StatementUnit, statements};

    const UNITS: [&str; 3] = ["claims", "lending", "platform"];

    fn unit(id: &str) -> UnitId {
        id.parse().unwrap()
    }

    /// `lending` stands below `claims`; `platform` gives all that it has to the two by weight.
    struct Books {
        statement: Statement,
        charges: Vec<ChargesLine>,
        shares: Vec<PoolShare>,
    }

    fn books(posted: &[(usize, &'static str, Amount)], weights: [i64; 2]) -> Books {
        let source: SourceName = "aws".parse().unwrap();
        let charges: Vec<ChargesLine> = posted
            .iter()
            .map(|&(at, service, amount)| ChargesLine {
                unit: Some(unit(UNITS[at])),
                reason: None,
                rule: Some(format!("rule-{at}")),
                because: Vec::new(),
                columns: vec![Value { field: "ServiceName".into(), value: Some(service.into()) }],
                source: source.clone(),
                first: "2026-05-01".parse().unwrap(),
                last: "2026-05-31".parse().unwrap(),
                charges: 1,
                original: None,
                amount,
            })
            .collect();
        let pool_amount: Amount = posted.iter().filter(|(at, ..)| *at == 2).map(|(.., amount)| *amount).sum();
        let weights = weights.map(Amount::from_int);
        let parts = apportion(pool_amount, &weights).unwrap();
        let share = |at: usize, quantity: Amount, gives, amount| PoolShare {
            pool: "platform-by-use".into(),
            pool_unit: unit("platform"),
            stage: 1,
            unit: unit(UNITS[at]),
            source: source.clone(),
            part: None,
            driver: "tokens".into(),
            quantity: Quantity(quantity),
            total_quantity: Quantity(weights[0] + weights[1]),
            pool_amount,
            gives,
            original: None,
            amount,
        };
        let mut shares: Vec<PoolShare> = (0..2).map(|at| share(at, weights[at], false, parts[at])).collect();
        shares.push(share(2, weights[0] + weights[1], true, -pool_amount));
        let direct = charges.iter().map(|line| (line.unit.clone().unwrap(), LineKind::Direct, line.amount));
        let shared = shares.iter().map(|share| {
            let (quantity, total_quantity) = (share.quantity, share.total_quantity);
            let (pool, driver) = (share.pool.clone(), share.driver.clone());
            (share.unit.clone(), LineKind::Shared { pool, part: None, driver, quantity, total_quantity }, share.amount)
        });
        let line = |(unit, kind, amount)| Line { unit, source: source.clone(), currency: Currency::USD, kind, amount };
        let placed = |id: &str| StatementUnit {
            id: unit(id),
            name: id.into(),
            parent: (id == "lending").then(|| unit("claims")),
            owner: None,
            cost_center: None,
        };
        let billed = posted.iter().map(|(.., amount)| *amount).sum();
        let input = StatementInput {
            selection: Selection::Period("2026-05".parse().unwrap()),
            cost: Cost::Effective,
            rule_set: Some("v1".into()),
            revisions: Vec::new(),
            units: UNITS.map(placed).to_vec(),
            lines: direct.chain(shared).map(line).collect(),
            unattributed: Vec::new(),
            billed: vec![Billed { source: source.clone(), currency: Currency::USD, amount: billed, charges: 9 }],
            corrections: Vec::new(),
            notes: Vec::new(),
        };
        let statement = statements(&input).unwrap().remove(0);
        Books { statement, charges, shares }
    }

    impl Books {
        fn explain(&self, cell: &str) -> Explanation {
            let cell: Cell = cell.parse().unwrap();
            let Place::Unit { unit, own } = &cell.place else { panic!("{cell}") };
            let rows: Vec<UnitId> = match own {
                true => vec![unit.clone()],
                false => self.statement.subtree(unit).iter().map(|line| line.unit.clone()).collect(),
            };
            let charges = self.charges.iter().filter(|line| line.unit.as_ref().is_some_and(|unit| rows.contains(unit)));
            let shares = self.shares.iter().filter(|share| rows.contains(&share.unit));
            explain_cell(&self.statement, &cell, charges.cloned().collect(), shares.cloned().collect()).unwrap().unwrap()
        }
    }

    #[test]
    fn a_share_shows_quantity_rate_and_the_rounding() {
        let books = books(&[(2, "Queues", Amount::from_int(100)), (0, "Queues", Amount::ONE)], [1, 2]);
        let found = books.explain("unit=lending,part=shared");
        let [share] = found.shares.as_slice() else { panic!("{found:?}") };
        let text = |amount: Amount| amount.to_string();
        assert_eq!(share.rate.map(text).unwrap(), "33.333333333333333333");
        assert_eq!(
            [share.exact, share.rounding, share.amount].map(text),
            ["66.666666666666666667", "0", "66.666666666666666667"]
        );
        // A third of 100 has the smaller remainder; the odd 1e-18 went to the other.
        let found = books.explain("unit=claims,scope=own");
        assert_eq!(text(found.amount), "34.333333333333333333");
        let gives = books.explain("unit=platform");
        assert_eq!(
            (text(gives.charges_total), text(gives.shares_total), text(gives.amount)),
            ("100".into(), "-100".into(), "0".into())
        );
        assert!(gives.shares[0].rounding.is_zero());
        let other: Cell = "unit=nobody".parse().unwrap();
        assert_eq!(explain_cell(&books.statement, &other, Vec::new(), Vec::new()).unwrap(), None);
    }

    #[test]
    fn lines_that_are_not_those_of_the_statement_show_a_difference() {
        let mut books = books(&[(0, "Queues", Amount::from_int(5))], [1, 1]);
        books.charges[0].amount = Amount::from_int(4);
        assert_eq!(books.explain("unit=claims").difference, Amount::ONE);
    }

    fn any_amount() -> impl Strategy<Value = Amount> {
        prop_oneof![
            (-1000_i64..1000).prop_map(Amount::from_int),
            (-(10_i128.pow(34))..10_i128.pow(34)).prop_map(|count| Amount::from_atto(count).unwrap()),
        ]
    }

    proptest! {
        #[test]
        fn every_cell_closes(
            posted in prop::collection::vec((0..3_usize, prop::sample::select(vec!["Queues", "Disks"]), any_amount()), 0..12),
            weights in (0..1000_i64, 1..1000_i64),
        ) {
            let books = books(&posted, [weights.0, weights.1]);
            for unit in UNITS {
                for more in ["", ",scope=own", ",part=direct", ",part=shared", ",service=Disks", ",rule=rule-1", ",pool=platform-by-use"] {
                    let found = books.explain(&format!("unit={unit}{more}"));
                    prop_assert_eq!(found.difference, Amount::ZERO, "{}", found.cell);
                    let charges: Amount = found.charges.iter().map(|line| line.amount).sum();
                    let shares: Amount = found.shares.iter().map(|share| share.exact + share.rounding).sum();
                    prop_assert_eq!(charges + shares, found.amount);
                    for share in &found.shares {
                        // Half a unit of the quota's rounding and one of largest remainder.
                        prop_assert!(share.rounding.atto().abs() <= 1, "{:?}", share);
                    }
                }
            }
        }
    }
}
