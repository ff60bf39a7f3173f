//! From a file's column names to the columns of the lake.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use crate::column::{Column, Kind};
use crate::finding::{self, Findings};
use crate::mapping::{self, Bound, Mapping, column_names};
use crate::nested::flat_schema;
use crate::{Dataset, Version};

/// Where the fields of a file go.
#[derive(Clone, Debug)]
pub struct Header {
    pub(crate) names: Vec<String>,
    pub(crate) targets: Vec<Target>,
    others: Vec<String>,
    schema: SchemaRef,
    dataset: Dataset,
    version: Version,
    mapping: Option<Arc<Bound>>,
}

/// What a file is taken for.
#[derive(Clone, Debug, Default)]
pub enum Format {
    /// What its columns tell: a mapping that comes with the program, or FOCUS.
    #[default]
    Auto,
    /// FOCUS cost and usage of any release.
    Focus,
    /// What a mapping reads.
    Mapped(Arc<Mapping>),
}

/// Where one field goes: a position in the facts' schema, and how it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub at: usize,
    pub kind: Kind,
}

/// Why a file cannot be a FOCUS dataset.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// A column without which no row can be placed in a month or summed.
    #[error(
        "column {0} is missing, so this is no FOCUS cost and usage file, and no other format known by its columns; its first columns are: {1}. Give the export's main file, name its format with --format, or write a mapping (`farthing formats` lists those there are)"
    )]
    NotFocus(&'static str, String),
    /// The same name twice.
    #[error("column {0} appears twice; which one holds the truth cannot be known. Remove one from the export")]
    Twice(String),
    /// A mapping finds none of the columns it needs.
    #[error(
        "the mapping {mapping} makes {column} of {}, and the file has none of these; its first columns are: {first}. Name another format with --format, or write a mapping",
        .wanted.join(", ")
    )]
    NotOfMapping {
        /// The mapping.
        mapping: String,
        /// The FOCUS column that would be empty.
        column: &'static str,
        /// The columns that it is made of.
        wanted: Vec<String>,
        /// What the file has.
        first: String,
    },
}

impl Header {
    /// Understands a file's column names.
    ///
    /// # Errors
    /// When a column is missing that places a charge, or one appears twice.
    pub fn read<S: AsRef<str>>(names: &[S]) -> Result<(Self, Findings), HeaderError> {
        let names: Vec<String> = names.iter().map(|n| n.as_ref().trim_start_matches('\u{feff}').trim().to_owned()).collect();
        let mut seen = BTreeSet::new();
        if let Some(twice) = names.iter().find(|name| !seen.insert(name.to_ascii_lowercase())) {
            return Err(HeaderError::Twice(twice.clone()));
        }
        let has = |wanted: &str| seen.contains(&wanted.to_ascii_lowercase());
        let dataset = Dataset::of(&has);
        if let Some(missing) = dataset.essential().iter().find(|name| !has(name)) {
            return Err(HeaderError::NotFocus(missing, first_of(&names)));
        }
        let mut findings = Findings::default();
        let version = newest(dataset, &has);
        note_missing(dataset, version, &has, &mut findings);
        let mut others = Vec::new();
        let mut targets = Vec::with_capacity(names.len());
        for name in &names {
            let target = dataset.column(name).map(|(at, column)| Target { at, kind: column.kind }).unwrap_or_else(|| {
                findings.add(finding::UNKNOWN_COLUMN, name, 0, b"");
                others.push(name.clone());
                Target { at: dataset.columns().len() + others.len() - 1, kind: Kind::Text }
            });
            targets.push(target);
        }
        let schema = dataset.schema(&others);
        Ok((Self { names, targets, others, schema, dataset, version, mapping: None }, findings))
    }

    /// Understands the columns of a file that is taken for `format`.
    ///
    /// # Errors
    /// When they are no such file's.
    pub fn of_schema(schema: &Schema, format: &Format) -> Result<(Self, Findings), HeaderError> {
        match format {
            Format::Focus => Self::read(&column_names(schema.fields())),
            Format::Mapped(mapping) => Self::mapped(&flat_schema(schema), mapping),
            Format::Auto => match mapping::recognise(&column_names(flat_schema(schema).fields())) {
                Some(mapping) => Self::mapped(&flat_schema(schema), &mapping),
                None => Self::read(&column_names(schema.fields())),
            },
        }
    }

    /// Understands the column names of a text file that is taken for `format`.
    ///
    /// # Errors
    /// When they are no such file's.
    pub fn of_names<S: AsRef<str>>(names: &[S], format: &Format) -> Result<(Self, Findings), HeaderError> {
        let fields: Vec<Field> = names.iter().map(|name| Field::new(name.as_ref(), DataType::Utf8, true)).collect();
        Self::of_schema(&Schema::new(fields), format)
    }

