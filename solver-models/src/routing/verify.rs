//! Checks shares against the instance and prices them exactly. It knows nothing of the formulation.

use std::collections::BTreeMap;

use farthing_types::Amount;
use num_rational::BigRational;
use num_traits::{One, Zero};

use super::data::{Handling, Instance, Kind};
use crate::number::{from_rational, to_rational};

/// (decision, handler) → decisions.
pub type Routes = BTreeMap<(usize, usize), Amount>;

/// Checks every constraint, each within a millionth of its size, and prices the routes exactly.
///
/// # Errors
/// Every constraint that is broken, in words.
pub fn verify(instance: &Instance, routes: &Routes) -> Result<Amount, Vec<String>> {
    let mut broken = Vec::new();
    for (&(decision, handler), count) in routes {
        if instance.route(decision, handler).is_none() || count.is_negative() {
            let (decision, handler) = (&instance.decisions[decision].id, &instance.handlers[handler].id);
            broken.push(format!("{count} of {decision} go to {handler}, which may not take them"));
        }
    }
    if !broken.is_empty() {
        return Err(broken);
    }
    let total = |only: &dyn Fn(usize, usize) -> bool, value: &dyn Fn(&Handling) -> BigRational| {
        let taken = routes.iter().filter(|((d, h), _)| only(*d, *h));
        taken.fold(BigRational::zero(), |sum, ((d, h), count)| {
            let handling = instance.route(*d, *h).expect("routes were checked above");
            sum + to_rational(*count) * value(&handling)
        })
    };
    let one = |_: &Handling| BigRational::one();
    let tolerance = BigRational::new(1.into(), 1_000_000.into());
    let mut hold = |what: String, left: BigRational, right: BigRational| {
        // left ≤ right
        let size = if right > BigRational::one() { right.clone() } else { BigRational::one() };
        if left > &right + size * &tolerance {
            broken.push(what);
        }
    };
    for (index, of) in instance.decisions.iter().enumerate() {
        let here = |d: usize, _: usize| d == index;
        let people = |d: usize, h: usize| d == index && instance.handlers[h].kind == Kind::Person;
        let volume = to_rational(of.volume);
        let routed = total(&here, &one);
        hold(format!("of {} fewer decisions are routed than there are", of.id), volume.clone(), routed.clone());
        hold(format!("of {} more decisions are routed than there are", of.id), routed, volume.clone());
        if let Some(least) = of.least_quality {
            let right = total(&here, &|h| to_rational(h.quality));
            hold(format!("the quality of {} is too low", of.id), to_rational(least) * &volume, right);
        }
        if let Some(most) = of.most_latency {
            let seconds = total(&here, &|h| to_rational(h.latency));
            hold(format!("{} take too long", of.id), seconds, to_rational(most) * &volume);
        }
        hold(format!("people decide too few of {}", of.id), to_rational(of.least_human) * &volume, total(&people, &one));
    }
    for (index, handler) in instance.handlers.iter().enumerate() {
        let Some(capacity) = handler.capacity else { continue };
        let load = total(&|_, h| h == index, &|h| to_rational(h.load));
        hold(format!("{} has too little capacity", handler.id), load, to_rational(capacity));
    }
    let cost = total(&|_, _| true, &|h| to_rational(h.cost));
    if let Some(budget) = instance.budget {
        hold("the budget is exceeded".to_owned(), cost.clone(), to_rational(budget));
    }
    if !broken.is_empty() {
        return Err(broken);
    }
    from_rational(&cost).ok_or_else(|| vec!["the routes cost more than an amount can hold".to_owned()])
}
