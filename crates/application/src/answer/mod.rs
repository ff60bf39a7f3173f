//! Answers in the forms that people and programs read, written row by row.

mod spreadsheet;
mod values;
mod writer;

pub use spreadsheet::spreadsheet_text;
pub use values::{column_values, is_number};
pub use writer::{AnswerFormat, AnswerWriter};
