//! From a figure of a report to what it was computed from: the formula or the question, the versions of documents, the revisions of facts, and
//! the files that these came in.
//!
//! All of it is of one moment, which the answer states: whoever asks again as of then gets the same figure.

mod asked;
mod figure;
mod formulas;
mod reads;
mod source;
mod tables;

use chrono::{DateTime, Utc};
use farthing_query::Question;
use farthing_store::{Dataset, DocumentKind as StoredKind, Revision, RevisionFilter};
use farthing_types::{BillingPeriod, Selection};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

pub use asked::ReportOptions;
pub use source::{ErasedPart, LakePart, SourceFile, SourceRevision};

use crate::{Error, Farthing, LineageDocument, SqlQuery};
use figure::{Found, figure_at};
use formulas::formula_of;
use reads::{KEPT, Months, REPORTS, Reads};
use tables::of_table;

/// Which figures are meant.
#[derive(Clone, Debug, Default)]
pub struct LineageQuery {
    /// The report: `chargeback`, `unit-cost` … or `sql`.
    pub report: String,
    /// What it is asked with.
    pub options: ReportOptions,
    /// The path of one figure in its JSON: `units/unit=payments/total`; all figures without it.
    pub figure: Option<String>,
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
    /// The moment whose facts and documents these are: of a closed month that of its closing. Asked again as of it, every figure is the same.
    pub as_of: DateTime<Utc>,
    /// The figure, where one was named.
    pub figure: Option<FigureLineage>,
    /// The rule set: its version, where one is in force and read.
    pub rule_set: Option<u64>,
    /// The versions of documents.
    pub documents: Vec<LineageDocument>,
    /// The revisions of facts, each with the files that it came in.
    pub revisions: Vec<SourceRevision>,
}

/// A figure of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FigureLineage {
    /// Its path in the report's JSON.
    pub path: String,
    /// The figure, exact, as the report states it.
    #[schema(value_type = Object)]
    pub value: Value,
    /// The formula by which it was computed, or the question.
    pub formula: String,
    /// Its currency, where it is about money.
    pub currency: Option<String>,
    /// Whose it is, where it is about one unit.
    pub unit: Option<String>,
    /// Where the charges of that unit are, row by row.
    pub charges: Option<ChargesBehind>,
}

/// The way from a unit's figure to its charges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ChargesBehind {
    /// The command that says which charges and shares the unit's total is made of, and by which rules.
    pub explained_by: String,
    /// The question whose rows are the unit's charges, each with its source.
    pub rows_by: String,
    /// The address of these rows.
    pub address: String,
}

/// What a report reads, found out for one question.
struct Basis {
    revisions: Vec<Revision>,
    documents: Vec<LineageDocument>,
    as_of: DateTime<Utc>,
}

impl LineageQuery {
    /// True where the figure that is asked for says what people did or cost.
    ///
    /// # Errors
    /// When the question of `sql` makes no sense.
    pub fn reads_people(&self) -> Result<bool, Error> {
        if self.figure.is_none() {
            return Ok(false);
        }
        match (self.report.as_str(), &self.options.sql) {
            ("sql", Some(sql)) => SqlQuery { query: sql.clone(), ..SqlQuery::default() }.reads_people(),
            ("review", _) => Ok(true),
            (name, _) => Ok(REPORTS.iter().any(|reads| reads.report == name && reads.people)),
        }
    }

    /// True where the figure is the answer of a question in SQL.
    pub fn asks_sql(&self) -> bool {
        self.report == "sql" && self.figure.is_some()
    }
}

impl Farthing {
    /// The names of the reports that have a lineage, with the addresses that answer with them.
    pub fn reports_with_lineage() -> Vec<(&'static str, &'static str)> {
        REPORTS.iter().map(|reads| (reads.report, reads.address)).chain(KEPT).collect()
    }

    /// What the figures of a report rest on, down to the files that were imported; with a figure, also the figure itself and how it was
    /// computed. A closed month is that of its closing, as in the report.
    ///
    /// # Errors
    /// When there is no such report or figure, the question of `sql` makes no sense, or the database fails.
    pub async fn report_lineage(&self, query: &LineageQuery) -> Result<ReportLineage, Error> {
        let LineageQuery { report, options, figure } = query;
        // One moment for all: what is published meanwhile is in no part of it.
        let now = self.at(Some(self.stated_moment()));
        let mut options = options.clone();
        options.period = now.month_of(report, &options).await?;
        let then = match options.period {
            Some(period) if Self::is_of_closing(report, &options) => {
                // Whether it is closed is asked of the moment that the caller named, if any.
                let then = self.as_closed(Selection::Period(period)).await?;
                if then.moment.is_some() { then } else { now.clone() }
            }
            _ => now.clone(),
        };
        let basis = match report.as_str() {
            "plan" => then.basis_of_plan(&options.id(report)?).await?,
            "review" => then.basis_of_review(&options.id(report)?).await?,
            "certificate" => self.as_closed(Selection::Period(options.period(report)?)).await?.basis_of(query, &options).await?,
            _ => then.basis_of(query, &options).await?,
        };
        let figure = match figure {
            Some(path) => {
                let answer = then.asked(report, &options).await?;
                Some(told(report, &options, path, figure_at(&answer, path)?, &answer, then.stated_moment()))
            }
            None => None,
        };
        let (command, address) = named(report, &options)?;
        Ok(ReportLineage {
            report: report.clone(),
            period: options.period,
            command,
            address,
            // A plan and a review are what they are; the facts that they rest on are of the moment when they were made.
            as_of: if KEPT[1..].iter().any(|(kept, _)| kept == report) { basis.as_of } else { then.stated_moment() },
            figure,
            rule_set: basis.documents.iter().find(|document| document.kind == StoredKind::Rules.as_str()).map(|one| one.version),
            documents: basis.documents,
            revisions: then.source_revisions(basis.revisions).await?,
        })
    }

