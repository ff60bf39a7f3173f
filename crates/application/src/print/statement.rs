//! The statement of a unit on paper.

use chrono::{DateTime, Utc};
use farthing_ledger::{Beside, PoolLine, UnitBelow, UnitStatement, format_count};
use farthing_types::{Amount, Selection, round_to_total};

use super::fonts::Type;
use super::numbers::{exact, money, month, percent};
use super::paper::{BAD, INK, INK_2, INK_3, MARK, Paper, RULE, Style, style};
use super::{PaperSize, PrintError};

const TEXT: Style = style(Type::Sans, 9.5, INK);
const FAINT: Style = style(Type::Sans, 9.5, INK_2);
const STRONG: Style = style(Type::Strong, 9.5, INK);
const LABEL: Style = style(Type::Sans, 8.0, INK_2);
const NOTE: Style = style(Type::Sans, 8.5, INK_2);
const TITLE: Style = style(Type::Serif, 14.0, INK);
const GROUP: Style = style(Type::Serif, 9.5, INK_2);

/// Room for a mark behind the last figure of a row.
const HANG: f32 = 8.5;

/// The height of a ledger's row.
const ROW: f32 = 16.0;

/// What a statement says of itself beside its figures.
pub(crate) struct Basis<'a> {
    pub as_of: DateTime<Utc>,
    /// When the period was closed, by whom, and its certificate's digest.
    pub closed: Option<(DateTime<Utc>, &'a str, &'a str)>,
    pub rows_set_aside: u64,
}

/// Prints statements, one a currency, each on pages of its own.
pub(crate) fn print(statements: &[&UnitStatement], basis: &Basis<'_>, size: PaperSize) -> Result<Vec<u8>, PrintError> {
    let mut paper = Paper::new(size)?;
    for statement in statements {
        Printed { paper: &mut paper, statement, basis }.print();
    }
    let title = statements.first().map(|one| format!("{} · {} · Farthing", one.name, one.selection)).unwrap_or_default();
    paper.finish(&title, basis.as_of)
}

struct Printed<'a> {
    paper: &'a mut Paper,
    statement: &'a UnitStatement,
    basis: &'a Basis<'a>,
}

/// The columns of figures, from the right: where each ends, and its head.
struct Columns(Vec<(f32, String)>);

