//! From the columns of the lake to the columns of one release: renamed, derived where the release requires a value that other
//! columns give, and counted where it is missing.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray, TimestampMicrosecondArray, new_null_array};
use arrow::compute::kernels::zip::zip;
use arrow::compute::{cast, is_not_null};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimestampMicrosecondType};
use arrow::error::ArrowError;
use chrono::DateTime;
use farthing_types::BillingPeriod;
use serde::Serialize;

use crate::{Dataset, Version, invoice_grain};

/// How many of a column's rows have a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// None.
    Empty,
    /// Some, or it is not known.
    Partly,
    /// All.
    Full,
}

/// What is known of the rows beside their own columns.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The one invoice issuer of the source, where it has one.
    pub issuer: Option<String>,
    /// The one service provider of the source, where it has one.
    pub provider: Option<String>,
    /// True where the lines of invoices are derived from the charges, which then have to name them.
    pub names_invoice_details: bool,
}

/// A column of a release that the rows do not fill by themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// The dataset.
    pub dataset: &'static str,
    /// The column of the release.
    pub column: &'static str,
    /// Rows concerned.
    pub rows: u64,
    /// Where the value came from; why there is none.
    pub note: &'static str,
}

/// Takes rows of a dataset to a release of FOCUS.
#[derive(Debug)]
pub struct Projection {
    dataset: Dataset,
    columns: Vec<Target>,
    schema: SchemaRef,
}

#[derive(Debug)]
struct Target {
    name: &'static str,
    /// The columns of the rows that hold the value, the best first.
    sources: Vec<String>,
    rest: Rest,
    data_type: DataType,
    /// Empty for what a release knows no name for.
    is_focus: bool,
    required: bool,
    derived: u64,
    missing: u64,
}

/// What fills a row where no column does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rest {
    Nothing,
    PeriodEnd,
    OtherOfCategory,
    InvoiceDetail,
    Issuer,
    Provider,
}

/// What another release calls it: 1.3 named the provider anew. Where nobody else is known, the service provider is the host
/// (CAU-HostProviderName-C-010-M), the publisher and the issuer.
const COUNTERPARTS: [(&str, &[&str]); 5] = [
    ("ProviderName", &["ServiceProviderName"]),
    ("PublisherName", &["ServiceProviderName", "ProviderName"]),
    ("ServiceProviderName", &["ProviderName"]),
    ("HostProviderName", &["ServiceProviderName", "ProviderName"]),
    ("InvoiceIssuerName", &["ServiceProviderName", "ProviderName"]),
];

impl Projection {
    /// For rows whose columns are filled as `fill` says; a column that it does not name is not there.
    ///
    /// The release's columns come first, in the order of the alphabet, as the specification lists them. What the rows have
    /// beside them follows under its own name with `x_` before it.
    pub fn new(dataset: Dataset, version: Version, fill: &BTreeMap<String, Fill>, known: &Known) -> Self {
        let filled = |name: &str| fill.get(name).copied().unwrap_or(Fill::Empty);
        let mut columns = Vec::new();
        let mut fields = Vec::new();
        let mut stood_in = Vec::new();
        for column in dataset.release(version) {
            let mut sources = vec![column.name.to_owned()];
            if let Some((_, others)) = COUNTERPARTS.iter().find(|(name, _)| *name == column.name && filled(name) != Fill::Full) {
                let others: Vec<&str> = others.iter().copied().filter(|name| filled(name) != Fill::Empty).collect();
                stood_in.extend(others.first().filter(|_| filled(column.name) == Fill::Empty).copied());
                sources.extend(others.into_iter().map(str::to_owned));
            }
            let rest = rest_of(dataset, column.name, known);
            let full = sources.iter().any(|name| filled(name) == Fill::Full) || rest.is_full(known, &filled);
            let data_type = column.kind.data_type();
            fields.push(Field::new(column.name, data_type.clone(), !(column.required && full)));
            let (name, required) = (column.name, column.required);
            columns.push(Target { name, sources, rest, data_type, is_focus: true, required, derived: 0, missing: 0 });
        }
        for (source, data_type) in carried(dataset, version, fill, &stood_in) {
            let mut name = if source.to_ascii_lowercase().starts_with("x_") { source.clone() } else { format!("x_{source}") };
            while fields.iter().any(|field| field.name().eq_ignore_ascii_case(&name)) {
                name.push('_');
            }
            fields.push(Field::new(name, data_type.clone(), true));
            let rest = Rest::Nothing;
            let sources = vec![source];
            columns.push(Target { name: "", sources, rest, data_type, is_focus: false, required: false, derived: 0, missing: 0 });
        }
        Self { dataset, columns, schema: Arc::new(Schema::new(fields)) }
    }