    /// What a report that is computed reads.
    async fn basis_of(&self, query: &LineageQuery, options: &ReportOptions) -> Result<Basis, Error> {
        let LineageQuery { report, .. } = query;
        let (datasets, kinds, months) = match (report.as_str(), &options.sql) {
            ("sql", Some(sql)) => {
                let question = Question::parse(sql, &SqlQuery::default().parameters)?;
                let of: Vec<_> = question.tables().iter().map(|table| of_table(*table)).collect();
                let datasets = of.iter().flat_map(|(datasets, _)| datasets.iter().copied()).collect();
                (datasets, of.iter().flat_map(|(_, kinds)| kinds.iter().copied()).collect(), Months::Own)
            }
            ("sql", None) => return Err(Error::Invalid("sql: give the question whose answer it is about".to_owned())),
            (name, _) => {
                let reads = reads_of(name)?;
                (reads.datasets.to_vec(), reads.kinds.to_vec(), reads.months)
            }
        };
        let mut revisions = Vec::new();
        // What changed rests on both.
        if let ("changes", Some(source), Some(period)) = (report.as_str(), &options.source, options.period) {
            let filter = RevisionFilter { dataset: Some(Dataset::Charges), source: Some(source.clone()), period: Some(period) };
            let history = self.history(&filter).await?;
            revisions.extend(history.into_iter().rev().skip(1).take(1));
        }
        let (datasets, kinds) = (sorted(datasets, |dataset| dataset.as_str()), sorted(kinds, |kind| kind.as_str()));
        for dataset in datasets {
            let all = self.revisions(dataset, None).await?;
            revisions.extend(all.into_iter().filter(|revision| is_read(months, options, revision.period)));
        }
        let mut documents = Vec::new();
        for kind in kinds {
            documents.extend(self.in_force(kind).await?.map(|document| LineageDocument {
                kind: kind.as_str(),
                version: document.version,
                digest: document.digest.to_string(),
            }));
        }
        Ok(Basis { revisions, documents, as_of: self.stated_moment() }.sorted())
    }

    /// What a plan was made from: what was kept with it.
    async fn basis_of_plan(&self, id: &str) -> Result<Basis, Error> {
        let (made_at, inputs) = self.inputs_of_plan(id).await?;
        let mut basis = Basis { revisions: Vec::new(), documents: Vec::new(), as_of: made_at };
        let history = self.store.revisions().history(&RevisionFilter::default()).await?;
        for fact in &inputs.facts {
            let is_it = |one: &&Revision| {
                let place = (one.dataset.as_str(), one.source.as_str(), one.period.to_string());
                place == (fact.dataset.as_str(), fact.source.as_str(), fact.period.clone())
                    && one.digest.to_string() == fact.digest
            };
            basis.revisions.extend(history.iter().rfind(is_it).cloned());
        }
        let kind = |name: &str| StoredKind::ALL.iter().copied().find(|kind| kind.as_str() == name);
        basis.documents.extend(inputs.documents.iter().filter_map(|document| {
            let kind = kind(&document.kind)?.as_str();
            Some(LineageDocument { kind, version: document.version, digest: document.digest.clone() })
        }));
        Ok(basis.sorted())
    }

    /// What the scorecards of a review rest on: what was read when it was opened.
    async fn basis_of_review(&self, quarter: &str) -> Result<Basis, Error> {
        let opened_at = self.portfolio_review(quarter, false).await?.opened_at;
        let query = LineageQuery { report: "portfolio".to_owned(), ..LineageQuery::default() };
        self.at(Some(opened_at)).basis_of(&query, &query.options).await
    }
}

impl Basis {
    fn sorted(mut self) -> Self {
        self.revisions.sort_by(|a, b| (a.dataset.as_str(), a.period, &a.source).cmp(&(b.dataset.as_str(), b.period, &b.source)));
        self
    }
}

/// Whether a report about a period, or some days, reads the facts of a month.
fn is_read(months: Months, options: &ReportOptions, month: BillingPeriod) -> bool {
    let Some(selection) = options.selection() else { return true };
    let within = selection.window();
    let (begins_before_its_end, ends_after_its_start) = (month.start() < within.to, within.from < month.end());
    match months {
        Months::Own => begins_before_its_end && ends_after_its_start,
        Months::AndBefore => begins_before_its_end && (ends_after_its_start || within.from == month.end()),
        Months::UpTo => begins_before_its_end,
        Months::All => true,
    }
}

