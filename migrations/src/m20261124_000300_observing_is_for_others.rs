//! What was done while a plan ran in shadow is said by somebody else than who proposed it: the database refuses that as it refuses an
//! approval and a verification of one's own.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

const TABLE: &str = "recommendation_step";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// The rules for inserted rows, with what each is refused with; `others` are the steps that are for others.
fn rules(others: &str) -> [(&'static str, String, &'static str); 2] {
    let proposers = "SELECT 1 FROM recommendation_step WHERE plan = NEW.plan AND action = 'propose'";
    let own = format!(
        "NEW.action IN ({others}) AND (NOT EXISTS ({proposers}) OR EXISTS ({proposers} AND LOWER(done_by) = LOWER(NEW.done_by)))"
    );
    let begun = "SELECT MAX(sequence) FROM recommendation_step WHERE plan = NEW.plan AND action IN ('challenge', 'shadow')";
    let twice = format!(
        "NEW.action IN ('approve', 'override') AND EXISTS (SELECT 1 FROM recommendation_step WHERE plan = NEW.plan \
         AND action IN ('approve', 'override') AND LOWER(done_by) = LOWER(NEW.done_by) AND sequence > COALESCE(({begun}), 0))"
    );
    [("own", own, "nobody decides on what they proposed"), ("twice", twice, "a second approval is a second person''s")]
}

/// Puts these rules in place of those that there are.
async fn replace(manager: &SchemaManager<'_>, others: &str) -> Result<(), DbErr> {
    let rules = rules(others);
    let statements: Vec<String> = match manager.get_database_backend() {
        DbBackend::Sqlite => rules
            .iter()
            .flat_map(|(name, when, said)| {
                [
                    format!("DROP TRIGGER {TABLE}_{name}"),
                    format!("CREATE TRIGGER {TABLE}_{name} BEFORE INSERT ON {TABLE} WHEN {when} BEGIN SELECT RAISE(ABORT, '{said}'); END"),
                ]
            })
            .collect(),
        _ => {
            let refuse = |(_, when, said): &(&str, String, &str)| {
                format!("IF {when} THEN RAISE EXCEPTION '{said}' USING ERRCODE = 'restrict_violation'; END IF;")
            };
            let body: String = rules.iter().map(refuse).collect();
            vec![format!(
                "CREATE OR REPLACE FUNCTION {TABLE}_is_anothers() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NEW; END $$"
            )]
        }
    };
    for statement in statements {
        manager.get_connection().execute_unprepared(&statement).await?;
    }
    Ok(())
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        replace(manager, "'approve', 'override', 'verify', 'observe'").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        replace(manager, "'approve', 'override', 'verify'").await
    }
}
