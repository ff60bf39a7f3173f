//! The difference of two revisions as tables.

use farthing_application::{ChangeKind, KindChange, MovedByRules, PartChange, RevisionDiff, TotalChange};
use farthing_types::{Amount, Cost, Currency, FourCosts, round_to_total};

use super::sentence;
use crate::output::{Cell, Format, Table, grouped};

pub fn tables(diff: &RevisionDiff, cost: Cost, form: Format) -> Vec<Table> {
    if form == Format::Csv {
        return vec![flat(diff)];
    }
    let mut tables = vec![by_kind(diff, cost)];
    for total in &diff.totals {
        let currency = total.currency;
        let units =
            diff.units.iter().map(|unit| (holder(unit.unit.as_ref().map(ToString::to_string), unit.reason), &unit.change));
        let services = diff.services.iter().map(|line| (line.service.clone().unwrap_or("(no service)".to_owned()), &line.change));
        tables.extend(by_holder("unit", "Unit", units, total, cost).map(|mut table| {
            let shares = diff.units.iter().any(|unit| unit.change.currency == currency && !unit.change.shared.is_zero());
            if shares {
                table.note("Before and after include shares of pools; the counts are of charges.");
            }
            table
        }));
        tables.extend(by_holder("service", "Service", services, total, cost));
    }
    tables.extend(moved_by_rules(diff, cost));
    tables
}

/// What became of charges, and the proof.
fn by_kind(diff: &RevisionDiff, cost: Cost) -> Table {
    let (before, after) = (&diff.before, &diff.after);
    let numbers = match before.source == after.source && before.dataset == after.dataset {
        true => format!("revision {} → {}", before.sequence, after.sequence),
        false => format!(
            "{} of {}, revision {} → {} of {}, revision {}",
            before.dataset, before.source, before.sequence, after.dataset, after.source, after.sequence
        ),
    };
    let rules = diff.rule_set.map_or("no rules".to_owned(), |version| format!("rules v{version}"));
    let title = format!("What changed in {} of {} · {numbers} · {cost} cost · {rules}", after.period, after.source);
    let changes: Vec<String> = diff.totals.iter().map(|total| format!(">{}", total.currency)).collect();
    let heads: Vec<&str> = ["Charges", ">Rows"].into_iter().chain(changes.iter().map(String::as_str)).collect();
    let mut table = Table::new(title, &heads);
    let rows = diff.rows;
    let kinds = [
        ("cost more", rows.up, ChangeKind::Up),
        ("cost less", rows.down, ChangeKind::Down),
        ("are new", rows.new, ChangeKind::New),
        ("are gone", rows.gone, ChangeKind::Gone),
        ("have other tags, same cost", rows.retagged, ChangeKind::Retagged),
    ];
    let columns: Vec<Vec<Amount>> = diff
        .totals
        .iter()
        .map(|total| round_to_total(&kinds.map(|(_, _, kind)| of_kind(diff, kind, total.currency, cost)), 2))
        .collect();
    for (at, (name, count, _)) in kinds.into_iter().enumerate().filter(|(_, (_, count, _))| *count > 0) {
        table.row(
            [Cell::text(name), Cell::count(count)].into_iter().chain(columns.iter().map(|column| signed(column[at]))).collect(),
        );
    }
    for (name, count) in [("differ in other details", rows.details), ("are the same", rows.unchanged)] {
        if count > 0 {
            table.row(
                [Cell::text(name), Cell::count(count)].into_iter().chain(diff.totals.iter().map(|_| Cell::none())).collect(),
            );
        }
    }
    let sums = diff.totals.iter().map(|total| signed(total.change[cost]));
    table.total = Some([Cell::text("Difference"), Cell::default()].into_iter().chain(sums).collect());
    for TotalChange { currency, before, after, change } in &diff.totals {
        let (before, after) = (grouped(&before[cost].to_string()), grouped(&after[cost].to_string()));
        table.note(format!("{currency}: {before} → {after}, a difference of {}.", plus(&change[cost].to_string())));
    }
    table.note(sentence(diff.restates));
    table.note(match diff.proven {
        true => {
            "Sum of changes = difference, exactly: in all, by unit and by service, in each currency and each of the four costs."
                .to_owned()
        }
        false => format!("NOT PROVEN: {}. Run `farthing lake verify`.", diff.problems.join("; ")),
    });
    table
}

fn of_kind(diff: &RevisionDiff, kind: ChangeKind, currency: Currency, cost: Cost) -> Amount {
    let mine = diff.kinds.iter().filter(|change| change.kind == kind && change.currency == currency);
    mine.map(|change| change.change[cost]).sum()
}

