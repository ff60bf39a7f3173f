//! Read-only SQL over the facts.

use farthing_focus::Dataset as FocusDataset;
use farthing_lake::{decision_batch, event_batch, usage_batch};
use farthing_query::{Answer, Content, FactFile, Facts, Parameters, Question, Table};
use farthing_store::Dataset;
use farthing_types::{BillingPeriod, SourceName};

use crate::{Error, Farthing};

/// A question in SQL, and the facts that it is about.
#[derive(Clone, Debug, Default)]
pub struct SqlQuery {
    /// One SELECT.
    pub query: String,
    /// The values of its parameters.
    pub parameters: Parameters,
    /// Only facts of this billing period.
    pub period: Option<BillingPeriod>,
    /// Only facts of this source.
    pub source: Option<SourceName>,
}

impl Farthing {
    /// Runs one SELECT over the tables that it names. Nothing is read for tables that it does not name.
    ///
    /// # Errors
    /// When the query is no SELECT, makes no sense, or needs more time, memory or disk than it may have.
    pub async fn sql(&self, query: &SqlQuery) -> Result<Answer, Error> {
        let question = Question::parse(&query.query, &query.parameters)?;
        if query.reads_people()? {
            self.note_people_read().await?;
        }
        let mut facts = Facts::new();
        for &table in question.tables() {
            facts.insert(table, self.content(table, &question, query).await?);
        }
        Ok(self.engine.sql(&facts, &question).await?)
    }

    async fn content(&self, table: Table, question: &Question, query: &SqlQuery) -> Result<Content, Error> {
        let (dataset, known) = match table {
            Table::Focus => (Dataset::Charges, farthing_focus::canonical_schema()),
            Table::Usage => (Dataset::Usage, usage_batch(&[])?.schema()),
            Table::Decisions => (Dataset::Decisions, decision_batch(&[])?.schema()),
            Table::EventLogs => (Dataset::EventLogs, event_batch(&[])?.schema()),
            Table::Daily => return self.daily_table(query).await,
            Table::ContractCommitment => (Dataset::ContractCommitment, FocusDataset::ContractCommitment.schema(&[])),
            Table::InvoiceDetail => (Dataset::InvoiceDetail, FocusDataset::InvoiceDetail.schema(&[])),
            Table::BillingPeriod => (Dataset::BillingPeriod, FocusDataset::BillingPeriod.schema(&[])),
            Table::Attributed => return self.attributed_table(question, query).await,
            Table::Statements => return self.statements_table(query).await,
        };
        let mut revisions = self.revisions(dataset, query.period).await?;
        revisions.retain(|revision| query.source.as_ref().is_none_or(|source| revision.source == *source));
        let file = |period| move |path| FactFile { path, period };
        let files = revisions.iter().flat_map(|revision| self.fact_files(revision).into_iter().map(file(revision.period)));
        Ok(Content::Files { files: files.collect(), known })
    }
}
