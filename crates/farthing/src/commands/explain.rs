//! `farthing chargeback --explain CELL`

use chrono::SecondsFormat;
use farthing_application::{
    ChargesLine, Conversion, ExplainQuery, Explained, Explanation, FieldValue, OriginalAmount, ShareLine,
};
use farthing_types::{Amount, round_to_total};

use crate::cli::AsOfArgs;
use crate::commands::Context;
use crate::exit::Status;
use crate::output::{Cell, Format, OutputArgs, Table, grouped};

/// How many lines of charges a table has; files have all of them.
const LINES: usize = 40;

/// Prints what a figure is made of. Status 2 where it does not add up to the statement's.
pub async fn run(context: &Context, moment: AsOfArgs, output: OutputArgs, query: &ExplainQuery) -> anyhow::Result<Status> {
    let explained = context.open_as_of(moment).await?.explain(query).await?;
    let output = output.or(&context.output);
    let tables = || match output.form() {
        Format::Csv => vec![lines(&explained.explanations)],
        _ => explained.explanations.iter().flat_map(|explanation| tables(&explained, explanation)).collect(),
    };
    match explained.explanations.as_slice() {
        [one] => output.show(one, tables)?,
        several => output.show(&several, tables)?,
    }
    let closes = explained.explanations.iter().all(|explanation| explanation.difference.is_zero());
    Ok(if closes { Status::Done } else { Status::Differences })
}

/// All lines of all currencies, exact: one row a line of charges or a share.
fn lines(explanations: &[Explanation]) -> Table {
    let heads = [
        "Cell",
        "Currency",
        "Cost",
        "Kind",
        "Unit",
        "Source",
        "Rule or pool",
        "Because",
        "Columns",
        "First",
        "Last",
        ">Charges",
        "Driver",
        ">Quantity",
        ">Total quantity",
        ">Pool amount",
        ">Exact",
        ">Rounding",
        ">Amount",
        "Billed in",
        ">Billed amount",
    ];
    let mut table = Table::new("", &heads);
    for explanation in explanations {
        let basis =
            || [explanation.cell.to_string(), explanation.currency.to_string(), explanation.cost.to_string()].map(Cell::text);
        for line in &explanation.charges {
            let texts = [place(line), line.source.to_string(), rule(line), values(&line.because), values(&line.columns)];
            let mut row: Vec<Cell> = basis().into_iter().chain([Cell::text("charges")]).chain(texts.map(Cell::text)).collect();
            row.extend([line.first.to_string(), line.last.to_string()].map(Cell::text));
            row.push(Cell::count(line.charges));
            row.extend([Cell::text(""), Cell::none(), Cell::none(), Cell::none(), Cell::none(), Cell::none()]);
            row.push(Cell::money(line.amount));
            row.extend(billed(line.original));
            table.row(row);
        }
        for share in &explanation.shares {
            let texts = [share.unit.to_string(), share.source.to_string(), share.pool.clone()].map(Cell::text);
            let mut row: Vec<Cell> = basis().into_iter().chain([Cell::text("share")]).chain(texts).collect();
            row.push(Cell::text(share.part.clone().unwrap_or_default()));
            row.extend([Cell::text(""), Cell::text(""), Cell::text(""), Cell::none()]);
            row.push(Cell::text(&share.driver));
            row.extend([share.quantity.0, share.total_quantity.0, share.pool_amount].map(Cell::money));
            row.extend([share.exact, share.rounding, share.amount].map(Cell::money));
            row.extend(billed(share.original));
            table.row(row);
        }
    }
    table
}

/// What an amount was before it was converted.
fn billed(original: Option<OriginalAmount>) -> [Cell; 2] {
    match original {
        Some(original) => [Cell::text(original.currency.to_string()), Cell::money(original.amount)],
        None => [Cell::text(""), Cell::none()],
    }
}

fn tables(explained: &Explained, explanation: &Explanation) -> Vec<Table> {
    let Explanation { selection, currency, cost, cell, charges, shares, .. } = explanation;
    let rules = explanation.rule_set.as_deref().map_or("no rules".to_owned(), |version| format!("rules {version}"));
    let as_of = explained.as_of.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    let title = format!("{cell} · {selection} · {currency} · {cost} cost · {rules} · as of {as_of}");
    let mut tables = Vec::new();
    if !charges.is_empty() {
        tables.push(charges_table(explanation));
    }
    if !shares.is_empty() {
        tables.push(shares_table(shares));
    }
    if tables.is_empty() {
        tables.push(Table::new("", &[]));
    }
    tables[0].title = if tables[0].title.is_empty() { title } else { format!("{title}\n\n{}", tables[0].title) };
    let last = tables.last_mut().expect("there is one at least");
    explanation.conversion.iter().flat_map(Conversion::sentences).for_each(|sentence| last.note(sentence));
    last.note(arithmetic(explanation));
    tables
}

