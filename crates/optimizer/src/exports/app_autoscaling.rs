//! Requests to AWS Application Auto Scaling.

use serde_json::{Value, json};

use super::names::Target;
use super::schedule::actions;
use super::{PlanFile, pretty};

/// What of SageMaker is scaled.
#[derive(Clone, Copy)]
pub(super) enum Dimension {
    /// Instances of a variant of an endpoint.
    Variant,
    /// Copies of an inference component.
    InferenceComponent,
}

impl Dimension {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Variant => "sagemaker:variant:DesiredInstanceCount",
            Self::InferenceComponent => "sagemaker:inference-component:DesiredCopyCount",
        }
    }

    pub(super) fn resource(self, target: &Target<'_>) -> String {
        match self {
            Self::Variant => format!("endpoint/{}/variant/{}", target.endpoint, target.variant),
            Self::InferenceComponent => format!("inference-component/{}", target.name),
        }
    }

    pub(super) fn metric(self) -> &'static str {
        match self {
            Self::Variant => "SageMakerVariantInvocationsPerInstance",
            Self::InferenceComponent => "SageMakerInferenceComponentInvocationsPerCopy",
        }
    }
}

/// Invocations a minute of one instance at which its promise still holds: both metrics count minutes.
pub(super) fn invocations_a_minute(target: &Target<'_>) -> Option<f64> {
    let capacity = target.kind.rate()?;
    // Three places are finer than any fit; below them a small rate would become none.
    let rounded = (capacity * 60.0 * 1000.0).floor() / 1000.0;
    (rounded > 0.0).then_some(rounded)
}

/// Seconds before replicas that growth has added are taken away again.
pub(super) const SCALE_IN_SECONDS: u32 = 300;
/// Seconds until an added replica counts: the twin's scale action and cold start.
pub(super) const SCALE_OUT_SECONDS: u32 = 210;

pub(super) fn files(targets: &[Target<'_>]) -> Vec<PlanFile> {
    let file = |name: &str, dimension| PlanFile { name: name.to_owned(), text: pretty(&requests(targets, dimension)) };
    vec![file("sagemaker-variants.json", Dimension::Variant), file("inference-components.json", Dimension::InferenceComponent)]
}

/// By operation, the requests in the order in which they are made.
fn requests(targets: &[Target<'_>], dimension: Dimension) -> Value {
    let address = |target: &Target<'_>| {
        let mut request = serde_json::Map::new();
        request.insert("ServiceNamespace".into(), "sagemaker".into());
        request.insert("ResourceId".into(), dimension.resource(target).into());
        request.insert("ScalableDimension".into(), dimension.name().into());
        request
    };
    let register = targets.iter().map(|target| {
        let mut request = address(target);
        request.insert("MinCapacity".into(), target.kind.fewest().into());
        request.insert("MaxCapacity".into(), target.kind.ceiling.into());
        Value::Object(request)
    });
    let schedule = targets.iter().flat_map(|target| {
        actions(&target.kind.replicas).into_iter().map(move |action| {
            let mut request = address(target);
            request.insert("ScheduledActionName".into(), action.name().into());
            request.insert("Schedule".into(), action.aws_cron().into());
            request.insert("Timezone".into(), "UTC".into());
            let bounds = json!({"MinCapacity": action.replicas, "MaxCapacity": target.kind.ceiling});
            request.insert("ScalableTargetAction".into(), bounds);
            Value::Object(request)
        })
    });
    let policies = targets.iter().filter_map(|target| {
        let invocations = invocations_a_minute(target)?;
        let mut request = address(target);
        request.insert("PolicyName".into(), format!("{}-invocations", target.name).into());
        request.insert("PolicyType".into(), "TargetTrackingScaling".into());
        let configuration = json!({
            "TargetValue": invocations,
            "PredefinedMetricSpecification": {"PredefinedMetricType": dimension.metric()},
            "ScaleInCooldown": SCALE_IN_SECONDS,
            "ScaleOutCooldown": SCALE_OUT_SECONDS,
        });
        request.insert("TargetTrackingScalingPolicyConfiguration".into(), configuration);
        Some(Value::Object(request))
    });
    json!({
        "RegisterScalableTarget": register.collect::<Vec<_>>(),
        "PutScheduledAction": schedule.collect::<Vec<_>>(),
        "PutScalingPolicy": policies.collect::<Vec<_>>(),
    })
}
