//! From the figures of a report to what they were computed from: the question, the versions of documents, the revisions of facts, and the
//! files that these came in.

use chrono::{DateTime, Utc};
use farthing_query::{Question, Table};
use farthing_store::{Dataset, DocumentKind as StoredKind, Revision};
use farthing_types::{BillingPeriod, Selection};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Error, Farthing, LineageDocument, LineageRevision, SqlQuery};

/// What a report reads: rather too much than too little, since a figure rests on all of it or on a part.
struct Reads {
    report: &'static str,
    /// The command that prints it, and the address that answers with it; `{}` is the period.
    command: &'static str,
    address: &'static str,
    datasets: &'static [Dataset],
    kinds: &'static [StoredKind],
    /// True where months before the one that is asked about are read too.
    earlier: bool,
}

use Dataset as D;
use StoredKind as K;

const ATTRIBUTED: &[D] = &[D::Charges, D::LateCharges, D::Usage, D::Decisions];
const DECIDED: &[D] = &[D::Charges, D::LateCharges, D::Usage, D::Decisions, D::EventLogs];
const RULES: &[K] = &[K::Rules, K::Units, K::Metrics, K::Rates];
const PEOPLE: &[K] = &[K::Rules, K::Units, K::Metrics, K::Rates, K::People, K::Models];

#[rustfmt::skip]
const REPORTS: &[Reads] = &[
    reads("chargeback", "farthing chargeback --period {}", "/v1/chargeback?period={}", ATTRIBUTED, RULES, true),
    reads("statement", "farthing statement UNIT --period {}", "/v1/statements/{unit}?period={}", ATTRIBUTED, RULES, true),
    reads("journal", "farthing journal --period {}", "/v1/journal?period={}", ATTRIBUTED, RULES, true),
    reads("reconciliation", "farthing reconcile --period {}", "/v1/reconciliation", &[D::Charges, D::LateCharges], &[], false),
    reads("variance", "farthing variance EARLIER {}", "/v1/variance?to={}", ATTRIBUTED, RULES, true),
    reads("coverage", "farthing rules coverage --period {}", "/v1/rules/coverage?period={}", &[D::Charges, D::LateCharges], RULES, false),
    reads("budgets", "farthing budgets status --period {}", "/v1/budgets?period={}", ATTRIBUTED, &[K::Budgets, K::Rules, K::Units, K::Metrics, K::Rates], true),
    reads("forecast", "farthing forecast --period {}", "/v1/forecast", ATTRIBUTED, RULES, true),
    reads("anomalies", "farthing anomalies --period {}", "/v1/anomalies?period={}", ATTRIBUTED, RULES, true),
    reads("unit-cost", "farthing unit-cost --window MONTHS", "/v1/unit-cost", DECIDED, PEOPLE, false),
    reads("token-cost", "farthing token-cost --period {}", "/v1/token-cost?period={}", ATTRIBUTED, &[K::Prices, K::Rules, K::Units, K::Metrics, K::Rates], false),
    reads("tco", "farthing tco --period {}", "/v1/tco?period={}", DECIDED, &[K::Systems, K::Prices, K::Rules, K::Units, K::Metrics, K::Rates, K::People], true),
    reads("kpis", "farthing kpis", "/v1/kpis", DECIDED, PEOPLE, false),
    reads("portfolio", "farthing portfolio", "/v1/portfolio", DECIDED, PEOPLE, true),
];

const fn reads(
    report: &'static str,
    command: &'static str,
    address: &'static str,
    datasets: &'static [Dataset],
    kinds: &'static [StoredKind],
    earlier: bool,
) -> Reads {
    Reads { report, command, address, datasets, kinds, earlier }
}

/// Which figures are meant.
#[derive(Clone, Debug, Default)]
pub struct LineageQuery {
    /// The report: `chargeback`, `unit-cost` … or `sql`.
    pub report: String,
    /// The billing period that it is about; all that there are without one.
    pub period: Option<BillingPeriod>,
    /// The question, of `sql`.
    pub sql: Option<String>,
}

/// What the figures of a report rest on.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReportLineage {
    /// The report.
    pub report: String,
    /// The billing period that it is about; none for all.
    #[schema(value_type = Option<String>)]
    pub period: Option<BillingPeriod>,
    /// The command that gives these figures again.
    pub command: String,
    /// The address that does.
    pub address: String,
    /// The moment whose facts and documents these are: of a closed month that of its closing.
    pub as_of: DateTime<Utc>,
    /// The rule set: its version, where one is in force and read.
    pub rule_set: Option<u64>,
    /// The versions of documents.
    pub documents: Vec<LineageDocument>,
    /// The revisions of facts, each with the files that it came in.
    pub revisions: Vec<SourceRevision>,
}

/// A revision with where it came from.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SourceRevision {
    /// The revision.
    #[serde(flatten)]
    pub revision: LineageRevision,
    /// How many facts.
    pub rows: u64,
    /// What it was read as.
    pub format: String,
    /// The version of the program that read it.
    pub code_version: String,
    /// Since when reports read it.
    pub imported_at: DateTime<Utc>,
    /// The import that made it: `farthing audit list --subject "source NAME"` says who ran it.
    pub import: String,
    /// The files, folders and addresses that were named to it.
    pub paths: Vec<String>,
    /// Its own files in the lake, each with the SHA-256 of its bytes.
    pub files: Vec<LakePart>,
}

/// A file of a revision.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LakePart {
    /// Its path below the lake.
    pub path: String,
    /// How many rows it has.
    pub rows: u64,
    /// How long it is.
    pub bytes: u64,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

