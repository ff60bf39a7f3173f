//! The chargeback statement as files for other programs: rows in any form of answers, and a workbook.

use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array, RecordBatch, StringArray, UInt64Array};
use chrono::SecondsFormat;
use farthing_ledger::Statement;
use farthing_types::{Amount, SCALE};

use crate::answer::{AnswerFormat, AnswerWriter};
use crate::chargeback::Chargeback;
use crate::workbook::{Kind, Sheet, Value, workbook};
use crate::{Error, Farthing};

impl Farthing {
    /// A chargeback as rows, in any form of answers: one row a unit and currency, and one a reason, with its own amounts, so that each column of `Direct`,
    /// `Shared` and `Total` sums to what was billed. Amounts are `Decimal(38, 18)`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn chargeback_rows(chargeback: &Chargeback, form: AnswerFormat) -> Result<Vec<u8>, Error> {
        let sheet = amounts(&chargeback.statements);
        let columns = sheet.columns.iter().enumerate().map(|(at, (name, kind))| Ok((*name, array(&sheet, at, *kind)?, true)));
        let columns = columns.collect::<Result<Vec<(&str, ArrayRef, bool)>, Error>>()?;
        let failed = |error: arrow::error::ArrowError| Error::Panicked(error.to_string());
        let batch = RecordBatch::try_from_iter_with_nullable(columns).map_err(failed)?;
        let mut out = Vec::new();
        let mut writer = AnswerWriter::new(form, &batch.schema(), &mut out)?;
        writer.write(&batch)?;
        writer.finish()?;
        Ok(out)
    }

    /// A chargeback as a workbook: the amounts of the units, the shares that pools gave, the proof, and what it all rests on.
    ///
    /// # Errors
    /// When it has more rows than a sheet holds.
    pub fn chargeback_workbook(chargeback: &Chargeback) -> Result<Vec<u8>, Error> {
        let list = &chargeback.statements;
        let title = list.first().map(|one| format!("Chargeback {}", one.selection)).unwrap_or_default();
        workbook(&title, chargeback.as_of, &[amounts(list), shares(list), proof(list), about(chargeback)])
    }
}

fn array(sheet: &Sheet<'_>, at: usize, kind: Kind) -> Result<ArrayRef, Error> {
    let values = sheet.rows.iter().map(|row| &row[at]);
    Ok(match kind {
        Kind::Text => {
            Arc::new(values.map(|v| if let Value::Text(text) = v { Some(text.as_str()) } else { None }).collect::<StringArray>())
        }
        Kind::Count => {
            Arc::new(values.map(|v| if let Value::Count(count) = v { Some(*count) } else { None }).collect::<UInt64Array>())
        }
        Kind::Money | Kind::Number => {
            let amounts = values.map(|v| if let Value::Amount(amount) = v { Some(amount.atto()) } else { None });
            let array = amounts.collect::<Decimal128Array>().with_precision_and_scale(38, SCALE as i8);
            Arc::new(array.map_err(|error| Error::Panicked(error.to_string()))?)
        }
    })
}

/// What every row of a statement begins with.
fn basis(statement: &Statement) -> [Value; 3] {
    [statement.selection.to_string(), statement.currency.to_string(), statement.cost.to_string()].map(Value::Text)
}

const BASIS: [(&str, Kind); 3] = [("Period", Kind::Text), ("Currency", Kind::Text), ("Cost", Kind::Text)];

/// One row a unit and one a reason, each with its own amounts.
fn amounts(statements: &[Statement]) -> Sheet<'static> {
    let mut columns = BASIS.to_vec();
    columns.extend(["Unit", "Name", "Parent", "Owner", "CostCentre", "Reason"].map(|name| (name, Kind::Text)));
    columns.extend(
        ["Direct", "Shared", "Total", "TotalWithUnitsBelow", "PreviousTotalWithUnitsBelow"].map(|name| (name, Kind::Money)),
    );
    columns.push(("Charges", Kind::Count));
    let mut rows = Vec::new();
    for statement in statements {
        for unit in &statement.units {
            let mut row = basis(statement).to_vec();
            row.extend([
                Value::text(unit.unit.as_str()),
                Value::text(&unit.name),
                Value::maybe(unit.parent.as_ref().map(|p| p.as_str())),
            ]);
            row.extend([Value::maybe(unit.owner.as_deref()), Value::maybe(unit.cost_center.as_deref()), Value::Nothing]);
            row.extend([unit.direct, unit.shared, unit.total, unit.rolled_up.total].map(Value::Amount));
            row.extend([unit.previous.map_or(Value::Nothing, |previous| Value::Amount(previous.amount)), Value::Nothing]);
            rows.push(row);
        }
        for line in &statement.unattributed {
            let mut row = basis(statement).to_vec();
            row.extend([Value::Nothing, Value::text(&line.description), Value::Nothing, Value::Nothing, Value::Nothing]);
            row.push(Value::text(&line.reason));
            row.extend([line.amount, Amount::ZERO, line.amount, line.amount].map(Value::Amount));
            row.extend([
                line.previous.map_or(Value::Nothing, |previous| Value::Amount(previous.amount)),
                Value::Count(line.charges),
            ]);
            rows.push(row);
        }
    }
    Sheet { name: "Statement", columns, rows }
}

