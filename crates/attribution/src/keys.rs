//! Distinct attribution keys, with their values interned by column.

use std::sync::Arc;

use hashbrown::HashMap;

/// No value: a null column or a missing tag.
pub const ABSENT: u32 = u32::MAX;

/// The distinct combinations of what rules read: one row a key, one column a field of [`fields_read`](crate::RuleSet::fields_read).
///
/// Charges refer to keys by their position. Values are interned by column, so that rules compare integers.
#[derive(Clone, Debug, Default)]
pub struct KeyTable {
    columns: Vec<Column>,
    /// Row-major: the value ids of key `k` stand at `k × columns` onwards.
    cells: Vec<u32>,
    keys: u32,
}

#[derive(Clone, Debug, Default)]
struct Column {
    field: String,
    values: Vec<Arc<str>>,
    ids: HashMap<Arc<str>, u32>,
}

impl KeyTable {
    /// An empty table with these columns: FOCUS column names and `tag:NAME`.
    pub fn new<T: Into<String>>(fields: impl IntoIterator<Item = T>) -> Self {
        let columns = fields.into_iter().map(|field| Column { field: field.into(), ..Column::default() }).collect();
        Self { columns, cells: Vec::new(), keys: 0 }
    }

    /// Adds a key and returns its position. `values` has one value a column, in the order of [`fields`](Self::fields); what is
    /// missing at the end is absent, what is too much is left out.
    pub fn push<'a>(&mut self, values: impl IntoIterator<Item = Option<&'a str>>) -> u32 {
        let mut values = values.into_iter();
        for column in &mut self.columns {
            let id = values.next().flatten().map_or(ABSENT, |value| column.intern(value));
            self.cells.push(id);
        }
        self.keys += 1;
        self.keys - 1
    }

    /// Interns a value of a column without adding a key: for callers whose values are in dictionaries already.
    ///
    /// Returns `None` where there is no such column.
    pub fn intern(&mut self, column: usize, value: &str) -> Option<u32> {
        self.columns.get_mut(column).map(|column| column.intern(value))
    }

    /// Adds a key from ids that [`intern`](Self::intern) gave, or [`ABSENT`], one a column; `None` where one is neither.
    pub fn push_ids(&mut self, ids: &[u32]) -> Option<u32> {
        let fits = |(column, &id): (&Column, &u32)| id == ABSENT || (id as usize) < column.values.len();
        if ids.len() != self.columns.len() || !self.columns.iter().zip(ids).all(fits) {
            return None;
        }
        self.cells.extend_from_slice(ids);
        self.keys += 1;
        Some(self.keys - 1)
    }

    /// The columns' names.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = &str> {
        self.columns.iter().map(|column| column.field.as_str())
    }

    /// The position of a column.
    pub fn column(&self, field: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.field == field)
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.keys as usize
    }

    /// True without keys.
    pub fn is_empty(&self) -> bool {
        self.keys == 0
    }

    /// The value of a key in a column; `None` where it is absent or there is no such key or column.
    pub fn value(&self, key: u32, column: usize) -> Option<&str> {
        let id = *self.row(key)?.get(column)?;
        self.columns[column].values.get(id as usize).map(|value| &**value)
    }

    /// The same, to be kept.
    pub(crate) fn shared_value(&self, key: u32, column: usize) -> Option<Arc<str>> {
        let id = *self.row(key)?.get(column)?;
        self.columns[column].values.get(id as usize).cloned()
    }

    /// The same keys with more columns; each has a value, or none, for every key.
    pub(crate) fn with_columns(&self, more: Vec<(String, Vec<Option<Arc<str>>>)>) -> Self {
        let mut columns = self.columns.clone();
        let mut ids: Vec<Vec<u32>> = Vec::with_capacity(more.len());
        for (field, values) in more {
            let mut column = Column { field, ..Column::default() };
            ids.push(values.iter().map(|value| value.as_deref().map_or(ABSENT, |value| column.intern(value))).collect());
            columns.push(column);
        }
        let mut cells = Vec::with_capacity(self.len() * columns.len());
        for key in 0..self.keys {
            cells.extend_from_slice(self.row(key).unwrap_or_default());
            cells.extend(ids.iter().map(|ids| ids[key as usize]));
        }
        Self { columns, cells, keys: self.keys }
    }

    pub(crate) fn row(&self, key: u32) -> Option<&[u32]> {
        let width = self.columns.len();
        if key >= self.keys {
            return None;
        }
        let start = key as usize * width;
        self.cells.get(start..start + width)
    }

    pub(crate) fn values(&self, column: usize) -> &[Arc<str>] {
        &self.columns[column].values
    }

    pub(crate) fn id(&self, column: usize, value: &str) -> Option<u32> {
        self.columns[column].ids.get(value).copied()
    }
}

impl Column {
    fn intern(&mut self, value: &str) -> u32 {
        if let Some(&id) = self.ids.get(value) {
            return id;
        }
        // Ids stay below ABSENT because each of them takes memory of its own.
        let id = u32::try_from(self.values.len()).unwrap_or(ABSENT);
        let value: Arc<str> = value.into();
        self.values.push(value.clone());
        self.ids.insert(value, id);
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back() {
        let mut keys = KeyTable::new(["A", "tag:b"]);
        assert_eq!(keys.push([Some("x"), None]), 0);
        assert_eq!(keys.push([Some("x"), Some("y")]), 1);
        assert_eq!(keys.push([None]), 2);
        assert_eq!((keys.value(0, 0), keys.value(0, 1), keys.value(1, 1)), (Some("x"), None, Some("y")));
        assert_eq!((keys.value(2, 0), keys.value(3, 0), keys.value(0, 9)), (None, None, None));
        let x = keys.intern(0, "x").unwrap();
        assert_eq!(keys.push_ids(&[x, ABSENT]), Some(3));
        assert_eq!(keys.value(3, 0), Some("x"));
        assert_eq!(keys.push_ids(&[x, 7]), None);
    }
}
