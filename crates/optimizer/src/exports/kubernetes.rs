//! Objects of Kubernetes: KEDA, HPA v2 and Karpenter.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::names::{Target, plain};
use super::schedule::{Span, spans};
use crate::document::PlanDocument;

/// The metric by which autoscalers see requests, as the README of vLLM's and most gateways' exporters name theirs: adapt it.
const METRIC: &str = "inference_requests_total";

fn metadata(target: &Target<'_>) -> Value {
    json!({
        "name": target.name,
        "labels": {"app.kubernetes.io/managed-by": "farthing", "app.kubernetes.io/part-of": target.endpoint},
        "annotations": {"farthing/workload": target.workload.id, "farthing/instance-type": target.kind.type_id},
    })
}

fn deployment(target: &Target<'_>) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": target.name})
}

/// Replicas go away no faster than one in a minute, after five minutes without need.
fn behavior() -> Value {
    json!({
        "scaleDown": {"stabilizationWindowSeconds": 300, "policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}]},
        "scaleUp": {"stabilizationWindowSeconds": 0, "policies": [{"type": "Percent", "value": 100, "periodSeconds": 60}]},
    })
}

/// A `ScaledObject` for each deployment: the plan as cron triggers, and a rate of requests that no plan foresaw.
pub(super) fn scaled_objects(targets: &[Target<'_>]) -> Vec<Value> {
    targets.iter().map(scaled_object).collect()
}

fn scaled_object(target: &Target<'_>) -> Value {
    // Every value of a trigger's metadata is a text.
    let mut triggers: Vec<Value> = spans(&target.kind.replicas)
        .iter()
        .map(|span| {
            let metadata = json!({
                "timezone": "Etc/UTC",
                "start": Span::cron(&span.start),
                "end": Span::cron(&span.end),
                "desiredReplicas": span.replicas.to_string(),
            });
            json!({"type": "cron", "metadata": metadata})
        })
        .collect();
    if let Some(capacity) = target.kind.rate() {
        let metadata = json!({
            "serverAddress": "http://prometheus.monitoring.svc:9090",
            "query": format!("sum(rate({METRIC}{{deployment=\"{}\"}}[2m]))", target.name),
            "threshold": capacity.to_string(),
            "ignoreNullValues": "true",
        });
        triggers.push(json!({"type": "prometheus", "metadata": metadata}));
    } else if triggers.is_empty() {
        triggers.push(json!({"type": "cpu", "metricType": "Utilization", "metadata": {"value": "80"}}));
    }
    json!({
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": metadata(target),
        "spec": {
            "scaleTargetRef": deployment(target),
            "pollingInterval": 30,
            "cooldownPeriod": 300,
            "minReplicaCount": target.kind.fewest(),
            "maxReplicaCount": target.kind.ceiling.max(1),
            "advanced": {"horizontalPodAutoscalerConfig": {"behavior": behavior()}},
            "triggers": triggers,
        },
    })
}

/// A horizontal autoscaler for each deployment, from the fewest replicas of the plan up to what the quota leaves. It knows no hours: it follows
/// requests alone, and only what the plan never goes below is its floor.
pub(super) fn autoscalers(targets: &[Target<'_>]) -> Vec<Value> {
    targets.iter().map(autoscaler).collect()
}

fn autoscaler(target: &Target<'_>) -> Value {
    let metric = match target.kind.rate() {
        Some(capacity) => json!({
            "type": "Pods",
            "pods": {
                "metric": {"name": METRIC.trim_end_matches("_total").to_owned() + "_per_second"},
                "target": {"type": "AverageValue", "averageValue": quantity(capacity)},
            },
        }),
        None => {
            json!({"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}})
        }
    };
    json!({
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": metadata(target),
        "spec": {
            "scaleTargetRef": deployment(target),
            "minReplicas": target.kind.fewest().max(1),
            "maxReplicas": target.kind.ceiling.max(1),
            "metrics": [metric],
            "behavior": behavior(),
        },
    })
}

/// A rate as a Kubernetes quantity, in thousandths and never above the rate.
fn quantity(rate: f64) -> String {
    format!("{}m", ((rate * 1000.0).floor() as u64).max(1))
}

/// A node pool for each instance type, as large as all autoscalers on top of the plan may go.
pub(super) fn node_pools(plan: &PlanDocument) -> Vec<Value> {
    // The ceiling of a workload is its own most and what is left beside the peak of all: the latter counts once.
    let mut most: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for kind in plan.workloads.iter().flat_map(|workload| &workload.types) {
        let (planned, on_top) = most.entry(&kind.type_id).or_default();
        *planned += u64::from(kind.most());
        *on_top = (*on_top).max(u64::from(kind.ceiling.saturating_sub(kind.most())));
    }
    most.iter()
        .filter(|(_, (planned, _))| *planned > 0)
        .map(|(type_id, (planned, on_top))| node_pool(type_id, planned + on_top))
        .collect()
}

fn node_pool(type_id: &str, most: u64) -> Value {
    // SageMaker's names of instance types are EC2's with a prefix.
    let instance_type = type_id.strip_prefix("ml.").unwrap_or(type_id);
    let requirement = |key: &str, value: &str| json!({"key": key, "operator": "In", "values": [value]});
    let mut limits = Map::new();
    limits.insert("nodes".into(), most.to_string().into());
    json!({
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": {"name": plain(instance_type), "labels": {"app.kubernetes.io/managed-by": "farthing"}},
        "spec": {
            "template": {
                "spec": {
                    "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "default"},
                    "requirements": [
                        requirement("node.kubernetes.io/instance-type", instance_type),
                        requirement("karpenter.sh/capacity-type", "on-demand"),
                    ],
                    "expireAfter": "720h",
                },
            },
            "disruption": {"consolidationPolicy": "WhenEmpty", "consolidateAfter": "5m", "budgets": [{"nodes": "10%"}]},
            "limits": limits,
        },
    })
}
