//! The shape of the operational database, one file a change, the same on SQLite and PostgreSQL.
//!
//! **Architecture invariants:** a migration that has been released is never edited, a new one is added at the end of the list.
//! Money is text, never `REAL` and never `NUMERIC`: SQLite would read it back as a binary fraction. Ids are UUIDs in their 36
//! letters, so that a row reads the same on both databases; moments are `timestamptz` (RFC 3339 text in UTC on SQLite).
//! What may be only once is a unique index, so that no race in the program can break it.

use sea_orm_migration::prelude::*;

mod append_only;
mod m20261122_000001_create_source;
mod m20261122_000002_create_import;
mod m20261122_000003_create_revision;
mod m20261122_000004_create_revision_total;
mod m20261122_000005_create_finding;
mod m20261122_000006_create_document;
mod m20261122_000007_create_plan;
mod m20261122_000020_create_period_event;
mod m20261122_000021_revision_content;
mod m20261122_000030_create_revision_retirement;
mod m20261122_000040_revision_restates;
mod m20261122_000050_revision_masking;
mod m20261122_000060_create_delivery;
mod m20261122_000070_create_certificate;
mod m20261122_000100_create_reopening;
mod m20261122_000130_create_portfolio_review;
mod m20261122_000131_create_portfolio_decision;
mod m20261122_000160_create_job_schedule;
mod m20261122_000161_create_job_run;
mod m20261122_000170_create_collection;
mod m20261122_000171_create_call_spending;
mod m20261122_000200_create_audit_entry;
mod m20261122_000201_create_audit_checkpoint;
mod m20261123_000185_collection_run;
mod m20261123_000186_create_collection_gap;
mod m20261123_000187_create_provider_report;
mod m20261123_000195_create_kept_statement;
mod m20261123_000210_create_person;
mod m20261123_000211_create_api_token;
mod m20261123_000212_create_login_session;
mod m20261123_000300_create_recommendation_step;
mod m20261123_000350_create_alert;
mod m20261123_000400_create_kept_answer;
mod m20261124_000200_person_subject;
mod m20261124_000300_observing_is_for_others;
mod m20261124_000400_job_run_asked_by;
mod m20261125_000100_create_import_file;
mod m20261125_000110_create_revision_input;
mod m20261125_000120_create_erasure;

/// All changes, in the order in which they are applied.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_create_source::Migration),
            Box::new(m20261122_000002_create_import::Migration),
            Box::new(m20261122_000003_create_revision::Migration),
            Box::new(m20261122_000004_create_revision_total::Migration),
            Box::new(m20261122_000005_create_finding::Migration),
            Box::new(m20261122_000006_create_document::Migration),
            Box::new(m20261122_000007_create_plan::Migration),
            Box::new(m20261122_000020_create_period_event::Migration),
            Box::new(m20261122_000021_revision_content::Migration),
            Box::new(m20261122_000030_create_revision_retirement::Migration),
            Box::new(m20261122_000040_revision_restates::Migration),
            Box::new(m20261122_000050_revision_masking::Migration),
            Box::new(m20261122_000060_create_delivery::Migration),
            Box::new(m20261122_000070_create_certificate::Migration),
            Box::new(m20261122_000100_create_reopening::Migration),
            Box::new(m20261122_000130_create_portfolio_review::Migration),
            Box::new(m20261122_000131_create_portfolio_decision::Migration),
            Box::new(m20261122_000160_create_job_schedule::Migration),
            Box::new(m20261122_000161_create_job_run::Migration),
            Box::new(m20261122_000170_create_collection::Migration),
            Box::new(m20261122_000171_create_call_spending::Migration),
            Box::new(m20261122_000200_create_audit_entry::Migration),
            Box::new(m20261122_000201_create_audit_checkpoint::Migration),
            Box::new(m20261123_000185_collection_run::Migration),
            Box::new(m20261123_000186_create_collection_gap::Migration),
            Box::new(m20261123_000187_create_provider_report::Migration),
            Box::new(m20261123_000195_create_kept_statement::Migration),
            Box::new(m20261123_000210_create_person::Migration),
            Box::new(m20261123_000211_create_api_token::Migration),
            Box::new(m20261123_000212_create_login_session::Migration),
            Box::new(m20261123_000300_create_recommendation_step::Migration),
            Box::new(m20261123_000350_create_alert::Migration),
            Box::new(m20261123_000400_create_kept_answer::Migration),
            Box::new(m20261124_000200_person_subject::Migration),
            Box::new(m20261124_000300_observing_is_for_others::Migration),
            Box::new(m20261124_000400_job_run_asked_by::Migration),
            Box::new(m20261125_000100_create_import_file::Migration),
            Box::new(m20261125_000110_create_revision_input::Migration),
            Box::new(m20261125_000120_create_erasure::Migration),
        ]
    }
}

/// The names of all changes that this program knows, oldest first.
pub fn names() -> Vec<String> {
    Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_in_order() {
        let names = names();
        assert!(names.windows(2).all(|pair| pair[0] < pair[1]), "{names:?}");
    }
}
