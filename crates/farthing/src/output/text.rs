//! Tables for terminals and for Markdown.

use unicode_width::UnicodeWidthStr;

use super::{Cell, Table};

/// Aligned columns, a rule above the total, sentences below.
pub fn plain(table: &Table) -> String {
    let widths = widths(table);
    let mut text = String::new();
    if !table.title.is_empty() {
        text.push_str(&format!("{}\n\n", table.title));
    }
    let heads: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    if heads.iter().any(|head| !head.is_empty()) {
        line(&mut text, table, &widths, &heads);
    }
    for row in &table.rows {
        line(&mut text, table, &widths, &shown(row));
    }
    if let Some(total) = &table.total {
        // The rule stands over the figures that are totals.
        let is_total = |at: usize| table.columns[at].right && total.get(at).is_some_and(|cell| !cell.shown.is_empty());
        let rule = |(at, width): (usize, &usize)| if is_total(at) { "─".repeat(*width) } else { String::new() };
        let rules: Vec<String> = widths.iter().enumerate().map(rule).collect();
        line(&mut text, table, &widths, &rules.iter().map(String::as_str).collect::<Vec<_>>());
        line(&mut text, table, &widths, &shown(total));
    }
    if !table.notes.is_empty() {
        if !text.is_empty() {
            text.push('\n');
        }
        for note in &table.notes {
            text.push_str(note);
            text.push('\n');
        }
    }
    text
}

/// A Markdown table with its sentences as a paragraph.
pub fn markdown(table: &Table) -> String {
    let escape = |cell: &str| cell.trim().replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;").replace('\n', " ");
    let row = |cells: &[&str]| format!("| {} |\n", cells.iter().map(|c| escape(c)).collect::<Vec<_>>().join(" | "));
    let mut text = String::new();
    if !table.title.is_empty() {
        text.push_str(&format!("**{}**\n\n", escape(&table.title)));
    }
    text.push_str(&row(&table.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>()));
    let rules: Vec<&str> = table.columns.iter().map(|column| if column.right { "---:" } else { "---" }).collect();
    text.push_str(&format!("| {} |\n", rules.join(" | ")));
    for cells in table.rows.iter().chain(&table.total) {
        text.push_str(&row(&shown(cells)));
    }
    for note in &table.notes {
        text.push_str(&format!("\n{}\n", escape(note)));
    }
    text
}

fn shown(cells: &[Cell]) -> Vec<&str> {
    cells.iter().map(|cell| cell.shown.as_str()).collect()
}

fn widths(table: &Table) -> Vec<usize> {
    let width = |at: usize| {
        let cells = table.rows.iter().chain(&table.total).filter_map(|row| row.get(at)).map(|cell| cell.shown.width());
        cells.chain([table.columns[at].name.width()]).max().unwrap_or(0)
    };
    (0..table.columns.len()).map(width).collect()
}

fn line(text: &mut String, table: &Table, widths: &[usize], cells: &[&str]) {
    let mut row = String::new();
    for (at, cell) in cells.iter().enumerate() {
        let padding = " ".repeat(widths[at].saturating_sub(cell.width()));
        if at > 0 {
            row.push_str("  ");
        }
        if table.columns[at].right {
            row.push_str(&padding);
            row.push_str(cell);
        } else {
            row.push_str(cell);
            row.push_str(&padding);
        }
    }
    text.push_str(row.trim_end());
    text.push('\n');
}
