//! `farthing plan fleet`, and plans as others need them

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, Subcommand};
use farthing_application::{
    PlannedFleet, Progress as Solving, SolveLimits, USUAL_ROUNDS, fleet, read_fleet_instance, solve_fleet_instance,
};
use indicatif::ProgressBar;

use crate::cli::AsOfArgs;
use crate::commands::plan_all::PlanAllArgs;
use crate::commands::plan_export::PlanExportArgs;
use crate::commands::plan_models::{PlanModelArgs, check_program_file, write_program};
use crate::commands::{Context, plan_explained, read_document};
use crate::exit::{Status, UsageError};
use crate::output::{Cell, OutputArgs, Table, grouped};

#[derive(Debug, Subcommand)]
pub enum PlanCommand {
    /// Instance types and hourly replicas for every workload
    Fleet(PlanFleetArgs),
    /// Everything, each step for what the steps before leave: fleet, commitments, storage, routing, contracts, portfolio
    All(PlanAllArgs),
    /// A plan as the files of those who run what it is about; nothing is applied
    Export(PlanExportArgs),
    /// Which reservations, spend plans and provisioned capacity to buy, how much and when
    Commitments(PlanModelArgs),
    /// Which contracts and licences to sign, and the price at which each choice flips
    Contracts(PlanModelArgs),
    /// In which storage class data lies until it is deleted, and the S3 lifecycle that does it
    Storage(PlanModelArgs),
    /// Keep, retrain, repurpose, merge or retire every automation, within budget and what teams can do
    Portfolio(PlanModelArgs),
    /// Which share of decisions goes to which model, size and team
    Routing(PlanModelArgs),
}

