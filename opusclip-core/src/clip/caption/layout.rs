//! From the words of a clip to lines of text with their places and times.

use super::Shown;
use super::fonts::FontSet;
use super::lines::{self, Group, Room};
use super::look::Look;
use super::measure::{self, Extent, right_to_left};
use super::options::{CaptionEffect, CaptionPosition};
use super::place::{Area, Block, FaceBox, centre, positions, safe_area, top};
use super::timing::{Clock, Stand, stands};
use super::token::{Token, cut, join, tokens};

/// Sizes are given for a shorter side of this many pixels.
const REFERENCE: f64 = 1080.0;

/// From baseline to baseline in ems; capitals need less.
const LINE_HEIGHT: f64 = 1.25;
const LINE_HEIGHT_UPPERCASE: f64 = 1.12;

/// A word that is too wide for a line gets smaller down to this share, then it is broken.
const SMALLEST: f64 = 0.7;

/// How much larger a word is while it is said.
pub(super) const GROWN: f64 = 1.12;

/// Room around the words of a box, in ems.
const BOX_MARGIN: (f64, f64) = (0.42, 0.24);

/// Letters are measured exactly and drawn on a grid of pixels with soft edges: so many pixels are kept for that.
const EDGE: f64 = 2.0;

/// The frame that is written on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) clock: Clock<'a>,
    pub(crate) faces: &'a [FaceBox],
    /// ISO 639-1 code of what is said.
    pub(crate) language: Option<&'a str>,
}

impl Frame<'_> {
    pub(super) fn scale(&self) -> f64 {
        f64::from(self.width.min(self.height)) / REFERENCE
    }
}

/// A word, or a part of one, in its line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) spaced: bool,
    pub(super) said: Stand,
    pub(super) extent: Extent,
}

/// A line of a caption.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub(super) pieces: Vec<Piece>,
    pub(super) text: String,
    pub(super) extent: Extent,
    /// Where its middle is, and its baseline, in pixels.
    pub(super) middle: f64,
    pub(super) baseline: f64,
}

/// What is shown at once.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Caption {
    pub(super) stand: Stand,
    pub(super) lines: Vec<Line>,
    /// Height of an em in pixels.
    pub(super) em: f64,
    /// What is drawn, with stroke and box, in pixels.
    pub(super) area: Area,
    pub(super) right_to_left: bool,
}

/// The captions of a clip in this look.
pub(super) fn captions(words: &[Shown], look: &Look, fonts: &FontSet, frame: &Frame<'_>) -> Vec<Caption> {
    let tokens = tokens(words, look.uppercase);
    let rtl = right_to_left(&join(&tokens));
    let safe = safe_area(frame.width, frame.height, rtl);
    let sheet = Sheet { look, fonts, frame, safe, rtl, em: look.size * frame.scale() };
    let (tokens, extents) = sheet.fitting(&tokens);
    let widths: Vec<f64> = extents.iter().map(|extent| extent.width() * sheet.em).collect();
    let room = Room {
        widths: &widths,
        blank: measure::extent(" ", fonts).advance * sheet.em,
        width: sheet.width(),
        max_lines: look.max_lines,
        max_words: look.max_words,
        calm: look.calm(),
        language: frame.language,
    };
    let groups = lines::group(&tokens, &room);
    let said: Vec<(f64, f64)> = groups.iter().map(|group| span(&tokens[group.tokens()])).collect();
    let stands = stands(&said, &frame.clock, look.calm());
    let drafts: Vec<Caption> =
        groups.iter().zip(stands).map(|(group, stand)| sheet.caption(group, &tokens, &extents, stand)).collect();
    let shown: Vec<Caption> = drafts.into_iter().filter(|caption| caption.stand.from < caption.stand.until).collect();
    sheet.placed(shown)
}

