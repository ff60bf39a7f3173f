//! Which charge of the earlier revision became which of the later one.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};

use camino::{Utf8Path, Utf8PathBuf};
use farthing_lake::Side;
use serde::Serialize;
use utoipa::ToSchema;

/// What became of a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// The same charge costs more.
    Up,
    /// The same charge costs less.
    Down,
    /// A charge that was not there.
    New,
    /// A charge that is not there any more.
    Gone,
    /// The same charge at the same costs, with other tags or other values that rules read.
    Retagged,
}

impl ChangeKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Up, Self::Down, Self::New, Self::Gone, Self::Retagged];

    /// The kind in one word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::New => "new",
            Self::Gone => "gone",
            Self::Retagged => "retagged",
        }
    }
}

/// A charge that is not the same in both revisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ChangedRow {
    /// The hash of the columns that say which charge it is.
    pub identity: u128,
    pub side: Side,
    /// The four costs in attos.
    pub costs: [i128; 4],
    /// The number of what rules read of it, with its day and currency.
    pub group: u32,
}

/// Counts and costs of changed rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ChangeSum {
    pub rows: u64,
    /// Sums of the rows themselves, in attos.
    pub costs: [i128; 4],
}

/// Sums by kind, side and group.
pub(super) type ChangeSums = HashMap<(ChangeKind, Side, u32), ChangeSum>;

/// Rows that are matched together: 128 bytes each.
const ROWS_OF_A_PART: u64 = 500_000;
/// More files than this are not held open; a part is then larger.
const MOST_PARTS: u64 = 256;
const RECORD: usize = 16 + 1 + 4 + 64;

/// Changed rows on disk, apart by identity, so that the rows of one charge lie in one part.
pub(super) struct ChangedRows {
    parts: Vec<(Utf8PathBuf, BufWriter<File>)>,
}

impl ChangedRows {
    /// For about so many rows.
    pub fn new(scratch: &Utf8Path, rows: u64) -> io::Result<Self> {
        let part = |at| {
            let path = scratch.join(format!("changed-{at:03}.rows"));
            Ok((path.clone(), BufWriter::with_capacity(1 << 16, File::create_new(&path)?)))
        };
        Ok(Self { parts: (0..rows.div_ceil(ROWS_OF_A_PART).clamp(1, MOST_PARTS)).map(part).collect::<io::Result<_>>()? })
    }

    pub fn push(&mut self, row: &ChangedRow) -> io::Result<()> {
        let mut record = [0; RECORD];
        record[..16].copy_from_slice(&row.identity.to_le_bytes());
        record[16] = u8::from(row.side == Side::After);
        record[17..21].copy_from_slice(&row.group.to_le_bytes());
        for (bytes, cost) in record[21..].chunks_exact_mut(16).zip(row.costs) {
            bytes.copy_from_slice(&cost.to_le_bytes());
        }
        let part = (row.identity >> 64) as usize % self.parts.len();
        self.parts[part].1.write_all(&record)
    }

    /// Matches the rows of both sides.
    pub fn matched(self) -> io::Result<ChangeSums> {
        let mut sums = ChangeSums::new();
        for (path, out) in self.parts {
            drop(out.into_inner()?);
            let file = File::open(&path)?;
            let count = file.metadata()?.len() as usize / RECORD;
            let mut reader = BufReader::with_capacity(1 << 18, file);
            let mut rows = (0..count).map(|_| read(&mut reader)).collect::<io::Result<Vec<_>>>()?;
            std::fs::remove_file(&path)?;
            rows.sort_unstable();
            rows.chunk_by(|a, b| a.identity == b.identity).try_for_each(|same| match_charge(same, &mut sums))?;
        }
        Ok(sums)
    }
}

fn read(reader: &mut impl Read) -> io::Result<ChangedRow> {
    let mut record = [0; RECORD];
    reader.read_exact(&mut record)?;
    let number = |at: usize| i128::from_le_bytes(std::array::from_fn(|byte| record[at + byte]));
    Ok(ChangedRow {
        identity: number(0) as u128,
        side: if record[16] == 1 { Side::After } else { Side::Before },
        group: u32::from_le_bytes(std::array::from_fn(|byte| record[17 + byte])),
        costs: std::array::from_fn(|cost| number(21 + 16 * cost)),
    })
}

