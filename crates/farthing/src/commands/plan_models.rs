//! `farthing plan commitments|contracts|storage|portfolio|routing`

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use farthing_application::{
    MEASURED_GAP, MeasuredPlan, Model, ModelInstance, ModelStatus, Planned, Program, ProgramLimits, Proof, commitments,
    contracts, portfolio_plan, routing, storage,
};
use farthing_types::{Amount, BillingPeriod, Money};

use crate::cli::AsOfArgs;
use crate::commands::{Context, read_document};
use crate::exit::{Status, UsageError};
use crate::output::{Cell, OutputArgs, Table, grouped};

#[derive(Debug, Args)]
pub struct PlanModelArgs {
    /// Solve this instance, in the format of the model's MODEL.md, instead of imported data; needs no home
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from_data", "period", "as_of"])]
    pub instance: Option<Utf8PathBuf>,
    /// Plan from imported data and the planning document (the default)
    #[arg(long)]
    pub from_data: bool,
    /// The month whose facts the plan rests on, as 2026-05; the newest one without it
    #[arg(long)]
    pub period: Option<BillingPeriod>,
    /// Also write what was solved from imported data, in the format of the model's MODEL.md
    #[arg(long, value_name = "FILE", conflicts_with = "instance")]
    pub write_instance: Option<Utf8PathBuf>,
    /// Most nodes of the search tree of one program, the same on every machine; 0 for as many as the time allows
    #[arg(long, default_value_t = farthing_application::USUAL_NODES, value_name = "NODES")]
    pub nodes: u32,
    /// In any case stop after this many seconds with the best plan so far, which the status says
    #[arg(long, default_value_t = 600, value_name = "SECONDS")]
    pub time_limit: u64,
    /// Stop when the plan is proven this close to the best possible; 0 asks for the optimum, and 0.001 is the least for imported data
    #[arg(long, default_value_t = 0.0)]
    pub gap: f64,
    /// Also write the program, so that another solver can check the answer: a file that ends in .mps or .lp
    #[arg(long, value_name = "FILE")]
    pub write_program: Option<Utf8PathBuf>,
    #[command(flatten)]
    pub moment: AsOfArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Solves an instance file, or plans from imported data. Status 2 where no plan exists.
pub async fn run(context: &Context, model: Model, arguments: PlanModelArgs) -> anyhow::Result<Status> {
    if !(0.0..1.0).contains(&arguments.gap) || arguments.time_limit == 0 {
        return Err(UsageError("--gap lies between 0 and 1, and --time-limit is at least a second".to_owned()).into());
    }
    check_program_file(arguments.write_program.as_deref())?;
    let limits =
        ProgramLimits { time_limit: Duration::from_secs(arguments.time_limit), gap: arguments.gap, nodes: arguments.nodes };
    let output = arguments.output.or(&context.output);
    let bar = context.progress.line();
    let plan = match &arguments.instance {
        Some(path) => {
            let (name, text) = (path.to_string(), read_document(path)?);
            let instance = ModelInstance::read(model, &text, &name)?;
            if let Some(path) = &arguments.write_program {
                write_program(path, &instance.program())?;
            }
            bar.set_message("solving");
            let plan = tokio::task::spawn_blocking(move || instance.solve(&limits, &name)).await??;
            bar.finish_and_clear();
            output.show(&plan, || tables(&plan.plan))?;
            plan
        }
        None => {
            bar.set_message("reading facts and solving");
            // Finer than what the measured hours are worth.
            let limits = ProgramLimits { gap: limits.gap.max(MEASURED_GAP), ..limits };
            let farthing = context.open_as_of(arguments.moment).await?;
            let measured = farthing.plan_model(model, arguments.period, limits).await?;
            bar.finish_and_clear();
            let text = measured.instance.to_string();
            if let Some(path) = &arguments.write_instance {
                std::fs::write(path, &text).map_err(|error| anyhow::anyhow!("{path}: {error}"))?;
            }
            if let Some(path) = &arguments.write_program {
                let instance = ModelInstance::read(model, &text, "the instance from imported data")?;
                write_program(path, &instance.program())?;
            }
            output.show(&measured, || measured_tables(&measured))?;
            measured.plan
        }
    };
    let proof = plan.plan.proof();
    for relaxation in &proof.relaxations {
        eprintln!("infeasible: the least that helps: {relaxation}");
    }
    if proof.status == ModelStatus::Infeasible && proof.relaxations.is_empty() {
        eprintln!("infeasible: no limit that may give way helps; look at what the constraints exclude altogether");
    }
    Ok(if proof.objective.is_none() { Status::Differences } else { Status::Done })
}

/// Refuses a file for a program that has neither form.
pub fn check_program_file(path: Option<&Utf8Path>) -> Result<(), UsageError> {
    match path.map(Utf8Path::extension) {
        None | Some(Some("mps" | "lp")) => Ok(()),
        Some(_) => Err(UsageError("--write-program takes a file that ends in .mps or .lp".to_owned())),
    }
}

/// Writes a program for other solvers, in the form that the name of the file says.
pub fn write_program(path: &Utf8Path, program: &Program) -> anyhow::Result<()> {
    let text = if path.extension() == Some("lp") { program.to_lp() } else { program.to_mps() };
    std::fs::write(path, text).map_err(|error| anyhow::anyhow!("{path}: {error}"))
}

/// What a plan from imported data costs beside today, below the plan itself.
pub fn measured_tables(measured: &MeasuredPlan) -> Vec<Table> {
    let mut tables = tables(&measured.plan.plan);
    let months = if measured.months == 1 { "A month".to_owned() } else { format!("{} months", measured.months) };
    let mut costs = Table::new(format!("{months} like {} · {}", measured.period, measured.currency), &["", ">Money"]);
    let money = |amount: Option<Money>| or_none(amount, |money| Cell::money(money.amount));
    costs.row(vec![Cell::text("Cost now"), money(measured.cost_now)]);
    costs.row(vec![Cell::text("Cost planned"), money(measured.cost_planned)]);
    costs.row(vec![Cell::text("Saved"), money(measured.saved)]);
    if let Some((low, high)) = measured.saved_low.zip(measured.saved_high) {
        let figure = |money: Money| grouped(&money.amount.to_fixed(2));
        costs.note(format!("Saved between {} and {}: {}.", figure(low), figure(high), measured.interval));
    }
    measured.assumptions.iter().for_each(|said| costs.note(format!("Assumed: {said}")));
    let again = measured.expires_at.format("%Y-%m-%d");
    costs.note(match &measured.id {
        Some(id) => format!("Plan {id}, to be made again from {again}."),
        None => "As of an earlier moment; it was not made then, and is not kept.".to_owned(),
    });
    tables.push(costs);
    tables
}

fn tables(plan: &Planned) -> Vec<Table> {
    let mut tables = match plan {
        Planned::Commitments(plan) => commitment_tables(plan),
        Planned::Contracts(plan) => contract_tables(plan),
        Planned::Storage(plan) => storage_tables(plan),
        Planned::Portfolio(plan) => portfolio_tables(plan),
        Planned::Routing(plan) => routing_tables(plan),
    };
    let proof = plan.proof();
    if let Some(last) = tables.last_mut() {
        last.note(proven(proof));
        proof.relaxations.iter().for_each(|relaxation| last.note(format!("The least that helps: {relaxation}.")));
    }
    tables
}

/// What is proven, in a sentence.
fn proven(proof: &Proof) -> String {
    let words = match proof.status {
        ModelStatus::Optimal => "Optimal",
        ModelStatus::GapLimit => "Within the gap asked for",
        ModelStatus::TimeLimit => "Stopped by the clock: the best plan so far",
        ModelStatus::WorkLimit => "All nodes of the search are done",
        ModelStatus::Feasible => "Feasible, priced in the provider's order of application",
        ModelStatus::Infeasible => "Infeasible",
        ModelStatus::Unbounded => "Unbounded: a limit is missing",
    };
    let Some((bound, gap)) = proof.bound.zip(proof.gap) else { return format!("{words}.") };
    let (bound, gap) = (grouped(&format!("{bound:.2}")), gap * 100.0);
    format!("{words}: no plan has an objective below {bound}, gap {gap:.2} %.")
}

fn percent(share: Amount) -> Cell {
    let shown = share.checked_mul(Amount::from_int(100)).map(|p| format!("{} %", p.to_fixed(1)));
    Cell::figure(shown.unwrap_or_default(), share.to_string())
}

fn or_none<T>(value: Option<T>, cell: impl FnOnce(T) -> Cell) -> Cell {
    value.map_or_else(Cell::none, cell)
}

fn sums(title: &str, rows: &[(&str, Option<Amount>)]) -> Table {
    let mut table = Table::new(title, &["", ">Money"]);
    for (name, amount) in rows {
        table.row(vec![Cell::text(*name), or_none(*amount, Cell::money)]);
    }
    table
}

fn commitment_tables(plan: &commitments::Outcome) -> Vec<Table> {
    let mut bought = Table::new("Commitments to buy", &["Offer", ">Month", ">Until month", ">Quantity"]);
    for purchase in &plan.purchases {
        bought.row(vec![
            Cell::text(purchase.offer.clone()),
            Cell::count(u64::from(purchase.month)),
            Cell::count(u64::from(purchase.ends)),
            Cell::amount(purchase.quantity, 3),
        ]);
    }
    let Some(priced) = &plan.priced else { return vec![bought] };
    let mut used = Table::new("Use", &["Offer", ">Cost", ">Used", ">Break-even use"]);
    for offer in &priced.offers {
        let even = plan.break_even.iter().filter(|b| b.offer == offer.offer).map(|b| b.utilisation).min();
        used.row(vec![
            Cell::text(offer.offer.clone()),
            Cell::money(offer.cost),
            percent(offer.utilisation),
            or_none(even, percent),
        ]);
    }
    let mut costs = sums(
        "Cost over the horizon",
        &[
            ("All on demand", Some(priced.all_on_demand)),
            ("Commitments", Some(priced.commitments)),
            ("On demand beside them", Some(priced.on_demand)),
            ("Expected", Some(priced.expected)),
            ("Worst cases (CVaR)", priced.tail),
            ("Paid upfront", Some(priced.upfront)),
        ],
    );
    for alternative in &plan.alternatives {
        let cost = or_none(alternative.objective, Cell::money);
        costs.row(vec![Cell::text(format!("Instead: {}", alternative.name)), cost]);
    }
    let mut demand = Table::new("If demand is other than planned", &[">Demand", ">This plan", ">The right plan", ">Regret"]);
    for at in &plan.sensitivity {
        demand.row(vec![percent(at.demand), Cell::money(at.plan), Cell::money(at.best), Cell::money(at.regret)]);
    }
    vec![bought, used, costs, demand]
}

fn contract_tables(plan: &contracts::Outcome) -> Vec<Table> {
    let heads = ["Contract", "Signed", ">Packs or seats", ">Cost", ">Flips at", "Proven"];
    let mut table = Table::new("Contracts", &heads);
    for contract in &plan.contracts {
        let proven = contract.flip.map_or("", |f| if f.proven { "yes" } else { "no" });
        table.row(vec![
            Cell::text(contract.contract.clone()),
            Cell::text(if contract.signed { "yes" } else { "no" }),
            Cell::count(u64::from(contract.count)),
            Cell::money(contract.cost),
            or_none(contract.flip, |f| percent(f.factor)),
            Cell::text(proven),
        ]);
    }
    if let Some(cost) = plan.proof.objective {
        table.total =
            Some(vec![Cell::text("Expected"), Cell::text(""), Cell::none(), Cell::money(cost), Cell::none(), Cell::text("")]);
        table.note("\"Flips at\": the share of its prices at which signing a contract and leaving it cost the same.");
    }
    vec![table]
}

fn storage_tables(plan: &storage::Outcome) -> Vec<Table> {
    let mut table = Table::new("Storage", &["Dataset", "Way", ">Deleted in month", ">Today", ">Planned"]);
    for dataset in &plan.datasets {
        let way: Vec<String> = dataset.stays.iter().map(|s| format!("{} from month {}", s.class, s.from)).collect();
        table.row(vec![
            Cell::text(dataset.dataset.clone()),
            Cell::text(way.join(", ")),
            or_none(dataset.deleted, |month| Cell::count(u64::from(month))),
            or_none(dataset.today, Cell::money),
            Cell::money(dataset.planned.total),
        ]);
    }
    plan.lifecycle_refused.iter().for_each(|why| table.note(format!("No S3 lifecycle: {why}.")));
    if plan.lifecycle.is_some() {
        table.note("The S3 lifecycle is in `--format json`, under `lifecycle`.");
    }
    vec![table]
}

fn portfolio_tables(plan: &portfolio_plan::Outcome) -> Vec<Table> {
    let mut table = Table::new("Portfolio", &["Asset", "Today", "Planned", ">Value", ">Spend"]);
    for asset in &plan.assets {
        table.row(vec![
            Cell::text(asset.asset.clone()),
            Cell::text(asset.today.clone()),
            Cell::text(asset.option.clone()),
            Cell::money(asset.value),
            Cell::money(asset.spend),
        ]);
    }
    let Some(score) = &plan.scorecard else { return vec![table] };
    let mut card = Table::new("Scorecard", &["", ">Today", ">Planned"]);
    let mut row = |name: &str, of: &dyn Fn(&portfolio_plan::Scorecard) -> Option<Amount>| {
        let today = plan.today.as_ref().and_then(of);
        card.row(vec![Cell::text(name), or_none(today, Cell::money), or_none(of(score), Cell::money)]);
    };
    row("Value", &|s| Some(s.value));
    row("Running cost", &|s| Some(s.run_cost));
    row("One-off cost", &|s| Some(s.one_off));
    row("Net", &|s| Some(s.net));
    row("Value for each unit spent", &|s| s.value_per_spend);
    row("Left of the budget", &|s| s.budget_left);
    let mut tables = vec![table, card];
    if !plan.frontier.is_empty() {
        let mut frontier = Table::new("Other budgets", &[">Budget", ">Value", ">Spend", ">Net"]);
        for at in &plan.frontier {
            let money = |amount: Option<Amount>| or_none(amount, Cell::money);
            frontier.row(vec![Cell::money(at.budget), money(at.value), money(at.spend), money(at.net)]);
        }
        tables.push(frontier);
    }
    tables
}

fn routing_tables(plan: &routing::Outcome) -> Vec<Table> {
    let mut table = Table::new("Routing", &["Decision", "Handler", "Size", ">Decisions", ">Share", ">Cost"]);
    for route in &plan.routes {
        table.row(vec![
            Cell::text(route.decision.clone()),
            Cell::text(route.handler.clone()),
            Cell::text(route.size.clone().unwrap_or_default()),
            Cell::amount(route.decisions, 0),
            percent(route.share),
            Cell::money(route.cost),
        ]);
    }
    let mut prices = Table::new("What binds", &["Constraint", ">Cost of one more", "Unit"]);
    for price in &plan.prices {
        let figure = Cell::figure(format!("{:.4}", price.price), price.price.to_string());
        prices.row(vec![Cell::text(price.constraint.clone()), figure, Cell::text(price.unit.clone())]);
    }
    let mut demand = Table::new("If demand is other than planned", &[">Demand", ">Least cost"]);
    for at in &plan.demand {
        demand.row(vec![percent(at.demand), or_none(at.cost, Cell::money)]);
    }
    vec![table, prices, demand]
}
