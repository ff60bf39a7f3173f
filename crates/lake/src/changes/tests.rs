use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Decimal128Array, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;

use super::*;
use crate::write_rows;

const IDENTITY: [&str; 2] = ["ResourceId", "SkuMeter"];

/// Resource, meter, cost in attos, tags, invoice.
type Row<'a> = (&'a str, &'a str, i128, &'a str, &'a str);

struct Lake {
    folder: tempfile::TempDir,
}

impl Lake {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> Utf8PathBuf {
        Utf8PathBuf::from_path_buf(self.folder.path().join(name)).unwrap()
    }

    fn file(&self, name: &str, rows: &[Row<'_>]) -> Utf8PathBuf {
        let text = |value: fn(&Row<'_>) -> String| -> ArrayRef {
            let values = rows.iter().map(value).map(|text| (!text.is_empty()).then_some(text));
            Arc::new(values.collect::<StringArray>())
        };
        let costs: Decimal128Array = rows.iter().map(|row| Some(row.2)).collect();
        let costs: ArrayRef = Arc::new(costs.with_precision_and_scale(38, 18).unwrap());
        let columns = [
            ("BilledCost", costs),
            ("ResourceId", text(|row| row.0.to_owned())),
            ("SkuMeter", text(|row| row.1.to_owned())),
            ("Tags", text(|row| row.3.to_owned())),
            ("InvoiceId", text(|row| row.4.to_owned())),
        ];
        let columns = columns.into_iter().map(|(name, array)| (name, array, true));
        let path = self.path(name);
        write_rows(&path, &RecordBatch::try_from_iter_with_nullable(columns).unwrap()).unwrap();
        path
    }

    fn compare(&self, before: &[Utf8PathBuf], after: &[Utf8PathBuf]) -> Comparison {
        let scratch = self.path("scratch");
        std::fs::create_dir_all(&scratch).unwrap();
        Comparison::of(before, after, &IDENTITY, &["Tags".to_owned()], &scratch).unwrap()
    }
}

fn visited(comparison: &Comparison) -> Vec<(Side, String, i128, u128)> {
    let mut visited = Vec::new();
    let visit = |side, rows: &RecordBatch, identities: &[u128]| {
        let resources = cast(rows.column_by_name("ResourceId").unwrap(), &DataType::Utf8).unwrap();
        let costs = rows.column_by_name("BilledCost").unwrap();
        let costs = costs.as_primitive::<arrow::datatypes::Decimal128Type>();
        for (row, identity) in identities.iter().enumerate() {
            visited.push((side, resources.as_string::<i32>().value(row).to_owned(), costs.value(row), *identity));
        }
        Ok::<_, LakeError>(())
    };
    comparison.visit(&["BilledCost"], visit).unwrap();
    visited
}

#[test]
fn only_what_changed_is_visited_and_a_charge_keeps_its_identity() {
    let lake = Lake::new();
    let same = ("r1", "m", 10, "{}", "");
    let before = lake.file("before", &[same, ("r2", "m", 20, "{}", ""), ("r3", "m", 30, "{}", ""), same]);
    // Two files, another order, one more repetition.
    let first = lake.file("after-1", &[("r3", "m", 30, "{}", "I-1"), same, same]);
    let second = lake.file("after-2", &[same, ("r2", "m", 21, "{}", "")]);
    let comparison = lake.compare(&[before], &[first, second]);
    assert_eq!((comparison.unchanged, comparison.details, comparison.changed()), (2, 1, 3));
    assert_eq!(comparison.identity(), ["ResourceId", "SkuMeter"]);
    let rows = visited(&comparison);
    let shown: Vec<(Side, &str, i128)> = rows.iter().map(|(side, resource, cost, _)| (*side, resource.as_str(), *cost)).collect();
    assert_eq!(shown, [(Side::Before, "r2", 20), (Side::After, "r1", 10), (Side::After, "r2", 21)]);
    assert_eq!(rows[0].3, rows[2].3, "the same charge");
    assert_ne!(rows[0].3, rows[1].3);
}

#[test]
fn a_column_that_one_side_does_not_fill_makes_no_other_charge() {
    let lake = Lake::new();
    let before = lake.file("before", &[("r1", "", 10, "{}", ""), ("r2", "", 20, "{}", "")]);
    let after = lake.file("after", &[("r1", "meter", 10, "{}", ""), ("r2", "meter", 20, "{\"team\":\"a\"}", "")]);
    let comparison = lake.compare(&[before], &[after]);
    assert_eq!(comparison.identity(), ["ResourceId"]);
    assert_eq!((comparison.unchanged, comparison.details, comparison.changed()), (0, 1, 2));
    let rows = visited(&comparison);
    assert_eq!((rows.len(), rows[0].3), (2, rows[1].3));
}

#[test]
fn a_revision_beside_itself_and_beside_nothing() {
    let lake = Lake::new();
    let rows: Vec<(String, i128)> = (0..5_000).map(|at| (format!("r{}", at % 700), i128::from(at) * 7)).collect();
    let rows: Vec<Row<'_>> = rows.iter().map(|(resource, cost)| (resource.as_str(), "m", *cost, "{}", "I-1")).collect();
    let file = lake.file("before", &rows);
    let itself = lake.compare(std::slice::from_ref(&file), std::slice::from_ref(&file));
    assert_eq!((itself.unchanged, itself.details, itself.changed()), (5_000, 0, 0));
    assert!(visited(&itself).is_empty());
    let nothing = lake.file("nothing", &[]);
    let gone = lake.compare(std::slice::from_ref(&file), &[nothing]);
    assert_eq!((gone.unchanged, gone.changed(), visited(&gone).len()), (0, 5_000, 5_000));
}
