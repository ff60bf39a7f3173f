//! Pages with a cursor: text, rules and tables, from the top to the bottom.

use chrono::{DateTime, Datelike, Timelike, Utc};
use pdf_writer::{Content, Date, Filter, Finish, Pdf, Rect, Ref, Str, TextStr};

use super::fonts::{Type, Typefaces};
use super::{PaperSize, PrintError, deflated};

/// Millimetres in points.
const MM: f32 = 72.0 / 25.4;

/// What stands behind an increase of a tenth or more.
pub(super) const MARK: &str = "\u{2009}▲";

/// The margin on every side.
const MARGIN: f32 = 16.0 * MM;

/// A colour, as the console's tokens have it.
pub(super) type Colour = [u8; 3];
pub(super) const INK: Colour = [0x16, 0x1b, 0x19];
pub(super) const INK_2: Colour = [0x4a, 0x52, 0x4e];
pub(super) const INK_3: Colour = [0x64, 0x6c, 0x68];
pub(super) const RULE: Colour = [0xd9, 0xdd, 0xd8];
pub(super) const ACCENT: Colour = [0x0b, 0x5f, 0x5a];
pub(super) const BAD: Colour = [0x96, 0x17, 0x2e];

/// How a text looks.
#[derive(Clone, Copy)]
pub(super) struct Style {
    pub face: Type,
    /// In points.
    pub size: f32,
    pub colour: Colour,
}

pub(super) const fn style(face: Type, size: f32, colour: Colour) -> Style {
    Style { face, size, colour }
}

/// A document on its way: pages, and where the next line goes.
pub(super) struct Paper {
    faces: Typefaces,
    width: f32,
    height: f32,
    pages: Vec<Content>,
    /// Where the next thing begins, from the top of the page.
    y: f32,
    /// What stands at the head of each page.
    head: String,
    /// What stands at the foot of each page beside its number, by page.
    feet: Vec<String>,
}

impl Paper {
    pub fn new(size: PaperSize) -> Result<Self, PrintError> {
        let (width, height) = match size {
            PaperSize::A4 => (210.0 * MM, 297.0 * MM),
            PaperSize::Letter => (612.0, 792.0),
        };
        let (pages, feet) = (Vec::new(), Vec::new());
        Ok(Self { faces: Typefaces::new()?, width, height, pages, y: 0.0, head: String::new(), feet })
    }

    /// The same paper, its long side at the foot.
    pub fn across(size: PaperSize) -> Result<Self, PrintError> {
        let upright = Self::new(size)?;
        Ok(Self { width: upright.height, height: upright.width, ..upright })
    }

    /// The left edge of the text.
    pub fn left(&self) -> f32 {
        MARGIN
    }

    /// The right edge of the text.
    pub fn right(&self) -> f32 {
        self.width - MARGIN
    }

    pub fn y(&self) -> f32 {
        self.y
    }

    pub fn set_y(&mut self, y: f32) {
        self.y = y;
    }

    pub fn down(&mut self, points: f32) {
        self.y += points;
    }

    /// Begins a part of the document on a page of its own.
    pub fn begin(&mut self, head: String, foot: &str) {
        self.head = head;
        self.page(foot.to_owned());
    }

    /// Goes on to another page where less than this is left; true where it did.
    pub fn need(&mut self, points: f32) -> bool {
        if self.y + points <= self.height - MARGIN - 18.0 {
            return false;
        }
        let foot = self.feet.last().cloned().unwrap_or_default();
        self.page(foot);
        true
    }

    fn page(&mut self, foot: String) {
        self.pages.push(Content::new());
        self.feet.push(foot);
        self.mark(self.left(), MARGIN - 10.5);
        self.y = MARGIN;
        self.text(self.left() + 17.0, style(Type::Serif, 13.0, INK), "Farthing");
        let head = self.head.clone();
        self.text(self.left() + 84.0, style(Type::Sans, 9.0, INK), &head);
        self.y = MARGIN + 8.0;
        self.rule(0.8, INK, self.left(), self.right());
        self.y = MARGIN + 30.0;
    }

    /// The mark: a coin of four quarters, of which one, a farthing, is filled.
    fn mark(&mut self, x: f32, y: f32) {
        let (radius, top) = (5.6, self.height - y);
        let (cx, cy) = (x + radius, top - radius);
        // A quarter of a circle as a Bézier curve.
        let k = radius * 0.552_284_7;
        let page = self.pages.last_mut().expect("a page has begun");
        let rgb = |colour: Colour| colour.map(|part| f32::from(part) / 255.0);
        let [r, g, b] = rgb(ACCENT);
        page.set_fill_rgb(r, g, b).move_to(cx, cy).line_to(cx + radius, cy);
        page.cubic_to(cx + radius, cy - k, cx + k, cy - radius, cx, cy - radius).close_path().fill_nonzero();
        let [r, g, b] = rgb(INK);
        page.set_stroke_rgb(r, g, b).set_line_width(0.9).move_to(cx + radius, cy);
        page.cubic_to(cx + radius, cy + k, cx + k, cy + radius, cx, cy + radius);
        page.cubic_to(cx - k, cy + radius, cx - radius, cy + k, cx - radius, cy);
        page.cubic_to(cx - radius, cy - k, cx - k, cy - radius, cx, cy - radius);
        page.cubic_to(cx + k, cy - radius, cx + radius, cy - k, cx + radius, cy).close_path().stroke();
        page.move_to(cx - radius, cy).line_to(cx + radius, cy).move_to(cx, cy - radius).line_to(cx, cy + radius).stroke();
    }