    fn mapped(schema: &Schema, mapping: &Mapping) -> Result<(Self, Findings), HeaderError> {
        let sources = column_names(schema.fields());
        let mut seen = BTreeSet::new();
        // Names that differ in their capitals alone are two tags.
        if let Some(twice) = sources.iter().find(|name| !seen.insert(**name)) {
            return Err(HeaderError::Twice((*twice).to_owned()));
        }
        // What mappings make is cost and usage.
        let dataset = Dataset::CostAndUsage;
        let bound = Bound::new(mapping, schema);
        if let Some((column, wanted)) = dataset.essential().iter().find_map(|name| Some((*name, bound.unfilled(name, mapping)?)))
        {
            return Err(HeaderError::NotOfMapping { mapping: mapping.name.clone(), column, wanted, first: first_of(&sources) });
        }
        let has = |wanted: &str| bound.names.iter().any(|name| name == wanted);
        let version = newest(dataset, &has);
        let mut findings = Findings::default();
        note_missing(dataset, version, &has, &mut findings);
        let mut others = Vec::new();
        let mut targets = Vec::with_capacity(bound.names.len());
        for name in &bound.names {
            targets.push(dataset.column(name).map(|(at, column)| Target { at, kind: column.kind }).unwrap_or_else(|| {
                others.push(name.clone());
                Target { at: dataset.columns().len() + others.len() - 1, kind: Kind::Text }
            }));
        }
        let (names, schema) = (bound.labels(), dataset.schema(&others));
        Ok((Self { names, targets, others, schema, dataset, version, mapping: Some(Arc::new(bound)) }, findings))
    }

    /// Every field as text under its own name: what a mapping reads of a text file.
    pub(crate) fn of_sources(bound: &Bound) -> Self {
        let names = bound.source_names().to_vec();
        let targets = (0..names.len()).map(|at| Target { at, kind: Kind::Text }).collect();
        let fields: Vec<Field> = names.iter().map(|name| Field::new(name, DataType::Utf8, true)).collect();
        let (dataset, version, schema) = (Dataset::CostAndUsage, Version::V1_0, Arc::new(Schema::new(fields)));
        Self { names, targets, others: Vec::new(), schema, dataset, version, mapping: None }
    }

    pub(crate) fn mapping(&self) -> Option<&Arc<Bound>> {
        self.mapping.as_ref()
    }

    /// What the file is taken for: `FOCUS 1.2`, or the title of its mapping.
    pub fn format(&self) -> String {
        match (&self.mapping, self.dataset) {
            (Some(bound), _) => bound.title.clone(),
            (None, Dataset::CostAndUsage) => format!("FOCUS {}", self.version),
            (None, dataset) => format!("FOCUS {} {}", self.version, dataset.title()),
        }
    }

    /// The dataset that the columns tell of.
    pub fn dataset(&self) -> Dataset {
        self.dataset
    }

    /// The release that the columns tell of.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Columns that FOCUS does not know, under their own names.
    pub fn others(&self) -> &[String] {
        &self.others
    }

    /// The schema of the rows that come out.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }
}

fn first_of<S: AsRef<str>>(names: &[S]) -> String {
    let first: Vec<&str> = names.iter().take(6).map(AsRef::as_ref).collect();
    first.join(", ").chars().take(200).collect()
}

/// Notes the columns that every release has and requires, and the file does not have.
fn note_missing(dataset: Dataset, version: Version, has: &dyn Fn(&str) -> bool, findings: &mut Findings) {
    let required = |column: &&Column| is_in_every_release(column) && column.required;
    for missing in dataset.release(version).into_iter().filter(required).filter(|column| !has(column.name)) {
        findings.add(finding::MISSING_COLUMN, missing.name, 0, b"");
    }
}

/// What a release renamed is missed by nobody who reads the other name.
fn is_in_every_release(column: &Column) -> bool {
    column.until.is_none() && !matches!(column.since, Version::V1_1 | Version::V1_2) && column.name != "ServiceProviderName"
}

fn newest(dataset: Dataset, has: &dyn Fn(&str) -> bool) -> Version {
    let any = |version| dataset.columns().iter().any(|column| column.since == version && has(column.name));
    let first = dataset.columns().iter().map(|column| column.since).min().unwrap_or(Version::V1_0);
    Version::ALL.into_iter().rev().find(|&version| any(version)).unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_money_is_no_bill() {
        let error = Header::read(&["TIMESTAMP", "ContextTokens"]).unwrap_err();
        assert!(error.to_string().starts_with("column BilledCost is missing"), "{error}");
    }

    #[test]
    fn others_keep_their_names() {
        let names = ["BilledCost", "BillingCurrency", "BillingPeriodStart", "x_Team", "\u{feff}InvoiceDetailId"];
        let (header, findings) = Header::read(&names).unwrap();
        assert_eq!(header.others(), ["x_Team"]);
        assert_eq!(header.version(), Version::V1_4);
        assert_eq!(findings.list().iter().filter(|f| f.rule == "unknown-column").count(), 1);
        assert!(matches!(Header::read(&["BilledCost", "billedcost"]), Err(HeaderError::Twice(_))));
    }
}
