//! What a log cannot show, said plainly.

use super::Analysis;
use super::measure::Measure;
use crate::{Kind, OutcomeRule, Role};

pub(super) fn cannot_show(measures: &[Measure<'_>], analysis: &Analysis) -> Vec<String> {
    let mut says = Vec::new();
    let events = || measures.iter().flat_map(|measure| &measure.case.events);
    // What machines do takes nobody's time, so that nothing is missing where its time is not known.
    let runs = || measures.iter().flat_map(Measure::by_people);
    let of_kind = |kind: Kind| runs().filter(|run| run.instance.kind == kind).count();
    if measures.is_empty() {
        return vec!["anything: no case of it ended in this window with this outcome".to_owned()];
    }
    let (all, measured, end_only) = (runs().count(), of_kind(Kind::Measured), of_kind(Kind::EndOnly));
    if !events().any(|event| event.role() == Some(Role::Start)) {
        let why = if events().any(|event| event.transition.is_some()) {
            "its events say when something was completed and never when work on it began"
        } else {
            "its events have no lifecycle transition, so that each is a moment and none a time at work"
        };
        says.push(format!(
            "handling time: {why}. Time between events is waiting and work together, and is not taken for either. Enter handling_minutes \
             in the people file, or export the log with start events"
        ));
    } else if end_only > 0 {
        says.push(format!(
            "the time at work of {end_only} of people's {all} runs, which have an end and no start ({measured} have both): they count as no \
             time, so that the handling of a case is a lower bound where they took any"
        ));
    }
    let unended = of_kind(Kind::Unended);
    if unended > 0 {
        says.push(format!("the time at work of {unended} runs that begin and never end"));
    }
    let too_long = runs().filter(|run| run.too_long).count();
    if too_long > 0 {
        says.push(format!("the time at work of {too_long} runs that are longer than the longest handling that is believed"));
    }
    let unnamed = events().filter(|event| event.resource.is_none()).count();
    if unnamed == events().count() {
        says.push("who did what: no event names a resource, so that machines' work cannot be told from people's".to_owned());
    } else if unnamed > 0 {
        says.push(format!(
            "who did {unnamed} of {} events, which name no resource: they are taken for people's",
            events().count()
        ));
    }
    if let Some(default) = analysis.outcome_missing(measures) {
        says.push(default);
    }
    if analysis.calendar.is_none() {
        says.push("working time: without a calendar durations are time on the clock, nights and weekends included".to_owned());
    }
    says
}

impl Analysis {
    fn outcome_missing(&self, measures: &[Measure<'_>]) -> Option<String> {
        if self.outcome == OutcomeRule::None {
            return Some("how a case ended: name the activities or the attribute that decide it".to_owned());
        }
        let without = measures.iter().filter(|measure| measure.outcome.is_none()).count();
        (without > 0).then(|| {
            format!("how {without} of {} cases ended: nothing in them decides it, they may still be open", measures.len())
        })
    }
}
