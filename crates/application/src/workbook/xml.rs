//! The parts of a workbook as XML.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use farthing_types::Amount;

use super::{Kind, Sheet, Value};

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// Characters of a cell, as the format has them.
const MOST_CHARACTERS: usize = 32_767;

pub(super) const ROOT_RELATIONS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
    <Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
    <Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/>\
    <Relationship Id=\"rId2\" Type=\"http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties\" Target=\"docProps/core.xml\"/>\
    </Relationships>";

/// Styles by their position: plain text (marked as such), head, money, number, count, exact text, head of figures.
pub(super) const STYLES: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
    <styleSheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">\
    <numFmts count=\"3\"><numFmt numFmtId=\"164\" formatCode=\"#,##0.00_);\\(#,##0.00\\)\"/>\
    <numFmt numFmtId=\"165\" formatCode=\"#,##0.##########\"/><numFmt numFmtId=\"166\" formatCode=\"#,##0\"/></numFmts>\
    <fonts count=\"3\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font><font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font>\
    <font><sz val=\"9\"/><color rgb=\"FF646C68\"/><name val=\"Consolas\"/></font></fonts>\
    <fills count=\"3\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill>\
    <fill><patternFill patternType=\"solid\"><fgColor rgb=\"FFE6F0ED\"/></patternFill></fill></fills>\
    <borders count=\"2\"><border><left/><right/><top/><bottom/><diagonal/></border>\
    <border><left/><right/><top/><bottom style=\"thin\"><color rgb=\"FF161B19\"/></bottom><diagonal/></border></borders>\
    <cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs>\
    <cellXfs count=\"7\"><xf numFmtId=\"49\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" quotePrefix=\"1\" applyNumberFormat=\"1\"/>\
    <xf numFmtId=\"49\" fontId=\"1\" fillId=\"2\" borderId=\"1\" xfId=\"0\" applyFont=\"1\" applyFill=\"1\" applyBorder=\"1\" applyAlignment=\"1\"><alignment wrapText=\"1\" vertical=\"bottom\"/></xf>\
    <xf numFmtId=\"164\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/>\
    <xf numFmtId=\"165\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/>\
    <xf numFmtId=\"166\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/>\
    <xf numFmtId=\"49\" fontId=\"2\" fillId=\"0\" borderId=\"0\" xfId=\"0\" quotePrefix=\"1\" applyNumberFormat=\"1\" applyFont=\"1\" applyAlignment=\"1\"><alignment horizontal=\"right\"/></xf>\
    <xf numFmtId=\"49\" fontId=\"1\" fillId=\"2\" borderId=\"1\" xfId=\"0\" applyFont=\"1\" applyFill=\"1\" applyBorder=\"1\" applyAlignment=\"1\"><alignment horizontal=\"right\" wrapText=\"1\" vertical=\"bottom\"/></xf>\
    </cellXfs><cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles></styleSheet>";

const TEXT: u8 = 0;
const HEAD_OF_TEXT: u8 = 1;
const MONEY: u8 = 2;
const NUMBER: u8 = 3;
const COUNT: u8 = 4;
const EXACT: u8 = 5;
const HEAD_OF_FIGURES: u8 = 6;

pub(super) fn content_types(sheets: usize) -> String {
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml";
    let mut text = format!(
        "{HEAD}<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
         <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         <Default Extension=\"xml\" ContentType=\"application/xml\"/>\
         <Override PartName=\"/docProps/core.xml\" ContentType=\"application/vnd.openxmlformats-package.core-properties+xml\"/>\
         <Override PartName=\"/xl/workbook.xml\" ContentType=\"{kind}.sheet.main+xml\"/>\
         <Override PartName=\"/xl/styles.xml\" ContentType=\"{kind}.styles+xml\"/>"
    );
    for sheet in 1..=sheets {
        let _ = write!(text, "<Override PartName=\"/xl/worksheets/sheet{sheet}.xml\" ContentType=\"{kind}.worksheet+xml\"/>");
    }
    text + "</Types>"
}

pub(super) fn properties(title: &str, moment: DateTime<Utc>) -> String {
    let moment = moment.to_rfc3339_opts(SecondsFormat::Secs, true);
    format!(
        "{HEAD}<cp:coreProperties xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:dcterms=\"http://purl.org/dc/terms/\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><dc:title>{}</dc:title><dc:creator>Farthing</dc:creator>\
         <dcterms:created xsi:type=\"dcterms:W3CDTF\">{moment}</dcterms:created></cp:coreProperties>",
        escaped(title)
    )
}

