//! `farthing portfolio …`

use camino::Utf8PathBuf;
use clap::{Args, Subcommand};
use farthing_application::{
    Actor, DocumentKind, NamedFor, Permission, Portfolio, PortfolioQuery, PortfolioReviewReport, PortfolioVerdict, RateChange,
    Scorecard, ScorecardInference, ScorecardWorkflow, Verdict,
};
use farthing_types::{Amount, BillingPeriod, ModelId};

use crate::cli::AsOfArgs;
use crate::commands::kpis::lineage;
use crate::commands::{Context, ingest};
use crate::exit::Status;
use crate::output::{Cell, OutputArgs, Table};

/// What whoever opens a review and decides in it has to be allowed.
const REVIEWS: NamedFor = NamedFor { right: Permission::Review, whole: true };

/// Without a command it shows the scorecards.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct PortfolioArgs {
    #[command(subcommand)]
    command: Option<PortfolioCommand>,
    #[command(flatten)]
    show: ShowArgs,
}

#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The month, as 2026-05; the last one with charges without it
    #[arg(long)]
    period: Option<BillingPeriod>,
    #[command(flatten)]
    moment: AsOfArgs,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Subcommand)]
pub enum PortfolioCommand {
    /// Show a scorecard of each model
    Show(ShowArgs),
    /// Say what is wrong with a models file (TOML)
    Check {
        /// The file
        file: Utf8PathBuf,
    },
    /// Check a models file (owners, contracts, dependencies, alternatives) and make it the one in force
    Publish {
        /// The file
        file: Utf8PathBuf,
    },
    /// The reviews of a quarter: what was known, pinned, and what was decided
    #[command(subcommand)]
    Review(ReviewCommand),
}

#[derive(Debug, Subcommand)]
pub enum ReviewCommand {
    /// List the reviews
    List,
    /// Open the review of a quarter: its scorecards are kept as they are now
    Open {
        /// The quarter, as 2026-Q2
        quarter: String,
        /// Who opens it
        #[arg(long)]
        by: String,
    },
    /// Show a review, and whether its scorecards come out the same when they are taken again as of then
    Show {
        /// The quarter, as 2026-Q2
        quarter: String,
    },
    /// Print the scorecards of a review as they were kept, byte for byte
    Content {
        /// The quarter, as 2026-Q2
        quarter: String,
    },
    /// Record what is decided of a model
    Record {
        /// The quarter, as 2026-Q2
        quarter: String,
        /// The model
        model: ModelId,
        /// What: keep, retrain, repurpose or retire
        decision: PortfolioVerdict,
        /// Why
        #[arg(long)]
        reason: String,
        /// Who decides
        #[arg(long)]
        by: String,
    },
}

/// Shows, checks, publishes, reviews. Status 2 where a review's scorecards come out otherwise than they were.
pub async fn run(context: &Context, arguments: PortfolioArgs) -> anyhow::Result<Status> {
    match arguments.command {
        None => show(context, arguments.show).await,
        Some(PortfolioCommand::Show(arguments)) => show(context, arguments).await,
        Some(PortfolioCommand::Check { file }) => ingest::check_document(context, DocumentKind::Models, &file),
        Some(PortfolioCommand::Publish { file }) => ingest::document(context, DocumentKind::Models, &file).await,
        Some(PortfolioCommand::Review(command)) => review(context, command).await,
    }
}

async fn show(context: &Context, arguments: ShowArgs) -> anyhow::Result<Status> {
    let farthing = context.open_as_of(arguments.moment).await?;
    let portfolio = farthing.portfolio(&PortfolioQuery { period: arguments.period }).await?;
    arguments.output.or(&context.output).show(&portfolio, || tables(&portfolio))?;
    Ok(Status::Done)
}

