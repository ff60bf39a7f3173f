use std::collections::BTreeMap;

use serde::Serialize;

/// What a finding did to its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The row is not among the records.
    SetAside,
    /// The row is among the records, changed or doubted as the message says.
    Kept,
}

/// Something wrong with one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// 1-based within the file. In CSV the header is row 1; in JSON lines it is the line; in a JSON array the element.
    pub row: u64,
    /// The file's own name of the column, or empty where the row as a whole is meant.
    pub column: String,
    /// A stable name for the kind: `not-a-count`.
    pub rule: &'static str,
    /// What became of the row.
    pub effect: Effect,
    /// Cause and next step.
    pub message: String,
}

/// The findings of a file: the first ones whole, all of them counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Findings {
    first: Vec<Finding>,
    #[serde(skip)]
    limit: usize,
    by_rule: BTreeMap<&'static str, u64>,
    set_aside: u64,
    kept: u64,
}

impl Findings {
    /// None yet; `limit` of them will be held with their text.
    pub fn with_limit(limit: usize) -> Self {
        Self { limit, ..Self::default() }
    }

    /// Notes one.
    pub fn add(&mut self, finding: Finding) {
        *self.by_rule.entry(finding.rule).or_default() += 1;
        match finding.effect {
            Effect::SetAside => self.set_aside += 1,
            Effect::Kept => self.kept += 1,
        }
        if self.first.len() < self.limit {
            self.first.push(finding);
        }
    }

    /// The first ones, in the file's order, up to the limit.
    pub fn first(&self) -> &[Finding] {
        &self.first
    }

    /// How many there were of each rule, beyond the limit too.
    pub fn by_rule(&self) -> &BTreeMap<&'static str, u64> {
        &self.by_rule
    }

    /// How many there were.
    pub fn count(&self) -> u64 {
        self.set_aside + self.kept
    }

    /// How many rows are not among the records because of a finding: a row is set aside at its first one.
    pub fn rows_set_aside(&self) -> u64 {
        self.set_aside
    }

    /// True where nothing was found.
    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }
}

/// A value as it may be shown: quoted, with control and bidirectional characters escaped, cut to 80 characters.
pub(crate) fn shown(value: &str) -> String {
    let cut: String = value.chars().take(80).collect();
    let more = if cut.len() < value.len() { "…" } else { "" };
    format!("{cut:?}{more}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(row: u64, effect: Effect) -> Finding {
        Finding { row, column: "x".into(), rule: "not-a-count", effect, message: "m".into() }
    }

    #[test]
    fn beyond_the_limit_findings_are_counted() {
        let mut findings = Findings::with_limit(2);
        (2..12).for_each(|row| findings.add(finding(row, if row % 2 == 0 { Effect::SetAside } else { Effect::Kept })));
        assert_eq!(findings.first().iter().map(|f| f.row).collect::<Vec<_>>(), [2, 3]);
        assert_eq!((findings.count(), findings.rows_set_aside()), (10, 5));
        assert_eq!(findings.by_rule()["not-a-count"], 10);
    }

    #[test]
    fn hostile_values_are_shown_escaped() {
        assert_eq!(shown("a\u{1b}[31m\u{202e}"), "\"a\\u{1b}[31m\\u{202e}\"");
        assert!(shown(&"x".repeat(1000)).chars().count() < 90);
    }
}
