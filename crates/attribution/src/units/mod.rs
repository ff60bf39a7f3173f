//! The units document: the effective-dated tree of operational units, beside the rule file.
//!
//! A unit is listed once for each span of days on which it stands as it does: under which parent, whose it is, in which books, with
//! which monthly budget. A unit that is split or merged ends, and names its successors, each of which has an entry that begins on
//! that day. [`UnitsDocument::parse`] reads it from CSV, YAML, JSON of its own shape or SCIM groups, checks it as a whole and
//! reports every problem with its line; what is kept is [`UnitsDocument::to_json`], the same text for the same units whatever they
//! were written in.
//!
//! ```yaml
//! version: 1
//! units:
//!   - { id: insurance, name: Insurance, owners: [ada@acme.example], cost_center: "4700" }
//!   - { id: claims, parent: insurance, currency: USD, budget: 60000, until: 2026-07-01, succeeded_by: [motor, property] }
//!   - { id: motor, parent: insurance, from: 2026-07-01 }
//!   - { id: property, parent: insurance, from: 2026-07-01 }
//! ```

mod change;
mod check;
mod contradict;
mod csv_rows;
mod json;
mod node;
mod problem;
mod read;
mod scim;
mod write;
mod yaml;

#[cfg(test)]
mod tests;

use chrono::NaiveDate;
use farthing_types::{Amount, Currency, UnitId};
use serde::Serialize;

use crate::effective::Effective;
use crate::tree::{Unit, UnitTree};

pub use change::UnitPatch;
pub use contradict::contradictions;
pub use problem::{UnitCause, UnitProblem};

/// How a units document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitsForm {
    /// Comma-separated values: `id,name,parent,owners,cost_center,currency,budget,from,until,succeeded_by`; several owners or
    /// successors with `;` between them.
    Csv,
    /// `version: 1` and a list `units`.
    Yaml,
    /// The same in JSON, or a list of SCIM groups.
    Json,
}

/// A unit during a span of days, as the document lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnitSpan {
    /// Its id, the same over all its spans.
    pub id: UnitId,
    /// The name on statements.
    pub name: String,
    /// The unit above it.
    pub parent: Option<UnitId>,
    /// Who answers for its costs.
    pub owners: Vec<String>,
    /// The cost centre in the books.
    pub cost_center: Option<String>,
    /// The currency of its budget.
    pub currency: Option<Currency>,
    /// What it may cost in a month, those below it included.
    pub budget: Option<Amount>,
    /// The first day on which this holds; since ever without it.
    pub from: Option<NaiveDate>,
    /// The first day on which it no longer holds; for ever without it.
    pub until: Option<NaiveDate>,
    /// The units that it was split or merged into on the day on which it ended.
    pub succeeded_by: Vec<UnitId>,
}

impl UnitSpan {
    /// The days on which it holds.
    pub fn effective(&self) -> Effective {
        Effective { from: self.from, until: self.until }
    }
}

/// A units document without problems; by id and first day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitsDocument {
    spans: Vec<UnitSpan>,
    passed_over: Vec<String>,
}

impl UnitsDocument {
    /// Reads and checks a document.
    ///
    /// # Errors
    /// Every problem, in the order of the lines.
    pub fn parse(text: &str, form: UnitsForm) -> Result<Self, Vec<UnitProblem>> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut problems = Vec::new();
        let read = read::read(text, form, &mut problems);
        let mut document = check::checked(read.spans, problems)?;
        document.passed_over = read.passed_over;
        Ok(document)
    }

    /// Every span, by id and first day.
    pub fn spans(&self) -> &[UnitSpan] {
        &self.spans
    }

    /// The spans of one unit, by first day.
    pub fn of(&self, id: &UnitId) -> &[UnitSpan] {
        let begin = self.spans.partition_point(|span| span.id < *id);
        let end = self.spans.partition_point(|span| span.id <= *id);
        &self.spans[begin..end]
    }

    /// How many units there are, over all days.
    pub fn units(&self) -> usize {
        self.spans.chunk_by(|a, b| a.id == b.id).count()
    }

    /// The tree, as rules and statements use it.
    pub fn tree(&self) -> UnitTree {
        UnitTree::new(self.spans.iter().map(|span| Unit {
            id: span.id.clone(),
            name: span.name.clone(),
            parent: span.parent.clone(),
            owner: (!span.owners.is_empty()).then(|| span.owners.join(", ")),
            cost_center: span.cost_center.clone(),
            effective: span.effective(),
        }))
    }

    /// What is odd and allowed: what the reader passed over, and units that nobody answers for.
    pub fn warnings(&self) -> Vec<String> {
        let nobody: Vec<&str> = self.spans.iter().filter(|span| self.nobody_answers(span)).map(|span| span.id.as_str()).collect();
        let mut warnings = self.passed_over.clone();
        if let [first, rest @ ..] = nobody.as_slice() {
            let others = if rest.is_empty() { String::new() } else { format!(" and {} more entries", rest.len()) };
            warnings.push(format!("nobody answers for unit {first:?}{others}: neither it nor a unit above it names an owner"));
        }
        warnings
    }

    fn nobody_answers(&self, span: &UnitSpan) -> bool {
        let day = span.until.and_then(|until| until.pred_opt()).unwrap_or(NaiveDate::MAX);
        let mut at = Some(span);
        while let Some(span) = at {
            if !span.owners.is_empty() {
                return false;
            }
            let above = span.parent.as_ref();
            at = above.and_then(|parent| self.of(parent).iter().find(|above| above.effective().contains(day)));
        }
        true
    }
}
