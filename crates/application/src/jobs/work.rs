//! The kinds of work that a job can do, and what each is told.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use chrono::{DateTime, Datelike, Utc};
use farthing_types::{Amount, BillingPeriod, ModelId, SourceName};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::collect::sources_of;
use crate::uploads::is_upload;
use crate::{BillFormat, Error, EventLogFormat, FocusVersion, Model, SimulationRequest, TableForm, UsageFormat};

/// A piece of work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "with", rename_all = "kebab-case")]
pub enum Work {
    /// Import the bills of a folder or bucket.
    ImportBilling(BillsWork),
    /// Import the inference usage of a folder.
    ImportUsage(UsageWork),
    /// Import the decisions of a folder.
    ImportDecisions(FilesWork),
    /// Import the event logs of a folder.
    ImportEventLog(EventLogWork),
    /// Ask a source of the published document for what it has, month by month.
    Collect(CollectWork),
    /// Read files as an import would, and say what it would bring; nothing is imported.
    CheckImport(CheckImportWork),
    /// Ask a source of a draft of the document of sources, and say what it would bring; nothing is imported.
    CheckSource(CheckSourceWork),
    /// Import a sample organisation.
    LoadSample(SampleWork),
    /// Plan the fleet for the measured demand, and keep the plan.
    PlanFleet(LimitsWork),
    /// Solve an instance of a model; the plan is the run's result.
    Solve(SolveWork),
    /// Plan a model from imported data, and keep the plan.
    PlanModel(PlanModelWork),
    /// Plan everything, and keep the plan.
    PlanAll(PlanAllWork),
    /// Replay a plan; what was found is the run's result.
    Simulate(SimulateWork),
    /// Close a billing period.
    ClosePeriod(CloseWork),
    /// Bring the statements that are kept of a billing period up to date.
    KeepStatements(KeepWork),
    /// Write the facts of a billing period into a folder, as datasets of FOCUS.
    ExportFocus(ExportWork),
    /// Hold the charges against the SLA.
    CheckQuality(NothingWork),
    /// Hold the files of the lake against the catalogue.
    VerifyLake(VerifyWork),
    /// Write charges that are cut small anew.
    CompactLake(LakeWork),
    /// Do what the policy says to revisions that were replaced.
    RetainLake(NothingWork),
    /// Do what the retention document says to facts about people.
    RetainPeople(NothingWork),
    /// Remove folders that nobody lists.
    SweepLake(AgeWork),
    /// Forget runs that ended long ago.
    ForgetRuns(AgeWork),
    /// Hold the record of changes against its hashes and checkpoints.
    VerifyAudit(NothingWork),
    /// Record which recommendations are over, and give those that nobody answers to whom the approvals document names.
    FollowRecommendations(NothingWork),
    /// Look for what channels want to be told of, and keep it until it is sent.
    FindAlerts(NothingWork),
    /// Send what is due.
    SendAlerts(NothingWork),
}

/// Nothing to say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NothingWork {}

/// Bills to import.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BillsWork {
    /// The source they are an export of.
    pub source: SourceName,
    /// Absolute paths, and addresses of buckets.
    pub paths: Vec<Utf8PathBuf>,
    /// What the files are: `auto`, `focus`, or a name that `farthing formats` lists.
    #[serde(default = "auto")]
    pub format: String,
    /// Leave alone files that were imported before, also where a later delivery replaced them.
    #[serde(default = "yes")]
    pub only_new: bool,
    /// Post what comes for closed months as adjustments of the next open one, instead of refusing it.
    #[serde(default)]
    pub adjust_closed: bool,
}

/// Usage to import.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsageWork {
    /// The gateway or service it comes from.
    pub source: SourceName,
    /// Absolute paths, and addresses of buckets. `{yyyy}` and `{mm}` in them stand for the present month, and for the one before while it
    /// is not five days over.
    pub paths: Vec<Utf8PathBuf>,
    /// As `farthing ingest usage --format` names it.
    pub format: String,
    /// The model of rows that name none (request-trace).
    pub model: Option<ModelId>,
    /// The workload of rows that name none (request-trace).
    pub workload: Option<String>,
}

/// Files to import.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilesWork {
    /// The system they come from.
    pub source: SourceName,
    /// Absolute paths.
    pub paths: Vec<Utf8PathBuf>,
}

