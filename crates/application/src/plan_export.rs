//! A plan as files for those who run the fleet. Needs no home.

use chrono::{DateTime, Utc};
use farthing_optimizer::PlanDocument;
use farthing_optimizer::exports::{Export, PlanFile, export};

use crate::Error;

/// Makes the files of an export. Nothing is written or applied.
///
/// # Errors
/// When the text is no plan, or not one that the form can say.
pub fn export_plan(text: &str, name: &str, form: Export, now: DateTime<Utc>) -> Result<Vec<PlanFile>, Error> {
    let plan = PlanDocument::from_json(text).map_err(|error| Error::Invalid(format!("{name}: {error}")))?;
    export(&plan, form, now).map_err(|error| Error::Invalid(format!("{name}: {error}")))
}
