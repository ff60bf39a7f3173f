//! What calls to paid services cost, by source and month: the sum that budgets are held against. A row is written before its call is made.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
enum CallSpending {
    Table,
    Source,
    Month,
    Calls,
    Cost,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut key = Index::create();
        key.col(CallSpending::Source).col(CallSpending::Month).primary();
        let mut table = Table::create();
        table
            .table(CallSpending::Table)
            .col(ColumnDef::new(CallSpending::Source).text().not_null())
            .col(ColumnDef::new(CallSpending::Month).text().not_null())
            .col(ColumnDef::new(CallSpending::Calls).big_integer().not_null())
            .col(ColumnDef::new(CallSpending::Cost).text().not_null())
            .primary_key(&mut key);
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(CallSpending::Table).to_owned()).await
    }
}
