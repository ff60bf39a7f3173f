//! A reader of LP files as Gurobi writes them, as far as the published instances use the format.

use std::collections::HashMap;

use farthing_solver_models::program::{Column, Program};

/// Reads a program that is maximised; it comes back with the signs of its objective turned.
pub fn read_maximisation(name: &str, text: &str) -> (Program, HashMap<String, Column>) {
    let mut sections: HashMap<&str, Vec<&str>> = HashMap::new();
    let mut section = "";
    for line in text.lines().filter(|l| !l.starts_with('\\') && !l.trim().is_empty()) {
        if matches!(line.trim(), "Maximize" | "Subject To" | "Bounds" | "Binaries" | "Generals" | "End") {
            section = line.trim();
        } else {
            sections.entry(section).or_default().extend(line.split_whitespace());
        }
    }
    let words = |section: &str| sections.get(section).cloned().unwrap_or_default();
    let (binaries, generals) = (words("Binaries"), words("Generals"));
    let mut bounds: HashMap<&str, (f64, f64)> = binaries.iter().map(|b| (*b, (0.0, 1.0))).collect();
    for bound in words("Bounds").chunks(3) {
        let value: f64 = bound[2].parse().unwrap();
        match bound[1] {
            "<=" => bounds.entry(bound[0]).or_insert((0.0, f64::INFINITY)).1 = value,
            ">=" => bounds.entry(bound[0]).or_insert((0.0, f64::INFINITY)).0 = value,
            "=" => {
                bounds.insert(bound[0], (value, value));
            }
            other => panic!("{name}: the bound {other} is not known"),
        }
    }
    let mut reader = Reader { program: Program::new(name), columns: HashMap::new() };
    let whole: std::collections::HashSet<&str> = binaries.into_iter().chain(generals).collect();
    let objective = terms(&words("Maximize"));
    for (column, cost) in &objective {
        let column = reader.column(column, &bounds, &whole);
        reader.program.set_cost(column, -cost);
    }
    for row in rows(&words("Subject To")) {
        let (label, body, sign, side) = row;
        let terms: Vec<(Column, f64)> =
            terms(&body).iter().map(|(column, a)| (reader.column(column, &bounds, &whole), *a)).collect();
        match sign {
            "<=" => reader.program.at_most(label, terms, side),
            ">=" => reader.program.at_least(label, terms, side),
            _ => reader.program.equal(label, terms, side),
        };
    }
    (reader.program, reader.columns)
}

struct Reader {
    program: Program,
    columns: HashMap<String, Column>,
}

impl Reader {
    fn column(&mut self, name: &str, bounds: &HashMap<&str, (f64, f64)>, whole: &std::collections::HashSet<&str>) -> Column {
        if let Some(column) = self.columns.get(name) {
            return *column;
        }
        let (lower, upper) = bounds.get(name).copied().unwrap_or((0.0, f64::INFINITY));
        let column = if whole.contains(name) {
            self.program.integer(name, 0.0, lower, upper)
        } else {
            self.program.column(name, 0.0, lower, upper)
        };
        self.columns.insert(name.to_owned(), column);
        column
    }
}

/// (label, words of the left side, sign, right side)
fn rows<'a>(words: &[&'a str]) -> Vec<(String, Vec<&'a str>, &'a str, f64)> {
    let mut rows = Vec::new();
    let (mut label, mut body) = (String::new(), Vec::new());
    let mut at = 0;
    while at < words.len() {
        let word = words[at];
        if let Some(name) = word.strip_suffix(':') {
            label = name.to_owned();
        } else if matches!(word, "<=" | ">=" | "=") {
            rows.push((std::mem::take(&mut label), std::mem::take(&mut body), word, words[at + 1].parse().unwrap()));
            at += 1;
        } else {
            body.push(word);
        }
        at += 1;
    }
    rows
}

/// `- 2 x + y` as (name, coefficient).
fn terms(words: &[&str]) -> Vec<(String, f64)> {
    let (mut terms, mut sign, mut size) = (Vec::new(), 1.0, 1.0);
    for word in words {
        match *word {
            "+" => sign = 1.0,
            "-" => sign = -1.0,
            word => match word.parse::<f64>() {
                Ok(value) => size = value,
                Err(_) => {
                    terms.push((word.to_owned(), sign * size));
                    (sign, size) = (1.0, 1.0);
                }
            },
        }
    }
    terms
}
