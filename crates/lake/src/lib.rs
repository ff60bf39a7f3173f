//! Facts as Parquet: immutable revisions in folders that any tool can read.
//!
//! ```text
//! charges/source=NAME/period=2026-05/REVISION/charges-0000.parquet   one row a charge, FOCUS columns
//!                                            /keys.parquet           distinct combinations of the key columns
//!                                            /rollup.parquet         key × charge day × currency: four costs, charges
//! usage/source=NAME/period=2026-05/REVISION/usage.parquet            one row an hour, model, workload, …
//! decisions/source=NAME/period=2026-05/REVISION/decisions.parquet    one row a decision; decisions-0001.parquet … the rows of later calls
//! event_logs/source=NAME/period=2026-05/REVISION/events.parquet      one row an event of a business process
//! tier=archive/…                                                     a link: the same folders, in a cheaper place
//! staging/IMPORT/…, staging/IMPORT.lock                              what is being written, and by whom; never read
//! ```
//!
//! **Architecture invariant:** a file is never changed once its revision is published. The catalogue of revisions lives in
//! the database; a folder that it does not list is not part of the lake. What was written is read back and re-added before
//! it can be published.

mod append;
mod by_dictionary;
mod changes;
mod charge_rows;
mod checksum;
mod columns;
mod compact;
mod daily;
mod decision_rows;
mod disk;
mod encode;
mod error;
mod event_rows;
mod hot_tags;
mod key_table;
mod layout;
mod people;
mod policy;
mod read;
mod repeated;
mod reread;
mod rollup;
mod row_group;
mod row_hash;
mod rows;
mod shared;
mod staging;
mod tables;
mod totals;
mod usage_rows;
mod verification;
mod verify;
mod writer;

pub use append::{append_rows, decision_ids_in};
pub use changes::{Comparison, Side};
pub use charge_rows::{as_charges, read_charges};
pub use checksum::{sha256, sha256_of};
pub use compact::{Cut, compact_charges, copy_revision, cut_of};
pub use daily::{TAG_COLUMN, daily_schema, read_daily};
pub use decision_rows::{decision_batch, read_decisions};
pub use disk::{Disk, DiskFile, SystemDisk};
pub use encode::{ChargeEncoder, EncodedPart};
pub use error::LakeError;
pub use event_rows::{event_batch, read_events};
pub use key_table::KeyTable;
pub use layout::{Lake, Location};
pub use people::{Erased, Keep, LegalHold, PeopleFacts, Personal, Pseudonyms, Retention, Then, erase};
pub use policy::{Fate, LakePolicy, PolicyError, Replaced, decide};
pub use read::{RollupCell, read_keys, read_rollup};
pub use reread::{reread_charges, reread_files, reread_rows};
pub use row_hash::{RowsDigest, row_hashes};
pub use rows::{read_rows, write_rows, write_rows_on};
pub use shared::shared_charges;
pub use staging::{LeftBehind, Staging};
pub use tables::{TableForm, TableWriter, column_counts, column_fill, read_batches, sum_charges};
pub use totals::{CurrencyTotals, Totals};
pub use usage_rows::{read_usage, usage_batch};
pub use verification::{Candidates, Difference, Listed, Orphan, Verifying, listed_bytes, unlisted_folders, verify_revision};
pub use verify::resum_charges;
pub use writer::{ChargeWriter, ClaimedPeriod, WrittenFile, WrittenPeriod, describe_file};
