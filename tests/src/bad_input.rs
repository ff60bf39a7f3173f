//! Bad input: a clear error or finding with file, row, column and next step. The good rows and the earlier state stay.

mod files;
mod requests;
mod rules;
