//! From a file's column names to the columns of the lake.

use std::collections::BTreeSet;

use crate::column::{Kind, column, columns};
use crate::finding::{self, Findings};
use crate::{Version, facts_schema};
use arrow::datatypes::SchemaRef;

/// Where the fields of a file go.
#[derive(Clone, Debug)]
pub struct Header {
    pub(crate) names: Vec<String>,
    pub(crate) targets: Vec<Target>,
    others: Vec<String>,
    schema: SchemaRef,
    version: Version,
}

/// Where one field goes: a position in the facts' schema, and how it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub at: usize,
    pub kind: Kind,
}

/// Why a file cannot be FOCUS cost and usage.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// A column without which no row can be placed in a month or summed.
    #[error(
        "column {0} is missing, so this is no FOCUS cost and usage file; its first columns are: {1}. Give the export's main file, or name its format with --format"
    )]
    NotFocus(&'static str, String),
    /// The same name twice.
    #[error("column {0} appears twice; which one holds the truth cannot be known. Remove one from the export")]
    Twice(String),
}

/// Without these no charge can be placed and summed.
const ESSENTIAL: [&str; 3] = ["BilledCost", "BillingCurrency", "BillingPeriodStart"];

/// Mandatory in every release, and used by reports.
const MANDATORY: [&str; 14] = [
    "BilledCost",
    "BillingAccountId",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "ContractedCost",
    "EffectiveCost",
    "InvoiceIssuerName",
    "ListCost",
    "ServiceCategory",
    "ServiceName",
];

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
        if let Some(missing) = ESSENTIAL.into_iter().find(|name| !has(name)) {
            let first: String = names.iter().take(6).map(String::as_str).collect::<Vec<_>>().join(", ");
            return Err(HeaderError::NotFocus(missing, first.chars().take(200).collect()));
        }
        let mut findings = Findings::default();
        for missing in MANDATORY.into_iter().filter(|name| !has(name)) {
            findings.add(finding::MISSING_COLUMN, missing, 0, b"");
        }
        let mut others = Vec::new();
        let mut targets = Vec::with_capacity(names.len());
        for name in &names {
            let target = column(name).map(|(at, column)| Target { at, kind: column.kind }).unwrap_or_else(|| {
                findings.add(finding::UNKNOWN_COLUMN, name, 0, b"");
                others.push(name.clone());
                Target { at: columns().len() + others.len() - 1, kind: Kind::Text }
            });
            targets.push(target);
        }
        let version = newest(&has);
        let schema = facts_schema(&others);
        Ok((Self { names, targets, others, schema, version }, findings))
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

fn newest(has: &dyn Fn(&str) -> bool) -> Version {
    let any = |version| columns().iter().any(|column| column.since == version && has(column.name));
    Version::ALL.into_iter().rev().find(|&version| any(version)).unwrap_or(Version::V1_0)
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
