//! Decisions as Parquet.

use std::collections::BTreeMap;

use arrow::array::{ArrayRef, RecordBatch};
use camino::Utf8Path;
use chrono::{DateTime, Utc};
use farthing_types::{Money, Quantity};
use farthing_usage::decision::Decision;

use crate::columns::{Columns, counts, decimals, is_used, moments, moments_if_any, texts};
use crate::{LakeError, read_rows};

/// The decisions as a table, one row each. Columns that came later (version, answer, reason, shadow, when it was stated, tags) are left out where no
/// decision has a value in them, so that what was imported before them is the same file when it is imported again.
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
    let tags: Vec<Option<String>> = decisions.iter().map(tags_text).collect();
    let later: [(&str, ArrayRef); 7] = [
        ("ModelVersion", text(|d| d.model_version.as_deref())),
        ("Answer", text(|d| d.answer.as_deref())),
        ("OverrideReason", text(|d| d.override_reason.as_deref())),
        ("ErrorFoundAt", moments_if_any(decisions.iter().map(|d| d.error_found_at))),
        ("UpdatedAt", moments_if_any(decisions.iter().map(|d| d.updated_at))),
        ("ShadowOf", text(|d| d.shadow_of.as_deref())),
        ("Tags", texts(tags.iter().map(|tags| tags.as_deref()))),
    ];
    let columns = columns.into_iter().chain(later.into_iter().filter(|(_, array)| is_used(array)));
    Ok(RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true)))?)
}

/// A JSON object; `None` without tags.
fn tags_text(decision: &Decision) -> Option<String> {
    (!decision.tags.is_empty()).then(|| serde_json::to_string(&decision.tags).expect("a map of texts is JSON"))
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
    let later = Later::of(&columns)?;
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
                model_version: later.text(VERSION, row),
                outcome: columns.must("Outcome", outcome(row))?,
                handling_seconds: handling(row).map(Quantity),
                review_seconds: review(row).map(Quantity),
                error_cost: cost(row).zip(currency).map(|(amount, currency)| Money::new(amount, currency)),
                requests: requests(row),
                confidence: confidence(row),
                answer: later.text(ANSWER, row),
                override_reason: later.text(REASON, row),
                error_found_at: later.found_at.as_ref().and_then(|found_at| found_at(row)),
                updated_at: later.updated_at.as_ref().and_then(|updated_at| updated_at(row)),
                shadow_of: later.text(SHADOW, row),
                tags: match later.text(TAGS, row) {
                    Some(text) => serde_json::from_str(&text).map_err(|_| columns.wrong("Tags"))?,
                    None => BTreeMap::new(),
                },
            })
        })
        .collect()
}

type Texts<'a> = Box<dyn Fn(usize) -> Option<&'a str> + 'a>;
type Moments<'a> = Box<dyn Fn(usize) -> Option<DateTime<Utc>> + 'a>;

const TEXTS: [&str; 5] = ["ModelVersion", "Answer", "OverrideReason", "ShadowOf", "Tags"];
const VERSION: usize = 0;
const ANSWER: usize = 1;
const REASON: usize = 2;
const SHADOW: usize = 3;
const TAGS: usize = 4;

/// Columns that a file may not have.
struct Later<'a> {
    texts: [Option<Texts<'a>>; 5],
    found_at: Option<Moments<'a>>,
    updated_at: Option<Moments<'a>>,
}

impl<'a> Later<'a> {
    fn of(columns: &Columns<'a>) -> Result<Self, LakeError> {
        let mut texts = [const { None }; 5];
        for (place, name) in texts.iter_mut().zip(TEXTS) {
            if columns.has(name) {
                *place = Some(Box::new(columns.texts(name)?) as Texts<'a>);
            }
        }
        let moments = |name: &str| -> Result<Option<Moments<'a>>, LakeError> {
            match columns.has(name) {
                true => Ok(Some(Box::new(columns.moments(name)?))),
                false => Ok(None),
            }
        };
        Ok(Self { texts, found_at: moments("ErrorFoundAt")?, updated_at: moments("UpdatedAt")? })
    }

    fn text(&self, at: usize, row: usize) -> Option<String> {
        self.texts[at].as_ref().and_then(|text| text(row)).map(str::to_owned)
    }
}
