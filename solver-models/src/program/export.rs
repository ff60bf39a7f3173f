//! A program as a file for other solvers: free MPS and the LP format of CPLEX.
//!
//! Names are made safe for both (letters, digits, `_`) and unique by their place: `x12_buy_3y_march`. Numbers are written so that
//! they read back as the same double.

use std::fmt::Write as _;

use super::Program;

const WRITES: &str = "writing to a string does not fail";

fn safe(prefix: char, index: usize, name: &str) -> String {
    let clean: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).take(40).collect();
    format!("{prefix}{index}_{clean}")
}

impl Program {
    fn column_name(&self, index: usize) -> String {
        safe('x', index, &self.columns[index].name)
    }

    fn row_name(&self, index: usize) -> String {
        safe('r', index, &self.rows[index].name)
    }

    /// Free MPS, with whole numbers between markers, ranges and bounds. A constant of the objective stands negated in its RHS.
    pub fn to_mps(&self) -> String {
        let mut text = format!("NAME {}\nROWS\n N cost\n", safe('p', 0, &self.name));
        for (i, row) in self.rows.iter().enumerate() {
            writeln!(text, " {} {}", row_kind(row.lower, row.upper), self.row_name(i)).expect(WRITES);
        }
        self.mps_columns(&mut text);
        text.push_str("RHS\n");
        if self.constant != 0.0 {
            writeln!(text, " RHS cost {:?}", -self.constant).expect(WRITES);
        }
        for (i, row) in self.rows.iter().enumerate() {
            let side = if row_kind(row.lower, row.upper) == 'L' { row.upper } else { row.lower };
            if side != 0.0 && side.is_finite() {
                writeln!(text, " RHS {} {side:?}", self.row_name(i)).expect(WRITES);
            }
        }
        text.push_str("RANGES\n");
        for (i, row) in self.rows.iter().enumerate() {
            if row.lower.is_finite() && row.upper.is_finite() && row.lower < row.upper {
                writeln!(text, " RNG {} {:?}", self.row_name(i), row.upper - row.lower).expect(WRITES);
            }
        }
        self.mps_bounds(&mut text);
        text.push_str("ENDATA\n");
        text
    }

    fn mps_columns(&self, text: &mut String) {
        let mut entries: Vec<Vec<(usize, f64)>> = vec![Vec::new(); self.columns.len()];
        for (i, row) in self.rows.iter().enumerate() {
            row.terms.iter().for_each(|(column, a)| entries[column.0].push((i, *a)));
        }
        text.push_str("COLUMNS\n");
        let mut integer = false;
        for (j, column) in self.columns.iter().enumerate() {
            if column.integer != integer {
                integer = column.integer;
                let kind = if integer { "INTORG" } else { "INTEND" };
                writeln!(text, " MARKER{j} 'MARKER' '{kind}'").expect(WRITES);
            }
            let name = self.column_name(j);
            // A column without entries would vanish, so its cost is always written.
            writeln!(text, " {name} cost {:?}", column.cost).expect(WRITES);
            for (i, a) in &entries[j] {
                writeln!(text, " {name} {} {a:?}", self.row_name(*i)).expect(WRITES);
            }
        }
        if integer {
            text.push_str(" MARKEREND 'MARKER' 'INTEND'\n");
        }
    }

    fn mps_bounds(&self, text: &mut String) {
        text.push_str("BOUNDS\n");
        for (j, column) in self.columns.iter().enumerate() {
            let name = self.column_name(j);
            if column.lower == column.upper {
                writeln!(text, " FX BND {name} {:?}", column.lower).expect(WRITES);
                continue;
            }
            match column.lower {
                lower if lower == f64::NEG_INFINITY => writeln!(text, " MI BND {name}").expect(WRITES),
                lower => writeln!(text, " LO BND {name} {lower:?}").expect(WRITES),
            }
            match column.upper {
                // Readers differ on whole numbers without an upper bound: it is written out.
                upper if upper == f64::INFINITY => writeln!(text, " PL BND {name}").expect(WRITES),
                upper => writeln!(text, " UP BND {name} {upper:?}").expect(WRITES),
            }
        }
    }

    /// The LP format. A row with two sides is written as two rows, a constant as a column fixed at 1.
    pub fn to_lp(&self) -> String {
        let mut text = format!("\\ {}\nMinimize\n cost:", self.name.replace('\n', " "));
        let terms = |text: &mut String, terms: &mut dyn Iterator<Item = (String, f64)>| {
            let mut any = false;
            for (at, (name, a)) in terms.enumerate() {
                any = true;
                let line = if at % 8 == 7 { "\n" } else { "" };
                let (sign, size) = if a < 0.0 { ('-', -a) } else { ('+', a) };
                write!(text, "{line} {sign} {size:?} {name}").expect(WRITES);
            }
            any
        };
        let costs = self.columns.iter().enumerate().filter(|(_, c)| c.cost != 0.0).map(|(j, c)| (self.column_name(j), c.cost));
        let constant = (self.constant != 0.0).then(|| ("constant_one".to_owned(), self.constant));
        terms(&mut text, &mut costs.chain(constant));
        text.push_str("\nSubject To\n");
        for (i, row) in self.rows.iter().enumerate().filter(|(_, r)| !r.terms.is_empty()) {
            let sides = if row.lower == row.upper {
                vec![("=", row.lower, "")]
            } else {
                vec![(">=", row.lower, "_lo"), ("<=", row.upper, "_up")]
            };
            for (sign, side, suffix) in sides.into_iter().filter(|(_, side, _)| side.is_finite()) {
                write!(text, " {}{suffix}:", self.row_name(i)).expect(WRITES);
                terms(&mut text, &mut row.terms.iter().map(|(c, a)| (self.column_name(c.0), *a)));
                writeln!(text, " {sign} {side:?}").expect(WRITES);
            }
        }
        self.lp_bounds(&mut text);
        text
    }

    fn lp_bounds(&self, text: &mut String) {
        text.push_str("Bounds\n");
        let side = |value: f64| match value {
            v if v == f64::INFINITY => "+inf".to_owned(),
            v if v == f64::NEG_INFINITY => "-inf".to_owned(),
            v => format!("{v:?}"),
        };
        for (j, column) in self.columns.iter().enumerate() {
            writeln!(text, " {} <= {} <= {}", side(column.lower), self.column_name(j), side(column.upper)).expect(WRITES);
        }
        if self.constant != 0.0 {
            text.push_str(" constant_one = 1\n");
        }
        let whole: Vec<String> =
            (0..self.columns.len()).filter(|j| self.columns[*j].integer).map(|j| self.column_name(j)).collect();
        if !whole.is_empty() {
            writeln!(text, "General\n {}", whole.join("\n ")).expect(WRITES);
        }
        text.push_str("End\n");
    }
}

fn row_kind(lower: f64, upper: f64) -> char {
    match (lower.is_finite(), upper.is_finite()) {
        (true, true) if lower == upper => 'E',
        (true, _) => 'G',
        (false, true) => 'L',
        (false, false) => 'N',
    }
}
