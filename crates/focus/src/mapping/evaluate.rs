//! Expressions over the columns of a batch.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, StringArray, StringBuilder, TimestampMicrosecondArray, TimestampMicrosecondBuilder, new_null_array,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use arrow::error::ArrowError;

use super::bind::Sources;
use super::expression::{At, Expression, Form, Otherwise, Piece, Values};
use super::number::{Exact, product};
use super::values::distinct;
use super::{moment, tags};
use crate::charges::RowNumbers;
use crate::finding::{self, Findings};
use crate::nested::as_text;

/// What an expression came to.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// No row has a value.
    Nothing,
    /// All rows have this one.
    Constant(String),
    /// A column, text or of the source's own type.
    Array(ArrayRef),
}

/// A column as text. An empty text is no value.
pub(crate) enum Text {
    Nothing,
    Constant(String),
    Array(StringArray),
}

impl Text {
    pub fn get(&self, row: usize) -> Option<&str> {
        let text = match self {
            Self::Nothing => None,
            Self::Constant(text) => Some(text.as_str()),
            Self::Array(array) => array.is_valid(row).then(|| array.value(row)),
        };
        text.filter(|text| !text.is_empty())
    }
}

/// A batch of source columns while it is mapped.
pub(crate) struct Batch<'a> {
    pub sources: &'a Sources,
    pub columns: &'a [ArrayRef],
    pub rows: usize,
    pub row_numbers: &'a RowNumbers,
    pub findings: &'a mut Findings,
    /// What findings call the column that is being made.
    pub label: &'a str,
}

type Evaluated = Result<Value, ArrowError>;

