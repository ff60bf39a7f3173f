//! A mapping put onto a file's columns.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::Schema;
use arrow::error::ArrowError;
use hashbrown::HashMap;

use super::evaluate::Batch;
use super::expression::{Expression, Values};
use super::{Mapping, column_names};
use crate::charges::RowNumbers;
use crate::column::column;
use crate::finding::{self, Findings};
use crate::nested::as_text;

/// A file's columns by name.
#[derive(Clone, Debug)]
pub(crate) struct Sources {
    names: Vec<String>,
    exact: HashMap<String, usize>,
    small: HashMap<String, usize>,
}

impl Sources {
    fn new(names: Vec<String>) -> Self {
        let exact = names.iter().enumerate().rev().map(|(at, name)| (name.clone(), at)).collect();
        let small = names.iter().enumerate().rev().map(|(at, name)| (name.to_ascii_lowercase(), at)).collect();
        Self { names, exact, small }
    }

    /// Where the column of this name is: as it is written, or whatever its capitals.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.exact.get(name).or_else(|| self.small.get(&name.to_ascii_lowercase())).copied()
    }

    /// The names, in the file's order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }
}

/// A column that comes out.
#[derive(Clone, Debug)]
struct Output {
    /// What findings call it: the source column where there is one, else the FOCUS column.
    label: String,
    made: Made,
}

#[derive(Clone, Debug)]
enum Made {
    By(Expression),
    /// A source column as it is, noted where it is none of FOCUS.
    Kept(usize),
}

/// A mapping and the columns of one file: how each column that comes out is made.
#[derive(Clone, Debug)]
pub(crate) struct Bound {
    pub title: String,
    sources: Sources,
    /// The names of the columns that come out, FOCUS's or `x_`.
    pub names: Vec<String>,
    outputs: Vec<Output>,
    left_out: Vec<usize>,
}

impl Bound {
    /// Puts the mapping onto a file whose structs are taken apart into columns.
    pub fn new(mapping: &Mapping, schema: &Schema) -> Self {
        let sources = Sources::new(column_names(schema.fields()).into_iter().map(str::to_owned).collect());
        let mut bound =
            Self { title: mapping.title.clone(), sources, names: Vec::new(), outputs: Vec::new(), left_out: Vec::new() };
        for (name, expression) in &mapping.columns {
            // A column that the file does not have is one that this file does not fill.
            if !matches!(expression, Expression::Column(source) if bound.sources.find(source).is_none()) {
                let label = bound.label(expression).unwrap_or(name).to_owned();
                bound.push(name.clone(), Output { label, made: Made::By(expression.clone()) });
            }
        }
        bound.keep_others(mapping);
        bound
    }

    fn push(&mut self, name: String, output: Output) {
        self.names.push(name);
        self.outputs.push(output);
    }

    /// The source column that an expression is about, where it is about one.
    fn label<'a>(&self, expression: &'a Expression) -> Option<&'a str> {
        match expression {
            Expression::Column(name) => Some(name),
            Expression::Moment { of, .. } => self.label(of),
            _ => None,
        }
    }

    fn keep_others(&mut self, mapping: &Mapping) {
        let (keep_too, leave_out) = (patterns(&mapping.keep_too), patterns(&mapping.leave_out));
        for at in 0..self.sources.names.len() {
            let source = self.sources.names[at].clone();
            let focus = mapping.same_names.then(|| column(&source)).flatten().map(|(_, column)| column.name);
            if let Some(focus) = focus.filter(|focus| !self.names.iter().any(|name| name == focus)) {
                self.push(focus.to_owned(), Output { label: source, made: Made::By(Expression::Column(focus.to_owned())) });
            } else if leave_out.find(&source).is_some() {
                self.left_out.push(at);
            } else if keep_too.find(&source).is_some() || !mapping.columns.iter().any(|(_, expression)| expression.reads(&source))
            {
                let name = self.free_name(&source);
                self.push(name, Output { label: source, made: Made::Kept(at) });
            }
        }
    }

    /// `x_` and the source's name, with `_` for what is neither letter nor digit.
    fn free_name(&self, source: &str) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        let bare = source.strip_prefix("x_").unwrap_or(source);
        let name = format!("x_{}", bare.chars().map(plain).collect::<String>());
        let taken = |name: &str| self.names.iter().any(|known| known.eq_ignore_ascii_case(name));
        std::iter::once(name.clone())
            .chain((2..).map(|n| format!("{name}_{n}")))
            .find(|name| !taken(name))
            .expect("some number is free")
    }

    /// The file's columns.
    pub fn source_names(&self) -> &[String] {
        &self.sources.names
    }

    /// What findings call each column that comes out.
    pub fn labels(&self) -> Vec<String> {
        self.outputs.iter().map(|output| output.label.clone()).collect()
    }

    /// The columns that the mapping reads for this FOCUS column, where the file has none of them.
    pub fn unfilled(&self, name: &str, mapping: &Mapping) -> Option<Vec<String>> {
        let expression = mapping.columns.iter().find(|(column, _)| column == name).map(|(_, expression)| expression);
        let Some(expression) = expression else {
            return (!self.names.iter().any(|known| known == name)).then(|| vec![name.to_owned()]);
        };
        let (mut wanted, mut constant) = (Vec::new(), false);
        expression.walk(&mut |inner| match inner {
            Expression::Column(column) => wanted.push(column.clone()),
            Expression::Constant(_) | Expression::Template(_) => constant = true,
            _ => {}
        });
        (!constant && !wanted.iter().any(|column| self.sources.find(column).is_some())).then_some(wanted)
    }

    /// Makes the columns of one batch, in the order of [`Bound::names`].
    pub fn apply(
        &self,
        columns: &[ArrayRef],
        rows: usize,
        row_numbers: &RowNumbers,
        findings: &mut Findings,
    ) -> Result<Vec<ArrayRef>, ArrowError> {
        let mut made = Vec::with_capacity(self.outputs.len());
        for output in &self.outputs {
            made.push(match &output.made {
                Made::By(expression) => {
                    let label = &output.label;
                    let mut batch = Batch { sources: &self.sources, columns, rows, row_numbers, findings, label };
                    batch.array(expression)?
                }
                Made::Kept(at) => {
                    note(finding::KEPT_COLUMN, &output.label, &columns[*at], row_numbers, findings);
                    as_text(&columns[*at])?
                }
            });
        }
        for &at in &self.left_out {
            note(finding::LEFT_OUT, &self.sources.names[at], &columns[at], row_numbers, findings);
        }
        Ok(made)
    }
}

/// Counts the rows that have a value in a column which is none of FOCUS.
fn note(rule: finding::Rule, name: &str, column: &ArrayRef, row_numbers: &RowNumbers, findings: &mut Findings) {
    let has = |row: usize| column.is_valid(row) && column.as_string_opt::<i32>().is_none_or(|texts| !texts.value(row).is_empty());
    if column.null_count() < column.len() {
        let mut rows = (0..column.len()).filter(|&row| has(row));
        if let Some(first) = rows.next() {
            findings.add_many(rule, name, row_numbers.of(first), b"", 1 + rows.count() as u64);
        }
    }
}

fn patterns(list: &[String]) -> Values {
    let mut values = Values::default();
    for pattern in list {
        values.insert(pattern, String::new());
    }
    values
}
