//! What no honest delivery needs. `LIMITS.md` in this crate lists these beside the limits that are settings.

/// Files in one folder; a delivery of a month has at most some thousand.
pub const MOST_FILES: usize = 20_000;

/// Columns of a file; FOCUS has 65, and the widest export with a column a tag some thousand.
pub const MOST_COLUMNS: usize = 10_000;

/// How often text may be larger than its packed file. Bills pack to a tenth or a thirtieth; a bomb to a thousandth and less.
pub const MOST_UNPACKED: u64 = 250;

/// Text up to this size (64 MiB) may be packed to anything, since it does no harm.
pub const FREE_TEXT: u64 = 64 << 20;

/// The largest text (1 TiB) of one packed file, whatever the file's own size.
pub const LARGEST_TEXT: u64 = 1 << 40;

/// Rows that a Parquet file may hold for each of its bytes, beyond a first million. A row of a bill takes some ten bytes or more;
/// a column that is the same in all rows takes next to none.
pub const MOST_ROWS_A_BYTE: u64 = 10;

/// The largest text that a packed file of this size may hold.
pub(crate) fn largest_text(packed: u64) -> u64 {
    packed.saturating_mul(MOST_UNPACKED).clamp(FREE_TEXT, LARGEST_TEXT)
}

/// The most rows that a Parquet file of this size may hold.
pub(crate) fn most_rows(bytes: u64) -> u64 {
    bytes.saturating_mul(MOST_ROWS_A_BYTE).max(1_000_000)
}
