use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

/// What a log says beyond the standard keys, as text.
pub type Attributes = BTreeMap<String, String>;

/// One event of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The case that it happened in.
    pub case: Arc<str>,
    /// What was done: `concept:name`.
    pub activity: Arc<str>,
    /// When, cut to the millisecond, the finest that XES keeps.
    pub at: DateTime<Utc>,
    /// The lifecycle transition in small letters: `start`, `complete`; none where the log says none.
    pub transition: Option<Arc<str>>,
    /// Which run of the activity it is of: `concept:instance`.
    pub instance: Option<Arc<str>>,
    /// Who did it: a person, a role, a machine.
    pub resource: Option<Arc<str>>,
    /// Where it stands in the log, from 0: events of one moment keep this order.
    pub position: u64,
    /// Its other attributes.
    pub attributes: Arc<Attributes>,
    /// The attributes of its case.
    pub case_attributes: Arc<Attributes>,
}

/// What a transition of the standard lifecycle of XES means for time.
///
/// Source: IEEE 1849-2016, lifecycle extension, standard transactional life-cycle model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Scheduled: from here the work waits.
    Schedule,
    /// Given to somebody, or to somebody else: no time begins or ends.
    Assign,
    /// Taken back before it began.
    Withdraw,
    /// Work begins.
    Start,
    /// Work rests.
    Suspend,
    /// Work goes on.
    Resume,
    /// Ended, done.
    Complete,
    /// Ended, not done.
    Abort,
    /// Passed over without work.
    Skip,
}

impl Role {
    /// The role of a transition in small letters; `None` for one that the standard does not know.
    pub fn of(transition: &str) -> Option<Self> {
        Some(match transition {
            "schedule" => Self::Schedule,
            "assign" | "reassign" => Self::Assign,
            "withdraw" => Self::Withdraw,
            "start" => Self::Start,
            "suspend" => Self::Suspend,
            "resume" => Self::Resume,
            "complete" => Self::Complete,
            "ate_abort" | "pi_abort" => Self::Abort,
            "autoskip" | "manualskip" => Self::Skip,
            _ => return None,
        })
    }
}

impl Event {
    /// Its role. An event without a transition is one that completed: that is how the standard reads a log without lifecycle.
    pub fn role(&self) -> Option<Role> {
        self.transition.as_deref().map_or(Some(Role::Complete), Role::of)
    }

    /// Milliseconds since 1970.
    pub fn millis(&self) -> i64 {
        self.at.timestamp_millis()
    }
}
