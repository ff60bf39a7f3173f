//! `farthing token-cost`

use clap::{Args, ValueEnum};
use farthing_application::{
    BasisCost, BasisReconciliation, Cheaper, CostBasis, HostedModel, TokenCost, TokenCostBy, TokenCostQuery, TokenGroup,
};
use farthing_types::{Amount, BillingPeriod, Cost, Selection, Window, round_to_total};

use crate::cli::AsOfArgs;
use crate::commands::Context;
use crate::exit::Status;
use crate::output::{Cell, OutputArgs, Table, grouped};

#[derive(Debug, Args)]
pub struct TokenCostArgs {
    /// Only this model, with or without its version
    #[arg(long)]
    model: Option<String>,
    /// What the bill says, what the prices say, or both
    #[arg(long, value_enum, default_value_t = BasisArg::Both)]
    basis: BasisArg,
    /// What usage is told apart by: any of model, version, deployment, operation, principal, unit
    #[arg(long, value_delimiter = ',', default_value = "model", value_name = "WORDS")]
    by: Vec<TokenCostBy>,
    /// A billing period, as 2026-05; the newest one without it
    #[arg(long)]
    period: Option<BillingPeriod>,
    /// Days of usage and of charges instead, as 2026-05-01/2026-05-08
    #[arg(long, conflicts_with = "period")]
    window: Option<Window>,
    /// Which of the bill's four costs
    #[arg(long, default_value = "effective", value_name = "billed|effective|contracted|list")]
    cost: Cost,
    #[command(flatten)]
    moment: AsOfArgs,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BasisArg {
    /// The bill's cost of what serves the tokens, shared by what was served
    Allocation,
    /// The tokens times their prices; needs no bill
    Usage,
    /// Side by side, with the difference by its parts
    Both,
}

impl From<BasisArg> for CostBasis {
    fn from(basis: BasisArg) -> Self {
        match basis {
            BasisArg::Allocation => Self::Allocation,
            BasisArg::Usage => Self::Usage,
            BasisArg::Both => Self::Both,
        }
    }
}

/// Prints what tokens cost. Status 2 where the proof does not hold.
pub async fn run(context: &Context, arguments: TokenCostArgs) -> anyhow::Result<Status> {
    let selection = arguments.period.map(Selection::Period).or(arguments.window.map(Selection::Window));
    let (basis, cost, by) = (arguments.basis.into(), arguments.cost, arguments.by);
    let query = TokenCostQuery { selection, model: arguments.model, basis, by, cost };
    let reports = context.open_as_of(arguments.moment).await?.token_cost(&query).await?;
    arguments.output.or(&context.output).show(&reports, || tables(&reports, basis, cost))?;
    Ok(if reports.iter().all(|report| report.proven) { Status::Done } else { Status::Differences })
}

/// The tables of each currency.
pub fn tables(reports: &[TokenCost], basis: CostBasis, cost: Cost) -> Vec<Table> {
    let mut tables = Vec::new();
    for report in reports {
        tables.push(groups(report, basis, cost));
        if basis == CostBasis::Both {
            tables.push(differences(report));
        }
        if basis != CostBasis::Usage && !report.hosted.is_empty() {
            tables.push(hosted(report));
        }
        let last = tables.last_mut().expect("one was just added");
        if basis != CostBasis::Usage {
            tie_out(last, report);
        }
        report.notes.iter().for_each(|note| last.note(format!("{note}.")));
    }
    tables
}

fn groups(report: &TokenCost, basis: CostBasis, cost: Cost) -> Table {
    let days =
        format!("{} to {}", report.from.format("%Y-%m-%d"), (report.to - chrono::TimeDelta::seconds(1)).format("%Y-%m-%d"));
    let title = format!("Token cost · {days} · {} · {cost} cost", report.currency);
    let mut heads: Vec<&str> = report.by.iter().map(|by| head(*by)).collect();
    heads.extend([">Requests", ">Tokens"]);
    let shown = [(basis != CostBasis::Usage, ">By the bill"), (basis != CostBasis::Allocation, ">By prices")];
    for (_, name) in shown.into_iter().filter(|(is, _)| *is) {
        heads.extend([name, ">input /M", ">cached /M", ">output /M", ">all /M", ">a request"]);
    }
    heads.push(">GPU hours");
    let mut table = Table::new(title, &heads);
    let cells = |group: &TokenGroup| {
        let mut cells = vec![Cell::count(group.counts.requests), Cell::count(group.counts.all())];
        for (_, name) in shown.into_iter().filter(|(is, _)| *is) {
            cells.extend(of_basis(if name == ">By prices" { group.usage } else { group.allocation }));
        }
        cells.push(group.gpu_hours.map_or(Cell::none(), |hours| Cell::amount(hours, 1)));
        cells
    };
    for group in &report.groups {
        let mut row: Vec<Cell> = report.by.iter().map(|by| Cell::text(value(group, *by))).collect();
        row.extend(cells(group));
        table.row(row);
    }
    let mut total: Vec<Cell> = report.by.iter().map(|_| Cell::text("")).collect();
    if let Some(first) = total.first_mut() {
        *first = Cell::text("All");
    }
    total.extend(cells(&report.total));
    table.total = Some(total);
    table
}

fn of_basis(basis: Option<BasisCost>) -> Vec<Cell> {
    let Some(basis) = basis else { return vec![Cell::none(); 6] };
    let four = |amount: Option<Amount>| amount.map_or(Cell::none(), |amount| Cell::amount(amount, 4));
    let of = basis.per_million;
    vec![Cell::money(basis.cost), four(of.input), four(of.cached), four(of.output), four(of.blended), four(basis.per_request)]
}

fn head(by: TokenCostBy) -> &'static str {
    match by {
        TokenCostBy::Model => "Model",
        TokenCostBy::Version => "Version",
        TokenCostBy::Deployment => "Deployment",
        TokenCostBy::Operation => "Operation",
        TokenCostBy::Principal => "Principal",
        TokenCostBy::Unit => "Unit",
    }
}

