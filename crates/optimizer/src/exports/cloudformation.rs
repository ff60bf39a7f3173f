use serde_json::{Map, Value, json};

use super::app_autoscaling::{Dimension, SCALE_IN_SECONDS, SCALE_OUT_SECONDS, invocations_a_minute};
use super::names::Target;
use super::schedule::actions;

/// A template with a scalable target for each variant, its scheduled actions within, and its policy.
pub(super) fn template(targets: &[Target<'_>]) -> Value {
    let dimension = Dimension::Variant;
    let mut resources = Map::new();
    for target in targets {
        let scheduled = actions(&target.kind.replicas).into_iter().map(|action| {
            json!({
                "ScheduledActionName": action.name(),
                "Schedule": action.aws_cron(),
                "Timezone": "UTC",
                "ScalableTargetAction": {"MinCapacity": action.replicas, "MaxCapacity": target.kind.ceiling},
            })
        });
        let scalable = json!({
            "Type": "AWS::ApplicationAutoScaling::ScalableTarget",
            "Properties": {
                "ServiceNamespace": "sagemaker",
                "ResourceId": dimension.resource(target),
                "ScalableDimension": dimension.name(),
                "MinCapacity": target.kind.fewest(),
                "MaxCapacity": target.kind.ceiling,
                "ScheduledActions": scheduled.collect::<Vec<_>>(),
            },
        });
        let id = format!("{}Target", target.logical_id());
        if let Some(invocations) = invocations_a_minute(target) {
            let policy = json!({
                "Type": "AWS::ApplicationAutoScaling::ScalingPolicy",
                "Properties": {
                    "PolicyName": format!("{}-invocations", target.name),
                    "PolicyType": "TargetTrackingScaling",
                    "ScalingTargetId": {"Ref": id},
                    "TargetTrackingScalingPolicyConfiguration": {
                        "TargetValue": invocations,
                        "PredefinedMetricSpecification": {"PredefinedMetricType": dimension.metric()},
                        "ScaleInCooldown": SCALE_IN_SECONDS,
                        "ScaleOutCooldown": SCALE_OUT_SECONDS,
                    },
                },
            });
            resources.insert(format!("{}Policy", target.logical_id()), policy);
        }
        resources.insert(id, scalable);
    }
    json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Fleet plan: replicas of the week as scheduled actions, with target tracking between them",
        "Resources": resources,
    })
}