/// Event logs to import.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventLogWork {
    /// The system that wrote them.
    pub source: SourceName,
    /// Absolute paths.
    pub paths: Vec<Utf8PathBuf>,
    /// `xes`, `csv` or `ocel`; told by the names of files without it.
    pub format: Option<EventLogFormat>,
    /// The column, key or object type of each field, as `farthing ingest event-log --mapping` takes it.
    #[serde(default)]
    pub mapping: BTreeMap<String, String>,
    /// The offset from UTC of times that name none.
    pub offset: Option<String>,
    /// CSV: how times are written.
    pub time_format: Option<String>,
}

/// Facts to write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportWork {
    /// The folder, as an absolute path. `{yyyy}` and `{mm}` in it stand for the billing period.
    pub folder: Utf8PathBuf,
    /// The billing period; the month before the present one without it.
    pub period: Option<BillingPeriod>,
    /// Only this source.
    pub source: Option<SourceName>,
    /// The release of FOCUS.
    #[serde(default = "newest_focus")]
    pub focus_version: FocusVersion,
    /// `csv` or `parquet`.
    #[serde(default = "parquet")]
    pub form: TableForm,
    /// Charges of pools' units replaced by those of the units that pay for them.
    #[serde(default)]
    pub allocated: bool,
}

/// What to collect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CollectWork {
    /// A source of the published document of sources.
    pub source: SourceName,
}

/// An import to check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckImportWork {
    /// `import-billing`, `import-usage` or `import-decisions`.
    pub kind: String,
    /// What that would be told.
    pub with: Value,
}

/// A source to check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckSourceWork {
    /// A source of the draft.
    pub source: SourceName,
    /// The draft of the document of sources.
    pub sources: String,
}

/// A sample organisation to import.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleWork {
    /// About so many charges.
    pub charges: u64,
}

/// Which statements to bring up to date.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeepWork {
    /// The billing period.
    pub period: BillingPeriod,
}

/// How long to solve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsWork {
    /// The most seconds.
    #[serde(default = "minute")]
    pub time_limit_seconds: u64,
    /// The share above the best possible cost at which the search may end.
    #[serde(default = "percent")]
    pub gap: f64,
    /// Also what binds, what other limits cost and what else was considered.
    #[serde(default)]
    pub explain: bool,
}

/// An instance to solve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SolveWork {
    /// `fleet`, `commitments`, `contracts`, `storage`, `portfolio` or `routing`.
    pub model: String,
    /// The instance, in the model's format, or its text.
    pub instance: Value,
    /// The most seconds.
    #[serde(default = "minute")]
    pub time_limit_seconds: u64,
    /// The share above the best possible cost at which the search may end.
    #[serde(default)]
    pub gap: f64,
    /// The most rounds of search of a large fleet; 0 for as many as the time allows.
    #[serde(default = "usual_rounds")]
    pub rounds: u32,
}

/// A model to plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanModelWork {
    /// `commitments`, `contracts`, `storage`, `portfolio` or `routing`.
    pub model: String,
    /// The month whose facts it rests on; the newest one without it.
    pub period: Option<BillingPeriod>,
    /// The most seconds.
    #[serde(default = "minute")]
    pub time_limit_seconds: u64,
}

/// What the plan of plans rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanAllWork {
    /// The month whose facts it rests on; the newest one without it.
    pub period: Option<BillingPeriod>,
    /// What may be spent once.
    pub budget: Option<Amount>,
    /// The most seconds of each solve.
    #[serde(default = "minute")]
    pub time_limit_seconds: u64,
}

/// A plan to replay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimulateWork {
    /// The plan and what it is replayed with, as `POST /v1/simulations` takes it.
    pub request: Value,
}

/// A period to close.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CloseWork {
    /// The billing period.
    pub period: BillingPeriod,
    /// Only this source.
    pub source: Option<SourceName>,
    /// Why, for the record.
    #[serde(default)]
    pub reason: String,
    /// Who closes it.
    pub by: String,
}

/// Revisions to verify.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerifyWork {
    /// Only those of this source.
    pub source: Option<SourceName>,
    /// Only those of this period.
    pub period: Option<BillingPeriod>,
    /// Decode every value as well.
    #[serde(default)]
    pub deep: bool,
    /// Answer with all that was found; without it a difference is a failure of the run.
    #[serde(default)]
    pub report: bool,
}

/// Revisions of the lake.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LakeWork {
    /// Only those of this source.
    pub source: Option<SourceName>,
    /// Only those of this period.
    pub period: Option<BillingPeriod>,
}

/// How old something must be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgeWork {
    /// In days.
    pub older_than_days: u32,
}