async fn review(context: &Context, command: ReviewCommand) -> anyhow::Result<Status> {
    let farthing = context.open().await?;
    match command {
        ReviewCommand::List => {
            let reviews = farthing.portfolio_reviews().await?;
            context.output.show(&reviews, || vec![reviews_table(&reviews)])?;
        }
        ReviewCommand::Open { quarter, by } => {
            let by = context.named(&farthing, Some(&by), REVIEWS).await?;
            let opened = farthing.open_review(&quarter, &by).await?;
            context.output.show(&opened, || vec![review_table(&opened)])?;
        }
        ReviewCommand::Show { quarter } => {
            let review = farthing.portfolio_review(&quarter, true).await?;
            context.output.show(&review, || vec![review_table(&review)])?;
            if review.reproduced == Some(false) {
                return Ok(Status::Differences);
            }
        }
        ReviewCommand::Content { quarter } => {
            context.output.write(farthing.review_content(&quarter).await?.as_bytes())?;
        }
        ReviewCommand::Record { quarter, model, decision, reason, by } => {
            let by = context.named(&farthing, Some(&by), REVIEWS).await?;
            let review = farthing.record_decision(&quarter, &model, decision, &reason, &by).await?;
            context.output.show(&review, || vec![review_table(&review)])?;
        }
    }
    Ok(Status::Done)
}

fn percent(share: Amount) -> Cell {
    let percent = share.checked_mul(Amount::from_int(100)).unwrap_or_default();
    Cell::figure(format!("{} %", percent.to_fixed(1)), share.to_string())
}

fn tables(portfolio: &Portfolio) -> Vec<Table> {
    let span = match portfolio.from == portfolio.to {
        true => portfolio.from.to_string(),
        false => format!("{} to {}", portfolio.from, portfolio.to),
    };
    vec![cards(portfolio, &span), workflows(portfolio, &span), lineage(&portfolio.evidence)]
}

fn cards(portfolio: &Portfolio, span: &str) -> Table {
    let heads = [
        "Model",
        "Owner",
        ">Decisions",
        ">Requests",
        ">Tokens",
        ">By the bill",
        ">By prices",
        ">Used",
        ">Age, days",
        "Contract ends",
        ">Days left",
        "Depends on",
        "To bear in mind",
    ];
    let mut table = Table::new(format!("Portfolio · {span}"), &heads);
    for card in &portfolio.models {
        let days = |days: Option<i64>| days.map_or(Cell::none(), |days| Cell::figure(days.to_string(), days.to_string()));
        table.row(vec![
            Cell::text(card.model.as_str()),
            Cell::text(card.owner.clone().unwrap_or_default()),
            Cell::count(card.decisions),
            Cell::count(card.requests),
            Cell::count(card.input_tokens.saturating_add(card.output_tokens)),
            inference(card, |of| of.allocation),
            inference(card, |of| of.usage),
            card.utilisation.map_or(Cell::none(), percent),
            days(card.age_days),
            Cell::text(card.contract_end.map(|day| day.to_string()).unwrap_or_default()),
            days(card.contract_days_left),
            Cell::text(card.depends_on.join(", ")),
            Cell::text(card.notes.join("; ")),
        ]);
    }
    portfolio.notes.iter().for_each(|note| table.note(format!("{note}.")));
    table
}

/// What a model's usage costs; in words where there are several currencies.
fn inference(card: &Scorecard, basis: impl Fn(&ScorecardInference) -> Option<Amount>) -> Cell {
    match card.inference.as_slice() {
        [one] => basis(one).map_or(Cell::none(), Cell::money),
        several => {
            let said = several.iter().filter_map(|of| Some(format!("{} {}", basis(of)?.to_fixed(2), of.currency)));
            Cell::text(said.collect::<Vec<_>>().join(" · "))
        }
    }
}

fn workflows(portfolio: &Portfolio, span: &str) -> Table {
    let heads = [
        "Model",
        "Workflow",
        "By",
        ">Decisions",
        "Currency",
        ">Cost",
        ">Per decision",
        ">Month before",
        ">People",
        "Against people",
        ">Next best",
        ">Wrong",
        ">Changed by",
        "Drift",
        ">Overridden",
    ];
    let mut table = Table::new(format!("By workflow · {span}"), &heads);
    for (card, workflow) in portfolio.models.iter().flat_map(|card| card.workflows.iter().map(move |w| (card, w))) {
        table.row(workflow_row(portfolio, card, workflow));
    }
    let baseline: Vec<String> = portfolio.baseline.iter().map(ToString::to_string).collect();
    if !baseline.is_empty() {
        table.note(format!(
            "Changes are against {}; drift is shown where the 95 % interval leaves zero out.",
            baseline.join(", ")
        ));
    }
    table
}

