//! What Farthing can do, one use case a file. The command line and the API call these and add nothing but their own form.
//!
//! **Architecture invariant:** this is the only crate that joins the pure crates with the lake, the store and the engine. It
//! holds no arithmetic of its own on money: that is `farthing-attribution`'s, `farthing-ledger`'s and `farthing-unit-economics`'.

mod accruals;
mod adjustments;
mod alerts;
mod answer;
mod audit;
mod backup;
mod billing;
mod budgets;
mod carried_hours;
mod certificate;
mod chargeback;
mod chargeback_forms;
mod charges;
mod collect;
mod conversion;
mod decision_events;
mod decisions;
mod decoding;
mod deliveries;
mod document_versions;
mod documents;
mod drift;
mod drivers;
mod error;
mod event_logs;
mod experiments;
mod explanation;
mod export;
mod facts;
mod fleet_plan;
mod formats;
mod gathering;
mod home;
mod identity;
mod import_check;
mod import_report;
mod jobs;
mod journal;
mod kept_statements;
mod keyed_requests;
mod kpis;
mod lake_upkeep;
mod late_events;
mod lineage;
mod masking;
mod measured_plans;
mod model_plans;
mod outlook;
mod owners;
mod ownership;
mod periods;
mod plan_export;
mod portfolio;
mod preview;
mod print;
mod process;
mod provider;
mod publishing;
mod quality;
mod receiving;
mod recent_statements;
mod recommendations;
mod reconcile;
mod recovery;
mod report_lineage;
mod revisions;
mod sample;
mod simulation;
mod simulation_request;
mod sql;
mod sql_daily;
mod sql_tables;
mod starting_rules;
mod status;
mod tables;
mod token_cost;
mod token_prices;
mod trace;
mod unit_cost;
mod unit_statement;
mod units;
mod uploads;
mod usage;
mod variance;
mod workbook;

