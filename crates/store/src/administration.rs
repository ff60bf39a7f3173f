//! Making and dropping whole PostgreSQL databases, and statements past every repository: for set-up and for tests.

use sea_orm::{ConnectionTrait, Database};

use crate::error::while_doing;
use crate::options::{Address, connect_options, without_password};
use crate::{StoreError, StoreOptions};

/// Makes the PostgreSQL database `name` on the server of `url`; gives its address.
///
/// # Errors
/// [`StoreError::Address`] where `url` is no PostgreSQL address, [`StoreError::Invalid`] for a name of other characters than
/// `a`–`z`, `0`–`9` and `_`, or what the server says.
pub async fn create_database(url: &str, name: &str) -> Result<String, StoreError> {
    run(url, name, format!("CREATE DATABASE {name}"), "making a database").await?;
    address_of(url, name)
}

/// Drops the PostgreSQL database `name` on the server of `url` with all it holds, and throws out who uses it.
///
/// # Errors
/// As [`create_database`].
pub async fn drop_database(url: &str, name: &str) -> Result<(), StoreError> {
    run(url, name, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"), "dropping a database").await
}

/// Runs one statement on the database of `url`, SQLite or PostgreSQL, past every repository and all that they check; gives how many
/// rows it changed. Tests damage a catalogue with it.
///
/// # Errors
/// [`StoreError::Address`] where `url` is no address, or what the database says.
pub async fn execute(url: &str, statement: &str) -> Result<u64, StoreError> {
    let address = Address::parse(url)?;
    execute_at(url, &address, statement, "running a statement").await
}

async fn run(url: &str, name: &str, statement: String, doing: &'static str) -> Result<(), StoreError> {
    let plain = !name.is_empty() && name.len() <= 63 && name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    if !plain {
        let why = "a name is up to 63 of a–z, 0–9 and _".to_owned();
        return Err(StoreError::Invalid { what: "database", id: name.to_owned(), why });
    }
    let Address::Postgres = Address::parse(url)? else {
        return Err(StoreError::Address { address: url.to_owned(), why: "it is no PostgreSQL server" });
    };
    // A statement that names a database takes no parameters; the name was checked above.
    execute_at(url, &Address::Postgres, &statement, doing).await.map(|_| ())
}

async fn execute_at(url: &str, address: &Address, statement: &str, doing: &'static str) -> Result<u64, StoreError> {
    let database = Database::connect(connect_options(url, address, &StoreOptions::default()))
        .await
        .map_err(|cause| StoreError::Connect { address: without_password(url), cause: cause.into() })?;
    let result = database.execute_unprepared(statement).await.map_err(while_doing(doing));
    database.close().await.map_err(while_doing("closing the database"))?;
    result.map(|result| result.rows_affected())
}

/// The address with another database in its path.
fn address_of(url: &str, name: &str) -> Result<String, StoreError> {
    let (address, parameters) = match url.split_once('?') {
        Some((address, parameters)) => (address, format!("?{parameters}")),
        None => (url, String::new()),
    };
    let authority = address.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    Ok(format!("{authority}/{name}{parameters}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_keeps_all_but_the_database() {
        for (url, expected) in [
            ("postgres://ann@host:5432/postgres", "postgres://ann@host:5432/t1"),
            ("postgres://ann@host", "postgres://ann@host/t1"),
            ("postgres://ann@localhost/postgres?host=/tmp/x", "postgres://ann@localhost/t1?host=/tmp/x"),
        ] {
            assert_eq!(address_of(url, "t1").unwrap(), expected);
        }
    }
}
