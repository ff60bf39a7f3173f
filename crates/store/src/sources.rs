use chrono::{DateTime, Utc};
use farthing_types::SourceName;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, EntityTrait};

use crate::StoreError;
use crate::entity::source;
use crate::error::while_doing;
use crate::session::{Session, microseconds};
use crate::stored::Stored;

/// Where facts come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its name, unique.
    pub name: SourceName,
    /// When it was first heard of.
    pub created_at: DateTime<Utc>,
}

/// The sources.
#[derive(Debug)]
pub struct Sources<'a>(Session<'a>);

impl<'a> Sources<'a> {
    pub(crate) fn on(session: Session<'a>) -> Self {
        Self(session)
    }

    /// Makes the source `name` known; one that is known stays as it is.
    ///
    /// # Errors
    /// What the database says.
    pub async fn ensure(&self, name: &SourceName, at: DateTime<Utc>) -> Result<(), StoreError> {
        let row = source::ActiveModel { name: Set(Stored(name.clone())), created_at: Set(microseconds(at)) };
        let known = OnConflict::column(source::Column::Name).do_nothing().to_owned();
        source::Entity::insert(row)
            .on_conflict(known)
            .exec_without_returning(&self.0)
            .await
            .map_err(while_doing("adding a source"))?;
        Ok(())
    }

    /// All of them, in the order of names.
    ///
    /// # Errors
    /// What the database says.
    pub async fn all(&self) -> Result<Vec<Source>, StoreError> {
        let rows = source::Entity::find().all(&self.0).await.map_err(while_doing("reading the sources"))?;
        let mut sources: Vec<Source> =
            rows.into_iter().map(|row| Source { name: row.name.0, created_at: row.created_at }).collect();
        // The databases sort text by rules of their own.
        sources.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(sources)
    }
}
