//! Arrow batches (from Parquet) to charges.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, StringArray, TimestampMicrosecondArray, new_null_array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, TimeUnit, TimestampMicrosecondType};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use farthing_types::{Amount, Cost, Rounded, SCALE};

use crate::cell::{self, CostCell};
use crate::charges::{Charges, Draft, RowNumbers, cost_columns};
use crate::column::Kind;
use crate::finding::{self, Findings, Rule};
use crate::header::Header;
use crate::nested::{as_text, flat_columns};

/// Decodes batches whose column names make up a known header.
#[derive(Clone, Debug)]
pub struct ArrowDecoder {
    header: Header,
    costs: Vec<usize>,
}

impl ArrowDecoder {
    /// A decoder for batches with these columns, in this order.
    pub fn new(header: Header) -> Self {
        Self { costs: cost_columns(&header), header }
    }

    /// The header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Decodes one batch. `first_row` is the file's row number of its first row, counted from 1.
    ///
    /// # Errors
    /// When a column's type cannot be read as what the column holds.
    pub fn decode(&self, batch: &RecordBatch, first_row: u64) -> Result<Charges, ArrowError> {
        let columns = if self.header.mapping().is_some() { flat_columns(batch) } else { batch.columns().to_vec() };
        self.decode_columns(columns, batch.num_rows(), RowNumbers::From(first_row), Findings::default(), 0)
    }

    /// Decodes the columns of a file: text that was read from elsewhere than Arrow has row numbers and findings of its own.
    pub(crate) fn decode_columns(
        &self,
        mut sources: Vec<ArrayRef>,
        rows: usize,
        row_numbers: RowNumbers,
        mut findings: Findings,
        broken: u64,
    ) -> Result<Charges, ArrowError> {
        if let Some(bound) = self.header.mapping() {
            sources = bound.apply(&sources, rows, &row_numbers, &mut findings)?;
        }
        let schema = self.header.schema();
        let columns = schema.fields().iter().map(|field| new_null_array(field.data_type(), rows)).collect();
        let mut draft = Draft { columns, kept: vec![true; rows], residues: Vec::new(), findings, row_numbers, broken };
        for (field, target) in self.header.targets.iter().enumerate() {
            let mut cells = Cells { draft: &mut draft, name: &self.header.names[field], cost: None };
            cells.cost = self.costs.iter().position(|&at| at == target.at).map(|i| Cost::ALL[i]);
            let array = match target.kind {
                Kind::Text => cells.text(&sources[field])?,
                Kind::Decimal => cells.decimal(&sources[field])?,
                Kind::Moment => cells.moment(&sources[field])?,
            };
            draft.columns[target.at] = array;
        }
        draft.finish(&self.header)
    }
}

/// One column on its way into the draft.
struct Cells<'a> {
    draft: &'a mut Draft,
    name: &'a str,
    cost: Option<Cost>,
}

