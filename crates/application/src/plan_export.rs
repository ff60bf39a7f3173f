//! A plan as files for those who run what it is about. Needs no home.

use chrono::{DateTime, Utc};
use farthing_optimizer::PlanDocument;
use farthing_optimizer::exports::{Export, PlanFile, export, export_measured};

use crate::{Error, Farthing};

/// Makes the files of an export. Nothing is written or applied.
///
/// # Errors
/// When the text is no plan, or not one that the form can say.
pub fn export_plan(text: &str, name: &str, form: Export, now: DateTime<Utc>) -> Result<Vec<PlanFile>, Error> {
    let files = match export_measured(text, form, now) {
        Some(files) => files,
        None => {
            let plan = PlanDocument::from_json(text).map_err(|error| Error::Invalid(format!("{name}: {error}")))?;
            export(&plan, form, now)
        }
    };
    files.map_err(|error| Error::Invalid(format!("{name}: {error}")))
}

impl Farthing {
    /// The JSON of a kept plan of any kind, as `plan … --format json` printed it.
    ///
    /// # Errors
    /// When there is no such plan, or the database fails.
    pub async fn kept_plan(&self, id: &str) -> Result<String, Error> {
        let mut content = self.recommendation(id).await?.plan;
        content["id"] = id.into();
        Ok(content.to_string())
    }

    /// A kept plan as files, in a form that its kind has. Nothing is written or applied.
    ///
    /// # Errors
    /// When there is no such plan, or it is not one that the form can say.
    pub async fn kept_plan_files(&self, id: &str, form: Export, now: DateTime<Utc>) -> Result<Vec<PlanFile>, Error> {
        export_plan(&self.kept_plan(id).await?, &format!("plan {id}"), form, now)
    }
}
