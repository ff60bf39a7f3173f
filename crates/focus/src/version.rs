use std::fmt;

use serde::{Deserialize, Serialize};

/// A release of the FOCUS Cost and Usage dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Version {
    /// 1.0, June 2024.
    #[serde(rename = "1.0")]
    V1_0,
    /// 1.1, November 2024.
    #[serde(rename = "1.1")]
    V1_1,
    /// 1.2, May 2025.
    #[serde(rename = "1.2")]
    V1_2,
    /// 1.3, December 2025.
    #[serde(rename = "1.3")]
    V1_3,
    /// 1.4, 2026.
    #[serde(rename = "1.4")]
    V1_4,
}

impl Version {
    /// Every release, oldest first.
    pub const ALL: [Self; 5] = [Self::V1_0, Self::V1_1, Self::V1_2, Self::V1_3, Self::V1_4];

    /// The number as the specification writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V1_0 => "1.0",
            Self::V1_1 => "1.1",
            Self::V1_2 => "1.2",
            Self::V1_3 => "1.3",
            Self::V1_4 => "1.4",
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