/// The lines of a text that stands from the first frame until another one, at the top.
pub(super) fn headline(text: &str, until: u64, look: &Look, fonts: &FontSet, frame: &Frame<'_>) -> Vec<Caption> {
    let end = frame.clock.seconds(until);
    let word = |text: &str| Shown { start: 0.0, end, text: text.to_owned() };
    let words: Vec<Shown> = text.split_whitespace().map(word).collect();
    let look = Look { max_words: usize::MAX, max_lines: 2, ..look.hook() };
    let mut found = captions(&words, &look, fonts, frame);
    // What does not go on two lines gets smaller until it does.
    let mut size = look.size;
    while found.len() > 1 && size > look.size * 0.5 {
        size *= 0.9;
        found = captions(&words, &Look { size, ..look.clone() }, fonts, frame);
    }
    found.truncate(1);
    for caption in &mut found {
        caption.stand = Stand { from: 0, until };
    }
    found
}

fn span(tokens: &[Token]) -> (f64, f64) {
    (tokens.first().map_or(0.0, |token| token.start), tokens.last().map_or(0.0, |token| token.end))
}

struct Sheet<'a> {
    look: &'a Look,
    fonts: &'a FontSet,
    frame: &'a Frame<'a>,
    safe: Area,
    rtl: bool,
    em: f64,
}

