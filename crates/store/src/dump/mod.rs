//! The whole database as text: what a backup keeps, and another database of either kind can be made of.
//!
//! JSON lines. The first names the migrations that the tables have; then each table in the order in which rows may be inserted: a line
//! with its name and columns, and one line a row. The rows stand in an order of their own, so that the same content is the same text.

mod load;
mod write;

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde::{Deserialize, Serialize};

pub(crate) use load::load;
pub use write::Dump;
pub(crate) use write::dump;

use crate::StoreError;
use crate::error::while_doing;

/// Every table, after those that it refers to. A test holds the list against the tables that there are.
pub(crate) const TABLES: [&str; 32] = [
    "source",
    "import",
    "import_file",
    "revision",
    "revision_total",
    "revision_input",
    "revision_retirement",
    "erasure",
    "finding",
    "delivery",
    "document",
    "plan",
    "recommendation_step",
    "period_event",
    "certificate",
    "reopening",
    "portfolio_review",
    "portfolio_decision",
    "collection",
    "collection_gap",
    "call_spending",
    "provider_report",
    "job_schedule",
    "job_run",
    "kept_statement",
    "kept_answer",
    "audit_entry",
    "audit_checkpoint",
    "person",
    "api_token",
    "login_session",
    "alert",
];

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Head {
    /// The form of the text.
    pub version: u64,
    /// What the tables have been through.
    pub migrations: Vec<String>,
}

/// The line before the rows of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TableHead {
    /// Its name.
    pub table: String,
    /// Its columns, in the order of the values of a row.
    pub columns: Vec<String>,
    /// How many rows follow.
    pub rows: u64,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    Text,
    Number,
    Truth,
    Moment,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub name: String,
    pub holds: Holds,
}

/// The columns of a table as the database has them, by name.
pub(crate) async fn columns(connection: &impl ConnectionTrait, table: &str) -> Result<Vec<Column>, StoreError> {
    let failed = while_doing("reading the columns of a table");
    let backend = connection.get_database_backend();
    let question = match backend {
        DbBackend::Sqlite => "SELECT name, type AS kind FROM pragma_table_info(?) ORDER BY name",
        _ => {
            "SELECT column_name::text AS name, data_type::text AS kind FROM information_schema.columns \
             WHERE table_schema = current_schema() AND table_name = $1 ORDER BY column_name"
        }
    };
    let rows = connection.query_all_raw(Statement::from_sql_and_values(backend, question, [table.into()])).await;
    let mut columns = Vec::new();
    for row in rows.map_err(&failed)? {
        let name: String = row.try_get("", "name").map_err(&failed)?;
        let kind: String = row.try_get("", "kind").map_err(&failed)?;
        let kind = kind.to_lowercase();
        let holds = match kind.as_str() {
            "text" => Holds::Text,
            "boolean" => Holds::Truth,
            "integer" | "bigint" => Holds::Number,
            timestamp if timestamp.starts_with("timestamp") => Holds::Moment,
            _ => {
                let why = format!("its column {name} is of the type {kind}, which this program does not write");
                return Err(StoreError::Damaged { what: "table", id: table.to_owned(), why });
            }
        };
        columns.push(Column { name, holds });
    }
    columns.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(columns)
}
