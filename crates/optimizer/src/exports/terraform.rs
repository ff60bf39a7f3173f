use std::fmt::Write;

use super::app_autoscaling::{Dimension, SCALE_IN_SECONDS, SCALE_OUT_SECONDS, invocations_a_minute};
use super::names::Target;
use super::schedule::{Action, actions};

/// Resources of the AWS provider for each variant, laid out as `terraform fmt` does.
pub(super) fn text(targets: &[Target<'_>]) -> String {
    let blocks = targets.iter().flat_map(|target| {
        let actions = actions(&target.kind.replicas);
        let scheduled = actions.iter().map(|action| scheduled_action(target, action)).collect::<Vec<_>>();
        std::iter::once(scalable_target(target)).chain(scheduled).chain(policy(target))
    });
    blocks.collect::<Vec<_>>().join("\n")
}

/// A text of HCL: what begins an interpolation is doubled.
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "$${").replace("%{", "%%{");
    format!("\"{escaped}\"")
}

fn scalable_target(target: &Target<'_>) -> String {
    let dimension = Dimension::Variant;
    let mut text = String::new();
    let _ = write!(
        text,
        "resource \"aws_appautoscaling_target\" {name} {{\n  service_namespace  = \"sagemaker\"\n  resource_id        = {resource}\n  \
         scalable_dimension = \"{dimension}\"\n  min_capacity       = {fewest}\n  max_capacity       = {most}\n\n  lifecycle {{\n    \
         # The scheduled actions move both.\n    ignore_changes = [min_capacity, max_capacity]\n  }}\n}}\n",
        name = quoted(&target.identifier()),
        resource = quoted(&dimension.resource(target)),
        dimension = dimension.name(),
        fewest = target.kind.fewest(),
        most = target.kind.ceiling,
    );
    text
}

/// The three arguments by which the others refer to the target.
fn references(target: &Target<'_>) -> String {
    let of = |field: &str| format!("aws_appautoscaling_target.{}.{field}", target.identifier());
    format!(
        "  service_namespace  = {}\n  resource_id        = {}\n  scalable_dimension = {}\n",
        of("service_namespace"),
        of("resource_id"),
        of("scalable_dimension")
    )
}

fn scheduled_action(target: &Target<'_>, action: &Action) -> String {
    let name = action.name();
    format!(
        "resource \"aws_appautoscaling_scheduled_action\" {id} {{\n  name               = {name}\n{references}  schedule           = {schedule}\n  \
         timezone           = \"UTC\"\n\n  scalable_target_action {{\n    min_capacity = {replicas}\n    max_capacity = {most}\n  }}\n}}\n",
        id = quoted(&format!("{}_{}", target.identifier(), name.replace('-', "_"))),
        name = quoted(&format!("{}-{name}", target.name)),
        references = references(target),
        schedule = quoted(&action.aws_cron()),
        replicas = action.replicas,
        most = target.kind.ceiling,
    )
}

fn policy(target: &Target<'_>) -> Option<String> {
    let invocations = invocations_a_minute(target)?;
    Some(format!(
        "resource \"aws_appautoscaling_policy\" {id} {{\n  name               = {name}\n  policy_type        = \"TargetTrackingScaling\"\n{references}\n  \
         target_tracking_scaling_policy_configuration {{\n    target_value       = {invocations}\n    scale_in_cooldown  = {SCALE_IN_SECONDS}\n    \
         scale_out_cooldown = {SCALE_OUT_SECONDS}\n\n    predefined_metric_specification {{\n      predefined_metric_type = \"{metric}\"\n    }}\n  }}\n}}\n",
        id = quoted(&target.identifier()),
        name = quoted(&format!("{}-invocations", target.name)),
        references = references(target),
        metric = Dimension::Variant.metric(),
    ))
}
