//! Reviews of the portfolio of models: the scorecards of a quarter as they were, with the digests of what they rest on. A review is
//! never changed, and a quarter has one.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
pub(crate) enum PortfolioReview {
    Table,
    Quarter,
    OpenedAt,
    OpenedBy,
    Digest,
    Content,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create();
        table
            .table(PortfolioReview::Table)
            .col(ColumnDef::new(PortfolioReview::Quarter).text().not_null().primary_key())
            .col(ColumnDef::new(PortfolioReview::OpenedAt).timestamp_with_time_zone().not_null())
            .col(ColumnDef::new(PortfolioReview::OpenedBy).text().not_null())
            .col(ColumnDef::new(PortfolioReview::Digest).text().not_null())
            .col(ColumnDef::new(PortfolioReview::Content).text().not_null());
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(PortfolioReview::Table).to_owned()).await
    }
}
