use std::io::BufRead;

use chrono::{DateTime, Utc};
use farthing_migrations::Migrator;
use sea_orm::sea_query::{Alias, Expr, Query};
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, Statement, Value as Bound};
use sea_orm_migration::MigratorTrait;
use serde_json::Value;

use super::{Column, Head, Holds, TABLES, TableHead, columns};
use crate::error::while_doing;
use crate::{StoreError, migration, session};

/// How many rows go into one statement: both databases limit the parameters of one.
const CHUNK: usize = 200;

/// Tables whose rows the database counts.
const COUNTED: [&str; 3] = ["finding", "period_event", "reopening"];

/// Makes the tables as they were when the text was written, fills them, and brings them up to date; all of it or nothing. The
/// database must be empty.
pub(crate) async fn load(pool: &DatabaseConnection, text: &mut (dyn BufRead + Send)) -> Result<(), StoreError> {
    let transaction = session::begin(pool).await?;
    let result = async {
        let mut lines = Lines { text, number: 0 };
        let head: Head = lines.next()?.ok_or_else(|| damaged(1, "it is empty"))?;
        if head.version != 1 {
            return Err(damaged(1, &format!("it is of version {}, and this program reads version 1", head.version)));
        }
        prepare(&transaction, &head).await?;
        let mut expected = TABLES.iter().copied().peekable();
        while let Some(table) = lines.next::<TableHead>()? {
            // Tables that came later are not in an older text; there is none that this program does not know.
            expected
                .by_ref()
                .find(|name| *name == table.table)
                .ok_or_else(|| lines.wrong("a table that is not expected here"))?;
            fill(&transaction, &table, &mut lines).await?;
        }
        Migrator::up(&transaction, None).await.map_err(while_doing("bringing a restored database up to date"))
    };
    let result = result.await;
    session::finish(transaction, result).await
}

async fn prepare(transaction: &DatabaseTransaction, head: &Head) -> Result<(), StoreError> {
    let known = farthing_migrations::names();
    let unknown: Vec<String> = head.migrations.iter().filter(|name| !known.contains(name)).cloned().collect();
    if !unknown.is_empty() {
        return Err(StoreError::NewerDatabase { unknown, newest_known: known.last().cloned().unwrap_or_default() });
    }
    let pending = migration::pending(transaction).await?;
    if pending.len() != known.len() {
        let why = "it has tables already, and a backup is restored into an empty one".to_owned();
        return Err(StoreError::Invalid { what: "backup in", id: "this database".to_owned(), why });
    }
    if known[..head.migrations.len()] != head.migrations[..] {
        return Err(damaged(1, "its migrations are not those that come first"));
    }
    let steps = u32::try_from(head.migrations.len()).unwrap_or(u32::MAX);
    Migrator::up(transaction, Some(steps)).await.map_err(while_doing("making the tables of a backup"))
}

async fn fill(transaction: &DatabaseTransaction, table: &TableHead, lines: &mut Lines<'_>) -> Result<(), StoreError> {
    let columns = columns(transaction, &table.table).await?;
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    if names != table.columns.iter().map(String::as_str).collect::<Vec<_>>() {
        return Err(lines.wrong(&format!("the table {} has the columns {}", table.table, names.join(", "))));
    }
    let mut left = table.rows;
    while left > 0 {
        let mut insert = Query::insert();
        insert.into_table(Alias::new(&table.table)).columns(names.iter().map(|name| Alias::new(*name)));
        for _ in 0..left.min(CHUNK as u64) {
            let row: Vec<Value> = lines.next()?.ok_or_else(|| lines.wrong("it breaks off"))?;
            if row.len() != columns.len() {
                return Err(lines.wrong("a row has another number of values than the table has columns"));
            }
            let values = row.iter().zip(&columns).map(|(value, column)| bound(value, column));
            let values = values.collect::<Option<Vec<_>>>().ok_or_else(|| lines.wrong("a value does not fit its column"))?;
            insert.values_panic(values.into_iter().map(Expr::val));
            left -= 1;
        }
        transaction.execute(&insert).await.map_err(while_doing("restoring rows"))?;
    }
    // SQLite counts on from the largest by itself.
    if COUNTED.contains(&table.table.as_str()) && table.rows > 0 && transaction.get_database_backend() == DbBackend::Postgres {
        let count_on = format!("SELECT setval(pg_get_serial_sequence('{0}', 'id'), (SELECT MAX(id) FROM {0}))", table.table);
        let statement = Statement::from_string(DbBackend::Postgres, count_on);
        transaction.query_one_raw(statement).await.map_err(while_doing("restoring a counter"))?;
    }
    Ok(())
}

/// A value as the column takes it; `None` where it does not fit.
fn bound(value: &Value, column: &Column) -> Option<Bound> {
    let empty = value.is_null();
    Some(match column.holds {
        Holds::Text if empty => Option::<String>::None.into(),
        Holds::Number if empty => Option::<i64>::None.into(),
        Holds::Truth if empty => Option::<bool>::None.into(),
        Holds::Moment if empty => Option::<DateTime<Utc>>::None.into(),
        Holds::Text => value.as_str()?.into(),
        Holds::Number => value.as_i64()?.into(),
        Holds::Truth => value.as_bool()?.into(),
        Holds::Moment => value.as_str()?.parse::<DateTime<Utc>>().ok()?.into(),
    })
}

struct Lines<'a> {
    text: &'a mut (dyn BufRead + Send),
    number: u64,
}

impl Lines<'_> {
    fn next<T: serde::de::DeserializeOwned>(&mut self) -> Result<Option<T>, StoreError> {
        let mut line = String::new();
        self.number += 1;
        let read = self.text.read_line(&mut line).map_err(|error| damaged(self.number, &error.to_string()))?;
        if read == 0 {
            return Ok(None);
        }
        serde_json::from_str(&line).map(Some).map_err(|error| damaged(self.number, &error.to_string()))
    }

    fn wrong(&self, why: &str) -> StoreError {
        damaged(self.number, why)
    }
}

fn damaged(line: u64, why: &str) -> StoreError {
    StoreError::Damaged { what: "line", id: format!("{line} of the backup of the database"), why: why.to_owned() }
}
