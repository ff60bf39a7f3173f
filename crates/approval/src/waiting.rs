//! Whom a recommendation waits for: who was given it, whom it went to when nobody answered, and since when it waits.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Action, Step};

/// Somebody who is to deal with a recommendation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RecommendationAssignment)]
pub struct Assignment {
    /// Who.
    pub to: String,
    /// Who said so.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Until when; none for no moment in particular.
    pub until: Option<DateTime<Utc>>,
    /// Why; may be empty.
    pub reason: String,
}

/// A recommendation that nobody answered for too long, and whom it went to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RecommendationEscalation)]
pub struct Escalated {
    /// When.
    pub at: DateTime<Utc>,
    /// What of the approvals document said so.
    pub rule: String,
    /// The person that it went to; none where it is a role.
    pub to: Option<String>,
    /// The role; none where it is a person.
    pub role: Option<String>,
}

impl Escalated {
    /// Whom it went to, for sentences.
    pub fn whom(&self) -> String {
        match (&self.to, &self.role) {
            (Some(person), _) => person.clone(),
            (None, Some(role)) => format!("the role {role}"),
            (None, None) => "nobody".to_owned(),
        }
    }
}

/// Whom it waits for, as far as its steps say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Who is to deal with it.
    pub assignment: Option<Assignment>,
    /// Since when nobody answered.
    pub since: Option<DateTime<Utc>>,
    /// Whom it went to since then, in that order.
    pub escalated: Vec<Escalated>,
}

impl Waiting {
    pub(crate) fn take(&mut self, step: &Step) {
        let details = &step.details;
        let assignment = |to: &String| Assignment {
            to: to.clone(),
            by: step.by.clone(),
            at: step.at,
            until: details.until,
            reason: step.reason.clone(),
        };
        match step.action {
            Action::Assign => self.assignment = details.assignee.as_ref().map(assignment),
            Action::Escalate => {
                let (to, role) = (details.assignee.clone(), details.role.clone());
                self.assignment = to.as_ref().map(assignment).or_else(|| self.assignment.take());
                self.escalated.push(Escalated { at: step.at, rule: details.rule.clone().unwrap_or_default(), to, role });
            }
            action if action.answers() => {
                self.since = Some(step.at);
                self.escalated.clear();
            }
            _ => {}
        }
    }
}