fn value(group: &TokenGroup, by: TokenCostBy) -> String {
    let value = match by {
        TokenCostBy::Model => &group.model,
        TokenCostBy::Version => &group.version,
        TokenCostBy::Deployment => &group.deployment,
        TokenCostBy::Operation => &group.operation,
        TokenCostBy::Principal => &group.principal,
        TokenCostBy::Unit => &group.unit,
    };
    value.clone().unwrap_or_else(|| "(not stated)".to_owned())
}

/// The bill less the prices, model by model, with the parts in words.
fn differences(report: &TokenCost) -> Table {
    let heads = ["Model", ">By the bill", ">By prices", ">Difference", "Because of"];
    let mut table = Table::new("Why the bill and the prices differ", &heads);
    let cells = |name: &str, line: &BasisReconciliation| {
        let parts = round_to_total(&line.parts.iter().map(|part| part.amount).collect::<Vec<_>>(), 2);
        let said: Vec<String> = line
            .parts
            .iter()
            .zip(parts)
            .map(|(part, shown)| format!("{} {}", part.cause.describe(), grouped(&shown.to_fixed(2))))
            .collect();
        vec![
            Cell::text(name),
            Cell::money(line.allocation),
            Cell::money(line.usage),
            Cell::money(line.difference),
            Cell::text(said.join(" · ")),
        ]
    };
    for line in &report.models {
        table.row(cells(line.model.as_deref().unwrap_or("(no model)"), line));
    }
    table.total = Some(cells("All", &report.difference));
    for reserved in &report.reserved {
        let (id, cost, used) = (&reserved.id, grouped(&reserved.cost.to_fixed(2)), percent(reserved.utilization));
        table.note(format!("Reserved capacity {id}: {cost}, {used} of it used."));
    }
    table
}