fn reads_of(report: &str) -> Result<&'static Reads, Error> {
    REPORTS.iter().find(|reads| reads.report == report).ok_or_else(|| unknown(report))
}

/// The command and the address that give the figures again.
fn named(report: &str, options: &ReportOptions) -> Result<(String, String), Error> {
    let period = options.period.map_or("PERIOD".to_owned(), |period| period.to_string());
    let id = options.id.as_deref();
    Ok(match report {
        "sql" => (format!("farthing sql {:?}", options.sql.as_deref().unwrap_or_default()), "/v1/sql".to_owned()),
        "plan" => (
            format!("farthing recommendations show {}", id.unwrap_or("ID")),
            format!("/v1/recommendations/{}", id.unwrap_or("{id}")),
        ),
        "review" => (
            format!("farthing portfolio review show {}", id.unwrap_or("QUARTER")),
            format!("/v1/portfolio/reviews/{}", id.unwrap_or("{quarter}")),
        ),
        name => {
            let reads = reads_of(name)?;
            let unit = options.unit.as_ref().map_or("UNIT", |unit| unit.as_str());
            let workflow = options.workflow.as_ref().map_or("WORKFLOW", |workflow| workflow.as_str());
            let source = options.source.as_ref().map_or("SOURCE", |source| source.as_str());
            let from = options.from.map_or("EARLIER".to_owned(), |from| from.to_string());
            let whole = options.period.map(|period| period.window().to_string());
            let days = options.window.filter(|_| options.period.is_none()).map(|window| window.to_string());
            let (command, address) = match &days {
                Some(days) => (
                    reads.command.replace("--period {}", &format!("--window {days}")),
                    reads.address.replace("period={}", &format!("window={days}")),
                ),
                None => (reads.command.to_owned(), reads.address.to_owned()),
            };
            let months = days.or(whole).unwrap_or("MONTHS".to_owned());
            let (command, address) = (command.replace("MONTHS", &months), address.replace("MONTHS", &months));
            let words = command.split(' ').map(|word| match word {
                "{}" => period.clone(),
                "UNIT" => unit.to_owned(),
                "WORKFLOW" => workflow.to_owned(),
                "SOURCE" => source.to_owned(),
                "EARLIER" => from.clone(),
                "ID" => id.unwrap_or("ID").to_owned(),
                other => other.to_owned(),
            });
            let mut command = words.collect::<Vec<_>>().join(" ");
            let mut address = address.replace("{}", &period).replace("{unit}", unit).replace("{id}", id.unwrap_or("{id}"));
            address = address.replace("EARLIER", &from).replace("WORKFLOW", workflow).replace("SOURCE", source);
            let also = [
                ("cost", options.cost.map(|cost| cost.to_string())),
                ("by", options.by.clone()),
                ("in", options.reporting.map(|reporting| reporting.currency.to_string())),
            ];
            for (option, value) in also.into_iter().filter_map(|(option, value)| Some((option, value?))) {
                command += &format!(" --{option} {value}");
                address += &format!("{}{option}={value}", if address.contains('?') { '&' } else { '?' });
            }
            (command, address)
        }
    })
}

/// A figure that was found, with its formula and the way to its charges.
fn told(report: &str, options: &ReportOptions, path: &str, found: Found, answer: &Value, as_of: DateTime<Utc>) -> FigureLineage {
    let formula = match (report, &options.sql) {
        ("sql", Some(sql)) => sql.clone(),
        ("kpis", _) => {
            let kpi = &answer["kpi"];
            kpi["sql"].as_str().or(kpi["formula"].as_str()).unwrap_or_default().to_owned()
        }
        _ => formula_of(report, &found.members).unwrap_or_default().to_owned(),
    };
    let unit = found.unit.or_else(|| options.unit.as_ref().map(ToString::to_string));
    let charges = match (&unit, options.period) {
        (Some(unit), Some(period)) => {
            let moment = as_of.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
            Some(ChargesBehind {
                explained_by: format!("farthing chargeback --period {period} --explain unit={unit} --as-of {moment}"),
                rows_by: format!(
                    "farthing sql {:?} --period {period} --as-of {moment}",
                    format!("SELECT * FROM attributed WHERE \"Unit\" = '{unit}'")
                ),
                address: format!("/v1/charges?period={period}&attributed=true&unit={unit}&as_of={moment}"),
            })
        }
        _ => None,
    };
    FigureLineage { path: path.to_owned(), value: found.value, formula, currency: found.currency, unit, charges }
}

/// In the order of their names, each once.
fn sorted<T: Copy>(mut all: Vec<T>, name: impl Fn(&T) -> &'static str) -> Vec<T> {
    all.sort_by_key(&name);
    all.dedup_by_key(|one| name(one));
    all
}

pub(super) fn unknown(report: &str) -> Error {
    let known: Vec<&str> = Farthing::reports_with_lineage().into_iter().map(|(name, _)| name).collect();
    Error::Invalid(format!("there is no report {report:?}; the reports are {}", known.join(", ")))
}
