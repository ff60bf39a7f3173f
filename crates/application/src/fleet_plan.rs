//! The fleet that the measured demand needs, beside today's.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use chrono::{DateTime, TimeDelta, Utc};
use farthing_approval::Inputs;
use farthing_attribution::RuleSet;
use farthing_forecast::{ProfileOptions, hour_index, weekly_profile};
use farthing_optimizer::{FleetPlan, FleetProfile, Limits, Progress, Status, WorkloadDemand, fleet, plan_fleet};
use farthing_store::{Digest, PartOfRun, Plan, PlanId, PlanKind, PlanStatus};
use farthing_types::WorkloadId;
use farthing_usage::{Grain, UsageHour};
use serde::Serialize;
use utoipa::ToSchema;

use crate::chargeback::workload_of;
use crate::{Error, Farthing};

/// A plan rests on demand that goes stale.
const VALID_DAYS: i64 = 14;

/// A plan, and where it is kept.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlannedFleet {
    /// Its id; none where it was not kept, because it was asked as of an earlier moment at which nobody had made it.
    pub id: Option<String>,
    /// The moment from which it should no longer be applied.
    pub expires_at: chrono::DateTime<chrono::Utc>,
    /// The plan.
    #[serde(flatten)]
    pub plan: FleetPlan,
}

impl Farthing {
    /// Plans the fleet of the published profile for the demand that usage shows, and keeps the plan. A plan as of an earlier
    /// moment rests on the profile, rules and usage of then, and is not kept.
    ///
    /// `explain` adds what binds, what other limits and choices cost, and how far the choice stands.
    ///
    /// # Errors
    /// When there is no profile or no usage of its workloads, or the solver fails.
    pub async fn plan_fleet(
        &self,
        limits: Limits,
        explain: bool,
        mut progress: impl FnMut(Progress) -> ControlFlow<()> + Send + 'static,
    ) -> Result<PlannedFleet, Error> {
        // Taken first: what is published from here on may be in the plan or not, and makes it stale in either case.
        let inputs = self.plan_inputs(PlanKind::Fleet, None).await?;
        let profile = self.fleet_profile().await?;
        let (rules, _) = self.rules().await?;
        let hours = self.usage_hours(None).await?;
        // The solver keeps a scheduler a thread: it gets a thread of its own, and no other work.
        let (send, receive) = tokio::sync::oneshot::channel();
        let work = move || {
            let demand = demand_of(&profile, &rules, &hours);
            let result = demand.and_then(|demand| Ok(plan_fleet(&profile, &demand, &limits, explain, &mut progress)?));
            // Nobody waiting any more means that the caller was cancelled.
            let _ = send.send(result);
        };
        std::thread::Builder::new().name("solver".into()).spawn(work).map_err(|error| Error::Panicked(error.to_string()))?;
        let plan = receive.await.map_err(|_| Error::Panicked("the solver's thread ended".into()))??;
        self.keep(plan, inputs).await
    }

    /// The demand that usage shows of the workloads of a profile.
    pub(crate) async fn fleet_demand(&self, profile: &FleetProfile) -> Result<BTreeMap<WorkloadId, WorkloadDemand>, Error> {
        let (rules, _) = self.rules().await?;
        demand_of(profile, &rules, &self.usage_hours(None).await?)
    }

    /// Keeps a plan. The same plan from the same inputs is kept once, until it expires.
    async fn keep(&self, plan: FleetPlan, inputs: Inputs) -> Result<PlannedFleet, Error> {
        let now = self.stated_moment();
        let input_digest = Digest::of(plan.input_hash.as_bytes());
        let recent = self.fleet_plans(20).await?;
        let is_same =
            |known: &&Plan| known.input_digest == input_digest && !known.is_expired(now) && costs_the_same(known, &plan);
        if let Some(known) = recent.iter().find(is_same)
            && self.stands_for(known, &inputs).await?
        {
            return Ok(PlannedFleet { id: Some(known.id.to_string()), expires_at: known.expires_at, plan });
        }
        let (id, expires_at) = (PlanId::new(now), now + TimeDelta::days(VALID_DAYS));
        if self.moment.is_some() {
            return Ok(PlannedFleet { id: None, expires_at, plan });
        }
        let content = serde_json::to_string(&plan).map_err(|error| Error::Panicked(error.to_string()))?;
        let status = match plan.status {
            Status::Optimal => PlanStatus::Optimal,
            Status::GapLimit => PlanStatus::GapLimit,
            Status::TimeLimit | Status::WorkLimit => PlanStatus::TimeLimit,
            Status::Infeasible => PlanStatus::Infeasible,
        };
        let stored = Plan { id, kind: PlanKind::Fleet, input_digest, content, status, created_at: now, expires_at };
        let work = self.store.begin().await?;
        if let Some(PartOfRun::Whole(run)) = self.run {
            let result = serde_json::json!({"id": id.to_string()}).to_string();
            work.job_runs().end(run, &format!("Plan {id}."), Some(&result)).await?;
        }
        self.add_plan(&work, &stored, inputs).await?;
        work.commit().await?;
        Ok(PlannedFleet { id: Some(id.to_string()), expires_at, plan })
    }

