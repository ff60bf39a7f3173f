use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a charge belongs to no unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A rule sent it to a unit that does not hold on that day.
    OutsideTree,
    /// A rule met its conditions, but the value that should name a unit names none.
    UnknownUnit,
    /// No rule matched a correction of a closed period (`ChargeClass` is `Correction`).
    Correction,
    /// No rule matched a credit.
    Credit,
    /// No rule matched a tax.
    Tax,
    /// No rule matched an adjustment.
    Adjustment,
    /// No rule matched a purchase: a commitment fee, a marketplace order.
    Purchase,
    /// No rule matched usage that has no tags.
    NoTags,
    /// No rule matched usage, though it has tags.
    NoRule,
}

impl Reason {
    /// Every reason, in the order of statements.
    pub const ALL: [Self; 9] = [
        Self::OutsideTree,
        Self::UnknownUnit,
        Self::Correction,
        Self::Credit,
        Self::Tax,
        Self::Adjustment,
        Self::Purchase,
        Self::NoTags,
        Self::NoRule,
    ];

    /// The word in JSON and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OutsideTree => "outside_tree",
            Self::UnknownUnit => "unknown_unit",
            Self::Correction => "correction",
            Self::Credit => "credit",
            Self::Tax => "tax",
            Self::Adjustment => "adjustment",
            Self::Purchase => "purchase",
            Self::NoTags => "no_tags",
            Self::NoRule => "no_rule",
        }
    }

    /// What it means, for people.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::OutsideTree => "a rule names a unit that does not hold on that day",
            Self::UnknownUnit => "the tag or column that should name a unit names none",
            Self::Correction => "no rule for corrections of closed periods",
            Self::Credit => "no rule for credits",
            Self::Tax => "no rule for tax",
            Self::Adjustment => "no rule for adjustments",
            Self::Purchase => "no rule for purchases",
            Self::NoTags => "no tags",
            Self::NoRule => "tagged, but no rule matches",
        }
    }

    /// The reason of a charge that no rule matched, from its `ChargeCategory`, `ChargeClass` and raw `Tags`.
    pub(crate) fn of_unmatched(category: Option<&str>, class: Option<&str>, tags: Option<&str>) -> Self {
        match (class, category) {
            (Some("Correction"), _) => Self::Correction,
            (_, Some("Credit")) => Self::Credit,
            (_, Some("Tax")) => Self::Tax,
            (_, Some("Adjustment")) => Self::Adjustment,
            (_, Some("Purchase")) => Self::Purchase,
            _ if has_tags(tags) => Self::NoRule,
            _ => Self::NoTags,
        }
    }
}

/// True for a JSON object with at least one entry; `{ }`, `[]`, `null` and blanks have none.
fn has_tags(tags: Option<&str>) -> bool {
    tags.is_some_and(|json| {
        json.trim() != "null" && json.chars().any(|c| !c.is_whitespace() && !matches!(c, '{' | '}' | '[' | ']'))
    })
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_class_decides_before_the_category_and_both_before_the_tags() {
        let reason = Reason::of_unmatched;
        assert_eq!(reason(Some("Credit"), Some("Correction"), None), Reason::Correction);
        assert_eq!(reason(Some("Tax"), None, Some("{\"a\":\"b\"}")), Reason::Tax);
        assert_eq!(reason(Some("Usage"), None, Some("{\"a\":\"b\"}")), Reason::NoRule);
        for empty in [None, Some("{}"), Some(" { } "), Some("null"), Some("")] {
            assert_eq!(reason(Some("Usage"), None, empty), Reason::NoTags, "{empty:?}");
        }
    }
}
