//! Any table on paper: a ledger as wide as its columns want, upright where it fits and across the paper where it does not.

use chrono::{DateTime, Utc};

use super::fonts::Type;
use super::paper::{INK, INK_2, Paper, RULE, Style, style};
use super::{PaperSize, PrintError};
use crate::tables::{RowKind, ShownRow, ShownTable};

/// Between two columns.
const GAP: f32 = 12.0;
/// How far a row stands in that is below another.
const INDENT: f32 = 12.0;
/// Words of a column are given no more room than this before they wrap, and no less.
const WIDEST: f32 = 230.0;
const NARROWEST: f32 = 54.0;
/// Sizes of type, the largest first; the smallest that can be read.
const SIZES: [f32; 4] = [9.0, 8.0, 7.0, 6.0];

pub(crate) fn print_table(table: &ShownTable, size: PaperSize, now: DateTime<Utc>) -> Result<Vec<u8>, PrintError> {
    let upright = Paper::new(size)?;
    let fits = Layout::of(table, &upright, SIZES[0]).filter(|layout| layout.wraps <= 1.0);
    let (mut paper, layout) = match fits {
        Some(layout) => (upright, layout),
        None => {
            let across = Paper::across(size)?;
            let layout = SIZES.iter().find_map(|size| Layout::of(table, &across, *size));
            let layout = layout.unwrap_or_else(|| Layout::squeezed(table, &across));
            (across, layout)
        }
    };
    paper.begin(table.basis.clone(), &format!("{}  ·  {}", table.title, now.format("%Y-%m-%d %H:%M UTC")));
    Printed { paper: &mut paper, table, layout }.print();
    paper.finish(&format!("{} · Farthing", table.title), now)
}

/// How wide each column is, and in which type.
struct Layout {
    widths: Vec<f32>,
    size: f32,
    /// How much more room the words want than they have.
    wraps: f32,
}

impl Layout {
    /// The columns as wide as they want to be, their words wrapped where they have to; none where the figures alone are too wide.
    fn of(table: &ShownTable, paper: &Paper, size: f32) -> Option<Self> {
        let room = paper.right() - paper.left() - GAP * (table.columns.len() - 1) as f32;
        let wanted = Self::wanted(table, paper, size);
        let figures: f32 = table.columns.iter().zip(&wanted).filter(|(column, _)| column.figures).map(|(_, width)| width).sum();
        let words: Vec<f32> =
            table.columns.iter().zip(&wanted).filter(|(column, _)| !column.figures).map(|(_, width)| *width).collect();
        let (left, wish) = (room - figures, words.iter().sum::<f32>());
        if left < words.iter().map(|width| width.min(NARROWEST)).sum::<f32>() {
            return None;
        }
        // Words share what figures leave; what is over goes to the first column, so that figures stand at the edge of the paper.
        let share = if wish > left { left / wish } else { 1.0 };
        let mut widths: Vec<f32> =
            table.columns.iter().zip(wanted).map(|(column, width)| if column.figures { width } else { width * share }).collect();
        let rest = room - widths.iter().sum::<f32>();
        if rest > 0.0 {
            widths[0] += rest;
        }
        Some(Self { widths, size, wraps: wish / left.max(1.0) })
    }

    /// Each column a share of the paper, whatever it wants.
    fn squeezed(table: &ShownTable, paper: &Paper) -> Self {
        let columns = table.columns.len() as f32;
        let width = ((paper.right() - paper.left() - GAP * (columns - 1.0)) / columns).max(1.0);
        Self { widths: vec![width; table.columns.len()], size: SIZES[SIZES.len() - 1], wraps: 2.0 }
    }

    fn wanted(table: &ShownTable, paper: &Paper, size: f32) -> Vec<f32> {
        let (text, strong, label) =
            (style(Type::Sans, size, INK), style(Type::Strong, size, INK), style(Type::Sans, size - 1.0, INK_2));
        let widest = |at: usize| {
            let cells = table.rows.iter().filter(|row| row.kind != RowKind::Group).map(|row| {
                let face = if matches!(row.kind, RowKind::Sum | RowKind::Total) { strong } else { text };
                let indent = if at == 0 && row.kind == RowKind::Within { INDENT } else { 0.0 };
                paper.width(face, &ShownTable::cell(row, at).shown) + indent
            });
            let head = table.columns[at].label.split(' ').map(|word| paper.width(label, word)).fold(0.0, f32::max);
            cells.fold(head, f32::max)
        };
        (0..table.columns.len()).map(|at| if table.columns[at].figures { widest(at) } else { widest(at).min(WIDEST) }).collect()
    }
}