fn percent(share: Amount) -> String {
    format!("{} %", share.checked_mul(Amount::from_int(100)).unwrap_or_default().to_fixed(1))
}

fn hosted(report: &TokenCost) -> Table {
    let heads = [
        "Hosted",
        "Unit",
        ">Cost",
        ">GPU hours",
        ">a GPU hour",
        ">Used",
        ">all /M",
        ">at full use /M",
        "Compared with",
        ">there /M",
        "Cheaper now",
        ">Own from",
    ];
    let mut table = Table::new("Hosted models: build or buy", &heads);
    for model in &report.hosted {
        let four = |amount: Option<Amount>| amount.map_or(Cell::none(), |amount| Cell::amount(amount, 4));
        let share = |share: Option<Amount>| share.map_or(Cell::none(), |share| Cell::figure(percent(share), share.to_string()));
        table.row(vec![
            Cell::text(model.name.clone()),
            Cell::text(model.unit.to_string()),
            Cell::money(model.cost),
            Cell::amount(model.gpu_hours, 1),
            four(model.per_gpu_hour),
            share(model.utilization),
            four(model.per_million),
            four(full_use(model)),
            Cell::text(model.compared_with.clone().unwrap_or_default()),
            four(model.external_per_million),
            Cell::text(model.build_or_buy.map_or("", |answer| match answer.cheaper_now {
                Cheaper::Own => "own",
                Cheaper::External => "bought",
                Cheaper::Equal => "equal",
            })),
            share(model.build_or_buy.map(|answer| answer.break_even_utilization)),
        ]);
    }
    for (model, times) in report.hosted.iter().filter_map(|model| Some((model, model.times?))) {
        let of = if times.timed_requests < times.requests {
            format!(
                "; {} of {} requests state it",
                grouped(&times.timed_requests.to_string()),
                grouped(&times.requests.to_string())
            )
        } else {
            String::new()
        };
        let [prefill, decode] = [times.prefill_seconds, times.decode_seconds].map(|seconds| grouped(&seconds.to_fixed(0)));
        table.note(format!("{}: shared by measured time, {prefill} s of prefill and {decode} s of decode{of}.", model.name));
    }
    table.note("Own from: the use of the capacity from which hosting is cheaper than buying; above 100 % it never is.");
    table
}

fn full_use(model: &HostedModel) -> Option<Amount> {
    model.per_million?.checked_mul(model.utilization?.min(Amount::ONE))
}

/// The proof in words: allocated + without usage = the statements.
fn tie_out(table: &mut Table, report: &TokenCost) {
    let tie_out = &report.tie_out;
    let mut names: std::collections::BTreeMap<&str, Amount> = std::collections::BTreeMap::new();
    for line in &tie_out.without_usage {
        *names.entry(&line.name).or_default() += line.amount;
    }
    let mut names: Vec<(&str, Amount)> = names.into_iter().collect();
    names.sort_by_key(|(_, amount)| std::cmp::Reverse(amount.abs()));
    let rounded = |amount: Amount| grouped(&amount.to_fixed(2));
    let without: Amount = names.iter().map(|(_, amount)| *amount).sum();
    let mut said: Vec<String> = names.iter().take(8).map(|(name, amount)| format!("{name} {}", rounded(*amount))).collect();
    if names.len() > 8 {
        let rest: Amount = names.iter().skip(8).map(|(_, amount)| *amount).sum();
        said.push(format!("{} others {}", names.len() - 8, rounded(rest)));
    }
    table.note(format!(
        "Shared by usage {} + without usage {} = what the statements of {} units with usage say: {}. Difference {}.",
        rounded(tie_out.allocated),
        rounded(without),
        tie_out.units.len(),
        rounded(tie_out.statement_total),
        tie_out.difference
    ));
    if !said.is_empty() {
        table.note(format!("Without usage: {}.", said.join(" · ")));
    }
}
