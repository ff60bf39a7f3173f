//! Ids made by the store's users: UUIDs of version 7, which sort by the moment they were made.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::{NoContext, Timestamp, Uuid};

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id made at `at`: 48 bits of time in milliseconds, the rest random.
            pub fn new(at: DateTime<Utc>) -> Self {
                // Before 1970 the clock is wrong; the id stays unique by its random part.
                let seconds = u64::try_from(at.timestamp()).unwrap_or(0);
                Self(Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, at.timestamp_subsec_nanos())))
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                text.parse().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0.hyphenated().to_string())
            }
        }
    };
}

uuid_id!(
    /// One immutable set of facts of a source and period.
    RevisionId
);
uuid_id!(
    /// One attempt to import.
    ImportId
);
uuid_id!(
    /// One recommendation as computed.
    PlanId
);
uuid_id!(
    /// One run of a job.
    RunId
);
uuid_id!(
    /// One event that one channel is told of, and, of the first event of a message, the message.
    AlertId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_the_moment_they_were_made() {
        let moment = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let (early, late) = (RevisionId::new(moment(1_780_000_000)), RevisionId::new(moment(1_780_000_001)));
        assert!(early < late && early.to_string() < late.to_string());
        assert_eq!(early.to_string().parse(), Ok(early));
        assert_ne!(RevisionId::new(moment(0)), RevisionId::new(moment(0)));
    }
}
