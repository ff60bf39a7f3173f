//! The store on both databases: every test function runs once on SQLite and once on PostgreSQL.

// Clippy allows it in functions marked as tests, and these are called from such.
#![allow(clippy::unwrap_used)]

mod alerts;
mod audit;
mod build;
mod certificates;
mod collections;
mod documents;
mod dump;
mod faults;
mod identities;
mod imports;
mod jobs;
mod migrations;
mod money;
mod periods;
mod plans;
mod publishing;
mod recommendation_steps;
mod status;
mod unit_of_work;
mod upkeep;

use farthing_testkit::TestDatabase;

/// Makes two tests of each function: `sqlite::name`, and `postgresql::name` where `FARTHING_TEST_POSTGRES` is set.
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    super::$name(&farthing_testkit::TestDatabase::sqlite()).await;
                }
            )+
        }
        mod postgresql {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    let Some(database) = farthing_testkit::TestDatabase::postgres().await else { return };
                    super::$name(&database).await;
                }
            )+
        }
    };
}
pub(crate) use on_both_databases;

/// Runs one statement on the database behind the store's back.
async fn tamper(database: &TestDatabase, statement: &str) {
    use sea_orm::ConnectionTrait;
    let connection = sea_orm::Database::connect(database.url()).await.unwrap();
    connection.execute_unprepared(statement).await.unwrap();
    connection.close().await.unwrap();
}