fn auto() -> String {
    "auto".to_owned()
}

fn yes() -> bool {
    true
}

fn newest_focus() -> FocusVersion {
    FocusVersion::V1_4
}

fn parquet() -> TableForm {
    TableForm::Parquet
}

fn minute() -> u64 {
    60
}

fn usual_rounds() -> u32 {
    crate::USUAL_ROUNDS
}

fn percent() -> f64 {
    0.01
}

impl Work {
    /// The work of this kind, told this.
    ///
    /// # Errors
    /// What is wrong with it: the kind is unknown, a value is missing or makes no sense.
    pub fn read(kind: &str, with: &Value) -> Result<Self, Error> {
        let whole = serde_json::json!({"kind": kind, "with": with});
        let work: Self = serde_json::from_value(whole).map_err(|error| Error::Invalid(format!("{kind}: {error}")))?;
        work.check().map_err(|why| Error::Invalid(format!("{kind}: {why}")))?;
        Ok(work)
    }

    /// Of what one run goes at a time: where two at once would only be in each other's way.
    pub(crate) fn subject(&self) -> Option<String> {
        match self {
            Self::ImportBilling(BillsWork { source, .. }) => Some(format!("charges/{source}")),
            Self::ImportUsage(UsageWork { source, .. }) => Some(format!("usage/{source}")),
            Self::ImportDecisions(FilesWork { source, .. }) => Some(format!("decisions/{source}")),
            Self::ImportEventLog(EventLogWork { source, .. }) => Some(format!("event-log/{source}")),
            Self::ExportFocus(ExportWork { folder, .. }) => Some(format!("export/{folder}")),
            Self::Collect(CollectWork { source }) => Some(format!("collect/{source}")),
            Self::LoadSample(_) => Some("sample".to_owned()),
            Self::KeepStatements(KeepWork { period }) => Some(format!("statements/{period}")),
            Self::PlanFleet(_) => Some("plan/fleet".to_owned()),
            Self::PlanModel(PlanModelWork { model, .. }) => Some(format!("plan/{model}")),
            Self::PlanAll(_) => Some("plan/all".to_owned()),
            Self::ClosePeriod(CloseWork { period, .. }) => Some(format!("close/{period}")),
            Self::CompactLake(_) | Self::RetainLake(_) | Self::RetainPeople(_) | Self::SweepLake(_) => Some("lake".to_owned()),
            Self::FollowRecommendations(_) => Some("recommendations".to_owned()),
            Self::FindAlerts(_) => Some("alerts/find".to_owned()),
            Self::SendAlerts(_) => Some("alerts/send".to_owned()),
            Self::CheckImport(_)
            | Self::CheckSource(_)
            | Self::Simulate(_)
            | Self::Solve(_)
            | Self::CheckQuality(_)
            | Self::VerifyLake(_)
            | Self::ForgetRuns(_)
            | Self::VerifyAudit(_) => None,
        }
    }

    /// The source that it brings facts of.
    pub(super) fn source(&self) -> Option<&SourceName> {
        match self {
            Self::ImportBilling(BillsWork { source, .. })
            | Self::ImportUsage(UsageWork { source, .. })
            | Self::ImportDecisions(FilesWork { source, .. })
            | Self::ImportEventLog(EventLogWork { source, .. })
            | Self::Collect(CollectWork { source }) => Some(source),
            _ => None,
        }
    }

    /// The same, where whoever may ask for runs and schedules may ask for it: what needs a right of its own has a route of its own.
    ///
    /// # Errors
    /// It has one.
    pub fn for_anybody(self) -> Result<Self, Error> {
        match self {
            Self::ClosePeriod(_) => {
                let why = "close-period: who closes has to have that right; POST /v1/periods/PERIOD/closing with Prefer: respond-async asks for it";
                Err(Error::Invalid(why.to_owned()))
            }
            Self::LoadSample(_) => Err(Error::Invalid("load-sample: POST /v1/sample asks for it".to_owned())),
            work => Ok(work),
        }
    }

    /// True where it takes effect in several transactions, each of which holds the run; otherwise the one that takes effect ends it.
    pub(super) fn has_steps(&self) -> bool {
        matches!(
            self,
            Self::Collect(_) | Self::LoadSample(_) | Self::FollowRecommendations(_) | Self::FindAlerts(_) | Self::SendAlerts(_)
        )
    }

    /// Its kind and what it is told, as they are kept.
    pub(crate) fn kept(&self) -> (String, String) {
        let whole = serde_json::to_value(self).expect("work has names as keys");
        (whole["kind"].as_str().unwrap_or_default().to_owned(), whole["with"].to_string())
    }