fn charges_table(explanation: &Explanation) -> Table {
    let columns = explanation.charges.first().map_or(&[][..], |line| &line.columns);
    let mut heads = vec!["Unit", "Rule", "Because of"];
    heads.extend(columns.iter().map(|column| column.field.as_str()));
    heads.extend(["Source", "First", "Last", ">Charges"]);
    let is_converted = explanation.conversion.is_some();
    heads.extend(is_converted.then_some(">Billed"));
    heads.push(">Amount");
    let mut table = Table::new("What rules sent", &heads);
    let amounts: Vec<Amount> = explanation.charges.iter().map(|line| line.amount).collect();
    let mut rounded = round_to_total(&amounts, 2);
    let rest: Amount = rounded.split_off(rounded.len().min(LINES)).into_iter().sum();
    for (line, amount) in explanation.charges.iter().zip(rounded) {
        let mut row = vec![Cell::text(place(line)), Cell::text(rule(line)), Cell::text(values(&line.because))];
        row.extend(line.columns.iter().map(|column| Cell::text(column.value.clone().unwrap_or_default())));
        row.extend([line.source.to_string(), line.first.to_string(), line.last.to_string()].map(Cell::text));
        row.push(Cell::count(line.charges));
        row.extend(is_converted.then(|| match line.original {
            Some(original) => Cell::text(format!("{} {}", grouped(&original.amount.to_fixed(2)), original.currency)),
            None => Cell::text(""),
        }));
        row.push(Cell::money(amount));
        table.row(row);
    }
    let blank = |count: usize| std::iter::repeat_n(Cell::text(""), count);
    let left = heads.len() - 2 - usize::from(is_converted);
    let none = || is_converted.then(|| Cell::text(""));
    if explanation.charges.len() > LINES {
        let others = &explanation.charges[LINES..];
        let mut row = vec![Cell::text(format!("{} lines more", others.len()))];
        row.extend(blank(left - 1));
        row.push(Cell::count(others.iter().map(|line| line.charges).sum()));
        row.extend(none());
        row.push(Cell::money(rest));
        table.row(row);
        table.note("Files have every line: --format csv or json.");
    }
    let mut total: Vec<Cell> = blank(left).collect();
    total.push(Cell::count(explanation.charges.iter().map(|line| line.charges).sum()));
    total.extend(none());
    total.push(Cell::money(explanation.charges_total));
    table.total = Some(total);
    table
}

fn shares_table(shares: &[ShareLine]) -> Table {
    let in_parts = shares.iter().any(|share| share.part.is_some());
    let mut heads = vec!["Pool", "Unit", "Source"];
    heads.extend(in_parts.then_some("Part"));
    heads.extend(["Driver", ">Quantity", ">Of", ">Pool", ">A unit of it", ">Rounding", ">Amount"]);
    let mut table = Table::new("What pools gave and took", &heads);
    let mut rounded = round_to_total(&shares.iter().map(|share| share.amount).collect::<Vec<_>>(), 2);
    let rest: Amount = rounded.split_off(rounded.len().min(LINES)).into_iter().sum();
    for (share, amount) in shares.iter().zip(rounded) {
        let exactly = |amount: Amount| Cell::figure(grouped(&amount.to_string()), amount.to_string());
        let rounding = if share.rounding.is_zero() { Cell::none() } else { exactly(share.rounding) };
        let mut row = [share.pool.clone(), share.unit.to_string(), share.source.to_string()].map(Cell::text).to_vec();
        row.extend(in_parts.then(|| Cell::text(share.part.clone().unwrap_or_default())));
        row.push(Cell::text(&share.driver));
        row.extend([exactly(share.quantity.0), exactly(share.total_quantity.0), Cell::money(share.pool_amount)]);
        row.push(share.rate.map_or_else(Cell::none, |rate| Cell::amount(rate, 12)));
        row.extend([rounding, Cell::money(amount)]);
        table.row(row);
    }
    if shares.len() > LINES {
        let mut row = vec![Cell::text(format!("{} lines more", shares.len() - LINES))];
        row.extend(vec![Cell::text(""); heads.len() - 2]);
        row.push(Cell::money(rest));
        table.row(row);
        table.note("Files have every line: --format csv or json.");
    }
    let mut total = vec![Cell::text(""); heads.len() - 1];
    total.push(Cell::money(shares.iter().map(|share| share.amount).sum()));
    table.total = Some(total);
    for share in shares.iter().filter(|share| share.exact != -share.pool_amount).take(LINES) {
        let ShareLine { pool, pool_amount, quantity, total_quantity, exact, rounding, amount, unit, source, .. } = share;
        table.note(format!(
            "{pool}, {source}: {pool_amount} × {quantity} ÷ {total_quantity} = {exact}; rounding {rounding}; {unit} pays {amount}."
        ));
    }
    let mut units: Vec<&str> = shares.iter().map(|share| share.pool_unit.as_str()).collect();
    units.sort_unstable();
    units.dedup();
    let cells: Vec<String> = units.iter().map(|unit| format!("--explain unit={unit},scope=own")).collect();
    table.note(format!("The charges that the pools split: {}.", cells.join(", ")));
    table
}

/// The sum, exact, as somebody would check it.
fn arithmetic(explanation: &Explanation) -> String {
    let Explanation { charges_total, shares_total, amount, elsewhere, statement_amount, difference, currency, .. } = explanation;
    let mut text = format!("From rules {charges_total} + from pools {shares_total} = {amount} {currency}.");
    if !elsewhere.is_zero() || amount != statement_amount {
        text += &format!(" Left out by the cell: {elsewhere}.");
    }
    text += &format!("\nOn the statement: {statement_amount}. Difference {difference}.");
    if !difference.is_zero() {
        text += " THE FIGURE IS NOT EXPLAINED: please report this.";
    }
    text
}

fn place(line: &ChargesLine) -> String {
    match (&line.unit, &line.reason) {
        (Some(unit), _) => unit.to_string(),
        (None, reason) => format!("unattributed: {}", reason.as_deref().unwrap_or_default().replace('_', " ")),
    }
}

fn rule(line: &ChargesLine) -> String {
    line.rule.clone().unwrap_or_else(|| "(no rule)".to_owned())
}

fn values(list: &[FieldValue]) -> String {
    let value = |field: &FieldValue| format!("{}={}", field.field, field.value.as_deref().unwrap_or_default());
    list.iter().map(value).collect::<Vec<_>>().join(", ")
}