    /// The newest plans, as they were computed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn fleet_plans(&self, limit: u64) -> Result<Vec<Plan>, Error> {
        Ok(self.store.plans().recent(PlanKind::Fleet, limit, self.moment).await?)
    }
}

/// True where the stored plan has the same purchases and replicas, and explains what this one explains: only the time it took may differ.
fn costs_the_same(known: &Plan, plan: &FleetPlan) -> bool {
    let stored: serde_json::Value = serde_json::from_str(&known.content).unwrap_or_default();
    // Written and read like the stored one, so that floating point figures went the same way.
    let fresh: serde_json::Value =
        serde_json::to_string(plan).ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let explains = |plan: &serde_json::Value| !plan["plan"]["explanation"].is_null();
    ["objective", "workloads", "commitments"].iter().all(|part| stored[part] == fresh[part])
        && (explains(&stored) || !explains(&fresh))
}

/// What an hour of usage adds to a workload's demand.
#[derive(Default)]
struct Measured {
    requests: BTreeMap<i64, f64>,
    input_tokens: u64,
    output_tokens: u64,
    total_requests: u64,
    newest: Option<DateTime<Utc>>,
}

/// Each workload's demand by hour of the week, from hourly usage. Sources that only know days say nothing of hours.
fn demand_of(
    profile: &FleetProfile,
    rules: &RuleSet,
    hours: &[UsageHour],
) -> Result<BTreeMap<WorkloadId, WorkloadDemand>, Error> {
    let mut measured: BTreeMap<WorkloadId, Measured> = BTreeMap::new();
    for hour in hours.iter().filter(|hour| hour.grain == Grain::Hour) {
        let by_rule = workload_of(rules, hour).map(|workload| workload.id.clone());
        let own = || hour.dimensions.workload.as_ref().and_then(|name| name.parse().ok());
        let Some(workload) = by_rule.or_else(own) else { continue };
        let sums = measured.entry(workload).or_default();
        *sums.requests.entry(hour_index(hour.hour)).or_default() += hour.counts.requests as f64;
        sums.input_tokens += hour.counts.input_tokens;
        sums.output_tokens += hour.counts.output_tokens;
        sums.total_requests += hour.counts.requests;
        sums.newest = sums.newest.max(Some(hour.hour));
    }
    let mut demand = BTreeMap::new();
    for workload in &profile.workloads {
        let Some(sums) = measured.get(&workload.id) else { continue };
        let series: Vec<(i64, f64)> = sums.requests.iter().map(|(hour, requests)| (*hour, requests / 3600.0)).collect();
        let typical = |quantile: Option<f64>| {
            let usual = ProfileOptions::default();
            let quantile = quantile.or(profile.demand.quantile).unwrap_or(usual.quantile);
            let options = ProfileOptions { quantile, headroom: profile.demand.headroom.unwrap_or(usual.headroom) };
            weekly_profile(&series, &options).map_err(|error| Error::Invalid(format!("workload {}: {error}", workload.id)))
        };
        let week = typical(None)?;
        let scenarios = profile.scenarios.iter().map(|scenario| Ok(typical(scenario.quantile)?.demand));
        let scenarios = scenarios.collect::<Result<Vec<_>, Error>>()?;
        let mean = |tokens: u64| (sums.total_requests > 0).then(|| tokens as f64 / sums.total_requests as f64);
        let filled_hours = week.filled_hours();
        demand.insert(
            workload.id.clone(),
            WorkloadDemand {
                requests_per_second: week.demand,
                scenarios,
                input_tokens: mean(sums.input_tokens),
                output_tokens: mean(sums.output_tokens),
                weeks: week.weeks,
                filled_hours,
                until: sums.newest,
            },
        );
    }
    if demand.is_empty() {
        let known: Vec<&str> = profile.workloads.iter().map(|w| w.id.as_str()).collect();
        return Err(Error::Nothing(format!(
            "no usage of the fleet's workloads ({}) is there. Import it: `farthing ingest usage PATH --source NAME --format request-trace`",
            known.join(", ")
        )));
    }
    Ok(demand)
}

/// Reads an instance of the neutral fleet format; `name` is the file's, for errors.
///
/// # Errors
/// When it is none; the error names the field and what to do.
pub fn read_fleet_instance(text: &str, name: &str) -> Result<fleet::Instance, Error> {
    fleet::Instance::from_json(text).map_err(|error| Error::Invalid(format!("{name}: {error}")))
}

/// Solves an instance of the neutral fleet format, and explains the plan where that is asked. Needs no home.
///
/// # Errors
/// When the solver fails. An infeasible instance is an answer.
pub fn solve_fleet_instance(
    instance: &fleet::Instance,
    name: &str,
    limits: &Limits,
    explain: bool,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<fleet::Outcome, Error> {
    let failed = |error: fleet::SolveError| Error::Invalid(format!("{name}: {error}"));
    let mut outcome = fleet::solve(instance, limits, progress).map_err(failed)?;
    if explain {
        outcome.explanation = fleet::explain(instance, &outcome, limits, progress).map_err(failed)?.map(Box::new);
    }
    Ok(outcome)
}
