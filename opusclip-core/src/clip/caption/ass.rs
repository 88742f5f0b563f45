//! ASS scripts: the text format that libass draws (Advanced SubStation Alpha v4+).

use std::fmt::Write as _;
use std::sync::Arc;

use super::fonts::{Face, FontSet};
use super::layout::{Caption, Frame, GROWN, Line, Piece};
use super::look::Look;
use super::measure::runs;
use super::options::CaptionEffect;
use super::timing::Stand;

/// Corners of boxes are rounded by this share of an em.
const CORNER: f64 = 0.28;

/// How long a word takes to grow, in milliseconds.
const GROWING: u32 = 90;

/// What a caption is drawn with.
#[derive(Clone, Copy)]
pub(super) struct Brush<'a> {
    pub(super) look: &'a Look,
    pub(super) fonts: &'a FontSet,
    /// What is drawn later; a box goes into the layer before.
    pub(super) layer: u8,
}

/// A script that grows event by event.
pub(super) struct Script<'a> {
    text: String,
    frame: &'a Frame<'a>,
    /// Stroke and shadow of the style, in pixels of the reference.
    stroke: (f64, f64),
}

impl<'a> Script<'a> {
    /// A script for this frame with a style for captions.
    pub(super) fn new(frame: &'a Frame<'a>, look: &Look, face: &Face) -> Self {
        let scale = frame.scale();
        let style = Style {
            font: &face.family,
            size: face.ass_size(look.size * scale),
            primary: if look.effect == CaptionEffect::Karaoke {
                look.highlight.in_style()
            } else {
                look.color.in_style()
            },
            // What a karaoke has not yet sung.
            secondary: look.color.in_style(),
            outline_color: look.outline_color.in_style(),
            bold: face.weight >= 600,
            outline: look.outline * scale,
            shadow: look.shadow * scale,
        };
        Self { text: header(frame.width, frame.height, &style), frame, stroke: (look.outline, look.shadow) }
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    /// A caption in its look.
    pub(super) fn caption(&mut self, caption: &Caption, brush: &Brush<'_>) {
        let Brush { look, fonts, layer } = *brush;
        if look.boxed {
            self.backdrop(caption, look, layer);
        }
        for line in &caption.lines {
            match look.effect {
                CaptionEffect::Plain => self.line(caption, line, brush, caption.stand, &|_| false),
                // Colour runs from left to right; other scripts are coloured word by word.
                CaptionEffect::Karaoke if !caption.right_to_left => self.sung(caption, line, fonts, layer),
                CaptionEffect::Karaoke => {
                    for (said, stand) in steps(line, caption.stand) {
                        self.line(caption, line, brush, stand, &|at| said.is_none_or(|said| at > said));
                    }
                }
                CaptionEffect::Highlight => {
                    for (said, stand) in spoken(line, caption.stand) {
                        self.line(caption, line, brush, stand, &|at| Some(at) == said);
                    }
                }
                CaptionEffect::Pop => self.popping(caption, line, brush),
            }
        }
    }

    fn line(
        &mut self,
        caption: &Caption,
        line: &Line,
        brush: &Brush<'_>,
        stand: Stand,
        coloured: &dyn Fn(usize) -> bool,
    ) {
        let Brush { look, fonts, layer } = *brush;
        let mut writer = Writer::new(caption.em, fonts);
        if self.stroke != (look.outline, look.shadow) {
            let scale = self.frame.scale();
            let _ = write!(writer.text, r"{{\bord{:.2}\shad{:.2}}}", look.outline * scale, look.shadow * scale);
        }
        for (at, piece) in line.pieces.iter().enumerate() {
            let color = match look.effect {
                // Here it is what is still to come that differs.
                CaptionEffect::Karaoke if coloured(at) => look.color,
                CaptionEffect::Karaoke => look.highlight,
                _ if coloured(at) => look.highlight,
                _ => look.color,
            };
            writer.color(&color.in_line());
            writer.piece(piece);
        }
        self.event(layer, stand, &(place(caption, line, fonts) + &writer.text));
    }

    /// One event, through which colour runs.
    fn sung(&mut self, caption: &Caption, line: &Line, fonts: &FontSet, layer: u8) {
        let clock = &self.frame.clock;
        let start = clock.centis(caption.stand.from);
        let mut writer = Writer::new(caption.em, fonts);
        let mut sung = start;
        for piece in &line.pieces {
            let (from, until) = (clock.centis(piece.said.from).max(sung), clock.centis(piece.said.until).max(sung));
            if from > sung {
                let _ = write!(writer.text, r"{{\k{}}}", from - sung);
            }
            let _ = write!(writer.text, r"{{\kf{}}}", until.max(from) - from);
            sung = until.max(from);
            writer.piece(piece);
        }
        self.event(layer, caption.stand, &(place(caption, line, fonts) + &writer.text));
    }

    /// Each word has a place of its own, so that the others stay where they are while one grows.
    fn popping(&mut self, caption: &Caption, line: &Line, brush: &Brush<'_>) {
        let Brush { look, fonts, layer } = *brush;
        let blank = super::measure::extent(" ", fonts).advance;
        let mut left = line.middle - line.extent.advance * caption.em / 2.0;
        let order = visual_order(line);
        for (number, at) in order.iter().enumerate() {
            let piece = &line.pieces[*at];
            // A blank belongs to the later word of the two in the order of reading.
            let before = number.checked_sub(1).and_then(|number| order.get(number));
            let spaced = before.is_some_and(|before| line.pieces[(*at).max(*before)].spaced);
            left += if spaced { blank * caption.em } else { 0.0 };
            let middle = left + piece.extent.advance * caption.em / 2.0;
            left += piece.extent.advance * caption.em;
            let (own, base) = (fonts.of(piece.text.chars().next().unwrap_or(' ')).0, line.baseline);
            let centre = base + (own.descent - own.ascent) / 2.0 * caption.em;
            let spoken = piece.said;
            let parts = [
                (Stand { from: caption.stand.from, until: spoken.from }, false),
                (spoken, true),
                (Stand { from: spoken.until, until: caption.stand.until }, false),
            ];
            for (stand, active) in parts {
                let mut writer = Writer::new(caption.em, fonts);
                let color = if active { look.highlight } else { look.color };
                writer.color(&color.in_line());
                let grow = (GROWN * 100.0).round();
                let grown = if active { format!(r"{{\t(0,{GROWING},\fscx{grow}\fscy{grow})}}") } else { String::new() };
                writer.piece(&Piece { spaced: false, ..piece.clone() });
                self.event(layer, stand, &format!(r"{{\an5\pos({middle:.1},{centre:.1})}}{grown}{}", writer.text));
            }
        }
    }

    /// A box with round corners, drawn under the words.
    fn backdrop(&mut self, caption: &Caption, look: &Look, layer: u8) {
        let area = caption.area;
        let (width, height) = (area.right - area.left, area.bottom - area.top);
        let corner = (caption.em * CORNER).min(height / 2.0).min(width / 2.0);
        // A quarter of a circle as a Bézier curve.
        let k = corner * (1.0 - 0.5523);
        let (w, h, r) = (width, height, corner);
        let shape = format!(
            "m {r:.1} 0 l {:.1} 0 b {:.1} 0 {w:.1} {k:.1} {w:.1} {r:.1} l {w:.1} {:.1} b {w:.1} {:.1} {:.1} {h:.1} {:.1} {h:.1} \
             l {r:.1} {h:.1} b {k:.1} {h:.1} 0 {:.1} 0 {:.1} l 0 {r:.1} b 0 {k:.1} {k:.1} 0 {r:.1} 0",
            w - r,
            w - k,
            h - r,
            h - k,
            w - k,
            w - r,
            h - k,
            h - r
        );
        let (x, y, color) = (area.left, area.top, look.box_color.in_line());
        let text = format!(r"{{\an7\pos({x:.1},{y:.1})\bord0\shad0{color}\p1}}{shape}");
        self.event(layer - 1, caption.stand, &text);
    }

    fn event(&mut self, layer: u8, stand: Stand, text: &str) {
        if stand.from >= stand.until {
            return;
        }
        let clock = &self.frame.clock;
        let (start, end) = (time(clock.centis(stand.from)), time(clock.centis(stand.until)));
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "Dialogue: {layer},{start},{end},Caption,,0,0,0,,{text}");
    }
}