#[derive(Debug, Args)]
pub struct PlanFleetArgs {
    /// Solve this instance file instead of the measured demand; needs no home
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from_data", "as_of"])]
    pub instance: Option<Utf8PathBuf>,
    /// Have workers solve the parts of the instance that share no quota and no commitment, each as a run of the kind `solve`; the plan is
    /// the same as without
    #[arg(long, requires = "instance", conflicts_with = "explain")]
    pub by_workers: bool,
    /// Plan for the demand that imported usage shows (the default)
    #[arg(long)]
    pub from_data: bool,
    /// Most rounds of search of a large fleet, the same on every machine; 0 for as many as the time allows [default: 12; 0 where a time
    /// limit is given]
    #[arg(long, value_name = "ROUNDS")]
    pub rounds: Option<u32>,
    /// In any case stop after this many seconds with the best plan so far, which the status says [default: 600]
    #[arg(long, value_name = "SECONDS")]
    pub time_limit: Option<u64>,
    /// Stop when the plan is proven this close to the best possible: 0.001 is a tenth of a percent
    #[arg(long, default_value_t = 0.001)]
    pub gap: f64,
    /// Also say what binds, what other limits, promises and choices cost, and how far the choice stands: many shorter solves
    #[arg(long)]
    pub explain: bool,
    /// Also write the program of the instance, so that another solver can check the answer: a file that ends in .mps or .lp
    #[arg(long, value_name = "FILE", requires = "instance")]
    pub write_program: Option<Utf8PathBuf>,
    #[command(flatten)]
    pub moment: AsOfArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Whoever names a time wants the best plan by then; otherwise the work is limited, and the plan the same on every machine.
fn limits(arguments: &PlanFleetArgs) -> Result<SolveLimits, UsageError> {
    if !(0.0..1.0).contains(&arguments.gap) || arguments.time_limit == Some(0) {
        return Err(UsageError("--gap lies between 0 and 1, and --time-limit is at least a second".to_owned()));
    }
    let rounds = arguments.rounds.unwrap_or(if arguments.time_limit.is_some() { 0 } else { USUAL_ROUNDS });
    let time_limit = Duration::from_secs(arguments.time_limit.unwrap_or(MOST_SECONDS));
    Ok(SolveLimits { time_limit, gap: arguments.gap, rounds })
}

/// How long a fleet is planned where nobody says.
const MOST_SECONDS: u64 = 600;

/// Solves an instance file, or plans for the measured demand. Status 2 where no plan exists.
pub async fn run(context: &Context, arguments: PlanFleetArgs) -> anyhow::Result<Status> {
    let limits = limits(&arguments)?;
    check_program_file(arguments.write_program.as_deref())?;
    let (explain, output) = (arguments.explain, arguments.output.or(&context.output));
    let mut following = Following::new(context.progress.line());
    if let Some(path) = &arguments.instance {
        let (name, bar) = (path.to_string(), following.bar.clone());
        let instance = read_fleet_instance(&read_document(path)?, &name)?;
        if let Some(path) = &arguments.write_program {
            write_program(path, &fleet::whole_program(&instance))?;
        }
        let outcome = if arguments.by_workers {
            let follow = |progress, done, parts| following.follow_parts(progress, done, parts);
            context.open().await?.plan_fleet_by_workers(&instance, &name, &limits, follow).await?
        } else {
            let work =
                move || solve_fleet_instance(&instance, &name, &limits, explain, &mut |progress| following.follow(progress));
            tokio::task::spawn_blocking(work).await??
        };
        bar.finish_and_clear();
        let tables = || {
            let mut tables = vec![instance_table(&outcome)];
            tables.extend(outcome.explanation.as_deref().into_iter().flat_map(plan_explained::tables));
            tables
        };
        output.show(&outcome, tables)?;
        report_shortages(&outcome);
        return Ok(status(outcome.status));
    }
    let bar = following.bar.clone();
    let planned = context
        .open_as_of(arguments.moment)
        .await?
        .plan_fleet(limits, explain, move |progress| following.follow(progress))
        .await?;
    bar.finish_and_clear();
    output.show(&planned, || tables(&planned))?;
    Ok(if planned.plan.recommended { Status::Done } else { Status::Differences })
}

/// The name and text of a plan: of a file, or of one that was kept, by its id.
pub async fn document(context: &Context, plan: &str) -> anyhow::Result<(String, String)> {
    let path = Utf8Path::new(plan);
    let is_id = plan.len() == 36 && plan.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
    if path.exists() || !is_id {
        return Ok((plan.to_owned(), read_document(path)?));
    }
    Ok((format!("plan {plan}"), context.open().await?.kept_plan(plan).await?))
}

/// Says on stderr what cannot be met.
fn report_shortages(outcome: &fleet::Outcome) {
    for reason in outcome.reasons().iter().take(10) {
        eprintln!("infeasible: {reason}");
    }
}

fn status(status: fleet::Status) -> Status {
    if status == fleet::Status::Infeasible { Status::Differences } else { Status::Done }
}

/// Shows how far the search is, and stops it at Ctrl-C with the best plan so far.
pub struct Following {
    /// The line on stderr.
    pub bar: ProgressBar,
    stop: Arc<AtomicBool>,
}

impl Following {
    /// Follows a search on this line.
    pub fn new(bar: ProgressBar) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let flag = stop.clone();
        tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                flag.store(true, Ordering::Relaxed);
            }
        });
        Self { bar, stop }
    }

    /// Shows one step.
    pub fn follow(&mut self, progress: Solving) -> ControlFlow<()> {
        let gap = progress.gap().map_or(String::new(), |gap| format!(" · gap {:.2} %", gap * 100.0));
        let best = progress.objective.map_or(String::new(), |cost| format!(" · best {cost:.2}"));
        self.bar.set_message(format!("{:.0} s · {}{best}{gap}", progress.seconds, progress.phase));
        self.bar.tick();
        if self.stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl Following {
    /// Shows how many parts others have solved.
    fn follow_parts(&mut self, progress: Solving, done: usize, parts: usize) -> ControlFlow<()> {
        self.bar.set_message(format!("{:.0} s · {done} of {parts} {}", progress.seconds, progress.phase));
        self.bar.tick();
        if self.stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

fn instance_table(outcome: &fleet::Outcome) -> Table {
    let mut table = Table::new("Fleet plan", &["", ">"]);
    let figure = |value: Option<f64>| value.map_or(Cell::none(), |v| Cell::figure(format!("{v:.4}"), v.to_string()));
    table.row(vec![Cell::text("Status"), Cell::text(status_words(outcome.status))]);
    table.row(vec![Cell::text("Objective"), outcome.objective.map_or(Cell::none(), |cost| Cell::amount(cost, 4))]);
    table.row(vec![Cell::text("Bound"), figure(outcome.bound)]);
    table.row(vec![Cell::text("Gap"), percent(outcome.gap)]);
    table.row(vec![Cell::text("Seconds"), figure(Some(outcome.seconds))]);
    if outcome.plan.is_some() {
        table.note("The plan itself is in `--format json`.");
    }
    table
}

fn percent(share: Option<f64>) -> Cell {
    share.map_or(Cell::none(), |s| Cell::figure(format!("{:.2} %", s * 100.0), s.to_string()))
}

fn status_words(status: fleet::Status) -> &'static str {
    match status {
        fleet::Status::Optimal => "optimal",
        fleet::Status::GapLimit => "within the gap asked for",
        fleet::Status::TimeLimit => "stopped by the clock: the best plan so far",
        fleet::Status::WorkLimit => "all rounds of search are done",
        fleet::Status::Infeasible => "infeasible",
    }
}

/// The plan by workload, with today's cost beside it.
pub fn tables(planned: &PlannedFleet) -> Vec<Table> {
    let plan = &planned.plan;
    let title = format!("Fleet plan · {} · {} hours · {}", plan.currency, plan.hours, status_words(plan.status));
    let mut table = Table::new(
        title,
        &["Workload", "Model", "Today", "Planned", ">Replicas", ">Peak req/s", ">Peak use", ">On-demand value"],
    );
    for workload in &plan.workloads {
        let today = workload.today.iter().map(|d| format!("{} × {}", d.replicas, d.type_id)).collect::<Vec<_>>().join(", ");
        let types = workload.types.iter().map(|t| t.type_id.as_str()).collect::<Vec<_>>().join(", ");
        table.row(vec![
            Cell::text(workload.workload.to_string()),
            Cell::text(workload.model.to_string()),
            Cell::text(today),
            Cell::text(types),
            Cell::figure(format!("{}–{}", workload.min_replicas, workload.max_replicas), workload.max_replicas.to_string()),
            Cell::figure(format!("{:.2}", workload.peak_demand), workload.peak_demand.to_string()),
            percent(Some(workload.peak_utilisation)),
            Cell::money(workload.on_demand_value.amount),
        ]);
    }
    let mut sums = Table::new("", &["A week", ">"]);
    let money = |m: Option<farthing_types::Money>| m.map_or(Cell::none(), |m| Cell::money(m.amount));
    sums.row(vec![Cell::text("Cost now"), money(plan.cost_now)]);
    sums.row(vec![Cell::text("Cost planned"), money(plan.cost_planned)]);
    sums.row(vec![Cell::text("Saved"), money(plan.saved)]);
    if let (Some(bound), Some(gap)) = (plan.bound, plan.gap) {
        let bound = grouped(&format!("{bound:.2}"));
        sums.note(format!("No plan costs less than {bound}: gap {:.2} %, solved in {:.1} s.", gap * 100.0, plan.seconds));
    }
    if let Some(replay) = &plan.replay {
        sums.note(match plan.recommended {
            true => "Replayed request by request, every workload keeps its promise in every hour.".to_owned(),
            false => "NOT RECOMMENDED: replayed request by request, it misses a promise.".to_owned(),
        });
        let missed = replay.workloads.iter().filter_map(|w| w.first_miss.as_ref().map(|first| (w, first)));
        for (workload, first) in missed.take(10) {
            let said: Vec<String> = first.misses.iter().map(super::simulate::miss).collect();
            let (name, hours) = (&workload.workload, workload.missed_hours);
            sums.note(format!("{name} misses in {hours} hours, first in hour {}: {}.", first.hour, said.join("; ")));
        }
    }
    for shortfall in &plan.today_shortfalls {
        sums.note(format!(
            "Today's deployment of {} cannot keep its promise in {} of {} hours.",
            shortfall.workload, shortfall.hours, plan.hours
        ));
    }
    plan.plan.reasons().iter().take(10).for_each(|reason| sums.note(format!("Infeasible: {reason}")));
    plan.assumptions.iter().for_each(|assumption| sums.note(format!("Assumed: {assumption}")));
    let again = planned.expires_at.format("%Y-%m-%d");
    sums.note(match &planned.id {
        Some(id) => format!("Plan {id}, to be made again from {again}."),
        None => "As of an earlier moment; it was not made then, and is not kept.".to_owned(),
    });
    let mut tables = vec![table, sums];
    if let Some(explanation) = plan.plan.explanation.as_deref() {
        tables.extend(plan_explained::tables(explanation));
        tables.extend(plan_explained::promises(&plan.promise_curve));
    }
    tables
}
