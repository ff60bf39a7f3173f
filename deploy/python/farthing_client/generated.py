"""The routes and types of the API. Written by generate.py from its description: do not edit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NotRequired, TypedDict, Union

from .connection import Connection

AccrualLine = TypedDict("AccrualLine", {
    "accrued": "Amount",
    "billed": "Amount",
    "source": "SourceName",
    "unit": NotRequired[Union["UnitId", None]],
})

Accruals = TypedDict("Accruals", {
    "cost": "Cost",
    "currency": "Currency",
    "journals": list["Journal"],
    "lines": list["AccrualLine"],
    "period": "BillingPeriod",
    "sources": list["LateSource"],
    "total": "Amount",
})

ActivityLine = TypedDict("ActivityLine", {
    "activity": str,
    "cases": int,
    "cases_repeated": int,
    "ended": int,
    "events": int,
    "handling": NotRequired[Union["Durations", None]],
    "repetitions": int,
    "since_previous": NotRequired[Union["Durations", None]],
    "waiting": NotRequired[Union["Durations", None]],
})

Adjustment = TypedDict("Adjustment", {
    "amount": "Amount",
    "charges": int,
    "period": "BillingPeriod",
})

AgainstPeople = TypedDict("AgainstPeople", {
    "high": NotRequired[Union["Amount", None]],
    "low": NotRequired[Union["Amount", None]],
    "method": str,
    "saving_per_decision": "Amount",
    "verdict": "Verdict",
})

AlertChannel = TypedDict("AlertChannel", {
    "channel": str,
    "failed": int,
    "is_own": bool,
    "kind": str,
    "may_change": bool,
    "preferences": "AlertPreferences",
    "sent": int,
    "to": list[str],
    "waiting": int,
})

AlertEvent = TypedDict("AlertEvent", {
    "key": str,
    "money": NotRequired[Union["Money", None]],
    "period": NotRequired[Union["BillingPeriod", None]],
    "source": NotRequired[Union["SourceName", None]],
    "text": str,
    "title": str,
    "topic": "AlertTopic",
    "units": list["UnitId"],
})

AlertLine = TypedDict("AlertLine", {
    "attempts": int,
    "channel": str,
    "created_at": str,
    "due_at": str,
    "ended_at": NotRequired[Union[str, None]],
    "event": "AlertEvent",
    "message": NotRequired[Union[str, None]],
    "said": NotRequired[Union[str, None]],
    "state": str,
    "tried_at": NotRequired[Union[str, None]],
})

AlertPreferences = TypedDict("AlertPreferences", {
    "digest": str,
    "digest_at": NotRequired[Union[str, None]],
    "digest_on": NotRequired[Union[str, None]],
    "events": list[str],
    "least": dict[str, str],
    "quiet_days": list[str],
    "quiet_from": NotRequired[Union[str, None]],
    "quiet_to": NotRequired[Union[str, None]],
    "time_zone": str,
    "units": list[str],
})

AlertResendRequest = TypedDict("AlertResendRequest", {
    "channel": NotRequired[Union[str, None]],
    "message": NotRequired[Union[str, None]],
})

AlertTest = TypedDict("AlertTest", {
    "channel": str,
    "delivered": bool,
    "kind": str,
    "message": str,
    "said": NotRequired[Union[str, None]],
})

AlertTestRequest = TypedDict("AlertTestRequest", {
    "channel": str,
})

AllPlans = TypedDict("AllPlans", {
    "assumptions": list[str],
    "budget": NotRequired[Union["BudgetChoice", None]],
    "currency": "Currency",
    "expires_at": str,
    "gap": NotRequired[Union[float, None]],
    "id": NotRequired[Union[str, None]],
    "input_hash": str,
    "months": int,
    "payback_months": NotRequired[Union["Amount", None]],
    "period": str,
    "possible": NotRequired[Union["Money", None]],
    "saved": "Money",
    "saved_high": "Money",
    "saved_low": "Money",
    "spent_once": "Money",
    "steps": list["PlanStep"],
})

AllRequest = TypedDict("AllRequest", {
    "as_of": NotRequired[Union[str, None]],
    "budget": NotRequired[Union["Amount", None]],
    "period": NotRequired[Union[str, None]],
})

Amounts = TypedDict("Amounts", {
    "direct": "Amount",
    "shared": "Amount",
    "total": "Amount",
})

Anomalies = TypedDict("Anomalies", {
    "anomalies": list["CostAnomaly"],
    "as_of": str,
    "by": str,
    "cost": "Cost",
    "deviations": str,
    "judged": int,
    "period": "BillingPeriod",
    "through": NotRequired[Union[str, None]],
    "too_short": list[str],
})

AnomalyCause = TypedDict("AnomalyCause", {
    "actual": "Amount",
    "impact": "Amount",
    "name": str,
})

AppliedRate = TypedDict("AppliedRate", {
    "date": str,
    "from": "Currency",
    "inverse": bool,
    "rate": "Amount",
    "to": "Currency",
})

AppliedRecommendation = TypedDict("AppliedRecommendation", {
    "changed": bool,
    "files": list["ExportedPlanFile"],
    "form": NotRequired[Union[str, None]],
    "restored": NotRequired[Union[str, None]],
    "standing": "RecommendationStanding",
    "units": list["UnitId"],
})

ApprovalNeed = TypedDict("ApprovalNeed", {
    "approvers": int,
    "because": list[str],
    "valid_days": int,
})

ArmDifference = TypedDict("ArmDifference", {
    "difference": "Amount",
    "first_shown_after": NotRequired[Union[int, None]],
    "high": NotRequired[Union["Amount", None]],
    "low": NotRequired[Union["Amount", None]],
    "standard_error": NotRequired[Union["Amount", None]],
    "verdict": "Shown",
})

AskedImport = TypedDict("AskedImport", {
    "check": NotRequired[bool],
    "format": NotRequired[Union[str, None]],
    "source": str,
    "uploads": list[str],
    "what": str,
})

AskedRun = TypedDict("AskedRun", {
    "kind": NotRequired[Union[str, None]],
    "schedule": NotRequired[Union[str, None]],
    "with": dict[str, Any],
})

Asking = TypedDict("Asking", {
    "by": NotRequired[Union[str, None]],
    "reason": str,
    "source": NotRequired[Union[str, None]],
})

AuditEntry = TypedDict("AuditEntry", {
    "action": str,
    "actor": str,
    "at": str,
    "details": dict[str, Any],
    "hash": str,
    "previous": str,
    "sequence": int,
    "subject": str,
})

AuditPage = TypedDict("AuditPage", {
    "entries": list["AuditEntry"],
    "next": NotRequired[Union[int, None]],
})

AuditVerification = TypedDict("AuditVerification", {
    "checkpoints": int,
    "entries": int,
    "head": str,
    "problems": list[str],
    "public_key": str,
    "vouched_up_to": int,
})

Baseline = TypedDict("Baseline", {
    "automatic_cases": int,
    "handling": NotRequired[Union["Durations", None]],
    "interval": NotRequired[Union["MeanInterval", None]],
    "measured_cases": int,
    "measured_events": int,
    "measured_events_share": "Amount",
    "measured_runs": int,
    "measured_share": "Amount",
    "overlapping_ms": int,
    "rework_cases": int,
    "rework_ms": int,
    "rework_share": "Amount",
    "runs": int,
    "unmeasured_cases": int,
    "unnamed_ms": int,
})

BasisCost = TypedDict("BasisCost", {
    "cost": "Amount",
    "parts": "Parts_Amount",
    "per_gpu_hour": NotRequired[Union["Amount", None]],
    "per_million": "PerMillion",
    "per_request": NotRequired[Union["Amount", None]],
})

BasisReconciliation = TypedDict("BasisReconciliation", {
    "allocation": "Amount",
    "difference": "Amount",
    "model": NotRequired[Union[str, None]],
    "parts": list["DifferencePart"],
    "usage": "Amount",
})

Beside = TypedDict("Beside", {
    "amount": "Amount",
    "change": NotRequired[Union["Amount", None]],
    "change_tenths": NotRequired[Union[int, None]],
    "previous": NotRequired[Union["Amount", None]],
})

BillFormatLine = TypedDict("BillFormatLine", {
    "about": str,
    "fills": list[str],
    "name": str,
    "recognised_by": str,
    "title": str,
})

BootstrapCheck = TypedDict("BootstrapCheck", {
    "high": "Amount",
    "low": "Amount",
    "replicates": int,
    "seed": int,
})

BoughtCommitment = TypedDict("BoughtCommitment", {
    "ends": int,
    "month": int,
    "offer": str,
    "product": "CommitmentProduct",
    "quantity": "Amount",
})

BreakEven = TypedDict("BreakEven", {
    "error_rate": NotRequired[Union["BreakEvenErrorRate", None]],
    "fixed_per_month": "Amount",
    "observed_per_month": int,
    "person_per_decision": "Amount",
    "variable_per_decision": "Amount",
    "volume": "BreakEvenVolume",
})

BrokenRule = TypedDict("BrokenRule", {
    "rows": int,
    "rule": str,
    "severity": "Severity",
})

Budget = TypedDict("Budget", {
    "amount": "Amount",
    "currency": "Currency",
    "thresholds": "Thresholds",
})

BudgetAlert = TypedDict("BudgetAlert", {
    "amount": "Amount",
    "beyond": "Amount",
    "currency": "Currency",
    "of": str,
    "threshold": "Amount",
    "threshold_percent": "Amount",
    "unit": "UnitId",
})

BudgetChoice = TypedDict("BudgetChoice", {
    "budget": "Amount",
    "frontier": list["FrontierPoint"],
    "saved": "Amount",
    "spent": "Amount",
    "steps": list["ChosenOption"],
})

BudgetEntry = TypedDict("BudgetEntry", {
    "amount": "Amount",
    "currency": "Currency",
    "thresholds": "Thresholds",
    "first": NotRequired[Union["BillingPeriod", None]],
    "from": str,
    "last": NotRequired[Union["BillingPeriod", None]],
    "unit": "UnitId",
})

BudgetReport = TypedDict("BudgetReport", {
    "alerts": list["BudgetAlert"],
    "breached": bool,
    "cost": "Cost",
    "period": "BillingPeriod",
    "units": list["BudgetState"],
    "as_of": str,
    "budgets": NotRequired[Union[int, None]],
    "charges": str,
    "notes": list[str],
    "rule_set": NotRequired[Union[str, None]],
    "through": NotRequired[Union[str, None]],
})

BudgetState = TypedDict("BudgetState", {
    "actual": "Amount",
    "actual_percent": NotRequired[Union["Amount", None]],
    "allocated": NotRequired[Union["Amount", None]],
    "budget": "Amount",
    "currency": "Currency",
    "depth": int,
    "forecast": NotRequired[Union["Expected", None]],
    "forecast_percent": NotRequired[Union["Amount", None]],
    "name": str,
    "other_currencies": list["Currency"],
    "over_allocated": "Amount",
    "remaining": "Amount",
    "unit": "UnitId",
})

BudgetStatus = TypedDict("BudgetStatus", {
    "alerts": list["BudgetAlert"],
    "breached": bool,
    "cost": "Cost",
    "period": "BillingPeriod",
    "units": list["BudgetState"],
})

BuildOrBuy = TypedDict("BuildOrBuy", {
    "break_even_utilization": "Amount",
    "cheaper_now": "Cheaper",
    "utilization": "Amount",
})

Capacity = TypedDict("Capacity", {
    "augmented": int,
    "augmented_share": "Amount",
    "automated": int,
    "automated_share": "Amount",
    "decisions": int,
    "full_time_freed": NotRequired[Union["Amount", None]],
    "hours_freed": NotRequired[Union["Amount", None]],
    "hours_worked": "Amount",
    "minutes_are": NotRequired[Union["Basis", None]],
    "minutes_of_a_person": NotRequired[Union["Amount", None]],
    "person": int,
    "person_share": "Amount",
})

Certified = TypedDict("Certified", {
    "closed_at": str,
    "closed_by": str,
    "metrics": NotRequired[Union["CertifiedDocument", None]],
    "outputs": list["CertifiedOutput"],
    "period": "BillingPeriod",
    "program": str,
    "reason": str,
    "revisions": list["CertifiedRevision"],
    "rules": NotRequired[Union["CertifiedDocument", None]],
    "totals": list["CertifiedTotal"],
    "units": NotRequired[Union["CertifiedDocument", None]],
    "version": int,
})

CertifiedDocument = TypedDict("CertifiedDocument", {
    "sha256": str,
    "version": int,
})

CertifiedOutput = TypedDict("CertifiedOutput", {
    "bytes": int,
    "file": str,
    "sha256": str,
})

CertifiedRevision = TypedDict("CertifiedRevision", {
    "dataset": str,
    "files_digest": str,
    "revision": str,
    "rows": int,
    "rows_digest": NotRequired[Union[str, None]],
    "source": "SourceName",
})

CertifiedTotal = TypedDict("CertifiedTotal", {
    "attributed": "Amount",
    "billed": "Amount",
    "charges": int,
    "cost": "Cost",
    "currency": "Currency",
    "unattributed": "Amount",
})

ChargesBehind = TypedDict("ChargesBehind", {
    "address": str,
    "explained_by": str,
    "rows_by": str,
})

ChargesLine = TypedDict("ChargesLine", {
    "amount": "Amount",
    "because": list[Any],
    "charges": int,
    "columns": list[Any],
    "first": str,
    "last": str,
    "original": NotRequired[Union["OriginalAmount", None]],
    "reason": NotRequired[Union[str, None]],
    "rule": NotRequired[Union[str, None]],
    "source": "SourceName",
    "unit": NotRequired[Union["UnitId", None]],
})

CheckedCertificate = TypedDict("CheckedCertificate", {
    "certified": "Certified",
    "sha256": str,
    "differences": list[str],
})

ChosenOption = TypedDict("ChosenOption", {
    "option": str,
    "saved": "Amount",
    "spent": "Amount",
    "step": str,
})

CloseCertificate = TypedDict("CloseCertificate", {
    "certified": "Certified",
    "sha256": str,
})

Closing = TypedDict("Closing", {
    "by": NotRequired[Union[str, None]],
    "reason": NotRequired[str],
    "source": NotRequired[Union[str, None]],
})

CollectionStatus = TypedDict("CollectionStatus", {
    "attempted_at": NotRequired[Union[str, None]],
    "calls": int,
    "calls_in_all": int,
    "collected_to": NotRequired[Union[str, None]],
    "cost": str,
    "cost_in_all": str,
    "last_calls": int,
    "last_millis": int,
    "last_rows": int,
    "missing": NotRequired[list["MissingHours"]],
    "notes": str,
    "problem": NotRequired[Union[str, None]],
    "reason": NotRequired[Union[str, None]],
    "source": "SourceName",
    "succeeded_at": NotRequired[Union[str, None]],
})

CommitmentBreakEven = TypedDict("CommitmentBreakEven", {
    "item": str,
    "offer": str,
    "utilisation": "Amount",
})

CommitmentDayUse = TypedDict("CommitmentDayUse", {
    "committed": NotRequired[Union[str, None]],
    "coverage_percent": NotRequired[Union[str, None]],
    "covered": NotRequired[Union[str, None]],
    "net_savings": NotRequired[Union[str, None]],
    "on_demand": NotRequired[Union[str, None]],
    "unused": NotRequired[Union[str, None]],
    "used": NotRequired[Union[str, None]],
    "utilisation_percent": NotRequired[Union[str, None]],
    "day": str,
})

CommitmentFigures = TypedDict("CommitmentFigures", {
    "committed": NotRequired[Union[str, None]],
    "coverage_percent": NotRequired[Union[str, None]],
    "covered": NotRequired[Union[str, None]],
    "net_savings": NotRequired[Union[str, None]],
    "on_demand": NotRequired[Union[str, None]],
    "unused": NotRequired[Union[str, None]],
    "used": NotRequired[Union[str, None]],
    "utilisation_percent": NotRequired[Union[str, None]],
})

CommitmentMonth = TypedDict("CommitmentMonth", {
    "committed": NotRequired[Union[str, None]],
    "coverage_percent": NotRequired[Union[str, None]],
    "covered": NotRequired[Union[str, None]],
    "net_savings": NotRequired[Union[str, None]],
    "on_demand": NotRequired[Union[str, None]],
    "unused": NotRequired[Union[str, None]],
    "used": NotRequired[Union[str, None]],
    "utilisation_percent": NotRequired[Union[str, None]],
    "days": list["CommitmentDayUse"],
    "kind": str,
    "period": "BillingPeriod",
    "source": "SourceName",
    "stated_at": str,
    "unit": str,
})

CommitmentPlan = TypedDict("CommitmentPlan", {
    "bound": NotRequired[Union[float, None]],
    "gap": NotRequired[Union[float, None]],
    "objective": NotRequired[Union["Amount", None]],
    "relaxations": NotRequired[list["PlanRelaxation"]],
    "seconds": float,
    "status": "ModelStatus",
    "alternatives": list["PlanAlternative"],
    "break_even": list["CommitmentBreakEven"],
    "priced": NotRequired[Union["PricedCommitments", None]],
    "purchases": list["BoughtCommitment"],
    "sensitivity": list["CommitmentsAtDemand"],
})

CommitmentUse = TypedDict("CommitmentUse", {
    "cost": "Amount",
    "offer": str,
    "utilisation": "Amount",
})

CommitmentsAtDemand = TypedDict("CommitmentsAtDemand", {
    "best": "Amount",
    "demand": "Amount",
    "plan": "Amount",
    "regret": "Amount",
})

Compaction = TypedDict("Compaction", {
    "apply": NotRequired[bool],
    "period": NotRequired[Union[str, None]],
    "source": NotRequired[Union[str, None]],
})

Conditions = TypedDict("Conditions", {
    "burst_variation": NotRequired[float],
    "cold_start_seconds": NotRequired[float],
    "failures_per_hour": NotRequired[float],
    "lead_seconds": NotRequired[float],
    "replacement_seconds": NotRequired[float],
    "scale_delay_seconds": NotRequired[float],
    "spot_interruptions_per_hour": NotRequired[float],
    "spot_notice_seconds": NotRequired[float],
    "surges": NotRequired[list["Surge"]],
    "tolerance": NotRequired[float],
})

ContractChoice = TypedDict("ContractChoice", {
    "contract": str,
    "cost": "Amount",
    "count": int,
    "flip": NotRequired[Union["ContractFlip", None]],
    "signed": bool,
    "units": list["NeedUnits"],
})

ContractFlip = TypedDict("ContractFlip", {
    "factor": "Amount",
    "proven": bool,
    "with": "Amount",
    "without": "Amount",
})

ContractPlan = TypedDict("ContractPlan", {
    "bound": NotRequired[Union[float, None]],
    "gap": NotRequired[Union[float, None]],
    "objective": NotRequired[Union["Amount", None]],
    "relaxations": NotRequired[list["PlanRelaxation"]],
    "seconds": float,
    "status": "ModelStatus",
    "contracts": list["ContractChoice"],
    "scenarios": list["Amount"],
})

Conversion = TypedDict("Conversion", {
    "applied": list["AppliedRate"],
    "originals": list["OriginalTotal"],
    "rates": NotRequired[Union[int, None]],
    "rounding": "Amount",
    "rule": "ConversionRule",
    "to": "Currency",
})

CostAnomaly = TypedDict("CostAnomaly", {
    "actual": "Amount",
    "causes": list["AnomalyCause"],
    "currency": "Currency",
    "deviations": str,
    "expected": "Amount",
    "first": str,
    "impact": "Amount",
    "last": str,
    "name": str,
})

CostForecast = TypedDict("CostForecast", {
    "as_of": str,
    "by": NotRequired[Union[str, None]],
    "cost": "Cost",
    "lines": list["ForecastLine"],
    "through": str,
})

CostPart = TypedDict("CostPart", {
    "amount": "Amount",
    "fixed": bool,
    "kind": "CostPartKind",
    "name": str,
    "per_decision": "Amount",
    "source": str,
})

CostPerDecision = TypedDict("CostPerDecision", {
    "actor": "Actor",
    "against_people": NotRequired[Union["AgainstPeople", None]],
    "against_people_levelled": NotRequired[Union["AgainstPeople", None]],
    "against_people_sound": NotRequired[Union["AgainstPeople", None]],
    "basis": "Basis",
    "break_even": NotRequired[Union["BreakEven", None]],
    "currency": "Currency",
    "decisions": int,
    "interval": NotRequired[Union["Interval", None]],
    "model": NotRequired[Union["ModelId", None]],
    "not_included": list[str],
    "notes": list[str],
    "outcomes": "Outcomes",
    "parts": list["CostPart"],
    "per_decision": "Amount",
    "per_sound_decision": NotRequired[Union["Amount", None]],
    "sound_interval": NotRequired[Union["Interval", None]],
    "total": "Amount",
})

Costs = TypedDict("Costs", {
    "billed": str,
    "contracted": str,
    "effective": str,
    "list": str,
})

CoverageLine = TypedDict("CoverageLine", {
    "amount": "Amount",
    "charges": int,
    "description": NotRequired[Union[str, None]],
    "name": str,
    "share_tenths": NotRequired[Union[int, None]],
})

Credentials = TypedDict("Credentials", {
    "name": str,
    "password": str,
})

DatasetPlan = TypedDict("DatasetPlan", {
    "dataset": str,
    "deleted": NotRequired[Union[int, None]],
    "planned": "PricedStorage",
    "stays": list["StorageStay"],
    "today": NotRequired[Union["Amount", None]],
})

Decision = TypedDict("Decision", {
    "by": NotRequired[Union[str, None]],
    "granted": bool,
    "source": NotRequired[Union[str, None]],
})

DecisionsTaken = TypedDict("DecisionsTaken", {
    "added": int,
    "known": int,
    "outdated": int,
    "periods": list["ImportedPeriod"],
    "refused": list["RowNote"],
    "rows": int,
    "source": "SourceName",
    "updated": int,
    "warnings": list["RowNote"],
})

Deployment = TypedDict("Deployment", {
    "replicas": int,
    "type": str,
})

DifferencePart = TypedDict("DifferencePart", {
    "amount": "Amount",
    "cause": "DifferenceCause",
})

DocumentInput = TypedDict("DocumentInput", {
    "digest": str,
    "kind": str,
    "version": int,
})

DocumentVersion = TypedDict("DocumentVersion", {
    "kind": "DocumentKind",
    "published_at": str,
    "published_by": str,
    "sha256": str,
    "version": int,
})

Draft = TypedDict("Draft", {
    "period": str,
    "rules": str,
})

Durations = TypedDict("Durations", {
    "count": int,
    "maximum_ms": int,
    "mean_ms": int,
    "median_ms": int,
    "minimum_ms": int,
    "percentile_90_ms": int,
    "percentile_95_ms": int,
    "quartile_1_ms": int,
    "quartile_3_ms": int,
    "total_ms": int,
})

ErasedPart = TypedDict("ErasedPart", {
    "at": str,
    "by": str,
    "columns": list[str],
    "held": int,
    "measure": str,
    "policy": int,
    "reason": str,
    "rows": int,
    "totals": NotRequired[Union[dict[str, Any], None]],
})

EventLog = TypedDict("EventLog", {
    "automatic": NotRequired[list[str]],
    "calendar": NotRequired[Union[str, None]],
    "holidays": NotRequired[list[str]],
    "longest_handling_minutes": NotRequired[Union[int, None]],
    "offset": NotRequired[Union[str, None]],
    "only_outcomes": NotRequired[list[str]],
    "outcome_attribute": NotRequired[Union[str, None]],
    "outcomes": NotRequired[dict[str, list[str]]],
    "repeatable": NotRequired[list[str]],
    "source": "SourceName",
    "window": NotRequired[Union["Window", None]],
})

ExchangeRate = TypedDict("ExchangeRate", {
    "date": str,
    "from": "Currency",
    "rate": "Amount",
    "to": "Currency",
})

Excluded = TypedDict("Excluded", {
    "reason": str,
    "type": str,
    "workload": "WorkloadId",
})

Expected = TypedDict("Expected", {
    "back_test": NotRequired[Union["ForecastBackTest", None]],
    "days_of_history": int,
    "days_to_come": int,
    "high": NotRequired[Union["Amount", None]],
    "low": NotRequired[Union["Amount", None]],
    "method": str,
    "total": "Amount",
})

Experiment = TypedDict("Experiment", {
    "ai": "ExperimentAi",
    "arms": list["ExperimentArm"],
    "by": str,
    "cluster": "Cluster",
    "clusters": int,
    "cost": "ArmDifference",
    "currency": "Currency",
    "error_rate": "ArmDifference",
    "from": str,
    "method": str,
    "notes": list[str],
    "to": str,
    "tuned_for": int,
    "workflow": "WorkflowId",
})

ExperimentAi = TypedDict("ExperimentAi", {
    "arms": "Amount",
    "basis": "AiBasis",
    "billed": "Amount",
    "difference": "Amount",
    "others": "Amount",
})

ExperimentArm = TypedDict("ExperimentArm", {
    "ai": "Amount",
    "ai_difference": "Amount",
    "decisions": int,
    "error_rate": "Amount",
    "errors": "Amount",
    "handling": "Amount",
    "name": str,
    "per_decision": "Amount",
    "review": "Amount",
    "total": "Amount",
    "wrong": int,
})

ExportResponse = TypedDict("ExportResponse", {
    "partialSuccess": NotRequired[Union["PartialSuccess", None]],
})

ExportedPlanFile = TypedDict("ExportedPlanFile", {
    "name": str,
    "text": str,
})

FactInput = TypedDict("FactInput", {
    "dataset": str,
    "digest": str,
    "period": str,
    "source": str,
})

Fallback = TypedDict("Fallback", {
    "busiest_cost": "Amount",
    "busiest_decisions": int,
    "busiest_hour": str,
    "busiest_people": "Amount",
    "cost_per_hour": "Amount",
    "decisions_per_hour": "Amount",
    "handling_minutes": "Amount",
    "left_in_busiest": NotRequired[Union["Amount", None]],
    "left_per_hour": NotRequired[Union["Amount", None]],
    "people_on_hand": NotRequired[Union[int, None]],
    "people_per_hour": "Amount",
    "rate_per_hour": "Amount",
    "role": str,
    "sources": list[str],
})

FigureLineage = TypedDict("FigureLineage", {
    "charges": NotRequired[Union["ChargesBehind", None]],
    "currency": NotRequired[Union[str, None]],
    "formula": str,
    "path": str,
    "unit": NotRequired[Union[str, None]],
    "value": dict[str, Any],
})

FigureSource = TypedDict("FigureSource", {
    "source": str,
    "year": NotRequired[Union[int, None]],
})

FindingLine = TypedDict("FindingLine", {
    "column": NotRequired[Union[str, None]],
    "count": int,
    "file": str,
    "message": str,
    "rows": list[int],
    "rule": str,
    "severity": str,
    "value": NotRequired[Union[str, None]],
})

FleetAlternative = TypedDict("FleetAlternative", {
    "cost": NotRequired[Union[float, None]],
    "difference": NotRequired[Union[float, None]],
    "gap": NotRequired[Union[float, None]],
    "why_not": str,
    "without": str,
})

FleetBinding = TypedDict("FleetBinding", {
    "hours": list["FleetHourPrice"],
    "quotas": list["FleetQuotaPrice"],
})

FleetCostPoint = TypedDict("FleetCostPoint", {
    "cost": NotRequired[Union[float, None]],
    "factor": float,
    "gap": NotRequired[Union[float, None]],
    "infeasible": NotRequired[list[str]],
})

FleetExplanation = TypedDict("FleetExplanation", {
    "alternatives": list["FleetAlternative"],
    "binding": "FleetBinding",
    "demand_curve": list["FleetCostPoint"],
    "quota_curve": list["FleetCostPoint"],
    "stands": list["FleetStanding"],
})

FleetHourPrice = TypedDict("FleetHourPrice", {
    "hour": int,
    "price": float,
})

FleetPlan = TypedDict("FleetPlan", {
    "assumptions": list[str],
    "bound": NotRequired[Union[float, None]],
    "commitments": list["Commitment"],
    "cost_now": NotRequired[Union["Money", None]],
    "cost_planned": NotRequired[Union["Money", None]],
    "currency": "Currency",
    "excluded": list["Excluded"],
    "gap": NotRequired[Union[float, None]],
    "hours": int,
    "input_hash": str,
    "model": str,
    "objective": NotRequired[Union["Money", None]],
    "plan": "FleetPlanFile",
    "promise_curve": NotRequired[list["PromisePoint"]],
    "purchase": NotRequired[Union["Purchase", None]],
    "recommended": bool,
    "replay": NotRequired[Union["ReplayEvidence", None]],
    "saved": NotRequired[Union["Money", None]],
    "saved_share": NotRequired[Union[float, None]],
    "seconds": float,
    "shortages": list["Shortage"],
    "solver": str,
    "status": "PlanStatus",
    "today_shortfalls": list["TodayShortfall"],
    "types": list["TypePurchase"],
    "workloads": list["WorkloadPlan"],
})

FleetPlanFile = TypedDict("FleetPlanFile", {
    "bound": NotRequired[Union[float, None]],
    "commit": dict[str, int],
    "explanation": NotRequired[Union["FleetExplanation", None]],
    "gap": NotRequired[Union[float, None]],
    "infeasible": NotRequired[list["Shortage"]],
    "method": "SolveMethod",
    "n": dict[str, dict[str, list[int]]],
    "objective": NotRequired[Union[float, None]],
    "plan": NotRequired[Union[float, None]],
    "relaxations": NotRequired[list["PlanRelaxation"]],
    "scenarios": NotRequired[list["PlannedScenario"]],
    "seconds": float,
    "status": "PlanStatus",
})

FleetQuotaPrice = TypedDict("FleetQuotaPrice", {
    "hours": int,
    "price": float,
    "type": str,
})

FleetStanding = TypedDict("FleetStanding", {
    "choice": str,
    "from": float,
    "of": str,
    "open_above": bool,
    "open_below": bool,
    "to": float,
    "tolerance": float,
})

ForecastBackTest = TypedDict("ForecastBackTest", {
    "coverage_percent": "Amount",
    "horizon_days": int,
    "mape_percent": NotRequired[Union["Amount", None]],
    "naive_mape_percent": NotRequired[Union["Amount", None]],
    "origins": int,
})

ForecastBeside = TypedDict("ForecastBeside", {
    "came": NotRequired[Union[str, None]],
    "currency": str,
    "from": str,
    "notes": list[str],
    "ours": NotRequired[Union["OwnForecast", None]],
    "period": "BillingPeriod",
    "provider": str,
    "provider_high": str,
    "provider_interval_percent": int,
    "provider_low": str,
    "source": "SourceName",
    "stated_at": str,
    "to": str,
})

ForecastLine = TypedDict("ForecastLine", {
    "currency": "Currency",
    "days_of_history": int,
    "mape_percent": NotRequired[Union["Amount", None]],
    "method": str,
    "months": list["ForecastMonth"],
    "naive_mape_percent": NotRequired[Union["Amount", None]],
    "name": NotRequired[Union[str, None]],
})

ForecastMonth = TypedDict("ForecastMonth", {
    "actual": "Amount",
    "days_to_come": int,
    "expected": "Amount",
    "high": NotRequired[Union["Amount", None]],
    "low": NotRequired[Union["Amount", None]],
    "period": "BillingPeriod",
})

FourCosts = TypedDict("FourCosts", {
    "billed": "Amount",
    "contracted": "Amount",
    "effective": "Amount",
    "list": "Amount",
})

FrontierPoint = TypedDict("FrontierPoint", {
    "budget": "Amount",
    "net": NotRequired[Union["Amount", None]],
    "spend": NotRequired[Union["Amount", None]],
    "value": NotRequired[Union["Amount", None]],
})

HostedModel = TypedDict("HostedModel", {
    "build_or_buy": NotRequired[Union["BuildOrBuy", None]],
    "capacity": NotRequired[Union["Amount", None]],
    "compared_with": NotRequired[Union[str, None]],
    "cost": "Amount",
    "cost_at_full_use": NotRequired[Union["Amount", None]],
    "external_per_million": NotRequired[Union["Amount", None]],
    "gpu_hours": "Amount",
    "instance_hours": "Amount",
    "models": list["ModelId"],
    "name": str,
    "per_gpu_hour": NotRequired[Union["Amount", None]],
    "per_million": NotRequired[Union["Amount", None]],
    "served": "Amount",
    "share_by": "ShareBy",
    "times": NotRequired[Union["ServedTime", None]],
    "unit": "UnitId",
    "utilization": NotRequired[Union["Amount", None]],
    "weights": "Weights",
})

ImportedPeriod = TypedDict("ImportedPeriod", {
    "dataset": str,
    "period": "BillingPeriod",
    "replaces": NotRequired[Union[str, None]],
    "restates": NotRequired[Union[str, None]],
    "revision": str,
    "rows": int,
    "sequence": int,
    "source": "SourceName",
    "totals": list["PeriodTotal"],
})

Interval = TypedDict("Interval", {
    "check": NotRequired[Union["BootstrapCheck", None]],
    "count": int,
    "high": "Amount",
    "level": "Amount",
    "low": "Amount",
    "method": str,
    "sampled": str,
    "standard_error": "Amount",
})

IssuedToken = TypedDict("IssuedToken", {
    "secret": str,
    "token": "TokenLine",
})

JobEvent = TypedDict("JobEvent", {
    "data": str,
    "event": str,
    "id": str,
    "retry": int,
})

JobReport = TypedDict("JobReport", {
    "asked_by": NotRequired[Union[str, None]],
    "attempt": int,
    "cancel_asked": bool,
    "created_at": str,
    "doing": NotRequired[Union[str, None]],
    "ended_at": NotRequired[Union[str, None]],
    "failures": int,
    "id": str,
    "job": str,
    "kind": str,
    "lease_until": NotRequired[Union[str, None]],
    "message": NotRequired[Union[str, None]],
    "most_failures": int,
    "not_before": str,
    "progress_done": int,
    "progress_total": int,
    "result": NotRequired[Union[dict[str, Any], None]],
    "scheduled_at": str,
    "started_at": NotRequired[Union[str, None]],
    "state": str,
    "subject": NotRequired[Union[str, None]],
    "with": dict[str, Any],
    "worker": NotRequired[Union[str, None]],
})

Journal = TypedDict("Journal", {
    "conversion": NotRequired[Union["Conversion", None]],
    "cost": "Cost",
    "credit_total": "Amount",
    "currency": "Currency",
    "date": str,
    "debit_total": "Amount",
    "decimals": int,
    "id": str,
    "left_out": int,
    "lines": list["JournalLine"],
    "period": "BillingPeriod",
    "rounding": "Amount",
    "rule_set": NotRequired[Union[str, None]],
    "without_cost_center": list["UnitId"],
})

JournalLine = TypedDict("JournalLine", {
    "account": str,
    "cost_center": NotRequired[Union[str, None]],
    "credit": "Amount",
    "debit": "Amount",
    "entry": "JournalEntry",
    "exact": "Amount",
    "line": int,
    "text": str,
    "unit": NotRequired[Union["UnitId", None]],
})

KeptPlan = TypedDict("KeptPlan", {
    "created_at": str,
    "expires_at": str,
    "id": str,
    "plan": "FleetPlan",
    "status": str,
})

KindChange = TypedDict("KindChange", {
    "change": "Costs",
    "currency": str,
    "kind": "ChangeKind",
    "rows_after": int,
    "rows_before": int,
})

KindScore = TypedDict("KindScore", {
    "assets": int,
    "kind": "PortfolioKind",
    "spend": "Amount",
    "value": "Amount",
})

Kpi = TypedDict("Kpi", {
    "better": "Better",
    "builtin": bool,
    "computed_by": NotRequired[Union[str, None]],
    "definition": str,
    "formula": str,
    "id": str,
    "name": str,
    "owner": str,
    "source": list[str],
    "sql": NotRequired[Union[str, None]],
    "unit": str,
})

KpiReport = TypedDict("KpiReport", {
    "kpi": "Kpi",
    "lineage": "Lineage",
    "period": "BillingPeriod",
    "values": list["KpiValue"],
})

KpiValue = TypedDict("KpiValue", {
    "high": NotRequired[Union["Amount", None]],
    "low": NotRequired[Union["Amount", None]],
    "of": dict[str, str],
    "value": NotRequired[Union["Amount", None]],
})

LakePart = TypedDict("LakePart", {
    "bytes": int,
    "path": str,
    "rows": int,
    "sha256": str,
})

LateSource = TypedDict("LateSource", {
    "basis": "BillingPeriod",
    "basis_days": int,
    "billed_until": NotRequired[Union[str, None]],
    "expected_until": str,
    "missing_days": int,
    "source": "SourceName",
})

LatencySummary = TypedDict("LatencySummary", {
    "max": float,
    "mean": float,
    "p50": float,
    "p90": float,
    "p95": float,
    "p99": float,
    "relative_error": float,
})

Lifecycle = TypedDict("Lifecycle", {
    "Rules": list["LifecycleRule"],
})

LifecycleExpiration = TypedDict("LifecycleExpiration", {
    "Days": int,
})

LifecycleFilter = TypedDict("LifecycleFilter", {
    "Prefix": str,
})

LifecycleRule = TypedDict("LifecycleRule", {
    "Expiration": NotRequired[Union["LifecycleExpiration", None]],
    "Filter": "LifecycleFilter",
    "ID": str,
    "Status": str,
    "Transitions": NotRequired[list["LifecycleTransition"]],
})

LifecycleTransition = TypedDict("LifecycleTransition", {
    "Days": int,
    "StorageClass": str,
})

Limits = TypedDict("Limits", {
    "as_of": NotRequired[Union[str, None]],
    "explain": NotRequired[bool],
    "gap": NotRequired[float],
    "time_limit_seconds": NotRequired[int],
})

LineCost = TypedDict("LineCost", {
    "billed": "Amount",
    "charges": int,
    "cost": "Amount",
    "deferred": "Amount",
    "earlier": "Amount",
    "id": str,
    "kind": "OwnershipKind",
    "over_months": int,
    "source": str,
})

Lineage = TypedDict("Lineage", {
    "as_of": str,
    "documents": list["LineageDocument"],
    "revisions": list["LineageRevision"],
})

LineageDocument = TypedDict("LineageDocument", {
    "digest": str,
    "kind": str,
    "version": int,
})

LineageRevision = TypedDict("LineageRevision", {
    "dataset": str,
    "digest": str,
    "period": "BillingPeriod",
    "revision": str,
    "sequence": int,
    "source": "SourceName",
})

LoadedRate = TypedDict("LoadedRate", {
    "currency": "Currency",
    "formula": str,
    "parts": list["RatePart"],
    "per_hour": "Amount",
})

LoggedOut = TypedDict("LoggedOut", {
    "provider_logout": str,
})

MeanInterval = TypedDict("MeanInterval", {
    "cases": int,
    "high_ms": int,
    "level": "Amount",
    "low_ms": int,
    "standard_error_ms": int,
})

MeasuredHandling = TypedDict("MeasuredHandling", {
    "automatic_cases": int,
    "cases": int,
    "from": str,
    "high": NotRequired[Union["Amount", None]],
    "low": NotRequired[Union["Amount", None]],
    "measured_cases": int,
    "measured_share": "Amount",
    "minutes": "Amount",
    "outcomes": list[str],
    "rework_minutes": "Amount",
    "rework_share": "Amount",
    "source": str,
    "standard_error": NotRequired[Union["Amount", None]],
    "to": str,
    "working_time": bool,
})

MeasuredRequest = TypedDict("MeasuredRequest", {
    "as_of": NotRequired[Union[str, None]],
    "period": NotRequired[Union[str, None]],
})

MissedHour = TypedDict("MissedHour", {
    "hour": int,
    "misses": list["ReplayMiss"],
})

MissingCapacity = TypedDict("MissingCapacity", {
    "demand": float,
    "missing": float,
    "missing_replicas": int,
    "workload": str,
})

MissingHours = TypedDict("MissingHours", {
    "from": str,
    "period": "BillingPeriod",
    "to": str,
})

MissingQuota = TypedDict("MissingQuota", {
    "missing": int,
    "quota": int,
    "type": str,
})

ModelDecision = TypedDict("ModelDecision", {
    "by": NotRequired[Union[str, None]],
    "decision": str,
    "model": str,
    "reason": str,
})

Money = TypedDict("Money", {
    "amount": "Amount",
    "currency": "Currency",
})

MovedByRules = TypedDict("MovedByRules", {
    "change": "Costs",
    "currency": str,
    "reason": NotRequired[Union[str, None]],
    "unit": NotRequired[Union[str, None]],
})

NamedAmount = TypedDict("NamedAmount", {
    "amount": "Amount",
    "name": str,
    "unit": "UnitId",
})

NeedUnits = TypedDict("NeedUnits", {
    "need": str,
    "units": "Amount",
})

NewPassword = TypedDict("NewPassword", {
    "new": str,
    "old": str,
})

NewUnit = TypedDict("NewUnit", {
    "budget": NotRequired[Union["Amount", None]],
    "cost_center": NotRequired[Union[str, None]],
    "currency": NotRequired[Union["Currency", None]],
    "from": NotRequired[Union[str, None]],
    "name": NotRequired[Union[str, None]],
    "owners": NotRequired[list[str]],
    "parent": NotRequired[Union["UnitId", None]],
    "unit": "UnitId",
    "until": NotRequired[Union[str, None]],
})

NewUser = TypedDict("NewUser", {
    "name": str,
    "password": NotRequired[Union[str, None]],
    "roles": list[str],
    "units": NotRequired[Union[list[str], None]],
})

OpenItem = TypedDict("OpenItem", {
    "amount": "Amount",
    "description": str,
    "invoice": NotRequired[Union[str, None]],
    "owner": str,
    "reason": str,
    "source": NotRequired[Union["SourceName", None]],
})

OpeningReview = TypedDict("OpeningReview", {
    "by": NotRequired[Union[str, None]],
})

OriginalAmount = TypedDict("OriginalAmount", {
    "amount": "Amount",
    "currency": "Currency",
})

OriginalTotal = TypedDict("OriginalTotal", {
    "attributed_total": "Amount",
    "billed_total": "Amount",
    "converted_total": "Amount",
    "currency": "Currency",
    "mean_rate": NotRequired[Union["Amount", None]],
    "unattributed_total": "Amount",
})

OutcomeLine = TypedDict("OutcomeLine", {
    "automatic": int,
    "cases": int,
    "handling": NotRequired[Union["Durations", None]],
    "handling_interval": NotRequired[Union["MeanInterval", None]],
    "measured": int,
    "outcome": NotRequired[Union[str, None]],
    "rework_ms": int,
    "share": "Amount",
    "throughput": NotRequired[Union["Durations", None]],
})

Outcomes = TypedDict("Outcomes", {
    "accepted": int,
    "escalated": int,
    "overridden": int,
    "wrong": int,
})

OwnForecast = TypedDict("OwnForecast", {
    "days_of_history": int,
    "high": NotRequired[Union[str, None]],
    "interval_percent": int,
    "low": NotRequired[Union[str, None]],
    "mape_percent": NotRequired[Union[str, None]],
    "total": str,
})

OwnerLine = TypedDict("OwnerLine", {
    "caller": NotRequired[Union[str, None]],
    "endpoint": NotRequired[Union[str, None]],
    "owned": "OwnedBy",
    "requests": int,
    "tokens": int,
    "unit": NotRequired[Union["UnitId", None]],
})

Ownership = TypedDict("Ownership", {
    "claimed": "Amount",
    "currency": "Currency",
    "difference": "Amount",
    "notes": list[str],
    "period": "BillingPeriod",
    "statement_total": "Amount",
    "systems": list["SystemCost"],
    "unclaimed": list["UnclaimedLine"],
    "unclaimed_total": "Amount",
    "units": list["UnitId"],
})

PartChange = TypedDict("PartChange", {
    "after": "Costs",
    "before": "Costs",
    "change": "Costs",
    "currency": str,
    "kinds": list["KindChange"],
    "rows_after": int,
    "rows_before": int,
    "rows_same": int,
    "shared": "Costs",
})

PartialSuccess = TypedDict("PartialSuccess", {
    "errorMessage": str,
    "rejectedDataPoints": NotRequired[Union[str, None]],
    "rejectedLogRecords": NotRequired[Union[str, None]],
    "rejectedSpans": NotRequired[Union[str, None]],
})

Parts_Amount = TypedDict("Parts_Amount", {
    "cache_write": str,
    "cached": str,
    "input": str,
    "other": str,
    "output": str,
})

PerMillion = TypedDict("PerMillion", {
    "blended": NotRequired[Union["Amount", None]],
    "cache_write": NotRequired[Union["Amount", None]],
    "cached": NotRequired[Union["Amount", None]],
    "input": NotRequired[Union["Amount", None]],
    "output": NotRequired[Union["Amount", None]],
})

PeriodChange = TypedDict("PeriodChange", {
    "certificate": NotRequired[Union[str, None]],
    "changed": bool,
    "periods": list["PeriodLine"],
})

PeriodComparison = TypedDict("PeriodComparison", {
    "amount": "Amount",
    "change_tenths": NotRequired[Union[int, None]],
    "period": "BillingPeriod",
})

PeriodLine = TypedDict("PeriodLine", {
    "by": NotRequired[Union[str, None]],
    "closed": bool,
    "late_revision": NotRequired[Union[str, None]],
    "period": "BillingPeriod",
    "reason": NotRequired[Union[str, None]],
    "reopening": NotRequired[Union["ReopeningRequest", None]],
    "rows": int,
    "since": NotRequired[Union[str, None]],
    "source": "SourceName",
    "totals": list["PeriodTotal"],
})

PeriodStatus = TypedDict("PeriodStatus", {
    "dataset": str,
    "findings": int,
    "format": str,
    "imported_at": str,
    "masked_by": NotRequired[Union[int, None]],
    "missing": NotRequired[list["MissingHours"]],
    "period": "BillingPeriod",
    "revision": str,
    "rows": int,
    "sequence": int,
    "source": "SourceName",
    "totals": list["PeriodTotal"],
})

PeriodTotal = TypedDict("PeriodTotal", {
    "billed": str,
    "contracted": str,
    "currency": str,
    "effective": str,
    "list": str,
})

PlanAlternative = TypedDict("PlanAlternative", {
    "difference": NotRequired[Union["Amount", None]],
    "name": str,
    "objective": NotRequired[Union["Amount", None]],
})

PlanInShadow = TypedDict("PlanInShadow", {
    "found": "ShadowAgreement",
    "id": str,
    "kind": str,
    "recorded": list["ShadowObservation"],
    "shadow": "RecommendationShadow",
    "state": "RecommendationState",
})

PlanInputs = TypedDict("PlanInputs", {
    "documents": list["DocumentInput"],
    "facts": list["FactInput"],
})

PlanProof = TypedDict("PlanProof", {
    "bound": NotRequired[Union[float, None]],
    "gap": NotRequired[Union[float, None]],
    "objective": NotRequired[Union["Amount", None]],
    "relaxations": NotRequired[list["PlanRelaxation"]],
    "seconds": float,
    "status": "ModelStatus",
})

PlanRelaxation = TypedDict("PlanRelaxation", {
    "constraint": str,
    "limit": float,
    "needed": float,
    "unit": str,
})

PlanStep = TypedDict("PlanStep", {
    "cost_now": NotRequired[Union["Money", None]],
    "cost_planned": NotRequired[Union["Money", None]],
    "does": str,
    "left_out": NotRequired[Union[str, None]],
    "plan": NotRequired[Any],
    "possible": NotRequired[Union["Money", None]],
    "saved": NotRequired[Union["Money", None]],
    "saved_high": NotRequired[Union["Money", None]],
    "saved_low": NotRequired[Union["Money", None]],
    "spent_once": "Money",
    "status": NotRequired[Union[str, None]],
    "step": str,
})

PlannedFleet = TypedDict("PlannedFleet", {
    "assumptions": list[str],
    "bound": NotRequired[Union[float, None]],
    "commitments": list["Commitment"],
    "cost_now": NotRequired[Union["Money", None]],
    "cost_planned": NotRequired[Union["Money", None]],
    "currency": "Currency",
    "excluded": list["Excluded"],
    "gap": NotRequired[Union[float, None]],
    "hours": int,
    "input_hash": str,
    "model": str,
    "objective": NotRequired[Union["Money", None]],
    "plan": "FleetPlanFile",
    "promise_curve": NotRequired[list["PromisePoint"]],
    "purchase": NotRequired[Union["Purchase", None]],
    "recommended": bool,
    "replay": NotRequired[Union["ReplayEvidence", None]],
    "saved": NotRequired[Union["Money", None]],
    "saved_share": NotRequired[Union[float, None]],
    "seconds": float,
    "shortages": list["Shortage"],
    "solver": str,
    "status": "PlanStatus",
    "today_shortfalls": list["TodayShortfall"],
    "types": list["TypePurchase"],
    "workloads": list["WorkloadPlan"],
    "expires_at": str,
    "id": NotRequired[Union[str, None]],
})

PlannedScenario = TypedDict("PlannedScenario", {
    "from": int,
    "name": str,
    "probability": float,
    "to": int,
})

PlannedScorecard = TypedDict("PlannedScorecard", {
    "budget_left": NotRequired[Union["Amount", None]],
    "kinds": list["KindScore"],
    "net": "Amount",
    "one_off": "Amount",
    "run_cost": "Amount",
    "teams": list["PortfolioUse"],
    "value": "Amount",
    "value_per_spend": NotRequired[Union["Amount", None]],
    "workflows": list["PortfolioUse"],
})

PoolLine = TypedDict("PoolLine", {
    "amount": "Amount",
    "change": NotRequired[Union["Amount", None]],
    "change_tenths": NotRequired[Union[int, None]],
    "previous": NotRequired[Union["Amount", None]],
    "driver": str,
    "gives": bool,
    "parts": int,
    "pool": str,
    "quantity": "Quantity",
    "rate": NotRequired[Union["Amount", None]],
    "total_quantity": "Quantity",
})

PoolShare = TypedDict("PoolShare", {
    "amount": "Amount",
    "driver": str,
    "parts": NotRequired[int],
    "pool": str,
    "quantity": "Quantity",
    "total_quantity": "Quantity",
})

Portfolio = TypedDict("Portfolio", {
    "as_of": str,
    "baseline": list["BillingPeriod"],
    "evidence": "Lineage",
    "from": "BillingPeriod",
    "models": list["Scorecard"],
    "notes": list[str],
    "to": "BillingPeriod",
})

PortfolioDecision = TypedDict("PortfolioDecision", {
    "asset": str,
    "kind": "PortfolioKind",
    "option": str,
    "spend": "Amount",
    "today": str,
    "value": "Amount",
})

PortfolioPlan = TypedDict("PortfolioPlan", {
    "bound": NotRequired[Union[float, None]],
    "gap": NotRequired[Union[float, None]],
    "objective": NotRequired[Union["Amount", None]],
    "relaxations": NotRequired[list["PlanRelaxation"]],
    "seconds": float,
    "status": "ModelStatus",
    "alternatives": list["PlanAlternative"],
    "assets": list["PortfolioDecision"],
    "frontier": list["FrontierPoint"],
    "scorecard": NotRequired[Union["PlannedScorecard", None]],
    "today": NotRequired[Union["PlannedScorecard", None]],
})

PortfolioReviewReport = TypedDict("PortfolioReviewReport", {
    "digest": str,
    "models": list["ReviewedModel"],
    "opened_at": str,
    "opened_by": str,
    "portfolio": NotRequired[Union["Portfolio", None]],
    "quarter": str,
    "reproduced": NotRequired[Union[bool, None]],
})

PortfolioUse = TypedDict("PortfolioUse", {
    "amount": "Amount",
    "id": str,
    "limit": "Amount",
})

PricedCommitments = TypedDict("PricedCommitments", {
    "all_on_demand": "Amount",
    "beyond_horizon": "Amount",
    "cash": list["Amount"],
    "commitments": "Amount",
    "coverage": "Amount",
    "expected": "Amount",
    "objective": "Amount",
    "offers": list["CommitmentUse"],
    "on_demand": "Amount",
    "scenarios": list["Amount"],
    "tail": NotRequired[Union["Amount", None]],
    "upfront": "Amount",
})

PricedStorage = TypedDict("PricedStorage", {
    "early_ends": "Amount",
    "months": list["Amount"],
    "total": "Amount",
    "transitions": "Amount",
})

Problem = TypedDict("Problem", {
    "detail": str,
    "status": int,
    "title": str,
    "type": str,
})

Process = TypedDict("Process", {
    "activities": list["ActivityLine"],
    "baseline": "Baseline",
    "cannot_show": list[str],
    "cases": int,
    "cases_of_other_variants": int,
    "distinct_resources": int,
    "distinct_variants": int,
    "events": int,
    "events_of_other_resources": int,
    "events_without_resource": int,
    "first": NotRequired[Union[str, None]],
    "handling": NotRequired[Union["Durations", None]],
    "last": NotRequired[Union[str, None]],
    "outcomes": list["OutcomeLine"],
    "resources": list["ResourceLine"],
    "rework": "Rework",
    "throughput": NotRequired[Union["Durations", None]],
    "variants": list["Variant"],
    "waiting": NotRequired[Union["Durations", None]],
    "working_time": bool,
})

ProcessReport = TypedDict("ProcessReport", {
    "activities": list["ActivityLine"],
    "baseline": "Baseline",
    "cannot_show": list[str],
    "cases": int,
    "cases_of_other_variants": int,
    "distinct_resources": int,
    "distinct_variants": int,
    "events": int,
    "events_of_other_resources": int,
    "events_without_resource": int,
    "first": NotRequired[Union[str, None]],
    "handling": NotRequired[Union["Durations", None]],
    "last": NotRequired[Union[str, None]],
    "outcomes": list["OutcomeLine"],
    "resources": list["ResourceLine"],
    "rework": "Rework",
    "throughput": NotRequired[Union["Durations", None]],
    "variants": list["Variant"],
    "waiting": NotRequired[Union["Durations", None]],
    "working_time": bool,
    "source": str,
    "told": "EventLog",
})

PromisePoint = TypedDict("PromisePoint", {
    "cost": NotRequired[Union["Money", None]],
    "factor": float,
    "gap": NotRequired[Union[float, None]],
    "reason": NotRequired[Union[str, None]],
})

ProofRow = TypedDict("ProofRow", {
    "attributed": "Amount",
    "billed": "Amount",
    "difference": "Amount",
    "source": "SourceName",
    "unattributed": "Amount",
})

ProviderAnomalies = TypedDict("ProviderAnomalies", {
    "anomalies": list["ProviderAnomaly"],
    "as_of": str,
    "looked_at": list[str],
})

ProviderAnomaly = TypedDict("ProviderAnomaly", {
    "about": str,
    "actual": NotRequired[Union[str, None]],
    "causes": list[str],
    "expected": NotRequired[Union[str, None]],
    "feedback": NotRequired[Union[str, None]],
    "from": NotRequired[Union[str, None]],
    "id": str,
    "impact": str,
    "period": "BillingPeriod",
    "source": "SourceName",
    "to": NotRequired[Union[str, None]],
})

ProviderForecasts = TypedDict("ProviderForecasts", {
    "as_of": str,
    "forecasts": list["ForecastBeside"],
})

Published = TypedDict("Published", {
    "changed": bool,
    "kind": "DocumentKind",
    "summary": str,
    "version": NotRequired[Union[int, None]],
    "warnings": list[str],
})

PublishedBudgets = TypedDict("PublishedBudgets", {
    "changed": bool,
    "dry_run": bool,
    "rows": int,
    "units": int,
    "version": NotRequired[Union[int, None]],
})

PublishedRates = TypedDict("PublishedRates", {
    "carry_days": int,
    "changed": bool,
    "dry_run": bool,
    "pairs": int,
    "rates": int,
    "rule": "ConversionRule",
    "version": NotRequired[Union[int, None]],
})

PublishedUnits = TypedDict("PublishedUnits", {
    "altered": list["UnitId"],
    "changed": bool,
    "dry_run": bool,
    "entries": int,
    "gone": list["UnitId"],
    "new": list["UnitId"],
    "units": int,
    "version": NotRequired[Union[int, None]],
    "warnings": list[str],
})

Purchase = TypedDict("Purchase", {
    "commitments": "Money",
    "on_demand": "Money",
    "penalties": "Money",
    "spend": "Money",
})

Quality = TypedDict("Quality", {
    "breaches": list["QualityBreach"],
    "completeness": NotRequired[Union["Ratio", None]],
    "conformance": NotRequired[Union["Ratio", None]],
    "delivered_at": str,
    "measures": list["QualityMeasure"],
    "overall": NotRequired[Union["Ratio", None]],
    "period": "BillingPeriod",
    "revision": str,
    "rules": list["BrokenRule"],
    "source": "SourceName",
    "timeliness": NotRequired[Union["Ratio", None]],
    "unchecked": list["QualityBound"],
})

QualityBreach = TypedDict("QualityBreach", {
    "bound": "QualityBound",
    "by": str,
    "demanded": str,
    "detail": str,
    "found": str,
    "next_step": str,
    "period": "BillingPeriod",
    "source": "SourceName",
})

QualityMeasure = TypedDict("QualityMeasure", {
    "detail": str,
    "dimension": "QualityDimension",
    "measure": "QualityMeasureName",
    "next_step": str,
    "part": NotRequired[Union["Amount", None]],
    "value": NotRequired[Union["Ratio", None]],
    "whole": NotRequired[Union["Amount", None]],
})

QualityReport = TypedDict("QualityReport", {
    "as_of": str,
    "breached": bool,
    "missing": list["QualityBreach"],
    "periods": list["Quality"],
    "sla": NotRequired[Union[int, None]],
})

Question = TypedDict("Question", {
    "as_of": NotRequired[Union[str, None]],
    "parameters": NotRequired[Union["Values", None]],
    "period": NotRequired[Union[str, None]],
    "query": str,
    "source": NotRequired[Union[str, None]],
})

Raised = TypedDict("Raised", {
    "hours": list[int],
    "rounds": int,
    "workload": str,
})

RateChange = TypedDict("RateChange", {
    "baseline": NotRequired[Union["Amount", None]],
    "change": NotRequired[Union["Amount", None]],
    "high": NotRequired[Union["Amount", None]],
    "low": NotRequired[Union["Amount", None]],
    "rate": NotRequired[Union["Amount", None]],
    "shown": bool,
})

RatePart = TypedDict("RatePart", {
    "name": str,
    "per_hour": "Amount",
    "source": str,
})

Ratio = TypedDict("Ratio", {
    "decimal": str,
    "exact": str,
})

Reactive = TypedDict("Reactive", {
    "floor": NotRequired[bool],
    "max_replicas": NotRequired[Union[int, None]],
    "signal": "ReactiveSignal",
    "target": float,
})

RealisedSaving = TypedDict("RealisedSaving", {
    "after": NotRequired[Union["BillingPeriod", None]],
    "basis": str,
    "before": NotRequired[Union["BillingPeriod", None]],
    "compared": str,
    "cost_after": NotRequired[Union["Money", None]],
    "cost_before": NotRequired[Union["Money", None]],
    "high": NotRequired[Union["Money", None]],
    "low": NotRequired[Union["Money", None]],
    "promised": NotRequired[Union["Money", None]],
    "saved": "Money",
})

Recommendation = TypedDict("Recommendation", {
    "assignment": NotRequired[Union["RecommendationAssignment", None]],
    "cost_now": NotRequired[Union["Money", None]],
    "cost_planned": NotRequired[Union["Money", None]],
    "created_at": str,
    "escalated": NotRequired[Union["RecommendationEscalation", None]],
    "expires_at": str,
    "id": str,
    "input_hash": str,
    "is_expired": bool,
    "is_recommended": bool,
    "kind": str,
    "proposed_by": list[str],
    "saved": NotRequired[Union["Money", None]],
    "span": str,
    "state": "RecommendationState",
    "status": str,
})

RecommendationApproval = TypedDict("RecommendationApproval", {
    "at": str,
    "by": str,
    "in_spite": bool,
    "reason": str,
    "units": list["UnitId"],
})

RecommendationAssignment = TypedDict("RecommendationAssignment", {
    "at": str,
    "by": str,
    "reason": str,
    "to": str,
    "until": NotRequired[Union[str, None]],
})

RecommendationAssignmentRequest = TypedDict("RecommendationAssignmentRequest", {
    "by": NotRequired[Union[str, None]],
    "reason": NotRequired[str],
    "to": NotRequired[Union[str, None]],
    "until": NotRequired[Union[str, None]],
})

RecommendationChallenge = TypedDict("RecommendationChallenge", {
    "at": str,
    "by": str,
    "reason": str,
})

RecommendationDetail = TypedDict("RecommendationDetail", {
    "assignment": NotRequired[Union["RecommendationAssignment", None]],
    "cost_now": NotRequired[Union["Money", None]],
    "cost_planned": NotRequired[Union["Money", None]],
    "created_at": str,
    "escalated": NotRequired[Union["RecommendationEscalation", None]],
    "expires_at": str,
    "id": str,
    "input_hash": str,
    "is_expired": bool,
    "is_recommended": bool,
    "kind": str,
    "proposed_by": list[str],
    "saved": NotRequired[Union["Money", None]],
    "span": str,
    "state": "RecommendationState",
    "status": str,
    "assumptions": list[str],
    "binding": list[str],
    "evidence": list[str],
    "plan": Any,
    "standing": "RecommendationStanding",
})

RecommendationEscalating = TypedDict("RecommendationEscalating", {
    "at": str,
    "to": str,
})

RecommendationEscalation = TypedDict("RecommendationEscalation", {
    "at": str,
    "role": NotRequired[Union[str, None]],
    "rule": str,
    "to": NotRequired[Union[str, None]],
})

RecommendationObservationRequest = TypedDict("RecommendationObservationRequest", {
    "agreed": NotRequired[Union["Amount", None]],
    "by": NotRequired[Union[str, None]],
    "cost": NotRequired[Union["Amount", None]],
    "counted": NotRequired[Union[str, None]],
    "from": NotRequired[Union[str, None]],
    "of": NotRequired[Union["Amount", None]],
    "reason": NotRequired[str],
    "until": NotRequired[Union[str, None]],
})

RecommendationPhaseRequest = TypedDict("RecommendationPhaseRequest", {
    "by": NotRequired[Union[str, None]],
    "form": NotRequired[Union[str, None]],
    "reason": NotRequired[str],
    "units": NotRequired[list[str]],
})

RecommendationResumptionRequest = TypedDict("RecommendationResumptionRequest", {
    "by": NotRequired[Union[str, None]],
    "reason": NotRequired[str],
})

RecommendationShadow = TypedDict("RecommendationShadow", {
    "by": str,
    "ended": NotRequired[Union[str, None]],
    "since": str,
    "until": NotRequired[Union[str, None]],
})

RecommendationShadowRequest = TypedDict("RecommendationShadowRequest", {
    "by": NotRequired[Union[str, None]],
    "reason": NotRequired[str],
    "until": NotRequired[Union[str, None]],
})

RecommendationStanding = TypedDict("RecommendationStanding", {
    "approvals": list["RecommendationApproval"],
    "assignment": NotRequired[Union["RecommendationAssignment", None]],
    "challenge": NotRequired[Union["RecommendationChallenge", None]],
    "closed": NotRequired[Union[str, None]],
    "escalated": list["RecommendationEscalation"],
    "escalates": NotRequired[Union["RecommendationEscalating", None]],
    "expires_at": NotRequired[Union[str, None]],
    "may_approve": list[str],
    "need": "ApprovalNeed",
    "policy": NotRequired[Union[int, None]],
    "proposed_by": list[str],
    "shadow": NotRequired[Union["RecommendationShadow", None]],
    "stale": list[str],
    "state": "RecommendationState",
    "steps": list["RecommendationStep"],
    "still_needed": int,
    "units": list["RecommendationUnit"],
    "waiting_since": NotRequired[Union[str, None]],
})

RecommendationStep = TypedDict("RecommendationStep", {
    "action": "RecommendationAction",
    "at": str,
    "by": str,
    "details": "RecommendationStepDetails",
    "input_hash": str,
    "plan_hash": str,
    "reason": str,
    "sequence": int,
})

RecommendationStepDetails = TypedDict("RecommendationStepDetails", {
    "agreement": NotRequired[Union["ShadowAgreement", None]],
    "approvers": NotRequired[Union[int, None]],
    "assignee": NotRequired[Union[str, None]],
    "files": NotRequired[dict[str, str]],
    "form": NotRequired[Union[str, None]],
    "good_until": NotRequired[Union[str, None]],
    "inputs": NotRequired[Union["PlanInputs", None]],
    "policy": NotRequired[Union[int, None]],
    "realised": NotRequired[Union["RealisedSaving", None]],
    "restored": NotRequired[Union[str, None]],
    "role": NotRequired[Union[str, None]],
    "rule": NotRequired[Union[str, None]],
    "units": NotRequired[list["UnitId"]],
    "until": NotRequired[Union[str, None]],
})

RecommendationStepRequest = TypedDict("RecommendationStepRequest", {
    "by": NotRequired[Union[str, None]],
    "reason": NotRequired[str],
})

RecommendationUnit = TypedDict("RecommendationUnit", {
    "applied_at": NotRequired[Union[str, None]],
    "approvals": int,
    "closed": NotRequired[Union[str, None]],
    "unit": "UnitId",
})

RecommendationVerificationRequest = TypedDict("RecommendationVerificationRequest", {
    "by": NotRequired[Union[str, None]],
    "reason": NotRequired[str],
    "saved": NotRequired[Union["Amount", None]],
})

Reconciliation = TypedDict("Reconciliation", {
    "charged_total": "Amount",
    "currency": "Currency",
    "difference": "Amount",
    "invoice_rounding": "Amount",
    "invoiced_total": "Amount",
    "invoices_from": str,
    "lines": list["ReconciliationLine"],
    "open": "Amount",
    "open_items": list["OpenItem"],
    "period": "BillingPeriod",
    "reconciled": bool,
    "residue": "Amount",
})

ReconciliationLine = TypedDict("ReconciliationLine", {
    "charged": "Amount",
    "charges": int,
    "difference": "Amount",
    "invoice": NotRequired[Union[str, None]],
    "invoiced": NotRequired[Union["Amount", None]],
    "source": NotRequired[Union["SourceName", None]],
    "standing": "Standing",
})

ReopeningRequest = TypedDict("ReopeningRequest", {
    "at": str,
    "by": str,
    "reason": str,
})

ReplayEvidence = TypedDict("ReplayEvidence", {
    "conditions": "Conditions",
    "keeps_promises": bool,
    "raised": list["Raised"],
    "sampling": "Sampling",
    "seed": int,
    "workloads": list["ReplayedWorkload"],
})

ReplayedHour = TypedDict("ReplayedHour", {
    "capacity": float,
    "demand": float,
    "hour": int,
    "in_service": float,
    "inter_token_latency_ms": NotRequired[Union[float, None]],
    "late": int,
    "lost": int,
    "misses": list["ReplayMiss"],
    "queue": float,
    "queue_max": int,
    "replicas": float,
    "requests": int,
    "response_ms": NotRequired[Union[float, None]],
    "response_p99_ms": NotRequired[Union[float, None]],
    "retried": int,
    "seconds_played": float,
    "time_to_first_token_ms": NotRequired[Union[float, None]],
    "time_to_first_token_p99_ms": NotRequired[Union[float, None]],
    "utilisation": float,
    "wait_ms": NotRequired[Union[float, None]],
})

ReplayedTypeHours = TypedDict("ReplayedTypeHours", {
    "paid_hours": float,
    "planned_hours": int,
    "type": str,
})

ReplayedWorkload = TypedDict("ReplayedWorkload", {
    "first_miss": NotRequired[Union["MissedHour", None]],
    "inter_token_latency_ms": NotRequired[Union["LatencySummary", None]],
    "late_share": float,
    "missed_hours": int,
    "requests": int,
    "time_to_first_token_ms": NotRequired[Union["LatencySummary", None]],
    "utilisation": float,
    "workload": str,
})

ReportLineage = TypedDict("ReportLineage", {
    "address": str,
    "as_of": str,
    "command": str,
    "documents": list["LineageDocument"],
    "figure": NotRequired[Union["FigureLineage", None]],
    "period": NotRequired[Union[str, None]],
    "report": str,
    "revisions": list["SourceRevision"],
    "rule_set": NotRequired[Union[int, None]],
})

ResentAlerts = TypedDict("ResentAlerts", {
    "alerts": int,
})

ReservedUse = TypedDict("ReservedUse", {
    "cost": "Amount",
    "id": str,
    "unused": "Amount",
    "used": "Amount",
    "utilization": "Amount",
})

ResourceLine = TypedDict("ResourceLine", {
    "automatic": bool,
    "cases": int,
    "events": int,
    "handling_ms": int,
    "looks_automatic": bool,
    "measured": int,
    "resource": str,
})

Retention = TypedDict("Retention", {
    "apply": NotRequired[bool],
})

ReviewedModel = TypedDict("ReviewedModel", {
    "decided_at": NotRequired[Union[str, None]],
    "decided_before": int,
    "decided_by": NotRequired[Union[str, None]],
    "decision": NotRequired[Union[str, None]],
    "model": str,
    "reason": NotRequired[Union[str, None]],
})

RevisionDiff = TypedDict("RevisionDiff", {
    "after": "RevisionLine",
    "before": "RevisionLine",
    "identity": list[str],
    "kinds": list["KindChange"],
    "problems": list[str],
    "proven": bool,
    "restates": str,
    "rows": "RowChanges",
    "rule_set": NotRequired[Union[int, None]],
    "rules": NotRequired[Union["RuleChange", None]],
    "services": list["ServiceChange"],
    "totals": list["TotalChange"],
    "units": list["UnitChange"],
})

RevisionLine = TypedDict("RevisionLine", {
    "active": bool,
    "dataset": str,
    "format": str,
    "imported_at": str,
    "period": str,
    "restates": NotRequired[Union[str, None]],
    "revision": str,
    "rows": int,
    "rows_digest": NotRequired[Union[str, None]],
    "rules": NotRequired[Union["RulesOfRevision", None]],
    "sequence": int,
    "source": str,
    "superseded_at": NotRequired[Union[str, None]],
    "totals": list["PeriodTotal"],
})

Rework = TypedDict("Rework", {
    "at_once": int,
    "cases": int,
    "repetitions": int,
    "returned": int,
    "share": "Amount",
})

RoutingAtDemand = TypedDict("RoutingAtDemand", {
    "cost": NotRequired[Union["Amount", None]],
    "demand": "Amount",
})

RoutingConsidered = TypedDict("RoutingConsidered", {
    "cheaper_by": float,
    "decision": str,
    "handler": str,
})

RoutingPlan = TypedDict("RoutingPlan", {
    "bound": NotRequired[Union[float, None]],
    "gap": NotRequired[Union[float, None]],
    "objective": NotRequired[Union["Amount", None]],
    "relaxations": NotRequired[list["PlanRelaxation"]],
    "seconds": float,
    "status": "ModelStatus",
    "considered": list["RoutingConsidered"],
    "demand": list["RoutingAtDemand"],
    "prices": list["ShadowPrice"],
    "routes": list["RoutingShare"],
})

RoutingShare = TypedDict("RoutingShare", {
    "cost": "Amount",
    "decision": str,
    "decisions": "Amount",
    "handler": str,
    "share": "Amount",
    "size": NotRequired[Union[str, None]],
})

RowChanges = TypedDict("RowChanges", {
    "details": int,
    "down": int,
    "gone": int,
    "new": int,
    "retagged": int,
    "unchanged": int,
    "up": int,
})

RowNote = TypedDict("RowNote", {
    "column": NotRequired[Union[str, None]],
    "id": NotRequired[Union[str, None]],
    "message": str,
    "row": int,
    "rule": str,
})

RpcStatus = TypedDict("RpcStatus", {
    "code": int,
    "message": str,
})

RuleChange = TypedDict("RuleChange", {
    "from": NotRequired[Union[int, None]],
    "to": NotRequired[Union[int, None]],
    "units": list["MovedByRules"],
})

RuleMove = TypedDict("RuleMove", {
    "charges": int,
    "costs": "FourCosts",
    "currency": "Currency",
    "from": "FigureOn",
    "published_rule": NotRequired[Union[str, None]],
    "rule": NotRequired[Union[str, None]],
    "to": "FigureOn",
})

RulesOfRevision = TypedDict("RulesOfRevision", {
    "at_import": NotRequired[Union[int, None]],
    "last": NotRequired[Union[int, None]],
})

RulesPreview = TypedDict("RulesPreview", {
    "moves": list["RuleMove"],
    "units": list["UnitMoved"],
})

SampleRequest = TypedDict("SampleRequest", {
    "charges": NotRequired[Union[int, None]],
})

Sampling = TypedDict("Sampling", {
    "min_seconds": NotRequired[float],
    "requests_per_hour": NotRequired[Union[float, None]],
})

ScheduleStatus = TypedDict("ScheduleStatus", {
    "cron": str,
    "enabled": bool,
    "failed_at": NotRequired[Union[str, None]],
    "fresh_as_of": NotRequired[Union[str, None]],
    "kind": str,
    "last_done_at": NotRequired[Union[str, None]],
    "last_error": NotRequired[Union[str, None]],
    "missed": int,
    "name": str,
    "next_at": NotRequired[Union[str, None]],
    "source": NotRequired[Union[str, None]],
    "time_zone": str,
})

Scorecard = TypedDict("Scorecard", {
    "age_days": NotRequired[Union[int, None]],
    "contract_days_left": NotRequired[Union[int, None]],
    "contract_end": NotRequired[Union[str, None]],
    "decisions": int,
    "depends_on": list[str],
    "hosted": list["ScorecardHosted"],
    "inference": list["ScorecardInference"],
    "input_tokens": int,
    "introduced": NotRequired[Union[str, None]],
    "listed": bool,
    "model": "ModelId",
    "name": NotRequired[Union[str, None]],
    "notes": list[str],
    "output_tokens": int,
    "owner": NotRequired[Union[str, None]],
    "requests": int,
    "usage_trend": list["ScorecardUsage"],
    "utilisation": NotRequired[Union["Amount", None]],
    "workflows": list["ScorecardWorkflow"],
})

ScorecardAlternative = TypedDict("ScorecardAlternative", {
    "actor": "Actor",
    "decisions": int,
    "model": NotRequired[Union["ModelId", None]],
    "per_decision": NotRequired[Union["Amount", None]],
})

ScorecardHosted = TypedDict("ScorecardHosted", {
    "cost": "Amount",
    "currency": "Currency",
    "gpu_hours": "Amount",
    "models": list["ModelId"],
    "name": str,
    "unit": "UnitId",
    "utilisation": NotRequired[Union["Amount", None]],
})

ScorecardInference = TypedDict("ScorecardInference", {
    "allocation": NotRequired[Union["Amount", None]],
    "currency": "Currency",
    "per_million": NotRequired[Union["Amount", None]],
    "usage": NotRequired[Union["Amount", None]],
})

ScorecardMonth = TypedDict("ScorecardMonth", {
    "cost": "Amount",
    "decisions": int,
    "per_decision": "Amount",
    "period": "BillingPeriod",
})

ScorecardUsage = TypedDict("ScorecardUsage", {
    "input_tokens": int,
    "output_tokens": int,
    "period": "BillingPeriod",
    "requests": int,
})

ScorecardWorkflow = TypedDict("ScorecardWorkflow", {
    "actor": "Actor",
    "against_people": NotRequired[Union["AgainstPeople", None]],
    "alternatives": list["ScorecardAlternative"],
    "cost": "Amount",
    "currency": "Currency",
    "decisions": int,
    "error_rate": "RateChange",
    "high": NotRequired[Union["Amount", None]],
    "low": NotRequired[Union["Amount", None]],
    "override_rate": "RateChange",
    "per_decision": "Amount",
    "trend": list["ScorecardMonth"],
    "workflow": "WorkflowId",
})

Sensitivity = TypedDict("Sensitivity", {
    "actor": "Actor",
    "inputs": list["SensitivityInput"],
    "model": NotRequired[Union["ModelId", None]],
    "saving_per_decision": "Amount",
})

SensitivityInput = TypedDict("SensitivityInput", {
    "base": "Amount",
    "decides": bool,
    "high": "Amount",
    "input": str,
    "low": "Amount",
    "range": str,
    "saving_at_high": "Amount",
    "saving_at_low": "Amount",
    "swing": "Amount",
    "unit": str,
})

ServedTime = TypedDict("ServedTime", {
    "decode_seconds": "Amount",
    "prefill_seconds": "Amount",
    "requests": int,
    "timed_requests": int,
})

ServiceChange = TypedDict("ServiceChange", {
    "after": "Costs",
    "before": "Costs",
    "change": "Costs",
    "currency": str,
    "kinds": list["KindChange"],
    "rows_after": int,
    "rows_before": int,
    "rows_same": int,
    "shared": "Costs",
    "service": NotRequired[Union[str, None]],
})

ServiceLine = TypedDict("ServiceLine", {
    "amount": "Amount",
    "change": NotRequired[Union["Amount", None]],
    "change_tenths": NotRequired[Union[int, None]],
    "previous": NotRequired[Union["Amount", None]],
    "service": NotRequired[Union[str, None]],
})

ServicePromise = TypedDict("ServicePromise", {
    "inter_token_latency_ms": NotRequired[Union[float, None]],
    "time_to_first_token_ms": NotRequired[Union[float, None]],
})

ShadowAgreement = TypedDict("ShadowAgreement", {
    "agreed": NotRequired[Union["Amount", None]],
    "basis": str,
    "compared": str,
    "cost_done": NotRequired[Union["Money", None]],
    "cost_planned": NotRequired[Union["Money", None]],
    "counted": str,
    "difference": NotRequired[Union["Money", None]],
    "from": str,
    "lines": NotRequired[list["ShadowAgreementLine"]],
    "of": NotRequired[Union["Amount", None]],
    "share": NotRequired[Union["Amount", None]],
    "until": str,
    "untold": NotRequired[list[str]],
})

ShadowAgreementLine = TypedDict("ShadowAgreementLine", {
    "agreed": "Amount",
    "compared": int,
    "done": "Amount",
    "name": str,
    "planned": "Amount",
    "same": int,
})

ShadowDifference = TypedDict("ShadowDifference", {
    "pairs": int,
    "real": str,
    "shadow": str,
})

ShadowObservation = TypedDict("ShadowObservation", {
    "agreement": "ShadowAgreement",
    "at": str,
    "by": str,
    "reason": str,
})

ShadowPrice = TypedDict("ShadowPrice", {
    "constraint": str,
    "price": float,
    "unit": str,
})

ShadowReport = TypedDict("ShadowReport", {
    "agreeing": int,
    "agreement": NotRequired[Union["Amount", None]],
    "differences": list["ShadowDifference"],
    "from": str,
    "high": NotRequired[Union["Amount", None]],
    "low": NotRequired[Union["Amount", None]],
    "method": str,
    "not_compared": int,
    "pairs": int,
    "real_sound_and_shadow_differs": int,
    "real_wrong": int,
    "real_wrong_and_shadow_differs": int,
    "shadow": str,
    "to": str,
    "workflow": "WorkflowId",
})

ShareLine = TypedDict("ShareLine", {
    "amount": "Amount",
    "driver": str,
    "exact": "Amount",
    "original": NotRequired[Union["OriginalAmount", None]],
    "part": NotRequired[Union[str, None]],
    "pool": str,
    "pool_amount": "Amount",
    "pool_unit": "UnitId",
    "quantity": "Quantity",
    "rate": NotRequired[Union["Amount", None]],
    "rounding": "Amount",
    "source": "SourceName",
    "stage": int,
    "total_quantity": "Quantity",
    "unit": "UnitId",
})

Shortage = TypedDict("Shortage", {
    "hour": int,
    "quotas": list["MissingQuota"],
    "workloads": list["MissingCapacity"],
})

ShownCell = TypedDict("ShownCell", {
    "exact": NotRequired[Union[str, None]],
    "shown": NotRequired[str],
})

ShownColumn = TypedDict("ShownColumn", {
    "figures": NotRequired[bool],
    "label": str,
})

ShownRow = TypedDict("ShownRow", {
    "cells": list["ShownCell"],
    "kind": NotRequired["ShownRowKind"],
})

ShownTable = TypedDict("ShownTable", {
    "basis": NotRequired[str],
    "columns": list["ShownColumn"],
    "dek": NotRequired[str],
    "rows": list["ShownRow"],
    "title": str,
})

SignedCheckpoint = TypedDict("SignedCheckpoint", {
    "at": str,
    "head": str,
    "public_key": str,
    "reason": str,
    "sequence": int,
    "signature": str,
})

SimulatedType = TypedDict("SimulatedType", {
    "on_demand_cost": NotRequired[Union["Amount", None]],
    "paid_hours": "Amount",
    "planned_hours": int,
    "price": NotRequired[Union["Amount", None]],
    "type": str,
})

Simulation = TypedDict("Simulation", {
    "assumptions": list[str],
    "conditions": "Conditions",
    "from": NotRequired[Union[str, None]],
    "hours": int,
    "keeps_promises": bool,
    "missed_hours": int,
    "on_demand_cost": NotRequired[Union["Amount", None]],
    "sampling": "Sampling",
    "seed": int,
    "traffic": "TrafficSource",
    "types": list["SimulatedType"],
    "workloads": list["WorkloadReplay"],
})

SimulationRequest = TypedDict("SimulationRequest", {
    "conditions": NotRequired["Conditions"],
    "instance": NotRequired[Any],
    "plan": Any,
    "profile": NotRequired[Union[str, None]],
    "reactive": NotRequired[Union["Reactive", None]],
    "sampling": NotRequired[Union["Sampling", None]],
    "seed": NotRequired[int],
    "sizes": NotRequired["Spread"],
    "trace": NotRequired[Union[str, None]],
})

SkuPrice = TypedDict("SkuPrice", {
    "from": NotRequired[Union[str, None]],
    "kind": "SkuKind",
    "payment": NotRequired[Union["Payment", None]],
    "price": "Amount",
    "provider": str,
    "region": NotRequired[Union[str, None]],
    "sku": str,
    "source": NotRequired[Union["FigureSource", None]],
    "term_months": NotRequired[Union[int, None]],
    "unit": str,
    "until": NotRequired[Union[str, None]],
})

Slice = TypedDict("Slice", {
    "by": "SliceBy",
    "value": NotRequired[Union[str, None]],
})

SourceField = TypedDict("SourceField", {
    "about": str,
    "choices": list[str],
    "default": str,
    "form": "FieldForm",
    "key": str,
    "label": str,
    "required": bool,
})

SourceFile = TypedDict("SourceFile", {
    "bytes": int,
    "first_row": NotRequired[Union[int, None]],
    "import": str,
    "path": str,
    "rows": NotRequired[Union[int, None]],
    "sha256": str,
})

SourceKind = TypedDict("SourceKind", {
    "about": str,
    "brings": str,
    "fields": list["SourceField"],
    "kind": str,
    "name": str,
})

SourceKinds = TypedDict("SourceKinds", {
    "bills": list["BillFormatLine"],
    "common": list["SourceField"],
    "kinds": list["SourceKind"],
})

SourceRevision = TypedDict("SourceRevision", {
    "dataset": str,
    "digest": str,
    "period": "BillingPeriod",
    "revision": str,
    "sequence": int,
    "source": "SourceName",
    "code_version": str,
    "erased": list["ErasedPart"],
    "files": list["LakePart"],
    "format": str,
    "import": str,
    "imported_at": str,
    "paths": list[str],
    "rows": int,
    "sources": list["SourceFile"],
    "without_sources": NotRequired[Union[str, None]],
})

SourcesStatus = TypedDict("SourcesStatus", {
    "as_of": str,
    "collections": NotRequired[list["CollectionStatus"]],
    "failures": list[str],
    "periods": list["PeriodStatus"],
    "schedules": NotRequired[list["ScheduleStatus"]],
})

StartingRules = TypedDict("StartingRules", {
    "currency": str,
    "period": "BillingPeriod",
    "total": str,
    "ways": list["StartingWay"],
})

StartingUnit = TypedDict("StartingUnit", {
    "amount": str,
    "charges": int,
    "name": str,
    "unit": str,
    "value": str,
})

StartingWay = TypedDict("StartingWay", {
    "attributed": str,
    "by": str,
    "charges": int,
    "rules": str,
    "units": list["StartingUnit"],
})

StatementClosing = TypedDict("StatementClosing", {
    "at": str,
    "by": str,
    "certificate": str,
})

StatementRevision = TypedDict("StatementRevision", {
    "charges": int,
    "id": str,
    "source": "SourceName",
})

StoragePlan = TypedDict("StoragePlan", {
    "bound": NotRequired[Union[float, None]],
    "gap": NotRequired[Union[float, None]],
    "objective": NotRequired[Union["Amount", None]],
    "relaxations": NotRequired[list["PlanRelaxation"]],
    "seconds": float,
    "status": "ModelStatus",
    "datasets": list["DatasetPlan"],
    "lifecycle": NotRequired[Union["Lifecycle", None]],
    "lifecycle_refused": list[str],
})

StorageStay = TypedDict("StorageStay", {
    "class": str,
    "from": int,
    "until": int,
})

Surge = TypedDict("Surge", {
    "factor": float,
    "from_hour": int,
    "until_hour": int,
})

Sweep = TypedDict("Sweep", {
    "apply": NotRequired[bool],
    "older_than_hours": NotRequired[int],
})

SystemCost = TypedDict("SystemCost", {
    "billed": "Amount",
    "entered": "Amount",
    "fallback": NotRequired[Union["Fallback", None]],
    "id": str,
    "lines": list["LineCost"],
    "name": str,
    "owner": NotRequired[Union[str, None]],
    "total": "Amount",
})

Thresholds = TypedDict("Thresholds", {
    "actual": list["Amount"],
    "forecast": list["Amount"],
})

TieOut = TypedDict("TieOut", {
    "allocated": "Amount",
    "difference": "Amount",
    "statement_total": "Amount",
    "units": list["UnitId"],
    "without_usage": list["NamedAmount"],
})

ToPost = TypedDict("ToPost", {
    "cost": NotRequired[Union[str, None]],
    "in": NotRequired[Union[str, None]],
    "layout": NotRequired[Union[str, None]],
    "period": str,
    "rate": NotRequired[Union[str, None]],
})

ToReconcile = TypedDict("ToReconcile", {
    "as_of": NotRequired[Union[str, None]],
    "invoices": NotRequired[list[str]],
    "period": str,
    "totals": NotRequired[list[str]],
})

TodayShortfall = TypedDict("TodayShortfall", {
    "capacity": float,
    "demand": float,
    "hours": int,
    "workload": "WorkloadId",
    "worst_hour": int,
})

TokenCost = TypedDict("TokenCost", {
    "by": list["TokenCostBy"],
    "currency": "Currency",
    "difference": "BasisReconciliation",
    "from": str,
    "groups": list["TokenGroup"],
    "hosted": list["HostedModel"],
    "models": list["BasisReconciliation"],
    "notes": list[str],
    "proven": bool,
    "reserved": list["ReservedUse"],
    "tie_out": "TieOut",
    "to": str,
    "total": "TokenGroup",
})

TokenCounts = TypedDict("TokenCounts", {
    "cache_write": int,
    "cached": int,
    "compute_seconds": NotRequired[Union["Quantity", None]],
    "decode_seconds": NotRequired[Union["Quantity", None]],
    "input": int,
    "output": int,
    "prefill_seconds": NotRequired[Union["Quantity", None]],
    "requests": int,
    "timed_requests": int,
})

TokenGroup = TypedDict("TokenGroup", {
    "allocation": NotRequired[Union["BasisCost", None]],
    "counts": "TokenCounts",
    "deployment": NotRequired[Union[str, None]],
    "gpu_hours": NotRequired[Union["Amount", None]],
    "model": NotRequired[Union[str, None]],
    "operation": NotRequired[Union[str, None]],
    "principal": NotRequired[Union[str, None]],
    "unit": NotRequired[Union[str, None]],
    "usage": NotRequired[Union["BasisCost", None]],
    "version": NotRequired[Union[str, None]],
})

TokenLine = TypedDict("TokenLine", {
    "expires_at": str,
    "issued_at": str,
    "issued_by": str,
    "name": str,
    "person": NotRequired[Union[str, None]],
    "revoked_at": NotRequired[Union[str, None]],
    "revoked_by": NotRequired[Union[str, None]],
    "roles": list[str],
    "state": str,
    "units": NotRequired[Union[list[str], None]],
    "used_at": NotRequired[Union[str, None]],
})

TokenPrice = TypedDict("TokenPrice", {
    "above": NotRequired[Union[int, None]],
    "cache_read": "Amount",
    "cache_write": "Amount",
    "currency": "Currency",
    "from": NotRequired[Union[str, None]],
    "input": "Amount",
    "mode": str,
    "model": str,
    "output": "Amount",
    "provider": NotRequired[Union[str, None]],
    "request": "Amount",
    "source": NotRequired[Union["FigureSource", None]],
    "until": NotRequired[Union[str, None]],
})

TokenRequest = TypedDict("TokenRequest", {
    "days": NotRequired[int],
    "name": str,
    "person": NotRequired[Union[str, None]],
    "roles": list[str],
    "units": NotRequired[Union[list[str], None]],
})

TotalChange = TypedDict("TotalChange", {
    "after": "Costs",
    "before": "Costs",
    "change": "Costs",
    "currency": str,
})

TypeMix = TypedDict("TypeMix", {
    "capacity": "Amount",
    "max_replicas": int,
    "min_replicas": int,
    "replica_hours": int,
    "replicas": list[int],
    "type": str,
})

TypePurchase = TypedDict("TypePurchase", {
    "committed_hours": int,
    "on_demand_hours": "Amount",
    "peak": int,
    "planned_hours": "Amount",
    "quota": NotRequired[Union[int, None]],
    "type": str,
    "used_hours": int,
})

UnassignedCost = TypedDict("UnassignedCost", {
    "amount": "Amount",
    "model": NotRequired[Union["ModelId", None]],
    "name": str,
    "source": str,
})

UnattributedAmount = TypedDict("UnattributedAmount", {
    "amount": "Amount",
    "charges": int,
    "description": str,
    "previous": NotRequired[Union["PeriodComparison", None]],
    "reason": str,
})

UnclaimedLine = TypedDict("UnclaimedLine", {
    "amount": "Amount",
    "charges": int,
    "name": str,
    "unit": "UnitId",
})

UnitAmounts = TypedDict("UnitAmounts", {
    "cost_center": NotRequired[Union[str, None]],
    "depth": int,
    "direct": "Amount",
    "name": str,
    "owner": NotRequired[Union[str, None]],
    "parent": NotRequired[Union["UnitId", None]],
    "previous": NotRequired[Union["PeriodComparison", None]],
    "rolled_up": "Amounts",
    "shared": "Amount",
    "shares": list["PoolShare"],
    "total": "Amount",
    "unit": "UnitId",
})

UnitBelow = TypedDict("UnitBelow", {
    "amount": "Amount",
    "change": NotRequired[Union["Amount", None]],
    "change_tenths": NotRequired[Union[int, None]],
    "previous": NotRequired[Union["Amount", None]],
    "depth": int,
    "direct": "Amount",
    "name": str,
    "shared": "Amount",
    "unit": "UnitId",
})

UnitChange = TypedDict("UnitChange", {
    "after": "Costs",
    "before": "Costs",
    "change": "Costs",
    "currency": str,
    "kinds": list["KindChange"],
    "rows_after": int,
    "rows_before": int,
    "rows_same": int,
    "shared": "Costs",
    "reason": NotRequired[Union[str, None]],
    "unit": NotRequired[Union[str, None]],
})

UnitChanges = TypedDict("UnitChanges", {
    "budget": NotRequired[Union["Amount", None]],
    "cost_center": NotRequired[Union[str, None]],
    "currency": NotRequired[Union["Currency", None]],
    "effective": str,
    "ends": NotRequired[bool],
    "name": NotRequired[Union[str, None]],
    "owners": NotRequired[Union[list[str], None]],
    "parent": NotRequired[Union["UnitId", None]],
    "succeeded_by": NotRequired[Union[list["UnitId"], None]],
})

UnitCost = TypedDict("UnitCost", {
    "arms": list["CostPerDecision"],
    "capacity": NotRequired[Union["Capacity", None]],
    "currency": "Currency",
    "from": str,
    "loaded_rate": NotRequired[Union["LoadedRate", None]],
    "measured_handling": NotRequired[Union["MeasuredHandling", None]],
    "notes": list[str],
    "role": NotRequired[Union[str, None]],
    "sensitivity": NotRequired[list["Sensitivity"]],
    "slice": NotRequired[Union["Slice", None]],
    "to": str,
    "unassigned": list["UnassignedCost"],
    "workflow": "WorkflowId",
})

UnitHistory = TypedDict("UnitHistory", {
    "below": list["UnitId"],
    "came_from": list["UnitId"],
    "spans": list["UnitLine"],
    "unit": "UnitId",
    "version": NotRequired[Union[int, None]],
})

UnitLine = TypedDict("UnitLine", {
    "budget": NotRequired[Union["Amount", None]],
    "cost_center": NotRequired[Union[str, None]],
    "currency": NotRequired[Union["Currency", None]],
    "from": NotRequired[Union[str, None]],
    "name": str,
    "owner": NotRequired[Union[str, None]],
    "owners": list[str],
    "parent": NotRequired[Union["UnitId", None]],
    "succeeded_by": list["UnitId"],
    "unit": "UnitId",
    "until": NotRequired[Union[str, None]],
})

UnitMoved = TypedDict("UnitMoved", {
    "after": "FourCosts",
    "before": "FourCosts",
    "currency": "Currency",
    "unit": "UnitId",
})

UnitStatements = TypedDict("UnitStatements", {
    "as_of": str,
    "closed": NotRequired[Union["StatementClosing", None]],
    "rows_set_aside": int,
    "statements": list["UnitStatement"],
})

Uploaded = TypedDict("Uploaded", {
    "bytes": int,
    "id": str,
    "name": str,
})

UserChanges = TypedDict("UserChanges", {
    "roles": list[str],
    "units": NotRequired[Union[list[str], None]],
})

UserLine = TypedDict("UserLine", {
    "added_at": str,
    "added_by": str,
    "disabled_at": NotRequired[Union[str, None]],
    "has_password": bool,
    "issuer": NotRequired[Union[str, None]],
    "locked_until": NotRequired[Union[str, None]],
    "name": str,
    "roles": list[str],
    "subject": NotRequired[Union[str, None]],
    "units": NotRequired[Union[list[str], None]],
})

Variance = TypedDict("Variance", {
    "causes": list["VarianceCause"],
    "cost": "Cost",
    "currency": "Currency",
    "from": "BillingPeriod",
    "rows": list["VarianceRow"],
    "to": "BillingPeriod",
    "total": "VarianceRow",
})

VarianceCause = TypedDict("VarianceCause", {
    "amount": "Amount",
    "price_after": NotRequired[Union["Amount", None]],
    "price_before": NotRequired[Union["Amount", None]],
    "pricing_unit": str,
    "quantity_after": "Amount",
    "quantity_before": "Amount",
    "row": str,
    "service": str,
    "sku": NotRequired[Union[str, None]],
    "source": str,
    "step": str,
})

VarianceRow = TypedDict("VarianceRow", {
    "correction": "Amount",
    "fees": "Amount",
    "fx": "Amount",
    "mix": "Amount",
    "price": "Amount",
    "rules": "Amount",
    "shared": "Amount",
    "volume": "Amount",
    "after": "Amount",
    "before": "Amount",
    "change": "Amount",
    "difference": "Amount",
    "row": str,
})

VarianceSteps = TypedDict("VarianceSteps", {
    "correction": "Amount",
    "fees": "Amount",
    "fx": "Amount",
    "mix": "Amount",
    "price": "Amount",
    "rules": "Amount",
    "shared": "Amount",
    "volume": "Amount",
})

Variant = TypedDict("Variant", {
    "activities": list[str],
    "cases": int,
    "handling": NotRequired[Union["Durations", None]],
    "share": "Amount",
    "throughput": NotRequired[Union["Durations", None]],
})

WaysIn = TypedDict("WaysIn", {
    "password": bool,
    "provider": NotRequired[Union[str, None]],
})

Weights = TypedDict("Weights", {
    "cache_write": "Amount",
    "cached": "Amount",
    "input": "Amount",
    "output": "Amount",
})

WhoAsks = TypedDict("WhoAsks", {
    "csrf_token": NotRequired[Union[str, None]],
    "means": str,
    "name": str,
    "roles": list[str],
    "units": NotRequired[Union[list[str], None]],
})

WholeProof = TypedDict("WholeProof", {
    "attributed_total": "Amount",
    "billed_total": "Amount",
    "charges": int,
    "difference": "Amount",
    "unattributed_total": "Amount",
})

Window = TypedDict("Window", {
    "from": str,
    "to": str,
})

WorkloadPlan = TypedDict("WorkloadPlan", {
    "demand": list[float],
    "input_tokens": NotRequired[Union[float, None]],
    "max_replicas": int,
    "min_replicas": int,
    "model": "ModelId",
    "on_demand_value": "Money",
    "output_tokens": NotRequired[Union[float, None]],
    "peak_demand": float,
    "peak_utilisation": float,
    "slo": "ServicePromise",
    "today": list["Deployment"],
    "types": list["TypeMix"],
    "unit": "UnitId",
    "workload": "WorkloadId",
})

WorkloadReplay = TypedDict("WorkloadReplay", {
    "hours": list["ReplayedHour"],
    "inter_token_latency_ms": NotRequired[Union["LatencySummary", None]],
    "late": int,
    "lost": int,
    "missed_hours": int,
    "requests": int,
    "response_ms": NotRequired[Union["LatencySummary", None]],
    "retried": int,
    "served": int,
    "time_to_first_token_ms": NotRequired[Union["LatencySummary", None]],
    "types": list["ReplayedTypeHours"],
    "unserved": int,
    "utilisation": float,
    "wait_ms": NotRequired[Union["LatencySummary", None]],
    "workload": str,
})

Actor = Literal['ai', 'person', 'ai_then_person']

AiBasis = Literal['own_model', 'calls', 'decisions']

AlertTopic = Literal['Budget', 'Anomaly', 'Sla', 'Approval', 'PlanExpiry', 'Close', 'Checkpoint', 'Test']

Amount = str

Basis = Literal['measured', 'entered', 'event_log', 'published']

Better = Literal['lower', 'higher', 'neither']

BillingPeriod = str

BreakEvenErrorRate = dict[str, Any]

BreakEvenVolume = dict[str, Any]

ChangeKind = Literal['up', 'down', 'new', 'gone', 'retagged']

Cheaper = Literal['own', 'external', 'equal']

Cluster = Literal['decision', 'day']

Commitment = dict[str, Any]

CommitmentProduct = Literal['aws_reserved_instance', 'aws_ec2_instance_savings_plan', 'aws_compute_savings_plan', 'azure_reservation', 'azure_savings_plan', 'gcp_resource_cud', 'gcp_flexible_cud', 'provisioned_throughput']

ConversionRule = Literal['day', 'month_end', 'month_average']

Cost = Literal['billed', 'effective', 'contracted', 'list']

CostPartKind = Literal['inference', 'platform', 'pipelines', 'storage', 'monitoring', 'training', 'licences', 'other', 'handling', 'review', 'errors']

Currency = str

DifferenceCause = Literal['idle_capacity', 'unused_reserved', 'unused_commitment', 'discounts', 'no_price', 'not_billed', 'price_difference', 'rounding']

DocumentKind = Literal['rules', 'people', 'fleet', 'lake', 'masking', 'sla', 'metrics', 'units', 'prices', 'systems', 'kpis', 'models', 'schedules', 'planning', 'sources', 'alerts', 'approvals', 'retention']

Explanation = dict[str, Any]

FieldForm = Literal['text', 'secret', 'address', 'number', 'flag', 'choices']

FigureOn = dict[str, Any]

JournalEntry = Literal['direct', 'shared', 'unattributed', 'billed', 'accrual', 'rounding']

MeasuredPlan = dict[str, Any]

ModelId = str

ModelPlan = dict[str, Any]

ModelStatus = Literal['optimal', 'gap_limit', 'time_limit', 'work_limit', 'feasible', 'infeasible', 'unbounded']

OneOrSeveral_Explanation = Union[dict[str, Any], list[dict[str, Any]]]

OneOrSeveral_Journal = Union[dict[str, Any], list[dict[str, Any]]]

OneOrSeveral_Reconciliation = Union[dict[str, Any], list[dict[str, Any]]]

OneOrSeveral_Statement = Union[dict[str, Any], list[dict[str, Any]]]

OneOrSeveral_Variance = Union[dict[str, Any], list[dict[str, Any]]]

OwnedBy = dict[str, Any]

OwnershipKind = Literal['inference', 'training', 'pipelines', 'storage', 'monitoring', 'evaluation', 'licence', 'platform', 'people', 'other']

Payment = Literal['no_upfront', 'partial_upfront', 'all_upfront']

PlanOfModel = Union["CommitmentPlan", "ContractPlan", "StoragePlan", "PortfolioPlan", "RoutingPlan"]

PlanStatus = Literal['optimal', 'gap_limit', 'time_limit', 'work_limit', 'infeasible']

PortfolioKind = Literal['keep', 'retrain', 'repurpose', 'merge', 'retire']

QualityBound = Literal['min_overall', 'min_completeness', 'min_timeliness', 'min_conformance', 'min_days', 'min_kept', 'min_filled', 'min_tagged', 'min_conforming', 'max_charge_age_hours', 'max_delivery_age_hours']

QualityDimension = Literal['completeness', 'timeliness', 'conformance']

QualityMeasureName = Literal['days', 'kept', 'filled', 'tagged', 'charges', 'delivery', 'conforming']

Quantity = str

ReactiveSignal = Literal['in_system', 'request_rate']

RecommendationAction = Literal['propose', 'comment', 'challenge', 'answer', 'approve', 'override', 'reject', 'apply', 'verify', 'rollback', 'assign', 'escalate', 'expire', 'shadow', 'observe', 'resume']

RecommendationState = Literal['proposed', 'challenged', 'approved', 'overridden', 'rejected', 'partly-applied', 'applied', 'verified', 'rolled-back', 'expired', 'shadowed']

ReplayMiss = dict[str, Any]

RuleCoverage = dict[str, Any]

Selection = dict[str, Any]

Severity = Literal['error', 'warning', 'note']

ShareBy = Literal['tokens', 'prefill_and_decode', 'requests', 'compute_seconds']

Shown = Literal['shown', 'not_shown']

ShownRowKind = Literal['line', 'group', 'within', 'sum', 'total']

SkuKind = Literal['on_demand', 'spot', 'commitment', 'storage']

SliceBy = Union[Literal['unit'], Literal['period'], dict[str, Any]]

SolveMethod = Literal['monolithic', 'decomposition', 'by_workload']

SourceName = str

Spread = Literal['fixed', 'exponential']

Standing = Literal['equal', 'invoice_rounding', 'residue', 'open']

Statement = dict[str, Any]

TokenCostBy = Literal['model', 'version', 'deployment', 'operation', 'principal', 'unit']

TrafficSource = Literal['planned_demand', 'recorded_requests', 'recorded_rates']

UnitId = str

UnitStatement = dict[str, Any]

Values = Union[list[Any], dict[str, Any]]

Verdict = Literal['cheaper', 'dearer', 'not_shown']

WorkflowId = str

WorkloadId = str


class Farthing(Connection):
    """The API: one method a route."""

    def get_accruals(self, *, period: str, cost: Union[str, None] = None, as_of: Union[str, None] = None) -> list["Accruals"]:
        """What a billing period owes for days that are over and not billed yet."""
        found: list["Accruals"] = self.asked('GET', '/v1/accruals', query={"period": period, "cost": cost, "as_of": as_of})
        return found

    def get_alerts(self, *, state: Union[str, None] = None, channel: Union[str, None] = None, limit: Union[int, None] = None, cursor: Union[str, None] = None) -> list["AlertLine"]:
        """What channels were told of and what waits, the newest first."""
        found: list["AlertLine"] = self.asked('GET', '/v1/alerts', query={"state": state, "channel": channel, "limit": limit, "cursor": cursor})
        return found

    def every_alerts(self, *, state: Union[str, None] = None, channel: Union[str, None] = None, limit: Union[int, None] = None) -> Iterator["AlertLine"]:
        """The same, page by page to the end."""
        return self.pages('/v1/alerts', query={"state": state, "channel": channel, "limit": limit})

    def get_alerts_channels(self) -> list["AlertChannel"]:
        """Who is told of what, and when."""
        found: list["AlertChannel"] = self.asked('GET', '/v1/alerts/channels')
        return found

    def put_alerts_channels_by_name_preferences(self, name: str, body: "AlertPreferences", *, dry_run: Union[bool, None] = None) -> "Published":
        """Change what a channel is told of, and when."""
        found: "Published" = self.asked('PUT', f"/v1/alerts/channels/{self.part(name)}/preferences", query={"dry_run": dry_run}, body=body)
        return found

    def post_alerts_resend(self, body: "AlertResendRequest", *, idempotency_key: Union[str, None] = None) -> "ResentAlerts":
        """Send again what failed for good, or whose channel was gone."""
        found: "ResentAlerts" = self.asked('POST', '/v1/alerts/resend', headers={"Idempotency-Key": idempotency_key}, body=body)
        return found

    def post_alerts_test(self, body: "AlertTestRequest", *, idempotency_key: Union[str, None] = None) -> "AlertTest":
        """Send a message that says that it is a test to a channel, now and once."""
        found: "AlertTest" = self.asked('POST', '/v1/alerts/test', headers={"Idempotency-Key": idempotency_key}, body=body)
        return found

    def get_anomalies(self, *, period: Union[str, None] = None, cost: Union[str, None] = None, by: Union[str, None] = None, deviations: Union[float, None] = None, least: Union[str, None] = None, as_of: Union[str, None] = None) -> "Anomalies":
        """Days that cost what their history did not let expect."""
        found: "Anomalies" = self.asked('GET', '/v1/anomalies', query={"period": period, "cost": cost, "by": by, "deviations": deviations, "least": least, "as_of": as_of})
        return found

    def get_audit(self, *, actor: Union[str, None] = None, action: Union[str, None] = None, subject: Union[str, None] = None, since: Union[str, None] = None, until: Union[str, None] = None, cursor: Union[int, None] = None, limit: Union[int, None] = None) -> "AuditPage":
        """What was changed, by whom and when, the newest first."""
        found: "AuditPage" = self.asked('GET', '/v1/audit', query={"actor": actor, "action": action, "subject": subject, "since": since, "until": until, "cursor": cursor, "limit": limit})
        return found

    def post_audit_checkpoints(self, *, idempotency_key: Union[str, None] = None) -> Union["SignedCheckpoint", None]:
        """Sign the newest entry of the record."""
        found: Union["SignedCheckpoint", None] = self.asked('POST', '/v1/audit/checkpoints', headers={"Idempotency-Key": idempotency_key})
        return found

    def get_audit_verification(self) -> "AuditVerification":
        """Whether the record is as it was written."""
        found: "AuditVerification" = self.asked('GET', '/v1/audit/verification')
        return found

    def get_budgets(self, *, period: Union[str, None] = None, cost: Union[str, None] = None, unit: Union[str, None] = None, through: Union[str, None] = None, in_: Union[str, None] = None, rate: Union[str, None] = None, as_of: Union[str, None] = None) -> "BudgetReport":
        """How a month stands against its budgets."""
        found: "BudgetReport" = self.asked('GET', '/v1/budgets', query={"period": period, "cost": cost, "unit": unit, "through": through, "in": in_, "rate": rate, "as_of": as_of})
        return found

    def put_budgets(self, body: str, *, dry_run: Union[bool, None] = None, if_match: Union[str, None] = None, content_type: Literal['text/csv'] = 'text/csv') -> "PublishedBudgets":
        """Publish budgets in place of those before."""
        found: "PublishedBudgets" = self.asked('PUT', '/v1/budgets', query={"dry_run": dry_run}, headers={"If-Match": if_match}, text=body, content_type=content_type)
        return found

    def get_budgets_entries(self, *, period: Union[str, None] = None, as_of: Union[str, None] = None, limit: Union[int, None] = None, cursor: Union[str, None] = None) -> list["BudgetEntry"]:
        """The budgets in force."""
        found: list["BudgetEntry"] = self.asked('GET', '/v1/budgets/entries', query={"period": period, "as_of": as_of, "limit": limit, "cursor": cursor})
        return found

    def every_budgets_entries(self, *, period: Union[str, None] = None, as_of: Union[str, None] = None, limit: Union[int, None] = None) -> Iterator["BudgetEntry"]:
        """The same, page by page to the end."""
        return self.pages('/v1/budgets/entries', query={"period": period, "as_of": as_of, "limit": limit})

    def get_chargeback(self, *, period: Union[str, None] = None, window: Union[str, None] = None, cost: Union[str, None] = None, unit: Union[str, None] = None, format: Union[str, None] = None, in_: Union[str, None] = None, rate: Union[str, None] = None, as_of: Union[str, None] = None) -> "OneOrSeveral_Statement":
        """The chargeback statements of a billing period, or of some days."""
        found: "OneOrSeveral_Statement" = self.asked('GET', '/v1/chargeback', query={"period": period, "window": window, "cost": cost, "unit": unit, "format": format, "in": in_, "rate": rate, "as_of": as_of})
        return found

    def get_chargeback_explanation(self, *, cell: str, period: Union[str, None] = None, window: Union[str, None] = None, cost: Union[str, None] = None, in_: Union[str, None] = None, rate: Union[str, None] = None, as_of: Union[str, None] = None) -> "OneOrSeveral_Explanation":
        """A figure of a statement, walked to its charges."""
        found: "OneOrSeveral_Explanation" = self.asked('GET', '/v1/chargeback/explanation', query={"cell": cell, "period": period, "window": window, "cost": cost, "in": in_, "rate": rate, "as_of": as_of})
        return found

    def get_charges(self, *, period: str, source: Union[str, None] = None, attributed: Union[bool, None] = None, unit: Union[str, None] = None, format: Union[str, None] = None, as_of: Union[str, None] = None) -> list[Any]:
        """The charges of a billing period."""
        found: list[Any] = self.asked('GET', '/v1/charges', query={"period": period, "source": source, "attributed": attributed, "unit": unit, "format": format, "as_of": as_of})
        return found

    def post_decisions(self, body: Any, *, source: str, idempotency_key: Union[str, None] = None) -> "DecisionsTaken":
        """Send decisions."""
        found: "DecisionsTaken" = self.asked('POST', '/v1/decisions', query={"source": source}, headers={"Idempotency-Key": idempotency_key}, body=body)
        return found

    def get_documents(self, *, as_of: Union[str, None] = None, limit: Union[int, None] = None, cursor: Union[str, None] = None) -> list["DocumentVersion"]:
        """The documents in force."""
        found: list["DocumentVersion"] = self.asked('GET', '/v1/documents', query={"as_of": as_of, "limit": limit, "cursor": cursor})
        return found

    def every_documents(self, *, as_of: Union[str, None] = None, limit: Union[int, None] = None) -> Iterator["DocumentVersion"]:
        """The same, page by page to the end."""
        return self.pages('/v1/documents', query={"as_of": as_of, "limit": limit})

    def get_documents_by_kind(self, kind: str, *, as_of: Union[str, None] = None) -> Any:
        """The document of a kind that is in force, as it was written."""
        found: Any = self.asked('GET', f"/v1/documents/{self.part(kind)}", query={"as_of": as_of})
        return found

    def put_documents_by_kind(self, kind: str, body: str, *, dry_run: Union[bool, None] = None, if_match: Union[str, None] = None, content_type: Literal['application/toml', 'text/csv'] = 'application/toml') -> "Published":
        """Publish a document in place of the one before."""
        found: "Published" = self.asked('PUT', f"/v1/documents/{self.part(kind)}", query={"dry_run": dry_run}, headers={"If-Match": if_match}, text=body, content_type=content_type)
        return found

    def get_experiments_comparison(self, *, workflow: str, window: Union[str, None] = None, cost: Union[str, None] = None, by: Union[str, None] = None, first: Union[str, None] = None, second: Union[str, None] = None, cluster: Union[str, None] = None, planned: Union[int, None] = None, as_of: Union[str, None] = None) -> "Experiment":
        """Two arms of a workflow side by side."""
        found: "Experiment" = self.asked('GET', '/v1/experiments/comparison', query={"workflow": workflow, "window": window, "cost": cost, "by": by, "first": first, "second": second, "cluster": cluster, "planned": planned, "as_of": as_of})
        return found

    def get_experiments_shadow(self, *, window: str, workflow: str, planned: Union[int, None] = None, as_of: Union[str, None] = None) -> list["ShadowReport"]:
        """Models in shadow beside what took effect."""
        found: list["ShadowReport"] = self.asked('GET', '/v1/experiments/shadow', query={"workflow": workflow, "window": window, "planned": planned, "as_of": as_of})
        return found

    def get_forecast(self, *, period: Union[str, None] = None, months: Union[int, None] = None, cost: Union[str, None] = None, by: Union[str, None] = None, as_of: Union[str, None] = None) -> "CostForecast":
        """What the rest of a month and the months after it will cost."""
        found: "CostForecast" = self.asked('GET', '/v1/forecast', query={"period": period, "months": months, "cost": cost, "by": by, "as_of": as_of})
        return found

    def get_formats(self) -> list["BillFormatLine"]:
        """The formats of bills that can be read."""
        found: list["BillFormatLine"] = self.asked('GET', '/v1/formats')
        return found

    def post_formats(self, body: str, *, idempotency_key: Union[str, None] = None, content_type: Literal['application/toml', 'text/plain'] = 'application/toml') -> "BillFormatLine":
        """Say what a mapping of one's own would read."""
        found: "BillFormatLine" = self.asked('POST', '/v1/formats', headers={"Idempotency-Key": idempotency_key}, text=body, content_type=content_type)
        return found

    def post_imports(self, body: "AskedImport", *, idempotency_key: Union[str, None] = None) -> "JobReport":
        """Import files that were sent, or be told what that would bring."""
        found: "JobReport" = self.asked('POST', '/v1/imports', headers={"Idempotency-Key": idempotency_key}, body=body)
        return found

    def get_jobs(self, *, state: Union[str, None] = None, job: Union[str, None] = None, limit: Union[int, None] = None, cursor: Union[str, None] = None) -> list["JobReport"]:
        """The newest runs, the newest first."""
        found: list["JobReport"] = self.asked('GET', '/v1/jobs', query={"state": state, "job": job, "limit": limit, "cursor": cursor})
        return found

    def every_jobs(self, *, state: Union[str, None] = None, job: Union[str, None] = None, limit: Union[int, None] = None) -> Iterator["JobReport"]:
        """The same, page by page to the end."""
        return self.pages('/v1/jobs', query={"state": state, "job": job, "limit": limit})

    def post_jobs(self, body: "AskedRun", *, idempotency_key: Union[str, None] = None) -> "JobReport":
        """Ask for a run now: of a schedule by its name, or of any kind of work."""
        found: "JobReport" = self.asked('POST', '/v1/jobs', headers={"Idempotency-Key": idempotency_key}, body=body)
        return found

    def get_jobs_by_id(self, id: str) -> "JobReport":
        """One run: how far it is, and what came of it."""
        found: "JobReport" = self.asked('GET', f"/v1/jobs/{self.part(id)}")
        return found

    def post_jobs_by_id_cancel(self, id: str, *, idempotency_key: Union[str, None] = None) -> "JobReport":
        """Cancel a run."""
        found: "JobReport" = self.asked('POST', f"/v1/jobs/{self.part(id)}/cancel", headers={"Idempotency-Key": idempotency_key})
        return found

    def get_journal(self, *, period: str, cost: Union[str, None] = None, in_: Union[str, None] = None, rate: Union[str, None] = None, as_of: Union[str, None] = None) -> "OneOrSeveral_Journal":
        """The double entries of a billing period."""
        found: "OneOrSeveral_Journal" = self.asked('GET', '/v1/journal', query={"period": period, "cost": cost, "in": in_, "rate": rate, "as_of": as_of})
        return found

    def get_kpis(self, *, as_of: Union[str, None] = None, limit: Union[int, None] = None, cursor: Union[str, None] = None) -> list["Kpi"]:
        """The registry of metrics."""
        found: list["Kpi"] = self.asked('GET', '/v1/kpis', query={"as_of": as_of, "limit": limit, "cursor": cursor})
        return found

    def every_kpis(self, *, as_of: Union[str, None] = None, limit: Union[int, None] = None) -> Iterator["Kpi"]:
        """The same, page by page to the end."""
        return self.pages('/v1/kpis', query={"as_of": as_of, "limit": limit})

    def get_kpis_by_id(self, id: str, *, period: str, as_of: Union[str, None] = None) -> "KpiReport":
        """A metric's values in a month, with what they rest on."""
        found: "KpiReport" = self.asked('GET', f"/v1/kpis/{self.part(id)}", query={"period": period, "as_of": as_of})
        return found

    def post_lake_compaction(self, body: "Compaction", *, prefer: Union[str, None] = None, idempotency_key: Union[str, None] = None) -> Union[Any, "JobReport"]:
        """Write charges that lie in many small files or row groups anew in few large ones."""
        found: Union[Any, "JobReport"] = self.asked('POST', '/v1/lake/compaction', headers={"Prefer": prefer, "Idempotency-Key": idempotency_key}, body=body)
        return found

    def get_lake_files(self, *, period: Union[str, None] = None, as_of: Union[str, None] = None, limit: Union[int, None] = None, cursor: Union[str, None] = None) -> list[Any]:
        """The files in force, for tools that read them as they are."""
        found: list[Any] = self.asked('GET', '/v1/lake/files', query={"period": period, "as_of": as_of, "limit": limit, "cursor": cursor})
        return found

    def every_lake_files(self, *, period: Union[str, None] = None, as_of: Union[str, None] = None, limit: Union[int, None] = None) -> Iterator[Any]:
        """The same, page by page to the end."""
        return self.pages('/v1/lake/files', query={"period": period, "as_of": as_of, "limit": limit})

    def post_lake_retention(self, body: "Retention", *, prefer: Union[str, None] = None, idempotency_key: Union[str, None] = None) -> Union[Any, "JobReport"]:
        """Move or remove revisions that were replaced, as the policy of the lake says."""
        found: Union[Any, "JobReport"] = self.asked('POST', '/v1/lake/retention', headers={"Prefer": prefer, "Idempotency-Key": idempotency_key}, body=body)
        return found

    def post_lake_retention_people(self, body: "Retention", *, prefer: Union[str, None] = None, idempotency_key: Union[str, None] = None) -> Union[Any, "JobReport"]:
        """Take people, or rows about them, out of facts whose time is over, as the retention document says."""
        found: Union[Any, "JobReport"] = self.asked('POST', '/v1/lake/retention/people', headers={"Prefer": prefer, "Idempotency-Key": idempotency_key}, body=body)
        return found

    def post_lake_sweep(self, body: "Sweep", *, idempotency_key: Union[str, None] = None) -> Any:
        """Remove folders that the catalogue does not list."""
        found: Any = self.asked('POST', '/v1/lake/sweep', headers={"Idempotency-Key": idempotency_key}, body=body)
        return found

    def get_lake_verification(self, *, source: Union[str, None] = None, period: Union[str, None] = None, deep: Union[bool, None] = None, prefer: Union[str, None] = None) -> Union[Any, "JobReport"]:
        """Whether the files of the lake are what the catalogue says."""
        found: Union[Any, "JobReport"] = self.asked('GET', '/v1/lake/verification', query={"source": source, "period": period, "deep": deep}, headers={"Prefer": prefer})
        return found

    def get_lineage(self, *, report: str, period: Union[str, None] = None, window: Union[str, None] = None, from_: Union[str, None] = None, cost: Union[str, None] = None, unit: Union[str, None] = None, in_: Union[str, None] = None, workflow: Union[str, None] = None, source: Union[str, None] = None, id: Union[str, None] = None, by: Union[str, None] = None, arms: Union[str, None] = None, invoices: Union[str, None] = None, totals: Union[str, None] = None, sql: Union[str, None] = None, figure: Union[str, None] = None, as_of: Union[str, None] = None) -> "ReportLineage":
        """What the figures of a report rest on."""
        found: "ReportLineage" = self.asked('GET', '/v1/lineage', query={"report": report, "period": period, "window": window, "from": from_, "cost": cost, "unit": unit, "in": in_, "workflow": workflow, "source": source, "id": id, "by": by, "arms": arms, "invoices": invoices, "totals": totals, "sql": sql, "figure": figure, "as_of": as_of})
        return found

    def get_login(self) -> "WaysIn":
        """How people can log in."""
        found: "WaysIn" = self.asked('GET', '/v1/login')
        return found

    def post_logs(self, body: Any) -> "ExportResponse":
        """Receive log records."""
        found: "ExportResponse" = self.asked('POST', '/v1/logs', body=body)
        return found

    def post_metrics(self, body: Any) -> "ExportResponse":
        """Receive metrics."""
        found: "ExportResponse" = self.asked('POST', '/v1/metrics', body=body)
        return found

    def get_owners(self, *, period: Union[str, None] = None, window: Union[str, None] = None, as_of: Union[str, None] = None, limit: Union[int, None] = None, cursor: Union[str, None] = None) -> list["OwnerLine"]:
        """Whose inference usage is, by caller and endpoint."""
        found: list["OwnerLine"] = self.asked('GET', '/v1/owners', query={"period": period, "window": window, "as_of": as_of, "limit": limit, "cursor": cursor})
        return found

    def every_owners(self, *, period: Union[str, None] = None, window: Union[str, None] = None, as_of: Union[str, None] = None, limit: Union[int, None] = None) -> Iterator["OwnerLine"]:
        """The same, page by page to the end."""
        return self.pages('/v1/owners', query={"period": period, "window": window, "as_of": as_of, "limit": limit})

    def get_periods(self, *, as_of: Union[str, None] = None, limit: Union[int, None] = None, cursor: Union[str, None] = None) -> list["PeriodLine"]:
        """The billing periods of each source, and which of them are closed."""
        found: list["PeriodLine"] = self.asked('GET', '/v1/periods', query={"as_of": as_of, "limit": limit, "cursor": cursor})
        return found

    def every_periods(self, *, as_of: Union[str, None] = None, limit: Union[int, None] = None) -> Iterator["PeriodLine"]:
        """The same, page by page to the end."""
        return self.pages('/v1/periods', query={"as_of": as_of, "limit": limit})

    def get_periods_by_period_certificate(self, period: str, *, as_of: Union[str, None] = None) -> "CheckedCertificate":
        """The certificate of a closed billing period, held against what is rendered now."""
        found: "CheckedCertificate" = self.asked('GET', f"/v1/periods/{self.part(period)}/certificate", query={"as_of": as_of})
        return found

    def post_periods_by_period_closing(self, period: str, body: "Closing", *, prefer: Union[str, None] = None, idempotency_key: Union[str, None] = None) -> Union["PeriodChange", "JobReport"]:
        """Close a billing period."""
        found: Union["PeriodChange", "JobReport"] = self.asked('POST', f"/v1/periods/{self.part(period)}/closing", headers={"Prefer": prefer, "Idempotency-Key": idempotency_key}, body=body)
        return found

    def post_periods_by_period_reopening(self, period: str, body: "Asking", *, idempotency_key: Union[str, None] = None) -> "PeriodChange":
        """Ask to open a closed billing period again."""
        found: "PeriodChange" = self.asked('POST', f"/v1/periods/{self.part(period)}/reopening", headers={"Idempotency-Key": idempotency_key}, body=body)
        return found

    def post_periods_by_period_reopening_decision(self, period: str, body: "Decision", *, idempotency_key: Union[str, None] = None) -> "PeriodChange":
        """Decide whether a closed billing period is opened again."""
        found: "PeriodChange" = self.asked('POST', f"/v1/periods/{self.part(period)}/reopening/decision", headers={"Idempotency-Key": idempotency_key}, body=body)
        return found

    def post_plans_all(self, body: "AllRequest", *, prefer: Union[str, None] = None, idempotency_key: Union[str, None] = None) -> Union["AllPlans", "JobReport"]:
        """Plan everything."""
        found: Union["AllPlans", "JobReport"] = self.asked('POST', '/v1/plans/all', headers={"Prefer": prefer, "Idempotency-Key": idempotency_key}, body=body)
        return found

    def get_plans_fleet(self, *, as_of: Union[str, None] = None) -> list["KeptPlan"]:
        """The newest fleet plans."""
        found: list["KeptPlan"] = self.asked('GET', '/v1/plans/fleet', query={"as_of": as_of})
        return found

    def post_plans_fleet(self, body: "Limits", *, prefer: Union[str, None] = None, idempotency_key: Union[str, None] = None) -> Union["PlannedFleet", "JobReport"]:
        """Plan the fleet for the measured demand."""
        found: Union["PlannedFleet", "JobReport"] = self.asked('POST', '/v1/plans/fleet', headers={"Prefer": prefer, "Idempotency-Key": idempotency_key}, body=body)
        return found

    def post_plans_fleet_solve(self, body: Any, *, explain: Union[bool, None] = None, prefer: Union[str, None] = None, idempotency_key: Union[str, None] = None) -> Union["FleetPlanFile", "JobReport"]:
        """Solve a fleet instance."""
        found: Union["FleetPlanFile", "JobReport"] = self.asked('POST', '/v1/plans/fleet/solve', query={"explain": explain}, headers={"Prefer": prefer, "Idempotency-Key": idempotency_key}, body=body)
        return found

    def post_plans_by_model(self, model: str, body: "MeasuredRequest", *, prefer: Union[str, None] = None, idempotency_key: Union[str, None] = None) -> Union["MeasuredPlan", "JobReport"]:
        """Plan a model from imported data."""
        found: Union["MeasuredPlan", "JobReport"] = self.asked('POST', f"/v1/plans/{self.part(model)}", headers={"Prefer": prefer, "Idempotency-Key": idempotency_key}, body=body)
        return found

    def post_plans_by_model_solve(self, model: str, body: Any, *, prefer: Union[str, None] = None, idempotency_key: Union[str, None] = None) -> Union["ModelPlan", "JobReport"]:
        """Solve an instance of a model."""
        found: Union["ModelPlan", "JobReport"] = self.asked('POST', f"/v1/plans/{self.part(model)}/solve", headers={"Prefer": prefer, "Idempotency-Key": idempotency_key}, body=body)
        return found

    def get_portfolio(self, *, period: Union[str, None] = None, as_of: Union[str, None] = None) -> "Portfolio":
        """The portfolio of models: a scorecard each."""
        found: "Portfolio" = self.asked('GET', '/v1/portfolio', query={"period": period, "as_of": as_of})
        return found

    def get_portfolio_reviews(self, *, limit: Union[int, None] = None, cursor: Union[str, None] = None) -> list["PortfolioReviewReport"]:
        """The reviews of the portfolio, the newest quarter first."""
        found: list["PortfolioReviewReport"] = self.asked('GET', '/v1/portfolio/reviews', query={"limit": limit, "cursor": cursor})
        return found

    def every_portfolio_reviews(self, *, limit: Union[int, None] = None) -> Iterator["PortfolioReviewReport"]:
        """The same, page by page to the end."""
        return self.pages('/v1/portfolio/reviews', query={"limit": limit})

    def get_portfolio_reviews_by_quarter(self, quarter: str) -> "PortfolioReviewReport":
        """A review of the portfolio."""
        found: "PortfolioReviewReport" = self.asked('GET', f"/v1/portfolio/reviews/{self.part(quarter)}")
        return found

    def post_portfolio_reviews_by_quarter(self, quarter: str, body: "OpeningReview", *, idempotency_key: Union[str, None] = None) -> "PortfolioReviewReport":
        """Open the review of a quarter."""
        found: "PortfolioReviewReport" = self.asked('POST', f"/v1/portfolio/reviews/{self.part(quarter)}", headers={"Idempotency-Key": idempotency_key}, body=body)
        return found

    def post_portfolio_reviews_by_quarter_decisions(self, quarter: str, body: "ModelDecision", *, idempotency_key: Union[str, None] = None) -> "PortfolioReviewReport":
        """Record what is decided of a model."""
        found: "PortfolioReviewReport" = self.asked('POST', f"/v1/portfolio/reviews/{self.part(quarter)}/decisions", headers={"Idempotency-Key": idempotency_key}, body=body)
        return found

    def get_prices(self, *, model: Union[str, None] = None, on: Union[str, None] = None, as_of: Union[str, None] = None, limit: Union[int, None] = None, cursor: Union[str, None] = None) -> list["TokenPrice"]:
        """What tokens are sold for."""
        found: list["TokenPrice"] = self.asked('GET', '/v1/prices', query={"model": model, "on": on, "as_of": as_of, "limit": limit, "cursor": cursor})
        return found

    def every_prices(self, *, model: Union[str, None] = None, on: Union[str, None] = None, as_of: Union[str, None] = None, limit: Union[int, None] = None) -> Iterator["TokenPrice"]:
        """The same, page by page to the end."""
        return self.pages('/v1/prices', query={"model": model, "on": on, "as_of": as_of, "limit": limit})

    def get_prices_skus(self, *, kind: Union["SkuKind", None] = None, provider: Union[str, None] = None, region: Union[str, None] = None, sku: Union[str, None] = None, on: Union[str, None] = None, as_of: Union[str, None] = None, limit: Union[int, None] = None, cursor: Union[str, None] = None) -> list["SkuPrice"]:
        """What machines, commitments and storage are sold for."""
        found: list["SkuPrice"] = self.asked('GET', '/v1/prices/skus', query={"kind": kind, "provider": provider, "region": region, "sku": sku, "on": on, "as_of": as_of, "limit": limit, "cursor": cursor})
        return found

    def every_prices_skus(self, *, kind: Union["SkuKind", None] = None, provider: Union[str, None] = None, region: Union[str, None] = None, sku: Union[str, None] = None, on: Union[str, None] = None, as_of: Union[str, None] = None, limit: Union[int, None] = None) -> Iterator["SkuPrice"]:
        """The same, page by page to the end."""
        return self.pages('/v1/prices/skus', query={"kind": kind, "provider": provider, "region": region, "sku": sku, "on": on, "as_of": as_of, "limit": limit})

    def get_process(self, *, source: Union[str, None] = None, workflow: Union[str, None] = None, window: Union[str, None] = None, outcomes: Union[str, None] = None, outcome_attribute: Union[str, None] = None, only: Union[str, None] = None, automatic: Union[str, None] = None, repeatable: Union[str, None] = None, calendar: Union[str, None] = None, holidays: Union[str, None] = None, offset: Union[str, None] = None, longest_handling: Union[int, None] = None, top: Union[int, None] = None, as_of: Union[str, None] = None) -> "ProcessReport":
        """What an event log says of its process."""
        found: "ProcessReport" = self.asked('GET', '/v1/process', query={"source": source, "workflow": workflow, "window": window, "outcomes": outcomes, "outcome_attribute": outcome_attribute, "only": only, "automatic": automatic, "repeatable": repeatable, "calendar": calendar, "holidays": holidays, "offset": offset, "longest_handling": longest_handling, "top": top, "as_of": as_of})
        return found

    def get_provider_anomalies(self, *, period: Union[str, None] = None, source: Union[str, None] = None, as_of: Union[str, None] = None) -> "ProviderAnomalies":
        """What providers take for unusual."""
        found: "ProviderAnomalies" = self.asked('GET', '/v1/provider/anomalies', query={"period": period, "source": source, "as_of": as_of})
        return found

    def get_provider_commitments(self, *, period: Union[str, None] = None, source: Union[str, None] = None, as_of: Union[str, None] = None) -> "CommitmentUse":
        """How commitments were used and what they covered, as the provider reckons it."""
        found: "CommitmentUse" = self.asked('GET', '/v1/provider/commitments', query={"period": period, "source": source, "as_of": as_of})
        return found

    def get_provider_forecasts(self, *, period: Union[str, None] = None, source: Union[str, None] = None, as_of: Union[str, None] = None) -> "ProviderForecasts":
        """What providers expect the rest of months to cost, beside our own forecast of the same days."""
        found: "ProviderForecasts" = self.asked('GET', '/v1/provider/forecasts', query={"period": period, "source": source, "as_of": as_of})
        return found

    def get_quality(self, *, source: Union[str, None] = None, period: Union[str, None] = None, as_of: Union[str, None] = None) -> "QualityReport":
        """How complete, timely and conforming the charges are."""
        found: "QualityReport" = self.asked('GET', '/v1/quality', query={"source": source, "period": period, "as_of": as_of})
        return found

    def get_rates(self, *, currency: Union[str, None] = None, period: Union[str, None] = None, as_of: Union[str, None] = None, limit: Union[int, None] = None, cursor: Union[str, None] = None) -> list["ExchangeRate"]:
        """The rates between currencies."""
        found: list["ExchangeRate"] = self.asked('GET', '/v1/rates', query={"currency": currency, "period": period, "as_of": as_of, "limit": limit, "cursor": cursor})
        return found

    def every_rates(self, *, currency: Union[str, None] = None, period: Union[str, None] = None, as_of: Union[str, None] = None, limit: Union[int, None] = None) -> Iterator["ExchangeRate"]:
        """The same, page by page to the end."""
        return self.pages('/v1/rates', query={"currency": currency, "period": period, "as_of": as_of, "limit": limit})

    def put_rates(self, body: str, *, dry_run: Union[bool, None] = None, if_match: Union[str, None] = None, content_type: Literal['text/csv'] = 'text/csv') -> "PublishedRates":
        """Publish rates in place of those before."""
        found: "PublishedRates" = self.asked('PUT', '/v1/rates', query={"dry_run": dry_run}, headers={"If-Match": if_match}, text=body, content_type=content_type)
        return found

    def get_recommendations(self, *, kind: Union[str, None] = None, assigned_to: Union[str, None] = None, mine: Union[bool, None] = None, as_of: Union[str, None] = None, limit: Union[int, None] = None, cursor: Union[str, None] = None) -> list["Recommendation"]:
        """Plans that were kept, the newest first."""
        found: list["Recommendation"] = self.asked('GET', '/v1/recommendations', query={"kind": kind, "assigned_to": assigned_to, "mine": mine, "as_of": as_of, "limit": limit, "cursor": cursor})
        return found

    def every_recommendations(self, *, kind: Union[str, None] = None, assigned_to: Union[str, None] = None, mine: Union[bool, None] = None, as_of: Union[str, None] = None, limit: Union[int, None] = None) -> Iterator["Recommendation"]:
        """The same, page by page to the end."""
        return self.pages('/v1/recommendations', query={"kind": kind, "assigned_to": assigned_to, "mine": mine, "as_of": as_of, "limit": limit})

    def get_recommendations_by_id(self, id: str, *, as_of: Union[str, None] = None) -> "RecommendationDetail":
        """A kept plan."""
        found: "RecommendationDetail" = self.asked('GET', f"/v1/recommendations/{self.part(id)}", query={"as_of": as_of})
        return found

    def get_recommendations_by_id_agreement(self, id: str, *, as_of: Union[str, None] = None) -> "PlanInShadow":
        """What a recommendation would have done beside what was done."""
        found: "PlanInShadow" = self.asked('GET', f"/v1/recommendations/{self.part(id)}/agreement", query={"as_of": as_of})
        return found

    def post_recommendations_by_id_answer(self, id: str, body: "RecommendationStepRequest", *, idempotency_key: Union[str, None] = None) -> "RecommendationStanding":
        """Answer the challenge of a recommendation."""
        found: "RecommendationStanding" = self.asked('POST', f"/v1/recommendations/{self.part(id)}/answer", headers={"Idempotency-Key": idempotency_key}, body=body)
        return found

    def post_recommendations_by_id_application(self, id: str, body: "RecommendationPhaseRequest", *, idempotency_key: Union[str, None] = None) -> "AppliedRecommendation":
        """Apply a phase of a recommendation."""
        found: "AppliedRecommendation" = self.asked('POST', f"/v1/recommendations/{self.part(id)}/application", headers={"Idempotency-Key": idempotency_key}, body=body)
        return found

    def post_recommendations_by_id_approval(self, id: str, body: "RecommendationStepRequest", *, idempotency_key: Union[str, None] = None) -> "RecommendationStanding":
        """Approve a recommendation."""
        found: "RecommendationStanding" = self.asked('POST', f"/v1/recommendations/{self.part(id)}/approval", headers={"Idempotency-Key": idempotency_key}, body=body)
        return found

    def post_recommendations_by_id_assignment(self, id: str, body: "RecommendationAssignmentRequest", *, idempotency_key: Union[str, None] = None) -> "RecommendationStanding":
        """Give a recommendation to somebody to deal with."""
        found: "RecommendationStanding" = self.asked('POST', f"/v1/recommendations/{self.part(id)}/assignment", headers={"Idempotency-Key": idempotency_key}, body=body)
        return found

    def post_recommendations_by_id_challenge(self, id: str, body: "RecommendationStepRequest", *, idempotency_key: Union[str, None] = None) -> "RecommendationStanding":
        """Challenge a recommendation."""
        found: "RecommendationStanding" = self.asked('POST', f"/v1/recommendations/{self.part(id)}/challenge", headers={"Idempotency-Key": idempotency_key}, body=body)
        return found

    def post_recommendations_by_id_comments(self, id: str, body: "RecommendationStepRequest", *, idempotency_key: Union[str, None] = None) -> "RecommendationStanding":
        """Comment on a recommendation."""
        found: "RecommendationStanding" = self.asked('POST', f"/v1/recommendations/{self.part(id)}/comments", headers={"Idempotency-Key": idempotency_key}, body=body)
        return found

    def get_recommendations_by_id_files(self, id: str, *, form: str) -> list["ExportedPlanFile"]:
        """A recommendation as files for those who would carry it out."""
        found: list["ExportedPlanFile"] = self.asked('GET', f"/v1/recommendations/{self.part(id)}/files", query={"form": form})
        return found

    def post_recommendations_by_id_observations(self, id: str, body: "RecommendationObservationRequest", *, idempotency_key: Union[str, None] = None) -> "RecommendationStanding":
        """Put on record what was done while a recommendation ran in shadow."""
        found: "RecommendationStanding" = self.asked('POST', f"/v1/recommendations/{self.part(id)}/observations", headers={"Idempotency-Key": idempotency_key}, body=body)
        return found

    def post_recommendations_by_id_override(self, id: str, body: "RecommendationStepRequest", *, idempotency_key: Union[str, None] = None) -> "RecommendationStanding":
        """Approve a recommendation in spite of a challenge."""
        found: "RecommendationStanding" = self.asked('POST', f"/v1/recommendations/{self.part(id)}/override", headers={"Idempotency-Key": idempotency_key}, body=body)
        return found

    def post_recommendations_by_id_rejection(self, id: str, body: "RecommendationStepRequest", *, idempotency_key: Union[str, None] = None) -> "RecommendationStanding":
        """Reject a recommendation for good."""
        found: "RecommendationStanding" = self.asked('POST', f"/v1/recommendations/{self.part(id)}/rejection", headers={"Idempotency-Key": idempotency_key}, body=body)
        return found

    def post_recommendations_by_id_resumption(self, id: str, body: "RecommendationResumptionRequest", *, idempotency_key: Union[str, None] = None) -> "RecommendationStanding":
        """Take a recommendation out of shadow."""
        found: "RecommendationStanding" = self.asked('POST', f"/v1/recommendations/{self.part(id)}/resumption", headers={"Idempotency-Key": idempotency_key}, body=body)
        return found

    def post_recommendations_by_id_rollback(self, id: str, body: "RecommendationStepRequest", *, idempotency_key: Union[str, None] = None) -> "AppliedRecommendation":
        """Take back an applied recommendation."""
        found: "AppliedRecommendation" = self.asked('POST', f"/v1/recommendations/{self.part(id)}/rollback", headers={"Idempotency-Key": idempotency_key}, body=body)
        return found

    def post_recommendations_by_id_shadow(self, id: str, body: "RecommendationShadowRequest", *, idempotency_key: Union[str, None] = None) -> "RecommendationStanding":
        """Let a recommendation run in shadow."""
        found: "RecommendationStanding" = self.asked('POST', f"/v1/recommendations/{self.part(id)}/shadow", headers={"Idempotency-Key": idempotency_key}, body=body)
        return found

    def get_recommendations_by_id_standing(self, id: str, *, as_of: Union[str, None] = None) -> "RecommendationStanding":
        """Where a recommendation stands."""
        found: "RecommendationStanding" = self.asked('GET', f"/v1/recommendations/{self.part(id)}/standing", query={"as_of": as_of})
        return found

    def post_recommendations_by_id_verification(self, id: str, body: "RecommendationVerificationRequest", *, idempotency_key: Union[str, None] = None) -> "RecommendationStanding":
        """Say what an applied recommendation brought."""
        found: "RecommendationStanding" = self.asked('POST', f"/v1/recommendations/{self.part(id)}/verification", headers={"Idempotency-Key": idempotency_key}, body=body)
        return found

    def post_reconciliation(self, body: "ToReconcile", *, idempotency_key: Union[str, None] = None) -> "OneOrSeveral_Reconciliation":
        """A billing period's charges against its invoices."""
        found: "OneOrSeveral_Reconciliation" = self.asked('POST', '/v1/reconciliation', headers={"Idempotency-Key": idempotency_key}, body=body)
        return found

    def get_revisions(self, *, source: Union[str, None] = None, period: Union[str, None] = None, as_of: Union[str, None] = None, limit: Union[int, None] = None, cursor: Union[str, None] = None) -> list["RevisionLine"]:
        """Every revision there ever was, with what it restates of the one before."""
        found: list["RevisionLine"] = self.asked('GET', '/v1/revisions', query={"source": source, "period": period, "as_of": as_of, "limit": limit, "cursor": cursor})
        return found

    def every_revisions(self, *, source: Union[str, None] = None, period: Union[str, None] = None, as_of: Union[str, None] = None, limit: Union[int, None] = None) -> Iterator["RevisionLine"]:
        """The same, page by page to the end."""
        return self.pages('/v1/revisions', query={"source": source, "period": period, "as_of": as_of, "limit": limit})

    def get_revisions_diff(self, *, before: Union[str, None] = None, after: Union[str, None] = None, source: Union[str, None] = None, period: Union[str, None] = None, as_of: Union[str, None] = None) -> "RevisionDiff":
        """What changed from one revision to another."""
        found: "RevisionDiff" = self.asked('GET', '/v1/revisions/diff', query={"before": before, "after": after, "source": source, "period": period, "as_of": as_of})
        return found

    def get_revisions_by_id(self, id: str, *, as_of: Union[str, None] = None) -> "RevisionLine":
        """One revision."""
        found: "RevisionLine" = self.asked('GET', f"/v1/revisions/{self.part(id)}", query={"as_of": as_of})
        return found

    def get_revisions_by_id_findings(self, id: str) -> list["FindingLine"]:
        """What the import of a revision found: rows that were set aside, and what is odd about those that were kept."""
        found: list["FindingLine"] = self.asked('GET', f"/v1/revisions/{self.part(id)}/findings")
        return found

    def get_rules_coverage(self, *, period: Union[str, None] = None, window: Union[str, None] = None, cost: Union[str, None] = None, as_of: Union[str, None] = None) -> list["RuleCoverage"]:
        """What share of a bill is attributed by which rule, and why the rest is not."""
        found: list["RuleCoverage"] = self.asked('GET', '/v1/rules/coverage', query={"period": period, "window": window, "cost": cost, "as_of": as_of})
        return found

    def post_rules_preview(self, body: "Draft", *, idempotency_key: Union[str, None] = None) -> "RulesPreview":
        """The money that a draft of the rules would move."""
        found: "RulesPreview" = self.asked('POST', '/v1/rules/preview', headers={"Idempotency-Key": idempotency_key}, body=body)
        return found

    def get_rules_start(self, *, period: str) -> "StartingRules":
        """Rules to begin with: rule files made from the accounts, tags and providers of a bill, with the money that each unit
        would take."""
        found: "StartingRules" = self.asked('GET', '/v1/rules/start', query={"period": period})
        return found

    def post_sample(self, body: "SampleRequest", *, idempotency_key: Union[str, None] = None) -> "JobReport":
        """Load a sample organisation: bills, usage, decisions, rules, people, a fleet and a plan for it."""
        found: "JobReport" = self.asked('POST', '/v1/sample', headers={"Idempotency-Key": idempotency_key}, body=body)
        return found

    def get_schedules(self, *, limit: Union[int, None] = None, cursor: Union[str, None] = None) -> list["ScheduleStatus"]:
        """The schedules: when each is next due, how fresh what it makes is, its last error."""
        found: list["ScheduleStatus"] = self.asked('GET', '/v1/schedules', query={"limit": limit, "cursor": cursor})
        return found

    def every_schedules(self, *, limit: Union[int, None] = None) -> Iterator["ScheduleStatus"]:
        """The same, page by page to the end."""
        return self.pages('/v1/schedules', query={"limit": limit})

    def get_session(self) -> "WhoAsks":
        """Who asks, and what they may do."""
        found: "WhoAsks" = self.asked('GET', '/v1/session')
        return found

    def post_session(self, body: "Credentials") -> "WhoAsks":
        """Log in with name and password."""
        found: "WhoAsks" = self.asked('POST', '/v1/session', body=body)
        return found

    def delete_session(self) -> Union["LoggedOut", None]:
        """Log out."""
        found: Union["LoggedOut", None] = self.asked('DELETE', '/v1/session')
        return found

    def get_session_openid(self, *, return_to: Union[str, None] = None) -> None:
        """Sign in with the OpenID provider."""
        found: None = self.asked('GET', '/v1/session/openid', query={"return_to": return_to})
        return found

    def get_session_openid_return(self, *, code: Union[str, None] = None, state: Union[str, None] = None, iss: Union[str, None] = None, error: Union[str, None] = None, error_description: Union[str, None] = None) -> None:
        """Come back from the OpenID provider."""
        found: None = self.asked('GET', '/v1/session/openid/return', query={"code": code, "state": state, "iss": iss, "error": error, "error_description": error_description})
        return found

    def post_session_password(self, body: "NewPassword") -> "WhoAsks":
        """Give oneself another password."""
        found: "WhoAsks" = self.asked('POST', '/v1/session/password', body=body)
        return found

    def post_simulations(self, body: "SimulationRequest", *, prefer: Union[str, None] = None, idempotency_key: Union[str, None] = None) -> Union["Simulation", "JobReport"]:
        """Replay a plan."""
        found: Union["Simulation", "JobReport"] = self.asked('POST', '/v1/simulations', headers={"Prefer": prefer, "Idempotency-Key": idempotency_key}, body=body)
        return found

    def get_sources_kinds(self) -> "SourceKinds":
        """What can be collected over the network, and what each kind of source is told."""
        found: "SourceKinds" = self.asked('GET', '/v1/sources/kinds')
        return found

    def post_sql(self, body: "Question", *, idempotency_key: Union[str, None] = None) -> list[Any]:
        """Read-only SQL over the facts."""
        found: list[Any] = self.asked('POST', '/v1/sql', headers={"Idempotency-Key": idempotency_key}, body=body)
        return found

    def get_statements_by_unit(self, unit: str, *, period: str, cost: Union[str, None] = None, in_: Union[str, None] = None, rate: Union[str, None] = None, format: Union[str, None] = None, paper: Union[str, None] = None, as_of: Union[str, None] = None) -> "UnitStatements":
        """The statement of one unit for a billing period."""
        found: "UnitStatements" = self.asked('GET', f"/v1/statements/{self.part(unit)}", query={"period": period, "cost": cost, "in": in_, "rate": rate, "format": format, "paper": paper, "as_of": as_of})
        return found

    def get_status(self, *, as_of: Union[str, None] = None) -> "SourcesStatus":
        """What there is, by source and period."""
        found: "SourcesStatus" = self.asked('GET', '/v1/status', query={"as_of": as_of})
        return found

    def get_tco(self, *, system: Union[str, None] = None, period: Union[str, None] = None, cost: Union[str, None] = None, as_of: Union[str, None] = None) -> "Ownership":
        """What AI systems cost in all."""
        found: "Ownership" = self.asked('GET', '/v1/tco', query={"system": system, "period": period, "cost": cost, "as_of": as_of})
        return found

    def get_token_cost(self, *, model: Union[str, None] = None, basis: Union[str, None] = None, by: Union[str, None] = None, period: Union[str, None] = None, window: Union[str, None] = None, cost: Union[str, None] = None, as_of: Union[str, None] = None) -> list["TokenCost"]:
        """What tokens cost, by the bill and by the prices."""
        found: list["TokenCost"] = self.asked('GET', '/v1/token-cost', query={"model": model, "basis": basis, "by": by, "period": period, "window": window, "cost": cost, "as_of": as_of})
        return found

    def get_tokens(self, *, limit: Union[int, None] = None, cursor: Union[str, None] = None) -> list["TokenLine"]:
        """Tokens, without their secrets."""
        found: list["TokenLine"] = self.asked('GET', '/v1/tokens', query={"limit": limit, "cursor": cursor})
        return found

    def every_tokens(self, *, limit: Union[int, None] = None) -> Iterator["TokenLine"]:
        """The same, page by page to the end."""
        return self.pages('/v1/tokens', query={"limit": limit})

    def post_tokens(self, body: "TokenRequest") -> "IssuedToken":
        """Issue a token."""
        found: "IssuedToken" = self.asked('POST', '/v1/tokens', body=body)
        return found

    def delete_tokens_by_name(self, name: str) -> "TokenLine":
        """Revoke a token: the next request with it is refused."""
        found: "TokenLine" = self.asked('DELETE', f"/v1/tokens/{self.part(name)}")
        return found

    def post_traces(self, body: Any) -> "ExportResponse":
        """Receive spans."""
        found: "ExportResponse" = self.asked('POST', '/v1/traces', body=body)
        return found

    def get_unit_cost(self, *, workflow: Union[str, None] = None, window: Union[str, None] = None, cost: Union[str, None] = None, by: Union[str, None] = None, tornado: Union[str, None] = None, as_of: Union[str, None] = None) -> list["UnitCost"]:
        """Cost per decision, by AI and by people."""
        found: list["UnitCost"] = self.asked('GET', '/v1/unit-cost', query={"workflow": workflow, "window": window, "cost": cost, "by": by, "tornado": tornado, "as_of": as_of})
        return found

    def get_units(self, *, on: Union[str, None] = None, as_of: Union[str, None] = None, limit: Union[int, None] = None, cursor: Union[str, None] = None) -> list["UnitLine"]:
        """The operational units."""
        found: list["UnitLine"] = self.asked('GET', '/v1/units', query={"on": on, "as_of": as_of, "limit": limit, "cursor": cursor})
        return found

    def every_units(self, *, on: Union[str, None] = None, as_of: Union[str, None] = None, limit: Union[int, None] = None) -> Iterator["UnitLine"]:
        """The same, page by page to the end."""
        return self.pages('/v1/units', query={"on": on, "as_of": as_of, "limit": limit})

    def put_units(self, body: Any, *, dry_run: Union[bool, None] = None, if_match: Union[str, None] = None) -> "PublishedUnits":
        """Publish the units in place of those before."""
        found: "PublishedUnits" = self.asked('PUT', '/v1/units', query={"dry_run": dry_run}, headers={"If-Match": if_match}, body=body)
        return found

    def post_units(self, body: "NewUnit", *, if_match: Union[str, None] = None, idempotency_key: Union[str, None] = None) -> "PublishedUnits":
        """Add one unit to the published ones."""
        found: "PublishedUnits" = self.asked('POST', '/v1/units', headers={"If-Match": if_match, "Idempotency-Key": idempotency_key}, body=body)
        return found

    def get_units_by_unit(self, unit: str, *, as_of: Union[str, None] = None) -> "UnitHistory":
        """One unit with its spans and neighbours."""
        found: "UnitHistory" = self.asked('GET', f"/v1/units/{self.part(unit)}", query={"as_of": as_of})
        return found

    def patch_units_by_unit(self, unit: str, body: "UnitChanges", *, if_match: Union[str, None] = None) -> "PublishedUnits":
        """Change one of the published units from a day on, or end it."""
        found: "PublishedUnits" = self.asked('PATCH', f"/v1/units/{self.part(unit)}", headers={"If-Match": if_match}, body=body)
        return found

    def post_uploads(self, body: str, *, name: str, content_type: Literal['application/octet-stream'] = 'application/octet-stream') -> "Uploaded":
        """Send a file that is to be imported."""
        found: "Uploaded" = self.asked('POST', '/v1/uploads', query={"name": name}, text=body, content_type=content_type)
        return found

    def get_users(self, *, limit: Union[int, None] = None, cursor: Union[str, None] = None) -> list["UserLine"]:
        """People who may log in."""
        found: list["UserLine"] = self.asked('GET', '/v1/users', query={"limit": limit, "cursor": cursor})
        return found

    def every_users(self, *, limit: Union[int, None] = None) -> Iterator["UserLine"]:
        """The same, page by page to the end."""
        return self.pages('/v1/users', query={"limit": limit})

    def post_users(self, body: "NewUser") -> "UserLine":
        """Add somebody who may log in."""
        found: "UserLine" = self.asked('POST', '/v1/users', body=body)
        return found

    def put_users_by_name(self, name: str, body: "UserChanges") -> "UserLine":
        """Give somebody other roles and units in place of those before."""
        found: "UserLine" = self.asked('PUT', f"/v1/users/{self.part(name)}", body=body)
        return found

    def delete_users_by_name(self, name: str) -> "UserLine":
        """Disable somebody: their sessions end, their tokens are good for nothing."""
        found: "UserLine" = self.asked('DELETE', f"/v1/users/{self.part(name)}")
        return found

    def get_variance(self, *, to: str, from_: str, cost: Union[str, None] = None, in_: Union[str, None] = None, rate: Union[str, None] = None, by: Union[str, None] = None, from_as_of: Union[str, None] = None, as_of: Union[str, None] = None) -> "OneOrSeveral_Variance":
        """Why a billing period cost another amount than an earlier one."""
        found: "OneOrSeveral_Variance" = self.asked('GET', '/v1/variance', query={"from": from_, "to": to, "cost": cost, "in": in_, "rate": rate, "by": by, "from_as_of": from_as_of, "as_of": as_of})
        return found
