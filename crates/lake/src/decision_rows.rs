//! Decisions as Parquet.

use arrow::array::RecordBatch;
use camino::Utf8Path;
use farthing_types::{Money, Quantity};
use farthing_usage::decision::Decision;

use crate::columns::{Columns, counts, decimals, moments, texts};
use crate::{LakeError, read_rows};

/// The decisions as a table, one row each.
///
/// # Errors
/// Never for decisions that a decoder made.
pub fn decision_batch(decisions: &[Decision]) -> Result<RecordBatch, LakeError> {
    let text = |get: for<'a> fn(&'a Decision) -> Option<&'a str>| texts(decisions.iter().map(get));
    let columns = [
        ("DecisionId", text(|d| Some(&d.id))),
        ("DecidedAt", moments(decisions.iter().map(|d| d.decided_at))),
        ("Workflow", text(|d| Some(d.workflow.as_str()))),
        ("Unit", text(|d| d.unit.as_ref().map(|u| u.as_str()))),
        ("Actor", text(|d| Some(d.actor.as_str()))),
        ("Model", text(|d| d.model.as_ref().map(|m| m.as_str()))),
        ("Outcome", text(|d| Some(d.outcome.as_str()))),
        ("HandlingSeconds", decimals(decisions.iter().map(|d| d.handling_seconds.map(|q| q.0)))?),
        ("ReviewSeconds", decimals(decisions.iter().map(|d| d.review_seconds.map(|q| q.0)))?),
        ("ErrorCost", decimals(decisions.iter().map(|d| d.error_cost.map(|m| m.amount)))?),
        ("ErrorCurrency", text(|d| d.error_cost.as_ref().map(|m| m.currency.as_str()))),
        ("Requests", counts(decisions.iter().map(|d| d.requests))),
        ("Confidence", decimals(decisions.iter().map(|d| d.confidence))?),
    ];
    Ok(RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true)))?)
}

/// Reads a file of decisions.
///
/// # Errors
/// When the file is missing or damaged.
pub fn read_decisions(path: &Utf8Path) -> Result<Vec<Decision>, LakeError> {
    let batch = read_rows(path)?;
    let columns = Columns::new(path, &batch);
    let (id, at, workflow) = (columns.texts("DecisionId")?, columns.moments("DecidedAt")?, columns.texts("Workflow")?);
    let (unit, actor, model) = (columns.texts("Unit")?, columns.texts("Actor")?, columns.texts("Model")?);
    let (outcome, handling) = (columns.texts("Outcome")?, columns.decimals("HandlingSeconds")?);
    let (review, cost) = (columns.decimals("ReviewSeconds")?, columns.decimals("ErrorCost")?);
    let (currency, requests) = (columns.texts("ErrorCurrency")?, columns.counts("Requests")?);
    let confidence = columns.decimals("Confidence")?;
    (0..batch.num_rows())
        .map(|row| {
            let currency = columns.may("ErrorCurrency", currency(row))?;
            Ok(Decision {
                id: columns.must("DecisionId", id(row))?,
                decided_at: at(row).ok_or_else(|| columns.wrong("DecidedAt"))?,
                workflow: columns.must("Workflow", workflow(row))?,
                unit: columns.may("Unit", unit(row))?,
                actor: columns.must("Actor", actor(row))?,
                model: columns.may("Model", model(row))?,
                outcome: columns.must("Outcome", outcome(row))?,
                handling_seconds: handling(row).map(Quantity),
                review_seconds: review(row).map(Quantity),
                error_cost: cost(row).zip(currency).map(|(amount, currency)| Money::new(amount, currency)),
                requests: requests(row),
                confidence: confidence(row),
            })
        })
        .collect()
}