struct Printed<'a> {
    paper: &'a mut Paper,
    table: &'a ShownTable,
    layout: Layout,
}

impl Printed<'_> {
    fn print(&mut self) {
        let (left, right) = (self.paper.left(), self.paper.right());
        self.paper.down(6.0);
        self.paper.paragraph(left, right - left, style(Type::Serif, 16.0, INK), 20.0, &self.table.title);
        if !self.table.dek.is_empty() {
            self.paper.down(-4.0);
            self.paper.paragraph(left, right - left, style(Type::Sans, 8.5, INK_2), 12.0, &self.table.dek);
        }
        self.paper.down(14.0);
        self.heads();
        let table = self.table;
        for row in &table.rows {
            self.row(row);
        }
    }

    /// The heads of the columns over an ink rule; long ones wrap.
    fn heads(&mut self) {
        let label = style(Type::Sans, self.layout.size - 1.0, INK_2);
        let heads = self.table.columns.iter().map(|column| column.label.as_str()).collect::<Vec<_>>();
        let lines = self.wrapped(label, &heads, 0.0);
        let tallest = lines.iter().map(Vec::len).max().unwrap_or(1);
        self.lines(label, &lines, tallest, 0.0, true);
        self.paper.down(-2.0);
        self.paper.rule(0.8, INK, self.paper.left(), self.paper.right());
        self.paper.down(self.layout.size + 3.0);
    }

    fn row(&mut self, row: &ShownRow) {
        let size = self.layout.size;
        let cells: Vec<&str> = (0..self.table.columns.len()).map(|at| ShownTable::cell(row, at).shown.as_str()).collect();
        let (left, right) = (self.paper.left(), self.paper.right());
        let (face, indent) = match row.kind {
            RowKind::Group => (style(Type::Serif, size, INK_2), 0.0),
            RowKind::Sum | RowKind::Total => (style(Type::Strong, size, INK), 0.0),
            RowKind::Within => (style(Type::Sans, size, INK), INDENT),
            RowKind::Line => (style(Type::Sans, size, INK), 0.0),
        };
        let lines = match row.kind {
            RowKind::Group => vec![self.paper.wrap(face, cells.first().copied().unwrap_or_default(), right - left)],
            _ => self.wrapped(face, &cells, indent),
        };
        let tallest = lines.iter().map(Vec::len).max().unwrap_or(1).max(1);
        // The name of a group does not stay behind at the foot of a page.
        let together = if row.kind == RowKind::Group { 3.0 } else { 1.0 };
        if self.paper.need((size + 7.0) * together + (size + 2.0) * (tallest - 1) as f32) {
            self.heads();
        }
        if matches!(row.kind, RowKind::Sum | RowKind::Total) {
            self.paper.down(-(size + 3.0));
            self.paper.rule(0.8, INK, left, right);
            self.paper.down(size + 3.0);
        }
        self.lines(face, &lines, tallest, indent, false);
        self.paper.down(-(size + 2.0) + 4.5);
        if row.kind == RowKind::Total {
            self.paper.rule(0.8, INK, left, right);
            self.paper.down(2.2);
            self.paper.rule(0.8, INK, left, right);
        } else {
            self.paper.rule(0.5, RULE, left, right);
        }
        self.paper.down(size + 3.0);
    }

    fn wrapped(&self, face: Style, cells: &[&str], indent: f32) -> Vec<Vec<String>> {
        let width = |at: usize| (self.layout.widths[at] - if at == 0 { indent } else { 0.0 }).max(1.0) + 0.01;
        cells.iter().enumerate().map(|(at, text)| self.paper.wrap(face, text, width(at))).collect()
    }

    /// Writes the lines of a row's cells; the cursor ends at the baseline after the last. Heads stand on the rule below them.
    fn lines(&mut self, face: Style, lines: &[Vec<String>], tallest: usize, indent: f32, low: bool) {
        let leading = self.layout.size + 2.0;
        for line in 0..tallest {
            let mut x = self.paper.left();
            for (at, cell) in lines.iter().enumerate() {
                let width = self.layout.widths[at];
                let above = if low { tallest - cell.len() } else { 0 };
                if let Some(text) = line.checked_sub(above).and_then(|line| cell.get(line)) {
                    match self.table.columns[at].figures {
                        true => self.paper.figure(x + width, face, text),
                        false => _ = self.paper.text(x + if at == 0 { indent } else { 0.0 }, face, text),
                    }
                }
                x += width + GAP;
            }
            self.paper.down(leading);
        }
    }
}