    /// The schema of what comes out. A column may not be null where the release forbids it and every row has a value.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Takes some rows to the release.
    ///
    /// # Errors
    /// When a column's type cannot be read as what the column holds.
    pub fn project(&mut self, rows: &RecordBatch, known: &Known) -> Result<RecordBatch, ArrowError> {
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.columns.len());
        for target in &mut self.columns {
            arrays.push(target.values(rows, known)?);
        }
        RecordBatch::try_new(self.schema.clone(), arrays)
    }

    /// What was derived, and what the release requires and the rows do not have.
    pub fn gaps(&self) -> (Vec<Gap>, Vec<Gap>) {
        let dataset = self.dataset.title();
        let focus = || self.columns.iter().filter(|target| target.is_focus);
        let gap = |target: &Target, rows, note| Gap { dataset, column: target.name, rows, note };
        let derived = focus().filter(|target| target.derived > 0);
        let missing = focus().filter(|target| target.required && target.missing > 0);
        let why = "the release requires a value, and the source gives none to derive it from";
        (
            derived.map(|target| gap(target, target.derived, target.rest.note(target.sources.len() > 1))).collect(),
            missing.map(|target| gap(target, target.missing, why)).collect(),
        )
    }
}

fn rest_of(dataset: Dataset, column: &str, known: &Known) -> Rest {
    match (dataset, column) {
        (Dataset::CostAndUsage | Dataset::InvoiceDetail | Dataset::BillingPeriod, "BillingPeriodEnd") => Rest::PeriodEnd,
        (Dataset::CostAndUsage, "ServiceSubcategory") => Rest::OtherOfCategory,
        (Dataset::CostAndUsage, "InvoiceDetailId") if known.names_invoice_details => Rest::InvoiceDetail,
        (Dataset::ContractCommitment, "InvoiceIssuerName") => Rest::Issuer,
        (Dataset::ContractCommitment, "ServiceProviderName") => Rest::Provider,
        _ => Rest::Nothing,
    }
}

/// What the release has no column for, with its type: other releases' columns, and those that FOCUS does not know.
fn carried(dataset: Dataset, version: Version, fill: &BTreeMap<String, Fill>, stood_in: &[&str]) -> Vec<(String, DataType)> {
    let filled = fill.iter().filter(|(_, fill)| **fill != Fill::Empty).map(|(name, _)| name);
    let known = |name: &str| dataset.column(name).map(|(_, column)| column);
    let beyond = filled.filter(|name| known(name).is_none_or(|column| !column.is_in(version)));
    let kept = beyond.filter(|name| !stood_in.contains(&name.as_str()));
    kept.map(|name| (name.clone(), known(name).map_or(DataType::Utf8, |column| column.kind.data_type()))).collect()
}

impl Rest {
    fn is_full(self, known: &Known, filled: &dyn Fn(&str) -> Fill) -> bool {
        match self {
            Self::PeriodEnd => filled("BillingPeriodStart") == Fill::Full,
            Self::Issuer => known.issuer.is_some(),
            Self::Provider => known.provider.is_some(),
            _ => false,
        }
    }

    fn note(self, has_counterparts: bool) -> &'static str {
        match self {
            Self::PeriodEnd => "the month after BillingPeriodStart",
            Self::OtherOfCategory => "`Other` of its ServiceCategory",
            Self::InvoiceDetail => "the line of the invoice that the charge adds up to",
            Self::Issuer | Self::Provider => "the only one that the source's charges name",
            Self::Nothing if has_counterparts => "the name that another release has for it",
            Self::Nothing => "",
        }
    }
}

impl Target {
    fn values(&mut self, rows: &RecordBatch, known: &Known) -> Result<ArrayRef, ArrowError> {
        let mut own_nulls = rows.num_rows();
        let mut values: Option<ArrayRef> = None;
        for (at, source) in self.sources.iter().enumerate() {
            let Some(found) = rows.column_by_name(source) else { continue };
            let found = if *found.data_type() == self.data_type { found.clone() } else { cast(found, &self.data_type)? };
            own_nulls = if at == 0 { found.null_count() } else { own_nulls };
            let merged = match values {
                None => found,
                Some(values) => zip(&is_not_null(&values)?, &values, &found)?,
            };
            let is_full = merged.null_count() == 0;
            values = Some(merged);
            if is_full {
                break;
            }
        }
        let values = values.unwrap_or_else(|| new_null_array(&self.data_type, rows.num_rows()));
        let values = if values.null_count() == 0 { values } else { self.rest.fill(values, rows, known)? };
        self.derived += own_nulls.saturating_sub(values.null_count()) as u64;
        self.missing += values.null_count() as u64;
        Ok(values)
    }
}

