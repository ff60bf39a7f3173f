use farthing_types::{Amount, apportion};

use super::{CostLine, UnassignedLine};
use crate::{Actor, EconomicsError, Observations, Totals};

/// A line's share for one arm.
pub(super) struct LineShare<'a> {
    pub line: &'a CostLine,
    pub amount: Amount,
    /// True where calls, not decisions, were the driver: the interval then follows them too.
    pub by_requests: bool,
}

pub(super) struct Shared<'a> {
    /// For each arm, in the order given.
    pub by_arm: Vec<Vec<LineShare<'a>>>,
    pub unassigned: Vec<UnassignedLine>,
    pub notes: Vec<String>,
}

/// Shares each line among the arms that bear it, so that the shares and what is unassigned sum to the lines exactly.
pub(super) fn among_arms<'a>(lines: &'a [CostLine], arms: &[&Observations]) -> Result<Shared<'a>, EconomicsError> {
    let totals: Vec<Totals> = arms.iter().map(|arm| sum_of_days(arm)).collect::<Result<_, _>>()?;
    let mut shared = Shared { by_arm: arms.iter().map(|_| Vec::new()).collect(), unassigned: Vec::new(), notes: Vec::new() };
    let mut by_decisions = false;
    for line in lines {
        let bears = |at: &usize| {
            let (arm, totals) = (arms[*at], &totals[*at]);
            arm.actor != Actor::Person && totals.decisions() > 0 && (line.model.is_none() || line.model == arm.model)
        };
        let bearers: Vec<usize> = (0..arms.len()).filter(bears).collect();
        if bearers.is_empty() {
            shared.unassigned.push(UnassignedLine {
                name: line.name.clone(),
                model: line.model.clone(),
                amount: line.amount,
                source: line.source.clone(),
            });
            continue;
        }
        let calls_known = bearers.iter().all(|&at| totals[at].with_requests == totals[at].decisions())
            && bearers.iter().any(|&at| totals[at].requests > 0);
        by_decisions |= !calls_known && bearers.len() > 1;
        let weight = |&at: &usize| {
            let count = if calls_known { totals[at].requests } else { totals[at].decisions() };
            i64::try_from(count).map(Amount::from_int).map_err(|_| EconomicsError::OutOfRange("a count of calls or decisions"))
        };
        let weights = bearers.iter().map(weight).collect::<Result<Vec<_>, _>>()?;
        let amounts = apportion(line.amount, &weights).map_err(|_| EconomicsError::Zero("the sum of calls or decisions"))?;
        for (at, amount) in bearers.into_iter().zip(amounts) {
            shared.by_arm[at].push(LineShare { line, amount, by_requests: calls_known });
        }
    }
    if by_decisions {
        shared.notes.push(
            "not every decision states its inference calls, so the AI's cost lines were shared among its arms by decisions"
                .to_owned(),
        );
    }
    if !shared.unassigned.is_empty() {
        shared
            .notes
            .push("some cost lines belong to no arm, for no decision was counted with their model; see unassigned".to_owned());
    }
    Ok(shared)
}

pub(super) fn sum_of_days(arm: &Observations) -> Result<Totals, EconomicsError> {
    let sum = arm.days.values().try_fold(Totals::default(), |sum, day| sum.checked_add(day));
    sum.ok_or(EconomicsError::OutOfRange("a sum over decisions"))
}
