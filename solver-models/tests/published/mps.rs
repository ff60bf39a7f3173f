//! A reader of MPS files, fixed and free, as far as the published instances use the format.

use std::collections::HashMap;

use farthing_solver_models::program::{Column, Program, Row};

#[derive(Default)]
struct Read {
    /// (kind, lower, upper) is settled when all sections are read.
    rows: Vec<(String, char)>,
    row_of: HashMap<String, usize>,
    objective: Option<String>,
    columns: Vec<(String, bool)>,
    column_of: HashMap<String, usize>,
    costs: HashMap<usize, f64>,
    entries: Vec<(usize, usize, f64)>,
    rhs: HashMap<usize, f64>,
    constant: f64,
    ranges: HashMap<usize, f64>,
    bounds: Vec<(String, usize, f64)>,
}

/// Reads a program; maximisation is not among the published instances and is refused.
pub fn read(name: &str, text: &str) -> Program {
    let mut read = Read::default();
    let (mut section, mut integer) = (String::new(), false);
    for line in text.lines().map(|l| l.split('$').next().unwrap_or(l)).filter(|l| !l.trim().is_empty() && !l.starts_with('*')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        if !line.starts_with([' ', '\t']) {
            assert!(!line.contains("MAX"), "{name}: {line}");
            section = words[0].to_owned();
            continue;
        }
        match section.as_str() {
            "ROWS" => read.row(words[0], words[1]),
            "COLUMNS" if words.contains(&"'MARKER'") => integer = words.contains(&"'INTORG'"),
            "COLUMNS" => read.column(&words, integer),
            "RHS" => read.pairs(&words, |read, row, value| match row {
                Some(row) => {
                    read.rhs.insert(row, value);
                }
                None => read.constant = -value,
            }),
            "RANGES" => read.pairs(&words, |read, row, value| {
                read.ranges.insert(row.unwrap(), value);
            }),
            "BOUNDS" => read.bound(&words),
            other => panic!("{name}: the section {other} is not known"),
        }
    }
    read.program(name)
}

impl Read {
    fn row(&mut self, kind: &str, name: &str) {
        if kind == "N" {
            // The first free row is the objective; others are passed over.
            self.objective.get_or_insert(name.to_owned());
            return;
        }
        self.row_of.insert(name.to_owned(), self.rows.len());
        self.rows.push((name.to_owned(), kind.chars().next().unwrap()));
    }

    fn column(&mut self, words: &[&str], integer: bool) {
        let next = self.columns.len();
        let column = *self.column_of.entry(words[0].to_owned()).or_insert(next);
        if column == next {
            self.columns.push((words[0].to_owned(), integer));
        }
        for pair in words[1..].chunks(2) {
            let value: f64 = pair[1].parse().unwrap();
            match self.row_of.get(pair[0]) {
                Some(row) => self.entries.push((*row, column, value)),
                None if self.objective.as_deref() == Some(pair[0]) => {
                    self.costs.insert(column, value);
                }
                None => {}
            }
        }
    }

    /// Lines of RHS and RANGES: pairs of row and value after the name of a set, which may be absent.
    fn pairs(&mut self, words: &[&str], mut put: impl FnMut(&mut Self, Option<usize>, f64)) {
        for pair in words[words.len() % 2..].chunks(2) {
            let row = self.row_of.get(pair[0]).copied();
            if row.is_some() || self.objective.as_deref() == Some(pair[0]) {
                put(self, row, pair[1].parse().unwrap());
            }
        }
    }

    fn bound(&mut self, words: &[&str]) {
        let valued = !matches!(words[0], "FR" | "MI" | "PL" | "BV");
        let (column, value) = if valued {
            (words[words.len() - 2], words[words.len() - 1].parse().unwrap())
        } else {
            (words.get(2).unwrap_or(&words[1]).to_owned(), 0.0)
        };
        self.bounds.push((words[0].to_owned(), self.column_of[column], value));
    }

    fn program(self, name: &str) -> Program {
        let mut program = Program::new(name);
        program.add_constant(self.constant);
        let mut limits = vec![(0.0, f64::INFINITY); self.columns.len()];
        let mut whole: Vec<bool> = self.columns.iter().map(|c| c.1).collect();
        let mut bounded = vec![false; limits.len()];
        for (kind, column, value) in self.bounds {
            bounded[column] = true;
            let (lower, upper) = &mut limits[column];
            match kind.as_str() {
                "LO" | "LI" => *lower = value,
                "UP" | "UI" => {
                    // An upper bound below 0 frees the lower one, by old convention.
                    if value < 0.0 && *lower == 0.0 {
                        *lower = f64::NEG_INFINITY;
                    }
                    *upper = value;
                }
                "FX" => (*lower, *upper) = (value, value),
                "FR" => (*lower, *upper) = (f64::NEG_INFINITY, f64::INFINITY),
                "MI" => *lower = f64::NEG_INFINITY,
                "PL" => *upper = f64::INFINITY,
                "BV" => (*lower, *upper) = (0.0, 1.0),
                other => panic!("{name}: the bound {other} is not known"),
            }
            whole[column] |= matches!(kind.as_str(), "BV" | "LI" | "UI");
        }
        let columns: Vec<Column> = self
            .columns
            .iter()
            .enumerate()
            .map(|(j, (name, _))| {
                let cost = self.costs.get(&j).copied().unwrap_or(0.0);
                // HiGHS takes whole numbers without any bound to be 0 or 1.
                let (lower, upper) = if whole[j] && !bounded[j] { (0.0, 1.0) } else { limits[j] };
                if whole[j] { program.integer(name, cost, lower, upper) } else { program.column(name, cost, lower, upper) }
            })
            .collect();
        let mut terms: Vec<Vec<(Column, f64)>> = vec![Vec::new(); self.rows.len()];
        self.entries.iter().for_each(|(row, column, value)| terms[*row].push((columns[*column], *value)));
        for (i, ((name, kind), terms)) in self.rows.iter().zip(terms).enumerate() {
            let side = self.rhs.get(&i).copied().unwrap_or(0.0);
            let range = self.ranges.get(&i).copied();
            let (lower, upper) = match (kind, range) {
                ('E', None) => (side, side),
                ('E', Some(r)) => (side + r.min(0.0), side + r.max(0.0)),
                ('L', r) => (r.map_or(f64::NEG_INFINITY, |r| side - r.abs()), side),
                ('G', r) => (side, r.map_or(f64::INFINITY, |r| side + r.abs())),
                other => panic!("{name}: the row {other:?} is not known"),
            };
            let _: Row = program.row(name, lower, upper, terms);
        }
        program
    }
}
