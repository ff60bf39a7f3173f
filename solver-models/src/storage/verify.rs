//! Walks a schedule month by month, checks every rule and prices it exactly. It knows nothing of the formulation.

use farthing_types::Amount;
use num_rational::BigRational;
use num_traits::Zero;
use serde::Serialize;
use utoipa::ToSchema;

use super::data::{Dataset, Instance};
use super::tariff;
use crate::number::{from_rational, to_rational};

/// A dataset's way through the classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// (class, from month, until month), one after the other from month 0.
    pub stays: Vec<(usize, u32, u32)>,
}

impl Schedule {
    /// The month in which the data is gone, or the end of the horizon.
    pub fn end(&self) -> u32 {
        self.stays.last().map_or(0, |(_, _, until)| *until)
    }
}

/// What a schedule costs, exactly, each amount rounded half to even at 1e-18.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PricedStorage)]
pub struct Priced {
    /// Everything.
    pub total: Amount,
    /// By month.
    pub months: Vec<Amount>,
    /// Transitions into classes.
    pub transitions: Amount,
    /// Months that were paid and not used.
    pub early_ends: Amount,
}

/// Checks every constraint and prices each dataset.
///
/// # Errors
/// Every rule that is broken, in words.
pub fn verify(instance: &Instance, schedules: &[Schedule]) -> Result<Vec<Priced>, Vec<String>> {
    if schedules.len() != instance.datasets.len() {
        return Err(vec![format!("{} schedules for {} datasets", schedules.len(), instance.datasets.len())]);
    }
    let pairs = || instance.datasets.iter().zip(schedules);
    let mut broken: Vec<String> = pairs().flat_map(|(d, s)| check(instance, d, s)).collect();
    if broken.is_empty() {
        broken = check_capacities(instance, schedules);
    }
    if !broken.is_empty() {
        return Err(broken);
    }
    price_all(instance, schedules).ok_or_else(|| vec!["a dataset costs more than an amount can hold".to_owned()])
}

/// What each dataset costs beside the others; `None` where an amount cannot hold it.
fn price_all(instance: &Instance, schedules: &[Schedule]) -> Option<Vec<Priced>> {
    let rebates: Vec<Vec<BigRational>> = (0..instance.classes.len()).map(|class| rebates(instance, schedules, class)).collect();
    instance.datasets.iter().zip(schedules).map(|(d, s)| price(instance, d, s, &rebates)).collect()
}

/// What each dataset costs if it stays in its class until it may first be deleted; `None` where it may not stay there.
pub(super) fn today(instance: &Instance) -> Vec<Option<Amount>> {
    let stay = |dataset: &Dataset| {
        let until = *instance.ends(dataset).start();
        Schedule { stays: if until == 0 { Vec::new() } else { vec![(dataset.class, 0, until)] } }
    };
    let may_stay: Vec<bool> = instance.datasets.iter().map(|d| check(instance, d, &stay(d)).is_empty()).collect();
    let staying: Vec<Dataset> =
        instance.datasets.iter().zip(&may_stay).filter(|(_, may)| **may).map(|(d, _)| d.clone()).collect();
    let schedules: Vec<Schedule> = staying.iter().map(stay).collect();
    let mut totals = price_all(&Instance { datasets: staying, ..instance.clone() }, &schedules).unwrap_or_default().into_iter();
    may_stay.into_iter().map(|may| if may { totals.next().map(|priced| priced.total) } else { None }).collect()
}

/// By month: what a GB in the class costs less than its first price, since so much lies there.
fn rebates(instance: &Instance, schedules: &[Schedule], class: usize) -> Vec<BigRational> {
    let of = &instance.classes[class];
    let rebate = |month: u32| {
        if of.volume.is_empty() {
            return BigRational::zero();
        }
        let inside = |s: &Schedule| s.stays.iter().any(|(k, from, until)| *k == class && (*from..*until).contains(&month));
        let here = instance.datasets.iter().zip(schedules).filter(|(_, s)| inside(s));
        let gb = here.map(|(d, _)| tariff::billed_gb(of, d)).fold(BigRational::zero(), |a, b| a + b);
        if gb.is_zero() { gb } else { tariff::volume_discount(of, &gb) / gb }
    };
    (0..instance.months).map(rebate).collect()
}

