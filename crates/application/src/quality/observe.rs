//! What roll-ups and footers of a revision's files show.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use camino::{Utf8Path, Utf8PathBuf};
use chrono::NaiveDate;
use farthing_focus::quality::{ColumnFill, TaggedMoney};
use farthing_lake::{KeyTable, column_counts, read_keys, read_rollup};
use farthing_types::{Amount, Cost, Currency};

use crate::Error;
use crate::charges::tag_text;

/// What is wanted of a revision.
pub(super) struct Wanted {
    pub folder: Utf8PathBuf,
    pub facts: Vec<Utf8PathBuf>,
    /// Columns whose values are counted.
    pub columns: Vec<String>,
    /// Tags of which usage should have one; any of them where there are none.
    pub tags: Vec<String>,
}

/// What was seen.
pub(super) struct Seen {
    pub days: BTreeSet<NaiveDate>,
    pub columns: Vec<ColumnFill>,
    pub tagged: Vec<TaggedMoney>,
}

/// The days on which charges begin.
pub(super) fn days_of(folder: &Utf8Path) -> Result<BTreeSet<NaiveDate>, Error> {
    Ok(read_rollup(folder)?.iter().map(|cell| cell.day).collect())
}

impl Wanted {
    pub fn look(&self) -> Result<Seen, Error> {
        let keys = read_keys(&self.folder)?;
        let is_usage = self.usage(&keys);
        let has_tag = self.tagged(&keys);
        let mut days = BTreeSet::new();
        let mut money: BTreeMap<Currency, (Amount, Amount)> = BTreeMap::new();
        for cell in read_rollup(&self.folder)? {
            days.insert(cell.day);
            let key = cell.key as usize;
            if !is_usage.get(key).copied().unwrap_or_default() {
                continue;
            }
            let cost = cell.costs[Cost::Effective].abs();
            let (tagged, whole) = money.entry(cell.currency).or_default();
            *whole = added(*whole, cost)?;
            if has_tag.get(key).copied().unwrap_or_default() {
                *tagged = added(*tagged, cost)?;
            }
        }
        let counts = column_counts(&self.facts, &self.columns)?;
        let columns = self.columns.iter().map(|column| {
            let (filled, rows) = counts.get(column).copied().unwrap_or_default();
            ColumnFill { column: column.clone(), filled, rows }
        });
        let tagged = money.into_iter().map(|(currency, (tagged, whole))| TaggedMoney { currency, tagged, whole });
        Ok(Seen { days, columns: columns.collect(), tagged: tagged.collect() })
    }

    /// For each key whether it is of usage: taxes, credits and purchases carry no tags.
    fn usage(&self, keys: &KeyTable) -> Vec<bool> {
        let at = keys.position("ChargeCategory");
        let of_row = |row: &Vec<Option<std::sync::Arc<str>>>| at.and_then(|at| row[at].as_deref()) == Some("Usage");
        keys.rows.iter().map(of_row).collect()
    }

    /// For each key whether it has one of the tags.
    fn tagged(&self, keys: &KeyTable) -> Vec<bool> {
        let Some(at) = keys.position("Tags") else { return vec![false; keys.rows.len()] };
        let mut known: HashMap<&str, bool> = HashMap::new();
        let rows = keys.rows.iter().map(|row| row[at].as_deref());
        rows.map(|tags| tags.is_some_and(|tags| *known.entry(tags).or_insert_with(|| self.carries(tags)))).collect()
    }

    fn carries(&self, tags: &str) -> bool {
        let tags: serde_json::Map<String, serde_json::Value> = serde_json::from_str(tags).unwrap_or_default();
        let has_value = |value: &serde_json::Value| tag_text(value).is_some();
        match self.tags.as_slice() {
            [] => tags.values().any(has_value),
            wanted => wanted.iter().any(|tag| tags.get(tag).is_some_and(has_value)),
        }
    }
}

fn added(sum: Amount, amount: Amount) -> Result<Amount, Error> {
    sum.checked_add(amount).ok_or_else(|| Error::Invalid("a sum of costs does not fit ±1e20".to_owned()))
}