    fn check(&self) -> Result<(), String> {
        match self {
            Self::ImportBilling(work) => {
                BillFormat::named(&work.format).map_err(|error| error.to_string())?;
                absolute(&work.paths, true)
            }
            Self::ImportUsage(work) => {
                usage_format(work).ok_or_else(|| {
                    format!("format {:?}: request-trace, litellm, otlp, openai-usage, anthropic-usage, bedrock-log, langfuse, helicone or prometheus", work.format)
                })?;
                absolute(&work.paths, true)
            }
            Self::ImportDecisions(work) => absolute(&work.paths, false),
            Self::ImportEventLog(work) => absolute(&work.paths, false),
            Self::ExportFocus(work) if !work.folder.is_absolute() => {
                Err(format!("folder: {} is relative: write it from / on, since any worker may write it", work.folder))
            }
            Self::CheckImport(CheckImportWork { kind, with }) => {
                match Self::read(kind, with).map_err(|error| error.to_string())? {
                    Self::ImportBilling(_) | Self::ImportUsage(_) | Self::ImportDecisions(_) => Ok(()),
                    _ => Err(format!("{kind}: it is import-billing, import-usage or import-decisions")),
                }
            }
            Self::CheckSource(CheckSourceWork { source, sources }) => {
                let read = sources_of(sources, "sources").map_err(|error| error.to_string())?;
                read.get(source).map(drop).ok_or_else(|| format!("the draft has no source {source}"))
            }
            Self::LoadSample(SampleWork { charges }) if !(1_000..=10_000_000).contains(charges) => {
                Err(format!("{charges} charges: it lies from 1000 to 10000000"))
            }
            Self::PlanModel(PlanModelWork { model, time_limit_seconds, .. }) => {
                if Model::named(model).is_none() {
                    let known = "commitments, contracts, storage, portfolio and routing";
                    return Err(format!("there is no model {model:?}; the models are {known}"));
                }
                limits(*time_limit_seconds, 0.0)
            }
            Self::PlanAll(PlanAllWork { budget, time_limit_seconds, .. }) => {
                if budget.is_some_and(|budget| budget < Amount::ZERO) {
                    return Err("the budget is at least 0".to_owned());
                }
                limits(*time_limit_seconds, 0.0)
            }
            Self::Simulate(SimulateWork { request }) => {
                SimulationRequest::read(request).map(drop).map_err(|error| error.to_string())
            }
            Self::PlanFleet(LimitsWork { time_limit_seconds, gap, .. }) => limits(*time_limit_seconds, *gap),
            Self::Solve(work) => {
                if work.model != "fleet" && Model::named(&work.model).is_none() {
                    let known = "fleet, commitments, contracts, storage, portfolio and routing";
                    return Err(format!("there is no model {:?}; the models are {known}", work.model));
                }
                limits(work.time_limit_seconds, work.gap)
            }
            _ => Ok(()),
        }
    }
}

/// What usage files are taken for; `None` where there is no such format.
pub(super) fn usage_format(work: &UsageWork) -> Option<UsageFormat> {
    match work.format.as_str() {
        "request-trace" => Some(UsageFormat::RequestTrace { model: work.model.clone(), workload: work.workload.clone() }),
        "litellm" => Some(UsageFormat::Litellm),
        "otlp" => Some(UsageFormat::Otlp),
        "openai-usage" => Some(UsageFormat::OpenaiUsage),
        "anthropic-usage" => Some(UsageFormat::AnthropicUsage),
        "bedrock-log" => Some(UsageFormat::BedrockLog),
        "langfuse" => Some(UsageFormat::Langfuse),
        "helicone" => Some(UsageFormat::Helicone),
        "prometheus" => Some(UsageFormat::Prometheus),
        _ => None,
    }
}

/// For how many days a month that is over is still imported: its last files come late.
const LATE_DAYS: u32 = 5;

/// Paths with their month, for each month that they stand for at a moment; themselves where they name none.
pub(super) fn in_months(paths: &[Utf8PathBuf], now: DateTime<Utc>) -> Vec<Vec<Utf8PathBuf>> {
    let names_month = |path: &Utf8PathBuf| path.as_str().contains("{yyyy}") || path.as_str().contains("{mm}");
    let Some(present) = BillingPeriod::of(now).filter(|_| paths.iter().any(names_month)) else {
        return vec![paths.to_vec()];
    };
    let months = (now.day() <= LATE_DAYS).then(|| present.previous()).into_iter().chain([present]);
    months.map(|month| paths.iter().map(|path| in_month(path, month)).collect()).collect()
}

