//! Changes of a source's columns from one delivery to the next. What was delivered before stands in the files of the revisions;
//! nothing of a new column is dropped: it is kept under its name.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use camino::Utf8PathBuf;
use farthing_focus::{Dataset as FocusDataset, Fill, Finding, Severity};
use farthing_lake::{LakeError, column_fill, read_batches};
use farthing_store::Dataset;
use farthing_types::BillingPeriod;

use crate::home::blocking;
use crate::publishing::{Running, StagedPeriod};
use crate::{Error, Farthing};

/// How many values of a column are compared to tell that it has another name.
const MOST_VALUES: usize = 1_000;

impl Farthing {
    /// What is different in the columns of an import's newest period, beside the delivery before it.
    pub(crate) async fn changed_columns(&self, running: &Running, staged: &[StagedPeriod]) -> Result<Vec<Finding>, Error> {
        let Some(newest) = staged.iter().max_by_key(|period| period.period) else { return Ok(Vec::new()) };
        let revisions = self.revisions(Dataset::Charges, None).await?;
        let mine = revisions.iter().filter(|revision| revision.source == running.source);
        // The same period as it was, or else the nearest one.
        let distance = |period: BillingPeriod| (period.start() - newest.period.start()).num_days().abs();
        let Some(before) = mine.min_by_key(|revision| distance(revision.period)) else { return Ok(Vec::new()) };
        let before = self.fact_files(before);
        let facts = newest.files.iter().filter(|file| file.rows > 0);
        let after: Vec<Utf8PathBuf> = facts.map(|file| newest.folder.join(&file.name)).collect();
        blocking(move || Ok(SeenColumns::read(&after)?.changes_since(&SeenColumns::read(&before)?))).await
    }
}

/// The columns that the facts of a revision fill.
pub(crate) struct SeenColumns {
    columns: BTreeMap<String, Seen>,
}

struct Seen {
    kind: &'static str,
    values: BTreeSet<String>,
}

impl SeenColumns {
    /// Reads what the files say of themselves, and some rows of the first.
    pub fn read(files: &[Utf8PathBuf]) -> Result<Self, Error> {
        let filled = column_fill(files)?;
        let mut columns = BTreeMap::new();
        for (name, _) in filled.into_iter().filter(|(_, fill)| *fill != Fill::Empty) {
            columns.insert(name, Seen { kind: "", values: BTreeSet::new() });
        }
        for file in files {
            let Some(batch) = read_batches(file)?.next() else { continue };
            let batch: RecordBatch = batch.map_err(LakeError::from)?;
            for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
                if let Some(seen) = columns.get_mut(field.name()) {
                    seen.look_at(array)?;
                }
            }
        }
        Ok(Self { columns })
    }

    /// What is different from the delivery before, which held `before`.
    pub fn changes_since(&self, before: &Self) -> Vec<Finding> {
        let gone: Vec<&String> = before.columns.keys().filter(|name| !self.columns.contains_key(*name)).collect();
        let mut found = Vec::new();
        for (name, seen) in &self.columns {
            let Some(earlier) = before.columns.get(name) else {
                found.push(match gone.iter().find(|earlier| before.columns[**earlier].is_the_same_as(seen)) {
                    Some(earlier) => {
                        let message = format!("it holds the values of {earlier}, which is gone: probably renamed. {RENAMED}");
                        finding("column-renamed", Severity::Warning, name, message)
                    }
                    None => finding("column-new", Severity::Note, name, NEW.to_owned()),
                });
                continue;
            };
            // What a FOCUS column must hold the decoder has told already.
            let is_focus = FocusDataset::CostAndUsage.column(name).is_some();
            if !is_focus && earlier.kind != seen.kind && !earlier.kind.is_empty() && !seen.kind.is_empty() {
                let message = format!("it held values of kind {} and now holds {}. {RETYPED}", earlier.kind, seen.kind);
                found.push(finding("column-retyped", Severity::Warning, name, message));
            }
        }
        let missing = gone.iter().map(|name| finding("column-missing", Severity::Warning, name, MISSING.to_owned()));
        found.extend(missing);
        found
    }
}

const NEW: &str = "the delivery before had no values in this column; it is kept, and rules can read it";
const MISSING: &str = "the delivery before had values in this column and this one has none. Rules that read it find nothing: ask the provider, or change them";
const RENAMED: &str = "Rules that read the old name find nothing";
const RETYPED: &str = "The values are kept as they are";

fn finding(rule: &str, severity: Severity, column: &str, message: String) -> Finding {
    let (rule, column) = (rule.to_owned(), column.to_owned());
    Finding { rule, severity, column, count: 0, rows: Vec::new(), value: String::new(), message }
}

impl Seen {
    fn look_at(&mut self, array: &ArrayRef) -> Result<(), Error> {
        self.kind = match array.data_type() {
            DataType::Decimal128(..) => "decimal",
            DataType::Timestamp(..) => "moment",
            _ => {
                let texts = cast(array, &DataType::Utf8).map_err(LakeError::from)?;
                let texts = texts.as_string::<i32>();
                for value in texts.iter().flatten().take(MOST_VALUES) {
                    self.values.insert(value.to_owned());
                }
                kind_of(&self.values)
            }
        };
        if array.null_count() == array.len() {
            self.kind = "";
        }
        Ok(())
    }

    /// Half of the values of either are values of the other, and there is more than one.
    fn is_the_same_as(&self, other: &Self) -> bool {
        let common = self.values.intersection(&other.values).count();
        common > 1 && common * 2 >= self.values.len() && common * 2 >= other.values.len()
    }
}

/// What texts hold.
fn kind_of(values: &BTreeSet<String>) -> &'static str {
    let all = |is: fn(&str) -> bool| !values.is_empty() && values.iter().all(|value| is(value));
    if all(|value| matches!(value, "true" | "false" | "True" | "False")) {
        "truth"
    } else if all(|value| value.parse::<farthing_types::Amount>().is_ok()) {
        "number"
    } else if all(|value| value.trim_start().starts_with('{')) {
        "object"
    } else {
        "text"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(columns: &[(&str, &[&str])]) -> SeenColumns {
        let column = |(name, values): &(&str, &[&str])| {
            let values: BTreeSet<String> = values.iter().map(|value| (*value).to_owned()).collect();
            ((*name).to_owned(), Seen { kind: kind_of(&values), values })
        };
        SeenColumns { columns: columns.iter().map(column).collect() }
    }

    #[test]
    fn new_renamed_missing_and_retyped_columns_are_told_apart() {
        let before = seen(&[("Team", &["a", "b", "c"]), ("x_Batch", &["1", "2"]), ("x_Old", &["q"]), ("Same", &["k"])]);
        let after = seen(&[("x_team", &["a", "b", "d"]), ("x_Batch", &["one", "2"]), ("x_New", &["n"]), ("Same", &["other"])]);
        let found = after.changes_since(&before);
        let told: Vec<(&str, &str)> = found.iter().map(|f| (f.rule.as_str(), f.column.as_str())).collect();
        let expected = [
            ("column-retyped", "x_Batch"),
            ("column-new", "x_New"),
            ("column-renamed", "x_team"),
            ("column-missing", "Team"),
            ("column-missing", "x_Old"),
        ];
        assert_eq!(told, expected);
        assert!(after.changes_since(&after).is_empty());
    }
}
