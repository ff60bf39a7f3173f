use sea_orm_migration::prelude::*;

/// Who asked for a run: they may look at it and stop it, and what it does is theirs.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[derive(DeriveIden)]
enum JobRun {
    Table,
    AskedBy,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut asked_by = ColumnDef::new(JobRun::AskedBy).text().null().take();
        manager.alter_table(Table::alter().table(JobRun::Table).add_column(&mut asked_by).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table(JobRun::Table).drop_column(JobRun::AskedBy).to_owned()).await
    }
}
