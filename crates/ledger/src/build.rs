//! From posted lines to statements.

use std::collections::{BTreeMap, BTreeSet};

use farthing_types::{Amount, BillingPeriod, Currency, Quantity, SourceName, UnitId};

use crate::input::{LineKind, StatementInput};
use crate::statement::{Adjustment, Amounts, ProofRow, Share, Statement, UnattributedAmount, UnitAmounts};
use crate::tree::place;

/// Why no statement can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// A sum beyond ±1e20.
    #[error(
        "{what}: the sum in {currency} does not fit 38 digits with 18 decimals; look for a charge of absurd size in the import's findings"
    )]
    Overflow {
        /// What was added up.
        what: String,
        /// The currency.
        currency: Currency,
    },
}

/// Makes one statement for each currency that was billed or posted, in the order of their codes.
///
/// # Errors
/// When a sum does not fit. A statement that does not close is no error: it says so.
pub fn statements(input: &StatementInput) -> Result<Vec<Statement>, StatementError> {
    let lines = input.lines.iter().map(|line| line.currency);
    let rest = input.unattributed.iter().map(|line| line.currency);
    let billed = input.billed.iter().map(|billed| billed.currency);
    let currencies: BTreeSet<Currency> = lines.chain(rest).chain(billed).collect();
    currencies.into_iter().map(|currency| Sheet { input, currency }.statement()).collect()
}

/// What a pool gave to a unit, all sources together.
#[derive(Default)]
struct Shared<'a> {
    amount: Amount,
    /// The quantities of each part, where the pool was split part by part.
    parts: BTreeMap<&'a str, (Quantity, Quantity)>,
}

/// One currency of the input.
struct Sheet<'a> {
    input: &'a StatementInput,
    currency: Currency,
}