impl Batch<'_> {
    /// The column that an expression makes.
    pub fn array(&mut self, expression: &Expression) -> Result<ArrayRef, ArrowError> {
        Ok(match self.value(expression)? {
            Value::Nothing => new_null_array(&DataType::Utf8, self.rows),
            Value::Constant(text) => Arc::new(StringArray::from_iter_values(std::iter::repeat_n(text, self.rows))),
            Value::Array(array) => array,
        })
    }

    fn value(&mut self, expression: &Expression) -> Evaluated {
        match expression {
            Expression::Column(name) => {
                Ok(self.sources.find(name).map_or(Value::Nothing, |at| Value::Array(self.columns[at].clone())))
            }
            Expression::Constant(text) => Ok(Value::Constant(text.clone())),
            Expression::First(list) => self.first(list),
            Expression::Values { of, values, otherwise } => self.values(of, values, otherwise),
            Expression::Choose { of, branches, values, otherwise } => self.choose(of, branches, values, otherwise.as_deref()),
            Expression::Present { of, then, otherwise } => self.present(of, then, otherwise.as_deref()),
            Expression::Template(pieces) => self.template(pieces),
            Expression::Sum(list) => self.sum(list),
            Expression::Product(list) => self.product(list),
            Expression::Negative(of) => {
                let of = self.text(of)?;
                // What is no number is passed on as it is, so that it is reported as what it is.
                let negative = |text: &str| Exact::parse(text).map_or_else(|| text.to_owned(), |number| number.negative().text());
                Ok(self.collect(|row| of.get(row).map(|text| negative(text).into())))
            }
            Expression::Moment { of, form, at } => self.moment(of, *form, *at),
            Expression::Part { of, split, index } => {
                let of = self.text(of)?;
                Ok(self.collect(|row| part(of.get(row)?, split, *index).map(Cow::Borrowed)))
            }
            Expression::Member { of, key } => self.each_distinct(of, |text| tags::member(text, key)),
            Expression::Total { of, key } => self.each_distinct(of, |text| tags::total(text, key)),
            Expression::Tags(sources) => tags::gather(self, sources),
        }
    }

    /// An expression's column as text.
    pub fn text(&mut self, expression: &Expression) -> Result<Text, ArrowError> {
        Ok(match self.value(expression)? {
            Value::Nothing => Text::Nothing,
            Value::Constant(text) => Text::Constant(text),
            Value::Array(array) => Text::Array(as_text(&array)?.as_string::<i32>().clone()),
        })
    }

    /// A column from the text of each row.
    pub fn collect<'t>(&self, mut of_row: impl FnMut(usize) -> Option<Cow<'t, str>>) -> Value {
        let mut builder = StringBuilder::with_capacity(self.rows, self.rows * 16);
        for row in 0..self.rows {
            builder.append_option(of_row(row).filter(|text| !text.is_empty()));
        }
        Value::Array(Arc::new(builder.finish()))
    }

    fn first(&mut self, list: &[Expression]) -> Evaluated {
        let mut candidates = Vec::new();
        for expression in list {
            match self.value(expression)? {
                Value::Nothing => {}
                value => {
                    let ends = match &value {
                        Value::Array(array) => array.null_count() == 0 && !array.data_type().is_string(),
                        _ => true,
                    };
                    candidates.push(value);
                    if ends {
                        break;
                    }
                }
            }
        }
        if candidates.len() < 2 {
            return Ok(candidates.pop().unwrap_or(Value::Nothing));
        }
        let texts = candidates.into_iter().map(as_texts).collect::<Result<Vec<_>, _>>()?;
        if let Text::Array(first) = &texts[0]
            && first.null_count() == 0
            && first.iter().flatten().all(|text| !text.is_empty())
        {
            return Ok(Value::Array(Arc::new(first.clone())));
        }
        Ok(self.collect(|row| texts.iter().find_map(|text| text.get(row)).map(Cow::Borrowed)))
    }

    fn values(&mut self, of: &Expression, values: &Values, otherwise: &Otherwise) -> Evaluated {
        let of = match self.text(of)? {
            Text::Nothing => return Ok(Value::Nothing),
            Text::Constant(text) => StringArray::from_iter_values(std::iter::repeat_n(text, self.rows)),
            Text::Array(array) => array,
        };
        let (of_row, texts) = distinct(&of);
        let found: Vec<Option<&str>> = texts.iter().map(|(text, _)| values.find(text)).collect();
        // An empty text says that the mapping's author knows of other values and wants nothing of them.
        let is_deliberate = matches!(otherwise, Otherwise::Itself) || *otherwise == Otherwise::Text(String::new());
        if !is_deliberate {
            for (id, (text, row)) in texts.iter().enumerate().filter(|(id, (text, _))| found[*id].is_none() && !text.is_empty()) {
                let count = of_row.iter().filter(|of| **of == Some(id as u32)).count() as u64;
                self.findings.add_many(finding::NOT_LISTED, self.label, self.row_numbers.of(*row), text.as_bytes(), count);
            }
        }
        let replaced = |id: u32| -> Option<&str> {
            found[id as usize].or(match otherwise {
                Otherwise::Nothing => None,
                Otherwise::Itself => Some(texts[id as usize].0),
                Otherwise::Text(text) => Some(text.as_str()),
            })
        };
        // A row without a value is one that the mapping does not list either.
        let absent = if let Otherwise::Text(text) = otherwise { Some(text.as_str()) } else { None };
        Ok(self.collect(|row| of_row[row].map_or(absent, replaced).map(Cow::Borrowed)))
    }

    fn choose(&mut self, of: &Expression, branches: &[Expression], values: &Values, otherwise: Option<&Expression>) -> Evaluated {
        let of = self.text(of)?;
        let last = branches.len();
        let position = |text: &str| values.find(text).and_then(|at| at.parse().ok()).unwrap_or(last);
        let of_row: Vec<usize> = match &of {
            Text::Nothing => vec![last; self.rows],
            Text::Constant(text) => vec![position(text); self.rows],
            Text::Array(array) => {
                let (of_row, texts) = distinct(array);
                let positions: Vec<usize> = texts.iter().map(|(text, _)| position(text)).collect();
                of_row.into_iter().map(|id| id.map_or(last, |id| positions[id as usize])).collect()
            }
        };
        self.branch(&of_row, branches.iter().map(Some).chain([otherwise]).collect())
    }

    fn present(&mut self, of: &Expression, then: &Expression, otherwise: Option<&Expression>) -> Evaluated {
        let of = self.text(of)?;
        let of_row: Vec<usize> = (0..self.rows).map(|row| usize::from(of.get(row).is_none())).collect();
        self.branch(&of_row, vec![Some(then), otherwise])
    }

    /// For each row the value of the expression at its position. What no row wants is not evaluated.
    fn branch(&mut self, of_row: &[usize], expressions: Vec<Option<&Expression>>) -> Evaluated {
        let mut used = vec![false; expressions.len()];
        of_row.iter().for_each(|&at| used[at] = true);
        if let [one] = used.iter().enumerate().filter(|(_, used)| **used).map(|(at, _)| at).collect::<Vec<_>>()[..] {
            return expressions[one].map_or(Ok(Value::Nothing), |expression| self.value(expression));
        }
        let mut texts = Vec::with_capacity(expressions.len());
        for (expression, used) in expressions.into_iter().zip(used) {
            texts.push(match expression.filter(|_| used) {
                Some(expression) => self.text(expression)?,
                None => Text::Nothing,
            });
        }
        Ok(self.collect(|row| texts[of_row[row]].get(row).map(Cow::Borrowed)))
    }

    fn template(&mut self, pieces: &[Piece]) -> Evaluated {
        let mut texts = Vec::with_capacity(pieces.len());
        for piece in pieces {
            texts.push(match piece {
                Piece::Text(text) => (false, Text::Constant(text.clone())),
                Piece::Column(name) => (true, self.text(&Expression::Column(name.clone()))?),
            });
        }
        Ok(self.collect(|row| {
            let mut whole = String::new();
            for (is_column, text) in &texts {
                match text.get(row) {
                    Some(text) => whole.push_str(text),
                    None if *is_column => return None,
                    None => {}
                }
            }
            Some(whole.into())
        }))
    }

    fn sum(&mut self, list: &[Expression]) -> Evaluated {
        let terms = self.texts(list)?;
        Ok(self.collect(|row| {
            let mut present = terms.iter().filter_map(|term| term.get(row));
            let first = present.next()?;
            let Some(second) = present.next() else { return Some(first.into()) };
            let mut sum = Exact::default();
            for text in [first, second].into_iter().chain(present) {
                // What is no number is passed on as it is, so that it is reported as what it is.
                let Some(number) = Exact::parse(text) else { return Some(text.into()) };
                sum = sum.plus(number);
            }
            Some(sum.text().into())
        }))
    }

    fn product(&mut self, list: &[Expression]) -> Evaluated {
        let factors = self.texts(list)?;
        Ok(self.collect(|row| {
            let texts: Vec<&str> = factors.iter().map(|factor| factor.get(row)).collect::<Option<_>>()?;
            let bad = || texts.iter().find(|text| Exact::parse(text).is_none()).unwrap_or(&texts[0]).to_string();
            Some(product(&texts).unwrap_or_else(bad).into())
        }))
    }

    fn texts(&mut self, list: &[Expression]) -> Result<Vec<Text>, ArrowError> {
        list.iter().map(|expression| self.text(expression)).collect()
    }

    fn each_distinct(&mut self, of: &Expression, make: impl Fn(&str) -> Option<String>) -> Evaluated {
        let of = match self.text(of)? {
            Text::Nothing => return Ok(Value::Nothing),
            Text::Constant(text) => return Ok(make(&text).map_or(Value::Nothing, Value::Constant)),
            Text::Array(array) => array,
        };
        let (of_row, texts) = distinct(&of);
        let made: Vec<Option<String>> = texts.iter().map(|(text, _)| make(text)).collect();
        Ok(self.collect(|row| of_row[row].and_then(|id| made[id as usize].as_deref()).map(Cow::Borrowed)))
    }

    fn moment(&mut self, of: &Expression, form: Form, at: At) -> Evaluated {
        let array = match self.value(of)? {
            Value::Array(array) => array,
            Value::Nothing => return Ok(Value::Nothing),
            Value::Constant(text) => Arc::new(StringArray::from_iter_values(std::iter::repeat_n(text, self.rows))),
        };
        match array.data_type() {
            DataType::Timestamp(_, _) | DataType::Date32 | DataType::Date64 => {
                if at == At::Itself {
                    return Ok(Value::Array(array));
                }
                let micros = cast(&array, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
                let micros = micros.as_primitive::<TimestampMicrosecondType>();
                let shifted = micros.iter().map(|micros| micros.and_then(|micros| moment::shift(micros, at)));
                Ok(Value::Array(Arc::new(shifted.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))))
            }
            _ => {
                let texts = as_text(&array)?;
                self.read_moments(texts.as_string::<i32>(), form, at)
            }
        }
    }

    fn read_moments(&mut self, column: &StringArray, form: Form, at: At) -> Evaluated {
        let (of_row, texts) = distinct(column);
        let moments: Vec<Option<(i64, bool)>> = texts.iter().map(|(text, _)| moment::read(text, form, at)).collect();
        let mut builder = TimestampMicrosecondBuilder::with_capacity(self.rows).with_timezone("UTC");
        let (mut unzoned, mut first_unzoned) = (0, 0);
        for (row, id) in of_row.iter().enumerate() {
            let moment = id.and_then(|id| moments[id as usize]);
            builder.append_option(moment.map(|(micros, _)| micros));
            match (id, moment) {
                (Some(id), None) if !texts[*id as usize].0.is_empty() => {
                    let text = texts[*id as usize].0.as_bytes();
                    self.findings.add(finding::NOT_A_MOMENT, self.label, self.row_numbers.of(row), text);
                }
                (_, Some((_, false))) => {
                    first_unzoned = if unzoned == 0 { self.row_numbers.of(row) } else { first_unzoned };
                    unzoned += 1;
                }
                _ => {}
            }
        }
        if unzoned > 0 {
            self.findings.add_many(finding::NO_ZONE, self.label, first_unzoned, b"", unzoned);
        }
        Ok(Value::Array(Arc::new(builder.finish())))
    }
}

fn as_texts(value: Value) -> Result<Text, ArrowError> {
    Ok(match value {
        Value::Nothing => Text::Nothing,
        Value::Constant(text) => Text::Constant(text),
        Value::Array(array) => Text::Array(as_text(&array)?.as_string::<i32>().clone()),
    })
}

fn part<'t>(text: &'t str, split: &str, index: i64) -> Option<&'t str> {
    match usize::try_from(index) {
        Ok(index) => text.split(split).nth(index),
        Err(_) => text.rsplit(split).nth(usize::try_from(-index - 1).ok()?),
    }
}
