//! Where a recommendation stands, and what of its plan that depends on.

use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, Utc};
use farthing_types::UnitId;
use serde::Serialize;
use utoipa::ToSchema;

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = RecommendationState)]
pub enum State {
    /// It waits for those who approve.
    Proposed,
    /// It waits for the answer to a challenge, or for an override.
    Challenged,
    /// Enough people approved it: it may be applied.
    Approved,
    /// Enough people approved it, in spite of a challenge: it may be applied.
    Overridden,
    /// It was refused.
    Rejected,
    /// Some units have it, others not yet.
    PartlyApplied,
    /// All units have it.
    Applied,
    /// It was applied, and somebody said what it brought.
    Verified,
    /// It was applied and taken back.
    RolledBack,
    /// Nobody decided in time, or nobody applied it in time.
    Expired,
    /// It runs in shadow: nothing is applied, and what it would have done is held beside what is done.
    Shadowed,
}

impl State {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Challenged => "challenged",
            Self::Approved => "approved",
            Self::Overridden => "overridden",
            Self::Rejected => "rejected",
            Self::PartlyApplied => "partly-applied",
            Self::Applied => "applied",
            Self::Verified => "verified",
            Self::RolledBack => "rolled-back",
            Self::Expired => "expired",
            Self::Shadowed => "shadowed",
        }
    }

    /// True where nothing more comes of it: the same plan may be proposed anew.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Rejected | Self::RolledBack | Self::Expired)
    }

    /// True where it waits for a decision.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Proposed | Self::Challenged)
    }

    /// True where enough people approved it, and nothing is applied yet.
    pub const fn is_approved(self) -> bool {
        matches!(self, Self::Approved | Self::Overridden)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What of a plan the flow depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// From when on the plan must not be followed.
    pub expires_at: DateTime<Utc>,
    /// False where it is shown and not recommended: a replay that misses a promise, or no plan at all.
    pub is_recommended: bool,
    /// The units that it is applied to one after the other; none where it is applied as a whole.
    pub units: BTreeSet<UnitId>,
}
