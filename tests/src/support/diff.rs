use std::collections::BTreeMap;

use serde_json::Value;

use super::{Exact, figure, list, text};

const COSTS: [&str; 4] = ["billed", "effective", "contracted", "list"];

/// What `farthing revisions diff` says.
pub struct Diff(pub Value);

/// Kind → rows before, rows after, billed change.
pub type Kinds = BTreeMap<String, (u64, u64, String)>;

/// Kinds as a test writes them.
pub fn kinds(entries: &[(&str, u64, u64, &str)]) -> Kinds {
    entries.iter().map(|(kind, before, after, change)| ((*kind).to_owned(), (*before, *after, (*change).to_owned()))).collect()
}

fn count(value: &Value, name: &str) -> u64 {
    value[name].as_u64().unwrap_or_else(|| panic!("{name} is no count in {value:#}"))
}

fn kinds_of(value: &Value) -> Kinds {
    let kind = |line: &Value| {
        let figures = (count(line, "rows_before"), count(line, "rows_after"), text(&line["change"], "billed").to_owned());
        (text(line, "kind").to_owned(), figures)
    };
    list(value, "kinds").iter().map(kind).collect()
}

impl Diff {
    /// All changes by kind; of one currency.
    pub fn kinds(&self) -> Kinds {
        kinds_of(&self.0)
    }

    /// The changes of a unit, or of a reason why no unit has them.
    pub fn of_unit(&self, name: &str) -> Kinds {
        self.part("units", |line| line["unit"] == name || line["reason"] == name)
    }

    /// The changes of a service.
    pub fn of_service(&self, name: &str) -> Kinds {
        self.part("services", |line| line["service"] == name)
    }

    fn part(&self, which: &str, is: impl Fn(&Value) -> bool) -> Kinds {
        list(&self.0, which).iter().find(|line| is(line)).map(kinds_of).unwrap_or_default()
    }

    /// How many rows of a kind.
    pub fn rows(&self, kind: &str) -> u64 {
        count(&self.0["rows"], kind)
    }

    /// Adds everything up again: what the report says of itself is not believed.
    #[track_caller]
    pub fn adds_up(&self) {
        let diff = &self.0;
        assert_eq!((&diff["proven"], list(diff, "problems").len()), (&Value::Bool(true), 0), "{diff:#}");
        for total in list(diff, "totals") {
            let currency = &total["currency"];
            let change = |value: &Value, cost: &str| figure(&value["change"], cost);
            let sum = |lines: &[Value], cost: &str| -> Exact {
                lines.iter().filter(|line| line["currency"] == *currency).map(|line| change(line, cost)).sum()
            };
            for cost in COSTS {
                assert_eq!(figure(&total["before"], cost) + change(total, cost), figure(&total["after"], cost), "{total:#}");
                for lines in ["kinds", "units", "services"] {
                    assert_eq!(sum(list(diff, lines), cost), change(total, cost), "{lines}, {cost}: {diff:#}");
                }
                for part in list(diff, "units").iter().chain(list(diff, "services")).filter(|part| part["currency"] == *currency)
                {
                    let kinds = sum(list(part, "kinds"), cost) + figure(&part["shared"], cost);
                    assert_eq!(kinds, change(part, cost), "{cost}: {part:#}");
                    assert_eq!(figure(&part["before"], cost) + change(part, cost), figure(&part["after"], cost), "{part:#}");
                }
            }
        }
        for side in ["before", "after"] {
            let changed: u64 = list(diff, "kinds").iter().map(|kind| count(kind, &format!("rows_{side}"))).sum();
            assert_eq!(self.rows("unchanged") + self.rows("details") + changed, count(&diff[side], "rows"), "{diff:#}");
        }
        let moved: Exact =
            diff["rules"]["units"].as_array().into_iter().flatten().map(|unit| figure(&unit["change"], "billed")).sum();
        assert_eq!(moved, Exact::default(), "rules move money and make none: {diff:#}");
    }
}
