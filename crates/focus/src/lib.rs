//! The FinOps Open Cost and Usage Specification (FOCUS): its columns by version, their Arrow schema, and the decoding of a
//! provider's file into that schema.
//!
//! **Architecture invariant:** pure. Decoders take bytes or Arrow batches that someone else has read, and return rows *and*
//! findings: one bad row never loses a file, and no finding is silent.

mod cell;
mod charges;
mod column;
mod conformance;
mod csv_rows;
mod dataset;
mod finding;
mod from_arrow;
mod header;
pub mod invoice_grain;
mod json_rows;
mod key;
mod mapping;
mod nested;
mod projection;
pub mod quality;
mod version;

pub use charges::{Charges, money_columns};
pub use column::{Column, Kind, canonical_schema, column, columns, facts_schema};
pub use conformance::{Conformity, is_conformance_rule};
pub use csv_rows::{CsvDecoder, record_boundary};
pub use dataset::{Dataset, is_text_column};
pub use finding::{Finding, Findings, Severity};
pub use from_arrow::ArrowDecoder;
pub use header::{Format, Header, HeaderError};
pub use json_rows::{JsonDecoder, json_names};
pub use key::{KEY_COLUMNS, is_key_column};
pub use mapping::{Mapping, MappingError, MappingProblem, known_mapping, known_mappings, mapping_schema};
pub use projection::{Fill, Gap, Known, Projection};
pub use version::Version;