impl Sheet<'_> {
    fn statement(&self) -> Result<Statement, StatementError> {
        let proof = self.proof()?;
        let units = self.units()?;
        let unattributed = self.unattributed()?;
        let billed_total = self.sum("billed", proof.iter().map(|row| row.billed))?;
        let attributed_total = self.sum("attributed", units.iter().map(|unit| unit.total))?;
        let unattributed_total = self.sum("unattributed", unattributed.iter().map(|line| line.amount))?;
        let difference = self.sum("difference", [billed_total, -attributed_total, -unattributed_total])?;
        let mut problems: Vec<String> = proof.iter().filter_map(|row| self.problem(row)).collect();
        if !difference.is_zero() && problems.is_empty() {
            problems.push(format!("the difference over all sources is {difference} {}", self.currency));
        }
        let mut revisions = self.input.revisions.clone();
        revisions.sort();
        let charges = self.input.billed.iter().filter(|billed| billed.currency == self.currency).map(|billed| billed.charges);
        Ok(Statement {
            selection: self.input.selection,
            currency: self.currency,
            cost: self.input.cost,
            billed_total,
            attributed_total,
            unattributed_total,
            difference,
            proven: problems.is_empty(),
            problems,
            charges: charges.fold(0, u64::saturating_add),
            units,
            unattributed,
            adjustments: self.adjustments()?,
            proof,
            notes: self.input.notes.iter().filter(|(of, _)| *of == self.currency).map(|(_, note)| note.clone()).collect(),
            revisions,
            rule_set: self.input.rule_set.clone(),
            conversion: None,
            previous: None,
            unattributed_previous: None,
        })
    }

    fn problem(&self, row: &ProofRow) -> Option<String> {
        let ProofRow { source, billed, attributed, unattributed, difference } = row;
        let currency = self.currency;
        (!difference.is_zero()).then(|| {
            format!("{source}: billed {billed} {currency}, but attributed {attributed} + unattributed {unattributed} leaves {difference}")
        })
    }

    fn proof(&self) -> Result<Vec<ProofRow>, StatementError> {
        let mut rows: BTreeMap<&SourceName, [Amount; 3]> = BTreeMap::new();
        let billed = self.input.billed.iter().map(|billed| (&billed.source, billed.currency, 0, billed.amount));
        let lines = self.input.lines.iter().map(|line| (&line.source, line.currency, 1, line.amount));
        let rest = self.input.unattributed.iter().map(|line| (&line.source, line.currency, 2, line.amount));
        for (source, _, column, amount) in billed.chain(lines).chain(rest).filter(|(_, currency, ..)| *currency == self.currency)
        {
            let row = rows.entry(source).or_default();
            row[column] = self.sum(source.as_str(), [row[column], amount])?;
        }
        let row = |(source, [billed, attributed, unattributed]): (&SourceName, [Amount; 3])| {
            let difference = self.sum(source.as_str(), [billed, -attributed, -unattributed])?;
            Ok(ProofRow { source: source.clone(), billed, attributed, unattributed, difference })
        };
        rows.into_iter().map(row).collect()
    }

    fn units(&self) -> Result<Vec<UnitAmounts>, StatementError> {
        let mut own: BTreeMap<&UnitId, (Amount, Amount)> = BTreeMap::new();
        let mut shares: BTreeMap<&UnitId, BTreeMap<_, Shared<'_>>> = BTreeMap::new();
        for line in self.input.lines.iter().filter(|line| line.currency == self.currency) {
            let (direct, shared) = own.entry(&line.unit).or_default();
            let sum = match &line.kind {
                LineKind::Direct => direct,
                LineKind::Shared { pool, part, driver, quantity, total_quantity } => {
                    let quantities = (*quantity, *total_quantity);
                    let key = (pool, driver, part.is_none().then_some(quantities));
                    let share = shares.entry(&line.unit).or_default().entry(key).or_default();
                    share.amount = self.sum(pool, [share.amount, line.amount])?;
                    share.parts.extend(part.as_deref().map(|part| (part, quantities)));
                    shared
                }
            };
            *sum = self.sum(line.unit.as_str(), [*sum, line.amount])?;
        }
        let posted: BTreeSet<&UnitId> = own.keys().copied().collect();
        let placed = place(&self.input.units, &posted);
        let mut units = Vec::with_capacity(placed.len());
        for place in &placed {
            let id = &place.unit.id;
            let (direct, shared) = own.get(id).copied().unwrap_or_default();
            let total = self.sum(id.as_str(), [direct, shared])?;
            let share = |((pool, driver, whole), shared): ((&String, &String, Option<_>), Shared<'_>)| {
                let sum = |of: fn(&(Quantity, Quantity)) -> Amount| self.sum(pool, shared.parts.values().map(of));
                let (quantity, total_quantity) = match whole {
                    Some(quantities) => quantities,
                    None => (Quantity(sum(|(quantity, _)| quantity.0)?), Quantity(sum(|(_, total)| total.0)?)),
                };
                let (pool, driver, parts) = (pool.clone(), driver.clone(), shared.parts.len() as u64);
                Ok(Share { pool, driver, quantity, total_quantity, parts, amount: shared.amount })
            };
            let parent = place.above.map(|above| placed[above].unit.id.clone());
            units.push(UnitAmounts {
                unit: id.clone(),
                name: place.unit.name.clone(),
                parent,
                owner: place.unit.owner.clone(),
                cost_center: place.unit.cost_center.clone(),
                depth: place.depth,
                direct,
                shared,
                total,
                rolled_up: Amounts { direct, shared, total },
                shares: shares.remove(id).into_iter().flatten().map(share).collect::<Result<_, _>>()?,
                previous: None,
            });
        }
        // Units stand below what they roll up into, so from the last to the first every unit is complete when it is passed on.
        for at in (0..units.len()).rev() {
            if let Some(above) = placed[at].above {
                let Amounts { direct, shared, total } = units[at].rolled_up;
                let into = units[above].rolled_up;
                let name = placed[above].unit.id.as_str();
                units[above].rolled_up = Amounts {
                    direct: self.sum(name, [into.direct, direct])?,
                    shared: self.sum(name, [into.shared, shared])?,
                    total: self.sum(name, [into.total, total])?,
                };
            }
        }
        Ok(units)
    }

    fn unattributed(&self) -> Result<Vec<UnattributedAmount>, StatementError> {
        let mut reasons: BTreeMap<&str, UnattributedAmount> = BTreeMap::new();
        for line in self.input.unattributed.iter().filter(|line| line.currency == self.currency) {
            let (reason, description) = (line.reason.clone(), line.description.clone());
            let nothing = UnattributedAmount { reason, description, amount: Amount::ZERO, charges: 0, previous: None };
            let sum = reasons.entry(&line.reason).or_insert(nothing);
            sum.amount = self.sum(&line.reason, [sum.amount, line.amount])?;
            sum.charges = sum.charges.saturating_add(line.charges);
        }
        let mut reasons: Vec<UnattributedAmount> = reasons.into_values().collect();
        reasons.sort_by(|a, b| b.amount.abs().cmp(&a.amount.abs()).then_with(|| a.reason.cmp(&b.reason)));
        Ok(reasons)
    }

    fn adjustments(&self) -> Result<Vec<Adjustment>, StatementError> {
        let mut months: BTreeMap<BillingPeriod, Adjustment> = BTreeMap::new();
        for correction in self.input.corrections.iter().filter(|correction| correction.currency == self.currency) {
            let nothing = Adjustment { period: correction.period, amount: Amount::ZERO, charges: 0 };
            let month = months.entry(correction.period).or_insert(nothing);
            month.amount = self.sum("adjustments", [month.amount, correction.amount])?;
            month.charges = month.charges.saturating_add(correction.charges);
        }
        Ok(months.into_values().collect())
    }

    fn sum(&self, what: &str, amounts: impl IntoIterator<Item = Amount>) -> Result<Amount, StatementError> {
        let sum = amounts.into_iter().try_fold(Amount::ZERO, Amount::checked_add);
        sum.ok_or_else(|| StatementError::Overflow { what: what.to_owned(), currency: self.currency })
    }
}
