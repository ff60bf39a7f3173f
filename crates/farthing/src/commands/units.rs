//! `farthing units …`

use camino::Utf8PathBuf;
use chrono::NaiveDate;
use clap::{Args, Subcommand, ValueEnum};
use farthing_application::{Farthing, PublishedUnits, UnitHistory, UnitLine, UnitPatch, UnitSpan, UnitsForm};
use farthing_types::{Amount, Currency, UnitId};

use crate::cli::AsOfArgs;
use crate::commands::{Context, read_document};
use crate::exit::Status;
use crate::output::{Cell, OutputArgs, Table};

/// Without a command it lists.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct UnitsArgs {
    #[command(subcommand)]
    command: Option<UnitsCommand>,
    #[command(flatten)]
    list: ListArgs,
}

#[derive(Debug, Args)]
pub struct ListArgs {
    /// Only as they are on this day, such as 2026-07-01
    #[arg(long, value_name = "DAY")]
    on: Option<NaiveDate>,
    #[command(flatten)]
    moment: AsOfArgs,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Subcommand)]
pub enum UnitsCommand {
    /// List the units with the days on which they hold
    List(ListArgs),
    /// Show one unit: its spans, what stands below it, what it came from and became
    Show {
        /// The unit
        unit: UnitId,
        #[command(flatten)]
        moment: AsOfArgs,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Say all that is wrong with a file of units
    Check {
        /// The file: CSV, YAML, JSON or SCIM groups, told by its name
        file: Utf8PathBuf,
        #[command(flatten)]
        form: FormArgs,
    },
    /// Publish a file of units in place of those before
    Import {
        /// The file: CSV, YAML, JSON or SCIM groups, told by its name
        file: Utf8PathBuf,
        /// Check it against the rules in force and say what would change; publish nothing
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        form: FormArgs,
    },
    /// Add one unit to the published ones
    Add(AddArgs),
    /// Change one of the published units from a day on, or end it
    Change(ChangeArgs),
    /// Write the units in force as a file that can be imported again
    Export {
        /// How it is written
        #[arg(long = "as", value_enum, default_value_t = FormArg::Csv, value_name = "FORM")]
        form: FormArg,
        #[command(flatten)]
        moment: AsOfArgs,
        /// Write it to this file instead of standard output
        #[arg(short = 'o', long = "output", value_name = "FILE", id = "units_file")]
        file: Option<Utf8PathBuf>,
    },
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FormArg {
    /// Comma-separated values
    Csv,
    /// YAML
    Yaml,
    /// JSON; read also as SCIM groups
    Json,
}

#[derive(Clone, Copy, Debug, Args)]
pub struct FormArgs {
    /// How the file is written, where its name does not tell
    #[arg(long = "as", value_enum, value_name = "FORM")]
    form: Option<FormArg>,
}

/// What a unit has.
#[derive(Debug, Args)]
pub struct FieldArgs {
    /// The name on statements
    #[arg(long)]
    name: Option<String>,
    /// Who answers for it [repeatable]
    #[arg(long = "owner", value_name = "OWNER")]
    owners: Vec<String>,
    /// The cost centre in the books
    #[arg(long)]
    cost_center: Option<String>,
    /// The currency of its budget
    #[arg(long)]
    currency: Option<Currency>,
    /// What it may cost in a month
    #[arg(long, value_name = "AMOUNT")]
    budget: Option<Amount>,
}

#[derive(Debug, Args)]
pub struct AddArgs {
    /// Its id
    unit: UnitId,
    /// The unit above it
    #[arg(long)]
    parent: Option<UnitId>,
    #[command(flatten)]
    fields: FieldArgs,
    /// The first day on which it holds; since ever without it
    #[arg(long, value_name = "DAY")]
    from: Option<NaiveDate>,
    /// The first day on which it no longer holds
    #[arg(long, value_name = "DAY")]
    until: Option<NaiveDate>,
}

#[derive(Debug, Args)]
pub struct ChangeArgs {
    /// The unit
    unit: UnitId,
    /// The first day on which the change holds
    #[arg(long, value_name = "DAY")]
    effective: NaiveDate,
    /// Another unit above it
    #[arg(long, conflicts_with = "root")]
    parent: Option<UnitId>,
    /// No unit above it any more
    #[arg(long)]
    root: bool,
    #[command(flatten)]
    fields: FieldArgs,
    /// It ends on that day
    #[arg(long, conflicts_with_all = ["parent", "root", "name", "owners", "cost_center", "currency", "budget"])]
    ends: bool,
    /// What it was split or merged into on that day [repeatable]
    #[arg(long = "succeeded-by", value_name = "UNIT", requires = "ends")]
    succeeded_by: Vec<UnitId>,
}

impl From<FormArg> for UnitsForm {
    fn from(form: FormArg) -> Self {
        match form {
            FormArg::Csv => Self::Csv,
            FormArg::Yaml => Self::Yaml,
            FormArg::Json => Self::Json,
        }
    }
}

impl FormArgs {
    fn of(self, file: &Utf8PathBuf, text: &str) -> UnitsForm {
        self.form.map_or_else(|| UnitsForm::of(file.as_str(), text), UnitsForm::from)
    }
}

const BY: &str = "command line";

/// Lists, shows, checks, publishes and exports units.
pub async fn run(context: &Context, arguments: UnitsArgs) -> anyhow::Result<Status> {
    match arguments.command {
        None => list(context, arguments.list).await?,
        Some(UnitsCommand::List(arguments)) => list(context, arguments).await?,
        Some(UnitsCommand::Show { unit, moment, output }) => {
            let history = context.open_as_of(moment).await?.unit(&unit).await?;
            output.or(&context.output).show(&history, || vec![shown(&history)])?;
        }
        Some(UnitsCommand::Check { file, form }) => {
            let text = read_document(&file)?;
            let checked = Farthing::check_units(&text, form.of(&file, &text), file.as_str())?;
            context.output.show(&checked, || {
                let mut table = Table::new("", &[]);
                table.note(format!("{file} is good: {}.", checked.summary));
                checked.warnings.iter().for_each(|warning| table.note(format!("warning: {warning}")));
                vec![table]
            })?;
        }
        Some(UnitsCommand::Import { file, dry_run, form }) => {
            let text = read_document(&file).map_err(|error| anyhow::anyhow!("{error}; nothing was published"))?;
            let farthing = context.open().await?;
            let form = form.of(&file, &text);
            let published = farthing.import_units(&text, form, file.as_str(), BY, dry_run, None).await?;
            context.output.show(&published, || vec![said(file.as_str(), &published)])?;
        }
        Some(UnitsCommand::Add(arguments)) => {
            let span = span(arguments);
            let name = format!("unit {}", span.id);
            let published = context.open().await?.add_unit(span, BY, None).await?;
            context.output.show(&published, || vec![said(&name, &published)])?;
        }
        Some(UnitsCommand::Change(arguments)) => {
            let (unit, effective) = (arguments.unit.clone(), arguments.effective);
            let published = context.open().await?.change_unit(&unit, effective, &patch(arguments), BY, None).await?;
            context.output.show(&published, || vec![said(&format!("unit {unit}"), &published)])?;
        }
        Some(UnitsCommand::Export { form, moment, file }) => {
            let text = context.open_as_of(moment).await?.export_units(form.into()).await?;
            OutputArgs { format: None, file }.or(&context.output).write_text(&text)?;
        }
    }
    Ok(Status::Done)
}

fn span(arguments: AddArgs) -> UnitSpan {
    let AddArgs { unit, parent, fields, from, until } = arguments;
    UnitSpan {
        name: fields.name.unwrap_or_else(|| unit.to_string()),
        id: unit,
        parent,
        owners: fields.owners,
        cost_center: fields.cost_center,
        currency: fields.currency,
        budget: fields.budget,
        from,
        until,
        succeeded_by: Vec::new(),
    }
}

fn patch(arguments: ChangeArgs) -> UnitPatch {
    let ChangeArgs { parent, root, fields, ends, succeeded_by, .. } = arguments;
    UnitPatch {
        name: fields.name,
        parent: if root { Some(None) } else { parent.map(Some) },
        owners: (!fields.owners.is_empty()).then_some(fields.owners),
        cost_center: fields.cost_center.map(Some),
        currency: fields.currency.map(Some),
        budget: fields.budget.map(Some),
        ends,
        succeeded_by: (!succeeded_by.is_empty()).then_some(succeeded_by),
    }
}

async fn list(context: &Context, arguments: ListArgs) -> anyhow::Result<()> {
    let units = context.open_as_of(arguments.moment).await?.units(arguments.on).await?;
    arguments.output.or(&context.output).show(&units, || {
        let mut table = table("", &units);
        if units.is_empty() {
            table.note(match arguments.on {
                Some(day) => format!("No unit holds on {day}."),
                None => "No units yet: `farthing units import units.csv`, or list them in the rule file.".to_owned(),
            });
        }
        vec![table]
    })
}

fn day(value: Option<NaiveDate>) -> Cell {
    Cell::text(value.map(|day| day.to_string()).unwrap_or_default())
}

fn ids(units: &[UnitId]) -> String {
    units.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Columns that no unit fills are left out.
fn table(title: &str, units: &[UnitLine]) -> Table {
    let has_budgets = units.iter().any(|unit| unit.budget.is_some() || unit.currency.is_some());
    let has_successors = units.iter().any(|unit| !unit.succeeded_by.is_empty());
    let mut heads = vec!["Unit", "Name", "Below", "Owner", "Cost centre", "From", "Until"];
    heads.extend(has_successors.then_some("Became"));
    heads.extend(has_budgets.then_some([">Budget a month", "Currency"]).into_iter().flatten());
    let mut table = Table::new(title, &heads);
    for unit in units {
        let text = |value: &Option<String>| Cell::text(value.clone().unwrap_or_default());
        let mut row = vec![
            Cell::text(unit.unit.to_string()),
            Cell::text(&unit.name),
            Cell::text(unit.parent.as_ref().map(ToString::to_string).unwrap_or_default()),
            text(&unit.owner),
            text(&unit.cost_center),
            day(unit.from),
            day(unit.until),
        ];
        row.extend(has_successors.then(|| Cell::text(ids(&unit.succeeded_by))));
        if has_budgets {
            row.push(unit.budget.map_or_else(Cell::none, Cell::money));
            row.push(Cell::text(unit.currency.map(|currency| currency.to_string()).unwrap_or_default()));
        }
        table.row(row);
    }
    table
}

fn shown(history: &UnitHistory) -> Table {
    let version = history.version.map_or("units of the rules".to_owned(), |version| format!("units v{version}"));
    let mut table = table(&format!("{} · {version}", history.unit), &history.spans);
    for (what, units) in [("Below it", &history.below), ("Came from", &history.came_from)] {
        if !units.is_empty() {
            table.note(format!("{what}: {}.", ids(units)));
        }
    }
    table
}

fn said(name: &str, published: &PublishedUnits) -> Table {
    let mut table = Table::new("", &[]);
    let what = match (published.version, published.changed) {
        (Some(version), true) => format!("published as version {version}"),
        (Some(version), false) => format!("unchanged, already version {version}"),
        (None, true) => "nothing was published (--dry-run)".to_owned(),
        (None, false) => "it changes nothing (--dry-run)".to_owned(),
    };
    let (units, entries) = (published.units, published.entries);
    table.note(format!("{name}: {units} units in {entries} entries · {what}."));
    for (what, units) in [("New", &published.new), ("Changed", &published.altered), ("Gone", &published.gone)] {
        match units.as_slice() {
            [] => {}
            few if few.len() <= 20 => table.note(format!("{what}: {}.", ids(few))),
            many => table.note(format!("{what}: {} units, {} and others.", many.len(), ids(&many[..5]))),
        }
    }
    published.warnings.iter().for_each(|warning| table.note(format!("warning: {warning}")));
    table
}
