//! `farthing rules …` and `farthing units`

use farthing_application::{DocumentKind, Farthing, rule_file_schema};

use crate::cli::RulesCommand;
use crate::commands::{Context, ingest};
use crate::exit::Status;
use crate::output::{Cell, OutputArgs, Table};

/// Checks, publishes and shows rules.
pub async fn run(context: &Context, command: RulesCommand) -> anyhow::Result<Status> {
    match command {
        RulesCommand::Check { file } => {
            let text = std::fs::read_to_string(&file).map_err(|error| anyhow::anyhow!("{file}: {error}"))?;
            let checked = Farthing::check_document(DocumentKind::Rules, &text, file.as_str())?;
            context.output.show(&checked, || {
                let mut table = Table::new("", &[]);
                table.note(format!("{file}: {}. Nothing is wrong with it.", checked.summary));
                checked.warnings.iter().for_each(|warning| table.note(format!("warning: {warning}")));
                vec![table]
            })?;
            Ok(Status::Done)
        }
        RulesCommand::Publish { file } => ingest::document(context, DocumentKind::Rules, &file).await,
        RulesCommand::Schema => {
            let text = serde_json::to_string_pretty(&rule_file_schema())?;
            context.output.write(format!("{text}\n").as_bytes())?;
            Ok(Status::Done)
        }
        RulesCommand::Show => {
            let document = context.open().await?.document(DocumentKind::Rules).await?;
            context.output.write(document.content.as_bytes())?;
            Ok(Status::Done)
        }
    }
}

/// Lists the units.
pub async fn units(context: &Context, output: OutputArgs) -> anyhow::Result<Status> {
    let units = context.open().await?.units().await?;
    output.or(&context.output).show(&units, || {
        let mut table = Table::new("", &["Unit", "Name", "Below", "Owner", "Cost centre", "From", "Until"]);
        for unit in &units {
            let text = |value: &Option<String>| Cell::text(value.clone().unwrap_or_default());
            let day = |value: Option<chrono::NaiveDate>| Cell::text(value.map(|day| day.to_string()).unwrap_or_default());
            table.row(vec![
                Cell::text(unit.unit.to_string()),
                Cell::text(&unit.name),
                Cell::text(unit.parent.as_ref().map(ToString::to_string).unwrap_or_default()),
                text(&unit.owner),
                text(&unit.cost_center),
                day(unit.from),
                day(unit.until),
            ]);
        }
        if units.is_empty() {
            table.note("No units yet: publish a rule file with `farthing rules publish rules.toml`.");
        }
        vec![table]
    })?;
    Ok(Status::Done)
}
