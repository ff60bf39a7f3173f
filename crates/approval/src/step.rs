//! What was done, by whom and when.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use farthing_types::UnitId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Action, Agreement, Inputs, Realised};

/// A step. It is never changed: another one follows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RecommendationStep)]
pub struct Step {
    /// 1, 2, 3 … without a gap: the one order in which a recommendation was decided.
    pub sequence: u64,
    /// Who.
    pub by: String,
    /// What.
    pub action: Action,
    /// Why; may be empty where no reason is asked for.
    pub reason: String,
    /// SHA-256 of the plan that it is about.
    pub plan_hash: String,
    /// SHA-256 of what that plan was made from.
    pub input_hash: String,
    /// When.
    pub at: DateTime<Utc>,
    /// What belongs to some steps alone.
    pub details: Details,
}

/// What belongs to some steps alone; what is not theirs is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RecommendationStepDetails)]
pub struct Details {
    /// What the plan was made from (propose).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs: Option<Inputs>,
    /// The version of the approvals document that was in force (approve, override, apply).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<u64>,
    /// How many people it asked for (approve, override).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approvers: Option<u32>,
    /// Until when it may be applied if this makes it approved (approve, override).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub good_until: Option<DateTime<Utc>>,
    /// The units of the phase (apply), or those that who is limited to units decides for (approve, override); none for the whole.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    #[schema(required = false)]
    pub units: BTreeSet<UnitId>,
    /// The form of the files that were written (apply, rollback).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<String>,
    /// Their SHA-256 by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(required = false)]
    pub files: BTreeMap<String, String>,
    /// The recommendation whose files were written in place of this one's (rollback).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restored: Option<String>,
    /// What it brought (verify).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub realised: Option<Realised>,
    /// Who is to deal with it; nobody any more without it (assign), or whom it goes to (escalate).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    /// Until when they are to (assign), or how long it runs (shadow).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// The role that it goes to (escalate).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// What of the approvals document sent it there (escalate).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What was done while it ran in shadow (observe, resume).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<Agreement>,
}
