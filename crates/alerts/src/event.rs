//! What somebody may want to hear of.

use std::fmt;

use farthing_types::{BillingPeriod, Money, SourceName, UnitId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! topics {
    ($($(#[$doc:meta])* $variant:ident = $word:literal,)+) => {
        /// What an event is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[schema(as = AlertTopic)]
        pub enum Topic {
            $($(#[$doc])* #[serde(rename = $word)] $variant,)+
        }

        impl Topic {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its word in documents and messages.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }
    };
}

topics!(
    /// A unit is beyond a threshold of its budget, or is expected to be.
    Budget = "budget",
    /// Days cost what those before them did not let expect.
    Anomaly = "anomaly",
    /// What a source delivered, or did not, is below the SLA.
    Sla = "sla",
    /// Something waits for somebody's decision.
    Approval = "approval",
    /// A plan will soon be too old to be followed.
    PlanExpiry = "plan-expiry",
    /// A month is over and not closed.
    Close = "close",
    /// The record of changes was signed: the text is the checkpoint, as it is written outside. Only channels that name it hear of it.
    Checkpoint = "checkpoint",
    /// Somebody tries a channel.
    Test = "test",
);

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Something that happened and that somebody may want to hear of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = AlertEvent)]
pub struct Event {
    /// The same for the same event however often it is found: a channel hears of a key once.
    pub key: String,
    /// What it is about.
    pub topic: Topic,
    /// What happened, in one line.
    pub title: String,
    /// What there is to know beside that, and the next step.
    pub text: String,
    /// The unit that it is about and the units above it; empty where it is about none.
    pub units: Vec<UnitId>,
    /// The source that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceName>,
    /// The billing period that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<BillingPeriod>,
    /// How much money it is about: what is beyond the threshold, what was not expected, what a plan saves. Not below zero.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub money: Option<Money>,
}
