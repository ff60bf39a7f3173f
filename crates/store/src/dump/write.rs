use std::io::Write;

use chrono::{DateTime, SecondsFormat, Utc};
use sea_orm::sea_query::{Alias, Query};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, EntityTrait, IsolationLevel, QueryResult,
    TransactionOptions, TransactionTrait,
};
use sea_orm_migration::seaql_migrations;
use serde_json::Value;

use super::{Column, Head, Holds, TABLES, TableHead, columns};
use crate::error::while_doing;
use crate::session::Session;
use crate::{Revision, RevisionFilter, Revisions, StoreError};

/// What was written.
#[derive(Clone, Debug)]
pub struct Dump {
    /// How many rows, of all tables.
    pub rows: u64,
    /// The revisions whose files there are.
    pub revisions: Vec<Revision>,
}

/// Writes everything as of one moment.
pub(crate) async fn dump(pool: &DatabaseConnection, out: &mut (dyn Write + Send)) -> Result<Dump, StoreError> {
    let is_postgres = pool.get_database_backend() == DbBackend::Postgres;
    // SQLite shows a transaction one state by itself.
    let isolation_level = is_postgres.then_some(IsolationLevel::RepeatableRead);
    let options = TransactionOptions { isolation_level, ..TransactionOptions::default() };
    let transaction = pool.begin_with_options(options).await.map_err(while_doing("beginning to read the whole database"))?;
    let rows = seaql_migrations::Entity::find().all(&transaction).await;
    let rows = rows.map_err(while_doing("reading which migrations the database has"))?;
    let mut migrations: Vec<String> = rows.into_iter().map(|row| row.version).collect();
    migrations.sort();
    line(out, &Head { version: 1, migrations })?;
    let mut count = 0;
    for table in TABLES {
        let columns = columns(&transaction, table).await?;
        let rows = rows_of(&transaction, table, &columns).await?;
        let names = columns.iter().map(|column| column.name.clone()).collect();
        line(out, &TableHead { table: table.to_owned(), columns: names, rows: rows.len() as u64 })?;
        count += rows.len() as u64;
        for row in rows {
            line(out, &row)?;
        }
    }
    let catalogue = Revisions::on(Session::Transaction(&transaction));
    let (mut revisions, retired) = (catalogue.history(&RevisionFilter::default()).await?, catalogue.retired().await?);
    revisions.retain(|revision| !retired.contains_key(&revision.id));
    transaction.rollback().await.map_err(while_doing("ending to read the whole database"))?;
    Ok(Dump { rows: count, revisions })
}

fn line(out: &mut (dyn Write + Send), value: &impl serde::Serialize) -> Result<(), StoreError> {
    let text = serde_json::to_string(value).expect("what is dumped has names as keys");
    writeln!(out, "{text}").map_err(|error| unwritten(&error))
}

fn unwritten(error: &std::io::Error) -> StoreError {
    StoreError::Invalid { what: "backup of", id: "the database".to_owned(), why: format!("it cannot be written: {error}") }
}

/// The rows of a table in an order that does not depend on the database: by number within what they replace, then by their text.
async fn rows_of(transaction: &DatabaseTransaction, table: &str, columns: &[Column]) -> Result<Vec<Value>, StoreError> {
    let mut select = Query::select();
    select.from(Alias::new(table)).columns(columns.iter().map(|column| Alias::new(&column.name)));
    let found = transaction.query_all(&select).await.map_err(while_doing("reading a table"))?;
    // A revision refers to the one that it replaces, whose number is lower.
    let order = columns.iter().position(|column| column.name == "sequence");
    let mut rows = Vec::with_capacity(found.len());
    for row in &found {
        let values = columns.iter().map(|column| value(row, column)).collect::<Result<Vec<_>, _>>()?;
        let number = order.and_then(|at| values[at].as_i64());
        let row = Value::Array(values);
        rows.push((number, row.to_string(), row));
    }
    rows.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    Ok(rows.into_iter().map(|(_, _, row)| row).collect())
}

fn value(row: &QueryResult, column: &Column) -> Result<Value, StoreError> {
    let failed = while_doing("reading a row");
    let name = column.name.as_str();
    Ok(match column.holds {
        Holds::Text => row.try_get::<Option<String>>("", name).map_err(failed)?.map_or(Value::Null, Value::from),
        Holds::Number => row.try_get::<Option<i64>>("", name).map_err(failed)?.map_or(Value::Null, Value::from),
        Holds::Truth => row.try_get::<Option<bool>>("", name).map_err(failed)?.map_or(Value::Null, Value::from),
        Holds::Moment => {
            let moment: Option<DateTime<Utc>> = row.try_get("", name).map_err(failed)?;
            moment.map_or(Value::Null, |moment| moment.to_rfc3339_opts(SecondsFormat::Micros, true).into())
        }
    })
}