pub(super) fn book(sheets: &[Sheet<'_>]) -> String {
    let mut text = format!("{HEAD}<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets>");
    for (at, sheet) in (1..).zip(sheets) {
        let _ = write!(text, "<sheet name=\"{}\" sheetId=\"{at}\" r:id=\"rId{at}\"/>", sheet.name);
    }
    // The line of heads is printed on every page.
    text += "</sheets><definedNames>";
    for (at, sheet) in sheets.iter().enumerate() {
        let _ =
            write!(text, "<definedName name=\"_xlnm.Print_Titles\" localSheetId=\"{at}\">'{}'!$1:$1</definedName>", sheet.name);
    }
    text + "</definedNames></workbook>"
}

pub(super) fn relations(sheets: usize) -> String {
    let mut text = format!("{HEAD}<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">");
    for sheet in 1..=sheets {
        let target = format!("worksheets/sheet{sheet}.xml");
        let _ = write!(text, "<Relationship Id=\"rId{sheet}\" Type=\"{OFFICE}/worksheet\" Target=\"{target}\"/>");
    }
    let styles = sheets + 1;
    let _ = write!(text, "<Relationship Id=\"rId{styles}\" Type=\"{OFFICE}/styles\" Target=\"styles.xml\"/></Relationships>");
    text
}

/// A sheet with its heads frozen, a filter on them, and widths by what stands in the columns.
pub(super) fn sheet(sheet: &Sheet<'_>) -> String {
    let exact = |kind: Kind| matches!(kind, Kind::Money | Kind::Number);
    let mut text = format!(
        "{HEAD}<worksheet xmlns=\"{MAIN}\"><sheetPr><pageSetUpPr fitToPage=\"1\"/></sheetPr><sheetViews><sheetView workbookViewId=\"0\">\
         <pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/></sheetView></sheetViews><cols>"
    );
    let mut columns = 0;
    for (at, (head, kind)) in sheet.columns.iter().enumerate() {
        let mut add = |width: usize| {
            columns += 1;
            let width = width.clamp(8, 60) + 2;
            let _ = write!(text, "<col min=\"{columns}\" max=\"{columns}\" width=\"{width}\" customWidth=\"1\"/>");
        };
        let widest = |shown: fn(&Value) -> usize| sheet.rows.iter().map(|row| shown(&row[at])).max().unwrap_or(0).max(head.len());
        match kind {
            Kind::Text => add(widest(|value| if let Value::Text(text) = value { text.chars().count() } else { 0 })),
            Kind::Count => add(widest(|value| if let Value::Count(count) = value { count.to_string().len() + 2 } else { 0 })),
            Kind::Money | Kind::Number => {
                add(widest(|value| if let Value::Amount(amount) = value { amount.to_fixed(2).len() + 4 } else { 0 }));
                add(widest(|value| if let Value::Amount(amount) = value { amount.to_string().len() } else { 0 })
                    .max(head.len() + 7));
            }
        }
    }
    text += "</cols><sheetData>";
    let mut heads = Line::new(&mut text, 1);
    for (head, kind) in &sheet.columns {
        let style = if *kind == Kind::Text { HEAD_OF_TEXT } else { HEAD_OF_FIGURES };
        heads.text(style, head);
        if exact(*kind) {
            heads.text(style, &format!("{head}, exact"));
        }
    }
    heads.end();
    for (number, row) in (2..).zip(&sheet.rows) {
        let mut line = Line::new(&mut text, number);
        for (value, (_, kind)) in row.iter().zip(&sheet.columns) {
            match value {
                Value::Text(text) => line.text(TEXT, text),
                Value::Count(count) => line.number(COUNT, &count.to_string()),
                Value::Amount(amount) => line.amount(if *kind == Kind::Money { MONEY } else { NUMBER }, *amount),
                Value::Nothing => line.skip(if exact(*kind) { 2 } else { 1 }),
            }
        }
        line.end();
    }
    let _ = write!(
        text,
        "</sheetData><autoFilter ref=\"A1:{}{}\"/><pageSetup orientation=\"landscape\" fitToHeight=\"0\"/></worksheet>",
        letters(columns - 1),
        sheet.rows.len() + 1
    );
    text
}

/// One row on its way.
struct Line<'a> {
    out: &'a mut String,
    row: usize,
    column: usize,
}

impl<'a> Line<'a> {
    fn new(out: &'a mut String, row: usize) -> Self {
        let _ = write!(out, "<row r=\"{row}\">");
        Self { out, row, column: 0 }
    }

    fn at(&mut self) -> String {
        self.column += 1;
        format!("{}{}", letters(self.column - 1), self.row)
    }

    fn text(&mut self, style: u8, text: &str) {
        let (at, text) = (self.at(), escaped(text));
        let _ = write!(self.out, "<c r=\"{at}\" s=\"{style}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">{text}</t></is></c>");
    }

    fn number(&mut self, style: u8, number: &str) {
        let at = self.at();
        let _ = write!(self.out, "<c r=\"{at}\" s=\"{style}\"><v>{number}</v></c>");
    }

    fn amount(&mut self, style: u8, amount: Amount) {
        let exact = amount.to_string();
        self.number(style, &exact);
        self.text(EXACT, &exact);
    }

    fn skip(&mut self, cells: usize) {
        self.column += cells;
    }

    fn end(self) {
        self.out.push_str("</row>");
    }
}

/// The name of a column: A, B … Z, AA.
fn letters(mut column: usize) -> String {
    let mut name = Vec::new();
    loop {
        name.insert(0, b'A' + (column % 26) as u8);
        match column / 26 {
            0 => return name.into_iter().map(char::from).collect(),
            left => column = left - 1,
        }
    }
}

/// A text as XML has it. Characters that XML has no words for are written as the format writes them: `_x0001_`.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    for (count, character) in text.chars().enumerate() {
        if count == MOST_CHARACTERS {
            break;
        }
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // What looks like such an escape and is none.
            '_' if is_escape(rest) => out.push_str("_x005F_"),
            '\t' | '\n' => out.push(character),
            control if control < ' ' || matches!(control, '\u{fffe}' | '\u{ffff}') => {
                let _ = write!(out, "_x{:04X}_", control as u32);
            }
            other => out.push(other),
        }
        rest = &rest[character.len_utf8()..];
    }
    out
}

fn is_escape(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 7 && bytes[1] == b'x' && bytes[6] == b'_' && bytes[2..6].iter().all(u8::is_ascii_hexdigit)
}
