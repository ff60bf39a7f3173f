//! The program over stays, one function a named constraint of MODEL.md.

use farthing_types::Amount;
use num_rational::BigRational;
use num_traits::Zero;

use super::data::{Dataset, Instance};
use super::tariff;
use crate::number::{from_rational, to_f64};
use crate::program::{Column, Program};

/// x\[d\](k, a, e)
#[derive(Clone, Copy)]
pub(super) struct Stay {
    pub dataset: usize,
    pub class: usize,
    pub from: u32,
    pub until: u32,
    pub column: Column,
    /// Too short for a lifecycle to move the data on: it ends with it.
    last: bool,
}

pub(super) struct Formulation {
    pub program: Program,
    pub stays: Vec<Stay>,
}

/// The program of some datasets, with capacities if they are all of them.
pub(super) fn formulate(instance: &Instance, datasets: std::ops::Range<usize>) -> Formulation {
    let mut program = Program::new("storage");
    let mut stays = Vec::new();
    for index in datasets {
        let first = stays.len();
        add_stays(&mut program, instance, index, &mut stays);
        add_chain(&mut program, instance, index, &stays[first..]);
    }
    add_capacity(&mut program, instance, &stays);
    add_volume(&mut program, instance, &stays);
    Formulation { program, stays }
}

/// Whether a lifecycle may put the dataset into a class in a month. Where it lies already it may stay.
fn may_enter(instance: &Instance, dataset: &Dataset, class: usize, month: u32) -> bool {
    let target = &instance.classes[class];
    let here = class == dataset.class && month == 0;
    class >= dataset.class
        && (here || class > dataset.class)
        && dataset.may_use(target)
        && (here || dataset.age_months + month >= target.earliest_months)
}

fn add_stays(program: &mut Program, instance: &Instance, index: usize, stays: &mut Vec<Stay>) {
    let dataset = &instance.datasets[index];
    let ends = instance.ends(dataset);
    for (class, tariff_of) in instance.classes.iter().enumerate() {
        for from in (0..instance.months).filter(|month| may_enter(instance, dataset, class, *month)) {
            let here = class == dataset.class;
            let held = if here { dataset.held_months } else { 0 };
            let mut cost = if here { BigRational::zero() } else { tariff::transition(tariff_of, dataset) };
            for until in from + 1..=*ends.end() {
                cost += tariff::month(tariff_of, dataset, from, until - 1);
                let stayed = until - from + held;
                let last = stayed < tariff_of.least_stay_months;
                if last && until < *ends.start() {
                    continue;
                }
                // Data that is still kept at the end of the horizon is not deleted there.
                let kept_on = until == instance.months && dataset.least_months() > instance.months;
                let total = if kept_on { cost.clone() } else { &cost + tariff::early_end(tariff_of, dataset, stayed) };
                let money = from_rational(&total).map_or(f64::INFINITY, to_f64);
                let name = format!("{} {} {from} {until}", dataset.id, tariff_of.id);
                let column = program.integer(name, money, 0.0, 1.0);
                stays.push(Stay { dataset: index, class, from, until, column, last });
            }
        }
    }
}

/// **chain**: what arrives at (k, a) leaves it: into a stay in k, or past k; beyond the last class it ends.
/// **retention**: only in the months in which the dataset may end.
fn add_chain(program: &mut Program, instance: &Instance, index: usize, stays: &[Stay]) {
    let dataset = &instance.datasets[index];
    let ends = instance.ends(dataset);
    let (classes, months) = (instance.classes.len(), *ends.end());
    let node = |class: usize, month: u32| class * (months as usize + 1) + month as usize;
    let mut terms: Vec<Vec<(Column, f64)>> = vec![Vec::new(); (classes + 1) * (months as usize + 1)];
    for stay in stays {
        terms[node(stay.class, stay.from)].push((stay.column, -1.0));
        let next = if stay.last { classes } else { stay.class + 1 };
        terms[node(next, stay.until)].push((stay.column, 1.0));
    }
    for month in 0..=months {
        for class in 0..classes {
            // Leaving the class where it lies at once costs what is left of the minimum there.
            let left = class == dataset.class && month == 0;
            let early = tariff::early_end(&instance.classes[class], dataset, dataset.held_months);
            let cost = if left { from_rational(&early).map_or(f64::INFINITY, to_f64) } else { 0.0 };
            let past = program.column(format!("{} past {class} {month}", dataset.id), cost, 0.0, 1.0);
            terms[node(class, month)].push((past, -1.0));
            terms[node(class + 1, month)].push((past, 1.0));
        }
        let open = f64::from(u8::from(ends.contains(&month)));
        let end = program.column(format!("{} ends {month}", dataset.id), 0.0, 0.0, open);
        terms[node(classes, month)].push((end, -1.0));
    }
    for (at, terms) in terms.into_iter().enumerate() {
        let start = if at == node(dataset.class, 0) { -1.0 } else { 0.0 };
        program.equal(format!("chain {} {at}", dataset.id), terms, start);
    }
}