fn check(instance: &Instance, dataset: &Dataset, schedule: &Schedule) -> Vec<String> {
    let mut broken = Vec::new();
    let mut say = |what: String| broken.push(format!("dataset {}: {what}", dataset.id));
    let (mut month, mut before) = (0, None);
    for &(class, from, until) in &schedule.stays {
        let Some(target) = instance.classes.get(class) else {
            say(format!("class {class} is not in the instance"));
            return broken;
        };
        let stay = format!("{} from {from} until {until}", target.id);
        if from != month || until <= from || until > instance.months {
            say(format!("{stay} does not follow month {month}"));
        }
        if before.map_or(class < dataset.class, |b| class <= b) {
            say(format!("{stay} is not later in the order of classes"));
        }
        let moved = !(class == dataset.class && from == 0);
        if moved && dataset.age_months + from < target.earliest_months {
            say(format!("{stay} comes before its age of {} months", target.earliest_months));
        }
        let held = if moved { 0 } else { dataset.held_months };
        let last = until == schedule.end();
        if !last && until.saturating_sub(from) + held < target.least_stay_months {
            say(format!("{stay} is shorter than {} months", target.least_stay_months));
        }
        if !dataset.may_use(target) {
            say(format!("{stay} restores too slowly or lies in too few zones"));
        }
        (month, before) = (until, Some(class));
    }
    if !instance.ends(dataset).contains(&schedule.end()) {
        say(format!("it ends in month {}, which retention does not allow", schedule.end()));
    }
    broken
}

fn check_capacities(instance: &Instance, schedules: &[Schedule]) -> Vec<String> {
    let mut broken = Vec::new();
    for (index, class) in instance.classes.iter().enumerate() {
        let Some(capacity) = class.capacity_gb else { continue };
        for month in 0..instance.months {
            let inside = |s: &Schedule| s.stays.iter().any(|(k, from, until)| *k == index && (*from..*until).contains(&month));
            let held = instance.datasets.iter().zip(schedules).filter(|(_, s)| inside(s));
            let held = held.map(|(d, _)| tariff::billed_gb(class, d)).fold(BigRational::zero(), |a, b| a + b);
            if held > to_rational(capacity) {
                broken.push(format!("class {}, month {month}: {held} GB are above its capacity {capacity}", class.id));
            }
        }
    }
    broken
}

fn price(instance: &Instance, dataset: &Dataset, schedule: &Schedule, rebates: &[Vec<BigRational>]) -> Option<Priced> {
    let mut months = vec![BigRational::zero(); instance.months as usize];
    let (mut transitions, mut early_ends) = (BigRational::zero(), BigRational::zero());
    let kept_on = |until: u32| until == instance.months && dataset.least_months() > instance.months;
    if schedule.stays.first().is_none_or(|(class, ..)| *class != dataset.class) {
        // It leaves its class at once.
        early_ends += tariff::early_end(&instance.classes[dataset.class], dataset, dataset.held_months);
    }
    for &(class, from, until) in &schedule.stays {
        let of = &instance.classes[class];
        let moved = !(class == dataset.class && from == 0);
        if moved {
            let cost = tariff::transition(of, dataset);
            months[from as usize] += &cost;
            transitions += cost;
        }
        for month in from..until {
            months[month as usize] += tariff::month(of, dataset, from, month);
            let rebate = &rebates[class][month as usize];
            if !rebate.is_zero() {
                months[month as usize] -= tariff::billed_gb(of, dataset) * rebate;
            }
        }
        if !(until == schedule.end() && kept_on(until)) {
            let held = if moved { 0 } else { dataset.held_months };
            early_ends += tariff::early_end(of, dataset, until - from + held);
        }
    }
    let total = months.iter().fold(early_ends.clone(), |sum, month| sum + month);
    Some(Priced {
        total: from_rational(&total)?,
        months: months.iter().map(from_rational).collect::<Option<_>>()?,
        transitions: from_rational(&transitions)?,
        early_ends: from_rational(&early_ends)?,
    })
}
