//! A report asked for as the command line and the API ask, in the form in which both answer: so a figure of it is the figure that people saw.

use std::fmt::Display;
use std::str::FromStr;

use farthing_store::Dataset;
use farthing_types::{Amount, BillingPeriod, Cost, Selection, SourceName, UnitId, Window, WorkflowId};
use farthing_unit_economics::experiment::Cluster;
use farthing_unit_economics::tokens::By;
use serde::Serialize;
use serde_json::Value;

use crate::{
    AnomaliesQuery, AnswerFormat, AnswerWriter, ArmsBy, BudgetQuery, ChargebackQuery, CostBasis, Error, ExperimentQuery,
    Farthing, ForecastQuery, GivenTotal, JournalQuery, OwnershipQuery, PortfolioQuery, ProcessQuery, QualityQuery,
    ReconcileQuery, Reporting, SeriesBy, ShadowQuery, SliceBy, SqlQuery, TokenCostQuery, UnitCostQuery, UnitStatementQuery,
    VarianceBy, VarianceQuery,
};

/// A larger answer of SQL is not searched for one figure.
const LARGEST_ANSWER: usize = 64 << 20;

/// The options of a report, as far as it has them. What is left out is as in the report itself.
#[derive(Clone, Debug, Default)]
pub struct ReportOptions {
    /// The billing period that it is about; the later one of a bridge.
    pub period: Option<BillingPeriod>,
    /// Days instead; whole months for what decisions cost.
    pub window: Option<Window>,
    /// The earlier period of a bridge.
    pub from: Option<BillingPeriod>,
    /// Which of the four costs.
    pub cost: Option<Cost>,
    /// The unit, of its statement; or only this one.
    pub unit: Option<UnitId>,
    /// All currencies in this one.
    pub reporting: Option<Reporting>,
    /// The workflow, of what decisions cost.
    pub workflow: Option<WorkflowId>,
    /// The source, of deliveries and their changes.
    pub source: Option<SourceName>,
    /// The metric, the plan, the quarter of a review, the model or the system: what the report calls its own by id.
    pub id: Option<String>,
    /// What it is told apart by: `model`, `unit`, `service` … as the report takes it.
    pub by: Option<String>,
    /// The two arms of an experiment.
    pub arms: Option<[String; 2]>,
    /// Invoices with their totals, of a reconciliation.
    pub invoices: Vec<GivenTotal>,
    /// Sources with what they invoiced altogether.
    pub totals: Vec<GivenTotal>,
    /// The question, of `sql`.
    pub sql: Option<String>,
}

impl ReportOptions {
    fn wanted<T: Clone>(report: &str, option: &str, given: Option<&T>) -> Result<T, Error> {
        given.cloned().ok_or_else(|| Error::Invalid(format!("a figure of {report} is named with {option}: give it too")))
    }

    pub(super) fn period(&self, report: &str) -> Result<BillingPeriod, Error> {
        Self::wanted(report, "--period", self.period.as_ref())
    }

    pub(super) fn id(&self, report: &str) -> Result<String, Error> {
        Self::wanted(report, "--id", self.id.as_ref())
    }

    /// What the report is told apart by, as it reads it.
    fn by<T: FromStr<Err: Display>>(&self) -> Result<Option<T>, Error> {
        let by = self.by.as_deref().map(str::parse::<T>).transpose();
        by.map_err(|error| Error::Invalid(format!("by: {error}")))
    }

    fn workflow(&self, report: &str) -> Result<WorkflowId, Error> {
        Self::wanted(report, "--workflow", self.workflow.as_ref())
    }

    /// The period, or else the days.
    pub(super) fn selection(&self) -> Option<Selection> {
        self.period.map(Selection::Period).or(self.window.map(Selection::Window))
    }

    fn selected(&self, report: &str) -> Result<Selection, Error> {
        Self::wanted(report, "--period or --window", self.selection().as_ref())
    }
}

