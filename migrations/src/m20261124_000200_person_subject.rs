//! Whom an OpenID provider vouches for is known by what it calls them, which is theirs alone and never changes, and not by their name.

use sea_orm_migration::prelude::*;

use crate::m20261123_000210_create_person::Person;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(Clone, Copy, DeriveIden)]
enum Added {
    Issuer,
    Subject,
}

const INDEX: &str = "person_subject";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [Added::Issuer, Added::Subject] {
            // SQLite adds one column at a time.
            let mut column = ColumnDef::new(column).text().take();
            manager.alter_table(Table::alter().table(Person::Table).add_column(&mut column).to_owned()).await?;
        }
        let index = Index::create().name(INDEX).table(Person::Table).col(Added::Issuer).col(Added::Subject).unique().to_owned();
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name(INDEX).table(Person::Table).to_owned()).await?;
        for column in [Added::Issuer, Added::Subject] {
            manager.alter_table(Table::alter().table(Person::Table).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