/// Matches the rows of one charge, which are in the order of side and costs: first those at the same costs of the same group,
/// then those at the same costs, then the cheapest with the cheapest.
fn match_charge(rows: &[ChangedRow], sums: &mut ChangeSums) -> io::Result<()> {
    let at = rows.partition_point(|row| row.side == Side::Before);
    let (before, after) = rows.split_at(at);
    let mut found: Vec<(ChangeKind, ChangedRow)> = Vec::with_capacity(rows.len());
    let (before, after) = set_off(before, after, |row| (row.costs, row.group), &mut found);
    let (before, after) = set_off(&before, &after, |row| (row.costs, 0), &mut found);
    let pairs = before.len().min(after.len());
    for (old, new) in before.iter().zip(&after) {
        // The first of the four costs that changed decides; they are never all the same here.
        let kind = if new.costs > old.costs { ChangeKind::Up } else { ChangeKind::Down };
        found.extend([(kind, *old), (kind, *new)]);
    }
    found.extend(before[pairs..].iter().map(|old| (ChangeKind::Gone, *old)));
    found.extend(after[pairs..].iter().map(|new| (ChangeKind::New, *new)));
    for (kind, row) in found {
        let sum = sums.entry((kind, row.side, row.group)).or_default();
        sum.rows += 1;
        for (sum, cost) in sum.costs.iter_mut().zip(row.costs) {
            *sum = sum.checked_add(cost).ok_or_else(|| io::Error::other("a sum of changed costs does not fit 128 bits"))?;
        }
    }
    Ok(())
}

/// Takes away, from two lists in the order of `key`, pairs that have the same, as retagged; gives what is left.
fn set_off<K: Ord>(
    before: &[ChangedRow],
    after: &[ChangedRow],
    key: impl Fn(&ChangedRow) -> K,
    found: &mut Vec<(ChangeKind, ChangedRow)>,
) -> (Vec<ChangedRow>, Vec<ChangedRow>) {
    let (mut old_left, mut new_left) = (Vec::new(), Vec::new());
    let (mut old, mut new) = (before.iter().peekable(), after.iter().peekable());
    while let (Some(a), Some(b)) = (old.peek(), new.peek()) {
        match key(a).cmp(&key(b)) {
            Ordering::Less => old_left.extend(old.next().copied()),
            Ordering::Greater => new_left.extend(new.next().copied()),
            Ordering::Equal => {
                found.extend([(ChangeKind::Retagged, **a), (ChangeKind::Retagged, **b)]);
                old.next();
                new.next();
            }
        }
    }
    old_left.extend(old.copied());
    new_left.extend(new.copied());
    (old_left, new_left)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(side: Side, cost: i128, group: u32) -> ChangedRow {
        ChangedRow { identity: 7, side, costs: [cost; 4], group }
    }

    fn kinds(mut rows: Vec<ChangedRow>) -> Vec<(ChangeKind, Side, u32, u64, i128)> {
        rows.sort_unstable();
        let mut sums = ChangeSums::new();
        match_charge(&rows, &mut sums).unwrap();
        let sign = |side| if side == Side::After { 1 } else { -1 };
        let change: i128 = sums.iter().map(|((_, side, _), sum)| sign(*side) * sum.costs[0]).sum();
        assert_eq!(change, rows.iter().map(|row| sign(row.side) * row.costs[0]).sum::<i128>(), "the sums are the difference");
        let mut kinds: Vec<_> =
            sums.into_iter().map(|((kind, side, group), sum)| (kind, side, group, sum.rows, sum.costs[0])).collect();
        kinds.sort_unstable();
        kinds
    }

    #[test]
    fn each_change_has_its_kind() {
        use ChangeKind::{Down, Gone, New, Retagged, Up};
        use Side::{After, Before};
        assert_eq!(kinds(vec![row(Before, 5, 0), row(After, 6, 0)]), [(Up, Before, 0, 1, 5), (Up, After, 0, 1, 6)]);
        assert_eq!(kinds(vec![row(Before, 5, 0), row(After, -6, 1)]), [(Down, Before, 0, 1, 5), (Down, After, 1, 1, -6)]);
        assert_eq!(kinds(vec![row(After, 6, 0)]), [(New, After, 0, 1, 6)]);
        assert_eq!(kinds(vec![row(Before, 6, 0)]), [(Gone, Before, 0, 1, 6)]);
        let other_tags = [(Retagged, Before, 0, 1, 5), (Retagged, After, 1, 1, 5)];
        assert_eq!(kinds(vec![row(Before, 5, 0), row(After, 5, 1)]), other_tags);
        // Repetitions are matched one by one, the same owner first.
        let rows = vec![row(Before, 5, 0), row(Before, 5, 0), row(After, 5, 0), row(After, 5, 1), row(After, 9, 0)];
        let expected =
            [(New, After, 0, 1, 9), (Retagged, Before, 0, 2, 10), (Retagged, After, 0, 1, 5), (Retagged, After, 1, 1, 5)];
        assert_eq!(kinds(rows), expected);
    }

    #[test]
    fn rows_come_back_from_disk_as_they_went() {
        let folder = tempfile::tempdir().unwrap();
        let scratch = Utf8Path::from_path(folder.path()).unwrap();
        let mut rows = ChangedRows::new(scratch, 2_000_000).unwrap();
        let row = ChangedRow { identity: u128::MAX - 3, side: Side::After, costs: [-1, i128::MAX, 0, i128::MIN], group: 9 };
        rows.push(&row).unwrap();
        let sums = rows.matched().unwrap();
        assert_eq!(sums, HashMap::from([((ChangeKind::New, Side::After, 9), ChangeSum { rows: 1, costs: row.costs })]));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
