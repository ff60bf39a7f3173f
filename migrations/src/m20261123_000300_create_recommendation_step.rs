//! What was done with recommendations, by whom and why: rows are only added, and where a recommendation stands is computed from them. The
//! database itself refuses an approval by who proposed, a second one by the same person, and a step without the reason it needs. Of two at
//! once the number lets one in.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::append_only::{drop_table, protect_within};

const TABLE: &str = "recommendation_step";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
pub(crate) enum RecommendationStep {
    Table,
    Plan,
    Sequence,
    DoneBy,
    Action,
    Reason,
    PlanHash,
    InputHash,
    DoneAt,
    Details,
}

/// What makes a row a decision of somebody who must be another than who proposed, and no second one of the same person.
const OWN: &str = "NEW.action IN ('approve', 'override', 'verify') AND (NOT EXISTS (SELECT 1 FROM recommendation_step \
                   WHERE plan = NEW.plan AND action = 'propose') OR EXISTS (SELECT 1 FROM recommendation_step \
                   WHERE plan = NEW.plan AND action = 'propose' AND LOWER(done_by) = LOWER(NEW.done_by)))";
const TWICE: &str = "NEW.action IN ('approve', 'override') AND EXISTS (SELECT 1 FROM recommendation_step WHERE plan = NEW.plan \
                     AND action IN ('approve', 'override') AND LOWER(done_by) = LOWER(NEW.done_by) AND sequence > COALESCE((SELECT \
                     MAX(sequence) FROM recommendation_step WHERE plan = NEW.plan AND action = 'challenge'), 0))";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut key = Index::create();
        key.col(RecommendationStep::Plan).col(RecommendationStep::Sequence);
        let with_reason =
            "action NOT IN ('comment', 'challenge', 'answer', 'override', 'reject', 'rollback') OR TRIM(reason) <> ''";
        let mut table = Table::create();
        table
            .table(RecommendationStep::Table)
            .col(ColumnDef::new(RecommendationStep::Plan).text().not_null())
            .col(ColumnDef::new(RecommendationStep::Sequence).big_integer().not_null())
            .col(ColumnDef::new(RecommendationStep::DoneBy).text().not_null())
            .col(ColumnDef::new(RecommendationStep::Action).text().not_null())
            .col(ColumnDef::new(RecommendationStep::Reason).text().not_null())
            .col(ColumnDef::new(RecommendationStep::PlanHash).text().not_null())
            .col(ColumnDef::new(RecommendationStep::InputHash).text().not_null())
            .col(ColumnDef::new(RecommendationStep::DoneAt).timestamp_with_time_zone().not_null())
            .col(ColumnDef::new(RecommendationStep::Details).text().not_null())
            .check(Expr::cust(with_reason))
            .primary_key(&mut key);
        manager.create_table(table).await?;
        protect_within(manager, TABLE, "plan").await?;
        let rules =
            [("own", OWN, "nobody decides on what they proposed"), ("twice", TWICE, "a second approval is a second person''s")];
        let statements: Vec<String> = match manager.get_database_backend() {
            DbBackend::Sqlite => rules
                .iter()
                .map(|(name, when, said)| {
                    format!("CREATE TRIGGER {TABLE}_{name} BEFORE INSERT ON {TABLE} WHEN {when} BEGIN SELECT RAISE(ABORT, '{said}'); END")
                })
                .collect(),
            _ => {
                let refuse = |(_, when, said): &(&str, &str, &str)| {
                    format!("IF {when} THEN RAISE EXCEPTION '{said}' USING ERRCODE = 'restrict_violation'; END IF;")
                };
                let body: String = rules.iter().map(refuse).collect();
                vec![
                    format!(
                        "CREATE FUNCTION {TABLE}_is_anothers() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NEW; END $$"
                    ),
                    format!(
                        "CREATE TRIGGER {TABLE}_is_anothers BEFORE INSERT ON {TABLE} FOR EACH ROW EXECUTE FUNCTION {TABLE}_is_anothers()"
                    ),
                ]
            }
        };
        for statement in statements {
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_table(manager, TABLE).await?;
        if manager.get_database_backend() != DbBackend::Sqlite {
            manager.get_connection().execute_unprepared(&format!("DROP FUNCTION {TABLE}_is_anothers()")).await?;
        }
        Ok(())
    }
}
