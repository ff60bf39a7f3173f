//! `farthing chargeback`

use farthing_application::{Chargeback, ChargebackQuery, Statement, closing, format_change};
use farthing_types::{Amount, round_to_total};

use crate::cli::ChargebackArgs;
use crate::commands::Context;
use crate::exit::Status;
use crate::output::{Cell, Table};

/// Prints the statement of a period. Status 2 where it is not proven.
pub async fn run(context: &Context, arguments: ChargebackArgs) -> anyhow::Result<Status> {
    let query = ChargebackQuery { period: arguments.period, cost: arguments.cost, unit: arguments.unit };
    let chargeback = context.open().await?.chargeback(&query).await?;
    let output = arguments.output.or(&context.output);
    let tables = || tables(&chargeback, query.unit.is_some());
    match chargeback.statements.as_slice() {
        [one] => output.show(one, tables)?,
        several => output.show(&several, tables)?,
    }
    Ok(if chargeback.statements.iter().all(|statement| statement.proven) { Status::Done } else { Status::Differences })
}

/// One table a currency.
pub fn tables(chargeback: &Chargeback, is_part: bool) -> Vec<Table> {
    chargeback.statements.iter().map(|statement| table(chargeback, statement, is_part)).collect()
}

fn table(chargeback: &Chargeback, statement: &Statement, is_part: bool) -> Table {
    let rules = statement.rule_set.as_deref().map_or("no rules".to_owned(), |version| format!("rules {version}"));
    let title = format!(
        "Chargeback {} · {} · {} cost · {rules} · as of {}",
        statement.period,
        statement.currency,
        statement.cost,
        chargeback.as_of.format("%Y-%m-%dT%H:%MZ")
    );
    let before = statement.previous.map(|previous| format!(">vs {}", previous.period));
    let mut heads = vec!["Unit", ">Direct", ">Shared", ">Total"];
    heads.extend(before.as_deref());
    let mut table = Table::new(title, &heads);
    // What is shown adds up: every line of own totals and the reasons are rounded together to their rounded sum.
    let own: Vec<Amount> = statement.units.iter().map(|unit| unit.total).collect();
    let reasons: Vec<Amount> = statement.unattributed.iter().map(|reason| reason.amount).collect();
    let shown = round_to_total(&[own, reasons].concat(), 2);
    let mut shown = shown.into_iter();
    for unit in &statement.units {
        let total = shown.next().unwrap_or(unit.total);
        let name = format!("{}{}", "  ".repeat(unit.depth as usize), unit.name);
        let direct = total - unit.shared.round(2);
        let mut row = vec![
            Cell { shown: name, exact: unit.name.clone(), is_number: false },
            Cell::rounded(direct, unit.direct),
            if unit.shared.is_zero() && unit.shares.is_empty() { Cell::none() } else { Cell::rounded(unit.shared.round(2), unit.shared) },
            Cell::rounded(total, unit.total),
        ];
        row.extend(before.as_ref().map(|_| change(unit.previous.map(|p| p.change_tenths))));
        table.row(row);
    }
    for reason in statement.unattributed.iter().filter(|_| !is_part) {
        let total = shown.next().unwrap_or(reason.amount);
        let name = Cell { shown: format!("Unattributed: {}", reason.reason.replace('_', " ")), exact: reason.reason.clone(), is_number: false };
        let mut row = vec![name, Cell::rounded(total, reason.amount), Cell::none(), Cell::rounded(total, reason.amount)];
        row.extend(before.as_ref().map(|_| change(reason.previous.map(|p| p.change_tenths))));
        table.row(row);
    }
    if is_part {
        table.note("Part of the statement: own amounts of this unit and of those below it.");
    } else {
        let mut total = vec![Cell::text("Billed"), Cell::text(""), Cell::text(""), Cell::money(statement.billed_total)];
        total.extend(before.as_ref().map(|_| change(statement.previous.map(|p| p.change_tenths))));
        table.total = Some(total);
    }
    table.note(closing(statement));
    if chargeback.rows_set_aside > 0 {
        table.note(format!(
            "{} rows were set aside when the bill was imported: their money is in no figure here. `farthing status --findings` lists them.",
            chargeback.rows_set_aside
        ));
    }
    table
}

fn change(tenths: Option<Option<i64>>) -> Cell {
    match tenths {
        None => Cell::none(),
        Some(tenths) => Cell::figure(format_change(tenths), tenths.map(|t| format!("{}", Amount::from_int(t).checked_div(Amount::from_int(10)).unwrap_or_default())).unwrap_or_default()),
    }
}
