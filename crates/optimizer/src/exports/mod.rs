//! A fleet plan as the files of those who run it: pure text out, nothing is applied.
//!
//! The week's replicas become scheduled actions at the hours where they change, a little ahead where they grow ([`schedule`]). They are
//! a floor: they set the fewest replicas, and a target-tracking or metric rule by the rate of requests goes above them where more comes
//! than was planned for, up to what the quota leaves ([`crate::replay::ceiling`]). That is how the plan is replayed before it is told
//! ([`crate::replay::recommended`]). Names of endpoints, variants and deployments are those of the workload and its instance type; whoever
//! applies the files adapts them.

mod app_autoscaling;
mod cloudformation;
mod focus_recommendation;
mod kubernetes;
mod measured;
mod names;
mod pull_request;
mod schedule;
mod terraform;
mod yaml;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::document::PlanDocument;

pub use measured::export_measured;

/// A form of export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Export {
    /// `aws_appautoscaling_target`, `_scheduled_action` and `_policy`.
    Terraform,
    /// KEDA `ScaledObject` with cron and Prometheus triggers.
    Keda,
    /// `HorizontalPodAutoscaler` v2.
    Hpa,
    /// Karpenter `NodePool`.
    Karpenter,
    /// Requests to AWS Application Auto Scaling, for SageMaker variants and for inference components.
    AppAutoscaling,
    /// A CloudFormation template.
    Cloudformation,
    /// The body of a pull request, in Markdown.
    PullRequest,
    /// Rows of the FOCUS Recommendation dataset, 1.5 draft.
    FocusRecommendation,
    /// The S3 lifecycle of each bucket of a storage plan.
    S3Lifecycle,
}

impl Export {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Terraform,
        Self::Keda,
        Self::Hpa,
        Self::Karpenter,
        Self::AppAutoscaling,
        Self::Cloudformation,
        Self::PullRequest,
        Self::FocusRecommendation,
        Self::S3Lifecycle,
    ];

    /// Its name, as on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Terraform => "terraform",
            Self::Keda => "keda",
            Self::Hpa => "hpa",
            Self::Karpenter => "karpenter",
            Self::AppAutoscaling => "app-autoscaling",
            Self::Cloudformation => "cloudformation",
            Self::PullRequest => "pull-request",
            Self::FocusRecommendation => "focus-recommendation",
            Self::S3Lifecycle => "s3-lifecycle",
        }
    }

    /// The form of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.name() == name)
    }
}

/// A file of an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ExportedPlanFile)]
pub struct PlanFile {
    /// Its name, without a folder.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// Why a plan cannot be exported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// Not a week.
    #[error("the plan has {0} hours; schedules of a week are made of plans of 168 hours, from Monday 00:00 UTC")]
    NotAWeek(usize),
    /// It is no recommendation.
    #[error("the replay of this plan missed a promise, so it is not recommended and not exported; see `replay` in the plan")]
    NotRecommended,
    /// Two things would have one name.
    #[error("workloads and types {0} and {1} both become the name {2}; rename one")]
    Names(String, String, String),
    /// The form is of other plans.
    #[error(
        "the form is not for plans of this kind ({0}): fleets are exported to those who scale them, storage as s3-lifecycle, and what saves as focus-recommendation"
    )]
    OtherPlan(String),
    /// The plan is damaged.
    #[error("the plan cannot be read: {0}; give what `farthing plan storage --format json` printed")]
    Unreadable(String),
    /// S3 would refuse it.
    #[error("S3 would refuse the lifecycle: {0}")]
    Lifecycle(String),
    /// Nothing to write.
    #[error("the plan moves and deletes nothing: there is no lifecycle to write")]
    NothingMoves,
    /// Money is needed.
    #[error("the plan states no saving in a currency: {0} are made of plans from data, whose fleet profile says what runs today")]
    NoMoney(&'static str),
}

/// Makes the files. `now` is the moment stated in them where a form demands one.
///
/// # Errors
/// [`ExportError`], naming what the form needs.
pub fn export(plan: &PlanDocument, form: Export, now: DateTime<Utc>) -> Result<Vec<PlanFile>, ExportError> {
    if plan.recommended == Some(false) {
        return Err(ExportError::NotRecommended);
    }
    if form == Export::S3Lifecycle {
        return Err(ExportError::OtherPlan("fleet".to_owned()));
    }
    let is_schedule = !matches!(form, Export::PullRequest | Export::FocusRecommendation | Export::Karpenter | Export::Hpa);
    if is_schedule && plan.hours != schedule::HOURS {
        return Err(ExportError::NotAWeek(plan.hours));
    }
    let targets = names::targets(plan)?;
    let file = |name: &str, text: String| vec![PlanFile { name: name.to_owned(), text }];
    Ok(match form {
        Export::Terraform => file("fleet.tf", terraform::text(&targets)),
        Export::Keda => file("scaled-objects.yaml", yaml::documents(&kubernetes::scaled_objects(&targets))),
        Export::Hpa => file("autoscalers.yaml", yaml::documents(&kubernetes::autoscalers(&targets))),
        Export::Karpenter => file("node-pools.yaml", yaml::documents(&kubernetes::node_pools(plan))),
        Export::AppAutoscaling => app_autoscaling::files(&targets),
        Export::Cloudformation => file("template.json", pretty(&cloudformation::template(&targets))),
        Export::PullRequest => file("pull-request.md", pull_request::text(plan)),
        Export::FocusRecommendation => file("recommendations.csv", focus_recommendation::csv(plan, now)?),
        Export::S3Lifecycle => Vec::new(),
    })
}

fn pretty(value: &serde_json::Value) -> String {
    serde_json::to_string_pretty(value).expect("plain data serialises") + "\n"
}

#[cfg(test)]
mod tests;