/// The facts that a table of SQL is made of, and the documents that stand between.
fn of_table(table: Table) -> (&'static [Dataset], &'static [StoredKind]) {
    match table {
        Table::Focus | Table::Daily => (&[D::Charges], &[]),
        Table::Usage => (&[D::Usage], &[]),
        Table::Decisions => (&[D::Decisions], &[]),
        Table::EventLogs => (&[D::EventLogs], &[]),
        Table::Attributed | Table::Statements => (ATTRIBUTED, RULES),
        Table::ContractCommitment => (&[D::ContractCommitment], &[]),
        Table::InvoiceDetail => (&[D::InvoiceDetail], &[]),
        Table::BillingPeriod => (&[D::BillingPeriod], &[]),
    }
}

impl SqlQuery {
    /// True where it reads what is about people: what they decided, and what business systems say of who did what.
    ///
    /// # Errors
    /// When it is no question.
    pub fn reads_people(&self) -> Result<bool, Error> {
        let question = Question::parse(&self.query, &self.parameters)?;
        Ok(question.tables().iter().any(|table| matches!(table, Table::Decisions | Table::EventLogs)))
    }
}

impl Farthing {
    /// What the figures of a report rest on, down to the files that were imported. A closed month is that of its closing, as in the report.
    ///
    /// # Errors
    /// When there is no such report, the question of `sql` makes no sense, or the database fails.
    pub async fn report_lineage(&self, query: &LineageQuery) -> Result<ReportLineage, Error> {
        let LineageQuery { report, period, sql } = query;
        let (reads, datasets, kinds) = match (report.as_str(), sql) {
            ("sql", Some(sql)) => {
                let question = Question::parse(sql, &SqlQuery::default().parameters)?;
                let of: Vec<_> = question.tables().iter().map(|table| of_table(*table)).collect();
                let datasets = of.iter().flat_map(|(datasets, _)| datasets.iter().copied()).collect();
                (None, datasets, of.iter().flat_map(|(_, kinds)| kinds.iter().copied()).collect::<Vec<_>>())
            }
            ("sql", None) => return Err(Error::Invalid("sql: give the question whose answer it is about".to_owned())),
            (name, _) => {
                let reads = REPORTS.iter().find(|reads| reads.report == name).ok_or_else(|| unknown(name))?;
                (Some(reads), reads.datasets.to_vec(), reads.kinds.to_vec())
            }
        };
        let then = match (period, reads) {
            (Some(period), Some(_)) => self.as_closed(Selection::Period(*period)).await?,
            _ => self.clone(),
        };
        let is_read = |month: BillingPeriod| {
            period.is_none_or(|period| month == period || reads.is_some_and(|reads| reads.earlier && month == period.previous()))
        };
        let mut revisions = Vec::new();
        for &dataset in sorted(datasets, |dataset| dataset.as_str()).iter() {
            for revision in then.revisions(dataset, None).await?.into_iter().filter(|revision| is_read(revision.period)) {
                revisions.push(then.source_revision(revision).await?);
            }
        }
        revisions.sort_by(|a, b| {
            let key = |one: &SourceRevision| (one.revision.dataset, one.revision.period, one.revision.source.clone());
            key(a).cmp(&key(b))
        });
        let mut documents = Vec::new();
        for &kind in sorted(kinds, |kind| kind.as_str()).iter() {
            documents.extend(then.in_force(kind).await?.map(|document| LineageDocument {
                kind: kind.as_str(),
                version: document.version,
                digest: document.digest.to_string(),
            }));
        }
        let named = |text: &str| text.replace("{}", &period.map_or("PERIOD".to_owned(), |period| period.to_string()));
        let (command, address) = match reads {
            Some(reads) => (named(reads.command), named(reads.address)),
            None => (format!("farthing sql {:?}", sql.as_deref().unwrap_or_default()), "/v1/sql".to_owned()),
        };
        Ok(ReportLineage {
            report: report.clone(),
            period: *period,
            command,
            address,
            as_of: then.stated_moment(),
            rule_set: documents.iter().find(|document| document.kind == K::Rules.as_str()).map(|document| document.version),
            documents,
            revisions,
        })
    }

    async fn source_revision(&self, revision: Revision) -> Result<SourceRevision, Error> {
        let import = self.store.imports().get(revision.import).await?;
        let part = |file: &farthing_store::RevisionFile| LakePart {
            path: format!("{}/{}", revision.location, file.path),
            rows: file.rows,
            bytes: file.bytes,
            sha256: file.digest.to_string(),
        };
        Ok(SourceRevision {
            rows: revision.rows,
            format: revision.format.clone(),
            code_version: revision.code_version.clone(),
            imported_at: revision.imported_at,
            import: revision.import.to_string(),
            paths: import.paths,
            files: revision.files.iter().map(part).collect(),
            revision: LineageRevision {
                dataset: revision.dataset.as_str(),
                source: revision.source.clone(),
                period: revision.period,
                revision: revision.id.to_string(),
                sequence: revision.sequence,
                digest: revision.digest.to_string(),
            },
        })
    }
}

/// In the order of their names, each once.
fn sorted<T: Copy>(mut all: Vec<T>, name: impl Fn(&T) -> &'static str) -> Vec<T> {
    all.sort_by_key(&name);
    all.dedup_by_key(|one| name(one));
    all
}

fn unknown(report: &str) -> Error {
    let known: Vec<&str> = REPORTS.iter().map(|reads| reads.report).chain(["sql"]).collect();
    Error::Invalid(format!("there is no report {report:?}; the reports are {}", known.join(", ")))
}