/// A path with its month.
pub(super) fn in_month(path: &Utf8Path, month: BillingPeriod) -> Utf8PathBuf {
    let [year, number] = ["%Y", "%m"].map(|form| month.start().format(form).to_string());
    path.as_str().replace("{yyyy}", &year).replace("{mm}", &number).into()
}

/// A worker's working folder is nobody's business.
fn absolute(paths: &[Utf8PathBuf], buckets: bool) -> Result<(), String> {
    if paths.is_empty() {
        return Err("paths: name at least one".to_owned());
    }
    let is_elsewhere = |path: &Utf8PathBuf| is_upload(path) || buckets && path.as_str().contains("://");
    match paths.iter().find(|path| !(path.is_absolute() || is_elsewhere(path))) {
        Some(path) => Err(format!("paths: {path} is relative: write it from / on, since any worker may read it")),
        None => Ok(()),
    }
}

fn limits(seconds: u64, gap: f64) -> Result<(), String> {
    if !(1..=86_400).contains(&seconds) || !(0.0..1.0).contains(&gap) {
        return Err("time_limit_seconds lies from 1 to 86400, and gap from 0 to below 1".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_names_the_month_and_for_some_days_the_one_before() {
        let paths = ["s3://logs/us-east-1/{yyyy}/{mm}".into()];
        let on = |day: &str| {
            let months = in_months(&paths, format!("{day}T06:00:00Z").parse().unwrap());
            months.concat().iter().map(|path| path.as_str()[20..].to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(on("2026-01-05"), ["2025/12", "2026/01"]);
        assert_eq!(on("2026-01-06"), ["2026/01"]);
        let without = [Utf8PathBuf::from("/usage")];
        assert_eq!(in_months(&without, DateTime::UNIX_EPOCH), [without.to_vec()]);
    }

    #[test]
    fn what_makes_no_sense_is_said() {
        for (kind, with, word) in [
            ("import-bilings", json!({}), "unknown variant"),
            ("import-billing", json!({"source": "acme"}), "missing field `paths`"),
            ("import-billing", json!({"source": "acme", "paths": ["bills"]}), "is relative"),
            ("import-billing", json!({"source": "acme", "paths": ["/b"], "formt": "aws-cur"}), "unknown field `formt`"),
            ("import-usage", json!({"source": "gw", "paths": ["c"], "format": "litellm"}), "is relative"),
            ("import-usage", json!({"source": "gw", "paths": ["s3://b/c"], "format": "bedrock"}), "bedrock-log"),
            ("import-event-log", json!({"source": "bpm", "paths": ["/l"], "format": "xml"}), "unknown variant"),
            ("export-focus", json!({"folder": "out"}), "is relative"),
            ("export-focus", json!({"folder": "/out", "focus_version": "1.5"}), "unknown variant"),
            ("solve", json!({"model": "fleets", "instance": {}}), "there is no model"),
            ("plan-fleet", json!({"gap": 1.0}), "gap from 0"),
            ("check-quality", json!({"x": 1}), "unknown field"),
            ("plan-model", json!({"model": "fleet"}), "there is no model"),
            ("plan-all", json!({"budget": "-1"}), "at least 0"),
            ("simulate", json!({"request": {"plam": {}}}), "unknown field `plam`"),
        ] {
            let error = Work::read(kind, &with).unwrap_err().to_string();
            assert!(error.contains(word) && error.starts_with(kind), "{kind}: {error}");
        }
    }

    #[test]
    fn what_needs_a_right_of_its_own_is_not_for_anybody() {
        let work = Work::read("close-period", &json!({"period": "2026-05", "by": "ada"})).unwrap();
        assert!(work.for_anybody().unwrap_err().to_string().contains("closing"));
        assert!(Work::read("verify-audit", &json!({})).unwrap().for_anybody().is_ok());
    }

    #[test]
    fn work_is_kept_as_it_is_read() {
        let with = json!({"source": "acme", "paths": ["s3://bills/acme"]});
        let work = Work::read("import-billing", &with).unwrap();
        let (kind, kept) = work.kept();
        assert_eq!(Work::read(&kind, &serde_json::from_str(&kept).unwrap()).unwrap(), work);
        assert_eq!(work.subject().as_deref(), Some("charges/acme"));
    }
}
