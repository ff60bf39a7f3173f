//! A linear or mixed-integer program: columns and rows with names, minimised. The models beside the fleet are written in it.
//!
//! One program has one way to be solved ([`solve`](Program::solve): status first), to be written for other solvers
//! ([`to_mps`](Program::to_mps), [`to_lp`](Program::to_lp)), to give prices that are real ([`prices`](Program::prices)) and to say
//! what to relax where it cannot be met ([`least_relaxation`](Program::least_relaxation)).

mod export;
mod prices;
mod relax;
mod solve;
#[cfg(test)]
mod tests;

pub use prices::Prices;
pub use relax::Relaxation;
pub use solve::{Answer, Limits, OPTIMAL_GAP, ProgramError, Solved, Status, USUAL_NODES, relative_gap};
pub(crate) use solve::{Found, in_time, read_status, settle};

/// A column of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Column(usize);

impl Column {
    /// Its place, from 0.
    pub fn index(self) -> usize {
        self.0
    }
}

/// A row of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Row(usize);

impl Row {
    /// Its place, from 0.
    pub fn index(self) -> usize {
        self.0
    }
}

/// What is known of a column.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnData {
    /// Its name, for exports.
    pub name: String,
    /// Its coefficient in the objective.
    pub cost: f64,
    /// Least value, −∞ for none.
    pub lower: f64,
    /// Largest value, ∞ for none.
    pub upper: f64,
    /// Whether it is a whole number.
    pub integer: bool,
}

/// What is known of a row: `lower ≤ Σ coefficient·column ≤ upper`.
#[derive(Clone, Debug, PartialEq)]
pub struct RowData {
    /// Its name, for exports.
    pub name: String,
    /// Least value, −∞ for none.
    pub lower: f64,
    /// Largest value, ∞ for none.
    pub upper: f64,
    /// The coefficients.
    pub terms: Vec<(Column, f64)>,
    relaxable: Option<relax::Relaxable>,
}

/// A program to be minimised.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Program {
    name: String,
    columns: Vec<ColumnData>,
    rows: Vec<RowData>,
    constant: f64,
}

impl Program {
    /// A program without columns and rows.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The columns in order.
    pub fn columns(&self) -> &[ColumnData] {
        &self.columns
    }

    /// The rows in order.
    pub fn rows(&self) -> &[RowData] {
        &self.rows
    }

    /// What is added to the objective.
    pub fn constant(&self) -> f64 {
        self.constant
    }

    /// Adds to the objective what no column changes.
    pub fn add_constant(&mut self, constant: f64) {
        self.constant += constant;
    }

    /// A column of fractions, `lower ≤ x ≤ upper`.
    pub fn column(&mut self, name: impl Into<String>, cost: f64, lower: f64, upper: f64) -> Column {
        self.columns.push(ColumnData { name: name.into(), cost, lower, upper, integer: false });
        Column(self.columns.len() - 1)
    }

    /// A column of whole numbers.
    pub fn integer(&mut self, name: impl Into<String>, cost: f64, lower: f64, upper: f64) -> Column {
        let column = self.column(name, cost, lower, upper);
        self.columns[column.0].integer = true;
        column
    }

    /// A column that is 0 or 1.
    pub fn binary(&mut self, name: impl Into<String>, cost: f64) -> Column {
        self.integer(name, cost, 0.0, 1.0)
    }

    /// A row `lower ≤ Σ terms ≤ upper`. Terms of one column are added up.
    pub fn row(
        &mut self,
        name: impl Into<String>,
        lower: f64,
        upper: f64,
        terms: impl IntoIterator<Item = (Column, f64)>,
    ) -> Row {
        let mut terms: Vec<(Column, f64)> = terms.into_iter().collect();
        terms.sort_by_key(|(column, _)| *column);
        terms.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                earlier.1 += later.1;
            }
            same
        });
        terms.retain(|(_, coefficient)| *coefficient != 0.0);
        self.rows.push(RowData { name: name.into(), lower, upper, terms, relaxable: None });
        Row(self.rows.len() - 1)
    }

    /// A row `Σ terms ≤ most`.
    pub fn at_most(&mut self, name: impl Into<String>, terms: impl IntoIterator<Item = (Column, f64)>, most: f64) -> Row {
        self.row(name, f64::NEG_INFINITY, most, terms)
    }

    /// A row `Σ terms ≥ least`.
    pub fn at_least(&mut self, name: impl Into<String>, terms: impl IntoIterator<Item = (Column, f64)>, least: f64) -> Row {
        self.row(name, least, f64::INFINITY, terms)
    }

    /// A row `Σ terms = value`.
    pub fn equal(&mut self, name: impl Into<String>, terms: impl IntoIterator<Item = (Column, f64)>, value: f64) -> Row {
        self.row(name, value, value, terms)
    }

    /// Changes the bounds of a column.
    pub fn set_bounds(&mut self, column: Column, lower: f64, upper: f64) {
        (self.columns[column.0].lower, self.columns[column.0].upper) = (lower, upper);
    }

    /// Changes the cost of a column.
    pub fn set_cost(&mut self, column: Column, cost: f64) {
        self.columns[column.0].cost = cost;
    }

    /// Whether any column is a whole number.
    pub fn has_integers(&self) -> bool {
        self.columns.iter().any(|c| c.integer)
    }

    /// The objective at a point.
    pub fn objective_at(&self, values: &[f64]) -> f64 {
        self.constant + self.columns.iter().zip(values).map(|(c, v)| c.cost * v).sum::<f64>()
    }

    /// By how much a point breaks the worst of all bounds, rows and whole numbers; 0 for a feasible point.
    pub fn violation_at(&self, values: &[f64]) -> f64 {
        let outside = |value: f64, lower: f64, upper: f64| (lower - value).max(value - upper).max(0.0);
        let columns = self.columns.iter().zip(values).map(|(c, &v)| {
            let fraction = if c.integer { (v - v.round()).abs() } else { 0.0 };
            outside(v, c.lower, c.upper).max(fraction)
        });
        let rows = self.rows.iter().map(|r| {
            let sum: f64 = r.terms.iter().map(|(c, a)| a * values[c.0]).sum();
            outside(sum, r.lower, r.upper)
        });
        columns.chain(rows).fold(0.0, f64::max)
    }
}