fn workflow_row(portfolio: &Portfolio, card: &Scorecard, workflow: &ScorecardWorkflow) -> Vec<Cell> {
    let before = workflow.trend.iter().rfind(|month| month.period < portfolio.from);
    let others = workflow.alternatives.iter();
    let people = others.clone().find(|other| other.actor == Actor::Person).and_then(|other| other.per_decision);
    let next_best = others.filter(|other| other.actor != Actor::Person).filter_map(|other| other.per_decision).min();
    let amount = |amount: Option<Amount>| amount.map_or(Cell::none(), |amount| Cell::amount(amount, 4));
    let verdict = workflow.against_people.as_ref().map_or("", |against| match against.verdict {
        Verdict::Cheaper => "cheaper",
        Verdict::Dearer => "dearer",
        Verdict::NotShown => "not shown",
    });
    let rate = |change: &RateChange| change.rate.map_or(Cell::none(), percent);
    vec![
        Cell::text(card.model.as_str()),
        Cell::text(workflow.workflow.as_str()),
        Cell::text(workflow.actor.as_str()),
        Cell::count(workflow.decisions),
        Cell::text(workflow.currency.as_str()),
        Cell::money(workflow.cost),
        Cell::amount(workflow.per_decision, 4),
        amount(before.map(|month| month.per_decision)),
        amount(people),
        Cell::text(verdict),
        amount(next_best),
        rate(&workflow.error_rate),
        workflow.error_rate.change.map_or(Cell::none(), percent),
        Cell::text(match (workflow.error_rate.change, workflow.error_rate.shown) {
            (None, _) => "",
            (Some(_), true) => "shown",
            (Some(_), false) => "not shown",
        }),
        rate(&workflow.override_rate),
    ]
}

fn reviews_table(reviews: &[PortfolioReviewReport]) -> Table {
    let mut table = Table::new("Reviews of the portfolio", &["Quarter", "Opened", "By", ">Models", ">Decided", "Digest"]);
    for review in reviews {
        let decided = review.models.iter().filter(|model| model.decision.is_some()).count();
        table.row(vec![
            Cell::text(&review.quarter),
            Cell::text(review.opened_at.format("%Y-%m-%d %H:%M").to_string()),
            Cell::text(&review.opened_by),
            Cell::count(review.models.len() as u64),
            Cell::count(decided as u64),
            Cell { shown: review.digest.chars().take(12).collect(), exact: review.digest.clone(), is_number: false },
        ]);
    }
    table
}

fn review_table(review: &PortfolioReviewReport) -> Table {
    let opened = review.opened_at.format("%Y-%m-%d %H:%M UTC");
    let title = format!("Review of {} · opened {opened} by {}", review.quarter, review.opened_by);
    let mut table = Table::new(title, &["Model", "Decision", "Reason", "By", "On"]);
    for model in &review.models {
        table.row(vec![
            Cell::text(&model.model),
            Cell::text(model.decision.unwrap_or("(open)")),
            Cell::text(model.reason.clone().unwrap_or_default()),
            Cell::text(model.decided_by.clone().unwrap_or_default()),
            Cell::text(model.decided_at.map(|at| at.format("%Y-%m-%d").to_string()).unwrap_or_default()),
        ]);
    }
    table.note(format!("Scorecards {}.", review.digest));
    match review.reproduced {
        Some(true) => table.note("Taken again as of then they are the same, byte for byte."),
        Some(false) => {
            table.note("Taken again as of then they are NOT the same: facts or documents of then were changed or removed.")
        }
        None => {}
    }
    table
}
