//! The catalogue of the lake: one row for each immutable set of facts of a source and period.
//!
//! A period is visible through its one active revision; a restatement inserts the next and supersedes the active one in the
//! same transaction. Nothing is deleted, so a report can be asked for as of an earlier moment.

use sea_orm_migration::prelude::*;

use crate::m20261122_000001_create_source::Source;
use crate::m20261122_000002_create_import::Import;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[derive(DeriveIden)]
pub(crate) enum Revision {
    Table,
    Id,
    ImportId,
    Dataset,
    Source,
    Period,
    Sequence,
    Digest,
    Format,
    CodeVersion,
    State,
    Supersedes,
    Rows,
    Findings,
    Location,
    Files,
    ImportedAt,
    SupersededAt,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(table()).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Revision::Table).to_owned()).await
    }
}

fn table() -> TableCreateStatement {
    let mut source = ForeignKey::create();
    source.name("revision_source").from(Revision::Table, Revision::Source).to(Source::Table, Source::Name);
    let mut import = ForeignKey::create();
    import.name("revision_import").from(Revision::Table, Revision::ImportId).to(Import::Table, Import::Id);
    let mut supersedes = ForeignKey::create();
    supersedes.name("revision_supersedes").from(Revision::Table, Revision::Supersedes).to(Revision::Table, Revision::Id);
    let known_state = Expr::col(Revision::State).is_in(["active", "superseded"]);
    let superseded_has_a_moment = Expr::col(Revision::State).eq("superseded").eq(Expr::col(Revision::SupersededAt).is_not_null());
    let mut table = Table::create();
    table
        .table(Revision::Table)
        .col(ColumnDef::new(Revision::Id).text().not_null().primary_key())
        .col(ColumnDef::new(Revision::ImportId).text().not_null())
        .col(ColumnDef::new(Revision::Dataset).text().not_null())
        .col(ColumnDef::new(Revision::Source).text().not_null())
        .col(ColumnDef::new(Revision::Period).text().not_null())
        .col(ColumnDef::new(Revision::Sequence).big_integer().not_null())
        .col(ColumnDef::new(Revision::Digest).text().not_null())
        .col(ColumnDef::new(Revision::Format).text().not_null())
        .col(ColumnDef::new(Revision::CodeVersion).text().not_null())
        .col(ColumnDef::new(Revision::State).text().not_null())
        .col(ColumnDef::new(Revision::Supersedes).text())
        .col(ColumnDef::new(Revision::Rows).big_integer().not_null())
        .col(ColumnDef::new(Revision::Findings).big_integer().not_null())
        .col(ColumnDef::new(Revision::Location).text().not_null())
        .col(ColumnDef::new(Revision::Files).text().not_null())
        .col(ColumnDef::new(Revision::ImportedAt).timestamp_with_time_zone().not_null())
        .col(ColumnDef::new(Revision::SupersededAt).timestamp_with_time_zone())
        .check(known_state)
        .check(superseded_has_a_moment)
        .foreign_key(&mut source)
        .foreign_key(&mut import)
        .foreign_key(&mut supersedes);
    table
}

fn indexes() -> [IndexCreateStatement; 4] {
    let unique = |name: &str, last: Option<Revision>| {
        let mut index = Index::create();
        index.name(name).table(Revision::Table).unique().col(Revision::Dataset).col(Revision::Source).col(Revision::Period);
        if let Some(last) = last {
            index.col(last);
        }
        index
    };
    let mut one_active = unique("revision_one_active", None);
    one_active.and_where(Expr::col(Revision::State).eq("active"));
    // One successor each: a revision cannot be superseded twice.
    let mut one_successor = Index::create();
    one_successor.name("revision_one_successor").table(Revision::Table).unique().col(Revision::Supersedes);
    [
        unique("revision_sequence", Some(Revision::Sequence)),
        unique("revision_digest", Some(Revision::Digest)),
        one_active,
        one_successor,
    ]
}
