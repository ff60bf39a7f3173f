//! The hashes of a row over two sets of columns.

/// The hashes of some rows over two sets of columns.
pub(super) struct RowSums {
    pub matters: Vec<u128>,
    pub others: Vec<u128>,
}

impl RowSums {
    pub fn new(rows: usize) -> Self {
        Self { matters: vec![0; rows], others: vec![0; rows] }
    }

    pub fn iter(&self) -> impl Iterator<Item = (u128, u128)> {
        self.matters.iter().copied().zip(self.others.iter().copied())
    }
}
