//! What a review of the portfolio decided of each model, by whom and why. A decision is never changed: the next one is added, and the
//! last one holds.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
pub(crate) enum PortfolioDecision {
    Table,
    Quarter,
    Model,
    Sequence,
    Decision,
    Reason,
    DecidedBy,
    DecidedAt,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut key = Index::create();
        key.col(PortfolioDecision::Quarter).col(PortfolioDecision::Model).col(PortfolioDecision::Sequence);
        let mut table = Table::create();
        table
            .table(PortfolioDecision::Table)
            .col(ColumnDef::new(PortfolioDecision::Quarter).text().not_null())
            .col(ColumnDef::new(PortfolioDecision::Model).text().not_null())
            .col(ColumnDef::new(PortfolioDecision::Sequence).big_integer().not_null())
            .col(ColumnDef::new(PortfolioDecision::Decision).text().not_null())
            .col(ColumnDef::new(PortfolioDecision::Reason).text().not_null())
            .col(ColumnDef::new(PortfolioDecision::DecidedBy).text().not_null())
            .col(ColumnDef::new(PortfolioDecision::DecidedAt).timestamp_with_time_zone().not_null())
            .primary_key(&mut key);
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(PortfolioDecision::Table).to_owned()).await
    }
}
