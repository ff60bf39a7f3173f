//! Single units added, changed from a day on, or ended.

use chrono::NaiveDate;
use farthing_types::{Amount, Currency, UnitId};

use super::check::{checked, days};
use super::problem::{UnitCause, UnitProblem};
use super::{UnitSpan, UnitsDocument};

/// What changes of a unit from a day on. What is `None` stays; an inner `None` takes a value away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitPatch {
    /// Another name.
    pub name: Option<String>,
    /// Another parent.
    pub parent: Option<Option<UnitId>>,
    /// Other owners.
    pub owners: Option<Vec<String>>,
    /// Another cost centre.
    pub cost_center: Option<Option<String>>,
    /// Another currency.
    pub currency: Option<Option<Currency>>,
    /// Another budget.
    pub budget: Option<Option<Amount>>,
    /// The unit ends on that day; `succeeded_by` may say what it became.
    pub ends: bool,
    /// What it was split or merged into.
    pub succeeded_by: Option<Vec<UnitId>>,
}

impl UnitsDocument {
    /// A document of these entries.
    ///
    /// # Errors
    /// All that is wrong with them.
    pub fn from_spans(spans: impl IntoIterator<Item = UnitSpan>) -> Result<Self, Vec<UnitProblem>> {
        checked(spans.into_iter().map(|span| (None, span)).collect(), Vec::new())
    }

    /// The same with one entry more.
    ///
    /// # Errors
    /// All that is then wrong with the document.
    pub fn with_added(&self, span: UnitSpan) -> Result<Self, Vec<UnitProblem>> {
        Self::from_spans(self.spans.iter().cloned().chain([span]))
    }

    /// The same with a unit changed from `effective` on: the entry that holds on that day is cut there. Entries that begin later stay
    /// as they are.
    ///
    /// # Errors
    /// When the unit does not hold on that day, or all that is then wrong with the document.
    pub fn with_change(&self, id: &UnitId, effective: NaiveDate, patch: &UnitPatch) -> Result<Self, Vec<UnitProblem>> {
        let fail = |cause| vec![UnitProblem { line: None, unit: Some(id.to_string()), cause }];
        let Some(at) = self.spans.iter().position(|span| span.id == *id && span.effective().contains(effective)) else {
            let known: Vec<String> = self.of(id).iter().map(|span| days(span.from, span.until)).collect();
            return Err(fail(UnitCause::NotThen { day: effective, known: known.join(" and ") }));
        };
        let mut spans = self.spans.clone();
        let before = &mut spans[at];
        if patch.ends {
            if before.from == Some(effective) {
                return Err(fail(UnitCause::EndsAtOnce { day: effective }));
            }
            before.until = Some(effective);
            before.succeeded_by = patch.succeeded_by.clone().unwrap_or_default();
            return Self::from_spans(spans);
        }
        let after = patched(before, patch);
        if after == *before {
            return Ok(self.clone());
        }
        if before.from == Some(effective) {
            *before = after;
        } else {
            before.until = Some(effective);
            before.succeeded_by.clear();
            spans.push(UnitSpan { from: Some(effective), ..after });
        }
        Self::from_spans(spans)
    }
}

fn patched(span: &UnitSpan, patch: &UnitPatch) -> UnitSpan {
    UnitSpan {
        name: patch.name.clone().unwrap_or_else(|| span.name.clone()),
        parent: patch.parent.clone().unwrap_or_else(|| span.parent.clone()),
        owners: patch.owners.clone().unwrap_or_else(|| span.owners.clone()),
        cost_center: patch.cost_center.clone().unwrap_or_else(|| span.cost_center.clone()),
        currency: patch.currency.unwrap_or(span.currency),
        budget: patch.budget.unwrap_or(span.budget),
        succeeded_by: patch.succeeded_by.clone().unwrap_or_else(|| span.succeeded_by.clone()),
        ..span.clone()
    }
}