/// **capacity**: Σ_d b\[d,k\]·x\[d\](k, a ≤ t < e) ≤ capacity   for every class with one and every month   (GB)
fn add_capacity(program: &mut Program, instance: &Instance, stays: &[Stay]) {
    for (index, class) in instance.classes.iter().enumerate() {
        let Some(capacity) = class.capacity_gb else { continue };
        for month in 0..instance.months {
            let terms = billed_in(instance, index, month, stays);
            let row = program.at_most(format!("capacity {} {month}", class.id), terms, to_f64(capacity));
            program.relaxable(row, format!("the capacity of {} in month {month}", class.id), "GB", 1.0);
        }
    }
}

/// The terms of what is billed in a class in a month   (GB)
fn billed_in(instance: &Instance, class: usize, month: u32, stays: &[Stay]) -> Vec<(Column, f64)> {
    let here = stays.iter().filter(|s| s.class == class && (s.from..s.until).contains(&month));
    let billed = |s: &Stay| tariff::billed_gb(&instance.classes[class], &instance.datasets[s.dataset]);
    here.map(|s| (s.column, from_rational(&billed(s)).map_or(f64::INFINITY, to_f64))).collect()
}

/// **volume**: e\[k,v,t\] ≤ Σ_d b\[d,k\]·x − r\[k,v\]·z\[k,v,t\], e ≤ (most − r)·z: GB beyond a volume, which cost less   (GB)
fn add_volume(program: &mut Program, instance: &Instance, stays: &[Stay]) {
    for (index, class) in instance.classes.iter().enumerate() {
        let mut before = class.storage;
        for (step, volume) in class.volume.iter().enumerate() {
            let less = to_f64(before - volume.storage);
            before = volume.storage;
            // What lies there beside the datasets fills the volumes first.
            let room = to_f64((volume.above_gb - class.elsewhere_gb).max(Amount::ZERO));
            for month in 0..instance.months {
                let terms = billed_in(instance, index, month, stays);
                let most = most_billed(instance, index);
                if terms.is_empty() || most <= room {
                    continue;
                }
                let name = format!("{} {step} {month}", class.id);
                let beyond = program.column(format!("beyond {name}"), -less, 0.0, most - room);
                let mut within: Vec<(Column, f64)> = terms.into_iter().map(|(column, gb)| (column, -gb)).collect();
                within.push((beyond, 1.0));
                if room > 0.0 {
                    let reached = program.binary(format!("reached {name}"), 0.0);
                    within.push((reached, room));
                    program.at_most(format!("reached {name}"), [(beyond, 1.0), (reached, room - most)], 0.0);
                }
                program.at_most(format!("volume {name}"), within, 0.0);
            }
        }
    }
}

/// All datasets that may lie in a class, as billed there   (GB)
fn most_billed(instance: &Instance, class: usize) -> f64 {
    let may = instance.datasets.iter().filter(|d| class >= d.class && d.may_use(&instance.classes[class]));
    let sum = may.map(|d| tariff::billed_gb(&instance.classes[class], d)).fold(BigRational::zero(), |a, b| a + b);
    from_rational(&sum).map_or(f64::INFINITY, to_f64)
}