impl Printed<'_> {
    fn print(&mut self) {
        let UnitStatement { name, currency, cost, rule_set, .. } = self.statement;
        let (period, rules) = (self.period(), rules(rule_set.as_deref()));
        self.paper.begin(format!("{period}  ·  {currency}  ·  {cost} cost  ·  {rules}"), &format!("{name}  ·  {period}"));
        self.opening();
        self.ledger();
        self.below();
        self.shares();
        self.proof();
    }

    fn period(&self) -> String {
        match self.statement.selection {
            Selection::Period(period) => month(period),
            Selection::Window(window) => window.to_string(),
        }
    }

    /// The finding, and beside it who answers for it.
    fn opening(&mut self) {
        let one = self.statement;
        let (left, right, top) = (self.paper.left(), self.paper.right(), self.paper.y());
        let aside = right - 158.0;
        self.paper.text(left, LABEL, &one.above.iter().chain([&one.name]).cloned().collect::<Vec<_>>().join("  /  "));
        self.paper.down(30.0);
        let finding = style(Type::Serif, 22.0, INK);
        let total = self.shown().2;
        let said = if total.is_negative() { "is credited" } else { "is charged" };
        let text = format!(
            "{} {said} {}\u{a0}{} for {}.",
            one.name,
            money(total.abs()),
            one.currency,
            self.period().replace(' ', "\u{a0}")
        );
        self.paper.paragraph(left, aside - left - 24.0, finding, 27.0, &text);
        self.paper.down(-3.0);
        let lede = style(Type::Serif, 11.0, INK_2);
        let text = self.lede();
        self.paper.paragraph(left, aside - left - 24.0, lede, 16.0, &text);
        let end = self.paper.y();

        self.paper.set_y(top);
        let closed = self.basis.closed.map(|(at, by, _)| format!("Closed {} by {by}", at.format("%Y-%m-%d")));
        let status = if one.proven { closed.unwrap_or_else(|| "Draft, period open".to_owned()) } else { "Not proven".to_owned() };
        let facts = [
            ("Owner", one.owner.clone()),
            ("Cost centre", one.cost_center.clone()),
            ("Unit", Some(one.unit.to_string())),
            ("Status", Some(status)),
        ];
        for (what, value) in facts {
            let Some(value) = value else { continue };
            self.paper.text(aside + 14.0, LABEL, what);
            let mark = if value == "Not proven" { Style { colour: BAD, ..LABEL } } else { Style { colour: INK, ..LABEL } };
            for line in self.paper.wrap(mark, &value, 90.0) {
                self.paper.figure(right, mark, &line);
                self.paper.down(11.0);
            }
            self.paper.down(3.0);
        }
        let end = end.max(self.paper.y());
        self.paper.upright(aside, top - 8.0, end - 8.0);
        self.paper.set_y(end + 2.0);
        self.paper.rule(0.6, RULE, left, right);
        self.paper.down(22.0);
    }

    fn lede(&self) -> String {
        let one = self.statement;
        let (direct, shared, total, _) = self.shown();
        let parts = match shared {
            none if none.is_zero() => "All of it is direct.".to_owned(),
            given if given.is_negative() => format!("{} is direct, of which {} was passed on.", money(direct), money(-given)),
            share => format!("{} is direct, {} its share of what is common to several.", money(direct), money(share)),
        };
        match (one.previous_period, one.total.previous) {
            (Some(period), Some(previous)) => {
                let change = total - previous.round(2);
                let than = match change {
                    none if none.is_zero() => format!("as much as in {}", month(period)),
                    up if !up.is_negative() => format!("{} more than in {}", money(up), month(period)),
                    down => format!("{} less than in {}", money(-down), month(period)),
                };
                let percent = one.total.change_tenths.map_or(String::new(), |tenths| format!(" ({})", percent(Some(tenths))));
                format!("That is {than}{percent}. {parts}")
            }
            _ => parts,
        }
    }

    /// Figures rounded so that what stands below each other adds up: direct, shared, total, and each row of both.
    fn shown(&self) -> (Amount, Amount, Amount, Vec<Amount>) {
        self.rounded(|figures| figures.amount)
    }

    /// The same of the month before.
    fn before(&self) -> Vec<Amount> {
        self.rounded(|figures| figures.previous.unwrap_or_default()).3
    }

    fn rounded(&self, of: fn(&Beside) -> Amount) -> (Amount, Amount, Amount, Vec<Amount>) {
        let one = self.statement;
        let totals = round_to_total(&[of(&one.direct_total), of(&one.shared_total)], 2);
        let mut rows = rounded_to(totals[0], &one.direct.iter().map(|line| of(&line.figures)).collect::<Vec<_>>());
        rows.extend(rounded_to(totals[1], &one.shared.iter().map(|line| of(&line.figures)).collect::<Vec<_>>()));
        (totals[0], totals[1], totals[0] + totals[1], rows)
    }

    fn title(&mut self, title: &str, dek: &str) {
        self.paper.need(70.0);
        self.paper.text(self.paper.left(), TITLE, title);
        self.paper.down(14.0);
        self.paper.text(self.paper.left(), NOTE, dek);
        self.paper.down(20.0);
    }

    fn heads(&mut self, first: &str, columns: &Columns) {
        let left = self.paper.left();
        self.paper.text(left, LABEL, first);
        for (right, head) in &columns.0 {
            self.paper.figure(*right, LABEL, head);
        }
        self.paper.down(5.0);
        self.paper.rule(0.8, INK, left, self.paper.right());
        self.paper.down(12.0);
    }

    /// One line of figures, with a hairline below; `faint` follows the name in a lighter tone.
    fn row(&mut self, columns: &Columns, first: &str, name: (f32, &str, &str), style: Style, figures: &[(String, Style)]) {
        let (indent, name, faint) = name;
        let left = self.paper.left() + indent;
        let ends = columns.0.first().map_or(self.paper.right(), |(right, _)| *right - 78.0);
        let text = if faint.is_empty() { name.to_owned() } else { format!("{name} {faint}") };
        let lines = self.paper.wrap(style, &text, ends - left);
        let height = ROW + 11.5 * (lines.len() - 1) as f32;
        if self.paper.need(height) {
            self.heads(first, columns);
        }
        for ((right, _), (figure, style)) in columns.0.iter().zip(figures) {
            self.paper.figure(*right, *style, figure);
        }
        let mut rest = name.chars().count();
        for (at, line) in lines.iter().enumerate() {
            let split = line.char_indices().nth(rest).map_or(line.len(), |(at, _)| at);
            let x = self.paper.text(left, style, &line[..split]);
            self.paper.text(x, Style { colour: INK_2, ..style }, &line[split..]);
            rest = rest.saturating_sub(line.chars().count() + 1);
            if at + 1 < lines.len() {
                self.paper.down(11.5);
            }
        }
        self.paper.down(4.5);
        self.paper.rule(0.5, RULE, self.paper.left(), self.paper.right());
        self.paper.down(ROW - 4.5);
    }

    fn ledger(&mut self) {
        let one = self.statement;
        let dek =
            format!("{}, {} cost. Figures in parentheses are credits, or money that was passed on.", one.currency, one.cost);
        self.title("Statement", &dek);
        let right = self.paper.right();
        let now = match one.selection {
            Selection::Period(period) => period.start().format("%B").to_string(),
            Selection::Window(_) => "Amount".to_owned(),
        };
        let columns = match one.previous_period {
            None => Columns(vec![(right - 4.0, now)]),
            Some(period) => {
                let then = period.start().format("%B").to_string();
                let versus = format!("vs {then}");
                Columns(vec![
                    (right - 218.0, now),
                    (right - 142.0, then),
                    (right - 66.0, "Change".into()),
                    (right - HANG, versus),
                ])
            }
        };
        self.heads("", &columns);
        let (direct, shared, total, now) = self.shown();
        let before = self.before();
        let (own, pools) = (one.direct.len(), one.shared.len());
        let sum = |rows: &[Amount]| rows.iter().copied().sum::<Amount>();
        for (group, rows) in [("Direct", 0..own), ("Shared", own..own + pools)] {
            if rows.is_empty() {
                continue;
            }
            self.paper.need(ROW * 3.0);
            self.paper.text(self.paper.left(), GROUP, group);
            self.paper.down(4.5);
            self.paper.rule(0.5, RULE, self.paper.left(), right);
            self.paper.down(ROW - 4.5);
            for at in rows.clone() {
                let (name, faint, tenths) = match at.checked_sub(own) {
                    None => {
                        let line = &one.direct[at];
                        (
                            line.service.clone().unwrap_or_else(|| "No service named".to_owned()),
                            String::new(),
                            line.figures.change_tenths,
                        )
                    }
                    Some(pool) => (one.shared[pool].pool.clone(), by(&one.shared[pool]), one.shared[pool].figures.change_tenths),
                };
                let figures = self.figures(now[at], before[at], tenths, TEXT);
                self.row(&columns, "", (12.0, &name, &faint), TEXT, &figures);
            }
            let (title, figure, then, tenths) = match group {
                "Direct" => ("Direct costs", direct, sum(&before[..own]), one.direct_total.change_tenths),
                _ => ("Shared costs", shared, sum(&before[own..]), one.shared_total.change_tenths),
            };
            self.sum(&columns, title, &self.figures(figure, then, tenths, STRONG), false);
        }
        let figures = self.figures(total, sum(&before), one.total.change_tenths, STRONG);
        self.sum(&columns, &format!("Charged to {}", one.name), &figures, true);
        self.paper.down(16.0);
    }

    /// This month, the month before, the change and its percentage.
    fn figures(&self, now: Amount, before: Amount, tenths: Option<i64>, style: Style) -> Vec<(String, Style)> {
        let mut figures = vec![(money(now), style)];
        if self.statement.previous_period.is_some() {
            let (text, colour) = match tenths {
                // A share of next to nothing says nothing.
                None if now.is_zero() && before.is_zero() => ("–".to_owned(), style.colour),
                Some(0) if now == before => ("–".to_owned(), style.colour),
                Some(up) if up >= 100 => (format!("{}{MARK}", percent(tenths)), BAD),
                _ => (percent(tenths), style.colour),
            };
            figures.extend([(money(before), style), (money(now - before), style), (text, Style { colour, ..style })]);
        }
        figures
    }

    /// A sum under an ink rule; the last of a table has a double one below.
    fn sum(&mut self, columns: &Columns, name: &str, figures: &[(String, Style)], last: bool) {
        if self.paper.need(ROW + 6.0) {
            self.heads("", columns);
        }
        let (left, right) = (self.paper.left(), self.paper.right());
        self.paper.down(-(ROW - 4.5));
        self.paper.rule(0.8, INK, left, right);
        self.paper.down(ROW - 4.5);
        for ((right, _), (figure, style)) in columns.0.iter().zip(figures) {
            self.paper.figure(*right, *style, figure);
        }
        self.paper.text(left, STRONG, name);
        self.paper.down(4.5);
        if last {
            self.paper.rule(0.8, INK, left, right);
            self.paper.down(2.2);
            self.paper.rule(0.8, INK, left, right);
            self.paper.down(ROW - 6.7);
        } else {
            self.paper.rule(0.8, INK, left, right);
            self.paper.down(ROW - 4.5);
        }
    }

    /// The units below, each with those below it.
    fn below(&mut self) {
        let one = self.statement;
        if one.below.is_empty() {
            return;
        }
        self.title("Units below", "What each of them, with those below it, has of the total.");
        let right = self.paper.right();
        let mut columns =
            vec![(right - 218.0, "Direct".to_owned()), (right - 142.0, "Shared".into()), (right - 66.0, "Total".into())];
        columns.extend(one.previous_period.map(|period| (right - HANG, period.start().format("vs %B").to_string())));
        let columns = Columns(columns);
        self.heads("Unit", &columns);
        let (direct, shared, ..) = self.shown();
        let (direct, shared) = (
            self.rolled_up(direct, one.direct_total, |unit| unit.direct),
            self.rolled_up(shared, one.shared_total, |unit| unit.shared),
        );
        for ((unit, direct), shared) in one.below.iter().zip(direct).zip(shared) {
            let total = direct + shared;
            let mut figures = [direct, shared, total].map(|amount| (money(amount), TEXT)).to_vec();
            if let Beside { previous: Some(previous), change_tenths, .. } = unit.figures {
                figures.extend(self.figures(total, previous.round(2), change_tenths, TEXT).pop());
            }
            self.row(&columns, "Unit", (12.0 * (unit.depth - 1) as f32, &unit.name, ""), TEXT, &figures);
        }
        self.paper.down(16.0);
    }

    /// Amounts of the units below, each with those below it, rounded so that every sum of the tree holds in view.
    fn rolled_up(&self, shown: Amount, total: Beside, of: fn(&UnitBelow) -> Amount) -> Vec<Amount> {
        let below = &self.statement.below;
        let under = |at: usize| below[at + 1..].iter().take_while(|unit| unit.depth > below[at].depth).count();
        let next = |from: &[UnitBelow], depth: u32| from.iter().filter(|unit| unit.depth == depth).map(of).sum::<Amount>();
        // Each unit's own amount, that of the statement's unit first.
        let mut own = vec![total.amount - next(below, 1)];
        own.extend((0..below.len()).map(|at| of(&below[at]) - next(&below[at + 1..=at + under(at)], below[at].depth + 1)));
        let own = rounded_to(shown, &own).split_off(1);
        (0..below.len()).map(|at| own[at..=at + under(at)].iter().copied().sum()).collect()
    }

    /// How the shares came about: quantity, rate and amount of each.
    fn shares(&mut self) {
        let one = self.statement;
        let shown = self.shown().3.split_off(one.direct.len());
        let received = one.shared.iter().zip(shown).filter(|(line, _)| !line.gives && !line.figures.amount.is_zero());
        let received: Vec<(&PoolLine, Amount)> = received.collect();
        if received.is_empty() {
            return;
        }
        self.title("How shared costs were split", "Quantity × rate is the share before rounding at the eighteenth decimal.");
        let right = self.paper.right();
        let columns = Columns(vec![
            (right - 262.0, "Quantity".to_owned()),
            (right - 176.0, "Of".into()),
            (right - 76.0, format!("{} each", one.currency)),
            (right, "Share".into()),
        ]);
        self.heads("Pool", &columns);
        for (line, shown) in received {
            let rate = match (line.rate, line.parts) {
                (Some(rate), _) => exact(rate.round(8)),
                (None, parts) => format!("in {} parts", format_count(parts)),
            };
            let quantity = |amount: Amount| exact(amount.round(2));
            let figures = [quantity(line.quantity.0), quantity(line.total_quantity.0), rate, money(shown)];
            self.row(&columns, "Pool", (0.0, &line.pool, &by(line)), TEXT, &figures.map(|text| (text, TEXT)));
        }
        self.paper.down(16.0);
    }

    /// That the figures add up, exactly, and what they rest on.
    fn proof(&mut self) {
        let (one, whole) = (self.statement, &self.statement.whole);
        self.title("Proof", &format!("To the last digit, in {}.", one.currency));
        let (left, right) = (self.paper.left(), self.paper.right());
        let lines = [
            (
                format!("Direct + shared of {}", one.name),
                plus(one.direct_total.amount, one.shared_total.amount),
                exact(one.total.amount),
            ),
            (
                "Attributed + unattributed, of all that was billed".to_owned(),
                plus(whole.attributed_total, whole.unattributed_total),
                exact(whole.billed_total),
            ),
        ];
        for (what, sum, total) in lines {
            self.paper.need(34.0);
            self.paper.text(left, TEXT, &what);
            self.paper.figure(right, STRONG, &total);
            self.paper.down(11.5);
            self.paper.text(left, NOTE, &sum);
            self.paper.down(5.0);
            self.paper.rule(0.5, RULE, left, right);
            self.paper.down(12.0);
        }
        self.paper.need(20.0);
        let verdict = match one.proven {
            true => "Every sum is what it must be. Difference 0.".to_owned(),
            false => format!("NOT PROVEN, difference {}: do not charge anyone by this statement.", exact(whole.difference)),
        };
        let mark = if one.proven { STRONG } else { Style { colour: BAD, ..STRONG } };
        self.paper.paragraph(left, right - left, mark, 13.0, &verdict);
        let conversion: Vec<String> = one.conversion.iter().flat_map(|conversion| conversion.sentences()).collect();
        for problem in one.problems.iter().chain(&one.notes).chain(&conversion) {
            self.paper.paragraph(left, right - left, FAINT, 12.5, &format!("{problem}."));
        }
        self.paper.down(6.0);
        for line in self.colophon() {
            self.paper.paragraph(left, right - left, Style { colour: INK_3, ..LABEL }, 10.5, &line);
        }
    }

    fn colophon(&self) -> Vec<String> {
        let (one, basis) = (self.statement, self.basis);
        let as_of = basis.as_of.format("%Y-%m-%d %H:%M:%S UTC");
        let charges = format_count(one.whole.charges);
        let mut lines = vec![format!("As of {as_of}  ·  {charges} charges  ·  {}", rules(one.rule_set.as_deref()))];
        let revisions = one.revisions.iter().map(|revision| format!("{}\u{a0}{}", revision.source, revision.id));
        lines.push(format!("Revisions: {}", revisions.collect::<Vec<_>>().join(", ")));
        match basis.closed {
            Some((_, _, certificate)) => lines.push(format!("Certificate of the closed period: SHA-256 {certificate}")),
            None => lines.push("The period is open: the next delivery may change these figures.".to_owned()),
        }
        if basis.rows_set_aside > 0 {
            let rows = format_count(basis.rows_set_aside);
            lines.push(format!("{rows} rows were set aside when the bill was imported: their money is in no figure here."));
        }
        lines
    }
}

/// `a + b`, or `a − b` where the second is below zero.
fn plus(a: Amount, b: Amount) -> String {
    let sign = if b.is_negative() { '\u{2212}' } else { '+' };
    format!("{} {sign} {}", exact(a), exact(b.abs()))
}

/// Parts rounded to the cent so that they sum to `total`; what rounding by themselves leaves over goes to the largest.
fn rounded_to(total: Amount, parts: &[Amount]) -> Vec<Amount> {
    let mut rounded = round_to_total(parts, 2);
    let rest = total - rounded.iter().copied().sum::<Amount>();
    if let Some(largest) = rounded.iter_mut().max_by_key(|amount| amount.abs()) {
        *largest += rest;
    }
    rounded
}

fn rules(version: Option<&str>) -> String {
    version.map_or("no rules".to_owned(), |version| format!("rules {version}"))
}

/// What a pool's line says beside its name.
fn by(line: &PoolLine) -> String {
    let driver = line.driver.replace('_', " ");
    if line.gives { format!("passed on by {driver}") } else { format!("by {driver}") }
}
