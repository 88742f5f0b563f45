//! How much room a text takes: its letters shaped as libass shapes them, run by run of one font.

use std::ops::Range;
use std::sync::Arc;

use rustybuzz::{UnicodeBuffer, shape};
use unicode_bidi::{BidiClass, bidi_class};

use super::fonts::{Face, FontSet};

/// The size of a text in ems of its font. Ink is measured from where it begins, on the baseline; up is negative.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Extent {
    pub(super) advance: f64,
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
}

impl Extent {
    fn add(&mut self, next: Self) {
        self.left = self.left.min(self.advance + next.left);
        self.right = self.right.max(self.advance + next.right);
        self.top = self.top.min(next.top);
        self.bottom = self.bottom.max(next.bottom);
        self.advance += next.advance;
    }

    /// The wider of advance and ink.
    pub(super) fn width(&self) -> f64 {
        self.right.max(self.advance) - self.left.min(0.0)
    }
}

/// Is a text written from right to left? Its first letter that has a direction says so.
pub(super) fn right_to_left(text: &str) -> bool {
    let strong =
        text.chars().map(bidi_class).find(|class| matches!(class, BidiClass::L | BidiClass::R | BidiClass::AL));
    matches!(strong, Some(BidiClass::R | BidiClass::AL))
}

/// Letters that no font needs: they are not drawn.
fn invisible(letter: char) -> bool {
    letter.is_control()
        || letter.is_whitespace()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | '\u{ad}')
}

/// Cut a text where its font changes. Blanks, marks and signs stay with what is before them where its font has them.
pub(super) fn runs(text: &str, fonts: &FontSet) -> Vec<(Range<usize>, Arc<Face>)> {
    let mut runs: Vec<(Range<usize>, Arc<Face>)> = Vec::new();
    for (at, letter) in text.char_indices() {
        let end = at + letter.len_utf8();
        let keeps = invisible(letter) || !letter.is_alphanumeric();
        match runs.last_mut() {
            Some((range, face)) if keeps && (invisible(letter) || has(face, letter)) => range.end = end,
            Some((range, face)) => {
                let next = fonts.of(letter).0;
                if Arc::ptr_eq(face, &next) { range.end = end } else { runs.push((at..end, next)) }
            }
            None => runs.push((at..end, if invisible(letter) { Arc::clone(fonts.main()) } else { fonts.of(letter).0 })),
        }
    }
    runs
}

fn has(face: &Face, letter: char) -> bool {
    face.shaped().is_some_and(|face| face.glyph_index(letter).is_some())
}

/// The letters of a text that no font has.
pub(super) fn missing(text: &str, fonts: &FontSet) -> Vec<char> {
    let drawn = |letter: &char| !invisible(*letter) && !fonts.of(*letter).1;
    text.chars().filter(drawn).collect()
}

/// Shape a text and measure it.
pub(super) fn extent(text: &str, fonts: &FontSet) -> Extent {
    let mut whole = Extent::default();
    for (range, face) in runs(text, fonts) {
        whole.add(run(&text[range], &face));
    }
    whole
}

fn run(text: &str, face: &Face) -> Extent {
    let Some(shaped) = face.shaped() else { return Extent::default() };
    let mut buffer = UnicodeBuffer::new();
    buffer.push_str(text);
    buffer.guess_segment_properties();
    let glyphs = shape(&shaped, &[], buffer);
    let em = f64::from(shaped.units_per_em());
    let mut extent = Extent::default();
    let mut pen = 0.0;
    for (info, place) in glyphs.glyph_infos().iter().zip(glyphs.glyph_positions()) {
        let id = rustybuzz::ttf_parser::GlyphId(u16::try_from(info.glyph_id).unwrap_or_default());
        if let Some(ink) = shaped.glyph_bounding_box(id) {
            let (x, y) = (pen + f64::from(place.x_offset), f64::from(place.y_offset));
            extent.left = extent.left.min((x + f64::from(ink.x_min)) / em);
            extent.right = extent.right.max((x + f64::from(ink.x_max)) / em);
            extent.top = extent.top.min(-(y + f64::from(ink.y_max)) / em);
            extent.bottom = extent.bottom.max(-(y + f64::from(ink.y_min)) / em);
        }
        pen += f64::from(place.x_advance);
    }
    extent.advance = pen / em;
    extent
}