    pub fn width(&self, style: Style, text: &str) -> f32 {
        self.faces.get(style.face).width(text, style.size)
    }

    /// Writes a line whose baseline is the cursor, from `x` to the right; gives where it ends.
    pub fn text(&mut self, x: f32, style: Style, text: &str) -> f32 {
        let page = self.pages.len() - 1;
        self.text_on(page, x, self.y, style, text)
    }

    fn text_on(&mut self, page: usize, x: f32, y: f32, style: Style, text: &str) -> f32 {
        let codes = self.faces.get_mut(style.face).encode(text);
        let [r, g, b] = style.colour.map(|part| f32::from(part) / 255.0);
        let page = &mut self.pages[page];
        page.set_fill_rgb(r, g, b).begin_text().set_font(Typefaces::resource(style.face), style.size);
        page.next_line(x, self.height - y).show(Str(&codes)).end_text();
        x + self.faces.get(style.face).width(text, style.size)
    }

    /// Writes a figure that ends at `x`; a closing parenthesis and a mark behind it hang, so that digits stand below each other.
    pub fn figure(&mut self, x: f32, style: Style, text: &str) {
        let hangs = |end: &&str| text.ends_with(*end);
        let hanging = [")", MARK].into_iter().find(hangs).map_or(0.0, |end| self.width(style, end));
        let x = x - self.width(style, text) + hanging;
        self.text(x, style, text);
    }

    /// A line across the page at the cursor.
    pub fn rule(&mut self, thickness: f32, colour: Colour, from: f32, to: f32) {
        let [r, g, b] = colour.map(|part| f32::from(part) / 255.0);
        let y = self.height - self.y;
        let page = self.pages.last_mut().expect("a page has begun");
        page.set_stroke_rgb(r, g, b).set_line_width(thickness).move_to(from, y).line_to(to, y).stroke();
    }

    /// A line down the page at `x`.
    pub fn upright(&mut self, x: f32, from: f32, to: f32) {
        let [r, g, b] = RULE.map(|part| f32::from(part) / 255.0);
        let (from, to) = (self.height - from, self.height - to);
        let page = self.pages.last_mut().expect("a page has begun");
        page.set_stroke_rgb(r, g, b).set_line_width(0.8).move_to(x, from).line_to(x, to).stroke();
    }

    /// A text in lines that are no wider than this; a word that is wider is cut.
    pub fn wrap(&self, style: Style, text: &str, width: f32) -> Vec<String> {
        let fits = |line: &str| self.width(style, line) <= width;
        let mut lines = vec![String::new()];
        // Blanks that must not break (U+00A0) hold figure and currency together.
        for word in text.split([' ', '\n', '\t']).filter(|word| !word.is_empty()) {
            let line = lines.last_mut().expect("there is a line");
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if fits(&longer) {
                *line = longer;
                continue;
            }
            if !line.is_empty() {
                lines.push(String::new());
            }
            for character in word.chars() {
                let line = lines.last_mut().expect("there is a line");
                line.push(character);
                if !fits(line) && line.chars().count() > 1 {
                    line.pop();
                    lines.push(character.to_string());
                }
            }
        }
        lines
    }

    /// Writes a paragraph from the cursor's baseline; the cursor ends at the baseline after the last.
    pub fn paragraph(&mut self, x: f32, width: f32, style: Style, leading: f32, text: &str) {
        for line in self.wrap(style, text, width) {
            self.need(leading);
            self.text(x, style, &line);
            self.down(leading);
        }
    }

    /// The finished document.
    pub fn finish(mut self, title: &str, moment: DateTime<Utc>) -> Result<Vec<u8>, PrintError> {
        let (count, foot, y) = (self.pages.len(), style(Type::Sans, 8.0, INK_3), self.height - MARGIN + 4.0);
        for page in 0..count {
            let text = self.feet[page].clone();
            self.text_on(page, MARGIN, y, foot, &text);
            let number = format!("{} / {count}", page + 1);
            let x = self.right() - self.width(foot, &number);
            self.text_on(page, x, y, foot, &number);
        }
        let (mut pdf, mut next) = (Pdf::new(), Ref::new(1));
        let [catalog, tree, info] = [(); 3].map(|()| next.bump());
        let fonts = self.faces.write(&mut pdf, &mut next)?;
        let mut kids = Vec::with_capacity(count);
        for content in self.pages {
            let [id, contents] = [(); 2].map(|()| next.bump());
            kids.push(id);
            pdf.stream(contents, &deflated(&content.finish())?).filter(Filter::FlateDecode);
            let mut page = pdf.page(id);
            page.parent(tree).contents(contents).media_box(Rect::new(0.0, 0.0, self.width, self.height));
            let mut resources = page.resources();
            let mut dictionary = resources.fonts();
            for (name, font) in &fonts {
                dictionary.pair(*name, *font);
            }
            dictionary.finish();
            resources.finish();
        }
        pdf.pages(tree).kids(kids.iter().copied()).count(count as i32);
        let mut root = pdf.catalog(catalog);
        root.pages(tree).lang(TextStr("en"));
        root.viewer_preferences().display_doc_title(true);
        root.finish();
        let date =
            Date::new(u16::try_from(moment.year()).unwrap_or_default()).month(moment.month() as u8).day(moment.day() as u8);
        let date = date.hour(moment.hour() as u8).minute(moment.minute() as u8).second(moment.second() as u8);
        let date = date.utc_offset_hour(0).utc_offset_minute(0);
        pdf.document_info(info).title(TextStr(title)).creator(TextStr("Farthing")).creation_date(date);
        Ok(pdf.finish())
    }
}
