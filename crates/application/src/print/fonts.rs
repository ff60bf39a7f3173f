//! The typefaces of printed reports, and what of them a document needs.
//!
//! Source Sans 3 and Source Serif 4 by Adobe, under the SIL Open Font License 1.1; the licences lie beside the files in `fonts/`.

use std::collections::BTreeMap;

use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Filter, Finish, Name, Pdf, Rect, Ref, Str};
use subsetter::GlyphRemapper;
use ttf_parser::{Face, GlyphId};

use super::PrintError;

const FILES: [(&str, &[u8]); 3] = [
    ("SourceSans3-Regular", include_bytes!("../../fonts/SourceSans3-Regular.ttf")),
    ("SourceSans3-SemiBold", include_bytes!("../../fonts/SourceSans3-SemiBold.ttf")),
    ("SourceSerif4-Regular", include_bytes!("../../fonts/SourceSerif4-Regular.ttf")),
];

/// A typeface by its use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    /// Figures, labels and text.
    Sans,
    /// Totals.
    Strong,
    /// Findings and titles.
    Serif,
}

/// A typeface with the glyphs that a document has used so far.
pub(super) struct Typeface {
    name: &'static str,
    data: &'static [u8],
    face: Face<'static>,
    glyphs: GlyphRemapper,
    /// What each glyph of the document stands for, so that its text can be searched and copied.
    texts: BTreeMap<u16, char>,
}

/// The typefaces of a document.
pub(super) struct Typefaces([Typeface; 3]);

impl Typefaces {
    pub fn new() -> Result<Self, PrintError> {
        let [sans, strong, serif] = FILES;
        Ok(Self([Typeface::new(sans)?, Typeface::new(strong)?, Typeface::new(serif)?]))
    }

    pub fn get(&self, of: Type) -> &Typeface {
        &self.0[of as usize]
    }

    pub fn get_mut(&mut self, of: Type) -> &mut Typeface {
        &mut self.0[of as usize]
    }

    /// The name of a typeface in the resources of pages.
    pub fn resource(of: Type) -> Name<'static> {
        [Name(b"Sans"), Name(b"Strong"), Name(b"Serif")][of as usize]
    }

    /// Writes the typefaces; each with the reference that pages find it by.
    pub fn write(&self, pdf: &mut Pdf, next: &mut Ref) -> Result<Vec<(Name<'static>, Ref)>, PrintError> {
        let kinds = [Type::Sans, Type::Strong, Type::Serif];
        kinds.into_iter().map(|of| Ok((Self::resource(of), self.get(of).write(pdf, next)?))).collect()
    }
}

impl Typeface {
    fn new((name, data): (&'static str, &'static [u8])) -> Result<Self, PrintError> {
        let face = Face::parse(data, 0).map_err(|error| PrintError::Font { name, message: error.to_string() })?;
        Ok(Self { name, data, face, glyphs: GlyphRemapper::new(), texts: BTreeMap::new() })
    }

    fn glyph(&self, character: char) -> GlyphId {
        self.face.glyph_index(character).unwrap_or(GlyphId(0))
    }

    /// How wide a text is at a size, in points.
    pub fn width(&self, text: &str, size: f32) -> f32 {
        let units: u32 = text.chars().map(|c| u32::from(self.face.glyph_hor_advance(self.glyph(c)).unwrap_or(0))).sum();
        units as f32 * size / f32::from(self.face.units_per_em())
    }

    /// A text as the codes of its glyphs.
    pub fn encode(&mut self, text: &str) -> Vec<u8> {
        let mut codes = Vec::with_capacity(text.len() * 2);
        for character in text.chars() {
            let code = self.glyphs.remap(self.glyph(character).0);
            self.texts.entry(code).or_insert(character);
            codes.extend(code.to_be_bytes());
        }
        codes
    }

    fn write(&self, pdf: &mut Pdf, next: &mut Ref) -> Result<Ref, PrintError> {
        let failed = |message: String| PrintError::Font { name: self.name, message };
        let subset = subsetter::subset(self.data, 0, &self.glyphs).map_err(|error| failed(error.to_string()))?;
        let [font, cid, descriptor, cmap, file] = [(); 5].map(|()| next.bump());
        // Six capitals before the name say that it is a part of the typeface.
        let name = format!("FRTHNG+{}", self.name);
        let system = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };
        let scale = 1000.0 / f32::from(self.face.units_per_em());
        pdf.type0_font(font)
            .base_font(Name(name.as_bytes()))
            .encoding_predefined(Name(b"Identity-H"))
            .descendant_font(cid)
            .to_unicode(cmap);
        let mut font_of_codes = pdf.cid_font(cid);
        font_of_codes.subtype(CidFontType::Type2).base_font(Name(name.as_bytes())).system_info(system);
        font_of_codes.font_descriptor(descriptor).default_width(0.0).cid_to_gid_map_predefined(Name(b"Identity"));
        let advance = |glyph: u16| f32::from(self.face.glyph_hor_advance(GlyphId(glyph)).unwrap_or(0)) * scale;
        font_of_codes.widths().consecutive(0, self.glyphs.remapped_gids().map(advance));
        font_of_codes.finish();
        let flags = if self.name.contains("Serif") { FontFlags::SERIF | FontFlags::SYMBOLIC } else { FontFlags::SYMBOLIC };
        let bounds = self.face.global_bounding_box();
        let [left, bottom, right, top] =
            [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max].map(|units| f32::from(units) * scale);
        let scaled = |units: i16| f32::from(units) * scale;
        pdf.font_descriptor(descriptor)
            .name(Name(name.as_bytes()))
            .flags(flags)
            .bbox(Rect::new(left, bottom, right, top))
            .italic_angle(0.0)
            .ascent(scaled(self.face.ascender()))
            .descent(scaled(self.face.descender()))
            .cap_height(scaled(self.face.capital_height().unwrap_or(700)))
            .stem_v(80.0)
            .font_file2(file);
        let mut unicode = UnicodeCmap::new(Name(b"Farthing"), system);
        self.texts.iter().for_each(|(&code, &character)| unicode.pair(code, character));
        pdf.cmap(cmap, &unicode.finish());
        pdf.stream(file, &super::deflated(&subset)?).filter(Filter::FlateDecode);
        Ok(font)
    }
}