/// Units or services with their counts, and what they cost before and after.
fn by_holder<'a>(
    what: &str,
    head: &str,
    parts: impl Iterator<Item = (String, &'a PartChange)>,
    total: &TotalChange,
    cost: Cost,
) -> Option<Table> {
    let parts: Vec<(String, &PartChange)> = parts.filter(|(_, part)| part.currency == total.currency).collect();
    if parts.is_empty() {
        return None;
    }
    let heads = [head, ">More", ">Less", ">New", ">Gone", ">Other tags", ">Same", ">Before", ">After", ">Change"];
    let mut table = Table::new(format!("By {what} · {}", total.currency), &heads);
    // Rounded so that columns add up in view, and rows as well.
    let rounded =
        |of: fn(&PartChange) -> &FourCosts| round_to_total(&parts.iter().map(|(_, part)| of(part)[cost]).collect::<Vec<_>>(), 2);
    let (before, change) = (rounded(|part| &part.before), rounded(|part| &part.change));
    for ((name, part), (before, change)) in parts.iter().zip(before.into_iter().zip(change)) {
        let count = |kind: ChangeKind| match part.kinds.iter().find(|change| change.kind == kind) {
            Some(change) => Cell::count(change.rows_before.max(change.rows_after)),
            None => Cell::none(),
        };
        let mut row = vec![Cell::text(name)];
        row.extend([ChangeKind::Up, ChangeKind::Down, ChangeKind::New, ChangeKind::Gone, ChangeKind::Retagged].map(count));
        row.extend([Cell::count(part.rows_same), Cell::money(before), Cell::money(before + change), signed(change)]);
        table.row(row);
    }
    let mut sum = vec![Cell::text("Difference")];
    sum.extend(vec![Cell::default(); 8]);
    sum.push(signed(total.change[cost]));
    table.total = Some(sum);
    Some(table)
}

fn moved_by_rules(diff: &RevisionDiff, cost: Cost) -> Option<Table> {
    let rules = diff.rules.as_ref()?;
    let version = |version: Option<u64>| version.map_or("no rules".to_owned(), |version| format!("rules v{version}"));
    let title = format!("Moved by other rules, beside the bill · {} → {}", version(rules.from), version(rules.to));
    if rules.from.is_none() {
        let mut table = Table::new("", &[]);
        table.note(format!(
            "There were no rules before the later revision came; all that is attributed is so by {}.",
            version(rules.to)
        ));
        return Some(table);
    }
    let mut table = Table::new(title, &["Unit", "Currency", ">Change"]);
    for MovedByRules { unit, reason, currency, change } in rules.units.iter().filter(|moved| !moved.change[cost].is_zero()) {
        let name = holder(unit.as_ref().map(ToString::to_string), *reason);
        table.row(vec![Cell::text(name), Cell::text(currency.to_string()), signed(change[cost])]);
    }
    table.note(match table.rows.is_empty() {
        true => "They moved nothing.",
        false => "What they moved in the earlier revision, since the later one came: a restatement of attribution, and together nothing.",
    });
    Some(table)
}

fn holder(unit: Option<String>, reason: Option<&str>) -> String {
    unit.unwrap_or_else(|| format!("Unattributed: {}", reason.unwrap_or_default().replace('_', " ")))
}

/// An amount with its sign.
fn signed(amount: Amount) -> Cell {
    let cell = Cell::money(amount);
    Cell::figure(plus(&cell.shown), cell.exact)
}

fn plus(figure: &str) -> String {
    match figure.starts_with('-') || figure.chars().all(|digit| matches!(digit, '0' | '.')) {
        true => figure.to_owned(),
        false => format!("+{figure}"),
    }
}

/// Every change, one a row, with the four costs.
fn flat(diff: &RevisionDiff) -> Table {
    let heads = ["By", "Of", "Currency", "Kind", ">RowsBefore", ">RowsAfter", ">Billed", ">Effective", ">Contracted", ">List"];
    let mut table = Table::new("", &heads);
    let mut row = |by: &str, of: &str, currency: Currency, kind: &str, rows: [u64; 2], change: FourCosts| {
        let texts = [by, of, &currency.to_string(), kind].map(Cell::text);
        table
            .row(texts.into_iter().chain(rows.map(Cell::count)).chain(Cost::ALL.map(|cost| Cell::money(change[cost]))).collect());
    };
    for KindChange { kind, currency, rows_before, rows_after, change } in &diff.kinds {
        row("all", "", *currency, kind.as_str(), [*rows_before, *rows_after], *change);
    }
    let units = diff.units.iter().map(|unit| {
        let by = if unit.unit.is_some() { "unit" } else { "unattributed" };
        (by, unit.unit.as_ref().map(ToString::to_string).or(unit.reason.map(str::to_owned)).unwrap_or_default(), &unit.change)
    });
    let services = diff.services.iter().map(|line| ("service", line.service.clone().unwrap_or_default(), &line.change));
    for (by, of, part) in units.chain(services) {
        for KindChange { kind, currency, rows_before, rows_after, change } in &part.kinds {
            row(by, &of, *currency, kind.as_str(), [*rows_before, *rows_after], *change);
        }
        if !part.shared.is_zero() {
            row(by, &of, part.currency, "share of pools", [0, 0], part.shared);
        }
    }
    for MovedByRules { unit, reason, currency, change } in diff.rules.iter().flat_map(|rules| &rules.units) {
        let of = unit.as_ref().map(ToString::to_string).or(reason.map(str::to_owned)).unwrap_or_default();
        row("rules", &of, *currency, "moved by rules", [0, 0], *change);
    }
    table
}