impl Sheet<'_> {
    /// What stroke, shadow and box add around the letters: left or right, and above or below, in pixels.
    fn border(&self) -> (f64, f64) {
        let scale = self.frame.scale();
        let stroke = self.look.outline * scale + self.look.shadow * scale + EDGE;
        let grown = if self.look.effect == CaptionEffect::Pop { (GROWN - 1.0) * self.em } else { 0.0 };
        let boxed = if self.look.boxed { (BOX_MARGIN.0 * self.em, BOX_MARGIN.1 * self.em) } else { (0.0, 0.0) };
        (stroke + grown + boxed.0, stroke + grown / 2.0 + boxed.1)
    }

    /// How wide a line may be.
    fn width(&self) -> f64 {
        self.safe.width() - 2.0 * self.border().0
    }

    /// Tokens that each fit into a line, when they are made smaller at most, with their sizes.
    fn fitting(&self, tokens: &[Token]) -> (Vec<Token>, Vec<Extent>) {
        let most = self.width() / SMALLEST / self.em;
        let parts = |token: &Token| {
            let wide = measure::extent(&token.text, self.fonts).width();
            if wide > most { cut(token, (wide / most * 1.2).ceil() as usize) } else { vec![token.clone()] }
        };
        let tokens: Vec<Token> = tokens.iter().flat_map(parts).collect();
        let extents = tokens.iter().map(|token| measure::extent(&token.text, self.fonts)).collect();
        (tokens, extents)
    }

    fn caption(&self, group: &Group, tokens: &[Token], extents: &[Extent], stand: Stand) -> Caption {
        let said = self.said(&tokens[group.tokens()], stand);
        let first = group.tokens().start;
        let line = |range: &std::ops::Range<usize>| {
            let text = join(&tokens[range.clone()]);
            let pieces = range.clone().map(|at| {
                let Token { text, spaced, .. } = &tokens[at];
                let spaced = *spaced && at > range.start;
                Piece { text: text.clone(), spaced, said: said[at - first], extent: extents[at] }
            });
            Line {
                pieces: pieces.collect(),
                extent: self.at_least(
                    measure::extent(&text, self.fonts),
                    &tokens[range.clone()],
                    &extents[range.clone()],
                ),
                text,
                middle: 0.0,
                baseline: 0.0,
            }
        };
        let lines: Vec<Line> = group.lines.iter().map(line).collect();
        let widest = lines.iter().map(|line| line.extent.width()).fold(0.0, f64::max);
        let em = self.em * (self.width() / (widest * self.em).max(1.0)).min(1.0);
        let area = Area { left: 0.0, top: 0.0, right: 0.0, bottom: 0.0 };
        Caption { stand, lines, em, area, right_to_left: self.rtl }
    }

    /// A line is no narrower than its tokens and blanks of the main font: which font's blank is drawn between letters of
    /// another one is up to libass.
    fn at_least(&self, whole: Extent, tokens: &[Token], extents: &[Extent]) -> Extent {
        let blanks = tokens.iter().skip(1).filter(|token| token.spaced).count() as f64;
        let blank = measure::extent(" ", self.fonts).advance;
        let apart = extents.iter().map(|extent| extent.advance).sum::<f64>() + blanks * blank;
        let more = (apart - whole.advance).max(0.0);
        Extent { advance: whole.advance + more, right: whole.right + more, ..whole }
    }

    /// The frames in which each token of a caption is the one that is said: one after the other, each at least once.
    fn said(&self, tokens: &[Token], stand: Stand) -> Vec<Stand> {
        let clock = &self.frame.clock;
        let mut said: Vec<Stand> = Vec::with_capacity(tokens.len());
        let mut free = stand.from;
        for token in tokens {
            let from = clock.frame(token.start).max(free).min(stand.until);
            if let Some(before) = said.last_mut() {
                before.until = before.until.min(from);
            }
            free = from + 1;
            said.push(Stand { from, until: clock.frame(token.end).max(free).min(stand.until) });
        }
        said
    }

    /// Give captions their places.
    fn placed(&self, mut captions: Vec<Caption>) -> Vec<Caption> {
        let clock = &self.frame.clock;
        let block = |caption: &Caption| Block {
            start: clock.seconds(caption.stand.from),
            end: clock.seconds(caption.stand.until),
            width: caption.lines.iter().map(|line| line.extent.width()).fold(0.0, f64::max) * caption.em
                + 2.0 * self.border().0,
            height: self.height(caption),
        };
        let blocks: Vec<Block> = captions.iter().map(block).collect();
        let size = (f64::from(self.frame.width), f64::from(self.frame.height));
        let positions = positions(self.look, &blocks, self.frame.faces, clock.cuts, &self.safe, size);
        for ((caption, block), position) in captions.iter_mut().zip(&blocks).zip(positions) {
            self.place(caption, block, position);
        }
        captions
    }

    fn line_height(&self) -> f64 {
        if self.look.uppercase { LINE_HEIGHT_UPPERCASE } else { LINE_HEIGHT }
    }

    /// How far letters of the font reach, or those of this caption where they reach further, in ems.
    fn reach(&self, caption: &Caption) -> (f64, f64) {
        let letters = measure::extent("Éjg", self.fonts);
        let up = caption.lines.first().map_or(0.0, |line| line.extent.top).min(letters.top);
        let down = caption.lines.last().map_or(0.0, |line| line.extent.bottom).max(letters.bottom);
        (-up, down)
    }

    /// Baseline to baseline; letters that reach far up and down need more.
    fn pitch(&self, caption: &Caption) -> f64 {
        let need = |pair: &[Line]| pair[0].extent.bottom - pair[1].extent.top + 0.06;
        caption.lines.windows(2).map(need).fold(self.line_height(), f64::max)
    }

    fn height(&self, caption: &Caption) -> f64 {
        let (up, down) = self.reach(caption);
        let between = self.pitch(caption) * (caption.lines.len().saturating_sub(1)) as f64;
        (up + down + between) * caption.em + 2.0 * self.border().1
    }

    fn place(&self, caption: &mut Caption, block: &Block, position: CaptionPosition) {
        let (above, pitch, em) = (self.reach(caption).0, self.pitch(caption), caption.em);
        let y = top(&self.safe, position, block.height);
        let x = centre(&self.safe, f64::from(self.frame.width), block.width);
        for (number, line) in caption.lines.iter_mut().enumerate() {
            line.middle = x;
            line.baseline = y + self.border().1 + (above + pitch * number as f64) * em;
        }
        caption.area =
            Area { left: x - block.width / 2.0, top: y, right: x + block.width / 2.0, bottom: y + block.height };
    }
}
