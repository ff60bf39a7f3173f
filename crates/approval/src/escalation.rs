//! Where a recommendation goes that nobody answers: a part of the approvals document.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use farthing_types::UnitId;
use serde::Deserialize;

use crate::{Case, Subject};

/// The longest that it may wait before it goes to somebody else, in hours: 90 days.
pub(crate) const LONGEST_HOURS: u32 = 2_160;

/// After how long it goes to whom.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Escalation {
    /// Its name: each has its own.
    pub name: String,
    /// So many hours nobody answered.
    pub after_hours: u32,
    /// The person that it goes to.
    pub to: Option<String>,
    /// The role that it goes to.
    pub to_role: Option<String>,
    /// Only plans of these kinds; of any without it.
    #[serde(default)]
    pub kinds: BTreeSet<String>,
    /// Only plans about these units, or below them; about any without it.
    #[serde(default)]
    pub units: BTreeSet<UnitId>,
}

impl Escalation {
    /// What is wrong with it.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        let people = [&self.to, &self.to_role].into_iter().flatten();
        if people.clone().count() != 1 || people.clone().any(|name| name.trim().is_empty()) {
            return Some("say whom it goes to: to = \"NAME\" or to_role = \"ROLE\", one of them");
        }
        if !(1..=LONGEST_HOURS).contains(&self.after_hours) {
            return Some("after_hours lies from 1 to 2160, which is 90 days");
        }
        None
    }

    fn is_about(&self, subject: &Subject) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&subject.kind)) && (self.units.is_empty() || subject.is_about(&self.units))
    }

    /// True where it is time, it was not done since the last answer, and who it goes to may decide at all: who proposed cannot.
    fn is_due(&self, case: &Case, waited: TimeDelta) -> bool {
        waited >= TimeDelta::hours(i64::from(self.after_hours))
            && case.waiting.escalated.iter().all(|done| done.rule != self.name)
            && self.to.as_ref().is_none_or(|person| !case.is_proposer(person))
    }
}

/// The first of these that a recommendation is due for.
pub(crate) fn due<'a>(
    all: &'a [Escalation],
    subject: &Subject,
    case: &Case,
    now: chrono::DateTime<chrono::Utc>,
) -> Option<&'a Escalation> {
    let waited = now - case.waiting.since.filter(|_| case.state.is_open())?;
    let due = all.iter().filter(|one| one.is_about(subject) && one.is_due(case, waited));
    due.min_by_key(|one| one.after_hours)
}