pub use accruals::Accrued;
pub use alerts::{AlertChannel, AlertFigures, AlertLine, AlertTest, AlertsQuery, ResendAlerts, ResentAlerts};
pub use answer::{AnswerFormat, AnswerWriter, column_values, is_number, spreadsheet_text};
pub use audit::{AuditEntry, AuditPage, AuditQuery, AuditReport, AuditSettings, VerifyAudit};
pub use backup::InstallationCopy;
pub use billing::ImportBilling;
pub use budgets::{BudgetEntry, BudgetQuery, BudgetReport, PublishedBudgets};
pub use certificate::{CertifiedOutput, CertifiedTotal, CheckedCertificate, CloseCertificate};
pub use chargeback::{Chargeback, ChargebackQuery};
pub use collect::{CollectReport, CollectionStatus, MissingHours, MonthOutcome, MonthReport, PartReport, SourceKinds};
pub use conversion::{PublishedRates, Reporting};
pub use decision_events::{DecisionsTaken, RowNote};
pub use decisions::ImportDecisions;
pub use decoding::{DecodeError, Decoder};
pub use deliveries::{ClosedPeriods, DeliveryPolicy};
pub use document_versions::DocumentVersion;
pub use documents::{DocumentKind, Published};
pub use error::{Error, Kind};
pub use event_logs::{EventLogForm, EventLogFormat, ImportEventLog};
pub use experiments::{ArmsBy, ExperimentQuery, ShadowQuery};
pub use explanation::{ExplainQuery, Explained};
pub use export::{ExportFocus, ExportedFile, FocusExport};
pub use farthing_alerts::WrittenPreferences as AlertPreferences;
pub use farthing_approval::{
    Action as RecommendationAction, Agreement as ShadowAgreement, Need as ApprovalNeed, State as RecommendationState,
    Step as RecommendationStep,
};
pub use farthing_attribution::FigureOn;
pub use farthing_attribution::file::{lists_units, schema as rule_file_schema};
pub use farthing_audit::{
    Checkpoint as AuditCheckpoint, KeyError as AuditKeyError, Problem as AuditProblem, PublicKey, SigningKey,
};
pub use farthing_collectors::billing_export::{BillFormat, FormatError};
pub use farthing_collectors::bucket::BucketAccess;
pub use farthing_collectors::masking::{KeyError, MaskingKey};
pub use farthing_collectors::source::{Patience, Secrets};
pub use farthing_collectors::usage_files::Format as UsageFormat;
pub use farthing_collectors::{FileKind, InputFile, Promise, Reading, decode};
pub use farthing_event_logs::{Durations, Process};
pub use farthing_focus::quality::{Breach, Measure, Measured, Quality, Ratio};
pub use farthing_focus::{Finding, Gap, Severity, Version as FocusVersion, mapping_schema};
pub use farthing_identity::{Grant, Means, Permission, Principal, Role, Secret, SecretKind};
pub use farthing_lake::{Difference, Orphan, TableForm, Verifying};
pub use farthing_ledger::{
    Accruals, Beside, BudgetAlert, BudgetState, Cell as StatementCell, CellError, ChargesLine, Conversion, ConversionRule,
    CoverageLine, Explanation, Journal, OpenItem, Original as OriginalAmount, PoolLine, RateLine, Reconciliation,
    ReconciliationLine, RuleCoverage, ShareLine, Standing, Statement, UnitAmounts, UnitStatement, Value as FieldValue, Variance,
    VarianceCause, VarianceRow, closing, format_change,
};
pub use farthing_openid::{
    Algorithm as OpenIdAlgorithm, Attempt, ClientSecret, OpenIdSettings, Returned, Rule as OpenIdRule,
    SettingsError as OpenIdSettingsError,
};
pub use farthing_optimizer::ReplayEvidence;
pub use farthing_optimizer::exports::{Export as PlanExport, PlanFile};
pub use farthing_optimizer::fleet::USUAL_ROUNDS;
pub use farthing_optimizer::program::{Limits as ProgramLimits, Program, Status as ModelStatus, USUAL_NODES};
pub use farthing_optimizer::replay::REACTIVE_TARGET;
pub use farthing_optimizer::{
    FleetPlan, Limits as SolveLimits, Progress, PromisePoint, Proof, commitments, contracts, fleet, portfolio as portfolio_plan,
    routing, storage,
};
pub use farthing_query::{Answer, Limits as QueryLimits, Parameter, Parameters};
pub use farthing_simulator::Summary as LatencySummary;
pub use farthing_simulator::twin::{Conditions, HourReplay, Miss, Replay, Sampling, Spread};
pub use farthing_store::{AlertState, Claim, Digest, Finding as StoredFinding, KeptAnswer, PortfolioVerdict, RunState};
pub use farthing_unit_economics::experiment::{
    AiBasis, ArmDifference, Cluster, Experiment, ExperimentAi, ExperimentArm, ShadowReport, Shown,
};
pub use farthing_unit_economics::kpi::{Better, Kpi};
pub use farthing_unit_economics::ownership::{Fallback, LineCost, Ownership, SystemCost, UnclaimedLine};
pub use farthing_unit_economics::people::EventLog;
pub use farthing_unit_economics::portfolio::Change as RateChange;
pub use farthing_unit_economics::prices::sku_files::FileTerms as PriceFileTerms;
pub use farthing_unit_economics::prices::{SkuKind, SkuPrice, SkuQuery};
pub use farthing_unit_economics::tokens::{
    BasisCost, By as TokenCostBy, Cheaper, DifferenceCause, HostedModel, Reconciliation as BasisReconciliation, TokenCost,
    TokenGroup,
};
pub use farthing_unit_economics::{
    Actor, Basis, Capacity, Comparison, CostPerDecision, ErrorRate, Sensitivity, Slice, SliceBy, UnitCost, Verdict, Volume,
};
pub use fleet_plan::{PlannedFleet, read_fleet_instance, solve_fleet_instance};
pub use formats::{FormatLine, bill_format_text, bill_formats, check_mapping};
pub use gathering::GatheredBills;
pub use home::{Farthing, Settings};
pub use identity::{IssuedToken, Login, NamedFor, NewToken, Refusal, SignedIn, TokenLine, UserLine, WaysIn};
pub use import_check::{AskedImport, Checked, CheckedImport, CheckedPeriod};
pub use import_report::{FileLine, ImportReport, ImportedPeriod, PeriodTotal};
pub use jobs::{AskedRun, JobReport, JobsQuery, ScheduleStatus, Work, WorkerOptions};
pub use journal::{JournalQuery, Journaled};
pub use keyed_requests::KeyedRequest;
pub use kpis::{KpiReport, KpiValue};
pub use lake_upkeep::{
    Compacted, LakeFile, LakeRetention, LakeSweep, LakeVerification, PeopleRetention, Pieces, RetainedPeople, RetainedRevision,
    RevisionDifference, VerifyLake,
};
pub use lineage::{Lineage, LineageDocument, LineageRevision};
pub use measured_plans::{AllPlans, BudgetChoice, MEASURED_GAP, MeasuredPlan, PlanAllQuery, PlanStep};
pub use model_plans::{Model, ModelInstance, ModelPlan, Planned};
pub use outlook::{
    Anomalies, AnomaliesQuery, AnomalyCause, CostAnomaly, CostForecast, ForecastLine, ForecastMonth, ForecastQuery, SeriesBy,
};
pub use owners::{OwnedBy, OwnerLine};
pub use ownership::OwnershipQuery;
pub use periods::{PeriodChange, PeriodLine, ReopeningRequest};
pub use plan_export::export_plan;
pub use portfolio::{
    Portfolio, PortfolioQuery, PortfolioReviewReport, ReviewedModel, Scorecard, ScorecardAlternative, ScorecardHosted,
    ScorecardInference, ScorecardMonth, ScorecardUsage, ScorecardWorkflow,
};
pub use preview::RulesPreview;
pub use print::PaperSize;
pub use process::{ProcessQuery, ProcessReport, outcomes_of};
pub use provider::{
    CommitmentDayUse, CommitmentFigures, CommitmentMonth, CommitmentUse, ForecastBeside, OwnForecast, ProviderAnomalies,
    ProviderAnomaly, ProviderForecasts, ProviderQuery,
};
pub use quality::{QualityQuery, QualityReport};
pub use receiving::{Admission, NotTaken, OtlpEncoding, Receiver, ReceiverFigures, ReceiverSettings, Signal, TakenItems};
pub use recommendations::{
    Applied, Observation, PlanInShadow, Recommendation, RecommendationDetail, RecommendationStanding, RecommendationUnit,
    RecommendationsQuery, ShadowObservation,
};
pub use reconcile::{GivenTotal, ReconcileQuery};
pub use report_lineage::{
    ChargesBehind, ErasedPart, FigureLineage, LakePart, LineageQuery, ReportLineage, ReportOptions, SourceFile, SourceRevision,
};
pub use revisions::{
    ChangeKind, Costs, FindingLine, KindChange, MovedByRules, PartChange, RevisionDiff, RevisionLine, RowChanges, RuleChange,
    RulesOfRevision, ServiceChange, TotalChange, UnitChange,
};
pub use sample::{Sample, SampleContent, SampleFile, SampleLoaded};
pub use simulation::{Reactive, ReactiveSignal, Simulation, SimulationQuery, TrafficSource, simulate_plan};
pub use simulation_request::SimulationRequest;
pub use sql::SqlQuery;
pub use starting_rules::{StartingRules, StartingUnit, StartingWay};
pub use status::{Check, PeriodStatus, Status};
pub use tables::{RowKind, ShownCell, ShownColumn, ShownRow, ShownTable};
pub use token_cost::{CostBasis, TokenCostQuery};
pub use token_prices::{PriceFiles, TokenPrice, price_files};
pub use unit_cost::UnitCostQuery;
pub use unit_statement::{Closing, UnitStatementQuery, UnitStatements};
pub use units::{PublishedUnits, UnitHistory, UnitLine, UnitPatch, UnitSpan, UnitsForm};
pub use uploads::{LARGEST_UPLOAD, Uploaded};
pub use usage::ImportUsage;
pub use variance::{VarianceBy, VarianceQuery};
