use std::collections::BTreeMap;

use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use crate::entity::delivery;
use crate::error::while_doing;
use crate::session::{Session, from_column, to_column};
use crate::stored::Stored;
use crate::{ImportId, StoreError};

/// What was counted when an import read its files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Rows read.
    pub rows_read: u64,
    /// Rows set aside.
    pub rows_set_aside: u64,
    /// Rows kept that were held against the rules of FOCUS.
    pub rows_held: u64,
    /// Of these, rows that break a rule which must hold.
    pub rows_broke_must: u64,
    /// Of these, rows that break a rule which should hold, and none that must.
    pub rows_broke_should: u64,
}

/// The counts of imports that published something.
#[derive(Debug)]
pub struct Deliveries<'a>(Session<'a>);

impl<'a> Deliveries<'a> {
    pub(crate) fn on(session: Session<'a>) -> Self {
        Self(session)
    }

    /// The counts of these imports; an import of an earlier program has none.
    ///
    /// # Errors
    /// What the database says.
    pub async fn of(&self, imports: impl IntoIterator<Item = ImportId>) -> Result<BTreeMap<ImportId, Delivery>, StoreError> {
        let ids: Vec<_> = imports.into_iter().map(Stored).collect();
        let mut found = BTreeMap::new();
        // Below the number of parameters that SQLite takes in one statement.
        for ids in ids.chunks(10_000) {
            let select = delivery::Entity::find().filter(delivery::Column::ImportId.is_in(ids.iter().copied()));
            let rows = select.all(&self.0).await.map_err(while_doing("reading what deliveries counted"))?;
            for row in rows {
                found.insert(row.import_id.0, Delivery::from_row(&row)?);
            }
        }
        Ok(found)
    }

    pub(crate) async fn insert(&self, import: ImportId, counted: &Delivery) -> Result<(), StoreError> {
        let column = |count: u64| Ok::<_, StoreError>(Set(to_column(count, "delivery", import)?));
        let row = delivery::ActiveModel {
            import_id: Set(Stored(import)),
            rows_read: column(counted.rows_read)?,
            rows_set_aside: column(counted.rows_set_aside)?,
            rows_held: column(counted.rows_held)?,
            rows_broke_must: column(counted.rows_broke_must)?,
            rows_broke_should: column(counted.rows_broke_should)?,
        };
        let insert = delivery::Entity::insert(row).exec_without_returning(&self.0).await;
        insert.map(|_| ()).map_err(while_doing("storing what a delivery counted"))
    }
}

impl Delivery {
    fn from_row(row: &delivery::Model) -> Result<Self, StoreError> {
        let count = |count: i64| from_column(count, "delivery", row.import_id.0);
        Ok(Self {
            rows_read: count(row.rows_read)?,
            rows_set_aside: count(row.rows_set_aside)?,
            rows_held: count(row.rows_held)?,
            rows_broke_must: count(row.rows_broke_must)?,
            rows_broke_should: count(row.rows_broke_should)?,
        })
    }
}