/// One row a share of a pool; what a pool took has a minus.
fn shares(statements: &[Statement]) -> Sheet<'static> {
    let mut columns = BASIS.to_vec();
    columns.extend(["Unit", "Pool", "Driver"].map(|name| (name, Kind::Text)));
    columns.extend([("Quantity", Kind::Number), ("TotalQuantity", Kind::Number), ("Rate", Kind::Number), ("Parts", Kind::Count)]);
    columns.push(("Amount", Kind::Money));
    let mut rows = Vec::new();
    for statement in statements {
        for (unit, share) in statement.units.iter().flat_map(|unit| unit.shares.iter().map(move |share| (unit, share))) {
            let mut row = basis(statement).to_vec();
            row.extend([unit.unit.as_str(), &share.pool, &share.driver].map(Value::text));
            row.extend([share.quantity.0, share.total_quantity.0].map(Value::Amount));
            // Split part by part, each part has a rate of its own: `chargeback --explain` has them.
            let rate = if share.parts > 0 { None } else { share.amount.checked_div(share.quantity.0) };
            row.extend([rate.map_or(Value::Nothing, |rate| Value::Amount(rate.abs())), Value::Count(share.parts)]);
            row.push(Value::Amount(share.amount));
            rows.push(row);
        }
    }
    Sheet { name: "Shares", columns, rows }
}

fn proof(statements: &[Statement]) -> Sheet<'static> {
    let mut columns = BASIS.to_vec();
    columns.push(("Source", Kind::Text));
    columns.extend(["Billed", "Attributed", "Unattributed", "Difference"].map(|name| (name, Kind::Money)));
    let row = |statement: &Statement, source: &str, amounts: [Amount; 4]| {
        let mut row = basis(statement).to_vec();
        row.push(Value::text(source));
        row.extend(amounts.map(Value::Amount));
        row
    };
    let mut rows = Vec::new();
    for one in statements {
        let sources =
            one.proof.iter().map(|r| row(one, r.source.as_str(), [r.billed, r.attributed, r.unattributed, r.difference]));
        rows.extend(sources);
        rows.push(row(one, "all", [one.billed_total, one.attributed_total, one.unattributed_total, one.difference]));
    }
    Sheet { name: "Proof", columns, rows }
}

/// What the figures rest on.
fn about(chargeback: &Chargeback) -> Sheet<'static> {
    let mut rows = Vec::new();
    let mut say = |what: &str, value: String| rows.push(vec![Value::text(what), Value::Text(value)]);
    say("As of", chargeback.as_of.to_rfc3339_opts(SecondsFormat::AutoSi, true));
    say("Rows set aside by imports", chargeback.rows_set_aside.to_string());
    for statement in &chargeback.statements {
        let currency = statement.currency;
        say(&format!("Rules, {currency}"), statement.rule_set.clone().unwrap_or_else(|| "none".to_owned()));
        say(&format!("Proven, {currency}"), if statement.proven { "yes" } else { "NO" }.to_owned());
        statement.problems.iter().for_each(|problem| say(&format!("Problem, {currency}"), problem.clone()));
        statement.notes.iter().for_each(|note| say(&format!("Note, {currency}"), note.clone()));
        for revision in &statement.revisions {
            say(&format!("Revision, {currency}"), format!("{} {}, {} charges", revision.source, revision.id, revision.charges));
        }
    }
    Sheet { name: "About", columns: vec![("What", Kind::Text), ("Value", Kind::Text)], rows }
}
