//! People who may log in, and what they were given. Duties that one person never holds together are refused here as well: who closes does
//! not propose or administer, who audits does nothing else.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
pub(crate) enum Person {
    Table,
    Name,
    Password,
    Roles,
    Units,
    AddedAt,
    AddedBy,
    DisabledAt,
    Failures,
    LockedUntil,
}

/// Roles are a JSON list of words.
pub(crate) fn divided_duties() -> SimpleExpr {
    let has = |role: &str| format!("roles LIKE '%\"{role}\"%'");
    let others = ["analyst", "engineer", "approver", "controller", "portfolio-reviewer", "administrator"].map(has).join(" OR ");
    Expr::cust(format!(
        "NOT ({} AND ({} OR {})) AND NOT ({} AND ({others}))",
        has("controller"),
        has("engineer"),
        has("administrator"),
        has("auditor"),
    ))
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create();
        table
            .table(Person::Table)
            .col(ColumnDef::new(Person::Name).text().not_null().primary_key())
            .col(ColumnDef::new(Person::Password).text())
            .col(ColumnDef::new(Person::Roles).text().not_null())
            .col(ColumnDef::new(Person::Units).text())
            .col(ColumnDef::new(Person::AddedAt).timestamp_with_time_zone().not_null())
            .col(ColumnDef::new(Person::AddedBy).text().not_null())
            .col(ColumnDef::new(Person::DisabledAt).timestamp_with_time_zone())
            .col(ColumnDef::new(Person::Failures).big_integer().not_null())
            .col(ColumnDef::new(Person::LockedUntil).timestamp_with_time_zone())
            .check(divided_duties());
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Person::Table).to_owned()).await
    }
}