impl Cells<'_> {
    fn note(&mut self, rule: Rule, row: usize, value: &[u8]) {
        self.draft.findings.add(rule, self.name, self.draft.row_numbers.of(row), value);
    }

    /// The column as text with empty and literal nulls as null. Maps and structs become JSON objects.
    fn text(&mut self, array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
        let text = as_text(array)?;
        let strings = text.as_string::<i32>();
        let is_null = |s: &str| s.is_empty() || cell::is_literal_null(s.as_bytes());
        if !strings.iter().flatten().any(is_null) {
            return Ok(text);
        }
        let mut nulls = (0, 0);
        let kept: StringArray = strings
            .iter()
            .enumerate()
            .map(|(row, value)| {
                value.filter(|s| {
                    if !s.is_empty() && is_null(s) {
                        nulls = if nulls.0 == 0 { (1, row) } else { (nulls.0 + 1, nulls.1) };
                    }
                    !is_null(s)
                })
            })
            .collect();
        if nulls.0 > 0 {
            let row = self.draft.row_numbers.of(nulls.1);
            self.draft.findings.add_many(finding::LITERAL_NULL, self.name, row, b"", nulls.0);
        }
        Ok(Arc::new(kept))
    }

    fn decimal(&mut self, array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
        let values: Vec<Option<i128>> = match array.data_type() {
            DataType::Decimal128(_, scale) if (0..=SCALE as i8).contains(scale) => {
                let factor = 10_i128.pow(SCALE - *scale as u32);
                let decimals = array.as_primitive::<Decimal128Type>();
                (0..decimals.len())
                    .map(|row| {
                        let value = decimals.is_valid(row).then(|| decimals.value(row))?;
                        let scaled = value.checked_mul(factor).and_then(Amount::from_atto);
                        match scaled {
                            Some(amount) => self.accept(row, Rounded { amount, residue: 0 }),
                            None => self.refuse(row, CostCell::TooLarge, value.to_string().as_bytes()),
                        }
                    })
                    .collect()
            }
            DataType::Float64 => {
                // The shortest text that reads back as the same number is what the exporter meant by it.
                let floats = array.as_primitive::<Float64Type>();
                let value = |row: usize| floats.is_valid(row).then(|| floats.value(row));
                (0..floats.len()).map(|row| value(row).and_then(|v| self.parse(row, format!("{v:e}").as_bytes()))).collect()
            }
            _ => {
                let text = self.text(array)?;
                let strings = text.as_string::<i32>();
                let value = |row: usize| strings.is_valid(row).then(|| strings.value(row));
                (0..strings.len()).map(|row| value(row).and_then(|v| self.parse(row, v.trim().as_bytes()))).collect()
            }
        };
        Ok(Arc::new(Decimal128Array::from(values).with_precision_and_scale(38, SCALE as i8)?))
    }

    fn parse(&mut self, row: usize, text: &[u8]) -> Option<i128> {
        match cell::cost(text) {
            CostCell::Amount(rounded) => self.accept(row, rounded),
            bad => self.refuse(row, bad, text),
        }
    }

    fn accept(&mut self, row: usize, rounded: Rounded) -> Option<i128> {
        if rounded.residue != 0
            && let Some(cost) = self.cost
        {
            self.draft.residues.push((row, cost, rounded.residue));
            self.note(finding::FINER_THAN_LEDGER, row, rounded.amount.to_string().as_bytes());
        }
        Some(rounded.amount.atto())
    }

    fn refuse(&mut self, row: usize, cell: CostCell, text: &[u8]) -> Option<i128> {
        let rule = match (self.cost, cell) {
            (None, _) => finding::NOT_A_DECIMAL,
            (Some(_), CostCell::TooLarge) => finding::COST_TOO_LARGE,
            (Some(_), _) => finding::NOT_A_COST,
        };
        self.note(rule, row, text);
        if self.cost.is_some() {
            self.draft.kept[row] = false;
        }
        None
    }

    fn moment(&mut self, array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
        match array.data_type() {
            DataType::Timestamp(_, zone) => {
                let zoned = zone.is_some();
                let micros = cast(array, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
                let micros = micros.as_primitive::<TimestampMicrosecondType>().clone().with_timezone("UTC");
                self.note_unzoned(!zoned, micros.len() - micros.null_count());
                Ok(Arc::new(micros))
            }
            DataType::Date32 | DataType::Date64 => {
                let micros = cast(array, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
                Ok(Arc::new(micros.as_primitive::<TimestampMicrosecondType>().clone().with_timezone("UTC")))
            }
            _ => {
                let text = self.text(array)?;
                let strings = text.as_string::<i32>();
                let mut unzoned = 0;
                let mut values: Vec<Option<i64>> = Vec::with_capacity(strings.len());
                for row in 0..strings.len() {
                    let value = strings.is_valid(row).then(|| strings.value(row));
                    let moment = value.and_then(|v| cell::moment(v.trim().as_bytes()));
                    if let (Some(value), None) = (value, moment) {
                        self.note(finding::NOT_A_MOMENT, row, value.as_bytes());
                    }
                    unzoned += usize::from(moment.is_some_and(|(_, zoned)| !zoned));
                    values.push(moment.map(|(micros, _)| micros));
                }
                self.note_unzoned(unzoned > 0, unzoned);
                Ok(Arc::new(TimestampMicrosecondArray::from(values).with_timezone("UTC")))
            }
        }
    }

    fn note_unzoned(&mut self, unzoned: bool, count: usize) {
        if unzoned && count > 0 {
            let row = self.draft.row_numbers.of(0);
            self.draft.findings.add_many(finding::NO_ZONE, self.name, row, b"", count as u64);
        }
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::Float64Array;
    use arrow::datatypes::{Field, Schema};

    use super::*;
    use crate::money_columns;

    #[test]
    fn doubles_decimals_and_texts_give_the_same_amount() {
        let texts: ArrayRef = Arc::new(StringArray::from(vec!["0.1", "0.30000000000000004", "-0.00000025"]));
        let doubles: ArrayRef = Arc::new(Float64Array::from(vec![0.1, 0.30000000000000004, -2.5e-7]));
        let decimals = cast(&texts, &DataType::Decimal128(30, 17)).unwrap();
        let billed = |array: ArrayRef| {
            let fields = ["BilledCost", "BillingCurrency", "BillingPeriodStart"];
            let types = [array.data_type().clone(), DataType::Utf8, DataType::Date32];
            let fields: Vec<Field> = fields.iter().zip(types).map(|(name, kind)| Field::new(*name, kind, true)).collect();
            let currency: ArrayRef = Arc::new(StringArray::from(vec!["USD"; 3]));
            let day = cast(&(Arc::new(StringArray::from(vec!["2026-05-01"; 3])) as ArrayRef), &DataType::Date32).unwrap();
            let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), vec![array, currency, day]).unwrap();
            let (header, _) = Header::read(&["BilledCost", "BillingCurrency", "BillingPeriodStart"]).unwrap();
            let charges = ArrowDecoder::new(header).decode(&batch, 1).unwrap();
            let column = charges.rows.column(money_columns()[0]).as_primitive::<Decimal128Type>().clone();
            column.iter().flatten().collect::<Vec<_>>()
        };
        let expected = vec![100_000_000_000_000_000, 300_000_000_000_000_040, -250_000_000_000];
        assert_eq!(billed(texts), expected);
        assert_eq!(billed(doubles), expected);
        assert_eq!(billed(decimals), expected);
    }
}
