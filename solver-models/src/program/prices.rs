//! Shadow prices that are real: of a linear program, or of one whose whole numbers are fixed. Those of a mixed-integer program are
//! zeros in HiGHS and are never shown.

use highs::HighsModelStatus;

use super::{Column, Limits, Program, ProgramError, Row};

/// Marginal prices at an optimum.
#[derive(Clone, Debug, PartialEq)]
pub struct Prices {
    /// By row: by how much the least cost rises when both sides of the row rise by one. Negative for a limit that binds (more of it
    /// saves), positive for a demand that binds.
    rows: Vec<f64>,
    /// By column: reduced cost, by how much its cost would have to fall before it is used.
    columns: Vec<f64>,
    /// Whether whole numbers were fixed at the plan's values: the prices then hold for this choice only.
    pub fixed: bool,
}

impl Prices {
    /// The shadow price of a row.
    pub fn row(&self, row: Row) -> f64 {
        self.rows[row.0]
    }

    /// The reduced cost of a column.
    pub fn reduced_cost(&self, column: Column) -> f64 {
        self.columns[column.0]
    }
}

impl Program {
    /// The same program with every whole number fixed at its value in `values`: a linear program.
    pub fn fixed(&self, values: &[f64]) -> Self {
        let mut program = self.clone();
        for (column, value) in program.columns.iter_mut().zip(values).filter(|(c, _)| c.integer) {
            (column.lower, column.upper, column.integer) = (value.round(), value.round(), false);
        }
        program
    }

    /// The marginal prices at the optimum `values`; with whole numbers, those of the program where they are fixed.
    ///
    /// # Errors
    /// [`ProgramError`]
    pub fn prices(&self, values: &[f64], limits: &Limits) -> Result<Prices, ProgramError> {
        let fixed = self.has_integers();
        let program = if fixed { self.fixed(values) } else { self.clone() };
        let solved = program.run(limits, true)?;
        if solved.status() != HighsModelStatus::Optimal {
            return Err(program.failed(format!("its prices were asked for and it ended with {:?}", solved.status())));
        }
        let solution = solved.get_solution();
        // A dual of HiGHS for a minimisation is the change of the objective by the right-hand side.
        Ok(Prices { rows: solution.dual_rows().to_vec(), columns: solution.dual_columns().to_vec(), fixed })
    }
}