impl Farthing {
    /// The answer of a report, as JSON.
    pub(super) async fn asked(&self, report: &str, options: &ReportOptions) -> Result<Value, Error> {
        let cost = options.cost.unwrap_or(Cost::Effective);
        let (period, window, reporting) = (options.period, options.window, options.reporting);
        // Books are kept by what was billed.
        let books = || -> Result<JournalQuery, Error> {
            let (period, cost) = (options.period(report)?, options.cost.unwrap_or(Cost::Billed));
            Ok(JournalQuery { period, cost, layout: None, reporting })
        };
        match report {
            "chargeback" => {
                let (selection, unit) = (options.selected(report)?, options.unit.clone());
                json(&self.chargeback(&ChargebackQuery { selection, cost, unit, reporting }).await?.statements)
            }
            "statement" => {
                let unit = ReportOptions::wanted(report, "--unit", options.unit.as_ref())?;
                let period = options.period(report)?;
                json(&self.unit_statement(&UnitStatementQuery { unit, period, cost, reporting }).await?)
            }
            "journal" => json(&self.journal(&books()?).await?.journals),
            "accruals" => json(&self.accruals(&books()?).await?.accruals),
            "certificate" => json(&self.certificate(options.period(report)?).await?),
            "reconciliation" => {
                let (invoices, totals) = (options.invoices.clone(), options.totals.clone());
                let query = ReconcileQuery { period: options.period(report)?, invoices, totals };
                json(&self.reconcile(&query).await?)
            }
            "variance" => {
                let (from, to) = (ReportOptions::wanted(report, "--from", options.from.as_ref())?, options.period(report)?);
                let by = options.by()?.unwrap_or(VarianceBy::Unit);
                let query = VarianceQuery { from, to, cost, by, from_as_of: None, reporting };
                json(&self.variance(&query).await?)
            }
            "coverage" => json(&self.rule_coverage(options.selected(report)?, cost).await?),
            "budgets" => {
                let unit = options.unit.clone();
                json(&self.budget_status(&BudgetQuery { period, cost, unit, through: None, reporting }).await?)
            }
            "forecast" => json(&self.cost_forecast(&ForecastQuery { period, months: 3, cost, by: options.by()? }).await?),
            "anomalies" => {
                let (by, least) = (options.by()?.unwrap_or(SeriesBy::Unit), Amount::from_int(10));
                let query = AnomaliesQuery { period, cost, by, deviations: 4.0, least };
                json(&self.anomalies(&query).await?)
            }
            "quality" => {
                let query = QualityQuery { source: options.source.clone(), period, newest: period.is_none() };
                json(&self.quality(&query).await?)
            }
            "changes" => {
                let source = ReportOptions::wanted(report, "--source", options.source.as_ref())?;
                json(&self.diff_last(&source, options.period(report)?).await?)
            }
            "token-cost" => {
                let (selection, model) = (options.selection(), options.id.clone());
                let by =
                    options.by.as_deref().unwrap_or("model").split(',').map(|word| word.parse::<By>()).collect::<Result<_, _>>();
                let by = by.map_err(|error| Error::Invalid(format!("by: {error}")))?;
                let query = TokenCostQuery { selection, model, basis: CostBasis::Both, by, cost };
                json(&self.token_cost(&query).await?)
            }
            "unit-cost" => {
                let window = window.or(period.map(BillingPeriod::window));
                let (workflow, by) = (options.workflow.clone(), options.by::<SliceBy>()?);
                json(&self.unit_cost(&UnitCostQuery { workflow, window, cost, by, sensitivity: None }).await?)
            }
            "tco" => json(&self.ownership(&OwnershipQuery { period, system: options.id.clone(), cost }).await?),
            "kpis" => json(&self.kpi_values(&options.id(report)?, options.period(report)?).await?),
            "portfolio" => json(&self.portfolio(&PortfolioQuery { period }).await?),
            "process" => {
                let log = self.log_of(&options.workflow(report)?).await?;
                json(&self.process(&ProcessQuery { log, top: 10 }).await?)
            }
            "owners" => json(&self.usage_owners(options.selected(report)?).await?),
            "experiment" => {
                let (workflow, window) = (options.workflow(report)?, window.or(period.map(BillingPeriod::window)));
                let (by, cluster, arms) = (options.by()?.unwrap_or(ArmsBy::Model), Cluster::Decision, options.arms.clone());
                let query = ExperimentQuery { workflow, window, cost, by, arms, cluster, planned: None };
                json(&self.experiment(&query).await?)
            }
            "shadow" => {
                let (workflow, window) = (options.workflow(report)?, options.selected(report)?.window());
                json(&self.shadows(&ShadowQuery { workflow, window, planned: None }).await?)
            }
            "review" => text(&self.review_content(&options.id(report)?).await?),
            "plan" => text(&self.kept_plan(&options.id(report)?).await?),
            "sql" => {
                let query = ReportOptions::wanted(report, "its question", options.sql.as_ref())?;
                self.answered(&SqlQuery { query, period, source: options.source.clone(), ..SqlQuery::default() }).await
            }
            _ => Err(super::unknown(report)),
        }
    }

    /// All rows of an answer.
    async fn answered(&self, query: &SqlQuery) -> Result<Value, Error> {
        let mut rows = Bounded(Vec::new());
        AnswerWriter::write_all(AnswerFormat::Json, &mut self.sql(query).await?, &mut rows).await?;
        serde_json::from_slice(&rows.0).map_err(unreadable)
    }

    /// True where a report reads a closed month as it was when it was closed.
    pub(super) fn is_of_closing(report: &str, options: &ReportOptions) -> bool {
        // A metric is read as the report that it is taken from.
        let of_kpi = || matches!(options.id.as_deref(), Some("unattributed_share" | "cost_per_million_tokens"));
        match report {
            "chargeback" | "statement" | "journal" | "coverage" | "budgets" | "token-cost" | "tco" => true,
            "kpis" => of_kpi(),
            _ => false,
        }
    }

    /// The month that a report without one is about: the newest.
    pub(super) async fn month_of(&self, report: &str, options: &ReportOptions) -> Result<Option<BillingPeriod>, Error> {
        let dataset = match report {
            "budgets" | "forecast" | "anomalies" | "tco" | "token-cost" => Dataset::Charges,
            _ => return Ok(options.period),
        };
        let newest = self.revisions(dataset, None).await?.iter().map(|revision| revision.period).max();
        Ok(options.period.or(newest.filter(|_| options.window.is_none())))
    }
}

fn json(answer: &impl Serialize) -> Result<Value, Error> {
    serde_json::to_value(answer).map_err(unreadable)
}

fn text(answer: &str) -> Result<Value, Error> {
    serde_json::from_str(answer).map_err(unreadable)
}

fn unreadable(error: serde_json::Error) -> Error {
    Error::Panicked(format!("a report was no JSON: {error}"))
}

/// Bytes up to a limit.
struct Bounded(Vec<u8>);

impl std::io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() + bytes.len() > LARGEST_ANSWER {
            return Err(std::io::Error::other("the answer is larger than 64 MiB: ask for fewer rows to find a figure in them"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
