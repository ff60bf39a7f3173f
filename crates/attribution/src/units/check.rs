//! Checks across entries.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use farthing_types::UnitId;

use super::problem::{UnitCause, UnitProblem};
use super::{UnitSpan, UnitsDocument};
use crate::error::nearest;

/// Makes a document of entries, or says all that is wrong with them. `problems` are those of reading: a unit that could not be read is
/// not unknown as well.
pub(super) fn checked(
    spans: Vec<(Option<usize>, UnitSpan)>,
    problems: Vec<UnitProblem>,
) -> Result<UnitsDocument, Vec<UnitProblem>> {
    let broken: Vec<String> = problems.iter().filter_map(|problem| problem.unit.clone()).collect();
    let unreadable = !problems.is_empty();
    let mut check = Check { entries: spans, broken, problems };
    if check.entries.is_empty() && !unreadable {
        check.problems.push(UnitProblem { line: None, unit: None, cause: UnitCause::NoUnits });
    }
    check.entries.sort_by(|(_, a), (_, b)| (&a.id, a.from).cmp(&(&b.id, b.from)));
    check.each();
    check.overlaps();
    let mut document =
        UnitsDocument { spans: check.entries.iter().map(|(_, span)| span.clone()).collect(), passed_over: Vec::new() };
    check.parents(&document);
    check.successors();
    if check.problems.is_empty() {
        document.spans.shrink_to_fit();
        return Ok(document);
    }
    check.problems.sort_by_key(|problem| problem.line);
    check.problems.dedup();
    Err(check.problems)
}

struct Check {
    /// By id and first day.
    entries: Vec<(Option<usize>, UnitSpan)>,
    broken: Vec<String>,
    problems: Vec<UnitProblem>,
}

fn problem(line: Option<usize>, span: &UnitSpan, cause: UnitCause) -> UnitProblem {
    UnitProblem { line, unit: Some(span.id.to_string()), cause }
}

/// Days in words.
pub(super) fn days(from: Option<NaiveDate>, until: Option<NaiveDate>) -> String {
    match (from, until) {
        (None, None) => "since ever".to_owned(),
        (Some(from), None) => format!("from {from}"),
        (None, Some(until)) => format!("until {until}"),
        (Some(from), Some(until)) => format!("from {from} until {until}"),
    }
}

impl Check {
    /// What is wrong with an entry by itself.
    fn each(&mut self) {
        for (line, span) in &self.entries {
            let mut fail = |cause| self.problems.push(problem(*line, span, cause));
            match (span.from, span.until) {
                (Some(from), Some(until)) if from >= until => fail(UnitCause::DatesReversed { from, until }),
                _ => {}
            }
            match span.budget {
                Some(budget) if budget.is_negative() => {
                    fail(UnitCause::Shape(format!("budget: {budget} is below zero, which nothing can stay within")));
                }
                Some(budget) if span.currency.is_none() => fail(UnitCause::BudgetWithoutCurrency { budget: budget.to_string() }),
                _ => {}
            }
            if !span.succeeded_by.is_empty() && span.until.is_none() {
                fail(UnitCause::SuccessorsWithoutEnd);
            }
        }
    }

    fn overlaps(&mut self) {
        for (at, (line, span)) in self.entries.iter().enumerate() {
            let earlier = self.entries[..at].iter().rev().take_while(|(_, other)| other.id == span.id);
            let Some((first, other)) = earlier.into_iter().find(|(_, other)| other.effective().overlaps(&span.effective()))
            else {
                continue;
            };
            let undated = [other, span].iter().all(|span| span.from.is_none() && span.until.is_none());
            // The later line is the one to change.
            let (first, line, other) = if first > line { (line, first, span) } else { (first, line, other) };
            let cause = match first {
                Some(first) if undated => UnitCause::Duplicate { first: *first },
                first => UnitCause::Overlap { first: *first, span: days(other.from, other.until) },
            };
            self.problems.push(problem(*line, span, cause));
        }
    }

    fn parents(&mut self, document: &UnitsDocument) {
        let tree = document.tree();
        for (line, span) in &self.entries {
            let Some(parent) = &span.parent else { continue };
            if !tree.knows(parent.as_str()) {
                self.problems.extend(self.unknown("parent", parent).map(|cause| problem(*line, span, cause)));
                continue;
            }
            let on = tree.spans().find(|unit| unit.id == span.id && unit.effective == span.effective());
            if let Some(day) = on.and_then(|unit| tree.day_without_parent(unit, parent)) {
                let cause = UnitCause::ParentNotEffective { parent: parent.to_string(), day };
                self.problems.push(problem(*line, span, cause));
            }
        }
        for cycle in tree.cycles() {
            if let Some((line, span)) = self.entries.iter().find(|(_, span)| span.id == cycle[0]) {
                let path = cycle.iter().map(ToString::to_string).collect();
                self.problems.push(problem(*line, span, UnitCause::Cycle { path }));
            }
        }
    }

    /// Each successor has an entry that begins on the day on which the unit ends.
    fn successors(&mut self) {
        let mut begins: BTreeMap<&UnitId, Vec<Option<NaiveDate>>> = BTreeMap::new();
        for (_, span) in &self.entries {
            begins.entry(&span.id).or_default().push(span.from);
        }
        let mut found = Vec::new();
        for (line, span) in &self.entries {
            let Some(until) = span.until else { continue };
            for successor in &span.succeeded_by {
                match begins.get(successor) {
                    None => found.extend(self.unknown("successor", successor).map(|cause| problem(*line, span, cause))),
                    Some(days) if days.contains(&Some(until)) => {}
                    Some(days) => {
                        let named = |day: &Option<NaiveDate>| day.map_or("since ever".to_owned(), |day| format!("from {day}"));
                        let begins = days.iter().map(named).collect::<Vec<_>>().join(", ");
                        let cause = UnitCause::SuccessorElsewhere { until, successor: successor.to_string(), begins };
                        found.push(problem(*line, span, cause));
                    }
                }
            }
        }
        self.problems.extend(found);
    }

    /// The problem of a unit that nobody lists; none where its entry could not be read.
    fn unknown(&self, field: &'static str, named: &UnitId) -> Option<UnitCause> {
        if self.broken.iter().any(|broken| broken == named.as_str()) {
            return None;
        }
        let known = self.entries.iter().map(|(_, span)| span.id.as_str());
        let nearest = nearest(named.as_str(), known).map(str::to_owned);
        Some(UnitCause::Unknown { field, named: named.to_string(), nearest })
    }
}
