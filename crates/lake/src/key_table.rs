use std::sync::Arc;

/// Distinct combinations of column values, and the charges' money by key: what rules are evaluated on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyTable {
    /// The columns' names.
    pub columns: Vec<String>,
    /// The values, row by row in the order of `columns`.
    pub rows: Vec<Vec<Option<Arc<str>>>>,
}

impl KeyTable {
    /// The position of a column.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }
}