/// Which piece of a line is said when, without a hole in between.
fn spoken(line: &Line, stand: Stand) -> Vec<(Option<usize>, Stand)> {
    let mut parts = Vec::new();
    let mut free = stand.from;
    for (at, piece) in line.pieces.iter().enumerate() {
        parts.push((None, Stand { from: free, until: piece.said.from }));
        parts.push((Some(at), piece.said));
        free = piece.said.until;
    }
    parts.push((None, Stand { from: free, until: stand.until }));
    parts
}

/// Up to which piece a line has been said when; `None` is none yet.
fn steps(line: &Line, stand: Stand) -> Vec<(Option<usize>, Stand)> {
    let begins = line.pieces.iter().map(|piece| piece.said.from);
    let mut borders: Vec<u64> = begins.collect();
    borders.push(stand.until);
    let mut parts = vec![];
    let mut free = stand.from;
    // Before the first word is said, all of the line is still to come.
    for (at, border) in borders.iter().enumerate() {
        let border = (*border).clamp(free, stand.until);
        parts.push((at.checked_sub(1), Stand { from: free, until: border }));
        free = border;
    }
    parts
}

/// The pieces of a line from left to right (UAX #9).
fn visual_order(line: &Line) -> Vec<usize> {
    let info = unicode_bidi::BidiInfo::new(&line.text, None);
    let mut at = 0;
    let levels: Vec<unicode_bidi::Level> = line
        .pieces
        .iter()
        .filter_map(|piece| {
            at += usize::from(piece.spaced);
            let level = info.levels.get(at).copied();
            at += piece.text.len();
            level
        })
        .collect();
    unicode_bidi::BidiInfo::reorder_visual(&levels)
}

