use std::path::Path;

use farthing_store::{Store, StoreOptions, create_database, drop_database, execute, sqlite_url};

use crate::Home;

/// An empty database for one test, gone when it is dropped.
#[derive(Debug)]
pub struct TestDatabase {
    url: String,
    // Held for what their ends do: one removes the folder, the other drops the database.
    _home: Option<Home>,
    _server: Option<Server>,
}

#[derive(Debug)]
struct Server {
    url: String,
    name: String,
}

impl TestDatabase {
    /// A SQLite file in a folder of its own.
    pub fn sqlite() -> Self {
        let home = Home::new();
        Self { url: sqlite_url(&home.join("farthing.db")), _home: Some(home), _server: None }
    }

    /// A database of its own on the PostgreSQL server in the environment variable `FARTHING_TEST_POSTGRES`; where that is not
    /// set it says so and gives `None`: the test returns. `scripts/postgres.sh run COMMAND` sets it.
    ///
    /// # Panics
    /// Where the variable is set and the server makes no database.
    pub async fn postgres() -> Option<Self> {
        let server = crate::environment("FARTHING_TEST_POSTGRES")?;
        let name = format!("farthing_test_{}", uuid::Uuid::new_v4().simple());
        let url = create_database(&server, &name).await.expect("FARTHING_TEST_POSTGRES names a server that runs");
        Some(Self { url, _home: None, _server: Some(Server { url: server, name }) })
    }

    /// The same for a test that has no runtime.
    ///
    /// # Panics
    /// As [`postgres`](Self::postgres).
    pub fn postgres_blocking() -> Option<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("the system has room for a runtime").block_on(Self::postgres())
    }

    /// The SQLite database in this file, which stays.
    pub fn in_file(file: &Path) -> Self {
        Self::at(&sqlite_url(file))
    }

    /// The database at this address, which stays.
    pub fn at(url: &str) -> Self {
        Self { url: url.to_owned(), _home: None, _server: None }
    }

    /// Runs a statement past every repository; gives how many rows it changed. For tests that have no runtime.
    ///
    /// # Panics
    /// Where the database refuses it.
    pub fn execute(&self, statement: &str) -> u64 {
        self.try_execute(statement).expect("the statement is right")
    }

    /// The same where the database may refuse it, and then what it says.
    ///
    /// # Errors
    /// What the database says.
    pub fn try_execute(&self, statement: &str) -> Result<u64, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let changed = runtime.expect("the system has room for a runtime").block_on(execute(&self.url, statement));
        changed.map_err(|error| error.to_string())
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Opens it as it is.
    ///
    /// # Panics
    /// Where it does not open.
    pub async fn connect(&self) -> Store {
        let options = StoreOptions { max_connections: 4, ..StoreOptions::default() };
        Store::connect(&self.url, &options).await.expect("a test database opens")
    }

    /// Opens it with all its tables.
    ///
    /// # Panics
    /// Where it does not open or cannot be migrated.
    pub async fn store(&self) -> Store {
        let store = self.connect().await;
        store.migrate().await.expect("an empty database can be migrated");
        store
    }
}

impl Drop for Server {
    /// Drops the database also where the test failed. It takes a thread, since dropping is no place to wait in a runtime.
    fn drop(&mut self) {
        let (url, name) = (self.url.clone(), self.name.clone());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            match runtime {
                Ok(runtime) => runtime.block_on(drop_database(&url, &name)).map_err(|error| error.to_string()),
                Err(error) => Err(error.to_string()),
            }
        });
        // Panicking here while a test panics would end the process and hide why.
        match thread.join() {
            Ok(Ok(())) => {}
            Ok(Err(error)) => eprintln!("the test database {} is left behind: {error}", self.name),
            Err(_) => eprintln!("the test database {} is left behind", self.name),
        }
    }
}
