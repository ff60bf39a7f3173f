//! `farthing simulate`

use std::fs::File;
use std::io::Read;

use anyhow::Context as _;
use camino::Utf8PathBuf;
use clap::Args;
use farthing_application::{
    Conditions, LatencySummary, Miss, REACTIVE_TARGET, Reactive, ReactiveSignal, Replay, Sampling, Simulation, SimulationQuery,
    Spread, simulate_plan,
};

use crate::commands::{Context, plan, read_document};
use crate::exit::{Status, UsageError};
use crate::output::{Cell, Format, OutputArgs, Table};

/// How single requests differ in size.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum SpreadName {
    /// Every request is the mean one
    Fixed,
    /// Tokens of prompts and answers are exponential
    Exponential,
}

/// `farthing simulate`
#[derive(Debug, Args)]
pub struct SimulateArgs {
    /// A plan as `farthing plan fleet --format json` printed it, or the id of one that was kept
    pub plan: String,
    /// The instance that the plan was solved for: demand, capacities, prices
    #[arg(long, value_name = "FILE")]
    pub instance: Option<Utf8PathBuf>,
    /// The fleet profile (TOML): with its fitted parameters latencies are replayed, without it only rates are held against
    #[arg(long, value_name = "FILE")]
    pub profile: Option<Utf8PathBuf>,
    /// Recorded traffic as a request trace (CSV, also gzip), a row a request or a row a span of time
    #[arg(long, value_name = "FILE")]
    pub trace: Option<Utf8PathBuf>,
    /// What everything is drawn from: the same seed gives the same answer
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Cold starts, delays, spot loss, failures, bursts and promotion days (TOML); see the README
    #[arg(long, value_name = "FILE")]
    pub conditions: Option<Utf8PathBuf>,
    /// Play every request of every hour, where otherwise some two thousand an hour stand for the others
    #[arg(long)]
    pub every_request: bool,
    /// How generated requests differ in size
    #[arg(long, value_enum, default_value = "fixed")]
    pub sizes: SpreadName,
    /// In place of the plan's hours an autoscaler that aims at this many requests in the system for each replica
    #[arg(long, value_name = "REQUESTS", conflicts_with = "reactive_rate")]
    pub reactive: Option<f64>,
    /// In place of the plan's hours an autoscaler that aims at this share of the capacity in requests a second: 1 for all of it
    #[arg(long, value_name = "SHARE")]
    pub reactive_rate: Option<f64>,
    /// The autoscaler goes above the plan's hours instead of replacing them: how exported plans run
    #[arg(long)]
    pub floor: bool,
    /// Most replicas of a type under the autoscaler [default: twice the most of the plan]
    #[arg(long, value_name = "REPLICAS")]
    pub max_replicas: Option<u32>,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Replays a plan. Status 2 where it misses a promise.
pub async fn run(context: &Context, arguments: SimulateArgs) -> anyhow::Result<Status> {
    let query = query(context, &arguments).await?;
    let output = arguments.output.or(&context.output);
    let bar = context.progress.line();
    bar.set_message("replaying");
    let simulation = tokio::task::spawn_blocking(move || simulate_plan(query)).await??;
    bar.finish_and_clear();
    let is_csv = output.form() == Format::Csv;
    output.show(&simulation, || if is_csv { vec![hours(&simulation)] } else { tables(&simulation) })?;
    Ok(if simulation.keeps_promises { Status::Done } else { Status::Differences })
}

async fn query(context: &Context, arguments: &SimulateArgs) -> anyhow::Result<SimulationQuery> {
    let named = |path: &Option<Utf8PathBuf>| -> anyhow::Result<Option<(String, String)>> {
        path.as_ref().map(|path| Ok((path.to_string(), read_document(path)?))).transpose()
    };
    let reactive = reactive(arguments)?;
    let mut query = SimulationQuery::of(plan::document(context, &arguments.plan).await?);
    query.instance = named(&arguments.instance)?;
    query.profile = named(&arguments.profile)?;
    if let Some(path) = &arguments.trace {
        let file: Box<dyn Read + Send> = Box::new(File::open(path).with_context(|| path.to_string())?);
        query.trace = Some((path.to_string(), file));
    }
    query.seed = arguments.seed;
    if let Some((name, text)) = named(&arguments.conditions)? {
        query.conditions = toml::from_str::<Conditions>(&text).map_err(|error| anyhow::anyhow!("{name}: {error}"))?;
    }
    if arguments.every_request {
        query.sampling = Sampling::default();
    }
    query.spread = match arguments.sizes {
        SpreadName::Fixed => Spread::Fixed,
        SpreadName::Exponential => Spread::Exponential,
    };
    query.reactive = reactive;
    Ok(query)
}

/// The autoscaler asked for; on a floor without a target it is that of exported plans.
fn reactive(arguments: &SimulateArgs) -> Result<Option<Reactive>, UsageError> {
    let (signal, target) = match (arguments.reactive, arguments.reactive_rate) {
        (Some(target), _) => (ReactiveSignal::InSystem, target),
        (None, Some(target)) => (ReactiveSignal::RequestRate, target),
        (None, None) if arguments.floor => (ReactiveSignal::RequestRate, REACTIVE_TARGET),
        (None, None) if arguments.max_replicas.is_some() => {
            return Err(UsageError("--max-replicas is of an autoscaler: give --floor, --reactive-rate or --reactive".to_owned()));
        }
        (None, None) => return Ok(None),
    };
    if !(target > 0.0 && target.is_finite()) || arguments.max_replicas == Some(0) {
        return Err(UsageError("--reactive, --reactive-rate and --max-replicas are above 0".to_owned()));
    }
    Ok(Some(Reactive { signal, target, max_replicas: arguments.max_replicas, floor: arguments.floor }))
}

fn ms(value: Option<f64>) -> Cell {
    value.map_or(Cell::none(), |ms| Cell::figure(format!("{ms:.0}"), ms.to_string()))
}

fn share(value: f64) -> Cell {
    Cell::figure(format!("{:.2} %", value * 100.0), value.to_string())
}

/// The replay by workload, and what it costs.
pub fn tables(simulation: &Simulation) -> Vec<Table> {
    let from = simulation.from.map_or(String::new(), |from| format!(" from {}", from.format("%Y-%m-%dT%H:%MZ")));
    let title = format!("Replay · {} hours{from} · seed {}", simulation.hours, simulation.seed);
    let columns = [
        "Workload",
        ">Requests",
        ">Not served",
        ">Late",
        ">First token ms",
        ">p99",
        ">Between tokens ms",
        ">p99",
        ">Busy",
        ">Missed hours",
    ];
    let mut table = Table::new(title, &columns);
    for replay in &simulation.workloads {
        let mean = |summary: Option<LatencySummary>| ms(summary.map(|s| s.mean));
        let p99 = |summary: Option<LatencySummary>| ms(summary.map(|s| s.p99));
        table.row(vec![
            Cell::text(&replay.workload),
            Cell::count(replay.requests),
            Cell::count(replay.lost + replay.unserved),
            Cell::count(replay.late),
            mean(replay.time_to_first_token_ms),
            p99(replay.time_to_first_token_ms),
            mean(replay.inter_token_latency_ms),
            p99(replay.inter_token_latency_ms),
            share(replay.utilisation),
            Cell::count(u64::from(replay.missed_hours)),
        ]);
    }
    match simulation.missed_hours {
        0 => table.note("Every workload kept its promise in every hour."),
        missed => table.note(format!("{missed} hours of workloads missed a promise. `--format csv` lists every hour.")),
    }
    simulation.workloads.iter().filter_map(first_miss).take(10).for_each(|said| table.note(said));
    let mut types = Table::new("", &["Type", ">Hours planned", ">Hours paid", ">Price", ">On demand"]);
    let amount = |amount: Option<farthing_types::Amount>, decimals| amount.map_or(Cell::none(), |a| Cell::amount(a, decimals));
    for kind in &simulation.types {
        types.row(vec![
            Cell::text(&kind.type_id),
            Cell::count(kind.planned_hours),
            Cell::amount(kind.paid_hours, 1),
            amount(kind.price, 4),
            amount(kind.on_demand_cost, 2),
        ]);
    }
    if let Some(cost) = simulation.on_demand_cost {
        types.note(format!("On demand the paid hours cost {}.", crate::output::grouped(&cost.to_fixed(2))));
    }
    simulation.assumptions.iter().for_each(|assumption| types.note(format!("Assumed: {assumption}")));
    vec![table, types]
}

fn first_miss(replay: &Replay) -> Option<String> {
    let hour = replay.hours.iter().find(|hour| !hour.misses.is_empty())?;
    let said: Vec<String> = hour.misses.iter().map(miss).collect();
    Some(format!("{}, hour {}: {}.", replay.workload, hour.hour, said.join("; ")))
}

/// A miss in words.
pub fn miss(miss: &Miss) -> String {
    match miss {
        Miss::TimeToFirstToken { found_ms, promised_ms } => {
            format!("first token after {found_ms:.0} ms, promised {promised_ms:.0}")
        }
        Miss::InterTokenLatency { found_ms, promised_ms } => {
            format!("{found_ms:.1} ms between tokens, promised {promised_ms:.1}")
        }
        Miss::Capacity { demand, capacity } => format!("{demand:.3} requests a second where replicas serve {capacity:.3}"),
        Miss::Lost { requests, of } => format!("{requests} of {of} requests not served"),
    }
}

/// Every hour of every workload.
fn hours(simulation: &Simulation) -> Table {
    let columns = [
        "Workload",
        ">Hour",
        ">SecondsPlayed",
        ">Requests",
        ">Lost",
        ">Retried",
        ">Late",
        ">Demand",
        ">Capacity",
        ">Replicas",
        ">Utilisation",
        ">InService",
        ">Queue",
        ">QueueMax",
        ">WaitMs",
        ">FirstTokenMs",
        ">FirstTokenP99Ms",
        ">InterTokenMs",
        ">ResponseMs",
        ">ResponseP99Ms",
        "Missed",
    ];
    let mut table = Table::new("", &columns);
    let figure = |value: f64| Cell::figure(value.to_string(), value.to_string());
    for replay in &simulation.workloads {
        for hour in &replay.hours {
            let missed: Vec<String> = hour.misses.iter().map(miss).collect();
            table.row(vec![
                Cell::text(&replay.workload),
                Cell::count(u64::from(hour.hour)),
                figure(hour.seconds_played),
                Cell::count(hour.requests),
                Cell::count(hour.lost),
                Cell::count(hour.retried),
                Cell::count(hour.late),
                figure(hour.demand),
                figure(hour.capacity),
                figure(hour.replicas),
                figure(hour.utilisation),
                figure(hour.in_service),
                figure(hour.queue),
                Cell::count(hour.queue_max),
                ms(hour.wait_ms),
                ms(hour.time_to_first_token_ms),
                ms(hour.time_to_first_token_p99_ms),
                ms(hour.inter_token_latency_ms),
                ms(hour.response_ms),
                ms(hour.response_p99_ms),
                Cell::text(missed.join("; ")),
            ]);
        }
    }
    table
}
