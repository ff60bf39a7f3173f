//! How to reach the database, and the limits on it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sea_orm::ConnectOptions;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

use crate::StoreError;

/// Limits on the use of the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreOptions {
    /// The most connections that are open at a time; at least 2, so that a read can run beside a unit of work.
    pub max_connections: u32,
    /// How long a call waits for a free connection.
    pub acquire_timeout: Duration,
    /// How long a statement waits for another process's lock on a SQLite file.
    pub busy_timeout: Duration,
    /// How long one statement may run on PostgreSQL.
    pub statement_timeout: Duration,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            max_connections: 8,
            acquire_timeout: Duration::from_secs(30),
            busy_timeout: Duration::from_secs(30),
            statement_timeout: Duration::from_secs(300),
        }
    }
}

/// The address of the SQLite database in `file`, whatever characters its path has.
pub fn sqlite_url(file: &Path) -> String {
    let mut url = "sqlite://".to_owned();
    for byte in file.as_os_str().as_encoded_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => url.push(char::from(*byte)),
            other => url.push_str(&format!("%{other:02X}")),
        }
    }
    url
}

/// An address split into what the program needs to know of it.
#[derive(Debug)]
pub(crate) enum Address {
    Sqlite(PathBuf),
    Postgres,
}

impl Address {
    pub(crate) fn parse(url: &str) -> Result<Self, StoreError> {
        let fail = |why| StoreError::Address { address: without_password(url), why };
        match url.split_once(':') {
            Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => Ok(Self::Postgres),
            Some(("sqlite", rest)) => {
                let path = rest.strip_prefix("//").unwrap_or(rest);
                let path = path.split_once('?').map_or(path, |(path, _)| path);
                let path = percent_decoded(path).ok_or_else(|| fail("its path is not text"))?;
                // Every connection to `:memory:` would see a database of its own.
                if path.is_empty() || path == ":memory:" {
                    return Err(fail("the store needs a file"));
                }
                Ok(Self::Sqlite(path.into()))
            }
            _ => Err(fail("only SQLite and PostgreSQL are known")),
        }
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let escaped = tail.get(..2).filter(|_| byte == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        match escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(code) => (decoded.push(code), rest = &tail[2..]).0,
            None => (decoded.push(byte), rest = tail).0,
        }
    }
    String::from_utf8(decoded).ok()
}

/// The address as it may be shown: what stands between the user's name and the host is left out.
pub(crate) fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let authority_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let shown = match rest[..authority_end].rfind('@') {
        Some(at) => {
            let user = rest[..at].split(':').next().unwrap_or_default();
            format!("{scheme}://{user}{}", &rest[at..])
        }
        None => url.to_owned(),
    };
    // A password may also be a parameter.
    match shown.split_once('?') {
        Some((address, parameters)) if parameters.contains("password=") => format!("{address}?…"),
        _ => shown,
    }
}

/// What the connection pool is told.
pub(crate) fn connect_options(url: &str, address: &Address, options: &StoreOptions) -> ConnectOptions {
    let mut connect = ConnectOptions::new(url);
    connect
        .max_connections(options.max_connections.max(2))
        .acquire_timeout(options.acquire_timeout)
        .connect_timeout(options.acquire_timeout)
        .sqlx_logging(false);
    match address {
        Address::Sqlite(path) => {
            let (path, busy_timeout) = (path.clone(), options.busy_timeout);
            connect.map_sqlx_sqlite_opts(move |sqlite: SqliteConnectOptions| {
                sqlite
                    .filename(&path)
                    .create_if_missing(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    // In WAL mode NORMAL may lose the last commits on a power cut; what was acknowledged stays.
                    .synchronous(SqliteSynchronous::Full)
                    .foreign_keys(true)
                    .busy_timeout(busy_timeout)
            });
        }
        Address::Postgres => {
            connect.set_application_name("farthing").statement_timeout(options.statement_timeout);
        }
    }
    connect
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_path_survives_the_address() {
        for path in ["/tmp/a b/%41?#ü.db", "relative/farthing.db", "/plain.db"] {
            let Address::Sqlite(read) = Address::parse(&sqlite_url(Path::new(path))).unwrap() else { panic!("{path}") };
            assert_eq!(read, Path::new(path));
        }
    }

    #[test]
    fn what_is_no_database_is_refused() {
        for url in ["", "farthing.db", "mysql://host/db", "sqlite::memory:", "sqlite://", "postgres:host"] {
            assert!(matches!(Address::parse(url), Err(StoreError::Address { .. })), "{url:?}");
        }
    }

    #[test]
    fn passwords_are_not_shown() {
        assert_eq!(without_password("postgres://ann:s@cret@host:5432/db"), "postgres://ann@host:5432/db");
        assert_eq!(without_password("postgres://ann@host/db?sslmode=require"), "postgres://ann@host/db?sslmode=require");
        assert_eq!(without_password("postgres://host/db?user=ann&password=x"), "postgres://host/db?…");
        let error = Address::parse("mysql://ann:secret@host/db").unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
