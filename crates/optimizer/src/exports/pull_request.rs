use std::fmt::Write;

use farthing_types::Money;

use crate::document::PlanDocument;

/// The body of a pull request: what changes, what it saves, how sure that is, and how to go back.
pub(super) fn text(plan: &PlanDocument) -> String {
    let mut text = String::from("# Fleet plan\n\n");
    summary(&mut text, plan);
    text.push_str(
        "\n## What runs\n\n| Workload | Model | Today | Planned | Replicas | Promise |\n| --- | --- | --- | --- | ---: | --- |\n",
    );
    for workload in &plan.workloads {
        let today = workload.today.iter().map(|d| format!("{} × {}", d.replicas, d.type_id)).collect::<Vec<_>>().join(", ");
        let types = workload.types.iter().map(|kind| kind.type_id.as_str()).collect::<Vec<_>>().join(", ");
        let total = |hour: usize| workload.types.iter().map(|kind| kind.replicas[hour]).sum::<u32>();
        let (fewest, most) = (0..plan.hours).map(total).fold((u32::MAX, 0), |(low, high), n| (low.min(n), high.max(n)));
        let ms = |name: &str, value: Option<f64>| value.map(|value| format!("{name} {value} ms"));
        let slo =
            [ms("first token", workload.slo.time_to_first_token_ms), ms("between tokens", workload.slo.inter_token_latency_ms)];
        let slo = slo.into_iter().flatten().collect::<Vec<_>>().join(", ");
        let model = workload.model.as_ref().map_or(String::new(), ToString::to_string);
        let cells = [workload.id.as_str(), &model, &today, &types].map(cell);
        let _ = writeln!(text, "| {} | {fewest}–{most} | {} |", cells.join(" | "), cell(&slo));
    }
    if !plan.commit.values().all(|count| *count == 0) || plan.spend.is_some_and(|spend| spend > 0.0) {
        text.push_str("\n## Commitments\n\n");
        for (type_id, count) in plan.commit.iter().filter(|(_, count)| **count > 0) {
            let _ = writeln!(text, "- {count} × {} committed", cell(type_id));
        }
        if let Some(spend) = plan.spend.filter(|spend| *spend > 0.0) {
            let _ = writeln!(text, "- a spend of {spend} an hour");
        }
    }
    if !plan.assumptions.is_empty() {
        text.push_str("\n## What this rests on\n\n");
        plan.assumptions.iter().for_each(|said| {
            let _ = writeln!(text, "- {}", cell(said));
        });
    }
    text.push_str("\n## Rolling back\n\nRevert this change: the replicas and limits of before come back with the next apply. ");
    text.push_str("Commitments that were bought stay.\n");
    text
}

fn summary(text: &mut String, plan: &PlanDocument) {
    let line = |text: &mut String, name: &str, money: Option<Money>| {
        if let Some(money) = money {
            let _ = writeln!(text, "| {name} | {} {} |", money.amount.to_fixed(2), money.currency);
        }
    };
    let _ = writeln!(text, "| {} hours | |\n| --- | ---: |", plan.hours);
    line(text, "Cost now", plan.cost_now);
    line(text, "Cost planned", plan.cost_planned);
    line(text, "Saved", plan.saved);
    if let (None, Some(objective)) = (plan.cost_planned, plan.objective) {
        let _ = writeln!(text, "| Cost planned | {} |", objective.to_fixed(2));
    }
    let _ = writeln!(text, "| Status | {} |", cell(&plan.status.replace('_', " ")));
    if let (Some(bound), Some(gap)) = (plan.bound, plan.gap) {
        let _ = writeln!(text, "| No plan costs less than | {bound:.2} (gap {:.2} %) |", gap * 100.0);
    }
    if let Some(recommended) = plan.recommended {
        let _ = writeln!(text, "| Replay | {} |", if recommended { "keeps every promise" } else { "misses a promise" });
    }
    if let Some(id) = &plan.id {
        let _ = writeln!(text, "| Plan | `{}` |", cell(id));
    }
    if let Some(hash) = &plan.input_hash {
        let _ = writeln!(text, "| Made from | `{}` |", cell(hash));
    }
}

/// Text of a table or list: what would end its cell, begin markup or call somebody is made plain.
fn cell(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => plain.push(' '),
            '|' | '<' | '>' | '`' | '[' | ']' | '*' | '\\' => {
                plain.push('\\');
                plain.push(c);
            }
            // A zero-width joiner keeps a name from being a mention.
            '@' => plain.push_str("@\u{200d}"),
            c => plain.push(c),
        }
    }
    plain
}