impl Rest {
    fn fill(self, values: ArrayRef, rows: &RecordBatch, known: &Known) -> Result<ArrayRef, ArrowError> {
        let others: ArrayRef = match self {
            Self::Nothing => return Ok(values),
            Self::PeriodEnd => Arc::new(period_ends(rows)),
            Self::OtherOfCategory => Arc::new(others_of_category(rows)?),
            Self::InvoiceDetail if known.names_invoice_details => Arc::new(invoice_grain::ids(rows)?),
            Self::InvoiceDetail => return Ok(values),
            Self::Issuer => Arc::new(StringArray::from(vec![known.issuer.as_deref(); rows.num_rows()])),
            Self::Provider => Arc::new(StringArray::from(vec![known.provider.as_deref(); rows.num_rows()])),
        };
        zip(&is_not_null(&values)?, &values, &others)
    }
}

fn period_ends(rows: &RecordBatch) -> TimestampMicrosecondArray {
    let Some(starts) = rows.column_by_name("BillingPeriodStart").and_then(|c| c.as_primitive_opt::<TimestampMicrosecondType>())
    else {
        return TimestampMicrosecondArray::new_null(rows.num_rows()).with_timezone("UTC");
    };
    let end = |micros| DateTime::from_timestamp_micros(micros).and_then(BillingPeriod::of).map(|p| p.end().timestamp_micros());
    starts.iter().map(|start| start.and_then(end)).collect::<TimestampMicrosecondArray>().with_timezone("UTC")
}

fn others_of_category(rows: &RecordBatch) -> Result<StringArray, ArrowError> {
    let Some(categories) = rows.column_by_name("ServiceCategory") else {
        return Ok(StringArray::new_null(rows.num_rows()));
    };
    let categories = cast(categories, &DataType::Utf8)?;
    let other = |category: Option<&str>| category.map(|category| format!("Other ({category})"));
    Ok(categories.as_string::<i32>().iter().map(other).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(columns: &[(&str, &[Option<&str>])]) -> RecordBatch {
        let columns = columns.iter().map(|(name, values)| {
            let array: ArrayRef = Arc::new(StringArray::from(values.to_vec()));
            (*name, array, true)
        });
        RecordBatch::try_from_iter_with_nullable(columns).unwrap()
    }

    fn fill(columns: &[(&str, Fill)]) -> BTreeMap<String, Fill> {
        columns.iter().map(|(name, fill)| ((*name).to_owned(), *fill)).collect()
    }

    fn text<'a>(rows: &'a RecordBatch, name: &str) -> Vec<Option<&'a str>> {
        rows.column_by_name(name).unwrap_or_else(|| panic!("no {name}")).as_string::<i32>().iter().collect()
    }

    #[test]
    fn the_provider_is_named_as_each_release_names_it_and_nothing_is_lost() {
        let source = rows(&[("ProviderName", &[Some("AWS")]), ("PublisherName", &[Some("Acme")]), ("x_team", &[Some("a")])]);
        let full = fill(&[("ProviderName", Fill::Full), ("PublisherName", Fill::Full), ("x_team", Fill::Partly)]);
        let known = Known::default();
        let mut newest = Projection::new(Dataset::CostAndUsage, Version::V1_4, &full, &known);
        let out = newest.project(&source, &known).unwrap();
        assert_eq!(text(&out, "ServiceProviderName"), [Some("AWS")]);
        assert_eq!(text(&out, "HostProviderName"), [Some("AWS")]);
        assert_eq!(text(&out, "x_PublisherName"), [Some("Acme")]);
        assert_eq!(out.schema().fields().iter().filter(|field| !field.name().starts_with("x_")).count(), 65);
        assert!(out.column_by_name("x_team").is_some() && out.column_by_name("x_ProviderName").is_none());
        assert!(!out.schema().field_with_name("ServiceProviderName").unwrap().is_nullable());
        let mut earlier = Projection::new(Dataset::CostAndUsage, Version::V1_2, &full, &known);
        let out = earlier.project(&source, &known).unwrap();
        assert_eq!((text(&out, "ProviderName"), text(&out, "PublisherName")), (vec![Some("AWS")], vec![Some("Acme")]));
    }

    #[test]
    fn what_cannot_be_derived_is_counted() {
        let source = rows(&[("ServiceCategory", &[Some("Compute"), None]), ("ServiceName", &[Some("EC2"), None])]);
        let partly = fill(&[("ServiceCategory", Fill::Partly), ("ServiceName", Fill::Partly)]);
        let known = Known::default();
        let mut projection = Projection::new(Dataset::CostAndUsage, Version::V1_2, &partly, &known);
        let out = projection.project(&source, &known).unwrap();
        assert_eq!(text(&out, "ServiceSubcategory"), [Some("Other (Compute)"), None]);
        let (derived, missing) = projection.gaps();
        assert_eq!((derived[0].column, derived[0].rows), ("ServiceSubcategory", 1));
        assert!(missing.iter().any(|gap| gap.column == "ServiceName" && gap.rows == 1), "{missing:?}");
        assert!(missing.iter().any(|gap| gap.column == "BilledCost" && gap.rows == 2), "{missing:?}");
    }
}
