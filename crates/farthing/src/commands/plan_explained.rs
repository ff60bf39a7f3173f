//! What stands behind a fleet plan, as tables.

use farthing_application::PromisePoint;
use farthing_application::fleet::{CostPoint, Explanation};
use farthing_types::Amount;

use crate::output::{Cell, Table};

fn figure(value: f64) -> Cell {
    Cell::figure(format!("{value:.4}"), value.to_string())
}

fn cost(value: Option<Amount>) -> Cell {
    value.map_or(Cell::none(), |cost| Cell::amount(cost, 4))
}

fn percent(share: Option<f64>) -> Cell {
    share.map_or(Cell::none(), |s| Cell::figure(format!("{:.2} %", s * 100.0), s.to_string()))
}

/// One table for each question.
pub fn tables(explanation: &Explanation) -> Vec<Table> {
    vec![binding(explanation), curves(explanation), alternatives(explanation), stands(explanation)]
}

fn binding(explanation: &Explanation) -> Table {
    let mut table = Table::new("What binds", &["Limit", ">Hours", ">Price"]);
    for quota in &explanation.binding.quotas {
        let words = format!("Quota of {}: one more instance", quota.type_id);
        table.row(vec![Cell::text(words), Cell::count(quota.hours as u64), figure(quota.price)]);
    }
    for hour in explanation.binding.hours.iter().take(5) {
        table.row(vec![
            Cell::text(format!("Demand in hour {}: one per cent more", hour.hour)),
            Cell::count(1),
            figure(hour.price),
        ]);
    }
    table.note("Prices are those of the Lagrangian bound, over all hours planned.");
    table
}

fn curves(explanation: &Explanation) -> Table {
    let mut table = Table::new("What other limits cost", &["Limit", ">Times", ">Cost", ">Gap"]);
    let mut add = |name: &str, points: &[CostPoint]| {
        for point in points {
            table.row(vec![Cell::text(name), figure(point.factor), cost(point.cost.map(|c| c.0)), percent(point.gap)]);
            point.infeasible.iter().take(1).for_each(|why| table.note(format!("{name} × {}: {why}", point.factor)));
        }
    };
    add("Demand", &explanation.demand_curve);
    add("Quotas", &explanation.quota_curve);
    table
}

fn alternatives(explanation: &Explanation) -> Table {
    let mut table = Table::new("What else was considered", &["Without", ">Cost", ">Difference", ">Gap", "Why not"]);
    for other in &explanation.alternatives {
        let (price, more) = (cost(other.cost.map(|c| c.0)), cost(other.difference.map(|c| c.0)));
        table.row(vec![Cell::text(&other.without), price, more, percent(other.gap), Cell::text(&other.why_not)]);
    }
    table
}

fn stands(explanation: &Explanation) -> Table {
    let mut table = Table::new("How far the choice stands", &["Choice", "While", ">From", ">To"]);
    for range in &explanation.stands {
        let end = |value: f64, open: bool, sign: &str| {
            let open = if open { sign } else { "" };
            Cell::figure(format!("{open}{:.0} %", value * 100.0), value.to_string())
        };
        let (from, to) = (end(range.from, range.open_below, "≤ "), end(range.to, range.open_above, "≥ "));
        table.row(vec![Cell::text(range.choice), Cell::text(&range.of), from, to]);
    }
    if let Some(range) = explanation.stands.first() {
        table.note(format!("A choice stands while it costs at most {:.0} % more than the best one.", range.tolerance * 100.0));
    }
    table
}

/// The cost of the promised latencies; none where nothing is promised.
pub fn promises(points: &[PromisePoint]) -> Option<Table> {
    let mut table = Table::new("What the promised latencies cost", &[">Latency times", ">Cost", ">Gap"]);
    for point in points {
        let cost = point.cost.map_or(Cell::none(), |cost| Cell::money(cost.amount));
        table.row(vec![figure(point.factor), cost, percent(point.gap)]);
        point.reason.iter().for_each(|reason| table.note(format!("Latency × {}: {reason}", point.factor)));
    }
    (!points.is_empty()).then_some(table)
}
