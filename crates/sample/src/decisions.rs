//! Decisions of the four workflows: made where the AI's demand is, and in office hours where people decide.

use std::io::Write;
use std::path::Path;

use crate::SampleError;
use crate::calendar::{self, HOURS};
use crate::decimal;
use crate::dice;
use crate::organisation::Organisation;
use crate::usage::write_file;
use crate::workflows::{Ends, WORKFLOWS, Workflow};
use crate::workloads::{WORKLOADS, Workload};

/// The decisions of one workflow, as [`write_decisions`] wrote them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionFile {
    /// Its path below the folder, with `/`.
    pub path: String,
    /// Whose.
    pub workflow: String,
    /// Decisions.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
    /// How many ended accepted, overridden, wrong, escalated.
    pub outcomes: [u64; 4],
}

const OUTCOMES: [&str; 4] = ["accepted", "overridden", "wrong", "escalated"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Actor {
    Ai,
    Checked,
    Person,
}

/// Writes a file of decisions a workflow below `dir`.
///
/// # Errors
/// [`SampleError::Io`] when a file cannot be written.
pub fn write_decisions(organisation: &Organisation, dir: &Path) -> Result<Vec<DecisionFile>, SampleError> {
    WORKFLOWS.iter().map(|workflow| write_workflow(organisation, dir, workflow)).collect()
}

fn write_workflow(organisation: &Organisation, dir: &Path, workflow: &Workflow) -> Result<DecisionFile, SampleError> {
    let path = format!("decisions/{}.csv", workflow.id);
    let lead = WORKLOADS.iter().find(|workload| workflow.workloads.contains(&workload.id));
    let lead = lead.expect("every workflow has a workload");
    let (mut rows, mut outcomes) = (0, [0; 4]);
    let bytes = write_file(dir, &path, |out| {
        writeln!(
            out,
            "id,decided_at,workflow,unit,actor,model,outcome,handling_seconds,review_seconds,error_cost,currency,requests,confidence"
        )?;
        for hour in 0..HOURS {
            let stream = dice::again(dice::name(workflow.id), 21);
            let count = decisions_in(organisation.seed(), workflow, lead, hour);
            for number in 0..count {
                let bits = dice::draw(organisation.seed(), stream, u64::from(hour) << 20 | number);
                rows += 1;
                let second = hour_second(number, count, bits);
                let outcome = write_decision(out, workflow, lead, hour, second, rows, bits)?;
                outcomes[outcome] += 1;
            }
        }
        Ok(())
    })?;
    Ok(DecisionFile { path, workflow: workflow.id.into(), rows, bytes, outcomes })
}

/// How many decisions fall in an hour: as the demand of the workflow's first workload does.
fn decisions_in(seed: u64, workflow: &Workflow, lead: &Workload, hour: u32) -> u64 {
    let bits = dice::draw(seed, dice::again(dice::name(workflow.id), 22), u64::from(hour));
    let thousandths = workflow.decisions_an_hour * lead.level(seed, hour) / 1_000_000;
    (thousandths + dice::between(bits, 0, 1_000)) / 1_000
}

fn hour_second(number: u64, count: u64, bits: u64) -> u64 {
    let spacing = 3_600 / count.max(1);
    number * spacing + dice::between(dice::again(bits, 1), 0, spacing.max(1))
}

fn actor(workflow: &Workflow, hour: u32, bits: u64) -> Actor {
    let at = dice::between(dice::again(bits, 2), 0, 100);
    // At night and on weekends few people are there: what they would decide waits, or is left to the AI.
    let person_at = if calendar::is_office_hour(hour) { 0 } else { (100 - workflow.by_ai - workflow.checked) * 3 / 4 };
    if workflow.by_ai > 0 && at < workflow.by_ai + person_at {
        Actor::Ai
    } else if at < workflow.by_ai + workflow.checked + person_at {
        Actor::Checked
    } else {
        Actor::Person
    }
}

fn outcome(ends: Ends, bits: u64) -> usize {
    let accepted = 1_000 - ends.overridden - ends.wrong - ends.escalated;
    let weights = [accepted, ends.overridden, ends.wrong, ends.escalated].map(|w| w as u32);
    dice::pick(dice::again(bits, 3), weights.into_iter())
}

/// Seconds around a mean given in tenths of a minute: half to three times as long, most below the mean.
pub(crate) fn seconds(tenths: u64, bits: u64) -> u64 {
    let (a, b) = (dice::between(bits, 0, 1_000), dice::between(dice::again(bits, 1), 0, 1_000));
    let skewed = 500 + a * b * 2 / 1_000;
    tenths * 6 * skewed / 1_000
}

fn write_decision(
    out: &mut impl Write,
    workflow: &Workflow,
    lead: &Workload,
    hour: u32,
    second: u64,
    number: u64,
    bits: u64,
) -> std::io::Result<usize> {
    let actor = actor(workflow, hour, bits);
    let (word, ends) = match actor {
        Actor::Ai => ("ai", workflow.ai_ends),
        Actor::Checked => ("ai_then_person", workflow.checked_ends),
        Actor::Person => ("person", workflow.person_ends),
    };
    let outcome = outcome(ends, bits);
    let by_ai = actor != Actor::Person;
    let handled = actor == Actor::Person || matches!(OUTCOMES[outcome], "overridden" | "escalated");
    // Three in a hundred times of people were not recorded.
    let recorded = dice::between(dice::again(bits, 4), 0, 100) >= 3;
    let handling = (handled && recorded).then(|| seconds(workflow.handling_tenths, dice::again(bits, 5)));
    let review = (actor == Actor::Checked && recorded).then(|| seconds(workflow.review_tenths, dice::again(bits, 6)));
    let known_error = outcome == 2 && dice::between(dice::again(bits, 7), 0, 10) < 7;
    let error = known_error.then(|| workflow.error_cents * dice::between(dice::again(bits, 8), 300, 1_700) / 1_000);
    let requests = by_ai.then(|| 1 + dice::between(dice::again(bits, 9), 0, 4));
    let sure = if outcome == 0 { (720, 1_000) } else { (380, 880) };
    let confidence = by_ai.then(|| dice::between(dice::again(bits, 10), sure.0, sure.1));
    let whole = |value: Option<u64>| value.map_or_else(String::new, |value| value.to_string());
    let model = if by_ai { lead.model } else { "" };
    let currency = if error.is_some() { "USD" } else { "" };
    write!(
        out,
        "{}-{number:07},{},{},{},{word},{model},{},{},{},",
        workflow.id,
        (calendar::moment(hour) + chrono::TimeDelta::seconds(second as i64)).format("%Y-%m-%dT%H:%M:%SZ"),
        workflow.id,
        workflow.unit,
        OUTCOMES[outcome],
        whole(handling),
        whole(review),
    )?;
    let decimal = |value: Option<u64>, places| {
        let mut text = Vec::new();
        if let Some(value) = value {
            decimal::write(&mut text, i128::from(value), places);
        }
        String::from_utf8(text).expect("a decimal is ASCII")
    };
    writeln!(out, "{},{currency},{},{}", decimal(error, 2), whole(requests), decimal(confidence, 3))?;
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_decide_in_office_hours() {
        let workflow = &WORKFLOWS[0];
        let persons = |hour: u32| (0..2_000).filter(|&n| actor(workflow, hour, dice::draw(1, 2, n)) == Actor::Person).count();
        let (office, night) = (persons(15), persons(3));
        assert!(office > 2 * night && night > 0, "{office} {night}");
    }

    #[test]
    fn times_average_near_the_mean() {
        let mean = (0..4_000).map(|n| seconds(100, dice::draw(1, 2, n))).sum::<u64>() / 4_000;
        assert!((560..640).contains(&mean), "ten minutes are 600 s: {mean}");
    }
}
