//! The formats of bills that can be read.

use farthing_collectors::billing_export::{BillFormat, FormatError, ImportError};
use farthing_focus::{Mapping, known_mappings};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Error;

/// A format of bills.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = BillFormatLine)]
pub struct FormatLine {
    /// Its name, for `--format`.
    pub name: String,
    /// What it reads.
    pub title: String,
    /// Which columns tell that a file is of this format.
    pub recognised_by: String,
    /// The FOCUS columns, and columns of the mapping's own, that it fills; none for FOCUS, which fills what it has.
    pub fills: Vec<String>,
    /// What it carries over and what not.
    pub about: String,
}

impl From<&Mapping> for FormatLine {
    fn from(mapping: &Mapping) -> Self {
        Self {
            name: mapping.name.clone(),
            title: mapping.title.clone(),
            recognised_by: mapping.recognised_by(),
            fills: mapping.fills().map(str::to_owned).collect(),
            about: mapping.about.trim().to_owned(),
        }
    }
}

/// Every format of bills that comes with the program.
pub fn bill_formats() -> Vec<FormatLine> {
    let focus = FormatLine {
        name: "focus".to_owned(),
        title: "FOCUS 1.0 to 1.4".to_owned(),
        recognised_by: "BilledCost, BillingCurrency, BillingPeriodStart".to_owned(),
        fills: Vec::new(),
        about: "Cost and Usage of any release, with columns of one's own, which are kept under their names.".to_owned(),
    };
    std::iter::once(focus).chain(known_mappings().map(|(mapping, _)| FormatLine::from(mapping.as_ref()))).collect()
}

/// The text of a mapping that comes with the program.
///
/// # Errors
/// When none has this name.
pub fn bill_format_text(name: &str) -> Result<&'static str, Error> {
    let found = known_mappings().find(|(mapping, _)| mapping.name == name).map(|(_, text)| text);
    found.ok_or_else(|| match BillFormat::named(name) {
        Ok(_) => Error::Invalid(format!("{name} is FOCUS itself and has no mapping; `farthing formats` lists those there are")),
        Err(error) => ImportError::from(error).into(),
    })
}

/// Reads a mapping of a person's own and says what it does.
///
/// # Errors
/// Everything that is wrong with it.
pub fn check_mapping(file: &str, text: &str) -> Result<FormatLine, Error> {
    let mapping = Mapping::parse(file, text).map_err(FormatError::from).map_err(ImportError::from)?;
    Ok(FormatLine::from(&mapping))
}
