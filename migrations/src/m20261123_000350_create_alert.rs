//! What channels are told of: one row an event and channel, by a unique index, so that none is told of the same twice. Rows that go out
//! together have the id of one message, which they keep however often it is sent.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(Clone, Copy, DeriveIden)]
pub(crate) enum Alert {
    Table,
    Id,
    Channel,
    EventKey,
    Topic,
    Event,
    Message,
    State,
    Attempts,
    DueAt,
    CreatedAt,
    TriedAt,
    EndedAt,
    Said,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ended = Expr::col(Alert::State).is_in(["sent", "failed", "dropped"]).eq(Expr::col(Alert::EndedAt).is_not_null());
        let mut table = Table::create();
        table
            .table(Alert::Table)
            .col(ColumnDef::new(Alert::Id).text().not_null().primary_key())
            .col(ColumnDef::new(Alert::Channel).text().not_null())
            .col(ColumnDef::new(Alert::EventKey).text().not_null())
            .col(ColumnDef::new(Alert::Topic).text().not_null())
            .col(ColumnDef::new(Alert::Event).text().not_null())
            .col(ColumnDef::new(Alert::Message).text())
            .col(ColumnDef::new(Alert::State).text().not_null())
            .col(ColumnDef::new(Alert::Attempts).big_integer().not_null())
            .col(ColumnDef::new(Alert::DueAt).timestamp_with_time_zone().not_null())
            .col(ColumnDef::new(Alert::CreatedAt).timestamp_with_time_zone().not_null())
            .col(ColumnDef::new(Alert::TriedAt).timestamp_with_time_zone())
            .col(ColumnDef::new(Alert::EndedAt).timestamp_with_time_zone())
            .col(ColumnDef::new(Alert::Said).text())
            .check(Expr::col(Alert::State).is_in(["waiting", "sent", "failed", "dropped"]))
            .check(ended);
        manager.create_table(table).await?;
        let index = |name: &str, columns: &[Alert]| {
            let mut index = Index::create();
            index.name(name).table(Alert::Table);
            for column in columns {
                index.col(*column);
            }
            index
        };
        let mut once = index("alert_once", &[Alert::Channel, Alert::EventKey]);
        once.unique();
        manager.create_index(once).await?;
        manager.create_index(index("alert_due", &[Alert::State, Alert::DueAt])).await?;
        manager.create_index(index("alert_message", &[Alert::Message])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Alert::Table).to_owned()).await
    }
}