/// Puts a line's baseline where it belongs: libass counts from the lowest descent of its fonts.
fn place(caption: &Caption, line: &Line, fonts: &FontSet) -> String {
    let lowest = runs(&line.text, fonts).iter().map(|(_, face)| face.descent).fold(0.0, f64::max);
    let (x, y) = (line.middle, line.baseline + lowest * caption.em);
    // A line that begins with a foreign word still runs from right to left.
    let mark = if caption.right_to_left { "\u{200f}" } else { "" };
    format!(r"{{\an2\pos({x:.1},{y:.1})\q2}}{mark}")
}

/// Writes text and says where its font and colour change.
struct Writer<'a> {
    text: String,
    em: f64,
    fonts: &'a FontSet,
    face: Option<Arc<Face>>,
    color: String,
}

impl<'a> Writer<'a> {
    fn new(em: f64, fonts: &'a FontSet) -> Self {
        Self { text: String::new(), em, fonts, face: None, color: String::new() }
    }

    fn color(&mut self, color: &str) {
        if self.color != color {
            color.clone_into(&mut self.color);
            let _ = write!(self.text, "{{{color}}}");
        }
    }

    fn piece(&mut self, piece: &Piece) {
        if piece.spaced {
            self.text.push(' ');
        }
        for (range, face) in runs(&piece.text, self.fonts) {
            if self.face.as_ref().is_none_or(|known| !Arc::ptr_eq(known, &face)) {
                let Face { family, weight, .. } = &*face;
                let _ = write!(self.text, r"{{\fn{family}\b{weight}\fs{:.2}}}", face.ass_size(self.em));
                self.face = Some(face);
            }
            self.text.push_str(&escape(&piece.text[range]));
        }
    }
}

/// What a style says.
struct Style<'a> {
    font: &'a str,
    size: f64,
    primary: String,
    secondary: String,
    outline_color: String,
    bold: bool,
    outline: f64,
    shadow: f64,
}

fn header(width: u32, height: u32, style: &Style<'_>) -> String {
    let Style { font, size, primary, secondary, outline_color, outline, shadow, .. } = style;
    let bold = if style.bold { -1 } else { 0 };
    // Letters were measured with kerning, which libass leaves out unless it is told. Encoding -1 lets the text itself say whether it runs from right to left.
    format!(
        "[Script Info]\n\
         ScriptType: v4.00+\n\
         PlayResX: {width}\n\
         PlayResY: {height}\n\
         WrapStyle: 2\n\
         ScaledBorderAndShadow: yes\n\
         Kerning: yes\n\
         YCbCr Matrix: TV.709\n\
         \n\
         [V4+ Styles]\n\
         Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, \
         Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, \
         MarginV, Encoding\n\
         Style: Caption,{font},{size:.2},{primary},{secondary},{outline_color},&H80000000,{bold},0,0,0,100,100,0,0,1,\
         {outline:.2},{shadow:.2},2,0,0,0,-1\n\
         \n\
         [Events]\n\
         Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    )
}

/// A script for a still picture with a line of text `bottom` pixels above its lower edge.
pub(super) fn still(text: &str, width: u32, height: u32, bottom: u32, face: &Face) -> String {
    let size = f64::from(width.min(height)) / 16.0;
    let style = Style {
        font: &face.family,
        size,
        primary: "&H00FFFFFF".to_owned(),
        secondary: "&H00FFFFFF".to_owned(),
        outline_color: "&H00101010".to_owned(),
        bold: true,
        outline: 2.0,
        shadow: 0.0,
    };
    let (middle, y) = (width / 2, height - bottom);
    let event = format!(r"Dialogue: 0,0:00:00.00,1:00:00.00,Caption,,0,0,0,,{{\pos({middle},{y})}}{}", escape(text));
    format!("{}{event}\n", header(width, height, &style))
}

/// `h:mm:ss.cc`
fn time(centis: u64) -> String {
    format!("{}:{:02}:{:02}.{:02}", centis / 360_000, centis / 6000 % 60, centis / 100 % 60, centis % 100)
}

/// Text that libass shows as it is: no override blocks, no escapes, no second event.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '{' => out.push_str(r"\{"),
            '}' => out.push_str(r"\}"),
            // A word joiner keeps a backslash from escaping what follows.
            '\\' => out.push_str("\\\u{2060}"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_text_are_written_as_libass_reads_them() {
        assert_eq!(time(372_345), "1:02:03.45");
        assert_eq!(escape("{\\b1}a\nb"), "\\{\\\u{2060}b1\\}a b");
    }
}
